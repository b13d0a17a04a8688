"""Functions that are the body of a caller's loop: ``for (;;) turn();``, where it is ``turn`` that waits."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from unstall.flow.evaluator import Evaluator
from unstall.flow.explore import Exploration, explore
from unstall.flow.facts import Body
from unstall.flow.ir import Assign, Branch, Call, Edge, EdgeKind, Expr, FlowGraph, Name, Node
from unstall.flow.learnt import ProjectFacts
from unstall.flow.loops import Loop, looped, natural_loops
from unstall.flow.places import names_in, place_of, root_of
from unstall.flow.reach import reached
from unstall.flow.runs import SiteRuns, returned
from unstall.flow.sites import Site, TooManyWaitsError
from unstall.flow.state import State
from unstall.flow.values import TOP, Value, truth
from unstall.flow.waiting import runs_of_sites
from unstall.flow.waits import WaitKind


def closed(graph: FlowGraph) -> FlowGraph:
    """The function as the body of an endless loop: an edge from its exit to its entry."""
    return replace(graph, edges=(*graph.edges, Edge(graph.exit, graph.entry)))


def bodies_of(graphs: Iterable[FlowGraph], project: ProjectFacts) -> dict[str, Body]:
    """The functions that a wait can make the body of a caller's loop."""
    found: dict[str, Body] = {}
    for graph in sorted(graphs, key=lambda g: (g.name, g.span)):
        if graph.name in found or graph.name in _BEGIN:
            continue
        with suppress(TooManyWaitsError):  # that is told when the function itself is analysed
            waits = sorted(runs_of_sites(graph, project, _looks_around), key=lambda runs: bool(runs.loops))
            body = next(filter(None, map(_left_to_its_caller, waits)), None)
            if body is not None:
                found[graph.name] = body
    return found


_DEPTH = 1
"""By way of so many functions a loop is found around a body: in a program that waits deep down, most of it is."""
_BEGIN = ("main", "<module>")
"""What no loop calls."""


def _looks_around(site: Site) -> bool:
    return site.certain and site.spec.kind in (WaitKind.MULTIPLEX, WaitKind.DISPATCH)


def _left_to_its_caller(runs: SiteRuns) -> Body | None:
    """What the function leaves to a caller when the wait is interrupted, and what on a timeout: it may stay in a loop
    of its own then, which only the interrupt leaves. None where it doesn't return.
    """
    if runs.loops and (runs.interrupted.stopped or runs.interrupted.nodes == runs.failed.nodes):
        return None
    body = _returned_after(runs.evaluator, (runs.interrupted, runs.timeout))
    return body if body is not None and (len(body.values) > 1 or runs.loops) else None


def _returned_after(evaluator: Evaluator, runs: tuple[Exploration, ...]) -> Body | None:
    """What a function returns after an interrupt, the first of these runs, and after the others where it does, and what
    it writes on the first alone; None where it doesn't return after the first.
    """
    interrupted, *others = (returned(evaluator, run) for run in runs)
    if interrupted is None:
        return None
    values = (interrupted, *(value for value in others if value is not None))
    graph, alone = evaluator.graph, runs[0].nodes.difference(*(run.nodes for run in runs[1:]))
    assigned = [(n, effect) for n in alone if isinstance(effect := graph.nodes[n].effect, Assign)]
    places = [(n, effect, place) for n, effect in assigned if (place := place_of(effect.target, graph)) is not None]
    writes = {root for _, _, place in places if (root := root_of(place)) not in graph.locals and root[0] != "$"}
    handed = [
        (graph.parameters.index(root_of(place)), TOP if effect.op else evaluator.value(effect.value, runs[0].states[n]))
        for n, effect, place in places
        if root_of(place) in graph.parameters and place not in graph.parameters
    ]
    return Body(values, frozenset(writes), tuple(handed))


def relayed_calls(graph: FlowGraph, project: ProjectFacts) -> Iterator[tuple[str, Body]]:
    """The bodies that a graph calls outside of its loops, and returns afterwards whatever they returned; with what it
    leaves to its own caller then.
    """
    calls = _calls_of_bodies(graph, project)
    if not calls or graph.name in _BEGIN:
        return
    evaluator = Evaluator(graph, project.no_return)
    within_loops = looped(graph)
    for node, call, name in calls:
        body = project.bodies[name]
        if node.id not in within_loops and name != graph.name and body.depth < _DEPTH:
            runs = tuple(explore(evaluator, _returning(graph, node, call, value)) for value in body.values)
            left = _returned_after(evaluator, runs)
            if left is not None and len(left.values) == len(body.values):
                yield name, _with_what_it_calls(graph, left, call, body)


def _with_what_it_calls(graph: FlowGraph, left: Body, call: Call, body: Body) -> Body:
    """What a function leaves to its caller, with what the body leaves that it calls."""
    names = frozenset[str]().union(*(names_in(given) for at, _ in body.handed if (given := _given(graph, call, at))))
    handed = tuple((graph.parameters.index(name), TOP) for name in sorted(names) if name in graph.parameters)
    writes = left.writes | body.writes | (names - graph.locals)
    return replace(left, writes=writes, handed=(*left.handed, *handed), depth=body.depth + 1)


def _given(graph: FlowGraph, call: Call, parameter: int) -> Expr | None:
    """What a call gives for a parameter; in Python the first of a method's is what it is called on."""
    given = call.args if call.receiver is None or graph.language == "c" else (call.receiver, *call.args)
    return given[parameter] if parameter < len(given) else None


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
        body, holding = project.bodies[name], [loop for loop in loops if node.id in loop.nodes]
        if not holding or _may_end(graph, holding[0], call, body):
            continue
        if all(_comes_again(evaluator, holding[0], node, call, value) for value in body.values):
            yield name, node.span.start, _asked_before_again(graph, holding[0], node.id)


def _may_end(graph: FlowGraph, loop: Loop, call: Call, body: Body) -> bool:
    """Whether the interrupted way of a body writes what can end its caller's loop: ``while (!stop) turn();``."""
    handed = [(names_in(given), value) for at, value in body.handed if (given := _given(graph, call, at)) is not None]
    for edge in loop.exits(graph.edges):
        test = graph.nodes[edge.source].effect
        asked = names_in(test.condition) if isinstance(test, Branch) else frozenset[str]()
        goes_on = edge.kind is EdgeKind.FALSE  # what the test has to be for that
        plain = isinstance(test, Branch) and isinstance(test.condition, Name)
        if asked & body.writes or any(asked & names and not (plain and truth(v) is goes_on) for names, v in handed):
            return True
    return False


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
