"""Bytes before syntax: which files, and which functions of them, can hold a wait at all.

A search for names costs a thousandth of a parse. It may say yes too often, never no where a wait is: every name that
the catalogue knows, every spelling of the error numbers, and the wrappers that the run has found are triggers. A run
that is after findings alone asks for less: see `WaitSpec.matters_untold`.

Calls are looked for backwards, from their parenthesis to their name, in the reversed text: a pattern that starts with
one certain character is searched for at memchr's pace (measured on Linux's source, 330 MB/s against 8 for the same
names forwards; RE2 does 380).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache

from unstall.flow import catalogue
from unstall.sieve import Sieve, sieve
from unstall.source import Language

Search = Callable[[bytes], bool]

_INTERRUPTS: dict[Language, tuple[str, ...]] = {
    "c": ("eintr",),
    "python": ("eintr", "interrupted", "select.error"),
}
"""What an interrupt's error is called, in lower case; parts of longer names count (``WSAEINTR``, ``is_eintr``)."""
_WOULD_BLOCK: dict[Language, tuple[str, ...]] = {
    "c": ("eagain", "wouldblock"),
    "python": ("eagain", "wouldblock", "blockingioerror"),
}
"""The same of an operation that would block; it matters to waits for many descriptors."""
_OPENING: dict[Language, bytes] = {"c": rb"\(", "python": rb"[(,]"}
"""What follows a wait's name. Python's are handed to helpers, too: ``retry(select.select, r, w, x)``."""
_MENTIONED: dict[Language, str] = {"c": r"\s*\(", "python": ""}
"""What follows the name of a function that the run has found."""
_NO_NAME: dict[Language, bytes] = {"c": rb"(?![\w.]|>-)", "python": rb"(?!\w)"}
"""What doesn't stand before a wait's name (reversed). A member of C that is called like a wait is one only where its
error is told apart, and then the error is a trigger.
"""


@lru_cache(64)
def may_wait(language: Language, names: frozenset[str] = frozenset(), every_wait: bool = True) -> Search:
    """Whether a file may hold a wait: a call of the catalogue or of ``names``, or an error number that an interrupt
    reports. Unless ``every_wait`` is asked for, waits that matter only where their error is told apart don't count by
    themselves (`WaitSpec.matters_untold`).
    """
    interrupts, blocks = (tuple(map(str.encode, words[language])) for words in (_INTERRUPTS, _WOULD_BLOCK))
    waits = _calls(language, _waits(language, every_wait))
    own = may_mention(language, names)
    seems = sieve(
        (*_INTERRUPTS[language], *_WOULD_BLOCK[language]),
        (map(last_part, _waits(language, every_wait)), rf"\s*{_OPENING[language].decode()}"),
        (map(last_part, names), _MENTIONED[language]),
    )
    is_test, is_code = (_is_test, _is_code) if language == "c" else (_anywhere, _anywhere)

    def holds(data: bytes) -> bool:
        if not seems(data):
            return False
        lower = data.lower()

        def blocks_many(data: bytes, at: int) -> bool:
            return (every_wait or _may_matter(lower[max(at - _NEAR, 0) : at + _NEAR])) and is_test(data, at)

        if any(_any(_places(error, lower), data, is_test) for error in interrupts):
            return True
        if any(_any(_places(error, lower), data, blocks_many) for error in blocks):
            return True
        size = len(data)
        calls = (size - call.end() for call in waits.finditer(data[::-1]))
        return _any(calls, data, is_code) or own(data)

    return holds


_INSTALLER: dict[Language, tuple[bytes, ...]] = {
    "c": (b"sigaction", b"signal", b"sigset", b"sigvec", b"sigprocmask", b"pthread_sigmask"),
    "python": (b"signal.signal", b"add_signal_handler"),
}
_CALLED: dict[Language, re.Pattern[bytes]] = {
    "c": re.compile(rb"(?<!\w)(?:sig(?:action|nal|set|vec|procmask)|pthread_sigmask)\s*\("),
    "python": re.compile(rb"(?<!\w)(?:signal\.signal|add_signal_handler)\b"),
}
"""What makes one of these words the installation of a handler, or the blocking of signals."""
_THREAD = ("thread_create", "thread_new", "thread_start", "create_thread", "start_thread", "thrd_create", "thrd_start")
"""What the names end in of functions that start a thread, or have in them."""
_SEEMS_TO_INSTALL: dict[Language, Sieve] = {
    "c": sieve((), (map(bytes.decode, _INSTALLER["c"]), r"\s*\(")),
    "python": sieve((), (map(bytes.decode, _INSTALLER["python"]), "")),
}
_SEEMS_TO_START = sieve((), (_THREAD, ""))


