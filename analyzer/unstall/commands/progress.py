"""A progress line on stderr, on a terminal only, and only for runs that take a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TextIO

from unstall.run.pipeline import Progress

_PATIENCE = 0.5
"""Seconds before the line first shows."""


@contextmanager
def progress(stream: TextIO, what: str = "files") -> Iterator[Progress]:
    """A function to call after each file, or ``what`` it is; the line is gone when the block ends."""
    if not stream.isatty():
        yield lambda done, total, findings: None
        return
    started = monotonic()
    shown = 0.0

    def report(done: int, total: int, findings: int) -> None:
        nonlocal shown
        now = monotonic()
        if now - started < _PATIENCE or now - shown < 0.1:
            return
        shown = now
        rate = done / (now - started)
        stream.write(f"\r\x1b[K{done}/{total} {what}, {rate:.0f} a second, {findings} findings")
        stream.flush()

    try:
        yield report
    finally:
        if shown:
            stream.write("\r\x1b[K")
            stream.flush()
