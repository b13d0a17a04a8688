"""The catalogue of waits: calls that can block and be interrupted, and how each tells its outcome.

Sources: POSIX.1-2017 and the Linux man pages (section 2 and 3) of each call; for Python the library reference and
PEP 475.
Arguments are counted from 0.
"""

from dataclasses import dataclass
from enum import Enum


class WaitKind(Enum):
    """What a wait waits for; the kind decides what an interrupt can owe."""

    MULTIPLEX = "multiplex"
    """select, poll, epoll_wait, kevent …: many descriptors, usually with a timeout."""
    TRANSFER = "transfer"
    """read, recv, accept, write …: one descriptor's data or connection."""
    CHILD = "child"
    """wait, waitpid."""
    SLEEP = "sleep"
    """nanosleep, usleep, clock_nanosleep."""
    SIGNAL = "signal"
    """sigwait, sigtimedwait, pause."""
    LOCK = "lock"
    """sem_wait, sem_timedwait, pthread_cond_timedwait, fcntl(F_SETLKW), flock."""
    MESSAGE = "message"
    """msgrcv, mq_receive."""
    DISPATCH = "dispatch"
    """A project's own wrapper that waits inside."""


class Reporting(Enum):
    """How a call tells its outcomes apart."""

    ERRNO = "errno"
    """-1 and errno; 0 on timeout; positive when ready."""
    CODE = "code"
    """The error number itself; 0 when ready (clock_nanosleep, pthread_cond_timedwait)."""
    NEGATED = "negated"
    """-EINTR and so on."""
    REMAINING = "remaining"
    """sleep(3): what is left of the time when interrupted."""
    POINTER = "pointer"
    """NULL and errno (fgets, readdir)."""
    EXCEPTION = "exception"
    """Python: an exception; a falsy result on timeout."""


@dataclass(frozen=True, slots=True)
class WaitSpec:
    """One call of the catalogue, or a wrapper's summary."""

    name: str
    kind: WaitKind
    reporting: Reporting = Reporting.ERRNO
    timeout: int | None = None
    """The argument that bounds the wait; None where there is none (then it waits for ever)."""
    results: tuple[int, ...] = ()
    """The arguments that the call writes what is ready into: fd sets, pollfd and event arrays, buffers."""
    descriptor: int | None = None
    """The argument that is the one descriptor of a transfer."""
    swaps_mask: bool = False
    """It swaps the signal mask atomically, so that signal-first kernels fail it before they look at a descriptor."""
