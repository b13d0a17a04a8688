"""Programs whose signals can't interrupt a wait again and again, and their neighbours whose signals can."""

from pathlib import Path

import pytest
from unstall.findings.finding import Severity
from unstall.run.pipeline import run

LOOP = """
int main(void)
{
    %(install)s
    for (;;) {
        fd_set set;
        struct timeval tv = { 5, 0 };
        int r;

        FD_ZERO(&set);
        FD_SET(%(watched)s, &set);
        r = select(FD_SETSIZE, &set, NULL, NULL, &tv);
        if (r == -1 && errno == EINTR)
            continue;
        if (r == -1)
            return 1;
        sweep_sessions();
    }
}
"""
INSTALL = "signal(SIGCHLD, on_signal);"
PIPE = "static int wake[2];\nstatic int wake_writer;\n"


def codes(tmp_path: Path, handler: str, install: str = INSTALL, watched: str = "listener") -> list[str]:
    path = tmp_path / "daemon.c"
    path.write_text(PIPE + handler + LOOP % {"install": install, "watched": watched})
    return [finding.code for finding in run([str(path)]).findings]


@pytest.mark.parametrize(
    "body",
    [
        "exit(0);",
        'printf("bye"); _exit(1);',
        "if (sig == SIGALRM) { log_late(); exit(1); } else { exit(0); }",
        "if (sig == SIGALRM) { exit(1); } else if (sig == SIGINT) { abort(); } else { clean_up(); exit(0); }",
        "static int ending; if (ending) return; ending = 1; clean_up(); exit(0);",
        "if (ending) { log_again(sig); return; } ending++; clean_up(); exit(0);",
        "if (sig) log_signal(sig); if (ending) { return; } ending = 1; if (open) close(open); exit(0);",
    ],
)
def test_handlers_that_all_end_the_program_make_no_storm(tmp_path: Path, body: str) -> None:
    assert codes(tmp_path, f"static void on_signal(int sig) {{ {body} }}") == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "got_child = 1;",
        "if (sig == SIGTERM) exit(0);",
        "if (sig == SIGTERM) { exit(0); } else { got_child = 1; }",
        "if (sig == SIGTERM) { got_term = 1; } else { exit(0); }",
        "if (sig == SIGTERM) { exit(0); } else if (sig == SIGHUP) { reload = 1; } else { exit(0); }",
        "if (sig == SIGHUP) return; exit(0);",
        "if (busy) return; exit(0);",
        "if (busy) return; busy = 1; if (sig == SIGHUP) return; exit(0);",
        "if (busy) return; else busy = 1; exit(0);",
        "if (sig == SIGTERM) got_term = 1; else exit(0);",
        "while (busy) { exit(0); }",
    ],
)
def test_a_handler_that_may_return_does(tmp_path: Path, body: str) -> None:
    assert codes(tmp_path, f"static void on_signal(int sig) {{ {body} }}") == ["UST101"]


ENDED = LOOP.replace("for (;;)", "while (!stopped)")
STOP = "static void on_signal(int sig) { log_signal(sig); stopped = 1; }"


def ended(tmp_path: Path, handlers: str, loop: str = ENDED) -> list[str]:
    path = tmp_path / "daemon.c"
    install = f"{INSTALL} signal(SIGHUP, on_hangup);" if "on_hangup" in handlers else INSTALL
    path.write_text(PIPE + handlers + loop % {"install": install, "watched": "listener"})
    return [finding.code for finding in run([str(path)]).findings]


def test_handlers_that_all_end_the_loop_make_no_storm(tmp_path: Path) -> None:
    assert ended(tmp_path, STOP) == []
    assert ended(tmp_path, STOP + "static void on_hangup(int sig) { hangup = stopped = 1; }") == []
    inside = LOOP.replace("FD_ZERO(&set);", "if (stopped) break; FD_ZERO(&set);")
    assert ended(tmp_path, STOP, inside) == []


@pytest.mark.parametrize(
    "body",
    [
        "if (stopped) exit(1); stopped = 1;",
        "if (stopped) _exit(1); else stopped = 1;",
        "if (stopped) { log_signal(sig); abort(); } else if (sig == SIGTERM) { exit(0); } else { stopped = 1; }",
    ],
)
def test_a_handler_that_ends_the_loop_at_first_and_then_the_program(tmp_path: Path, body: str) -> None:
    assert ended(tmp_path, f"static void on_signal(int sig) {{ {body} }}") == []
    assert ended(tmp_path, f"static void on_signal(int sig) {{ {body.replace('stopped = 1', 'seen = 1')} }}") == [
        "UST101"
    ]


