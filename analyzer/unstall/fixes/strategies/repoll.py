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
    """A second wait with a zero timeout; if that is interrupted, too, as-timeout.

    Where no test for errors follows any more, whatever the second wait fails with passes for a timeout: what is wrong
    in earnest the next pass will tell.
    """
    words = words_of(site)
    declared, again = words.look_again()
    nothing = (*words.cleared(), *words.timed_out())

    def looked(test: str, otherwise: Treatment | None = None) -> Treatment:
        timeout = Suite(f"if ({test})", nothing)
        code = (*declared, *(("",) if declared else ()), again, timeout)
        return Treatment(code, False, declares=bool(declared), otherwise=otherwise)

    return looked(site.interrupted_test, looked(site.failure_test))
