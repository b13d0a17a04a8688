"""Bytes before syntax: which files, and which functions of them, can hold a wait at all.

A search for names costs a thousandth of a parse. It may say yes too often, never no where a wait is: every name that
the catalogue knows, every spelling of the error numbers, and the wrappers that the run has found are triggers. A run
that is after findings alone asks for less: see `WaitSpec.matters_untold`.

Calls are looked for backwards, from their parenthesis to their name, in the reversed text: a pattern that starts with
one certain character is searched for at memchr's pace (measured on Linux's source, 330 MB/s against 8 for the same
names forwards; RE2 does 380).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from unstall.discovery.sieve import LONGEST, Kind, Pattern, called, sieve, words
from unstall.flow import by_name, catalogue
from unstall.flow.files import Wanted
from unstall.source import Language, places
from unstall.words import INTERRUPTS, WOULD_BLOCK

Search = Callable[[bytes], bool]

_OPENING: dict[Language, bytes] = {"c": rb"\(", "python": rb"[(,]"}
"""What follows a wait's name. Python's are handed to helpers, too: ``retry(select.select, r, w, x)``."""
_MENTIONED: dict[Language, str] = {"c": r"\s*\(", "python": ""}
"""What follows the name of a function that the run has found."""
_NO_NAME: dict[Language, bytes] = {"c": rb"(?![\w.]|>-)", "python": rb"(?!\w)"}
"""What doesn't stand before a wait's name (reversed). A member of C that is called like a wait is one only where its
error is told apart, and then the error is a trigger.
"""


class Trigger(NamedTuple):
    """What makes a file one that may hold a wait."""

    pattern: Pattern
    """What the file holds wherever the search says yes."""
    search: Search


def triggers(language: Language, names: frozenset[str], every_wait: bool) -> Mapping[Kind, Trigger]:
    """A call of the catalogue or of ``names``, or an error number that an interrupt reports. Unless ``every_wait`` is
    asked for, waits that matter only where their error is told apart don't count by themselves
    (`WaitSpec.matters_untold`).
    """
    waits = _waits(language, every_wait)
    called_so = called(map(last_part, waits), rf"\s*{_OPENING[language].decode()}")
    return {
        "interrupt": Trigger(words(INTERRUPTS[language]), _error(language, INTERRUPTS[language], every_wait=True)),
        "block": Trigger(words(WOULD_BLOCK[language]), _error(language, WOULD_BLOCK[language], every_wait)),
        "wait": Trigger(called_so, _call(language, waits)),
        "own": Trigger(called(map(last_part, names), _MENTIONED[language]), may_mention(language, names)),
    }


def _error(language: Language, words: Iterable[str], every_wait: bool) -> Search:
    """Whether a file tests for one of these errors, given in lower case; unless ``every_wait`` is asked for, near what
    the test may matter to.
    """
    errors = tuple(map(str.encode, words))
    is_test = _is_test if language == "c" else _anywhere

    def holds(data: bytes) -> bool:
        lower = data.lower()

        def counts(data: bytes, at: int) -> bool:
            return (every_wait or _may_matter(lower[max(at - _NEAR, 0) : at + _NEAR])) and is_test(data, at)

        return any(_any(places(error, lower), data, counts) for error in errors)

    return holds


def _call(language: Language, waits: frozenset[str]) -> Search:
    """Whether a file calls one of these functions of the catalogue."""
    calls = re.compile(_OPENING[language] + rb"\s*" + _reversed(waits, _NO_NAME[language]))
    is_code = _is_code if language == "c" else _anywhere

    def holds(data: bytes) -> bool:
        size = len(data)
        return _any((size - call.end() for call in calls.finditer(data[::-1])), data, is_code)

    return holds


_ERRNO = "errno"
"""Where it is read, it may be read too late."""
_NEAR = 3000
"""Bytes between a wait and the test of its error: a screenful or two."""


def _may_matter(text: bytes) -> bool:
    """Whether a text in lower case reads errno, or calls what by its name waits for many descriptors."""
    return _ERRNO.encode() in text or _many().search(text) is not None


@cache
def _many() -> re.Pattern[bytes]:
    return re.compile(catalogue.TELLING_MULTIPLEX.pattern.removesuffix("$").encode() + rb"\s*\(")


def _any(places: Iterable[int], data: bytes, counts: Callable[[bytes, int], bool]) -> bool:
    """Whether one of these places counts; so many that they'd be slow to look at do, too."""
    return any(number >= _LOOKED_AT or counts(data, at) for number, at in enumerate(places))


def _anywhere(data: bytes, at: int) -> bool:
    return True


_LOOKED_AT = 1000
"""Places in a file that are looked at one by one; a file with more of them is read at once."""
_FAR = 20_000
"""Bytes before a place that are looked at for a comment around it."""
_GIVEN = re.compile(rb"(?:\breturn|[^=!<>]=)\s*-?\s*\w*\Z")
"""What stands before an error number that is returned or assigned, not tested."""
_TESTED = re.compile(rb"\w*\s*[=!]=")


def _is_test(data: bytes, at: int) -> bool:
    """Whether an error number in C may be tested for: that tells a wait of no known name. Most of a kernel's are only
    returned.
    """
    given = _GIVEN.search(data[max(at - 80, 0) : at]) and not _TESTED.match(data, at)
    return not given and _is_code(data, at)


