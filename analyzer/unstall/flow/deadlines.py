"""What an interrupt does to a deadline: put off by a wait that starts over in full, or taken as passed."""

from collections.abc import Iterable

from unstall.flow import by_name
from unstall.flow.bounds import Bound, takes_pointer
from unstall.flow.dataflow import ASSIGNMENTS, Dataflow, mentioned, mentioned_by
from unstall.flow.explore import Exploration
from unstall.flow.giving_up import gives_up, lets_old_ones_go
from unstall.flow.handling import Way
from unstall.flow.ir import Assign, Branch, Call, Const, Expr, Name, Role, Unary
from unstall.flow.loops import Loop
from unstall.flow.outcomes import Handling
from unstall.flow.places import is_zero, place_of, root_of
from unstall.flow.reach import deciding, in_front_of, leading_to
from unstall.flow.runs import SiteRuns
from unstall.flow.tally import counts_to_a_limit
from unstall.flow.waits import WaitKind

_ABSOLUTE = frozenset({"pthread_cond_timedwait", "sem_timedwait", "mq_timedreceive", "mq_timedsend"})
"""Waits whose bound is a point in time (POSIX), so that waiting again puts nothing off."""


def is_put_off(
    runs: SiteRuns, run: Exploration, handling: Handling, way: Way, dataflow: Dataflow
) -> bool:  # fmt: skip
    """Whether a deadline passes only if the wait times out in full, and an interrupt starts it over in full.

    The timed-out wait must lead out of the loop, or to work that no other outcome comes to: then signals that come
    faster than the timeout keep that from happening.
    """
    loop = way.loop
    if handling not in (Handling.RETRY, Handling.RESTART) or loop is None or not way.own:
        return False
    if not starts_over_in_full(runs, loop, dataflow) or _bounded_by_clock(runs, way, dataflow):
        return False
    if _caller_asks_for_it(runs, way) or counts_to_a_limit(run, way, dataflow):
        return False
    timeout = runs.timeout
    if any(edge in timeout.stopped for edge in way.ends):
        return False
    crossed = {(edge.source, edge.target) for edge in timeout.stopped}
    if not loop.back_edges & crossed:
        return bool(loop.nodes) and _leaves(timeout, loop)
    own = timeout.nodes - way.passed - runs.ready.nodes
    return any(_is_work(runs, node) for node in own)


def starts_over_in_full(runs: SiteRuns, loop: Loop, dataflow: Dataflow) -> bool:
    """Whether the wait of a loop starts again with its full timeout: it has one, and nothing works out what is left."""
    at, call = runs.site.spec.timeout, runs.call
    if at is None or runs.bound is not Bound.SOME or at >= len(call.args):
        return False
    if call.name in _ABSOLUTE or "TIMER_ABSTIME" in mentioned_by(call):
        return False
    if call.name.startswith("kevent") and all(call.args[i] == Const(0) for i in runs.site.spec.results):
        return False  # it registers, and waits for nothing
    names = _with_what_it_points_to(runs, mentioned(call.args[at]))
    if any(names & mentioned(other) - {"NULL"} for i, other in enumerate(call.args) if i != at):
        return False  # nanosleep(&left, &left)
    if _is_told_where_it_stands(runs, loop, call.args[at]):
        return False
    written = [n for n in loop.nodes if n != runs.site.node and dataflow.uses[n].writes & names]
    scalar = isinstance(call.args[at], Name)
    if any(
        dataflow.uses[n].reads - {"NULL"} or (scalar and isinstance(runs.graph.nodes[n].effect, Assign))
        for n in written
    ):
        return False
    if _is_always_zero(runs, written, names, dataflow):
        return False  # it only looks
    return bool(written) or not runs.site.spec.timeout_keeps_rest


def _is_told_where_it_stands(runs: SiteRuns, loop: Loop, timeout: Expr) -> bool:
    """Whether a call of the loop is given the pointer behind which the timeout stands: ``count_down(&start, left)``
    beside a wait for ``*left``, or for a structure that ``left`` points to.
    """
    if isinstance(timeout, Unary) and timeout.op == "*":
        timeout = timeout.operand
    elif not takes_pointer(runs.site.spec, runs.graph.language):
        return False
    calls = (runs.graph.nodes[n].effect for n in loop.nodes if n != runs.site.node)
    return isinstance(timeout, Name) and any(
        isinstance(call, Call) and timeout in call.args and not by_name.is_harmless(call.name, runs.graph.language)
        for call in calls
    )


def goes_on_for_what_is_left(runs: SiteRuns, way: Way, dataflow: Dataflow) -> bool:
    """Whether an interrupted sleep starts over with the rest of its time, so that it ends in time all the same."""
    if runs.site.spec.kind is not WaitKind.SLEEP or way.loop is None:
        return False
    return not starts_over_in_full(runs, way.loop, dataflow)


