"""The ``if`` statements of a loop that ask what its wait reported: what stands in an arm of one of them is done for one
outcome and not for the other, be it asked there or of a variable in which that was noted.
"""

from dataclasses import dataclass
from functools import cached_property

from unstall.flow.ir import Assign, Branch, Const, FlowGraph, Switch
from unstall.flow.places import is_constant
from unstall.flow.runs import SiteRuns
from unstall.flow.work import Work

_UNSET = (Const(0), Const(None))
"""What a flag holds as long as nothing is noted in it; False is equal to 0."""


def asks_for_results(work: Work, node: int) -> bool:
    """Whether a node tests what the wait reported."""
    return isinstance(work.graph.nodes[node].effect, Branch | Switch) and work.reads_results(node)


@dataclass(frozen=True)
class Arms:
    """The arms of one outcome, seen from one wait in one loop."""

    work: Work

    @property
    def _runs(self) -> SiteRuns:
        return self.work.runs

    @property
    def _graph(self) -> FlowGraph:
        return self.work.graph

    @cached_property
    def of_one(self) -> frozenset[int]:
        """The ``if`` statements in whose arms one outcome's work stands."""
        return self._parting_arms | self._idle_arms | self._idle_later | self._ready_later

    @cached_property
    def _parting_arms(self) -> frozenset[int]:
        """The ``if`` statements at which a timeout and a ready descriptor part: what stands in their arms is one's
        alone.

        A jump may lead the other one into it later; that is no work which every turn of the loop owes.
        """
        timeout, elsewhere = self._runs.timeout, self._runs.ready_elsewhere
        parting = set()
        for node in timeout.nodes & elsewhere.nodes & self.work.loop.nodes:
            statement = self._graph.nodes[node].statement
            if not isinstance(self._graph.nodes[node].effect, Branch):
                continue
            if self._graph.statements[statement].kind != "if":
                continue
            sides = [{e.kind for e in self._graph.successors[node] if e in run.edges} for run in (timeout, elsewhere)]
            if sides[0] and sides[1] and not sides[0] & sides[1]:
                parting.add(statement)
        return frozenset(parting)

    @cached_property
    def _idle_arms(self) -> frozenset[int]:
        """The ``if`` statements that ask whether something is ready, and do one thing where it is and another where it
        isn't: what is done only while nothing comes in is no work that every turn of the loop owes.
        """
        idle = set()
        with_else = {vertex.parent for vertex in self._graph.statements if vertex.kind == "else"}
        for node in self._runs.timeout.nodes & self._runs.ready_elsewhere.nodes & self.work.loop.nodes:
            statement = self._graph.nodes[node].statement
            if statement not in with_else or not asks_for_results(self.work, node):
                continue
            quiet = {e for e in self._graph.successors[node] if e in self._runs.timeout.edges}
            ready = {e for e in self._graph.successors[node] if e in self._runs.ready.edges}
            if len(quiet) == 1 and ready - quiet:
                idle.add(statement)
        return frozenset(idle)

    @cached_property
    def _idle_later(self) -> frozenset[int]:
        """The ``if`` statements that ask for no more than what an idle arm noted: ``else idle = 1; … if (idle) …``."""
        uses = self.work.dataflow.uses
        idle = [node for node in self._graph.nodes if node.id in self._runs.timeout.nodes]
        quiet = [node for node in idle if self._idle_arms & set(self._graph.ancestors(node.statement))]
        notes = [n.id for n in quiet if isinstance(n.effect, Assign) and n.effect.value == Const(1)]
        return self._asking_only_for(frozenset[str]().union(*(uses[note].writes for note in notes)))

    @cached_property
    def _ready_later(self) -> frozenset[int]:
        """The ``if`` statements that ask for no more than what was noted where something was ready:
        ``if (fds[i].revents) got = true; … if (got) …``.
        """
        unset = {n.id for n in self._graph.nodes if isinstance(n.effect, Assign) and n.effect.value in _UNSET}
        return self._asking_only_for(self._noted_of_results(unset))

    @cached_property
    def told_apart_by_results(self) -> frozenset[str]:
        """The variables that a test of the results decides on: ``level = r ? HIGH : TIMED_OUT;``."""
        return self._noted_of_results(set()) & self._graph.locals

    @cached_property
    def asks_of_results(self) -> frozenset[int]:
        """The ``if`` statements that test what the wait reported."""
        statements = {node.statement for node in self._graph.nodes if asks_for_results(self.work, node.id)}
        return frozenset(s for s in statements if self._graph.statements[s].kind == "if")

    def _noted_of_results(self, apart: set[int]) -> frozenset[str]:
        """The variables that are assigned constants in the arms of tests of the results, and elsewhere only by the
        nodes ``apart``.
        """
        uses = self.work.dataflow.uses
        noted: set[str] = set()
        others: set[str] = set()
        for node in self._graph.nodes:
            if node.id not in apart:
                inside = isinstance(node.effect, Assign) and is_constant(node.effect.value)
                inside = inside and not self.asks_of_results.isdisjoint(self._graph.ancestors(node.statement))
                (noted if inside else others).update(uses[node.id].writes)
        return frozenset(noted - others)

    def _asking_only_for(self, names: frozenset[str]) -> frozenset[int]:
        """The ``if`` statements that ask for no more than some of the function's own variables."""
        noted, uses = names & self._graph.locals, self.work.dataflow.uses
        asked: dict[int, frozenset[str]] = {}
        for node in self._graph.nodes:
            if isinstance(node.effect, Branch) and self._graph.statements[node.statement].kind == "if":
                asked[node.statement] = asked.get(node.statement, frozenset()) | uses[node.id].reads
        return frozenset(statement for statement, names in asked.items() if names and names <= noted)