@pytest.mark.parametrize(
    "handlers",
    [
        STOP + "static void on_hangup(int sig) { hangup = 1; }",
        "static void on_signal(int sig) { if (sig == SIGTERM) stopped = 1; else got_child = 1; }",
        "static void on_signal(int sig) { seen = sig; }",
        "static void on_signal(int sig) { if (stopped) log_signal(sig); else stopped = 1; }",
        "static void on_signal(int sig) { if (sig == SIGTERM) exit(0); if (sig == SIGINT) stopped = 1; }",
        "static void on_signal(int sig) { if (sig) while (busy) exit(0); stopped = 1; }",
    ],
)
def test_one_handler_that_does_not_end_the_loop_makes_a_storm(tmp_path: Path, handlers: str) -> None:
    assert ended(tmp_path, handlers) == ["UST101"]


CHOOSE = "static void on_signal(int sig) { switch (sig) { case SIGTERM: stopped = 1; break; } }"
BY_HAND = ENDED.replace("%(install)s", "signal(SIGTERM, on_signal); signal(SIGINT, on_signal);")


@pytest.mark.parametrize(
    ("handler", "loop", "expected"),
    [
        (CHOOSE, BY_HAND, []),
        (CHOOSE, BY_HAND.replace("SIGINT", "SIGHUP"), ["UST101"]),
        (CHOOSE.replace("break;", "break; default: seen = 1;"), BY_HAND, ["UST101"]),
        (CHOOSE.replace("stopped = 1;", ""), BY_HAND, ["UST101"]),
    ],
)
def test_a_handler_that_chooses_among_signals_that_end_the_loop(
    tmp_path: Path, handler: str, loop: str, expected: list[str]
) -> None:
    assert ended(tmp_path, handler, loop) == expected


ROUND = """
static void serve_once(void)
{
    fd_set set;
    struct timeval tv = { 5, 0 };

    FD_ZERO(&set);
    FD_SET(listener, &set);
    if (select(FD_SETSIZE, &set, NULL, NULL, &tv) == -1 && errno == EINTR)
        return;
    sweep_sessions();
}

int main(void)
{
    %(install)s
    while (!stopped)
        serve_once();
}
"""


def test_a_flag_that_ends_the_callers_loop(tmp_path: Path) -> None:
    assert ended(tmp_path, STOP, ROUND) == []
    other = "static void on_signal(int sig) { got_child = 1; }"
    assert ended(tmp_path, other, ROUND) == ["UST101"]
    sometimes = ROUND.replace("while (!stopped)\n", "for (;;) { if (busy && stopped) break;\n") + "}"
    assert ended(tmp_path, STOP, sometimes) == ["UST101"]


def test_a_flag_that_is_tested_only_where_an_interrupt_does_not_come(tmp_path: Path) -> None:
    path = tmp_path / "daemon.c"
    handler = "static void on_signal(int sig) { reload = 1; }"
    loop = LOOP.replace("sweep_sessions();", "if (reload) { reload = 0; read_tables(); }")
    path.write_text(PIPE + handler + loop % {"install": "signal(SIGHUP, on_signal);", "watched": "listener"})
    (finding,) = run([str(path)]).findings
    assert finding.severity is Severity.ERROR
    assert "A signal handler sets `reload`, which is tested only on line 19" in finding.why
    path.write_text(path.read_text().replace("FD_ZERO(&set);", "if (reload) note_reload(); FD_ZERO(&set);"))
    (finding,) = run([str(path)]).findings
    assert finding.severity is Severity.WARNING
    assert "A signal handler sets" not in finding.why


def test_a_function_that_installs_the_handlers_itself_knows_them(tmp_path: Path) -> None:
    served = ENDED.replace("int main(void)", "int serve(void)")
    assert ended(tmp_path, STOP, served) == []
    by_another = served.replace("%(install)s", "") + "void start(void) { %(install)s serve(); }"
    assert ended(tmp_path, STOP, by_another) == ["UST101"]


def test_a_flag_that_is_tested_behind_the_stages_ends_nothing(tmp_path: Path) -> None:
    assert ended(tmp_path, STOP, LOOP.replace("sweep_sessions();", "sweep_sessions(); if (stopped) break;")) == [
        "UST101"
    ]