def may_install(language: Language, data: bytes) -> bool:
    """Whether a file may install a signal handler: then waits in other files may be interrupted, and look at what the
    handler writes; or may block signals, so that none are.
    """
    if b"SIG" not in data:
        return False
    called = _CALLED[language]
    seems = _SEEMS_TO_INSTALL[language](data)
    if seems and any(called.match(data, at) for word in _INSTALLER[language] for at in _places(word, data)):
        return True
    return language == "c" and any(_given_first(data, at) for at in _places(b"SIG", data))


_WITH_HANDLER = re.compile(rb"SIG(?!KILL|STOP)[A-Z0-9]+\s*,\s*(?:\([^();]*\)\s*)?&?(?!current\b)[a-z]\w*\s*[,)]")


def _given_first(data: bytes, at: int) -> bool:
    """Whether a signal at some place is the first argument of a call, and a name the second: ``catch(SIGHUP, stop)``,
    with a function of the project's own.
    """
    before = data[max(at - 8, 0) : at].rstrip()
    return before.endswith(b"(") and _WITH_HANDLER.match(data, at) is not None


def may_start_thread(language: Language, data: bytes) -> bool:
    """Whether a file in C may start a thread, for a function of another file to wait in."""
    if language != "c" or (b"thread" not in data and b"thrd" not in data) or not _SEEMS_TO_START(data):
        return False
    return any(word.encode() in data for word in _THREAD)


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


@lru_cache(8)
def _calls(language: Language, names: frozenset[str]) -> re.Pattern[bytes]:
    return re.compile(_OPENING[language] + rb"\s*" + _reversed(names, _NO_NAME[language]))


def _places(word: bytes, data: bytes) -> Iterator[int]:
    at = data.find(word)
    while at >= 0:
        yield at
        at = data.find(word, at + 1)


def _any(places: Iterable[int], data: bytes, counts: Callable[[bytes, int], bool]) -> bool:
    """Whether one of these places counts; so many that they'd be slow to look at do, too."""
    return any(number >= _LOOKED_AT or counts(data, at) for number, at in enumerate(places))


def _anywhere(data: bytes, at: int) -> bool:
    return True


_LOOKED_AT = 1000
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
    seems = sieve((), (map(last_part, names), _MENTIONED[language]))
    return lambda data: seems(data) and mentions.search(data[::-1]) is not None


@lru_cache(64)
def wanted(
    language: Language, names: frozenset[str] = frozenset(), every_wait: bool = True
) -> Callable[[frozenset[str]], bool]:
    """Whether a function may hold a wait, by the identifiers in it: what `may_wait` is for a file."""
    waits = frozenset(map(last_part, (*_waits(language, every_wait), *names)))
    interrupts = tuple(error for error in _INTERRUPTS[language] if "." not in error)

    def asks(errno: str, identifiers: frozenset[str]) -> bool:
        """Whether one of them stands for that error number, or asks for it: ``EnableIntr`` does neither."""
        return language != "c" or any(
            catalogue.errno_constant(name) == errno or catalogue.errno_asked(name) == errno for name in identifiers
        )

    def holds(identifiers: frozenset[str]) -> bool:
        if not waits.isdisjoint(identifiers) or catalogue.plain_wrappers(identifiers):
            return True
        text = "\n".join(identifiers).lower()
        if any(error in text for error in interrupts) and asks("EINTR", identifiers):
            return True
        blocks = any(error in text for error in _WOULD_BLOCK[language]) and asks("EAGAIN", identifiers)
        return blocks and (
            every_wait or _ERRNO in text or _a_line(catalogue.TELLING_MULTIPLEX).search(text) is not None
        )

    return holds


@cache
def _a_line(names: catalogue.NamePattern) -> re.Pattern[str]:
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
_LETTERS = 64
"""Letters of a name that are looked at; no compiled pattern nests deeper."""


def _reversed(names: Iterable[str], before: bytes) -> bytes:
    """A pattern for any of the names with ``before`` in front, the last letter first; common endings are common."""
    trie: _Trie = {}
    for name in names:
        letters = last_part(name).encode()
        at = trie
        for letter in letters[: -_LETTERS - 1 : -1]:
            at = at.setdefault(letter, {})
        if len(letters) <= _LETTERS:
            at[_END] = {}
    return _pattern(trie, before)


def _pattern(trie: _Trie, before: bytes) -> bytes:
    branches = [
        re.escape(bytes((letter,))) + _pattern(rest, before) for letter, rest in sorted(trie.items()) if letter != _END
    ]
    if _END in trie:
        branches.append(before)
    return branches[0] if len(branches) == 1 else b"(?:" + b"|".join(branches) + b")" if branches else b""
