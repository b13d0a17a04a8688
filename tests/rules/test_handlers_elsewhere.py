"""Handlers that one file installs and another defines, or that another file installs for the one with ``main``."""

from pathlib import Path

import pytest
from unstall.findings import Finding, Severity
from unstall.pipeline import run

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
