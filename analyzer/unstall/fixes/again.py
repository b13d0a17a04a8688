"""The analysis of a file's patched bytes, cut down to what can have changed: one function, one loop."""

from collections.abc import Callable

from unstall.flow.analysis import analyse
from unstall.flow.facts import WaitFact
from unstall.flow.ir import Call, FlowGraph, Macros
from unstall.flow.project import ProjectFacts
from unstall.source import SourceFile, Span

Reanalyse = Callable[[bytes, Span], tuple[WaitFact, ...]]
"""Takes the bytes of a file (the original's or a patched version's) and gives the facts of the waits in a span."""


def reanalyser(fact: WaitFact, source: SourceFile, project: ProjectFacts) -> Reanalyse:
    """Analyses versions of a file in which only the function of ``fact`` may differ."""
    call = fact.graph.nodes[fact.wait].effect
    assert isinstance(call, Call)
    words = fact.graph.locals - set(fact.graph.parameters) | {call.name}

    def again(data: bytes, within: Span) -> tuple[WaitFact, ...]:
        changed = SourceFile(source.path, data, source.language)
        graphs = _read(changed, words, project.macros)
        return tuple(
            found
            for graph in graphs
            if graph.span.contains(within)
            for found in analyse(graph, changed, project, within)
        )

    return again


def _read(source: SourceFile, words: frozenset[str], macros: Macros) -> tuple[FlowGraph, ...]:
    def wanted(identifiers: frozenset[str]) -> bool:
        return words <= identifiers

    if source.language == "c":
        from unstall.frontends.c import read as read_c

        return read_c(source, wanted, macros).graphs
    from unstall.frontends.python import read as read_python

    return read_python(source, wanted).graphs
