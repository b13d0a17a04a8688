"""Loops that come round only to make good what failed: a request that is sent again after its connection was lost."""

from unstall.flow.evaluator import Evaluator
from unstall.flow.ir import Binary, Branch, Edge, EdgeKind
from unstall.flow.reach import reached
from unstall.flow.state import State
from unstall.flow.values import ZERO, Num
from unstall.flow.work import Work


def only_makes_good(work: Work) -> bool:
    """Whether no way from the wait leads back to the head of its loop but through a test for failure:
    ``if (rc == -1 && !tried) goto again;``, ``while (rc < 0)``. What stands in such a loop is done once.
    """
    graph, inside = work.graph, work.loop.nodes
    evaluator = work.runs.evaluator
    if not any(_says_failure(evaluator, edge) for edge in graph.edges if edge.source in inside):
        return False
    ways = [e for e in graph.edges if {e.source, e.target} <= inside and not _says_failure(evaluator, e)]
    starts = [edge.target for edge in ways if edge.source == work.runs.site.node]
    return work.loop.head not in reached(ways, starts)


def _says_failure(evaluator: Evaluator, edge: Edge) -> bool:
    """Whether an edge is taken where something is found to be negative, as what a failed call returns."""
    effect = evaluator.graph.nodes[edge.source].effect
    if not isinstance(effect, Branch) or not isinstance(effect.condition, Binary):
        return False
    test, bound = effect.condition, evaluator.value(effect.condition.right, State())
    negative = isinstance(bound, Num) and bound.lo == bound.hi < 0
    if edge.kind is EdgeKind.TRUE:
        return (test.op == "==" and negative) or (test.op == "<" and bound == ZERO)
    return edge.kind is EdgeKind.FALSE and ((test.op == "!=" and negative) or (test.op == ">=" and bound == ZERO))