def test_a_handler_that_an_installer_is_given_may_return(tmp_path: Path) -> None:
    handlers = (
        "static void stop(int sig) { exit(0); }\nstatic void on_signal(int sig) { seen = sig; }\n"
        "static void catch(void (*handler)(int)) { sa.sa_handler = handler; sigaction(SIGUSR1, &sa, NULL); }"
    )
    assert codes(tmp_path, handlers, "signal(SIGTERM, stop); catch(on_signal);") == ["UST101"]


def test_a_program_of_one_file_without_handlers_gets_a_note(tmp_path: Path) -> None:
    path = tmp_path / "loop.c"
    path.write_text(PIPE + LOOP % {"install": "", "watched": "fd"})
    (finding,) = run([str(path)]).findings
    assert finding.severity is Severity.NOTE
    assert "installs no handler" in finding.why


def test_a_program_whose_own_file_installs_no_handlers_gets_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "loop.c"
    path.write_text('#include "daemon.h"\n' + PIPE + LOOP % {"install": "set_up_signals();", "watched": "fd"})
    (finding,) = run([str(path)]).findings
    assert finding.severity is Severity.WARNING
    assert "others may" in finding.why


def test_handlers_of_another_file_may_return(tmp_path: Path) -> None:
    install = f"{INSTALL} sa.sa_handler = reap_children; sigaction(SIGUSR1, &sa, NULL);"
    assert codes(tmp_path, "static void on_signal(int sig) { exit(0); }", install) == ["UST101"]


HANDLER = "static void on_signal(int sig) { int saved = errno; write(wake[1], &sig, 1); errno = saved; }"
BY_COPY = "static void on_signal(int sig) { send_event(wake_writer, sig); }"


@pytest.mark.parametrize(
    ("handler", "install", "watched"),
    [
        (HANDLER, f"pipe(wake); {INSTALL}", "wake[0]"),
        (HANDLER, f"socketpair(AF_UNIX, SOCK_STREAM, 0, wake); {INSTALL}", "wake[0]"),
        (HANDLER.replace("[1]", "[WRITE_END]"), f"pipe(wake); {INSTALL}", "wake[READ_END]"),
        (BY_COPY, f"int p[2], reader; pipe2(p, O_CLOEXEC); reader = p[0]; wake_writer = p[1]; {INSTALL}", "reader"),
    ],
)
def test_a_self_pipe_in_the_waited_set_ends_the_next_wait_at_once(
    tmp_path: Path, handler: str, install: str, watched: str
) -> None:
    assert codes(tmp_path, handler, install, watched) == []
    assert codes(tmp_path, handler, install, "listener") == ["UST101"]


def test_a_self_pipe_helps_only_where_every_handler_writes_to_it(tmp_path: Path) -> None:
    other = f"{HANDLER}\nstatic void on_alarm(int sig) {{ ticks++; }}"
    install = f"pipe(wake); {INSTALL} signal(SIGALRM, on_alarm);"
    assert codes(tmp_path, other, install, "wake[0]") == ["UST101"]


def test_a_wait_that_only_looks_makes_no_storm(tmp_path: Path) -> None:
    path = tmp_path / "probe.c"
    path.write_text((PIPE + LOOP % {"install": "", "watched": "fd"}).replace("{ 5, 0 }", "{ 0, 0 }"))
    assert run([str(path)]).findings == ()


COPY = """
int main(void)
{
    long done;

    for (done = 0; done < size; done += n) {
        n = write(fd, buffer + done, size - done);
        if (n == -1) {
            if (%s)
                continue;
            return 1;
        }
    }
}
"""


@pytest.mark.parametrize(
    ("include", "test", "severity"),
    [
        ("", "errno == EINTR", Severity.NOTE),
        ('#include "daemon.h"\n', "errno == EINTR", Severity.WARNING),
        ("", "errno == EINTR || errno == EAGAIN", Severity.ERROR),
    ],
)
def test_what_needs_a_handler_is_weighed_by_those_that_are_seen(
    tmp_path: Path, include: str, test: str, severity: Severity
) -> None:
    path = tmp_path / "copy.c"
    path.write_text(include + COPY % test)
    (finding,) = run([str(path)]).findings
    assert (finding.code, finding.severity) == ("UST110", severity)


