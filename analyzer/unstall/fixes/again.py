"""The analysis of a file's patched bytes, cut down to what can have changed: one function, one loop."""

import re
from collections.abc import Callable

from unstall.discovery.prefilter import wanted
from unstall.fixes.deadline import result_names
from unstall.flow import catalogue
from unstall.flow.analysis import analyse
from unstall.flow.facts import WaitFact
from unstall.flow.files import Macros, Wanted
from unstall.flow.ir import FlowGraph
from unstall.flow.learnt import ProjectFacts
from unstall.source import SourceFile, Span

_WORD = re.compile(rb"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|([A-Za-z_]\w*)""", re.DOTALL)
"""An identifier of C, or something to pass by in which one may only seem to stand."""

Reanalyse = Callable[[bytes, Span], tuple[WaitFact, ...]]
"""Takes the bytes of a file (the original's or a patched version's) and gives the facts of the waits in a span."""


def reanalyser(fact: WaitFact, source: SourceFile, project: ProjectFacts) -> Reanalyse:
    """Analyses versions of a file in which only the function of ``fact`` may differ."""
    told = _told(fact, source, project)

    def again(data: bytes, within: Span) -> tuple[WaitFact, ...]:
        changed = SourceFile(source.path, data, source.language)
        graphs = graphs_around(within, changed, told, project.macros)
        return tuple(found for graph in graphs for found in analyse(graph, changed, project, within))

    return again


def _told(fact: WaitFact, source: SourceFile, project: ProjectFacts) -> Wanted:
    """By which words the function is told from the others of its file.

    Those that a macro brings in are not written there, and a patch may take out what the wait's value is kept in. Which
    branches of ``#if`` are read besides the main configuration depends on what is wanted in the whole file, so that a
    wait in one of them is looked for as at first. A variable that is named like a wait tells of nothing.
    """
    graph = fact.graph
    if graph.focus is not None:
        return wanted(source.language, project.names)
    words = graph.locals - result_names(fact) - set(graph.parameters)
    words = words - catalogue.C_WAITS.keys() - catalogue.plain_wrappers(words) | {fact.call.name}
    if source.language == "c":
        written = _WORD.findall(source.data, graph.span.start, graph.span.end)
        words &= {word.decode("ascii") for word in written}
    return Wanted(words.issubset, words.intersection)


def graphs_around(place: Span, source: SourceFile, told: Wanted, macros: Macros) -> tuple[FlowGraph, ...]:
    """The function that holds a place, as read under each configuration."""
    if source.language == "c":
        from unstall.frontends.c import read_around

        return read_around(source, told, macros, place)
    from unstall.frontends.python import read_around as read_python_around

    return read_python_around(source, told, place)
