"""Brackets and shapes: what lets the rewriting rules be regular expressions.

The *shape* of a range of tokens is a string with one letter for each token, in which a bracketed
group, however long, is one letter too. Rules over token sequences become patterns over shapes, and a
match position is the position of a token.
"""

import sys
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from unstall.frontends.c.tokens import Token
from unstall.frontends.c.vocabulary import (
    MACRO_NAME,
    QUALIFIERS,
    STATEMENT_KEYWORDS,
    STORAGE_CLASSES,
    TAG_KEYWORDS,
    TYPE_KEYWORDS,
    TYPE_NAME,
)

_CLOSER = {"LPAREN": "RPAREN", "LBRACKET": "RBRACKET", "LBRACE": "RBRACE"}
OPENING = frozenset(_CLOSER)
CLOSING = frozenset(_CLOSER.values())

LETTERS: dict[str, str] = {
    **dict.fromkeys(TYPE_KEYWORDS, "t"),
    **dict.fromkeys(TAG_KEYWORDS, "s"),
    **dict.fromkeys(QUALIFIERS, "q"),
    **dict.fromkeys(STORAGE_CLASSES, "S"),
    **dict.fromkeys(STATEMENT_KEYWORDS, "k"),
    **dict.fromkeys(("INT_CONST_DEC", "FLOAT_CONST", "CHAR_CONST"), "n"),
    **dict.fromkeys(("PERIOD", "ARROW"), "."),
    **dict.fromkeys(("PLUSPLUS", "MINUSMINUS"), "+"),
    **dict.fromkeys(("LNOT", "NOT"), "!"),
    **dict.fromkeys(CLOSING, ")"),
    "STRING_LITERAL": '"', "SIZEOF": "z", "TIMES": "*", "AND": "&", "PLUS": "-", "MINUS": "-", "EQUALS": "=",
    "COMMA": ",", "SEMI": ";", "COLON": ":", "CONDOP": "?", "ELLIPSIS": "v", "LBRACKET": "B", "LBRACE": "C",
}  # fmt: skip
"""Token type to letter. Not here: names (`i`, `M` in capitals, `T` for a known type), parentheses (`E` empty,
`F` beginning with `*`, `D` beginning with a type keyword, `P` any other), and `o` for any other operator."""

NAME = "[iMT]"
"""Pattern for an identifier."""
PAREN = "[PEFD]"
"""Pattern for a parenthesised group."""


class Bracketed(Protocol):
    """Anything with a token type: tokens of the source and tokens for the parser."""

    @property
    def type(self) -> str: ...


class UnbalancedError(Exception):
    """A bracket without its partner."""

    def __init__(self, index: int) -> None:
        super().__init__("unbalanced brackets")
        self.index = index
        """Of the token that has no partner."""


def match_brackets(tokens: Sequence[Bracketed]) -> list[int]:
    """For each token the index of its partner, -1 for one that is no bracket. Raises UnbalancedError."""
    partner = [-1] * len(tokens)
    stack: list[int] = []
    for index, token in enumerate(tokens):
        kind = token.type
        if kind in OPENING:
            stack.append(index)
        elif kind in CLOSING:
            if not stack or _CLOSER[tokens[stack[-1]].type] != kind:
                raise UnbalancedError(index)
            partner[index] = opening = stack.pop()
            partner[opening] = index
    if stack:
        raise UnbalancedError(stack[-1])
    return partner


@lru_cache(maxsize=4096)
def _name_letter(name: str) -> str:
    if TYPE_NAME.fullmatch(name):
        return "T"
    return "M" if MACRO_NAME.fullmatch(name) else "i"


def letter(tokens: Sequence[Token], index: int) -> str:
    """The letter of one token (see `LETTERS`); for an opening parenthesis the letter of its group."""
    kind = tokens[index].type
    if kind == "ID":
        return _name_letter(tokens[index].value)
    if kind != "LPAREN":
        return LETTERS.get(kind, "o")
    first = tokens[index + 1].type if index + 1 < len(tokens) else "RPAREN"
    if first == "RPAREN":
        return "E"
    if first == "TIMES":
        return "F"
    return "D" if LETTERS.get(first) in ("t", "s", "q") else "P"


def shape(
    tokens: Sequence[Token], partner: Sequence[int], start: int, end: int, longest: int = sys.maxsize
) -> tuple[str, list[int]]:
    """The shape of `tokens[start:end]`, at most `longest` letters, and for each the index of its (first) token."""
    letters: list[str] = []
    at: list[int] = []
    index = start
    while index < end and len(at) < longest:
        letters.append(letter(tokens, index))
        at.append(index)
        index = max(partner[index], index) + 1
    return "".join(letters), at
