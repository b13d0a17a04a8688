"""One version of one file, analysed alone: what verification compares."""

from dataclasses import dataclass, field

from unstall.discovery.prefilter import wanted
from unstall.fixes.again import graphs_around
from unstall.flow.analysis import analyse
from unstall.flow.facts import WaitFact
from unstall.flow.files import FileFlow, Unread
from unstall.flow.ir import FlowGraph
from unstall.flow.learnt import ProjectFacts
from unstall.flow.project import learn
from unstall.source import SourceFile, Span

_NOTHING = ProjectFacts()


@dataclass(frozen=True)
class Reading:
    """A file and what the analysis makes of it."""

    source: SourceFile
    graphs: tuple[FlowGraph, ...]
    """The functions that may hold a wait."""
    unread: tuple[Unread, ...]
    project: ProjectFacts
    known: ProjectFacts
    """What was known before: of the project's own functions, and of macros."""
    _known: dict[tuple[Span, Span | None], tuple[WaitFact, ...]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @property
    def facts(self) -> tuple[WaitFact, ...]:
        """Of every wait, in source order."""
        return tuple(fact for graph in self.graphs for fact in self._of(graph))

    def facts_in(self, function: str) -> tuple[WaitFact, ...]:
        """Of the waits of one function."""
        return tuple(fact for graph in self.graphs if graph.name == function for fact in self._of(graph))

    def _of(self, graph: FlowGraph) -> tuple[WaitFact, ...]:
        key = graph.span, graph.focus  # a function is read once more for each #if branch that is left out else
        if key not in self._known:
            self._known[key] = analyse(graph, self.source, self.project)
        return self._known[key]


def read(source: SourceFile, known: ProjectFacts = _NOTHING) -> Reading:
    """Analyse a file alone: what it calls is ``known``, or defined in the file itself."""
    flow = _lowered(source, known.names, known)
    project = learn([(source, flow)], known)
    names: frozenset[str] = frozenset()
    while project.names - names:  # functions that call what was learnt may hold waits, too
        names = project.names
        flow = _lowered(source, names, known)
        project = learn([(source, flow)], project)
    graphs = tuple(sorted(flow.graphs, key=lambda graph: graph.span))
    return Reading(source, graphs, flow.unread, project, known)


def read_patched(before: Reading, source: SourceFile, place: Span) -> Reading:
    """A version of a file in which only the function around a place has changed, and nothing that others know of it:
    no other function is read, so that the patches of a file take no longer each than one.
    """
    project = before.project
    graphs = graphs_around(place, source, wanted(source.language, project.names), project.macros)
    return Reading(source, graphs, (), project, before.known)


def _lowered(source: SourceFile, names: frozenset[str], known: ProjectFacts) -> FileFlow:
    if source.language == "c":
        from unstall.frontends.c import read as read_c

        return read_c(source, wanted("c", names), known.macros)
    from unstall.frontends.python import read as read_python

    return read_python(source, wanted("python", names))
