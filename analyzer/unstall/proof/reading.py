"""One version of one file, analysed alone: what verification compares."""

from dataclasses import dataclass

from unstall.flow.analysis import analyse
from unstall.flow.facts import WaitFact
from unstall.flow.ir import FileFlow, FlowGraph, Unread
from unstall.flow.project import ProjectFacts, learn
from unstall.prefilter import wanted
from unstall.source import SourceFile


@dataclass(frozen=True)
class Reading:
    """A file and what the analysis makes of it."""

    source: SourceFile
    facts: tuple[WaitFact, ...]
    """Of every wait, in source order."""
    graphs: tuple[FlowGraph, ...]
    unread: tuple[Unread, ...]
    project: ProjectFacts


def read(source: SourceFile) -> Reading:
    """Analyse a file alone: what it calls is known only as far as it is defined in the file itself."""
    flow = _lowered(source, frozenset())
    project = learn([(source, flow)], ProjectFacts())
    names: frozenset[str] = frozenset()
    while project.names - names:  # functions that call what was learnt may hold waits, too
        names = project.names
        flow = _lowered(source, names)
        project = learn([(source, flow)], project)
    facts = [fact for graph in flow.graphs for fact in analyse(graph, source, project)]
    facts.sort(key=lambda fact: fact.graph.nodes[fact.wait].span)
    return Reading(source, tuple(facts), flow.graphs, flow.unread, project)


def _lowered(source: SourceFile, names: frozenset[str]) -> FileFlow:
    if source.language == "c":
        from unstall.frontends.c import read as read_c

        return read_c(source, wanted("c", names))
    from unstall.frontends.python import read as read_python

    return read_python(source, wanted("python", names))
