"""Conditions of do loops that come out as they did in the round before, since a failed wait changed nothing in them."""

from collections.abc import Collection

from unstall.flow.dataflow import uses_of
from unstall.flow.explore import Exploration
from unstall.flow.ir import Branch, Edge, FlowGraph, Role
from unstall.flow.loops import Loop
from unstall.flow.reach import in_front_of


def left_only_by_change(graph: FlowGraph, wait: int, loops: Collection[Loop], run: Exploration) -> frozenset[Edge]:
    """The edges by which a run of a wait leaves a do loop at a test that is open, and of nothing but variables of the
    function's own that nobody wrote since the round began: ``do { if (read(…) < 0 && errno == EINTR) continue; … }
    while (size - done != 0);``. That was true, or there were no such round; the first one isn't told apart.
    """
    edges = frozenset[Edge]()
    for loop in loops:
        open_tests = [node for node in run.undecided & loop.nodes if _ends_do_loop(graph, node)]
        if not open_tests:
            continue
        passed = in_front_of(graph, loop, wait) | {wait} | (run.nodes & loop.nodes)
        written = frozenset[str]().union(*(uses_of(graph.nodes[node]).writes for node in passed))
        for node in open_tests:
            asked = uses_of(graph.nodes[node]).reads
            if asked and asked <= graph.locals - graph.address_taken - written:
                edges |= {edge for edge in graph.successors[node] if edge.target not in loop.nodes}
    return edges


def _ends_do_loop(graph: FlowGraph, node: int) -> bool:
    vertex = graph.nodes[node]
    condition = vertex.role is Role.CONDITION and graph.statements[vertex.statement].kind == "do"
    return condition and isinstance(vertex.effect, Branch)
