"""as-timeout: the smallest patch that is never wrong, but where an expired deadline is acted upon."""

from unstall.fixes.layout import declares
from unstall.fixes.site import Site
from unstall.fixes.treatment import Treatment
from unstall.fixes.words import words_of

NAME = "as-timeout"
DESCRIPTION = "takes an interrupted wait for one that timed out: clears what it reports and goes on"


def treatment(site: Site) -> Treatment:
    """The results are cleared and the value of the wait is a timeout's."""
    words = words_of(site)
    cleared = words.cleared()
    return Treatment((*cleared, *words.timed_out()), keeps_failure=False, declares=declares(cleared))
