"""What the rules say of Python's own waits, which retry by themselves since 3.5 (PEP 475)."""

from pathlib import Path
from textwrap import dedent

import pytest
from unstall.findings.finding import Finding
from unstall.options import Settings
from unstall.run.pipeline import run

from tests.facts import codes_of

BY_ANYTHING = "except %s:\n            continue"
BY_CLASS = "except InterruptedError:\n            continue"
BY_NUMBER = "except select.error as error:\n            if error.args[0] == errno.EINTR:\n                continue"


def findings(handler: str, target: str | None, folder: Path) -> tuple[Finding, ...]:
    """Those of a loop that skips its sweep."""
    path = folder / "case.py"
    text = dedent("""\
    import errno
    import select

    def serve(listener, sessions):
        while True:
            try:
                readable, _, _ = select.select([listener], [], [], 1.0)
            HANDLER
            accept_from(readable)
            sessions.sweep()
    """)
    path.write_text(text.replace("HANDLER", handler))
    result = run([str(path)], settings=Settings(target_python=target))
    assert not result.unread
    return result.findings


def found(handler: str, target: str | None, folder: Path) -> str:
    """The same, as ``code severity``."""
    return ", ".join(f"{finding.code} {finding.severity.value}" for finding in findings(handler, target, folder))


@pytest.mark.parametrize(
    ("handler", "target", "expected"),
    [
        (BY_CLASS, "3.4", "UST101 error"),
        (BY_CLASS, None, "UST101 warning"),
        (BY_CLASS, "3.5", "UST112 note"),
        (BY_NUMBER, "2.7", "UST101 error"),
        (BY_NUMBER, None, "UST101 error"),
        (BY_NUMBER, "3.11", "UST112 note"),
        ("except IOError as error:\n            log.debug(error)\n            continue", None, ""),
    ],
)
def test_what_is_said_depends_on_the_python_that_a_project_is_for(
    handler: str, target: str | None, expected: str, tmp_path: Path
) -> None:
    assert found(handler, target, tmp_path) == expected


OLD = Settings(target_python="3.4")
METHODS = """
import select

class Once:
    def poll(self):
        try:
            readable, _, _ = select.select(self.sockets, [], [], 1.0)
        except InterruptedError:
            return
        accept_from(readable)
        self.sweep()
{of_once}
class Other:
    def poll(self):
        self.once.ask()
{of_other}
"""
SERVE = """
    def serve(self):
        while self.going:
            {}.poll()
"""


@pytest.mark.parametrize(
    ("of_once", "of_other", "expected"),
    [
        (SERVE.format("self"), "", ["UST101"]),
        (SERVE.format("self.other"), "", []),
        ("", SERVE.format("self"), []),
    ],
)
def test_a_method_is_the_body_of_its_own_classes_loops(
    tmp_path: Path, of_once: str, of_other: str, expected: list[str]
) -> None:
    assert codes_of(tmp_path, METHODS.format(of_once=of_once, of_other=of_other), "python", OLD) == expected


GUESSED = """
import select

class Server:
    def serve(self):
        while True:
            try:
                events = self.handler.do_poll(self.left())
            except (MemoryError, SystemError) as error:
                return self.fail(error)
            except {caught}:
                {then}
            else:
                self.handler.handle(events)
                self.fire_timers()
"""


@pytest.mark.parametrize(
    ("caught", "then", "expected"),
    [
        ("select.error", "pass", ["UST101"]),
        ("select.error", "self.fire_timers()", []),
        ("OSError", "pass", []),
    ],
)
def test_what_select_error_comes_from_is_a_wait_whatever_its_name(
    tmp_path: Path, caught: str, then: str, expected: list[str]
) -> None:
    assert codes_of(tmp_path, GUESSED.format(caught=caught, then=then), "python", OLD) == expected


NON_BLOCKING = """
import errno, os, select

def copy(descriptor, poller):
    while True:
        try:
            poller.poll(100)
            data = os.read(descriptor, 1024)
        except OSError as error:
            if error.errno == errno.{number}:
                continue
            return
        publish(data)
        sweep()
"""


@pytest.mark.parametrize(("number", "expected"), [("EWOULDBLOCK", []), ("EINTR", ["UST101"])])
def test_what_blocks_is_the_read_not_the_poll(tmp_path: Path, number: str, expected: list[str]) -> None:
    assert codes_of(tmp_path, NON_BLOCKING.format(number=number), "python", OLD) == expected


def test_old_names_of_what_catches_everything_are_one(tmp_path: Path) -> None:
    names = ("Exception", "EnvironmentError", "StandardError", "WindowsError")
    assert len({found(BY_ANYTHING % name, None, tmp_path) for name in names}) == 1


@pytest.mark.parametrize(
    ("written_with", "target", "known_by"),
    [
        ("f'{1}'", None, "No Python before 3.6 reads this file."),
        ("f'{1}'", "2.7", "No Python before 3.6 reads this file."),
        ("f'{1}'", "3.9", "The project is for Python 3.9 and later."),
        ("lambda: (one := 1)", None, "No Python before 3.8 reads this file."),
        ("b'%d' % 1", "3.5", "The project is for Python 3.5 and later."),
        ("b'%d' % 1", None, None),
    ],
)
def test_a_file_that_no_older_python_reads_is_for_none(
    written_with: str, target: str | None, known_by: str | None, tmp_path: Path
) -> None:
    (finding,) = findings(f"{BY_NUMBER}\n            one = {written_with}", target, tmp_path)
    assert (finding.code == "UST112") == (known_by is not None)
    assert known_by is None or finding.why.endswith(known_by)
