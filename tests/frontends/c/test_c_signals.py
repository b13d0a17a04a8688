"""Handlers that a file installs, the signals they are for, and the flags they set."""

import pytest
from unstall.flow.files import SignalFacts
from unstall.frontends.c.signals import signal_facts
from unstall.frontends.c.unit import read_unit

HANDLER = "static void on_child(int sig) { int saved = errno; got_child++; p->seen = 1; errno = saved; last = sig; }\n"
FOUND = SignalFacts(
    ("SIGCHLD",), frozenset({"got_child", "last"}), program=True, installs=True,
    installers=frozenset({"main"}), each_sets=(frozenset({"got_child", "last"}),),
    may_set=frozenset({"got_child", "last"}), complete=True,
)  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        "signal(SIGCHLD, on_child);",
        "signal(SIGCHLD, (void (*)(int)) on_child);",
        "struct sigaction sa; sa.sa_handler = &on_child; sigaction(SIGCHLD, &sa, NULL); signal(SIGPIPE, SIG_IGN);",
        "struct sigaction sa = { .sa_handler = on_child }; if (sigaction(SIGCHLD, &sa, 0) == -1) die();",
        "install(SIGCHLD, on_child);",
    ],
)
def test_ways_to_install_a_handler(body: str) -> None:
    assert signal_facts(read_unit(f"{HANDLER}int main(void) {{ {body} }}".encode())) == FOUND


@pytest.mark.parametrize("body", ["signal(SIGPIPE, SIG_IGN);", "kill(pid, SIGCHLD);", "signal_name(3, on_child);", ""])
def test_no_handler(body: str) -> None:
    found = signal_facts(read_unit(f"{HANDLER}int start(void) {{ {body} }}".encode()))
    assert found == SignalFacts()


@pytest.mark.parametrize(
    ("program", "none"),
    [
        ("#include <poll.h>\nint main(void) { serve(); }", True),
        ("#include <poll.h>\nint main(void) { kill(pid, SIGTERM); }", True),
        ('#include "daemon.h"\nint main(void) { serve(); }', False),
        ("int serve(void) { }", False),
        ("int main(void) { sigaction(SIGHUP, &act, NULL); }", False),
    ],
)
def test_a_program_of_one_file_without_handlers(program: str, none: bool) -> None:
    assert signal_facts(read_unit(program.encode())).none_at_all is none


@pytest.mark.parametrize(
    ("program", "none"),
    [
        ('#include "daemon.h"\nint main(void) { serve(); }', True),
        ('#include "daemon.h"\nint main(void) { signal(SIGPIPE, SIG_IGN); kill(pid, SIGTERM); }', True),
        ('#include "daemon.h"\nint main(void) { install(SIGCHLD, reap_children); }', False),
        ('#include "daemon.h"\nint main(void) { sigaction(SIGHUP, &act, NULL); }', False),
        ('#include "daemon.h"\nvoid serve(void) { }', False),
        ('#include "events.h"\n#ifdef TEST\nint main(void) { serve(); }\n#endif', False),
        ('#include "daemon.h"\n#ifndef _WIN32\nint main(void) { serve(); }\n#endif', True),
    ],
)
def test_a_program_whose_handlers_other_files_install(program: str, none: bool) -> None:
    assert signal_facts(read_unit(program.encode())).none_here is none


@pytest.mark.parametrize(
    ("program", "ticks"),
    [
        ("static void late(int sig) { expired = 1; } int main(void) { signal(SIGALRM, late); alarm(5); }", False),
        ("static void late(int sig) { } int main(void) { signal(SIGALRM, late); for (;;) { alarm(5); } }", True),
        (
            "static void late(int sig) { } int main(void) { for (;;) { signal(SIGALRM, late); alarm(5); alarm(0); } }",
            False,
        ),
        ("static void tick(int sig) { alarm(1); } int main(void) { signal(SIGALRM, tick); alarm(1); }", True),
        ("static void tick(int sig) { } int main(void) { signal(SIGALRM, tick); setitimer(0, &every, NULL); }", True),
        ("static void end(int sig) { } int main(void) { signal(SIGTERM, end); alarm(5); }", True),
    ],
)
def test_an_alarm_that_is_set_once_does_not_tick(program: str, ticks: bool) -> None:
    assert signal_facts(read_unit(program.encode())).alarm_comes_again is ticks


@pytest.mark.parametrize(
    ("body", "installs"),
    [
        ("signal(SIGPIPE, SIG_IGN); signal(SIGCHLD, SIG_DFL);", False),
        ("signal(SIGPIPE, SIG_IGN); signal(number, handler);", True),
        ("sa.sa_handler = SIG_IGN; sigaction(SIGTERM, &sa, NULL); sigaction(SIGPIPE, &sa, NULL);", False),
        ("sa.sa_handler = SIG_IGN; other.sa_handler = stop; sigaction(SIGTERM, &sa, NULL);", True),
        ("sigaction(number, &action, NULL);", True),
        ("catch(SIGCHLD, reap_children);", True),
        ("kill(pid, SIGTERM); cond_signal(&done);", False),
    ],
)
def test_a_word_of_handlers(body: str, installs: bool) -> None:
    assert signal_facts(read_unit(f"void set_up(void) {{ {body} }}".encode())).installs is installs


@pytest.mark.parametrize(
    ("body", "falling"),
    [
        ("while (waitpid(-1, 0, WNOHANG) > 0) children--;", {"children"}),
        ("--children; left -= 2; dead++;", {"children", "left"}),
        ("children--; if (children < 0) children = 0;", set()),
    ],
)
def test_what_handlers_only_count_down(body: str, falling: set[str]) -> None:
    program = f"void on_child(int sig) {{ {body} }} int main(void) {{ signal(SIGCHLD, on_child); }}"
    assert signal_facts(read_unit(program.encode())).falling == falling
