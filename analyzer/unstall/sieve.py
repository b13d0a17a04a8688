"""A sieve for bytes: most texts of a tree hold none of the words looked for, and are told so in one pass.

Hyperscan (Wang et al., "Hyperscan: A Fast Multi-pattern Regex Matcher for Modern CPUs", NSDI 2019) searches for all
words at once, several times as fast as the patterns of `prefilter`; it is used where it is installed
(``unstall[fast]``), and for so much text that loading it pays. Without it every text passes: the result is the same.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

Sieve = Callable[[bytes], bool]
"""Whether a text may hold one of the words; where it says no, it holds none."""
_WORTH = 4_000_000
"""Bytes of text; for fewer, loading and compiling takes longer than it saves."""
_LONGEST = 64
"""Letters of a name that are looked at."""


def sieve(words: Iterable[str], *called: tuple[Iterable[str], str]) -> Sieve:
    """A sieve for ``words`` in either case, and for names that are ``called``, with the pattern behind them."""
    exact = tuple(f"(?:{'|'.join(sorted(ends))}){behind}" for names, behind in called if (ends := _ends(names)))
    any_case = "|".join(map(re.escape, words))
    seen = 0
    scan: Sieve | None = None

    def passes(text: bytes) -> bool:
        nonlocal seen, scan
        if scan is None:
            seen += len(text)
            if seen < _WORTH:
                return True
            scan = _compiled(any_case, exact)
        return scan(text)

    return passes


def _ends(names: Iterable[str]) -> set[str]:
    return {re.escape(name[-_LONGEST:]) for name in names}


@lru_cache(16)
def _compiled(any_case: str, exact: tuple[str, ...]) -> Sieve:
    try:
        import hyperscan
    except ImportError:
        return _everything
    patterns = [(any_case, hyperscan.HS_FLAG_CASELESS)] if any_case else []
    patterns += [(pattern, 0) for pattern in exact]
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[pattern.encode() for pattern, _ in patterns],
            ids=list(range(len(patterns))),
            flags=[flags for _, flags in patterns],
        )
    except hyperscan.HyperscanError:
        return _everything
    terminated = hyperscan.ScanTerminated

    def scan(text: bytes) -> bool:
        try:
            database.scan(text, match_event_handler=_stop)
        except terminated:
            return True
        return False

    return scan


def _everything(text: bytes) -> bool:
    return True


def _stop(*match: object) -> bool:
    """The first match says it all."""
    return True
