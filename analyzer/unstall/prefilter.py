"""Bytes before syntax: which files, and which functions of them, can hold a wait at all.

A search for names costs a thousandth of a parse. It may say yes too often, never no where a wait is: every name that
the catalogue knows, every spelling of the error numbers, and the wrappers that the run has found are triggers.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from unstall.flow import catalogue
from unstall.source import Language

_ERRORS: dict[Language, tuple[str, ...]] = {
    "c": ("EINTR", "EAGAIN", "EWOULDBLOCK", "eintr", "eagain"),
    "python": ("EINTR", "EAGAIN", "EWOULDBLOCK", "eintr", "InterruptedError", "BlockingIOError"),
}
"""What an interrupt's error is called; parts of longer names count (``WSAEINTR``, ``is_eintr``)."""


@lru_cache(64)
def trigger(language: Language, names: frozenset[str] = frozenset()) -> re.Pattern[bytes]:
    """A pattern that matches in whatever may hold a wait: a call of the catalogue or of ``names``, or an error number
    that an interrupt reports.
    """
    errors = "|".join(_ERRORS[language])
    return re.compile(rf"{errors}|{_calls((*_waits(language), *names))}".encode())


@lru_cache(64)
def calls_of(names: frozenset[str]) -> re.Pattern[bytes]:
    """A pattern that matches where one of these functions may be called."""
    return re.compile(_calls(names).encode())


@lru_cache(64)
def wanted(language: Language, names: frozenset[str] = frozenset()) -> Callable[[frozenset[str]], bool]:
    """Whether a function may hold a wait, by the identifiers in it: what `trigger` is for a file."""
    known = frozenset(_last(name) for name in (*_waits(language), *names))
    errors = _ERRORS[language]

    def holds(identifiers: frozenset[str]) -> bool:
        if not known.isdisjoint(identifiers):
            return True
        return any(error in identifier for identifier in identifiers for error in errors)

    return holds


def _waits(language: Language) -> Iterable[str]:
    return catalogue.C_WAITS if language == "c" else catalogue.PYTHON_WAITS


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _calls(names: Iterable[str]) -> str:
    alternatives = "|".join(map(re.escape, sorted({_last(name) for name in names})))
    return rf"(?<![A-Za-z0-9_])(?:{alternatives})\s*\("
