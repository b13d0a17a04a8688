"""Functions that are the body of a caller's loop: ``for (;;) turn();``, where it is ``turn`` that waits."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from unstall.flow.evaluator import Evaluator
from unstall.flow.explore import explore
from unstall.flow.ir import Branch, Call, Edge, EdgeKind, FlowGraph, Name, Node
from unstall.flow.learnt import ProjectFacts
from unstall.flow.loops import Loop, natural_loops
from unstall.flow.places import names_in
from unstall.flow.reach import reached
from unstall.flow.runs import SiteRuns, returned
from unstall.flow.sites import Site, TooManyWaitsError
from unstall.flow.state import State
from unstall.flow.values import Value
from unstall.flow.waiting import runs_of_sites
from unstall.flow.waits import WaitKind


def closed(graph: FlowGraph) -> FlowGraph:
    """The function as the body of an endless loop: an edge from its exit to its entry."""
    return replace(graph, edges=(*graph.edges, Edge(graph.exit, graph.entry)))


def bodies_of(graphs: Iterable[FlowGraph], project: ProjectFacts) -> dict[str, tuple[Value, ...]]:
    """The functions that a wait can make the body of a caller's loop."""
    found: dict[str, tuple[Value, ...]] = {}
    for graph in sorted(graphs, key=lambda g: (g.name, g.span)):
        if graph.name in found or graph.name in ("main", "<module>"):
            continue
        with suppress(TooManyWaitsError):  # that is told when the function itself is analysed
            waits = sorted(runs_of_sites(graph, project, _looks_around), key=lambda runs: bool(runs.loops))
            values = next(filter(None, map(_given_back, waits)), None)
            if values is not None:
                found[graph.name] = values
    return found


def _looks_around(site: Site, in_loop: bool) -> bool:
    return site.certain and site.spec.kind in (WaitKind.MULTIPLEX, WaitKind.DISPATCH)


def _given_back(runs: SiteRuns) -> tuple[Value, ...]:
    """What the function returns to a caller when the wait is interrupted, and what on a timeout: it may stay in a loop
    of its own then, which only the interrupt leaves. Empty where it doesn't return.
    """
    if runs.loops and (runs.interrupted.stopped or runs.interrupted.nodes == runs.failed.nodes):
        return ()
    interrupted = returned(runs.evaluator, runs.interrupted)
    timeout = returned(runs.evaluator, runs.timeout)
    if interrupted is None or (timeout is None and not runs.loops):
        return ()
    return (interrupted,) if timeout is None else (interrupted, timeout)


def relayed_calls(graph: FlowGraph, project: ProjectFacts) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """The bodies that a graph calls outside of its loops, to return whatever they return; with what it returns then."""
    calls = _calls_of_bodies(graph, project)
    if not calls or graph.name in ("main", "<module>"):
        return
    evaluator = Evaluator(graph, project.no_return)
    looped = frozenset[int]().union(*(loop.nodes for loop in natural_loops(graph)))
    for node, call, name in calls:
        if node.id not in looped and name != graph.name:
            runs = (explore(evaluator, _returning(graph, node, call, value)) for value in project.bodies[name])
            values = [returned(evaluator, run) for run in runs]
            given = tuple(value for value in values if value is not None)
            if len(given) == len(values):
                yield name, given


def looped_calls(graph: FlowGraph, project: ProjectFacts) -> Iterator[tuple[str, int, frozenset[str]]]:
    """The calls in a graph that make their callee the body of a loop: interrupted or not, the loop comes to them
    again. With each, what is asked before it does.
    """
    calls = _calls_of_bodies(graph, project)
    if not calls:
        return
    evaluator = Evaluator(graph, project.no_return)
    loops = natural_loops(graph)
    for node, call, name in calls:
        holding = [loop for loop in loops if node.id in loop.nodes]
        if holding and all(_comes_again(evaluator, holding[0], node, call, value) for value in project.bodies[name]):
            yield name, node.span.start, _asked_before_again(graph, holding[0], node.id)


def _calls_of_bodies(graph: FlowGraph, project: ProjectFacts) -> list[tuple[Node, Call, str]]:
    called = ((node, node.effect) for node in graph.nodes if isinstance(node.effect, Call))
    named = ((node, call, _defined_as(graph, call)) for node, call in called)
    return [(node, call, name) for node, call, name in named if name in project.bodies]


def _returning(graph: FlowGraph, node: Node, call: Call, value: Value) -> list[tuple[Edge, State]]:
    """The edges out of a call that returned ``value``."""
    state = State().put(f"${call.result.index}", value)
    return [(edge, state) for edge in graph.successors[node.id] if edge.kind is not EdgeKind.EXCEPTION]


def _defined_as(graph: FlowGraph, call: Call) -> str:
    """The name of the function that a call means: ``self.poll()`` in a method means one of the same class."""
    of_self = graph.language == "python" and call.receiver == Name("self")
    return f"{graph.name.rpartition('.')[0]}.{call.name}" if of_self else call.name


def _asked_before_again(graph: FlowGraph, loop: Loop, call: int) -> frozenset[str]:
    """The variables of the tests that can leave a loop, and that no way from a call in it to itself goes around."""
    within = [edge for edge in graph.edges if {edge.source, edge.target} <= loop.nodes]
    leaving = {edge.source for edge in loop.exits(graph.edges)}
    names: set[str] = set()
    for test in leaving:
        effect = graph.nodes[test].effect
        around = (edge for edge in within if test not in (edge.source, edge.target))
        if isinstance(effect, Branch) and not _comes_back(around, call):
            names |= names_in(effect.condition)
    return frozenset(names)


def _comes_back(edges: Iterable[Edge], node: int) -> bool:
    """Whether edges lead from a node to itself."""
    taken = tuple(edges)
    return node in reached(taken, (edge.target for edge in taken if edge.source == node))


def _comes_again(evaluator: Evaluator, loop: Loop, node: Node, call: Call, value: Value) -> bool:
    """Whether the loop comes to the call again when it returned ``value``."""
    starts = [start for start in _returning(evaluator.graph, node, call, value) if start[0].target in loop.nodes]
    return node.id in explore(evaluator, starts, within=loop.nodes, until=frozenset({node.id})).states
