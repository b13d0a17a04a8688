"""bounded-repoll: the same wait again with a zero timeout, a few times at most (what Cyrus IMAP 2.5.8 does)."""

from unstall.fixes.layout import Code, Suite
from unstall.fixes.site import Site
from unstall.fixes.treatment import Treatment
from unstall.fixes.words import words_of

NAME = "bounded-repoll"
DESCRIPTION = "waits again without a timeout to wait for, up to five times, and then takes it for a timeout"
TRIES = 5


def treatment(site: Site) -> Treatment:
    """A loop around a second wait, and as-timeout behind it."""
    words = words_of(site)
    declared, again = words.retry_at_once()
    test = site.interrupted_test
    code: tuple[Code, ...] = (
        "int tries;",
        *declared,
        "",
        Suite(f"for (tries = 0; tries < {TRIES} && {test}; tries++)", (again,)),
        Suite(f"if ({test})", (*words.cleared(), *words.timed_out())),
    )
    return Treatment(code, keeps_failure=False, declares=True)
