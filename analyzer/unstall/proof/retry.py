"""Whether a loop inside of the pass waits again for ever: a retry that nothing but the wait's own outcome ends.

The model lets conditions that nothing is known of go both ways, so that a retry ``while (r < 0 && !closing)`` seems to
come to an end. It does so only if somebody changes ``closing`` meanwhile: the retry itself, a call that it makes for
the answer, or a signal's handler.
"""

from collections.abc import Iterable, Iterator

import networkx as nx

from unstall.flow.dataflow import Dataflow
from unstall.flow.ir import Branch, Switch
from unstall.flow.loops import Loop
from unstall.flow.outcomes import Run
from unstall.proof.model import Configuration, Model
from unstall.proof.starvation import Turn


def endless_retry(model: Model, work: frozenset[int], storm: Iterable[Run], flags: frozenset[str]) -> tuple[Turn, ...]:
    """The turn of a retry that a storm keeps up for ever and that never comes to a stage; empty without one.

    ``flags`` are variables that handlers of signals set.
    """
    outcomes = tuple(storm)
    for loop in model.waits[model.wait].loops:
        if loop.head == model.loop.head:
            break
        if not loop.nodes & work and (found := _kept_up(model, loop, outcomes, flags)):
            return found
    return ()


def _kept_up(model: Model, loop: Loop, storm: tuple[Run, ...], flags: frozenset[str]) -> tuple[Turn, ...]:
    again = nx.MultiDiGraph()
    for at in model.waiting:
        if at[0] == model.wait:
            for outcome in storm:
                passed, arrivals = _inside(model, at, outcome, loop)
                again.add_edges_from((at, arrival, outcome, {"passed": passed}) for arrival in arrivals)
    for component in nx.strongly_connected_components(again):
        turns = list(again.subgraph(component).edges(keys=True, data="passed"))
        passed = frozenset().union(*(nodes for *_, nodes in turns))
        if turns and not _ends_by_itself(model, loop, passed, flags):
            at, arrival, outcome, _ = turns[0]
            return (Turn(outcome, model.segment(at, outcome).path_to(arrival)),)
    return ()


def _inside(
    model: Model, at: Configuration, outcome: Run, loop: Loop
) -> tuple[frozenset[int], frozenset[Configuration]]:
    """The nodes that a pass comes to without leaving a loop, and where it comes to the wait again."""
    segment = model.segment(at, outcome)
    pending = [target for target, source in segment.parents.items() if source == at]
    seen: set[Configuration] = set()
    arrivals: set[Configuration] = set()
    while pending:
        point = pending.pop()
        if point[0] in model.waits:
            arrivals.update({point} if point[0] == model.wait else ())
        elif point not in seen and point[0] in loop.nodes:
            seen.add(point)
            pending += model.successors(point)
    return frozenset(node for node, _ in seen), frozenset(arrivals)


def _ends_by_itself(model: Model, loop: Loop, passed: frozenset[int], flags: frozenset[str]) -> bool:
    """Whether something that a retry passes, or a handler, can change what decides on going on."""
    uses = Dataflow(model.graph).uses
    changed = flags.union(*(uses[node].writes for node in passed))
    return any(name[0] == "$" or name in changed for name in _deciding(model, loop, passed))


def _deciding(model: Model, loop: Loop, passed: frozenset[int]) -> Iterator[str]:
    """What the conditions read on which a loop is left, but for what only the wait itself sets."""
    uses = Dataflow(model.graph).uses
    own = {f"${model.waits[model.wait].call.result.index}", "errno"}
    told = {name for node in passed if uses[node].reads & own for name in uses[node].writes}
    otherwise = {name for node in passed if not uses[node].reads & own for name in uses[node].writes}
    for node in passed:
        leaves = any(edge.target not in loop.nodes for edge in model.graph.successors[node])
        if leaves and isinstance(model.graph.nodes[node].effect, Branch | Switch):
            yield from uses[node].reads - (told - otherwise) - own
