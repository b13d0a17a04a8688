"""Which Pythons can read a file at all: what it is written in tells of its project, where nothing else does."""

import re
from collections.abc import Iterable, Iterator

from unstall.frontends.python.lexer import Kind, Line

_COROUTINES = frozenset({"def", "for", "with"})
_FORMATTED = re.compile(r"[rR]?[fF][rR]?['\"]")


def oldest(lines: Iterable[Line]) -> tuple[int, int] | None:
    """The oldest version that reads these lines, as far as forms of 3.5 and later tell (What's New in Python 3.5, 3.6,
    3.8 and 3.11); None where an older one may.
    """
    return max((version for line in lines for version in _needed(line)), default=None)


def _needed(line: Line) -> Iterator[tuple[int, int]]:
    words = [token.text for token in line.tokens[:2]]
    if len(words) == 2 and words[0] == "async" and words[1] in _COROUTINES:
        yield 3, 5
    if words == ["except", "*"]:
        yield 3, 11
    for token in line.tokens:
        if token.kind is Kind.STRING and _FORMATTED.match(token.text):
            yield 3, 6
        elif token.kind is Kind.OPERATOR and token.text == ":=":
            yield 3, 8