def _is_code(data: bytes, at: int) -> bool:
    """Whether a place in C may be outside of a comment. What looks like a comment's start may stand in a string."""
    far = max(at - _FAR, 0)
    line = data.rfind(b"\n", far, at) + 1 or far
    closed = data.rfind(b"*/", far, at)
    slashes = data.find(b"//", max(line, closed + 2), at)
    if slashes >= 0 and not _in_doubt(data, slashes):
        return False
    opened = data.rfind(b"/*", max(far, closed), at)
    return opened < 0 or _in_doubt(data, opened)


def _in_doubt(data: bytes, at: int) -> bool:
    """Whether what looks like a comment's start may stand in a string or in another comment."""
    far = max(at - _FAR, 0)
    line = data.rfind(b"\n", far, at) + 1
    before = data[line or far : at]
    unseen = not line and far  # the line starts further off
    return bool(unseen) or b'"' in before or b"'" in before or b"//" in before or data[line - 2 : line] == b"\\\n"


@lru_cache(64)
def may_mention(language: Language, names: frozenset[str]) -> Search:
    """Whether one of these functions may be called in a file; Python's may be handed on, too. Where this says no,
    `wanted` finds none of them worth a look.
    """
    if not names:
        return lambda data: False
    opening = rb"\(\s*" if language == "c" else b""
    mentions = re.compile(opening + _reversed(names, rb"(?!\w)"))
    seems = sieve({"call": [called(map(last_part, names), _MENTIONED[language])]})
    return lambda data: bool(seems(data)) and mentions.search(data[::-1]) is not None


@lru_cache(64)
def wanted(language: Language, names: frozenset[str] = frozenset(), every_wait: bool = True) -> Wanted:
    """The functions that may hold a wait: what `triggers` are for a file."""
    waits = frozenset(map(last_part, (*_waits(language, every_wait), *names)))
    interrupts = tuple(error for error in INTERRUPTS[language] if "." not in error)
    errors = (*interrupts, *WOULD_BLOCK[language])

    def asks(errno: str, identifiers: frozenset[str]) -> bool:
        """Whether one of them stands for that error number, or asks for it: ``EnableIntr`` does neither."""
        return language != "c" or any(
            by_name.errno_constant(name) == errno or by_name.errno_asked(name) == errno for name in identifiers
        )

    def holds(identifiers: frozenset[str]) -> bool:
        if not waits.isdisjoint(identifiers) or catalogue.plain_wrappers(identifiers):
            return True
        text = "\n".join(identifiers).lower()
        if any(error in text for error in interrupts) and asks("EINTR", identifiers):
            return True
        blocks = any(error in text for error in WOULD_BLOCK[language]) and asks("EAGAIN", identifiers)
        return blocks and (
            every_wait or _ERRNO in text or _a_line(catalogue.TELLING_MULTIPLEX).search(text) is not None
        )

    def telling(identifiers: frozenset[str]) -> frozenset[str]:
        lines = "\n".join((*identifiers, ""))
        lower = lines.lower()
        if len(lower) != len(lines):  # as of some letters beyond ASCII
            return identifiers
        speaking = (lines[start:end] for error in errors for start, end in catalogue.lines_with(error, lower))
        return waits & identifiers | catalogue.plain_wrappers(identifiers) | frozenset(speaking)

    return Wanted(holds, telling)


@cache
def _a_line(names: by_name.NamePattern) -> re.Pattern[str]:
    """The same for one name a line: one search instead of one for each of a function's identifiers."""
    return re.compile(names.pattern, names.flags | re.MULTILINE)


@cache
def _waits(language: Language, every_wait: bool) -> frozenset[str]:
    """The catalogue's names: all, or those of waits whose interrupt can do harm untold. Of Python's these are functions
    of modules only: a method is taken for a wait only where its error is told apart.
    """
    waits = catalogue.C_WAITS if language == "c" else catalogue.PYTHON_WAITS
    plain = (language == "c" or "." in name for name in waits)
    return frozenset(
        name for (name, spec), known in zip(waits.items(), plain, strict=True)
        if every_wait or (known and spec.matters_untold)
    )  # fmt: skip


def last_part(name: str) -> str:
    """A dotted name without what it is a part of: what stands in front of the parenthesis of a call."""
    return name.rpartition(".")[2]


_Trie = dict[int, "_Trie"]
_END = -1


def _reversed(names: Iterable[str], before: bytes) -> bytes:
    """A pattern for any of the names with ``before`` in front, the last letter first; common endings are common."""
    trie: _Trie = {}
    for name in names:
        letters = last_part(name).encode()
        at = trie
        for letter in letters[: -LONGEST - 1 : -1]:
            at = at.setdefault(letter, {})
        if len(letters) <= LONGEST:
            at[_END] = {}
    return _pattern(trie, before)


def _pattern(trie: _Trie, before: bytes) -> bytes:
    branches = [
        re.escape(bytes((letter,))) + _pattern(rest, before) for letter, rest in sorted(trie.items()) if letter != _END
    ]
    if _END in trie:
        branches.append(before)
    return branches[0] if len(branches) == 1 else b"(?:" + b"|".join(branches) + b")" if branches else b""