def _bounded_by_clock(runs: SiteRuns, way: Way, dataflow: Dataflow) -> bool:
    """Whether a test on the interrupt's way back to the wait leaves the loop by a clock that is read in it."""
    loop, nodes, uses = way.loop, runs.graph.nodes, dataflow.uses
    assert loop is not None
    told = {
        name
        for n in loop.nodes
        if isinstance(call := nodes[n].effect, Call) and by_name.is_clock(call.name)
        for name in (*uses[n].writes, *mentioned_by(call))
    }
    for _ in range(ASSIGNMENTS):
        told |= {name for n in loop.nodes if uses[n].reads & told for name in uses[n].writes}
    exits = {edge.source for edge in loop.exits(runs.graph.edges)}
    on_the_way = way.passed | in_front_of(runs.graph, loop, runs.site.node)
    return any(isinstance(nodes[n].effect, Branch) and uses[n].reads & told for n in exits & on_the_way)


def _caller_asks_for_it(runs: SiteRuns, way: Way) -> bool:
    """Whether a parameter decides on the interrupt's way that the wait is to start over: the caller takes the delay."""
    for node in way.passed:
        effect = runs.graph.nodes[node].effect
        if isinstance(effect, Branch):
            asked = effect.condition.operand if isinstance(effect.condition, Unary) else effect.condition
            if isinstance(asked, Name) and asked.id in runs.graph.parameters:
                return True
    return False


def _is_always_zero(runs: SiteRuns, written: list[int], names: frozenset[str], dataflow: Dataflow) -> bool:
    """Whether a timeout is set to nothing but zero: in the loop, or else in the whole function."""
    nodes = runs.graph.nodes
    if not written and not names & set(runs.graph.parameters):
        written = [n.id for n in nodes if n.id != runs.site.node and dataflow.uses[n.id].writes & names]
    return bool(written) and all(isinstance(e := nodes[n].effect, Assign) and is_zero(e.value) for n in written)


def _with_what_it_points_to(runs: SiteRuns, names: frozenset[str]) -> frozenset[str]:
    """The variables with those whose addresses they are given: ``p`` and ``left`` for ``p = &left``."""
    behind = {
        root_of(place)
        for node in runs.graph.nodes
        if isinstance(node.effect, Assign)
        and isinstance(node.effect.value, Unary)
        and place_of(node.effect.target) in names
        and (place := place_of(node.effect.value)) is not None
    }
    return names | behind


def _leaves(run: Exploration, loop: Loop) -> bool:
    return any(loop.exits(run.edges))


def _is_work(runs: SiteRuns, node: int) -> bool:
    effect = runs.graph.nodes[node].effect
    if not isinstance(effect, Call) or by_name.is_clock(effect.name):
        return False
    return not by_name.is_harmless(effect.name, runs.graph.language)


def gives_up_early(runs: SiteRuns, run: Exploration, way: Way, dataflow: Dataflow) -> int | None:
    """The call by which the interrupted run gives something up that otherwise only a passed deadline does; None where
    it doesn't. A call behind the test of anything but the wait's own result and errno is not such: that test may be
    of the clock, or of a flag by which the signal asks for it. Nor is one before which something is noted that a
    timeout doesn't note: ``error = n == 0 ? -ETIMEDOUT : -errno;``.
    """
    if runs.bound is not Bound.SOME:
        return None
    own = (way.passed & runs.timeout.nodes) - runs.ready.nodes
    told = [n for n in run.nodes - runs.timeout.nodes if isinstance(runs.graph.nodes[n].effect, Assign)]
    for node in sorted(own, key=lambda n: runs.graph.nodes[n].span):
        effect = runs.graph.nodes[node].effect
        if not isinstance(effect, Call) or by_name.is_logging(effect.name) or not gives_up(effect.name):
            continue
        if (not effect.args and lets_old_ones_go(effect.name)) or runs.graph.nodes[node].role is Role.CONDITION:
            continue  # it goes by a clock of its own, or is a question
        if leading_to(run.edges, (node,)).isdisjoint(told) and _only_results_decide(runs, run, node, dataflow):
            return node
    return None


def _only_results_decide(runs: SiteRuns, run: Exploration, node: int, dataflow: Dataflow) -> bool:
    """Whether every test that the run may come out of on a way past the node reads nothing but the wait's result."""
    results = {root_of(place) for place in runs.result_names} | {"errno"}
    turns = deciding(run, node) - {node, runs.site.node}
    return all(_variables(dataflow.uses[n].reads) <= results for n in turns)


def _variables(names: Iterable[str]) -> frozenset[str]:
    """The names that are no constants of an error number."""
    return frozenset(n for n in names if not by_name.errno_constant(n) and n != "errno" and n != "NULL")
