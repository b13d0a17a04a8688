"""What a timeout is not known to come to, although its run may: code behind a test of what the wait told, where the
analysis doesn't know what a timeout tells.

A wrapper's timeout may return anything, as far as its body shows. Then ``if (!who && left)`` is open in the run of the
timeout, and the fatal code behind it seems to be reached by a timeout, too.
"""

from collections.abc import Collection, Iterator

from unstall.flow.dataflow import uses_of
from unstall.flow.facts import Trace, WaitFact
from unstall.flow.ir import Assign, Branch, Call, Switch
from unstall.flow.outcomes import Run
from unstall.flow.places import names_in
from unstall.flow.reach import spread
from unstall.flow.values import Top


def unsure(fact: WaitFact) -> frozenset[int]:
    """The nodes that a timeout comes to only if such a test goes one way; what the interrupt owes is none of them."""
    owed = _owed(fact)
    told = told_by(fact)
    arms = (arm for arm in open_arms(fact, fact.traces[Run.TIMEOUT], told) if not arm & owed)
    return frozenset().union(*arms)


def _owed(fact: WaitFact) -> frozenset[int]:
    common = fact.traces[Run.TIMEOUT].nodes & fact.traces[Run.READY].nodes
    spans = [stage.span for stage in fact.bypassed]
    return frozenset(n for n in common if any(span.contains(fact.graph.nodes[n].span) for span in spans))


def open_arms(fact: WaitFact, trace: Trace, told: frozenset[str]) -> Iterator[frozenset[int]]:
    """What a run comes to only by one way out of a condition that reads one of these variables and that it leaves
    open.
    """
    nodes = fact.graph.nodes
    tests: dict[int, set[int]] = {}
    for node in trace.nodes:
        if isinstance(nodes[node].effect, Branch | Switch):
            tests.setdefault(nodes[node].statement, set()).add(node)
    for condition in tests.values():
        steps = {step for step in trace.edges if step[0] in condition}
        if any(uses_of(nodes[n]).reads & told and len({s for s in steps if s[0] == n}) > 1 for n in condition):
            for target in {target for _, target in steps} - condition:
                way = {step for step in steps if step[1] == target}
                yield trace.nodes - reached(fact.wait, trace.edges - way)


def told_by(fact: WaitFact) -> frozenset[str]:
    """The variables (temporaries as ``$n``) that tell of a timeout in a way that isn't known, or are worked out from
    one that does.
    """
    call = fact.call
    effect = fact.spec.effect(Run.TIMEOUT)
    known = {at for at, value in effect.out if not isinstance(value, Top)}
    told = {f"${call.result.index}"} if isinstance(effect.result, Top) else set()
    for at in set(fact.spec.outputs) - known:
        told |= names_in(call.args[at]) if at < len(call.args) else frozenset()
    size = 0
    while size < len(told):
        size = len(told)
        for node in fact.graph.nodes:
            if node.id != fact.wait and (isinstance(node.effect, Call) or _sets(node.effect)):
                uses = uses_of(node)
                told |= uses.writes if uses.reads & told else frozenset()
    return frozenset(told)


def _sets(effect: object) -> bool:
    return isinstance(effect, Assign) and effect.op == ""


def reached(start: int, steps: Collection[tuple[int, int]]) -> frozenset[int]:
    """The nodes that steps lead to from one node, which is itself left out unless they lead back to it."""
    return spread(steps, (target for source, target in steps if source == start))
