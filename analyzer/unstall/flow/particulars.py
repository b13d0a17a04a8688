"""What single rules ask of a site beside how its interrupt is handled."""

import re

from unstall.flow import by_name, catalogue
from unstall.flow.bounds import Bound, longest
from unstall.flow.dataflow import Dataflow, mentioned
from unstall.flow.deadlines import gives_up_early, goes_on_for_what_is_left, is_put_off
from unstall.flow.due import comes_in_time
from unstall.flow.errno import asks_for_interrupt, clobbered
from unstall.flow.explore import Exploration
from unstall.flow.facts import Particulars
from unstall.flow.handling import Judge, Way
from unstall.flow.ir import (
    Assign,
    Branch,
    Call,
    Effect,
    FlowGraph,
    Jump,
    Node,
    Nothing,
    Opaque,
    Role,
    Switch,
    Temp,
)
from unstall.flow.loops import Loop
from unstall.flow.outcomes import Handling
from unstall.flow.places import root_of
from unstall.flow.reach import in_front_of, reached
from unstall.flow.runs import LOOP_STATEMENTS, SiteRuns
from unstall.flow.stale import is_told, looks_at_revents, only_tells
from unstall.flow.waits import WaitKind


def particulars(
    runs: SiteRuns, run: Exploration, way: Way, judge: Judge, handling: Handling, dataflow: Dataflow,
    flags: frozenset[str], owed: frozenset[int],
) -> Particulars:  # fmt: skip
    """The particulars of one way of one run, for which ``judge`` decided on ``handling``; ``owed`` is what
    it owes.
    """
    graph = runs.graph
    stale = _that_matter(runs, run, judge.stale_reads, dataflow) if handling is Handling.STALE else ()
    return Particulars(
        certain=runs.site.certain and not any(asks_for_interrupt(runs, graph.nodes[n]) for n in _undecided(runs, run)),
        told_apart=judge.told_apart,
        unreported=judge.told_apart and not judge.ending.returns_otherwise and _only_spares_a_report(runs, run),
        has_handlers=judge.has_handlers,
        ended_by=_left_before(runs, run, stale, dataflow, flags) if stale else _ended_by(runs, way, dataflow, flags),
        waits_forever=runs.bound is Bound.FOREVER,
        only_looks=runs.bound is Bound.ZERO,
        lasts=longest(runs.site, runs.evaluator, runs.before),
        stale_reads=stale,
        stale_closing=bool(stale) and all(_closes_round(runs, node) for node in stale),
        found_again=handling is Handling.ADVANCE and _found_again(runs, way),
        unseen_flags=_unseen(runs, way.loop, dataflow, flags) if handling is Handling.RETRY and way.loop else (),
        deadline_put_off=is_put_off(runs, run, handling, way, dataflow),
        in_time=judge.work is not None and comes_in_time(judge.work, owed),
        goes_on=goes_on_for_what_is_left(runs, way, dataflow),
        gives_up=gives_up_early(runs, run, way, dataflow) if handling is Handling.HANDLED else None,
        errno_set_by=clobbered(runs, run),
    )


def _undecided(runs: SiteRuns, run: Exploration) -> frozenset[int]:
    """The undecided tests in front of another wait: behind that, errno is another's."""
    own = reached(run.edges, [runs.site.node], lambda node: node == runs.site.node or node not in runs.waits)
    return own & run.undecided


def _ended_by(runs: SiteRuns, way: Way, dataflow: Dataflow, flags: frozenset[str]) -> frozenset[str]:
    """The flags that are tested on the interrupt's way back to the wait where the loop can be left."""
    if way.loop is None:
        return frozenset()
    nodes = way.passed | in_front_of(runs.graph, way.loop, runs.site.node)
    tests = {edge.source for edge in way.loop.exits(runs.graph.edges)} & nodes
    reads = (_asked_in(dataflow, n) for n in tests if isinstance(runs.graph.nodes[n].effect, Branch))
    return flags & frozenset[str]().union(*reads)


