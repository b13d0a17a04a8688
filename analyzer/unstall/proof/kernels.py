"""What a wait can end in under a storm of signals, by the kernel's rule.

*Ready first* (Linux, the BSDs): descriptors are looked at before signals, so a wait is interrupted only where nothing
is ready. *Signal first* (illumos, Solaris): the system call under pselect and ppoll swaps in the caller's mask and
looks for a pending signal before it looks at any descriptor; waits that don't swap the mask are ready-first there, too.
"""

from enum import Enum

from unstall.flow.bounds import Bound
from unstall.flow.facts import WaitFact
from unstall.flow.outcomes import RUN_OF_ERRNO, Run
from unstall.flow.runs import SiteRuns


class Kernel(Enum):
    """Which a wait looks at first."""

    READY_FIRST = "ready-first"
    SIGNAL_FIRST = "signal-first"


def storm_of(fact: WaitFact) -> tuple[Run, ...]:
    """The failures that a restart is about: EINTR, EAGAIN or both."""
    return tuple(RUN_OF_ERRNO[errno] for errno in fact.errnos)


def outcomes(runs: SiteRuns, kernel: Kernel, busy: bool, storm: tuple[Run, ...]) -> tuple[Run, ...]:
    """What a wait can end in while signals keep coming; ``busy`` tells that a descriptor is ready all the while."""
    if kernel is Kernel.SIGNAL_FIRST and runs.site.spec.swaps_mask:
        return storm
    if busy:
        return (Run.READY,)
    return (*storm, Run.TIMEOUT) if runs.bound is Bound.ZERO else storm
