"""What the analysis knows of a call that waits: its kind, its arguments, and how it tells its outcome."""

from dataclasses import dataclass
from enum import Enum

from unstall.flow.outcomes import Run
from unstall.flow.values import ELSEWHERE, EMPTY, MINUS_ONE, POSITIVE, TOP, ZERO, Errno, Num, Tuple, Value


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
    """A call that waits inside, about which no more is known than how its error is tested."""


class Reporting(Enum):
    """How a call tells its outcomes apart."""

    ERRNO = "errno"
    """-1 and errno."""
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
    SUMMARY = "summary"
    """A wrapper: `WaitSpec.effects` says it."""


_ONLY_PAUSES = frozenset({"sleep", "usleep", "time.sleep"})
"""Sleeps that nobody asks how they ended."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a call leaves behind on one run."""

    result: Value
    errno: Value = TOP
    out: tuple[tuple[int, Value], ...] = ()
    """What it stores through its pointer arguments (``*eintr_p``), by argument index."""
    kept: frozenset[int] = frozenset()
    """The pointer arguments that it stores nothing through."""


@dataclass(frozen=True, slots=True)
class WaitSpec:
    """One call of the catalogue, or a wrapper's summary. Arguments are counted from 0."""

    name: str
    kind: WaitKind
    reporting: Reporting = Reporting.ERRNO
    arity: tuple[int, int] = (0, 99)
    """The least and the greatest number of arguments; a call with another number is another function of that name."""
    timeout: int | None = None
    """The argument that bounds the wait; None where there is none (then it waits for ever, unless `bounded`)."""
    timeout_is_number: bool = False
    """C: the timeout is a number, not the address of a time structure."""
    timeout_keeps_rest: bool = False
    """C: it leaves in the timeout what is left of it (Linux; select(2))."""
    bounded: bool = False
    """It brings a bound of its own, which the caller doesn't see."""
    results: tuple[int, ...] = ()
    """The arguments that the call writes what is ready into: fd sets, pollfd and event arrays, buffers."""
    descriptor: int | None = None
    """The argument that is the one descriptor of a transfer."""
    swaps_mask: bool = False
    """It swaps the signal mask atomically, so that signal-first kernels fail it before they look at a descriptor."""
    ready: Num = POSITIVE
    """What it returns when ready."""
    timeout_errno: str = ""
    """The errno that tells of a timeout where the result is -1 (sem_timedwait: ETIMEDOUT)."""
    arrays: int = 0
    """Python: how many lists the result is a tuple of (select: 3); 0 for a single list."""
    outputs: tuple[int, ...] = ()
    """Positions of pointers through which a wrapper reports beside its result (``*count = n;``)."""
    origin: "WaitSpec | None" = None
    """The call of the catalogue that a wrapper comes to; None for that itself."""
    effects: tuple[tuple[Run, Effect], ...] = ()
    """A wrapper's summary; empty for calls that report in one of the standard ways."""

    @property
    def matters_untold(self) -> bool:
        """Whether an interrupt can do harm where the code doesn't tell it from other errors: loops are built around
        such a wait, or it has a timeout that somebody counts on. What ends a transfer ends it, interrupt or not.
        """
        if self.kind in (WaitKind.MULTIPLEX, WaitKind.DISPATCH, WaitKind.SIGNAL, WaitKind.MESSAGE):
            return True
        timed = self.timeout is not None and self.kind not in (WaitKind.TRANSFER, WaitKind.CHILD)
        return timed and self.name not in _ONLY_PAUSES

    @property
    def reports_in(self) -> tuple[int, ...]:
        """The arguments in which the call reports that it comes to in the end: these tell the families apart."""
        return (self.origin or self).results

    def returns(self, run: Run) -> bool:
        """Whether the call comes back from a failing run: a wrapper that ends the program for some errors, or makes
        something else of them, has no effect on those.
        """
        failing = run in (Run.FAILED, Run.WOULD_BLOCK)
        return not (failing and self.reporting is Reporting.SUMMARY) or any(known is run for known, _ in self.effects)

    def effect(self, run: Run) -> Effect:
        """What the call leaves behind when it ends as ``run`` says (for exceptions: its result where it has one)."""
        for known, effect in self.effects:
            if known is run:
                return effect
        if self.reporting is Reporting.SUMMARY:
            return Effect(TOP)
        if run in (Run.READY, Run.READY_ELSEWHERE):
            return Effect(self._ready(run))
        if run is Run.TIMEOUT and not self.timeout_errno:
            return Effect(self._quiet())
        return self._error(self.errno(run))

    def errno(self, run: Run) -> Errno:
        """The errno of a failing run."""
        if run is Run.INTERRUPTED:
            return Errno(frozenset({"EINTR"}))
        if run is Run.WOULD_BLOCK:
            return Errno(frozenset({"EAGAIN"}))
        if run is Run.TIMEOUT:
            return Errno(frozenset({self.timeout_errno}))
        return Errno(frozenset({"EINTR", "EAGAIN", self.timeout_errno} - {""}), others=True)

    def _ready(self, run: Run) -> Value:
        if self.reporting in (Reporting.CODE, Reporting.REMAINING):
            return ZERO
        if self.reporting is Reporting.EXCEPTION and self.kind is WaitKind.MULTIPLEX:
            some = ELSEWHERE if run is Run.READY_ELSEWHERE else TOP
            return Tuple((some,) * self.arrays) if self.arrays else some
        if self.reporting in (Reporting.POINTER, Reporting.EXCEPTION):
            return TOP if self.reporting is Reporting.EXCEPTION else POSITIVE
        return self.ready

    def _quiet(self) -> Value:
        if self.reporting is Reporting.EXCEPTION:
            return Tuple((EMPTY,) * self.arrays) if self.arrays else EMPTY
        return ZERO

    def _error(self, errno: Errno) -> Effect:
        match self.reporting:
            case Reporting.CODE:
                return Effect(errno)
            case Reporting.NEGATED:
                return Effect(Errno(errno.names, errno.others, negated=True))
            case Reporting.REMAINING:
                return Effect(POSITIVE, errno)
            case Reporting.POINTER:
                return Effect(ZERO, errno)
        return Effect(MINUS_ONE, errno)