def _asked_in(dataflow: Dataflow, node: int) -> frozenset[str]:
    """The variables that a test reads; in Python, members of objects among them (``self.going``)."""
    reads = dataflow.uses[node].reads
    return reads | dataflow.places[node] if dataflow.graph.language == "python" else reads


def _left_before(
    runs: SiteRuns, run: Exploration, reads: tuple[int, ...], dataflow: Dataflow, flags: frozenset[str]
) -> frozenset[str]:  # fmt: skip
    """The flags that are tested, where the loop can be left, on every way to these nodes."""
    if not runs.loops:
        return frozenset()
    leaving = {edge.source for edge in runs.loops[0].exits(runs.graph.edges)}
    tests = {n for n in leaving if isinstance(runs.graph.nodes[n].effect, Branch)}
    starts = [edge.target for edge in run.edges if edge.source == runs.site.node]
    asked = {flag: frozenset(n for n in tests if flag in _asked_in(dataflow, n)) for flag in flags}
    return frozenset(
        flag
        for flag, asking in asked.items()
        if asking and reached((e for e in run.edges if e.source not in asking), starts).isdisjoint(reads)
    )


def _only_spares_a_report(runs: SiteRuns, run: Exploration) -> bool:
    """Whether an error comes to what an interrupt comes to, and a report."""
    failed = runs.failed
    if not (run.nodes <= failed.nodes and run.stopped.keys() == failed.stopped.keys()):
        return False
    effects = [runs.graph.nodes[node].effect for node in failed.nodes - run.nodes]
    language = runs.graph.language
    return all(
        isinstance(effect, Nothing) or (isinstance(effect, Call) and by_name.is_harmless(effect.name, language))
        for effect in effects
    )


def _closes_round(runs: SiteRuns, node: int) -> bool:
    """Whether a node is part of a loop's step or condition (C; Python's loops go over their results on purpose), and
    more than a look at what is ready.
    """
    graph, vertex = runs.graph, runs.graph.nodes[node]
    if runs.site.spec.kind is WaitKind.MULTIPLEX and not isinstance(vertex.effect, Assign):
        return False
    loop = graph.statements[vertex.statement].kind in LOOP_STATEMENTS
    return graph.language == "c" and (vertex.role is Role.STEP or (loop and vertex.role is Role.CONDITION))


_DISPOSES = re.compile(r"close|free|destroy|release|unlink|clean|^epoll_ctl$", re.IGNORECASE)
"""Calls that take an object apart or register it anew, whatever it says of readiness."""

_WRITE_ON_FAILURE = frozenset({"port_get", "port_getn"})
"""Waits that fill their results even where they fail (illumos: port_getn can return EINTR and events)."""


def _that_matter(
    runs: SiteRuns, run: Exploration, reads: tuple[int, ...], dataflow: Dataflow
) -> tuple[int, ...]:  # fmt: skip
    """The stale reads whose outcome makes a difference on the run."""
    if runs.site.spec.name in _WRITE_ON_FAILURE:
        return ()
    told = _told_by_calls(runs, dataflow)
    return tuple(
        node
        for node in reads
        if _matters(runs, run, node, dataflow) and not _is_vetted(runs, run, node, told, dataflow)
    )


def _told_by_calls(runs: SiteRuns, dataflow: Dataflow) -> frozenset[str]:
    """What holds the answer of a call that was given the wait's result: ``r = checked(select(…))``."""
    results = {root_of(place) for place in runs.result_names}
    calls = [n.effect for n in runs.graph.nodes if isinstance(n.effect, Call) and dataflow.uses[n.id].reads & results]
    told = {f"${call.result.index}" for call in calls}
    copies = [n.id for n in runs.graph.nodes if isinstance(n.effect, Assign) and mentioned(n.effect.value) & told]
    return frozenset(told).union(*(dataflow.uses[copy].writes for copy in copies))


def _is_vetted(
    runs: SiteRuns, run: Exploration, node: int, told: frozenset[str], dataflow: Dataflow
) -> bool:  # fmt: skip
    """Whether a node stands behind a test of such an answer, which nothing is known of."""
    around = runs.graph.ancestors(runs.graph.nodes[node].statement)
    return any(runs.graph.nodes[n].statement in around and dataflow.uses[n].reads & told for n in run.undecided)


