"""How much one file may cost, and how a run gives up on it.

Processor time is counted, not time on the clock, so that a busy machine gives up no earlier than an idle one.
"""

import gc
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from unstall.options import DEFAULTS

MAX_FILE = 64_000_000
"""Bytes; no source that a person wrote comes near it."""
MAX_OTHER_CONFIGURATIONS = 8
"""How often a C file is cut again for waits in branches of ``#if`` that the main configuration leaves out."""


class GaveUp(BaseException):
    """A file has cost what it may; the message is for the user. No ``except Exception`` on the way may swallow it."""


class OutOfTimeError(GaveUp):
    """The time is up. It is raised again and again until somebody acts on it (`heard`): the interpreter swallows what
    is raised in the garbage collector's callbacks and the like.
    """


class NoProcessError(Exception):
    """A run can't have the processes that it is to be divided among; the message says why."""


_AGAIN = 0.1
"""Seconds of processor time after which it is raised again."""


def collect_seldom() -> None:
    """Let the garbage collector look less often: a run makes millions of values and hardly a cycle among them, and
    looking for some would be a noticeable part of its time.
    """
    gc.set_threshold(200_000, 20, 20)


def heard(reason: GaveUp) -> str:
    """What to tell the user; the time that is up is not raised again."""
    if isinstance(reason, OutOfTimeError):
        signal.setitimer(signal.ITIMER_PROF, 0)
    return str(reason)


@dataclass(frozen=True)
class Limits:
    """What one file may cost."""

    seconds: float = DEFAULTS.time_limit
    """Of processor time, in each phase."""
    megabytes: int = DEFAULTS.memory_limit
    """Of address space; held only in processes of our own."""

    @property
    def too_slow(self) -> str:
        """The reason, where time ran out."""
        return f"gave up after {self.seconds:g} s of processor time"


@contextmanager
def timed(limits: Limits) -> Iterator[Callable[[], bool]]:
    """Raises OutOfTimeError in the block once its time is up; when that is `heard`, the block may go on, and finish
    what it has.

    Gives a function that tells whether the time is up. Without POSIX's timers, and outside of the main thread, that is
    all it does.
    """
    ends = time.process_time() + limits.seconds

    def is_up() -> bool:
        return time.process_time() >= ends

    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield is_up
        return

    def give_up(number: int, frame: FrameType | None) -> None:
        raise OutOfTimeError(limits.too_slow)

    former = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, limits.seconds, _AGAIN)
    try:
        yield is_up
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, former)


def hold_memory(limits: Limits) -> None:
    """Let allocations beyond the limit fail with MemoryError in this process, where the system can."""
    try:
        import resource
    except ImportError:
        return
    size = limits.megabytes * 1_000_000
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size if hard == resource.RLIM_INFINITY else min(size, hard), hard))
