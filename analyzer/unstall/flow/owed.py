"""What an interrupt owes: the work behind a wait that every other outcome comes to.

The rules S1 to S5 in the comments are those of the outcome analysis: S1 behind the wait, on the TIMEOUT and the
READY-ELSEWHERE run; S2 with a side effect; S3 not working from the wait's results; S4 without a twin on the
interrupted way; S5 not cut off by an undecided test of the results. S6: nor by a test that the interrupted way passes
as well, with the same outcome.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, takewhile

from unstall.flow import by_name
from unstall.flow.amends import only_makes_good
from unstall.flow.arms import Arms, asks_for_results
from unstall.flow.bounds import Bound
from unstall.flow.callees import timers_run_by
from unstall.flow.counted import side_not_led_to
from unstall.flow.either import done_either_way
from unstall.flow.errno import asks_for_interrupt
from unstall.flow.explore import Exploration
from unstall.flow.handling import Way
from unstall.flow.instead import Done, done_without_waiting, left_out_by_timeouts
from unstall.flow.ir import (
    Assign,
    Branch,
    Call,
    Const,
    Edge,
    EdgeKind,
    Effect,
    Expr,
    FlowGraph,
    Role,
)
from unstall.flow.outcomes import Run
from unstall.flow.reach import backwards, forwards, leading_to, reached
from unstall.flow.runs import LOOP_STATEMENTS, SiteRuns
from unstall.flow.spared import is_spared, working_from_taken
from unstall.flow.state import State
from unstall.flow.tally import counts_to_a_limit, turns_off
from unstall.flow.values import POSITIVE, TOP, ZERO, Num, truth
from unstall.flow.waits import WaitKind
from unstall.flow.work import Work

_KINDS = (WaitKind.MULTIPLEX, WaitKind.DISPATCH, WaitKind.SLEEP, WaitKind.SIGNAL, WaitKind.MESSAGE)
"""Waits that loops are built around; the others move the data of one descriptor."""
_DIVIDING = LOOP_STATEMENTS | {"if", "switch", "match", "handler"}
"""Statements that not every pass does what is in them."""


def owed_nodes(work: Work, run: Exploration, way: Way) -> frozenset[int]:
    """The nodes that an interrupt owes on a way that starts its loop over."""
    if work.runs.site.spec.kind not in _KINDS:
        return frozenset()
    return Debt(replace(work, runs=_with_like_timeout(work.runs)), run, way).nodes()


def _with_like_timeout(runs: SiteRuns) -> SiteRuns:
    """Where a wrapper gives NULL for an interrupt, and anything for a timeout: the runs with a timeout that gives NULL,
    too. What needs more than that is work for what was found, and an interrupt finds nothing.
    """
    spec = runs.site.spec
    if spec.effect(Run.INTERRUPTED).result != ZERO or spec.effect(Run.TIMEOUT).result is not TOP:
        return runs
    quiet = replace(spec.effect(Run.TIMEOUT), result=ZERO)
    effects = tuple((run, quiet if run is Run.TIMEOUT else effect) for run, effect in spec.effects)
    return replace(runs, site=replace(runs.site, spec=replace(spec, effects=effects)))


@dataclass(frozen=True)
class Debt:
    """One interrupted way held against the other outcomes."""

    work: Work
    run: Exploration
    way: Way

    @property
    def _runs(self) -> SiteRuns:
        return self.work.runs

    @property
    def _graph(self) -> FlowGraph:
        return self.work.graph

    def nodes(self) -> frozenset[int]:
        """The nodes that are owed."""
        if self._says_nothing_is_due or self._counts_to_a_limit or self._is_there_to_retry:
            return frozenset()
        if self._runs.bound is Bound.ZERO:
            return frozenset()  # for the last, signals would have to come as fast as a wait that only looks returns
        timeout, elsewhere = self._runs.timeout, self._runs.ready_elsewhere
        both = (timeout.nodes & elsewhere.nodes & self.work.loop.nodes) - self.way.passed - {self._runs.site.node}  # S1
        both = (both | self._either_way) - self._offshoots - left_out_by_timeouts(self.work)
        work = [node for node in both if self.work.has_effect(node) and not self._is_asked_for(node)]  # S2, S3
        work = [node for node in work if not is_spared(self.work, node)]
        if not work or only_makes_good(self.work):
            return frozenset()
        taken = working_from_taken(self.work)
        return frozenset(node for node in work if node not in taken and self._is_owed(node))

    def _is_asked_for(self, node: int) -> bool:
        """Whether a node works from the results, and is no call that runs timers beside that."""
        if not self.work.reads_results(node):
            return False
        effect = self._graph.nodes[node].effect
        told = frozenset(name for name, region in self.work.result_regions.items() if node in region)
        return not isinstance(effect, Call) or timers_run_by(self._runs, effect, told) <= self._twins

    @cached_property
    def _arms(self) -> Arms:
        """Which ``if`` statements ask what the wait reported."""
        return Arms(self.work)

    @cached_property
    def _either_way(self) -> frozenset[int]:
        """What a timeout does in its own arm, and other turns in theirs."""
        return done_either_way(self.work)

    @cached_property
    def _offshoots(self) -> frozenset[int]:
        """What the interrupted way may turn off to for good: behind ``if (got_signal) …; exit(0);`` it was asked."""
        return frozenset().union(*(forwards(self.run, edge) for edge in turns_off(self.run, self.way)))

    @property
    def _counts_to_a_limit(self) -> bool:
        return counts_to_a_limit(self.run, self.way, self.work.dataflow)

    @property
    def _is_there_to_retry(self) -> bool:
        """A loop that comes round for an interrupt by its own condition, ``do … while (r == EINTR);``: what stands in
        it is done once the wait is over.
        """
        statement, timeout = self._runs.loop_statement(self.work.loop), self._runs.timeout
        if statement is None or self._graph.statements[statement].kind != "do":
            return False
        conditions = [n for n in self._graph.nodes if n.role is Role.CONDITION and n.statement == statement]
        again = {e.source for e in timeout.stopped if (e.source, e.target) in self.work.loop.back_edges}
        sure = again - timeout.undecided
        return any(asks_for_interrupt(self._runs, node) and node.id not in sure for node in conditions)

    @property
    def _says_nothing_is_due(self) -> bool:
        """A wrapper that counts expired timers among what is ready: its 0 after an interrupt is the truth."""
        interrupted, timeout = (self._runs.site.spec.effect(run).result for run in (Run.INTERRUPTED, Run.TIMEOUT))
        return interrupted == ZERO and isinstance(timeout, Num) and timeout.hi > 0

    def _is_owed(self, node: int) -> bool:
        effect = self._graph.nodes[node].effect
        if isinstance(effect, Call) and (effect.name in self._twins or (effect.name, effect.args) in self._at_once):
            return False  # S4
        if isinstance(effect, Assign) and isinstance(effect.value, Const) and effect in self._repeated:
            return False
        if isinstance(effect, Assign) and self._graph.nodes[node].statement in self._beside_twins:
            return False
        reads = self.work.dataflow.uses[node].reads
        if isinstance(effect, Call) and not self._arms.told_apart_by_results.isdisjoint(reads):
            return False  # S3, by way of a test
        if self._only_ends_loop(node):
            return False
        if isinstance(effect, Assign) and effect.value in self._clocks and effect.target in self._read_anew:
            return False
        if any((node in a) != (node in b) for a, b in self._cuts):  # S5
            return False
        arms = self._arms.of_one & set(self._graph.ancestors(self._graph.nodes[node].statement))
        if arms and node not in self._either_way:
            return False
        if node not in self._reached_alike:  # S6
            return False
        return self._runs.bound is not Bound.FOREVER or self._signal_work(node)

    def _only_ends_loop(self, node: int) -> bool:
        """Whether a node does nothing but end the loop, where the results ask for it (``if (r == 0) running = 0;``)
        or behind any wait that wasn't interrupted (``done = 1;``).
        """
        effect, statement = self._graph.nodes[node].effect, self._runs.loop_statement(self.work.loop)
        if not (isinstance(effect, Assign) and isinstance(effect.value, Const)) or statement is None:
            return False
        around = set(takewhile(statement.__ne__, self._graph.ancestors(self._graph.nodes[node].statement)))
        asked = {s for s in around if self._graph.statements[s].kind in _DIVIDING}
        if asked and self._arms.asks_of_results.isdisjoint(asked):
            return False
        uses, nodes = self.work.dataflow.uses, self._graph.nodes
        written = uses[node].writes
        readers = [n for n in nodes if n.id in self.work.loop.nodes and not written.isdisjoint(uses[n.id].reads)]
        only = all(n.role is Role.CONDITION and n.statement == statement for n in readers)
        return bool(readers) and only and written <= self._graph.locals

    @cached_property
    def _repeated(self) -> tuple[Effect, ...]:
        """What is done on the way and in front of the wait."""
        return tuple(self._graph.nodes[node].effect for node in self.way.passed | self.work.head_region)

    @cached_property
    def _twins(self) -> frozenset[str]:
        """The calls on the way and in front of the wait."""
        return frozenset(effect.name for effect in self._repeated if isinstance(effect, Call))

    @cached_property
    def _beside_twins(self) -> frozenset[int]:
        """The statements of blocks all of whose calls are made on the way, too: they keep the books of what those do,
        and so does the way.
        """
        statements, called = self._graph.statements, dict[int | None, set[str]]()
        for at in self.work.loop.nodes - self.way.passed - self.work.head_region:
            node = self._graph.nodes[at]
            if isinstance(node.effect, Call) and self.work.has_effect(at):
                called.setdefault(statements[node.statement].parent, set()).add(node.effect.name)
        blocks = {block for block, names in called.items() if names <= self._twins} - {None}
        return frozenset(statement.id for statement in statements if statement.parent in blocks)

    @cached_property
    def _at_once(self) -> frozenset[Done]:
        """What passes that don't wait do."""
        return done_without_waiting(self.work)

    @cached_property
    def _clocks(self) -> frozenset[Expr]:
        """The values of the readings of a clock."""
        effects = (node.effect for node in self._graph.nodes)
        return frozenset(e.result for e in effects if isinstance(e, Call) and by_name.is_clock(e.name))

    @cached_property
    def _read_anew(self) -> frozenset[Expr]:
        """What the clock is read into on the way and in front of the wait."""
        assigns = (effect for effect in self._repeated if isinstance(effect, Assign))
        return frozenset(effect.target for effect in assigns if effect.value in self._clocks)

    @cached_property
    def _cuts(self) -> tuple[tuple[frozenset[int], frozenset[int]], ...]:
        """What lies behind either side of each undecided test of the results, unless what is ready leaves the loop:
        then all that goes on in it is the other side's.
        """
        cuts: list[tuple[frozenset[int], frozenset[int]]] = []
        for run in (self._runs.ready_elsewhere, self._runs.timeout):
            turns: dict[int, set[int]] = {}
            for node in run.undecided:
                if node in self.work.loop.nodes and asks_for_results(self.work, node):
                    edges = [edge for edge in (*run.edges, *run.stopped) if edge.source == node]
                    if any(self._leaves(edge) and self._is_ready_side(edge) for edge in edges):
                        continue
                    front = self._in_front_of(run, {node})
                    sides = (forwards(run, edge) - front if edge in run.edges else frozenset() for edge in edges)
                    cuts += combinations(sides, 2)
                    turns.setdefault(self._graph.nodes[node].statement, set()).add(node)
            for tests in turns.values():
                cuts += combinations(self._turns(run, tests), 2)
        return tuple(cuts)

    def _turns(self, run: Exploration, tests: set[int]) -> Iterator[frozenset[int]]:
        """What lies behind either side of a condition and in front of its next test, where that is one of an inner
        loop: on from there, every side comes to what is done for another descriptor.
        """
        again = leading_to(run.edges, tests)
        behind = [edge for edge in run.edges if edge.source in tests and edge.target not in tests]
        if any(edge.target in again for edge in behind):
            others = [edge for edge in run.edges if edge.source not in tests]
            front = self._in_front_of(run, tests)
            for edge in behind:
                yield (reached(others, (edge.target,)) & again) - front

    def _in_front_of(self, run: Exploration, tests: set[int]) -> frozenset[int]:
        """What a run comes to before it comes to a condition, though a side of that may lead back: ``goto work;``."""
        first = reached((edge for edge in run.edges if edge.source not in tests), (self._runs.site.node,))
        return first & leading_to(run.edges, tests)

    def _leaves(self, edge: Edge) -> bool:
        """Whether an edge leads to where the loop isn't started over from."""
        again = (edge.source, edge.target) in self.work.loop.back_edges
        return not again and edge.target not in self._round

    @cached_property
    def _round(self) -> frozenset[int]:
        """From where the loop is started over, when something else is ready."""
        return backwards(self._runs.ready_elsewhere, self._runs.ready_elsewhere.stopped)

    def _is_ready_side(self, edge: Edge) -> bool:
        """Whether a positive result, a descriptor or a count, takes this side of its test; or no empty one does, as it
        is with ``events & POLLNVAL``.
        """
        effect = self._graph.nodes[edge.source].effect
        if not isinstance(effect, Branch):
            return False
        reads, side = self.work.dataflow.uses[edge.source].reads, edge.kind is EdgeKind.TRUE
        positive, empty = (
            truth(self._runs.evaluator.value(effect.condition, State(dict.fromkeys(reads, value))))
            for value in (POSITIVE, ZERO)
        )
        return positive is side or (positive is None and empty is not None and empty is not side)

    # ---------------------------------------------------------------------------------------- S6: the same test

    @cached_property
    def _reached_alike(self) -> frozenset[int]:
        """What a timeout comes to if every test that the way passes too comes out as it does there.

        Behind ``if (timeout == -1) continue;`` of an interrupt, and the same once more in front of a stage, the stage
        is not what the interrupt missed.
        """
        timeout = self._runs.timeout
        sides = dict(self._sides_taken())
        barred = {edge for edge in timeout.edges if self._is_other_side(edge, sides)}
        if not barred:
            return timeout.nodes
        left = timeout.edges.keys() - barred
        return reached(left, [edge.target for edge in left if edge.source == self._runs.site.node])

    def _sides_taken(self) -> Iterator[tuple[Expr, EdgeKind]]:
        """The tests on the way that have but one outcome there, though the run could take the other; none of results
        or of errors.
        """
        onto = self.way.passed | {edge.target for edge in self.way.ends}
        for node in self.way.passed & self.run.undecided:
            effect = self._graph.nodes[node].effect
            if not isinstance(effect, Branch) or self.work.reads_results(node) or self._asks_for_error(node):
                continue
            sides = {e.kind for e in self._edges_of(node) if e in self.way.ends or e.target in onto}
            if len(sides) == 1:
                yield effect.condition, sides.pop()

    def _asks_for_error(self, node: int) -> bool:
        return any(by_name.is_errno(name) for name in self.work.dataflow.uses[node].reads)

    def _edges_of(self, node: int) -> Iterable[Edge]:
        taken = (*self.run.edges, *self.run.stopped)
        return [edge for edge in taken if edge.source == node and edge.kind in (EdgeKind.TRUE, EdgeKind.FALSE)]

    def _is_other_side(self, edge: Edge, sides: dict[Expr, EdgeKind]) -> bool:
        effect = self._graph.nodes[edge.source].effect
        if not isinstance(effect, Branch) or edge.source in self.way.passed:
            return False
        side = sides.get(effect.condition)
        return side is not None and edge.kind is not side

    # ---------------------------------------------------------------------------------------- waits without a timeout

    def _signal_work(self, node: int) -> bool:
        """Work that a signal asks for: reaping, or what stands behind the test of a flag that a handler sets."""
        effect = self._graph.nodes[node].effect
        if isinstance(effect, Call) and by_name.is_reaping(effect.name):
            return True
        if not self.work.flags:
            return False
        for statement in self._graph.ancestors(self._graph.nodes[node].statement):
            if self._graph.statements[statement].kind == "if" and self._tests_flag(statement, node):
                return True
        return False

    def _tests_flag(self, statement: int, behind: int) -> bool:
        """Whether an ``if`` tests a flag, and a handler can have led to the side of it that a node stands on."""
        tests = [n.id for n in self._graph.nodes if n.statement == statement and isinstance(n.effect, Branch)]
        return any(self.work.dataflow.uses[n].reads & self.work.flags and self._led_to(behind, n) for n in tests)

    def _led_to(self, node: int, test: int) -> bool:
        effect, falling = self._graph.nodes[test].effect, self.work.falling
        assert isinstance(effect, Branch)
        barred = side_not_led_to(effect.condition, falling) if falling else None
        if barred is None:
            return True
        others = [e for e in self._runs.timeout.edges if e.source == test and e.kind is not barred]
        return any(node in forwards(self._runs.timeout, edge) for edge in others)