STALE = (
    ENDED.replace("continue;", "errno = 0;")
    .replace("r == -1)\n", "r == -1 && errno)\n")
    .replace("sweep_sessions();", "%(test)s if (FD_ISSET(listener, &set)) take(listener); sweep_sessions();")
)


def stale(tmp_path: Path, handlers: str, test: str) -> list[str]:
    loop = STALE.replace("%(test)s", test)
    return ended(tmp_path, handlers, loop)


def test_stale_results_behind_a_flag_that_each_handler_sets_are_not_read(tmp_path: Path) -> None:
    assert stale(tmp_path, STOP, "if (stopped) break;") == []
    assert stale(tmp_path, STOP, "if (stopped) note_stop();") == ["UST105"]
    assert stale(tmp_path, STOP, "if (stopped && !busy) break;") == ["UST105"]
    assert stale(tmp_path, STOP + "static void on_hangup(int sig) { hangup = 1; }", "if (stopped) break;") == ["UST105"]


def test_a_wait_that_only_looks_is_not_interrupted(tmp_path: Path) -> None:
    handler = "static void on_signal(int sig) { got_child = 1; }"
    assert stale(tmp_path, handler, "") == ["UST105"]
    path = tmp_path / "daemon.c"
    path.write_text(path.read_text().replace("{ 5, 0 }", "{ 0, 0 }"))
    assert [finding.code for finding in run([str(path)]).findings] == []


@pytest.mark.parametrize(
    ("call", "severity"),
    [
        ("pthread_create(&thread, NULL, serve, NULL);", Severity.WARNING),
        ("named_pthread_create(&thread, &serve, NULL, name);", Severity.WARNING),
        ("start_thread_on(cpu, serve);", Severity.WARNING),
        ("spawn(serve);", Severity.ERROR),
    ],
)
def test_a_thread_that_another_file_starts(tmp_path: Path, call: str, severity: Severity) -> None:
    served = LOOP.replace("int main(void)", "void *serve(void *unused)") % {"install": "", "watched": "fd"}
    (tmp_path / "serve.c").write_text(PIPE + served)
    (tmp_path / "start.c").write_text(f"void begin(void) {{ signal(SIGCHLD, on_child); {call} }}")
    (finding,) = run([str(tmp_path)]).findings
    assert finding.severity is severity


@pytest.mark.parametrize(
    ("start", "then", "severity"),
    [
        ("serve", "", Severity.WARNING),
        ("sweep", "", Severity.ERROR),
        ("serve", "pthread_kill(thread, SIGURG);", Severity.ERROR),
    ],
)
def test_signals_seldom_go_to_another_thread_than_the_first(
    tmp_path: Path, start: str, then: str, severity: Severity
) -> None:
    served = LOOP.replace("int main(void)", "void *serve(void *unused)") % {"install": "", "watched": "fd"}
    started = f"void begin(void) {{ pthread_create(&thread, NULL, {start}, NULL); {then} }}"
    path = tmp_path / "daemon.c"
    path.write_text(PIPE + served + "void *sweep(void *unused) { return NULL; }" + started)
    (finding,) = run([str(path)]).findings
    assert finding.severity is severity
    assert ("waits in a thread" in finding.why) is (severity is Severity.WARNING)


@pytest.mark.parametrize(
    ("base", "start", "severity"),
    [
        ("threading.Thread", "", Severity.WARNING),
        ("StoppableThread, Named", "", Severity.WARNING),
        ("object", "", Severity.ERROR),
        ("object", "threading.Thread(None, target=self.run).start()", Severity.WARNING),
        ("object", "threading.Thread(target=self.other).start()", Severity.ERROR),
        ("object", "thread.start_new_thread(self.run, ())", Severity.WARNING),
        ("threading.Thread", "signal.pthread_kill(self.ident, signal.SIGUSR1)", Severity.ERROR),
    ],
)
def test_python_threads(tmp_path: Path, base: str, start: str, severity: Severity) -> None:
    served = f"""
class Server({base}):
    def begin(self):
        signal.signal(signal.SIGCHLD, note)
        {start}

    def run(self):
        while True:
            try:
                readable, _, _ = select.select([self.listener], [], [], 1)
            except select.error as error:
                if error.args[0] != errno.EINTR:
                    raise
                continue
            serve(readable)
            self.sweep()
"""
    (tmp_path / "serve.py").write_text("import errno, select, signal, thread, threading\n" + served)
    (finding,) = run([str(tmp_path)]).findings
    assert finding.severity is severity
    assert ("waits in a thread" in finding.why) is (severity is Severity.WARNING)


