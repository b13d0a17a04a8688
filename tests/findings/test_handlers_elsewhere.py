"""Handlers that one file installs and another defines, or that another file installs for the one with ``main``."""

from pathlib import Path

import pytest
from unstall.findings.finding import Finding, Severity
from unstall.run.pipeline import run

LOOP = """
int main(void)
{
    %s
    while (!stopped) {
        fd_set set;
        struct timeval tv = { 5, 0 };
        int r;

        FD_ZERO(&set);
        FD_SET(listener, &set);
        r = select(listener + 1, &set, NULL, NULL, &tv);
        if (r == -1 && errno == EINTR)
            continue;
        if (r == -1)
            return 1;
        sweep_sessions();
    }
}
"""
INSTALL = "signal(SIGCHLD, on_child); signal(SIGTERM, on_term);"
STOP = "void on_term(int number) { stopped = 1; }\n"
LEAVE = "void on_child(int number) { _exit(number); }\n"
NOTE = "void on_child(int number) { children++; }\n"


def findings(folder: Path, **files: str) -> tuple[Finding, ...]:
    for name, text in files.items():
        path = folder / f"{name}.c".replace("_in_", "/")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tuple(run([str(folder)]).findings)


@pytest.mark.parametrize(
    ("handlers", "expected"),
    [
        (STOP + LEAVE, []),
        (STOP + NOTE, ["UST101"]),
        (STOP, ["UST101"]),
        (STOP + "static " + LEAVE, ["UST101"]),
        ("void on_term(int number) { if (number) stopped = 1; }\n" + LEAVE, ["UST101"]),
    ],
)
def test_handlers_that_another_file_defines(tmp_path: Path, handlers: str, expected: list[str]) -> None:
    found = findings(tmp_path, main=LOOP % INSTALL, handlers=handlers)
    assert [finding.code for finding in found] == expected


def test_handlers_in_a_folder_within(tmp_path: Path) -> None:
    assert findings(tmp_path, main=LOOP % INSTALL, lib_in_handlers=STOP + LEAVE) == ()


def test_handlers_of_which_two_files_have_one(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, main=LOOP % INSTALL, handlers=STOP + LEAVE, others=NOTE)
    assert found.code == "UST101"


def test_a_flag_that_another_files_handler_sets(tmp_path: Path) -> None:
    tested = LOOP.replace("sweep_sessions();", "if (children) reap_all();")
    (found,) = findings(tmp_path, main=tested % INSTALL, handlers=STOP + NOTE)
    assert "A signal handler sets `children`" in found.why


SETUP = f"#include <signal.h>\n%s\nvoid catch_signals(void) {{ {INSTALL} }}\n"


def test_handlers_that_another_file_installs(tmp_path: Path) -> None:
    main = LOOP % "catch_signals();"
    assert findings(tmp_path, main=main, setup=SETUP % (STOP + LEAVE)) == ()
    (found,) = findings(tmp_path, main=main, setup=SETUP % (STOP + NOTE))
    assert (found.code, found.severity) == ("UST101", Severity.ERROR)
    assert "(its program handles" in found.why
    (found,) = findings(tmp_path, main=LOOP % "", setup=SETUP % (STOP + LEAVE))
    assert (found.code, found.severity) == ("UST101", Severity.NOTE)


def test_an_installer_that_may_be_another_programs(tmp_path: Path) -> None:
    main, setup = LOOP % "catch_signals();", SETUP % (STOP + LEAVE)
    (found,) = findings(tmp_path, main=main, setup=setup, other_in_setup=SETUP % (STOP + NOTE))
    assert found.code == "UST101"


TURN = """
int
turn(int limit)
{
    int r = poll(fds, count, limit);
    if (r == -1 && errno == EINTR)
        return 1;
    if (r == -1)
        return 0;
    sweep_sessions();
    return 1;
}
"""
PROGRAM = """
#include <signal.h>
static void on_signal(int number) { stopped = 1; }
int main(void)
{
    signal(%s, on_signal);
    while (%s) {
        if (!turn(1000))
            break;
    }
}
"""


@pytest.mark.parametrize(
    ("signal", "condition", "expected"),
    [("SIGTERM", "!stopped", None), ("SIGHUP", "1", Severity.WARNING), ("SIGCHLD", "1", Severity.ERROR)],
)
def test_handlers_of_the_file_in_which_the_program_starts_and_the_loop_stands(
    signal: str, condition: str, expected: Severity | None, tmp_path: Path
) -> None:
    found = findings(tmp_path, main=PROGRAM % (signal, condition), turn=TURN)
    assert [finding.severity for finding in found] == [expected] * (expected is not None)
    assert all(f"(its program handles {signal})" in finding.why for finding in found)


def test_a_waits_own_file_tells_of_its_handlers_best(tmp_path: Path) -> None:
    own = TURN + "void prepare(void) { signal(SIGCHLD, count_child); }\nstatic void count_child(int n) { dead++; }\n"
    (found,) = findings(tmp_path, main=PROGRAM % ("SIGTERM", "!stopped"), turn=own)
    assert "(this file handles SIGCHLD)" in found.why


def test_the_body_of_a_callers_loop_is_shown_by_its_name(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, main=PROGRAM % ("SIGCHLD", "1"), turn=TURN)
    heads = [mark.span for mark in found.marks if mark.role == "loop"]
    assert [TURN[span.start : span.end] for span in heads] == ["turn(int limit)"]


def test_a_loops_body_that_says_by_its_value_whether_it_was_interrupted(tmp_path: Path) -> None:
    told = "    if (r == -1 && errno == EINTR)\n        return 1;\n    if (r == -1)\n        return 0;\n"
    assert told in TURN
    turn = TURN.replace(told, "    if (r == -1)\n        return errno == EINTR;\n")
    (found,) = findings(tmp_path, main=PROGRAM % ("SIGCHLD", "1"), turn=turn)
    assert (found.code, found.severity) == ("UST101", Severity.ERROR)
    assert findings(tmp_path, turn=turn.replace("errno == EINTR", "0")) == ()


EMULATED = """
int turn(int limit)
{
    int r = pselect(last + 1, &readable, NULL, NULL, NULL, &mask);
    for (int i = 0; i <= last; i++)
        ready[i] = FD_ISSET(i, &readable);
    return r;
}
"""


def test_a_loops_body_that_hands_on_results_and_failure_alike(tmp_path: Path) -> None:
    assert findings(tmp_path, main=PROGRAM % ("SIGCHLD", "1"), turn=EMULATED) == ()
