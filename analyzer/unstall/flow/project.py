"""What the functions of a run tell of each other: wrappers, functions that are the body of a caller's loop, signals.

This is phase one: a pure function of the graphs at hand, the same whatever their order. Phase two (`analysis`) reads
it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from unstall.flow.explore import explore
from unstall.flow.facts import Caller
from unstall.flow.ir import Call, Edge, FileFlow, FlowGraph, SignalFacts
from unstall.flow.loops import Loop, natural_loops
from unstall.flow.outcomes import Run
from unstall.flow.runs import Returns, SiteRuns, returned
from unstall.flow.sites import Site, find_sites
from unstall.flow.state import Evaluator, State
from unstall.flow.summaries import Summaries, summarise
from unstall.flow.values import Value
from unstall.flow.waits import WaitKind, WaitSpec
from unstall.source import SourceFile


@dataclass(frozen=True)
class ProjectFacts:
    """What phase one learnt of all files of the run."""

    wrappers: Mapping[str, WaitSpec] = field(default_factory=dict)
    """Functions that wait inside, by name."""
    silent: frozenset[str] = frozenset()
    """Functions that wait inside and never report an interrupt."""
    no_return: frozenset[str] = frozenset()
    """Functions that don't return."""
    bodies: Mapping[str, tuple[Value, Value]] = field(default_factory=dict)
    """Functions that wait outside of any loop of their own: what they return when interrupted, and on a timeout."""
    callers: Mapping[str, Caller] = field(default_factory=dict)
    """Those of `bodies` that are the body of a caller's loop, whatever they return then."""
    signals: SignalFacts = field(default_factory=SignalFacts)

    @property
    def names(self) -> frozenset[str]:
        """The functions whose callers matter."""
        return frozenset((*self.wrappers, *self.bodies))


def learn(files: Sequence[tuple[SourceFile, FileFlow]], known: ProjectFacts) -> ProjectFacts:
    """``known`` with what these files tell added. Call again while it grows: a wrapper's caller may be a wrapper."""
    files = sorted(files, key=lambda pair: pair[0].path)
    graphs = [graph for _, file in files for graph in file.graphs]
    summaries = summarise(graphs, Summaries(known.wrappers, known.silent), known.no_return)
    project = replace(
        known,
        wrappers=summaries.wrappers,
        silent=summaries.silent,
        signals=_signals((file for _, file in files), known.signals),
    )
    project = replace(project, bodies={**_bodies(graphs, project), **known.bodies})
    callers = dict(known.callers)
    for source, file in files:
        for graph in file.graphs:
            for name, offset in _looped_calls(graph, project):
                line = source.line(offset)
                callers.setdefault(name, Caller(source.path, graph.name, line, source.line_text(line).strip()))
    return replace(project, callers=callers)


def _signals(files: Iterable[FileFlow], known: SignalFacts) -> SignalFacts:
    """The union over the files."""
    signals, handlers, flags = dict.fromkeys(known.signals), known.handlers, known.flags
    for file in files:
        signals.update(dict.fromkeys(file.signals.signals))
        handlers |= file.signals.handlers
        flags |= file.signals.flags
    return SignalFacts(tuple(signals), handlers, flags)


def runs_of_sites(
    graph: FlowGraph, project: ProjectFacts, wanted: Callable[[Site, bool], bool] | None = None
) -> Iterator[SiteRuns]:
    """The runs of each wait of a function, in source order; of those ``wanted``, told whether a loop holds the site."""
    sites = find_sites(graph, project.wrappers, project.silent)
    if not sites:
        return
    loops = natural_loops(graph)
    held_by = {site: tuple(loop for loop in loops if site.node in loop.nodes) for site in sites}
    chosen = [site for site in sites if wanted is None or wanted(site, bool(held_by[site]))]
    if not chosen:
        return
    evaluator = Evaluator(graph, project.no_return)
    before = explore(evaluator, [(Edge(graph.entry, graph.entry), State())], exceptions=True)
    waits = frozenset(site.node for site in sites)
    returns: Returns = {}
    for site in chosen:
        known = before.states.get(site.node, State())
        yield SiteRuns(evaluator, site, held_by[site], waits, known, returns)


# ------------------------------------------------------------------------------------------------ bodies of loops


def closed(graph: FlowGraph) -> FlowGraph:
    """The function as the body of an endless loop: an edge from its exit to its entry."""
    return replace(graph, edges=(*graph.edges, Edge(graph.exit, graph.entry)))


def _bodies(graphs: Iterable[FlowGraph], project: ProjectFacts) -> dict[str, tuple[Value, Value]]:
    """The functions that wait outside of any loop of their own."""
    found: dict[str, tuple[Value, Value]] = {}
    for graph in sorted(graphs, key=lambda g: (g.name, g.span)):
        if graph.name in ("main", "<module>"):
            continue
        for runs in runs_of_sites(graph, project, _waits_outside):
            interrupted = returned(runs.evaluator, runs.exploration(Run.INTERRUPTED))
            timeout = returned(runs.evaluator, runs.exploration(Run.TIMEOUT))
            if interrupted is not None and timeout is not None:
                found.setdefault(graph.name, (interrupted, timeout))
    return found


def _waits_outside(site: Site, in_loop: bool) -> bool:
    """Whether a wait can make its function the body of a caller's loop."""
    return not in_loop and site.certain and site.spec.kind in (WaitKind.MULTIPLEX, WaitKind.DISPATCH)


def _looped_calls(graph: FlowGraph, project: ProjectFacts) -> Iterator[tuple[str, int]]:
    """The calls in a graph that make their callee the body of a loop: interrupted or not, the loop comes to them
    again.
    """
    calls = [
        (node.id, node.effect, node.span.start)
        for node in graph.nodes
        if isinstance(node.effect, Call) and node.effect.name in project.bodies
    ]
    if not calls:
        return
    evaluator = Evaluator(graph, project.no_return)
    loops = natural_loops(graph)
    for node, call, offset in calls:
        holding = [loop for loop in loops if node in loop.nodes]
        if holding and all(
            _comes_again(evaluator, holding[0], node, call, value) for value in project.bodies[call.name]
        ):
            yield call.name, offset


def _comes_again(evaluator: Evaluator, loop: Loop, node: int, call: Call, value: Value) -> bool:
    """Whether the loop comes to the call again when it returned ``value``."""
    state = State().put(f"${call.result.index}", value)
    starts = [(edge, state) for edge in evaluator.graph.successors[node] if edge.target in loop.nodes]
    return node in explore(evaluator, starts, within=loop.nodes).nodes
