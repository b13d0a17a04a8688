"""Functions that a file shows not to return: declared so, or by how they end."""

import re
from collections.abc import Iterator

from unstall.flow.by_name import is_no_return
from unstall.frontends.c.functions import Function
from unstall.frontends.c.heads import read_head
from unstall.frontends.c.tokens import COMMENT, STRING
from unstall.frontends.c.unit import Unit, read_unit
from unstall.source import Span

_DECLARED = re.compile(r"\b(?:_*noreturn_*|_Noreturn|[A-Z0-9_]*NO_?RETURN[A-Z_]*|__dead2?)\b")
_MAY_DECLARE = ("noreturn", "no_return", "__dead")
_LAST_CALL = re.compile(
    rf"""\b([A-Za-z_]\w*+)\s*+\((?:{STRING}|[^;{{}}"])*+;(?:\s|{COMMENT})*+\}}$""", re.ASCII | re.DOTALL
)
_RETURNS = re.compile(r"(?<!\w)return\b[^;{}\"]*;\s*\}$")
_TAIL = 1000
"""So far from its end a function's last statement is looked for."""


def no_return(unit: Unit) -> frozenset[str]:
    """The functions of a unit that don't return.

    Declared: `_Noreturn`, `[[noreturn]]`, `__attribute__((noreturn))`, and macros that are called so (`NORETURN`). By
    their end: no `return` within, and the last statement calls a function that doesn't return.
    """
    found = set(_declared(unit)) if _may_declare(unit.chosen.text) else set()
    last = {function: call for function in unit.functions if (call := _last_call(unit, function))}
    while ends := {
        function for function, (name, speaks) in last.items() if name in found or is_no_return(name, speaks)
    }:
        found |= {function.name for function in ends if _runs_to_its_end(unit, function)}
        last = {function: call for function, call in last.items() if function not in ends}
    return frozenset(found)


def declared(data: bytes) -> frozenset[str]:
    """The functions that a header declares not to return."""
    return frozenset(_declared(read_unit(data))) if _may_declare(data.decode("latin-1")) else frozenset()


def _may_declare(text: str) -> bool:
    """Whether a text has a word by which functions are declared not to return."""
    lower = text.lower()
    return any(word in lower for word in _MAY_DECLARE)


def _declared(unit: Unit) -> Iterator[str]:
    text = unit.chosen.text
    for at in unit.chosen.outside_holes(match.start() for match in _DECLARED.finditer(text)):
        start = max(text.rfind(character, 0, at) for character in ";{}") + 1
        end = min((text.find(character, at) % (len(text) + 1) for character in ";{"), default=len(text))
        tokens = unit.tokens(Span(start, end))
        head = read_head(tokens) if any(token.start <= at < token.end for token in tokens) else None
        if head is not None:
            yield head.name


def _last_call(unit: Unit, function: Function) -> tuple[str, bool] | None:
    """Whom the last statement of a function calls, and whether it gives a text or one thing; None for no plain call."""
    body = function.body_span
    tail = unit.chosen.text[max(body.start, body.end - _TAIL) : body.end]
    if (at := tail.rfind("return")) >= 0 and _RETURNS.match(tail, at):
        return None  # as most do: the pattern that tells the others is slow
    found = _LAST_CALL.search(tail)
    return (found[1], '"' in found[0] or "," not in found[0]) if found else None


def _runs_to_its_end(unit: Unit, function: Function) -> bool:
    """Whether there is no way out of a function but through its last statement, which stands at the top level."""
    tokens = unit.tokens(function.body_span)
    if function.resynchronised or any(token.type == "RETURN" for token in tokens):
        return False
    starts = [index for index, token in enumerate(tokens) if token.type in ("SEMI", "LBRACE", "RBRACE", "COLON")]
    statement = next(index for index in reversed(starts) if index < len(tokens) - 2)
    return tokens[statement + 1].type == "ID" and tokens[statement + 2].type == "LPAREN"
