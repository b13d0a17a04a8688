"""The output of a scan: whole lines, each on the disk before the next, so that a scan that was killed can go on."""

import contextlib
import json
import os
from pathlib import Path
from types import TracebackType

from unstall.scan.project import Result


class JournalError(Exception):
    """An output that can't be gone on with, and why, in words."""


class Journal:
    """A file of results that only grows; to be used as a context. Raises OSError and JournalError."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        self.done: dict[str, Result] = {}
        """What was there already, by project."""
        try:
            self._lock()
            self._take_up()
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.close(self._file)

    def _lock(self) -> None:
        """Keep a second scan from the file until this process ends, however it does."""
        try:
            import fcntl
        except ImportError:  # not on POSIX
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise JournalError("another scan is writing to it") from error

    def _take_up(self) -> None:
        """Read what is there; a last line that was torn by a kill is taken out."""
        data = Path(self._path).read_bytes()
        whole = data.rfind(b"\n") + 1
        for number, line in enumerate(data[:whole].splitlines(), 1):
            try:
                result = json.loads(line)
                self.done[result["project"]] = result
            except (ValueError, KeyError, TypeError) as error:
                raise JournalError(f"line {number} is not a scan's result") from error
        if whole < len(data):
            if not b'{"project":'.startswith(data[whole:][:11]):
                raise JournalError("its last line is not a scan's result")
            os.ftruncate(self._file, whole)

    def add(self, result: Result) -> None:
        """Put a result on the disk, or leave the file as it was and raise OSError."""
        before = os.fstat(self._file).st_size
        line = json.dumps(result).encode("ascii") + b"\n"
        try:
            at = 0
            while at < len(line):
                at += os.write(self._file, line[at:])
            os.fsync(self._file)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, before)
            raise
        self.done[result["project"]] = result
