"""Work that a timeout does in an arm of its own and a ready descriptor in another, so that every turn of the loop does
it but an interrupted one: ``if (r == 0) { expire(); continue; } expire(); serve();``.
"""

from unstall.flow.explore import Exploration
from unstall.flow.ir import Call, Temp
from unstall.flow.places import root_of
from unstall.flow.reach import deciding
from unstall.flow.work import Work


def done_either_way(work: Work) -> frozenset[int]:
    """The calls of a timeout's own arm that are made as well, with the same arguments, when something else is ready
    than what is asked for: at once, or behind tests of the clock, of how much is ready and of what the turn doesn't
    change.

    A call behind a test of what was read meanwhile answers that, as a timeout's does the silence.
    """
    timeout, elsewhere = work.runs.timeout, work.runs.ready_elsewhere
    own = (timeout.nodes - elsewhere.nodes) & work.loop.nodes
    others = _calls(work, (elsewhere.nodes - timeout.nodes) & work.loop.nodes)
    calls = {node: call for node, call in _calls(work, own).items() if call in others.values()}
    if not calls:
        return frozenset()
    due = {call for node, call in others.items() if call in calls.values() and _is_due(work, elsewhere, node)}
    return frozenset(node for node, call in calls.items() if call in due)


def _calls(work: Work, nodes: frozenset[int]) -> dict[int, tuple[object, ...]]:
    """What is called where, and with what; the result of another call isn't the same twice."""
    effects = ((node, work.graph.nodes[node].effect) for node in nodes)
    calls = ((node, effect) for node, effect in effects if isinstance(effect, Call))
    return {
        node: (call.callee, call.args, call.keywords)
        for node, call in calls
        if not any(isinstance(argument, Temp) for argument in call.args)
    }


def _is_due(work: Work, run: Exploration, node: int) -> bool:
    """Whether a run comes to a node whatever it did before."""
    uses = work.dataflow.uses
    known = work.clock_names | {root_of(place) for place in work.runs.result_names}
    changed = frozenset[str]().union(*(uses[other].writes for other in run.nodes)) - known
    return not any(uses[test].reads & changed for test in deciding(run, node) - {node})