def test_a_severity_that_a_thread_lowers_has_its_reason(tmp_path: Path) -> None:
    served = """void *serve(void *sessions)
{
    fd_set watched;
    for (;;) {
        fill(&watched);
        if (select(64, &watched, NULL, NULL, NULL) == -1 && errno != EINTR)
            abort();
        if (FD_ISSET(0, &watched))
            answer(sessions);
    }
}
"""
    started = "void begin(void) { %s }"
    path = tmp_path / "daemon.c"
    for start, severity in (("pthread_create(&thread, NULL, serve, NULL);", "warning"), ("serve(NULL);", "error")):
        path.write_text("static void note(int sig) { }\n" + served + started % f"signal(SIGCHLD, note); {start}")
        (finding,) = run([str(path)]).findings
        assert (finding.code, finding.severity.value) == ("UST105", severity)
        assert ("waits in a thread" in finding.why) is (severity == "warning")


def test_a_handler_for_a_signal_that_a_variable_holds(tmp_path: Path) -> None:
    for_any = "static void note(int sig) { seen = sig; }\nvoid catch(int number) { signal(number, %s); }\n"
    assert ended(tmp_path, STOP + for_any % "SIG_DFL") == []
    assert ended(tmp_path, STOP + for_any % "note") == ["UST101"]


def test_a_function_that_has_the_handlers_installed_knows_them(tmp_path: Path) -> None:
    served = ENDED.replace("int main(void)", "int serve(void)").replace("%(install)s", "catch_signals();")
    helper = "static void catch_signals(void) { %(install)s }\n"
    assert ended(tmp_path, STOP, helper + served) == []
    assert ended(tmp_path, STOP, helper + served.replace("catch_signals();", "")) == ["UST101"]


NEIGHBOUR = "void set_up(void) { struct sigaction sa; sa.sa_handler = on_child; sigaction(SIGCHLD, &sa, 0); }"
OTHERS = NEIGHBOUR.replace("set_up", "prepare")


@pytest.mark.parametrize(
    ("start", "neighbours", "severity", "says"),
    [
        ("main", {"other.c": "void other(void) { }"}, Severity.NOTE, "This program installs no handler"),
        ("main", {"other.c": "void quiet(void) { signal(SIGPIPE, SIG_IGN); }"}, Severity.NOTE, "This program installs"),
        ("main", {"lib/signals.c": OTHERS}, Severity.WARNING, "No file of this folder, in which the program starts"),
        ("main", {"signals.c": OTHERS}, Severity.WARNING, "This file, in which the program starts, installs no"),
        ("main", {"signals.c": NEIGHBOUR}, Severity.ERROR, ""),
        ("serve", {"other.c": "void other(void) { }"}, Severity.WARNING, "No file that was looked at installs"),
        ("serve", {"lib/signals.c": NEIGHBOUR}, Severity.ERROR, ""),
        ("serve", {"lib/a.c": "void set_up(void) { catch(SIGCHLD, reap); sigaction(n, &sa, 0); }"}, Severity.ERROR, ""),
    ],
)
def test_a_run_in_which_nobody_installs_a_handler(
    tmp_path: Path, start: str, neighbours: dict[str, str], severity: Severity, says: str
) -> None:
    for name, text in neighbours.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    loop = LOOP.replace("int main", f"int {start}") % {"install": "set_up();", "watched": "fd"}
    (tmp_path / "loop.c").write_text('#include "daemon.h"\n' + PIPE + loop)
    (finding,) = run([str(tmp_path)]).findings
    assert finding.severity is severity
    assert says in finding.why
    assert (" handler" in finding.why) is bool(says)


def test_what_is_said_of_handlers_is_said_by_every_rule_that_weighs_it(tmp_path: Path) -> None:
    stale = LOOP.replace("if (r == -1 && errno == EINTR)\n            continue;", "").replace(
        "if (r == -1)", "if (r == -1 && errno != EINTR)"
    )
    (tmp_path / "loop.c").write_text(
        PIPE
        + stale.replace("sweep_sessions();", "if (FD_ISSET(fd, &set)) take(fd);") % {"install": "", "watched": "fd"}
    )
    (finding,) = run([str(tmp_path)]).findings
    assert (finding.code, finding.severity) == ("UST105", Severity.NOTE)
    assert "installs no handler" in finding.why
