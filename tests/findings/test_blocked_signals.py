"""Waits that no handled signal interrupts, since the program blocks them all, and their neighbours that still are."""

from pathlib import Path

import pytest
from unstall.findings.finding import Severity
from unstall.run.pipeline import run

HANDLER = "#include <signal.h>\nstatic void on_child(int number) { children++; }\n"
LOOP = """
void serve(int queue)
{
    struct epoll_event events[16];

    for (;;) {
        int n = %(wait)s;
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            fatal("wait");
        sweep_sessions();
    }
}
"""
WAIT = "epoll_wait(queue, events, 16, 5000)"
BLOCK = "sigset_t all; sigfillset(&all); sigprocmask(SIG_SETMASK, &all, NULL);"
START = "signal(SIGCHLD, on_child);"


def severities(path: Path) -> list[Severity]:
    return [finding.severity for finding in run([str(path)]).findings]


def program(tmp_path: Path, main: str, wait: str = WAIT, more: str = "") -> list[Severity]:
    path = tmp_path / "daemon.c"
    path.write_text(f"{HANDLER}{more}{LOOP % {'wait': wait}}\nint main(void) {{ {START} {main} }}\n")
    return severities(path)


@pytest.mark.parametrize(
    "main",
    [
        f"{BLOCK} serve(make_queue());",
        "sigset_t all, old; sigfillset(&all); sigdelset(&all, SIGSEGV); "
        "if (pthread_sigmask(SIG_BLOCK, &all, &old)) return 1; serve(make_queue());",
        "block_all(); serve(make_queue());",
    ],
)
def test_all_signals_blocked(tmp_path: Path, main: str) -> None:
    more = f"static void block_all(void) {{ {BLOCK} }}\n"
    assert program(tmp_path, main, more=more) == [Severity.NOTE]


@pytest.mark.parametrize(
    "main",
    [
        "serve(make_queue());",
        f"serve(make_queue()); {BLOCK}",
        f"{BLOCK} sigprocmask(SIG_UNBLOCK, &all, NULL); serve(make_queue());",
        "sigset_t all, old; sigfillset(&all); sigprocmask(SIG_BLOCK, &all, &old); start(); "
        "sigprocmask(SIG_SETMASK, &old, NULL); serve(make_queue());",
        "sigset_t all; sigfillset(&all); sigdelset(&all, SIGCHLD); sigprocmask(SIG_SETMASK, &all, NULL); serve(0);",
        "sigset_t one; sigemptyset(&one); sigaddset(&one, SIGHUP); sigprocmask(SIG_BLOCK, &one, NULL); serve(0);",
        "sigset_t old; sigprocmask(SIG_BLOCK, NULL, &old); serve(make_queue());",
    ],
)
def test_signals_that_are_not_all_blocked_or_not_for_good(tmp_path: Path, main: str) -> None:
    assert program(tmp_path, main) == [Severity.ERROR]


def test_a_wait_with_a_mask_of_its_own(tmp_path: Path) -> None:
    main = f"{BLOCK} serve(make_queue());"
    assert program(tmp_path, main, "epoll_pwait(queue, events, 16, 5000, &none)") == [Severity.ERROR]


def test_another_function_that_lets_them_in_again(tmp_path: Path) -> None:
    more = "void let_in(sigset_t *mask) { sigprocmask(SIG_SETMASK, mask, NULL); }\n"
    assert program(tmp_path, f"{BLOCK} let_in(&old); serve(make_queue());", more=more) == [Severity.ERROR]


def test_a_function_that_keeps_them_out_for_a_while(tmp_path: Path) -> None:
    more = (
        "void note(char *text) { sigset_t all, old; sigfillset(&all); sigprocmask(SIG_BLOCK, &all, &old); puts(text); "
        "sigprocmask(SIG_SETMASK, &old, NULL); }\n"
    )
    assert program(tmp_path, f"{BLOCK} serve(make_queue());", more=more) == [Severity.NOTE]
    assert program(tmp_path, "serve(make_queue());", more=more) == [Severity.ERROR]


def test_the_function_that_waits_blocks_them_itself(tmp_path: Path) -> None:
    path = tmp_path / "worker.c"
    path.write_text(LOOP.replace("    for", f"    {BLOCK}\n    for") % {"wait": WAIT})
    assert severities(path) == [Severity.NOTE]


def test_a_program_in_the_same_folder(tmp_path: Path) -> None:
    (tmp_path / "loop.c").write_text(LOOP % {"wait": WAIT})
    main = tmp_path / "main.c"
    main.write_text(f"{HANDLER}int main(void) {{ {START} {BLOCK} serve(make_queue()); }}\n")
    assert severities(tmp_path) == [Severity.WARNING]
    (tmp_path / "child.c").write_text(
        "#include <signal.h>\nvoid child(sigset_t *m) { sigprocmask(SIG_SETMASK, m, 0); }\n"
    )
    assert severities(tmp_path) == [Severity.ERROR]
    (tmp_path / "child.c").unlink()
    (tmp_path / "lib").mkdir()
    (tmp_path / "loop.c").rename(tmp_path / "lib" / "loop.c")
    assert severities(tmp_path) == [Severity.ERROR]


def test_a_thread_whose_function_a_macro_heads(tmp_path: Path) -> None:
    path = tmp_path / "worker.c"
    body = LOOP.replace("void serve(int queue)", "static THREAD(serve)") % {"wait": WAIT}
    path.write_text(f"{HANDLER}{body}\nint main(void) {{ {START} pthread_create(&thread, NULL, serve, NULL); }}\n")
    (finding,) = run([str(path)]).findings
    assert (finding.function, finding.severity) == ("serve", Severity.WARNING)


def test_what_blocks_all_signals_for_the_end_blocks_none_before(tmp_path: Path) -> None:
    more = f"static void leave(void) {{ {BLOCK} exit(0); }}\n"
    assert program(tmp_path, "if (over_limit()) leave(); serve(make_queue());", more=more) == [Severity.ERROR]
