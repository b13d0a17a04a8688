"""What a file has for a run, by its bytes: waits, signal handlers, threads, or comments for us; most have nothing."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from unstall.discovery.prefilter import triggers
from unstall.discovery.sieve import Pattern, called, sieve, words
from unstall.source import Language, places
from unstall.words import MARK


class Glance(NamedTuple):
    """What a file may have."""

    waits: bool = False
    """A wait, or a call of a function that is known to wait."""
    signals: bool = False
    """Where it holds no wait: handlers, blocked signals or threads, that waits of other files depend on."""
    marked: bool = False
    """Where it holds no wait: a comment that speaks to us, which may cover nothing."""


_NOTHING = Glance()


@lru_cache(64)
def glance(
    language: Language, names: frozenset[str] = frozenset(), every_wait: bool = True
) -> Callable[[bytes], Glance]:
    """How to look at a file; what waits in it are told by, `triggers` has."""
    waits = triggers(language, names, every_wait)
    seems = sieve({
        **{kind: [trigger.pattern] for kind, trigger in waits.items()},
        "signal": _SIGNAL[language],
        "thread": [called(_THREAD, "")] if language == "c" else [],
        "mark": [words([MARK.decode()])],
    })  # fmt: skip

    def look(data: bytes) -> Glance:
        seen = seems(data)
        if not seen:
            return _NOTHING
        if any(trigger.search(data) for kind, trigger in waits.items() if kind in seen):
            return Glance(waits=True)
        signals = ("signal" in seen and may_install(language, data)) or ("thread" in seen and _may_start_thread(data))
        return Glance(False, signals, "mark" in seen and MARK in data)

    return look


_INSTALLER: dict[Language, tuple[bytes, ...]] = {
    "c": (b"sigaction", b"signal", b"sigset", b"sigvec", b"sigprocmask", b"pthread_sigmask"),
    "python": (b"signal.signal", b"add_signal_handler"),
}
_BEHIND: dict[Language, bytes] = {"c": rb"\s*\(", "python": rb"\b"}
_CALLED = {
    language: re.compile(rb"(?<!\w)(?:%b)%b" % (b"|".join(map(re.escape, words)), _BEHIND[language]))
    for language, words in _INSTALLER.items()
}
"""What makes one of these words the installation of a handler, or the blocking of signals."""
_THREAD = ("thread_create", "thread_new", "thread_start", "create_thread", "start_thread", "thrd_create", "thrd_start")
"""What the names end in of functions that start a thread, or have in them."""
_SIGNAL: dict[Language, tuple[Pattern, ...]] = {
    "c": (called(map(bytes.decode, _INSTALLER["c"]), r"\s*\("), Pattern(r"\(\s*SIG[A-Z0-9]+\s*,")),
    "python": (called(map(bytes.decode, _INSTALLER["python"]), ""),),
}
"""What a file holds wherever `may_install` says yes."""


def may_install(language: Language, data: bytes) -> bool:
    """Whether a file may install a signal handler: then waits in other files may be interrupted, and look at what the
    handler writes; or may block signals, so that none are.
    """
    if b"SIG" not in data:
        return False
    calls = _CALLED[language]
    if any(calls.match(data, at) for word in _INSTALLER[language] for at in places(word, data)):
        return True
    return language == "c" and any(_given_first(data, at) for at in places(b"SIG", data))


_WITH_HANDLER = re.compile(rb"SIG(?!KILL|STOP)[A-Z0-9]+\s*,\s*(?:\([^();]*\)\s*)?&?(?!current\b)[a-z]\w*\s*[,)]")


def _given_first(data: bytes, at: int) -> bool:
    """Whether a signal at some place is the first argument of a call, and a name the second: ``catch(SIGHUP, stop)``,
    with a function of the project's own.
    """
    before = data[max(at - 8, 0) : at].rstrip()
    return before.endswith(b"(") and _WITH_HANDLER.match(data, at) is not None


def _may_start_thread(data: bytes) -> bool:
    """Whether a file in C may start a thread, for a function of another file to wait in."""
    return any(word.encode() in data for word in _THREAD)
