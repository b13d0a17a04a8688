"""Loops, on graphs small enough to check by eye, and against networkx' strongly connected components."""

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st
from unstall.flow.build import GraphBuilder
from unstall.flow.ir import FlowGraph, Nothing
from unstall.flow.loops import natural_loops, reverse_postorder
from unstall.source import Span


def graph_of(count: int, edges: list[tuple[int, int]]) -> tuple[FlowGraph, list[int]]:
    """A graph whose nodes 0…count-1 have these edges; node 0 follows the entry."""
    builder = GraphBuilder("f", "c", Span(0, 0))
    nodes = [builder.detached(Nothing(), Span(0, 0)) for _ in range(count)]
    builder.join(nodes[0])
    for source, target in edges:
        builder.edge(nodes[source], nodes[target])
    return builder.finish(), nodes


def loops_of(count: int, edges: list[tuple[int, int]]) -> list[tuple[int, set[int]]]:
    graph, nodes = graph_of(count, edges)
    return [(nodes.index(loop.head), {nodes.index(n) for n in loop.nodes}) for loop in natural_loops(graph)]


def test_a_loop_in_a_loop_is_named_first() -> None:
    assert loops_of(5, [(0, 1), (1, 2), (2, 1), (2, 3), (3, 0), (3, 4)]) == [(1, {1, 2}), (0, {0, 1, 2, 3})]


def test_two_back_edges_to_one_head_are_one_loop() -> None:
    assert loops_of(4, [(0, 1), (1, 0), (1, 2), (2, 0), (2, 3)]) == [(0, {0, 1, 2})]


def test_a_loop_entered_in_the_middle_is_found() -> None:
    found = loops_of(4, [(0, 1), (0, 2), (1, 2), (2, 1), (2, 3)])
    assert [nodes for _, nodes in found] == [{1, 2}]


def test_straight_code_has_no_loop() -> None:
    assert loops_of(3, [(0, 1), (1, 2), (0, 2)]) == []


EDGES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20)


@given(EDGES)
def test_every_cycle_lies_in_a_loop_and_every_loop_is_one(edges: list[tuple[int, int]]) -> None:
    graph, _ = graph_of(8, edges)
    reached = set(reverse_postorder(graph))
    theirs = nx.DiGraph((e.source, e.target) for e in graph.edges if e.source in reached)
    on_cycles = {n for part in nx.strongly_connected_components(theirs) if len(part) > 1 for n in part}
    on_cycles |= {n for n in theirs if theirs.has_edge(n, n)}
    in_loops = {n for loop in natural_loops(graph) for n in loop.nodes}
    assert in_loops == on_cycles
    for loop in natural_loops(graph):
        assert nx.is_strongly_connected(theirs.subgraph(loop.nodes))
