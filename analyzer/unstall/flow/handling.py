"""How an interrupt is handled at a site: the runs compared, one answer for each way the interrupt takes."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from unstall.flow import by_name, catalogue
from unstall.flow.dataflow import ASSIGNMENTS, mentioned, uses_of
from unstall.flow.errno import asks_for_interrupt
from unstall.flow.explore import Exploration
from unstall.flow.fatal import Ending
from unstall.flow.ir import (
    Assign,
    Branch,
    Call,
    Const,
    Edge,
    ForEach,
    Role,
    Switch,
)
from unstall.flow.loops import Loop
from unstall.flow.outcomes import Handling, Run
from unstall.flow.places import place_of, root_of
from unstall.flow.reach import backwards, forwards, reached
from unstall.flow.runs import SiteRuns
from unstall.flow.stale import adds_to_its_buffer, counts_by_failure, hands_on_unmarked, is_told, reads_stale
from unstall.flow.state import State
from unstall.flow.values import MINUS_ONE, Num
from unstall.flow.waits import WaitKind
from unstall.flow.work import Work

STARTS_OVER = frozenset({"continue", "goto", "switch", "loop-condition", "except-continue", "except-return"})
"""Forms of an interrupt's jump that lead straight back to the head of the loop, be it a caller's."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way that an interrupt takes: back to the head of a loop, or somewhere else."""

    loop: Loop | None
    passed: frozenset[int]
    """The nodes it passes."""
    ends: frozenset[Edge]
    """The edges by which it turns back to the loop's head."""
    own: bool
    """Those edges are the interrupt's own: no timeout takes them, nor a wait that found something ready."""


def ways(runs: SiteRuns, run: Exploration) -> tuple[Way, ...]:
    """The ways that a failing run takes, the interrupt's own jumps first."""
    found: list[Way] = []
    for loop in runs.loops_restarted(run):
        closing = runs.closing_edges(loop, run)
        shared = frozenset(
            edge for edge in closing if any(edge in usual.edges or edge in usual.stopped for usual in _usual_runs(runs))
        )
        for own, ends in ((True, closing - shared), (False, shared)):
            if ends:
                # A jump of its own is followed back from where it starts over; else the interrupt goes every way it
                # can.
                passed = backwards(run, ends).union(*(forwards(run, edge) for edge in ends)) if own else run.nodes
                found.append(Way(loop, passed, ends, own))
    rest = run.nodes.difference(*(way.passed for way in found))
    if not found or rest:
        found.append(Way(None, rest if found else run.nodes, frozenset(), False))
    return tuple(found)


def _usual_runs(runs: SiteRuns) -> Iterator[Exploration]:
    """The runs of a wait that ended as it should, as far as an interrupt can be taken for one of them."""
    yield runs.timeout
    yield runs.ready_elsewhere
    if runs.site.spec.kind in (WaitKind.MULTIPLEX, WaitKind.DISPATCH):
        yield runs.ready  # by results that look ready, the interrupt comes to what is done with them


