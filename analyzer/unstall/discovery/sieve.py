"""A sieve for bytes: most texts of a tree hold none of the words looked for, and are told so in one pass.

Hyperscan (Wang et al., "Hyperscan: A Fast Multi-pattern Regex Matcher for Modern CPUs", NSDI 2019) searches for all
words at once, several times as fast as the patterns of `prefilter`; it is used where it is installed
(``unstall[fast]``), and for so much text that loading it pays. Without it every text passes: the result is the same.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

Kind = str
"""What words are looked for together."""
Sieve = Callable[[bytes], Collection[Kind]]
"""The kinds of which a text may hold a word; of others it holds none."""
_WORTH = 4_000_000
"""Bytes of text; for fewer, loading and compiling takes longer than it saves."""
LONGEST = 64
"""Letters of a name that are looked at: no pattern made of names nests deeper."""


class Pattern(NamedTuple):
    """A regular expression that Hyperscan and `re` agree on; empty where there is nothing to look for."""

    regex: str
    any_case: bool = False


def words(looked_for: Iterable[str]) -> Pattern:
    """A pattern for words in either case."""
    return Pattern("|".join(map(re.escape, looked_for)), any_case=True)


def called(names: Iterable[str], behind: str) -> Pattern:
    """A pattern for names with another pattern ``behind`` them."""
    ends = {re.escape(name[-LONGEST:]) for name in names}
    return Pattern(f"(?:{'|'.join(sorted(ends))}){behind}" if ends else "")


def sieve(looked_for: Mapping[Kind, Sequence[Pattern]]) -> Sieve:
    """A sieve for each kind's patterns."""
    patterns = tuple((kind, pattern) for kind, some in looked_for.items() for pattern in some if pattern.regex)
    kinds = frozenset(kind for kind, _ in patterns)
    seen = 0
    scan: Sieve | None = None

    def passed(text: bytes) -> Collection[Kind]:
        nonlocal seen, scan
        if scan is None:
            seen += len(text)
            if seen < _WORTH:
                return kinds
            scan = _compiled(patterns) or (lambda text: kinds)
        return scan(text)

    return passed


@lru_cache(16)
def _compiled(patterns: tuple[tuple[Kind, Pattern], ...]) -> Sieve | None:
    try:
        import hyperscan
    except ImportError:
        return None
    kinds = list(dict.fromkeys(kind for kind, _ in patterns))
    once = hyperscan.HS_FLAG_SINGLEMATCH
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[pattern.regex.encode() for _, pattern in patterns],
            ids=[kinds.index(kind) for kind, _ in patterns],
            flags=[once | hyperscan.HS_FLAG_CASELESS if pattern.any_case else once for _, pattern in patterns],
        )
    except hyperscan.HyperscanError:
        return None
    terminated = hyperscan.ScanTerminated

    def scan(text: bytes) -> Collection[Kind]:
        found: set[Kind] = set()

        def heard(number: int, *where: object) -> bool:
            """Take note of a match; there is no need to go on once there was one of every kind."""
            found.add(kinds[number])
            return len(found) == len(kinds)

        try:
            database.scan(text, match_event_handler=heard)
        except terminated:
            return found
        return found

    return scan
