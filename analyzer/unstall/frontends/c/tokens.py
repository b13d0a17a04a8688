"""Lexing raw C: no preprocessing, every token a slice of the user's file.

Sources are decoded as Latin-1, so a string index *is* a byte offset. All patterns use possessive repeats and let an
unterminated comment or string run to its natural end; that keeps lexing linear in the input, whatever the input. A
round of a possessive group fails at its first step, or where the text ends: one that fails further on leaves the place
wrong in Python before 3.11.5 (gh-106052).
"""

import re
from collections.abc import Iterator
from functools import partial
from typing import Final, NamedTuple

from unstall.frontends.c.vocabulary import KEYWORDS, PUNCTUATION

COMMENT = r"/\*[^*]*+\*++(?:[^*/][^*]*+\*++)*+/|/\*(?s:.*)\Z|//(?:[^\\\n]++|\\(?:\r\n|.|\Z))*+"
STRING = r'"(?:[^"\\\n]++|\\(?:\r\n|.|\Z))*+"?'
CHARACTER = r"'(?:[^'\\\n]|\\(?:\r\n|.|\Z)){1,16}+'"

_TOKEN = re.compile(
    rf"""
    \s*+
    (?:
      ((?!(?:u8|[LuU])["'])[A-Za-z_$\x80-\xff][A-Za-z0-9_$\x80-\xff]*+)
    | ({COMMENT})
    | ((?:u8|[LuU])?{STRING})
    | ((?:u8|[LuU])?{CHARACTER})
    | (\.?[0-9](?:[eEpP][+-]|'[0-9A-Fa-f]|[A-Za-z0-9_.])*+)
    | ([][(){{}};,~?:]|{"|".join(re.escape(p) for p in sorted(PUNCTUATION, key=len, reverse=True))})
    | .
    | \Z
    )
    """,
    re.VERBOSE | re.DOTALL,
)
"""Matches wherever it is tried, so that no character is looked at twice."""
_WORD, _COMMENT, _STRING, _CHARACTER, _NUMBER, _PUNCTUATION = range(1, 7)
_FLOAT = re.compile(r"0[xX][^pP]*[pP].*|(?!0[xX]).*[.eE].*", re.DOTALL)
_BIT_PRECISE = re.compile(r"[uU]?(?:wb|WB)[uU]?$")


class Token(NamedTuple):
    """A token of the file: pycparser's token type, its text, and where it stands."""

    type: str
    value: str
    start: int
    """Offset of the first byte."""
    end: int
    """Offset behind the last byte."""
    first_on_line: bool
    """Only white space and comments stand before it on its line."""


_TYPED: Final = partial(tuple.__new__, Token)
"""What ``Token(…)`` comes to, in half the time: files have tokens by the million."""


def lex(text: str, start: int, end: int) -> Iterator[Token]:
    """Yield the tokens of `text[start:end]`; bytes that begin no token of C are passed over."""
    last = start
    first = True
    for match in _TOKEN.finditer(text, start, end):
        kind = match.lastindex
        if kind is None:
            continue
        at, behind = match.span(kind)
        first = first or text.find("\n", last, at) >= 0
        last = behind
        if kind == _COMMENT:
            first = first or text.find("\n", at, behind) >= 0
            continue
        value = match[kind]
        if kind == _WORD:
            yield _TYPED((KEYWORDS.get(value, "ID"), value, at, behind, first))
        elif kind == _PUNCTUATION:
            yield _TYPED((PUNCTUATION[value], value, at, behind, first))
        else:
            yield _TYPED((*_literal(kind, value), at, behind, first))
        first = False


_BLANKED = bytes(ord(" ") if re.fullmatch(rb"\W", bytes((byte,))) else byte for byte in range(256))


def words_of(text: str) -> list[str]:
    """The identifiers, keywords and numbers of a text, those in comments and literals, too. Twice as fast as a search
    for them; what is not ASCII divides words.
    """
    return text.encode("latin-1", "replace").translate(_BLANKED).decode("ascii").split()


def _literal(kind: int, value: str) -> tuple[str, str]:
    """Token type and value: prefixes of literals and suffixes that pycparser rejects are cut off."""
    if kind == _NUMBER:
        if _FLOAT.fullmatch(value):
            return "FLOAT_CONST", value
        return "INT_CONST_DEC", _BIT_PRECISE.sub("", value)
    if kind == _STRING:
        return "STRING_LITERAL", value[value.index('"') :]
    return "CHAR_CONST", value[value.index("'") :]
