"""What speaks against owing a node, though every other outcome may come to it: passes that do its work in another
place, and timeouts that leave it out themselves.
"""

from unstall.flow.explore import Exploration
from unstall.flow.ir import Call, Expr, Jump
from unstall.flow.reach import forwards, leading_to, reached
from unstall.flow.work import Work

Done = tuple[str, tuple[Expr, ...]]
"""A call's name, and what it is given."""


def done_without_waiting(work: Work) -> frozenset[Done]:
    """The calls of passes that start the loop over without waiting: ``if (overdue) { rotate(log); continue; }``.

    What is done there is done on time, however often the wait is interrupted.
    """
    graph, inside, wait = work.graph, work.loop.nodes, work.runs.site.node
    turns = [edge for edge in graph.edges if {edge.source, edge.target} <= inside and edge.target != work.loop.head]
    in_front = reached((edge for edge in turns if wait not in (edge.source, edge.target)), (work.loop.head,))
    behind = reached(turns, (wait,))
    effects = (graph.nodes[node].effect for node in in_front - behind - work.head_region)
    return frozenset((effect.name, effect.args) for effect in effects if isinstance(effect, Call))


def left_out_by_timeouts(work: Work) -> frozenset[int]:
    """The nodes that a timeout may start the loop over past by a jump that none but it takes:
    ``if (r == 0) { if (!asked) continue; … }``. What ends the loop or the program in front of that is not past it.
    """
    timeout = work.runs.timeout
    own = timeout.nodes - work.runs.ready_elsewhere.nodes - work.runs.ready.nodes
    back = leading_to(timeout.edges, (edge.source for edge in timeout.stopped))
    jumps = [node for node in own & back if isinstance(work.graph.nodes[node].effect, Jump)]
    parting = {edge.source for edge in timeout.edges if edge.target in own} - own
    before = reached((edge for edge in timeout.edges if edge.source not in parting), (work.runs.site.node,))
    left = timeout.nodes - (before - back)
    return frozenset().union(*(left - _on_one_way_with(timeout, jump) for jump in jumps))


def _on_one_way_with(run: Exploration, node: int) -> frozenset[int]:
    """What a run may pass in front of a node or behind it."""
    behind = frozenset().union(*(forwards(run, edge) for edge in run.edges if edge.source == node))
    return leading_to(run.edges, (node,)) | behind
