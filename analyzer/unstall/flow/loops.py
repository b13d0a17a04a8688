"""The loops of a flow graph, those entered in the middle by ``goto`` among them.

Written here although networkx has what it takes: importing networkx costs more processor time than analysing a typical
file.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from unstall.flow.ir import Branch, Const, Edge, FlowGraph, Nothing
from unstall.flow.kept import kept


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop: its head, the nodes of its body (the head included) and the back edges that close it."""

    head: int
    nodes: frozenset[int]
    back_edges: frozenset[tuple[int, int]]

    def exits(self, edges: Iterable[Edge]) -> Iterator[Edge]:
        """Those of some edges by which it is left."""
        return (edge for edge in edges if edge.source in self.nodes and edge.target not in self.nodes)


def reverse_postorder(graph: FlowGraph) -> list[int]:
    """The nodes that can be reached from the entry, in reverse postorder of a depth-first walk."""
    order: list[int] = []
    seen = {graph.entry}
    stack = [(graph.entry, iter(graph.successors[graph.entry]))]
    while stack:
        node, edges = stack[-1]
        for edge in edges:
            if edge.target not in seen:
                seen.add(edge.target)
                stack.append((edge.target, iter(graph.successors[edge.target])))
                break
        else:
            order.append(node)
            stack.pop()
    order.reverse()
    return order


def _components(graph: FlowGraph, order: list[int]) -> dict[int, int]:
    """The strongly connected component of each reachable node (Kosaraju), named by its first node."""
    reachable = set(order)
    component: dict[int, int] = {}
    for root in order:
        if root in component:
            continue
        component[root] = root
        stack = [root]
        while stack:
            for edge in graph.predecessors[stack.pop()]:
                if edge.source not in component and edge.source in reachable:
                    component[edge.source] = root
                    stack.append(edge.source)
    return component


@kept
def natural_loops(graph: FlowGraph) -> tuple[Loop, ...]:
    """All loops, innermost first (by number of nodes); loops with the same head are one, and so are a loop and one made
    of ``goto`` to a label at the very start of its body.

    An edge that leads back in reverse postorder closes a loop at its target: all nodes of its strongly connected
    component that reach the edge without passing the target. Those are the natural loops, but where a ``goto`` leads
    into a loop's middle.
    """
    order = reverse_postorder(graph)
    rank = {node: i for i, node in enumerate(order)}
    component = _components(graph, order)
    closing: dict[int, list[int]] = {}
    for node in order:
        for edge in graph.successors[node]:
            if rank[edge.target] <= rank[node]:
                closing.setdefault(edge.target, []).append(node)
    loops = []
    for head, sources in closing.items():
        body = {head}
        stack = list(sources)
        while stack:
            node = stack.pop()
            if node in body:
                continue
            body.add(node)
            stack += [e.source for e in graph.predecessors[node] if component.get(e.source) == component[head]]
        loops.append(Loop(head, frozenset(body), frozenset((source, head) for source in sources)))
    return _with_starts_merged(graph, sorted(loops, key=lambda loop: (len(loop.nodes), loop.head)))


def looped(graph: FlowGraph) -> frozenset[int]:
    """The nodes that stand in a loop."""
    return frozenset[int]().union(*(loop.nodes for loop in natural_loops(graph)))


def _with_starts_merged(graph: FlowGraph, loops: list[Loop]) -> tuple[Loop, ...]:
    """The loops, those that start over at one and the same place seen as one: there is nothing that a ``goto`` to the
    label in ``for (;;) { again: …`` leaves out and ``continue`` does not.
    """
    merged: list[Loop] = []
    for at, loop in enumerate(loops):
        outer = next((at for at, other in enumerate(loops[at + 1 :], at + 1) if loop.nodes < other.nodes), None)
        if outer is not None and _starts_with(graph, loops[outer], loop.head):
            whole = loops[outer]
            loops[outer] = Loop(whole.head, whole.nodes, whole.back_edges | loop.back_edges)
        else:
            merged.append(loops[at])
    return tuple(merged)


def _starts_with(graph: FlowGraph, loop: Loop, label: int) -> bool:
    """Whether nothing is done between the head of a loop and a label in it."""
    node = loop.head
    for _ in range(len(loop.nodes)):
        if node == label:
            return graph.statements[graph.nodes[node].statement].kind == "label"
        effect = graph.nodes[node].effect
        if not (isinstance(effect, Nothing) or (isinstance(effect, Branch) and isinstance(effect.condition, Const))):
            return False
        inside = [edge.target for edge in graph.successors[node] if edge.target in loop.nodes]
        if len(inside) != 1:
            return False
        node = inside[0]
    return False
