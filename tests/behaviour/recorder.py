"""Runs generated loops of Python on waits that follow a script, as harness.c does those of C:
``python recorder.py FILE NAME… -- SCRIPT…``.
"""

import errno
import os
import select
import sys
from pathlib import Path
from typing import Any

_MOST = 400


class Over(BaseException):
    """The script has come to its end, or the loop to the end of what it may do."""


class _State:
    told: list[str]
    script: list[str]
    ready: int


_now = _State()


def _tell(what: str) -> None:
    _now.told.append(what)
    if len(_now.told) > _MOST:
        _now.told.append("L")
        raise Over


def _next() -> list[int]:
    if not _now.script:
        raise Over
    letter = _now.script.pop(0)
    _tell(letter)
    _now.ready = int(letter) if letter.isdigit() else -1
    if letter in "IE":
        error = errno.EINTR if letter == "I" else errno.EBADF
        raise OSError(error, os.strerror(error))
    return [_now.ready] if _now.ready >= 0 else []


class _Poller:
    def poll(self, timeout: float) -> list[tuple[int, int]]:
        return [(fd, select.POLLIN) for fd in _next()]


def serve(fd: int) -> None:
    """Something ready is served."""
    _tell("s" if fd == _now.ready else "X")


def sweep() -> None:
    """A stage."""
    _tell("w")


def timers() -> None:
    """Another."""
    _tell("m")


def idle() -> None:
    """What is done after a timeout."""
    _tell("i")


def drop_connection() -> None:
    """What is done for good after a timeout."""
    _tell("d")


def note_signal() -> None:
    """What is done after an interrupt."""
    _tell("n")


def _run(loop: Any, script: str) -> str:
    _now.told, _now.script, _now.ready = [], list(script), -1
    try:
        loop().run()
    except Over:
        pass
    except OSError:
        _now.told.append("F")
    except (NameError, AttributeError):  # of what no wait has set yet
        _now.told.append("V")
    return "".join(_now.told)


def main() -> None:
    """Print a line for each loop and script."""
    path, *rest = sys.argv[1:]
    names, scripts = rest[: rest.index("--")], rest[rest.index("--") + 1 :]
    sys.modules["recorder"] = sys.modules["__main__"]
    select.select = lambda *arguments: (_next(), [], [])  # type: ignore[assignment]
    select.poll = _Poller  # type: ignore[assignment,misc]
    code = compile(Path(path).read_text(), path, "exec")
    for name in names:
        for script in scripts:
            made: dict[str, Any] = {"__name__": "loops"}
            exec(code, made)
            print(name, script, _run(made[name], script))


if __name__ == "__main__":
    main()
