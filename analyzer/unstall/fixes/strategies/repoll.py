"""repoll: look once more, without waiting and without swapping the signal mask, then go on.

The second look returns ready descriptors even while signals are pending, on every kernel: plain select, poll and
epoll_wait look at descriptors first, and with a zero timeout illumos doesn't look for signals at all.
"""

from unstall.fixes.layout import Suite
from unstall.fixes.site import Site
from unstall.fixes.treatment import Treatment
from unstall.fixes.words import words_of

NAME = "repoll"
DESCRIPTION = (
    "looks once more without waiting and without swapping the signal mask, and takes a second interrupt for a timeout"
)


def treatment(site: Site) -> Treatment:
    """A second wait with a zero timeout; if that is interrupted, too, as-timeout."""
    words = words_of(site)
    declared, again = words.look_again()
    timeout = Suite(f"if ({site.interrupted_test})", (*words.cleared(), *words.timed_out()))
    return Treatment((*declared, *(("",) if declared else ()), again, timeout), False, declares=bool(declared))