@dataclass(frozen=True)
class Judge:
    """Weighs one way of one run."""

    runs: SiteRuns
    run: Exploration
    way: Way
    work: Work | None
    """Of the way's loop; None outside of one."""
    has_handlers: bool
    """The program installs signal handlers, as far as it is visible."""

    def handling(self, owed: frozenset[int]) -> tuple[Handling, str]:
        """The first that holds, with the reason where it is unknown."""
        if self.run.opaque & self.way.passed:
            return Handling.UNKNOWN, "source that could not be read may hide a jump"
        if self.way.loop is None:
            return self._without_loop()
        if owed and (self.runs.site.certain or self.told_apart) and not self._may_pass_for_timeout:
            return Handling.RESTART_SKIPS_STAGES, ""
        if self._advances():
            return Handling.ADVANCE, ""
        if self.stale_reads or hands_on_unmarked(self.runs, self.run):
            return Handling.STALE, ""
        if self.has_handlers and not self.told_apart and self.ending.gives_up:
            return Handling.FATAL, ""
        if not self.way.own and self._rejoins() and not self._only_moves_data:
            return Handling.HANDLED, ""
        if not self._is_retry():
            return Handling.RESTART, ""
        return (Handling.HANDLED if self._is_seen_to() else Handling.RETRY), ""

    @property
    def _may_pass_for_timeout(self) -> bool:
        """Whether a wrapper may report an interrupt as an error or as a timeout, and nothing on the way asks which."""
        graph = self.runs.graph
        if any(asks_for_interrupt(self.runs, graph.nodes[node]) for node in self.way.passed):
            return False
        interrupted, timeout = (self.runs.site.spec.effect(run).result for run in (Run.INTERRUPTED, Run.TIMEOUT))
        if not (isinstance(interrupted, Num) and isinstance(timeout, Num)):
            return False
        return interrupted != timeout and interrupted.lo <= timeout.lo <= timeout.hi <= interrupted.hi

    def _without_loop(self) -> tuple[Handling, str]:
        if self.stale_reads or hands_on_unmarked(self.runs, self.run):
            return Handling.STALE, ""
        if not self.told_apart or self.ending.never_retried:
            return self._like_an_error()
        if self.has_handlers and self.ending.falls_out:
            return Handling.FATAL, ""
        if self.runs.loops or self._rejoins():
            return Handling.HANDLED, ""
        if {self.runs.graph.exit, self.runs.graph.raise_exit} & self.run.nodes:
            return Handling.HANDLED, ""
        return Handling.UNKNOWN, "the way of the interrupt ends outside of what was read"

    @cached_property
    def ending(self) -> Ending:
        """What the run ends."""
        return Ending(self.runs, self.run)

    @property
    def told_apart(self) -> bool:
        """Whether the interrupt takes a way that other errors don't."""
        return self.ending.told_apart

    def _like_an_error(self) -> tuple[Handling, str]:
        """EINTR is not told apart: does that end a loop or the program?"""
        ending = self.ending
        if ending.taken_for_another:
            return Handling.HANDLED, ""
        if not ending.ends_program and not self.runs.loops and not ending.never_retried:
            return Handling.UNKNOWN, "the caller decides what an error means"
        if not (ending.ends_program or ending.leaves_loops or ending.never_retried):
            return Handling.HANDLED, ""
        if not self.has_handlers:
            return Handling.UNKNOWN, "no signal handler is visible, so an interrupt may never come"
        return Handling.FATAL, ""

    # ---------------------------------------------------------------------------------------- advance

    def _advances(self) -> bool:
        """In a for-each over descriptors: on to the next element, this one's work is dropped."""
        loop = self.way.loop
        assert loop is not None
        if self.runs.site.spec.kind is WaitKind.MULTIPLEX or not (self.way.own or self._leaves_undone(loop)):
            return False
        stepped = self._loop_variables(loop)
        return bool(stepped) and bool(self._sources_of_descriptor(loop) & stepped)

    def _leaves_undone(self, loop: Loop) -> bool:
        """Whether the interrupt is told apart only to pass over what is done with the result."""
        missed = (self.runs.ready.nodes & loop.nodes) - self.way.passed
        return self.told_apart and any(self._works_from_result(node) for node in missed)

    def _works_from_result(self, node: int) -> bool:
        effect, language = self.runs.graph.nodes[node].effect, self.runs.graph.language
        works = isinstance(effect, Assign) or (
            isinstance(effect, Call) and not by_name.is_harmless(effect.name, language)
        )
        return works and self.work is not None and self.work.reads_results(node)

    def _loop_variables(self, loop: Loop) -> frozenset[str]:
        """What goes from element to element; not what goes on by as much as was transferred."""
        graph, results = self.runs.graph, self.runs.result_names
        uses = self.work.dataflow.uses if self.work else ()
        names: set[str] = set()
        statement = self.runs.loop_statement(loop)
        for node in loop.nodes:
            vertex = graph.nodes[node]
            if isinstance(vertex.effect, ForEach) and node == loop.head and uses:
                names |= uses[node].writes
            elif vertex.role is Role.STEP and vertex.statement == statement and uses and not results & uses[node].reads:
                names |= {name for name in uses[node].writes if not name.startswith("$")}
        return frozenset(names)

    def _sources_of_descriptor(self, loop: Loop) -> frozenset[str]:
        """The variables that the wait's arguments come from, two assignments deep."""
        assert self.work is not None
        uses = self.work.dataflow.uses
        at = self.runs.site.spec.descriptor
        call = self.runs.call
        reads = uses[self.runs.site.node].reads
        if at is not None and at < len(call.args):
            reads = mentioned(call.args[at])
        for _ in range(ASSIGNMENTS):
            more = {
                name
                for node in loop.nodes
                if isinstance(self.runs.graph.nodes[node].effect, Assign | Call) and uses[node].writes & reads
                for name in uses[node].reads
                if node != self.runs.site.node
            }
            reads = reads | more
        return reads

    # ---------------------------------------------------------------------------------------- stale

    @cached_property
    def stale_reads(self) -> tuple[int, ...]:
        """The nodes that work from results which the failed wait never wrote.

        A result of -1 used as a number counts only where other errors don't come to it as well: there it is the error
        value on its way to somebody who tests it. As an index it counts for whoever asks for the interrupt later.
        Of a buffer that is added to, only what works from the -1 can mean what was to be added.
        """
        adds = adds_to_its_buffer(self.runs)
        found = []
        for node in sorted(self.way.passed & self._before_next_look):
            state = self.run.states.get(node)
            if state is None or self._looks_again(node) or self._fills_again(node):
                continue
            if is_told(self.runs, node, state):
                continue
            if adds and not self._reads_failure(node, state):
                continue
            if self._works_from(node, state):
                found.append(node)
        return tuple(found)

    def _reads_failure(self, node: int, state: State) -> bool:
        """Whether a node reads what the failed wait returned, as long as nothing else was put into that."""
        failure = {root_of(place) for place in self.runs.result_names if state.get(place) == MINUS_ONE}
        return not failure.isdisjoint(uses_of(self.runs.graph.nodes[node]).reads)

    def _works_from(self, node: int, state: State) -> bool:
        """Whether a node works from results that are stale in a state."""
        evaluator, names = self.runs.evaluator, self.runs.result_names
        own = node not in self.runs.failed.nodes
        looked_at = own or self.runs.site.spec.kind is WaitKind.MULTIPLEX
        if looked_at and reads_stale(evaluator, node, state, names if own else frozenset()):
            return True
        return self.told_apart and counts_by_failure(evaluator, node, state, names)

    def _fills_again(self, node: int) -> bool:
        """The same call once more, as ``wait(&status)``, writes what the failed one didn't, and so does a further look
        at what is ready; and whoever is given the descriptor of a transfer with the buffer, but not how much is in it,
        is to fill it.
        """
        effect, call = self.runs.graph.nodes[node].effect, self.runs.call
        if not isinstance(effect, Call):
            return False
        at = self.runs.site.spec.descriptor
        descriptor = call.receiver if at is None else call.args[at] if at < len(call.args) else None
        told = {place_of(argument) for argument in effect.args} & self.runs.result_names
        transfers = self.runs.site.spec.kind is WaitKind.TRANSFER and descriptor in effect.args and not told
        looks = self.runs.site.spec.kind is WaitKind.MULTIPLEX
        filled = [at for at in self.runs.site.spec.results if at < len(call.args)] or range(len(call.args))
        same = effect.name == call.name and len(effect.args) == len(call.args)
        return transfers or (same and (looks or all(effect.args[at] == call.args[at] for at in filled)))

    @cached_property
    def _before_next_look(self) -> frozenset[int]:
        """The nodes that the run comes to without another select or poll, which would fill the objects anew."""
        starts = [edge.target for edge in self.run.edges if edge.source == self.runs.site.node]
        return reached(self.run.edges, starts, lambda node: not self._looks_again(node))

    def _looks_again(self, node: int) -> bool:
        """A further select or poll takes the untouched objects as its input and fills them."""
        effect = self.runs.graph.nodes[node].effect
        return (
            node in self.runs.waits
            and isinstance(effect, Call)
            and catalogue.TELLING_MULTIPLEX.search(effect.name) is not None
        )

    # ---------------------------------------------------------------------------------------- the benign family

    def _rejoins(self) -> bool:
        """Whether the interrupt comes to work that a timeout or a ready descriptor comes to, too."""
        graph = self.runs.graph
        common = self.way.passed & (self.runs.timeout.nodes | self.runs.ready.nodes)
        return any(
            isinstance(graph.nodes[node].effect, Call | Assign) and not self._is_overhead(node) for node in common
        )  # fmt: skip

    def _is_overhead(self, node: int) -> bool:
        vertex = self.runs.graph.nodes[node]
        if vertex.role in (Role.STEP, Role.CONDITION, Role.HANDLER):
            return True
        effect = vertex.effect
        if isinstance(effect, Assign):
            return effect.value == self.runs.call.result
        language = self.runs.graph.language
        return isinstance(effect, Call) and (
            by_name.is_harmless(effect.name, language) or by_name.gives_errno(effect.name)
        )

    def _is_retry(self) -> bool:
        """A loop that holds little but the wait: when ready it is left, or it moves data until there is no more, or
        looks for the child that it waits for.
        """
        loop, work = self.way.loop, self.work
        assert loop is not None
        assert work is not None
        back = {(edge.source, edge.target) for edge in self.runs.ready.stopped}
        if not loop.back_edges & back:
            return True
        if self.runs.site.spec.kind is WaitKind.SLEEP:
            return False  # it comes back from its sleep to look after something
        if self._only_moves_data:
            return True
        moves_data = self.runs.site.spec.kind is WaitKind.TRANSFER
        one_result = moves_data or self.runs.site.spec.kind is WaitKind.CHILD
        if one_result and self._exit_tests_result(loop):
            return True
        if not (moves_data and self.way.own) or self.runs.site.spec.name.startswith("accept"):
            return not any(work.has_effect(node) for node in loop.nodes - {self.runs.site.node})
        return not any(work.has_effect(node) and not self._only_counts(node) for node in loop.nodes - self.runs.waits)

    @cached_property
    def _only_moves_data(self) -> bool:
        """Whether a loop looks at a descriptor and moves the data of it, and does nothing else; an interrupt that goes
        on with that is none of its retries.
        """
        loop, work, nodes = self.way.loop, self.work, self.runs.graph.nodes
        assert loop is not None
        assert work is not None
        if self.runs.site.spec.kind is not WaitKind.MULTIPLEX or loop.head == self.runs.graph.entry:
            return False
        calls = ((n, nodes[n].effect) for n in loop.nodes)
        moving = {n for n, effect in calls if isinstance(effect, Call) and catalogue.moves_data(effect.name)}
        if not self.way.own and moving & self.way.passed:
            return False
        rest = (n for n in loop.nodes - moving if work.has_effect(n) and not isinstance(nodes[n].effect, Branch))
        return bool(moving) and all(map(self._only_counts, rest))

    def _only_counts(self, node: int) -> bool:
        """Whether a node only keeps the books of what has been moved."""
        assert self.work is not None
        is_sum = isinstance(self.runs.graph.nodes[node].effect, Assign)
        return is_sum and self.work.dataflow.uses[node].writes <= self.runs.graph.locals

    def _is_seen_to(self) -> bool:
        """Whether a loop that retries does what the interrupt asks for, as long as it waits for a child, or takes it
        for a timeout in the end: ``if (++interrupted > 5) r = 0;``.
        """
        kind = self.runs.site.spec.kind
        own = [node for node in self.run.nodes if node in self._within and node not in self._usual]
        if kind is WaitKind.CHILD:
            return any(map(self._does_work, own))
        return kind in (WaitKind.MULTIPLEX, WaitKind.DISPATCH) and any(map(self._says_timeout, own))

    @cached_property
    def _usual(self) -> frozenset[int]:
        return self.runs.timeout.nodes | self.runs.ready.nodes

    @cached_property
    def _within(self) -> frozenset[int]:
        """What stands in the way's loop, that which leaves it included."""
        assert self.way.loop is not None
        graph = self.runs.graph
        statement = self.runs.loop_statement(self.way.loop)
        return self.way.loop.nodes | {
            n for n in self.run.nodes if statement in graph.ancestors(graph.nodes[n].statement)
        }

    def _says_timeout(self, node: int) -> bool:
        match self.runs.graph.nodes[node].effect:
            case Assign(target, Const(0), ""):
                return place_of(target, self.runs.graph) in self.runs.result_names
        return False

    def _does_work(self, node: int) -> bool:
        is_call = isinstance(self.runs.graph.nodes[node].effect, Call)
        return is_call and self.work is not None and self.work.has_effect(node)

    def _exit_tests_result(self, loop: Loop) -> bool:
        graph = self.runs.graph
        assert self.work is not None
        return any(
            isinstance(graph.nodes[edge.source].effect, Branch | Switch) and self.work.reads_results(edge.source)
            for edge in loop.exits(graph.edges)
        )
