"""Rewrites that need to see no statement: each takes a list of tokens and gives a new one.

Compiler extensions that mean nothing to control flow go, and what stands for a type becomes `int`
with its spelling as the value.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from unstall.frontends.c.shapes import CLOSING, OPENING
from unstall.frontends.c.tokens import Token
from unstall.frontends.c.vocabulary import (
    ASM,
    ATTRIBUTE,
    INFERRED_TYPE,
    LABEL_DECLARATION,
    NOISE,
    REWRITTEN,
    STATIC_ASSERT,
    TYPE_CALL,
    TYPE_OPERATOR,
    VA_ARG,
)

_ASM_QUALIFIERS = frozenset({"VOLATILE", "GOTO", "INLINE"})


def respell(tokens: Sequence[Token]) -> list[Token]:
    """All rewrites of this module, in order."""
    result = _drop_bracket_attributes(tokens) if _has_bracket_attribute(tokens) else list(tokens)
    if any(token.type in REWRITTEN or token.type == "_ATOMIC" for token in result):
        result = list(_replace_words(result))
    if any(token.type == "STRING_LITERAL" for token in result):
        result = _drop_string_macros(result)
    return result


def _group_end(tokens: Sequence[Token], opening: int) -> int:
    """Index behind the group that `tokens[opening]` opens; the end of the list where it never closes."""
    depth = 0
    for index in range(opening, len(tokens)):
        if tokens[index].type in OPENING:
            depth += 1
        elif tokens[index].type in CLOSING:
            depth -= 1
            if depth == 0:
                return index + 1
    return len(tokens)


def _type(tokens: Sequence[Token], index: int) -> str:
    return tokens[index].type if 0 <= index < len(tokens) else ""


def _has_bracket_attribute(tokens: Sequence[Token]) -> bool:
    return any(a.type == b.type == "LBRACKET" for a, b in pairwise(tokens))


def _drop_bracket_attributes(tokens: Sequence[Token]) -> list[Token]:
    """`[[ … ]]` → nothing."""
    kept: list[Token] = []
    index = 0
    while index < len(tokens):
        if _type(tokens, index) == "LBRACKET" and _type(tokens, index + 1) == "LBRACKET":
            index = _group_end(tokens, index)
        else:
            kept.append(tokens[index])
            index += 1
    return kept


_Rewrite = Callable[[Sequence[Token], int], tuple[list[Token], int]]
"""(tokens, index of the word) to the replacement and the index to go on from."""


def _behind_argument(tokens: Sequence[Token], index: int) -> int:
    """The index behind a word and the parenthesised group that may follow it."""
    return _group_end(tokens, index + 1) if _type(tokens, index + 1) == "LPAREN" else index + 1


def _drop(tokens: Sequence[Token], index: int) -> tuple[list[Token], int]:
    """`__extension__` → nothing."""
    return [], index + 1


def _drop_with_argument(tokens: Sequence[Token], index: int) -> tuple[list[Token], int]:
    """`__attribute__((…))` → nothing."""
    return [], _behind_argument(tokens, index)


def _drop_asm(tokens: Sequence[Token], index: int) -> tuple[list[Token], int]:
    """`asm volatile (…)` → nothing."""
    at = index + 1
    while _type(tokens, at) in _ASM_QUALIFIERS:
        at += 1
    return [], _group_end(tokens, at) if _type(tokens, at) == "LPAREN" else at


def _stand_for_type(tokens: Sequence[Token], index: int) -> tuple[list[Token], int]:
    """`typeof (…)`, `_Atomic (…)` → a type; `_Atomic` alone stays a qualifier."""
    behind = _behind_argument(tokens, index)
    if tokens[index].type == "_ATOMIC" and behind == index + 1:
        return [tokens[index]], behind
    return [tokens[index]._replace(type="INT")], behind


def _start_va_arg(tokens: Sequence[Token], index: int) -> tuple[list[Token], int]:
    """`va_arg (` → pycparser's token for it; its second argument is found to be a type later."""
    followed = _type(tokens, index + 1) == "LPAREN"
    return [tokens[index]._replace(type="__BUILTIN_VA_ARG" if followed else "ID")], index + 1


