"""Callees that are handed what a wait reports and run timers whatever it says: ``after_select(state, &set)``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from unstall.flow import catalogue
from unstall.flow.dataflow import Dataflow, mentioned
from unstall.flow.evaluator import Evaluator
from unstall.flow.explore import Exploration, explore
from unstall.flow.ir import Assign, Call, Edge, Expr, FlowGraph
from unstall.flow.places import does_nothing, names_in, place_of
from unstall.flow.reach import forwards, spread
from unstall.flow.runs import SiteRuns
from unstall.flow.state import State
from unstall.flow.values import CLEARED, POSITIVE, ZERO, Value
from unstall.flow.waits import WaitKind

_TIMED = re.compile(r"time|alarm|expir|deadline|callout|sched", re.IGNORECASE)
"""What work is named after that is due at a time."""
_PREPARES = re.compile(
    r"(?:^|_|\b)(?:get|set|add|del|start|stop|clear|cancel|reset|re?arm|disarm|init|make|new|free|update|schedule|next)",
    re.IGNORECASE,
)
"""Such a call, where it only tells or changes when that is."""


def handed_results(graph: FlowGraph) -> frozenset[str]:
    """The functions that are given what a multiplex of this one reports."""
    calls = [node.effect for node in graph.nodes if isinstance(node.effect, Call)]
    waits = [call for call in calls if _is_multiplex(call)]
    results = frozenset[str]().union(*(names_in(arg) for wait in waits for arg in _reported_in(wait)))
    given = {wait.result for wait in waits}
    assigns = (node.effect for node in graph.nodes if isinstance(node.effect, Assign) and node.effect.value in given)
    results = results.union(*(names_in(assign.target) for assign in assigns))
    others = (call for call in calls if call not in waits)
    return frozenset(call.name for call in others if any(not results.isdisjoint(names_in(arg)) for arg in call.args))


def _is_multiplex(call: Call) -> bool:
    spec = catalogue.C_WAITS.get(call.name)
    return spec is not None and spec.kind is WaitKind.MULTIPLEX


def _reported_in(wait: Call) -> Iterator[Expr]:
    """The arguments that a multiplex writes what is ready into."""
    return (wait.args[at] for at in catalogue.C_WAITS[wait.name].results if at < len(wait.args))


def timers_run_by(runs: SiteRuns, call: Call, told: frozenset[str]) -> frozenset[str]:
    """What a callee calls on time, whether the wait of a site timed out or something else is ready; ``told`` is what
    holds results in front of it, or is derived from them.
    """
    callee = next((graph for graph in runs.graph.callees if graph.name == call.name), None)
    if callee is None or len(callee.parameters) != len(call.args):
        return frozenset()
    pairs = list(zip(callee.parameters, call.args, strict=True))
    handed = frozenset(parameter for parameter, argument in pairs if mentioned(argument) & told)
    objects = frozenset(parameter for parameter, argument in pairs if place_of(argument) in runs.result_objects)
    numbers = frozenset(parameter for parameter, argument in pairs if place_of(argument) in runs.result_names)
    return _Callee(callee, handed, objects, numbers, runs.evaluator.no_return).timers()


@dataclass(frozen=True)
class _Callee:
    """A function that is handed a wait's results."""

    graph: FlowGraph
    handed: frozenset[str]
    """The parameters that have to do with them."""
    objects: frozenset[str]
    """Those that are what the wait writes what is ready into."""
    numbers: frozenset[str]
    """Those that are what it returned."""
    no_return: frozenset[str]

    def timers(self) -> frozenset[str]:
        """What it calls on time, whatever the results say."""
        quiet, elsewhere = (self._run(number) for number in (ZERO, POSITIVE))
        both = quiet.nodes & elsewhere.nodes
        return frozenset(
            effect.name
            for node in both
            if isinstance(effect := self.graph.nodes[node].effect, Call) and self._is_timer(effect)
            if self.told.isdisjoint(self._dataflow.uses[node].reads)
            and not any(self._cuts_off(run, node) for run in (quiet, elsewhere))
        )

    def _run(self, number: Value) -> Exploration:
        state = State({**dict.fromkeys(self.objects, CLEARED), **dict.fromkeys(self.numbers, number)})
        start = Edge(self.graph.entry, self.graph.entry)
        return explore(Evaluator(self.graph, self.no_return), [(start, state)])

    @cached_property
    def _dataflow(self) -> Dataflow:
        return Dataflow(self.graph)

    @cached_property
    def told(self) -> frozenset[str]:
        """What holds the results, or is derived from them."""
        each = (self._dataflow.uses[node.id] for node in self.graph.nodes)
        return spread(((read, written) for use in each for read in use.reads for written in use.writes), self.handed)

    def _cuts_off(self, run: Exploration, node: int) -> bool:
        """Whether an undecided test of the results decides over a node."""
        tests = (n for n in run.undecided if not self.told.isdisjoint(self._dataflow.uses[n].reads))
        for test in tests:
            sides = [node in forwards(run, edge) for edge in run.edges if edge.source == test]
            if any(sides) and not all(sides):
                return True
        return False

    def _is_timer(self, call: Call) -> bool:
        """Whether a call by its name does what is due."""
        if does_nothing(call, self.graph.language):
            return False
        return _TIMED.search(call.name) is not None and _PREPARES.search(call.name) is None
