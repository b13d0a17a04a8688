"""Whether a function's flow graph accounts for each loop, jump and branch keyword of the text that it was read from."""

from collections.abc import Iterator

from unstall.flow.ir import FlowGraph, Statement
from unstall.frontends.c.tokens import Token
from unstall.frontends.c.unit import Unit
from unstall.source import Span

KINDS = {
    "for": "for", "while": "while", "do": "do", "if": "if", "else": "else", "switch": "switch", "case": "case",
    "default": "case", "break": "break", "continue": "continue", "goto": "goto", "return": "return",
}  # fmt: skip
"""Keyword to the kind of statement that begins with it."""


def unaccounted(unit: Unit, body: Span, graph: FlowGraph) -> Iterator[Token]:
    """The keywords of a body's chosen text that no statement of their kind begins with.

    The text is what the user wrote: keywords that macros bring along don't count, those in macros' arguments do.
    """
    accounted = {offset for statement in graph.statements for offset in _keywords_of(unit, statement)}
    return (token for token in unit.tokens(body) if token.value in KINDS and token.start not in accounted)


def _keywords_of(unit: Unit, statement: Statement) -> Iterator[int]:
    """Where the keyword of a statement stands, behind what a macro puts in front of it; a ``do`` has its ``while``."""
    if statement.kind not in KINDS.values():
        return
    head = unit.tokens(statement.header)
    yield from [token.start for token in head if KINDS.get(token.value) == statement.kind][:1]
    if statement.kind == "do" and statement.condition is not None:
        tokens = unit.tokens(Span(statement.span.start, statement.condition.start))
        yield from (token.start for token in tokens[-2:] if token.type == "WHILE")