def _empty_type_call(tokens: Sequence[Token], index: int) -> tuple[list[Token], int]:
    """`offsetof (…)`, `_Generic (…)`, `_Alignof (…)` → a call without arguments."""
    behind = _behind_argument(tokens, index)
    name = tokens[index]._replace(type="ID")
    return [name] if behind == index + 1 else [name, tokens[index + 1], tokens[behind - 1]], behind


def _drop_to_semicolon(tokens: Sequence[Token], index: int) -> tuple[list[Token], int]:
    """`__label__ a, b;` → `;`."""
    while _type(tokens, index) not in ("SEMI", ""):
        index += 1
    return [], index


def _empty_assertion(tokens: Sequence[Token], index: int) -> tuple[list[Token], int]:
    """`_Static_assert (…)` → `;` (with or without one of its own)."""
    behind = _behind_argument(tokens, index)
    if behind == index + 1:
        return [tokens[index]._replace(type="ID")], behind
    semicolon = tokens[behind - 1]._replace(type="SEMI", value=";")
    return ([], behind) if _type(tokens, behind) == "SEMI" else ([semicolon], behind)


_WORDS: dict[str, _Rewrite] = {
    NOISE: _drop,
    ATTRIBUTE: _drop_with_argument,
    ASM: _drop_asm,
    TYPE_OPERATOR: _stand_for_type,
    INFERRED_TYPE: lambda tokens, index: ([tokens[index]._replace(type="INT")], index + 1),
    "_ATOMIC": _stand_for_type,
    VA_ARG: _start_va_arg,
    TYPE_CALL: _empty_type_call,
    LABEL_DECLARATION: _drop_to_semicolon,
    STATIC_ASSERT: _empty_assertion,
}


def _replace_words(tokens: Sequence[Token]) -> Iterator[Token]:
    """Apply `_WORDS` from left to right. A name behind `.` or `->` is a member, whatever it is called."""
    index = 0
    while index < len(tokens):
        token = tokens[index]
        rewrite = _WORDS.get(token.type)
        if rewrite is None:
            yield token
            index += 1
        elif _type(tokens, index - 1) in ("PERIOD", "ARROW"):
            yield token._replace(type="ID")
            index += 1
        else:
            replacement, index = rewrite(tokens, index)
            yield from replacement


def _drop_string_macros(tokens: Sequence[Token]) -> list[Token]:
    """`"…" PRIu64 "…"`, `PREFIX "…"`, `"…" FMT(x)` → the literals alone.

    A name next to a string literal can only be a macro for another piece of it (or a cast in
    disguise). Two scans: what stands behind a literal, then what stands in front of one.
    """
    return _drop_before_strings(_drop_behind_strings(tokens))


def _drop_behind_strings(tokens: Sequence[Token]) -> list[Token]:
    kept: list[Token] = []
    index = 0
    while index < len(tokens):
        if tokens[index].type == "ID" and kept and kept[-1].type == "STRING_LITERAL":
            index = _behind_argument(tokens, index)
        else:
            kept.append(tokens[index])
            index += 1
    return kept


def _drop_before_strings(tokens: Sequence[Token]) -> list[Token]:
    kept: list[Token] = []
    openings: list[int] = []  # positions in `kept` of parentheses that are not closed
    opening_of: dict[int, int] = {}  # position of `)` in `kept` to that of its `(`
    for token in tokens:
        if token.type == "STRING_LITERAL":
            del kept[_before_macros(kept, opening_of) :]
        elif token.type == "LPAREN":
            openings.append(len(kept))
        elif token.type == "RPAREN" and openings:
            opening_of[len(kept)] = openings.pop()
        kept.append(token)
    return kept


def _before_macros(kept: Sequence[Token], opening_of: dict[int, int]) -> int:
    """Where the run of `NAME` and `NAME(…)` that ends `kept` begins."""
    at = len(kept)
    while at > 0:
        name = at - 1
        if kept[name].type == "RPAREN":
            name = opening_of.get(name, 0) - 1
        if _type(kept, name) != "ID" or _type(kept, name - 1) in ("PERIOD", "ARROW"):
            break
        at = name
    return at
