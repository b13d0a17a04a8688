"""What is worked out of a graph, kept as long as the analysis stays with it."""

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from unstall.flow.ir import FlowGraph

_Result = TypeVar("_Result")
_GRAPHS = 32
"""More than the functions that are looked at in turn: one, its callees, its other configurations."""


def kept(work: Callable[[FlowGraph], _Result]) -> Callable[[FlowGraph], _Result]:
    """``work`` that remembers its results of the last graphs. A graph is known by its identity: to compare two that are
    nearly the same, as those of two configurations are, may cost more than the work.
    """
    known: OrderedDict[int, tuple[FlowGraph, _Result]] = OrderedDict()  # a graph that is held keeps its identity

    @wraps(work)
    def remembered(graph: FlowGraph) -> _Result:
        if id(graph) not in known:
            result = work(graph)  # may ask for the same of other graphs
            known[id(graph)] = graph, result
            if len(known) > _GRAPHS:
                known.popitem(last=False)
            return result
        return known[id(graph)][1]

    return remembered
