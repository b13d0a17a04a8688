"""What a wait can end in, and how a loop can take an interrupt: the vocabulary of everything downstream."""

from enum import Enum


class Outcome(Enum):
    """How a wait ends (for C's select: r > 0, r == 0, EINTR, EAGAIN, another errno)."""

    READY = "ready"
    TIMEOUT = "timeout"
    INTERRUPTED = "interrupted"
    WOULD_BLOCK = "would_block"
    FAILED = "failed"


class Run(Enum):
    """One abstract run of an iteration from the wait on.

    READY_ELSEWHERE is the run in which *another* descriptor is ready than whichever a stage asks about: r > 0 with
    every result empty. It turns "does not depend on readiness" into a run instead of a dependence analysis.
    """

    READY = "ready"
    READY_ELSEWHERE = "ready elsewhere"
    TIMEOUT = "timeout"
    INTERRUPTED = "interrupted"
    WOULD_BLOCK = "would_block"
    FAILED = "failed"


RUN_OF_ERRNO = {"EINTR": Run.INTERRUPTED, "EAGAIN": Run.WOULD_BLOCK}
"""The failures that a restart can be about."""


class Handling(Enum):
    """How an interrupted wait is handled at a site."""

    RESTART_SKIPS_STAGES = "restart-skips-stages"
    """Back to the loop's head, past stages that a timeout would have run."""
    RESTART = "restart"
    """Back to the head, past nothing but what needs a ready descriptor."""
    RETRY = "retry"
    """A small loop around the wait alone."""
    ADVANCE = "advance"
    """On to the next element of a for-each; this one's work is dropped."""
    STALE = "stale"
    """Goes on and reads results that the failed wait never wrote."""
    FATAL = "fatal"
    """Not told apart from an error: ends the loop or the program."""
    HANDLED = "handled"
    """Skips nothing that a timeout would run, and reads nothing stale."""
    UNKNOWN = "unknown"
    """The analysis can't see it; `WaitFact.why_unknown` says why."""


class Exit(Enum):
    """How a run leaves the iteration. A run may have several."""

    BACK_EDGE = "back-edge"
    LOOP_EXIT = "loop-exit"
    RETURN = "return"
    NO_RETURN = "no-return"
    RAISE = "raise"
