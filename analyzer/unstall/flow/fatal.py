"""Where an interrupt ends what it should only have broken off: a loop, or the program."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from unstall.flow.dataflow import mentioned
from unstall.flow.explore import Exploration
from unstall.flow.giving_up import drops_peer
from unstall.flow.ir import Branch, Call, Edge, EdgeKind, Jump, Nothing, Role
from unstall.flow.loops import Loop
from unstall.flow.places import ends_program
from unstall.flow.runs import LOOP_STATEMENTS, SiteRuns, returned
from unstall.flow.values import compare
from unstall.flow.waits import WaitKind


@dataclass(frozen=True)
class Ending:
    """What a failing run of a site ends."""

    runs: SiteRuns
    run: Exploration

    @cached_property
    def told_apart(self) -> bool:
        """Whether the interrupt takes a way that other errors don't, or has the function return what they don't."""
        return not self.run.within(self.runs.failed) or self.returns_otherwise

    @cached_property
    def returns_otherwise(self) -> bool:
        """Whether the function returns something else than on other errors: ``return errno == EINTR;``."""
        mine, others = (returned(self.runs.evaluator, run) for run in (self.run, self.runs.failed))
        return mine is not None and others is not None and compare("==", mine, others) is False

    @cached_property
    def in_vain(self) -> bool:
        """Whether the interrupt is told apart, and nothing is done about it: ``if (errno == EINTR) ; return -1;``."""
        failed = self.runs.failed
        if not failed.nodes:  # there is no other error
            return False
        own = self.run.nodes - failed.nodes
        same_end = failed.nodes <= self.run.nodes and self.run.stopped.keys() == failed.stopped.keys()
        return same_end and all(isinstance(self.runs.graph.nodes[node].effect, Nothing | Jump) for node in own)

    @cached_property
    def taken_for_another(self) -> bool:
        """An error is taken for a timeout, or for something ready; or Python itself retries (PEP 475), and no handler
        sees it.
        """
        if self.runs.graph.language == "python" and not any(e.kind is EdgeKind.TRUE for e in self.run.edges):
            return True
        return self.run.edges.keys() <= self.runs.timeout.edges.keys() | self.runs.ready.edges.keys()

    @cached_property
    def _own(self) -> frozenset[int]:
        """The nodes that neither a timeout nor something ready comes to."""
        return self.run.nodes - self.runs.timeout.nodes - self.runs.ready.nodes

    @cached_property
    def ends_program(self) -> bool:
        """It comes to a call that doesn't return."""
        return any(
            ends_program(call) or call.name in self.runs.evaluator.no_return for call in self._calls()
        )  # fmt: skip

    def _calls(self) -> list[Call]:
        effects = (self.runs.graph.nodes[node].effect for node in self._own)
        return [effect for effect in effects if isinstance(effect, Call)]

    @cached_property
    def leaves_loops(self) -> bool:
        """It leaves every loop around the wait, though that goes on otherwise."""
        goes_on = self.runs.timeout.stopped or self.runs.ready.stopped
        return bool(self.runs.loops) and not self.run.stopped and bool(goes_on)

    @cached_property
    def never_retried(self) -> bool:
        """It is asked for in what is written as a loop, and yet nothing leads back to the wait."""
        chain = self.runs.graph.ancestors(self.runs.graph.nodes[self.runs.site.node].statement)
        written = any(self.runs.graph.statements[statement].kind in LOOP_STATEMENTS for statement in chain)
        return written and not self.runs.loops and self.told_apart and self.in_vain

    @cached_property
    def gives_up(self) -> bool:
        """It leaves the loop that a timeout or something ready goes on in, and gives up what was waited for."""
        if not self.runs.loops or self.runs.site.spec.kind is not WaitKind.MULTIPLEX:
            return False
        return self._leaves(self.runs.loops[0]) and any(drops_peer(call.name) for call in self._calls())

    def _leaves(self, loop: Loop) -> bool:
        """Whether the run doesn't start a loop over that a timeout or something ready starts over."""
        usual = self.runs.timeout.stopped.keys() | self.runs.ready.stopped.keys()
        return not _closes(loop, self.run.stopped.keys()) and _closes(loop, usual)

    @cached_property
    def falls_out(self) -> bool:
        """It is told apart and goes on, but the loop's condition finds its -1: a ``continue`` that ends the loop, or
        a loop that is left to give up what was waited for.
        """
        if not any(self._ends_by_condition(loop) and self._leaves(loop) for loop in self.runs.loops[:1]):
            return False
        jumps = (self.runs.graph.nodes[node].effect for node in self._own)
        continues = any(isinstance(jump, Jump) and jump.word == "continue" for jump in jumps)
        return continues or (self.leaves_loops and self.gives_up)

    def _ends_by_condition(self, loop: Loop) -> bool:
        """Whether the loop's own test of the wait's result is what ends it, for certain."""
        graph = self.runs.graph
        statement = self.runs.loop_statement(loop)
        for edge in self.run.edges:
            node = graph.nodes[edge.source]
            if edge.target in loop.nodes or node.id not in loop.nodes or node.id in self.run.undecided:
                continue
            own = node.role is Role.CONDITION and node.statement == statement
            if own and isinstance(node.effect, Branch) and mentioned(node.effect.condition) & self.runs.result_names:
                return True
        return False


def _closes(loop: Loop, edges: Collection[Edge]) -> bool:
    return any((edge.source, edge.target) in loop.back_edges for edge in edges)
