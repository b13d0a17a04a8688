"""Where edges lead: to what nodes from some, and from what nodes to some."""

from collections.abc import Callable, Collection, Hashable, Iterable
from typing import TypeVar

from unstall.flow.explore import Exploration
from unstall.flow.ir import Edge, FlowGraph
from unstall.flow.loops import Loop

T = TypeVar("T", bound=Hashable)


def backwards(run: Exploration, ends: Iterable[Edge]) -> frozenset[int]:
    """The nodes of a run from which it comes to one of these edges."""
    return leading_to(run.edges, (edge.source for edge in ends)).intersection(run.states)


def forwards(run: Exploration, start: Edge) -> frozenset[int]:
    """The nodes that a run reaches by way of one edge."""
    return reached(run.edges, (start.target,))


def in_front_of(graph: FlowGraph, loop: Loop, node: int) -> frozenset[int]:
    """The nodes that a round of a loop can get to before it comes to a node of it."""
    within = loop.nodes - {node}
    edges = (edge for source in within for edge in graph.successors[source] if edge.target in within)
    return reached(edges, (loop.head,)) - {node}


def leading_to(edges: Iterable[Edge], nodes: Iterable[int]) -> frozenset[int]:
    """The nodes from which edges lead to one of these, themselves included."""
    return spread(((edge.target, edge.source) for edge in edges), nodes)


def deciding(run: Exploration, node: int) -> frozenset[int]:
    """The nodes at which a run that could still come to a node may turn off from every way to it."""
    steps, ends = ([(edge.source, edge.target) for edge in edges] for edges in (run.edges, run.stopped))
    return turning_off(steps, node, ends)


def turning_off(
    steps: Collection[tuple[int, int]], node: int, ends: Collection[tuple[int, int]] = ()
) -> frozenset[int]:
    """The nodes at which steps that could still lead to a node, or the last ones, turn off from every way to it."""
    before = spread(((target, source) for source, target in steps), (node,))
    return frozenset(source for source, target in (*steps, *ends) if source in before and target not in before)


def reached(
    edges: Iterable[Edge], starts: Iterable[int], passes: Callable[[int], bool] = lambda node: True
) -> frozenset[int]:
    """The nodes that edges lead to from some nodes, these included; on from a node only where it ``passes``."""
    return spread(((edge.source, edge.target) for edge in edges if passes(edge.source)), starts)


def spread(steps: Iterable[tuple[T, T]], starts: Iterable[T]) -> frozenset[T]:
    """What steps from one thing (a node, a variable) to another lead to from some, these included."""
    after: dict[T, list[T]] = {}
    for source, target in steps:
        after.setdefault(source, []).append(target)
    found: set[T] = set()
    stack = list(starts)
    while stack:
        node = stack.pop()
        if node not in found:
            found.add(node)
            stack += after.get(node, ())
    return frozenset(found)
