"""no-event: nothing is ready, but nothing has timed out either; what stands behind r == 0 alone doesn't run."""

from unstall.fixes.counts import refuse_where_counted
from unstall.fixes.layout import declares
from unstall.fixes.site import Site
from unstall.fixes.treatment import RefusedError, Treatment
from unstall.fixes.words import words_of
from unstall.flow.waits import Reporting

NAME = "no-event"
DESCRIPTION = "clears what the wait reports and goes on, without passing for a timeout"


def treatment(site: Site) -> Treatment:
    """The results are cleared; the value of the wait goes on telling of a failure."""
    if site.fact.spec.reporting is Reporting.EXCEPTION:
        raise RefusedError("an exception leaves no value behind that could differ from a timeout's")
    refuse_where_counted(site)
    code = words_of(site).cleared()
    return Treatment(code, keeps_failure=True, declares=declares(code))
