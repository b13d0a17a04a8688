"""Which variables of a loop the model keeps apart: the outcome of a wait, its copies, and flags and counters set by it.

Everything else (indices of loops over clients, pointers, globals that signal handlers write) is opaque: a condition on
it goes both ways.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from unstall.flow.dataflow import Dataflow, mentioned
from unstall.flow.ir import Assign, Binary, Branch, Call, Const, Expr, FlowGraph, ForEach, Items, Switch, Unary
from unstall.flow.loops import Loop
from unstall.flow.places import place_of, root_of
from unstall.flow.runs import SiteRuns
from unstall.flow.state import State
from unstall.flow.values import Num, Value


@dataclass(frozen=True)
class Tracked:
    """What is kept of a state in one loop."""

    graph: FlowGraph
    loop: Loop
    waits: tuple[SiteRuns, ...]
    initial: frozenset[str]
    """The variables that something is known of when the loop is entered."""

    def kept(self, state: State, node: int) -> State:
        """The part of a state that is still read from a node on. A wait writes errno anew, so that none comes to it."""
        live = self._live.get(node, frozenset())
        waits = any(runs.site.node == node for runs in self.waits)
        facts = {}
        for place, value in state.facts.items():
            name = root_of(place)
            if place == "$caught" or (name == "errno" and not waits) or name in live:
                facts[place] = self._counted(name, value)
        return State(facts)

    def _counted(self, name: str, value: Value) -> Value:
        """A counter beyond every number that it is compared with: how far beyond makes no difference."""
        if name not in self.flags or not isinstance(value, Num):
            return value
        most = self._largest.get(name, 0)
        if value.lo > most:
            return Num(most + 1, math.inf)
        return Num(-math.inf, -most - 1) if value.hi < -most else value

    @cached_property
    def _largest(self) -> dict[str, int]:
        """For each flag the largest number, by its size, in a condition that mentions it."""
        largest: dict[str, int] = {}
        for node in self.loop.nodes:
            effect = self.graph.nodes[node].effect
            if isinstance(effect, Branch | Switch):
                condition = effect.condition if isinstance(effect, Branch) else effect.subject
                cases = [case for edge in self.graph.successors[node] for case in edge.cases]
                size = max((abs(n) for expr in (condition, *cases) for n in _numbers(expr)), default=0)
                for name in mentioned(condition) & self.flags:
                    largest[name] = max(largest.get(name, 0), size)
        return largest

    def outcome_of(self, state: State) -> frozenset[tuple[str, object]]:
        """What a state says of the last outcome: states that differ in it are never joined while that can be helped."""
        return frozenset((place, value) for place, value in state.facts.items() if root_of(place) in self.outcome)

    @cached_property
    def outcome(self) -> frozenset[str]:
        """errno, what the waits fill and what they return, and copies of these."""
        names = {"errno"}
        for runs in self.waits:
            names |= {root_of(place) for place in runs.result_objects}
            names |= {root_of(place) for place, _ in runs.result_variables}
        while True:
            copies = {
                name
                for assign in self._assignments
                if mentioned(assign.value) and {n for n in mentioned(assign.value) if n[0] != "$"} & names
                for name in _targets(assign)
                if name in self.graph.locals and all(mentioned(a.value) <= names for a in self._assignments_of(name))
            }
            if copies <= names:
                return frozenset(names)
            names |= copies

    @cached_property
    def flags(self) -> frozenset[str]:
        """Locals that are only set to constants, counted, or set from the outcome, and only compared with these."""
        local = self.graph.locals - self.graph.address_taken - self.outcome
        names = {name for name in local if self._tested(name)}
        names = {name for name in names if name in self.initial or self._assignments_of(name)}
        while True:
            known = names | self.outcome
            unfit = {name for name in names if not self._is_flag(name, known)}
            if not unfit:
                return frozenset(names)
            names -= unfit

    def _is_flag(self, name: str, known: Iterable[str]) -> bool:
        allowed = set(known)
        nodes = [self.graph.nodes[node] for node in self.loop.nodes]
        by_call = any(
            isinstance(node.effect, Call | ForEach) and name in self._dataflow.uses[node.id].writes for node in nodes
        )
        assigned = all(mentioned(assign.value) <= allowed for assign in self._assignments_of(name))
        return assigned and not by_call and all(tested <= allowed for tested in self._tested(name))

    def _tested(self, name: str) -> list[frozenset[str]]:
        """The variables of each condition of the loop that mentions a name; constants in capitals are none."""
        found = []
        for node in self.loop.nodes:
            effect = self.graph.nodes[node].effect
            if isinstance(effect, Branch | Switch):
                names = mentioned(effect.condition if isinstance(effect, Branch) else effect.subject)
                if name in names:
                    found.append(names)
        return found

    @cached_property
    def _assignments(self) -> tuple[Assign, ...]:
        return tuple(
            effect for node in sorted(self.loop.nodes) if isinstance(effect := self.graph.nodes[node].effect, Assign)
        )

    def _assignments_of(self, name: str) -> list[Assign]:
        return [assign for assign in self._assignments if name in _targets(assign)]

    @cached_property
    def _dataflow(self) -> Dataflow:
        return Dataflow(self.graph)

    @cached_property
    def _live(self) -> dict[int, frozenset[str]]:
        """For each node, the tracked variables and temporaries that are read before they are overwritten."""
        live: dict[int, set[str]] = {}
        uses = self._dataflow.uses
        tracked = self.outcome | self.flags
        for reader in self.loop.nodes:
            for name in uses[reader].reads:
                if name[0] != "$" and name not in tracked:
                    continue
                stack = [reader]
                while stack:
                    node = stack.pop()
                    if name in live.setdefault(node, set()):
                        continue
                    live[node].add(name)
                    for edge in self.graph.predecessors[node]:
                        use = uses[edge.source]
                        partly = use.indirect and name[0] != "$"
                        if name not in use.writes or partly or name in use.reads:
                            stack.append(edge.source)
        return {node: frozenset(names) for node, names in live.items()}


def _targets(effect: Assign) -> frozenset[str]:
    targets = effect.target.items if isinstance(effect.target, Items) else (effect.target,)
    return frozenset(root_of(place) for target in targets if (place := place_of(target)) is not None)


def _numbers(expr: Expr) -> Iterator[int]:
    match expr:
        case Const(int(value)):
            yield value
        case Unary(_, operand):
            yield from _numbers(operand)
        case Binary(_, left, right):
            yield from _numbers(left)
            yield from _numbers(right)
