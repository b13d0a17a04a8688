"""Where the way of an interrupt turns off for good, and whether it counts to that."""

from unstall.flow.dataflow import Dataflow
from unstall.flow.explore import Exploration
from unstall.flow.handling import Way
from unstall.flow.ir import Assign, Const, Edge
from unstall.flow.places import names_in, place_of
from unstall.flow.reach import backwards


def turns_off(run: Exploration, way: Way) -> tuple[Edge, ...]:
    """The edges by which a way leaves what leads back to the head of the loop."""
    back = backwards(run, run.stopped)
    return tuple(edge for edge in run.edges if edge.source in way.passed and edge.target not in back)


def counts_to_a_limit(run: Exploration, way: Way, dataflow: Dataflow) -> bool:
    """Whether a way counts, and turns off at a limit: ``if (++errors >= 5) exit(1);``, ``if (--tries == 0) break;``.
    No storm gets past it.
    """
    assigns = {n: e for n in way.passed if isinstance(e := dataflow.graph.nodes[n].effect, Assign)}
    counted: set[str] = set()
    for effect in assigns.values():
        if effect.op in ("+", "-") and isinstance(effect.value, Const):
            counted |= names_in(effect.target)
    if not counted:
        return False
    for node, effect in assigns.items():  # errors++ is the value of before
        if not effect.op and place_of(effect.value) in counted:
            counted |= dataflow.uses[node].writes
    return any(dataflow.uses[edge.source].reads & counted for edge in turns_off(run, way))