def _matters(runs: SiteRuns, run: Exploration, node: int, dataflow: Dataflow) -> bool:
    """Whether a stale read is more than a test that chooses between doing nothing and setting what nobody reads."""
    graph = runs.graph
    effect = graph.nodes[node].effect
    if isinstance(effect, Call):
        return not _DISPOSES.search(effect.name) and not _is_only_told(graph, effect.result, dataflow)
    if not isinstance(effect, Branch):
        return True
    others = [edge for edge in run.edges if edge.target != node]
    sides = [reached(others, {edge.target} - {node}) for edge in run.edges if edge.source == node]
    if len(sides) < 2:
        return True
    chosen = sides[0] ^ sides[1]
    if any(isinstance(graph.nodes[n].effect, Call | Opaque) for n in chosen):
        return True
    if any(isinstance(jump := graph.nodes[n].effect, Jump) and jump.word == "return" for n in chosen):
        return True
    written = {name for n in chosen for name in dataflow.uses[n].writes}
    if any(name not in graph.locals and not name.startswith("$") for name in written):
        return True
    readers = [n for n in run.nodes - chosen if written & dataflow.uses[n].reads]
    return not all(is_told(runs, n, run.states[n]) for n in readers)


def _is_only_told(graph: FlowGraph, answer: Temp, dataflow: Dataflow) -> bool:
    """Whether what a call answers goes into nothing but reports: ``printf("%d", FD_ISSET(0, &set))``."""
    readers = [node.effect for node in graph.nodes if f"${answer.index}" in dataflow.uses[node.id].reads]

    def tells(effect: Effect) -> bool:
        if isinstance(effect, Assign) and effect.value == answer and isinstance(effect.target, Temp):
            return effect.target != answer and _is_only_told(graph, effect.target, dataflow)  # of ``?:``
        return isinstance(effect, Call) and only_tells(effect)

    return bool(readers) and all(map(tells, readers))


def _found_again(runs: SiteRuns, way: Way) -> bool:
    """Whether what was left undone is reported again, level-triggered: a loop around the interrupt's multiplexes, or
    that loop itself asks what is ready.
    """
    if way.loop is None:
        return False
    outer = [loop for loop in runs.loops if way.loop.nodes < loop.nodes]
    if any(_multiplexes(runs, node) for loop in outer for node in loop.nodes & runs.waits):
        return True
    if outer and runs.site.spec.kind is WaitKind.TRANSFER and runs.site.spec.results:
        return True  # what wasn't read is still there when the outer loop comes to the element again
    return any(_asks_what_is_ready(runs.graph.nodes[node]) for node in way.loop.nodes)


def _asks_what_is_ready(node: Node) -> bool:
    if isinstance(node.effect, Call):
        return by_name.is_set_test(node.effect.name)
    return isinstance(node.effect, Branch | Switch) and looks_at_revents(node)


def _multiplexes(runs: SiteRuns, node: int) -> bool:
    effect = runs.graph.nodes[node].effect
    if not isinstance(effect, Call):
        return False
    spec = catalogue.C_WAITS.get(effect.name) or catalogue.PYTHON_WAITS.get(effect.callee)
    known = spec is not None and spec.kind is WaitKind.MULTIPLEX
    return known or catalogue.TELLING_MULTIPLEX.search(effect.name) is not None


def _unseen(runs: SiteRuns, retry: Loop, dataflow: Dataflow, flags: frozenset[str]) -> tuple[str, ...]:
    """The handlers' flags that a loop around the retry looks at and the retry doesn't."""
    looked_at = {name for node in retry.nodes for name in dataflow.uses[node].reads}
    outer = {node for loop in runs.loops if retry.nodes < loop.nodes for node in loop.nodes}
    outside = {name for node in outer - retry.nodes for name in dataflow.uses[node].reads}
    return tuple(sorted(flags & outside - looked_at - runs.graph.locals))
