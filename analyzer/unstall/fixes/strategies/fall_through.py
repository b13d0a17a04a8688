"""fall-through: go on with the results untouched; right only where every use of them stands behind a test of r > 0."""

from unstall.fixes.counts import refuse_where_counted
from unstall.fixes.site import Site
from unstall.fixes.treatment import Treatment

NAME = "fall-through"
DESCRIPTION = "goes on after an interrupted wait; nothing behind it works from the wait's results unless it succeeded"


def treatment(site: Site) -> Treatment:
    """No code at all: the interrupt is only kept out of the fatal tests."""
    refuse_where_counted(site)
    return Treatment((), keeps_failure=True)
