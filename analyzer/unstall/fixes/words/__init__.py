"""What the strategies have to say, in the words of each language."""

from typing import Protocol

from unstall.fixes.layout import Code
from unstall.fixes.site import Site


class Words(Protocol):
    """The parts that strategies are put together from. Each raises RefusedError where the place has no word for it."""

    def cleared(self) -> tuple[Code, ...]:
        """The wait's results say that nothing is ready."""

    def timed_out(self) -> tuple[Code, ...]:
        """The wait's value says that nothing came in time; empty where clearing the results says it."""

    def look_again(self) -> tuple[tuple[str, ...], str]:
        """Declarations, and the wait once more with a zero timeout and without swapping the signal mask."""

    def retry_at_once(self) -> tuple[tuple[str, ...], str]:
        """Declarations, and the very same wait once more with a zero timeout."""


def words_of(site: Site) -> Words:
    """The words for a place."""
    if site.fact.language == "c":
        from unstall.fixes.words.c import CWords

        return CWords(site)
    from unstall.fixes.words.python import PythonWords

    return PythonWords(site)
