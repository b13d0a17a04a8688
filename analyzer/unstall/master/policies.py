"""Seven ways to handle an interrupted wait. This file is all that differs between a stalling master and a sound one.

Each takes the kernel, what the wait was asked, and the interrupted look it returned. It gives the look that
the loop goes on with, or None: back to the loop's head.
"""

from collections.abc import Callable, Set

from unstall.master.kernel import NOTHING, TIMED_OUT, Kernel, Look
from unstall.master.settings import Policy

Handler = Callable[[Kernel, Set[int], float, Look], Look | None]

REPOLLS = 5
"""Looks that `bounded_repoll` takes before it gives up, as the incident's upstream chose."""


def restart(kernel: Kernel, watched: Set[int], timeout: float, interrupted: Look) -> Look | None:
    """``continue``: the incident's. All that stands behind the wait is passed over."""
    return None


def retry(kernel: Kernel, watched: Set[int], timeout: float, interrupted: Look) -> Look | None:
    """A tiny loop around the wait, with the full timeout: what a handler's flag asks for goes unseen meanwhile."""
    look = interrupted
    while look.interrupted:
        look = kernel.wait(watched, timeout)
    return look


def fall_through(kernel: Kernel, watched: Set[int], timeout: float, interrupted: Look) -> Look | None:
    """Go on, results untouched: every descriptor asked for counts as ready."""
    return interrupted


def as_timeout(kernel: Kernel, watched: Set[int], timeout: float, interrupted: Look) -> Look | None:
    """Clear the results, call it a timeout, go on."""
    return TIMED_OUT


def no_event(kernel: Kernel, watched: Set[int], timeout: float, interrupted: Look) -> Look | None:
    """Clear the results and go on; r stays -1, so that what acts on a timeout doesn't."""
    return interrupted._replace(ready=NOTHING)


def bounded_repoll(kernel: Kernel, watched: Set[int], timeout: float, interrupted: Look) -> Look | None:
    """Wait again with a zero timeout, mask swapped, a few times at most; then call it a timeout."""
    for _ in range(REPOLLS):
        look = kernel.wait(watched, 0.0)
        if not look.interrupted:
            return look
    return TIMED_OUT


def repoll(kernel: Kernel, watched: Set[int], timeout: float, interrupted: Look) -> Look | None:
    """Look once more at once, mask left alone so that no pending SIGCHLD gets in; if even that fails, a timeout."""
    look = kernel.glance(watched)
    return TIMED_OUT if look.interrupted else look


HANDLERS: dict[Policy, Handler] = {
    Policy.RESTART: restart,
    Policy.RETRY: retry,
    Policy.FALL_THROUGH: fall_through,
    Policy.AS_TIMEOUT: as_timeout,
    Policy.NO_EVENT: no_event,
    Policy.BOUNDED_REPOLL: bounded_repoll,
    Policy.REPOLL: repoll,
}
