"""Handlers of Python programs that all end the loop, and those that don't."""

from pathlib import Path

import pytest
from unstall.run.pipeline import run

SERVER = """
import errno
import os
import select
import signal
import sys


class Server:
    def catch(self):
        self.former = [(number, signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGHUP)]
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGUSR1, self.on_word)

    def put_back(self):
        for number, handler in self.former:
            signal.signal(number, handler)

    def stop(self, number, frame):
        self.going = False

    def on_word(self, number, frame):
        %s

    def run(self, listener):
        self.going = True
        self.catch()
        while self.going:
            try:
                readable, _, _ = select.select([listener], [], [], 1.0)
            except select.error as error:
                if error.args[0] == errno.EINTR:
                    continue
                raise
            self.sweep()
        self.put_back()
"""


def codes(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "server.py"
    path.write_text(text)
    return [finding.code for finding in run([str(path)]).findings]


@pytest.mark.parametrize(
    "body",
    [
        "self.word = True; self.going = False",
        "sys.exit(1)",
        "raise SystemExit(1)",
        "if self.talks:\n            print('bye')\n        os._exit(0)",
    ],
)
def test_handlers_that_all_end_the_loop_or_the_program(tmp_path: Path, body: str) -> None:
    assert codes(tmp_path, SERVER % body) == []


@pytest.mark.parametrize(
    "body",
    [
        "self.word = True",
        "if number: self.going = False",
        "if number == 15:\n            sys.exit(1)",
        "if number == 10: return\n        sys.exit(1)",
    ],
)
def test_a_handler_that_lets_the_loop_go_on(tmp_path: Path, body: str) -> None:
    assert codes(tmp_path, SERVER % body) == ["UST101"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("        self.catch()\n", ""),
        ("signal.signal(signal.SIGUSR1, self.on_word)", "signal.signal(signal.SIGUSR1, words.note)"),
        (
            "        self.former =",
            "        signal.signal(signal.SIGUSR2, lambda *_: self.note())\n        self.former =",
        ),
        ("def put_back(self):\n        for number, handler in self.former:\n    ", "def set(self, number, handler):\n"),
    ],
)
def test_handlers_of_which_not_all_are_known(tmp_path: Path, old: str, new: str) -> None:
    text = SERVER % "self.going = False"
    assert codes(tmp_path, text) == []
    assert old in text
    assert codes(tmp_path, text.replace(old, new)) == ["UST101"]


@pytest.mark.parametrize(
    ("caught", "found"),
    [("InterruptedError", ["UST101"]), ("BlockingIOError", []), ("(ConnectionResetError, BrokenPipeError)", [])],
)
def test_a_class_of_another_error_catches_no_interrupt(caught: str, found: list[str], tmp_path: Path) -> None:
    loop = (
        "import select\n\n\ndef run(fd, sweep):\n    while True:\n        try:\n"
        f"            select.select([fd], [], [], 1)\n        except {caught}:\n            continue\n"
        "        sweep()\n"
    )
    assert codes(tmp_path, loop) == found
