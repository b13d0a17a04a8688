"""Reads one C file: bytes to the flow graphs of the functions that are asked for."""

import re
from collections.abc import Callable

from unstall.flow.ir import FileFlow, FlowGraph, Unread
from unstall.frontends.c.functions import Function
from unstall.frontends.c.signals import signal_facts
from unstall.frontends.c.unit import Unit, read_unit
from unstall.source import SourceFile

MAX_FILE = 64_000_000
"""Bytes; a larger file takes more than ten seconds to cut."""

Wanted = Callable[[frozenset[str]], bool]

_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def read(source: SourceFile, wanted: Wanted, loops: frozenset[str] = frozenset()) -> FileFlow:
    """The flow graphs of the functions whose identifiers satisfy `wanted`.

    `loops` are macros that open a loop, whose definitions are elsewhere. What can't be read is in
    `FileFlow.unread`; nothing is raised.
    """
    if len(source.data) > MAX_FILE:
        reason = f"larger than {MAX_FILE // 1_000_000} MB"
        return FileFlow(source.path, "c", (), unread=(Unread(source.path, 1, "", reason),))
    unit = read_unit(source.data, loops=loops)
    made = [_graph(source, unit, function) for function in unit.functions if _is_wanted(unit, function, wanted)]
    assumed = tuple(name if holds else f"!{name}" for name, holds in unit.assumptions.items())
    return FileFlow(
        source.path,
        "c",
        tuple(graph for graph in made if isinstance(graph, FlowGraph)),
        len(unit.functions),
        tuple(unread for unread in made if isinstance(unread, Unread)),
        signal_facts(unit),
        assumed,
    )


def _is_wanted(unit: Unit, function: Function, wanted: Wanted) -> bool:
    """The words of a function's text first, comments and all; its identifiers if those say yes."""
    words = _WORD.findall(unit.chosen.text, function.body_span.start, function.body_span.end)
    if not wanted(frozenset(words)):
        return False
    return wanted(frozenset(token.value for token in unit.tokens(function.body_span) if token.type == "ID"))


def _graph(source: SourceFile, unit: Unit, function: Function) -> FlowGraph | Unread:
    from unstall.frontends.c.lower import lower  # pycparser, 0.06 s
    from unstall.frontends.c.parser import deep_recursion, parse_function

    def unread(offset: int, reason: str) -> Unread:
        return Unread(source.path, source.line(offset), function.name, reason)

    if function.resynchronised:
        return unread(function.body_span.start, "braces don't match under the chosen #if branches")
    parsed = parse_function(unit, function)
    if parsed.problem:
        return unread(parsed.problem.offset, parsed.problem.reason)
    if parsed.miscounted:
        return unread(function.span.start, "control flow was lost: " + ", ".join(parsed.miscounted))
    try:
        with deep_recursion():
            return lower(parsed, source)
    except RecursionError:
        return unread(function.body_span.start, "nested too deeply")
