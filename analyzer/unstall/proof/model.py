"""The executable model of a loop: a transition system over its graph and the abstract states of its variables.

A *configuration* is a node with what is known before it. At a wait it branches by the outcome, which the environment
chooses; everywhere else by what the program does, with conditions that nothing is known of going both ways. Unlike the
runs of `unstall.flow.explore`, states that meet are kept apart (up to a bound), so that counters of retries and flags
carried into the next pass keep their meaning.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce

from unstall.flow import by_name
from unstall.flow.bounds import Bound
from unstall.flow.explore import Exploration, Start, explore, leave
from unstall.flow.ir import Call, Edge, FlowGraph
from unstall.flow.learnt import ProjectFacts
from unstall.flow.loops import Loop
from unstall.flow.outcomes import Run
from unstall.flow.runs import SiteRuns
from unstall.flow.state import State
from unstall.flow.values import ZERO, Empty, Stale, Top, Tuple, Value
from unstall.flow.waiting import runs_of_sites
from unstall.flow.waits import WaitKind
from unstall.proof.tracked import Tracked

OUTCOMES = (Run.READY, Run.TIMEOUT, Run.INTERRUPTED, Run.WOULD_BLOCK, Run.FAILED)
VARIANTS = 12
"""States with the same outcome that are kept apart at one node; further ones are joined, so that counting comes to an
end."""
MOST_VARIANTS = 100
"""States at one node, whatever their outcome, from which on all are joined."""

Configuration = tuple[int, int]
"""A node, and the number of its state among the states met there."""


@dataclass(frozen=True)
class Segment:
    """What can happen from a wait, having ended in one way, until the next wait or the end of the loop."""

    start: Configuration
    nodes: frozenset[int]
    """The nodes passed."""
    configurations: frozenset[Configuration]
    arrivals: frozenset[Configuration]
    """The waits come to."""
    parents: dict[Configuration, Configuration]
    """How each configuration was first come to; the start leads back to the wait's own."""

    def path_to(self, arrival: Configuration) -> tuple[int, ...]:
        """The nodes from the wait to a configuration, both included."""
        path = [arrival, self.parents[arrival]]
        while path[-1] != self.start:
            path.append(self.parents[path[-1]])
        return tuple(node for node, _ in reversed(path))


@dataclass
class Model:
    """One loop and the waits in it that look at many descriptors or sleep; other calls are part of the program."""

    waits: dict[int, SiteRuns]
    loop: Loop
    wait: int
    """The wait that the model is about; every pass begins at one of its configurations."""
    _states: dict[int, list[State]] = field(default_factory=dict)
    _numbers: dict[tuple[int, frozenset[tuple[str, Value]]], Configuration] = field(default_factory=dict)
    _alike: dict[tuple[int, object], list[int]] = field(default_factory=dict)
    """The states at a node that tell of the same outcome; under None those beyond MOST_VARIANTS."""
    _after: dict[Configuration, tuple[Configuration, ...]] = field(default_factory=dict)
    _segments: dict[tuple[Configuration, Run], Segment] = field(default_factory=dict)

    @property
    def graph(self) -> FlowGraph:
        """The function."""
        return self.waits[self.wait].graph

    @cached_property
    def looks(self) -> frozenset[int]:
        """The wait, and what waits for the same in its stead: a call in a retry, written out once more."""
        return frozenset(node for node, runs in self.waits.items() if _written(runs) & _written(self.waits[self.wait]))

    # ---------------------------------------------------------------------------------------- configurations

    @cached_property
    def start(self) -> Configuration:
        """The wait, when it is first come to from the function's entry."""
        return self._configuration(self.wait, self._entry)

    @cached_property
    def _entry(self) -> State:
        graph = self.graph
        first = explore(
            self.waits[self.wait].evaluator,
            [(Edge(graph.entry, graph.entry), State())],
            boundary=lambda edge, _: edge.target == self.wait,
            exceptions=True,
        ).stopped
        states = list(first.values())
        return reduce(State.join, states) if states else State()

    @cached_property
    def waiting(self) -> tuple[Configuration, ...]:
        """Every configuration at a wait that can come about, whatever the waits end in."""
        found = {self.start: None}
        pending = deque(found)
        while pending:
            at = pending.popleft()
            for outcome in self.outcomes(at[0]):
                for arrival in sorted(self.segment(at, outcome).arrivals):
                    if arrival not in found:
                        found[arrival] = None
                        pending.append(arrival)
        return tuple(found)

    def outcomes(self, wait: int) -> tuple[Run, ...]:
        """What a wait can end in at all."""
        runs = self.waits[wait]
        never = (Run.TIMEOUT,) if runs.bound is Bound.FOREVER and runs.site.spec.kind is not WaitKind.SLEEP else ()
        return tuple(outcome for outcome in OUTCOMES if outcome not in never)

    def state(self, at: Configuration) -> State:
        """What is known at a configuration."""
        return self._states[at[0]][at[1]]

    @cached_property
    def _tracked(self) -> Tracked:
        return Tracked(self.graph, self.loop, tuple(self.waits.values()), frozenset(self._entry.facts))

    def _configuration(self, node: int, state: State) -> Configuration:
        known = self._states.setdefault(node, [])
        kept = self._tracked.kept(state, node)
        key = (node, frozenset(kept.facts.items()))
        if key in self._numbers:
            return self._numbers[key]
        outcome = self._tracked.outcome_of(kept)
        alike = self._alike.setdefault((node, None if len(known) >= MOST_VARIANTS else outcome), [])
        if len(alike) >= VARIANTS:
            kept = known[alike[-1]].join(kept, widening=True)
            key = (node, frozenset(kept.facts.items()))
            if key in self._numbers:
                return self._numbers[key]
        alike.append(len(known))
        known.append(kept)
        self._numbers[key] = (node, len(known) - 1)
        return self._numbers[key]

    # ---------------------------------------------------------------------------------------- segments

    def segment(self, at: Configuration, outcome: Run) -> Segment:
        """What follows when the wait of a configuration ends in an outcome."""
        key = (at, outcome)
        if key not in self._segments:
            self._segments[key] = self._explored(at, outcome)
        return self._segments[key]

    def _explored(self, at: Configuration, outcome: Run) -> Segment:
        runs = replace(self.waits[at[0]], before=_asking(self.waits[at[0]], self.state(at)))
        parents: dict[Configuration, Configuration] = {}
        arrivals: set[Configuration] = set()
        pending: deque[Configuration] = deque()

        def arrive(source: Configuration, targets: Iterable[Configuration]) -> None:
            for target in targets:
                if target not in parents:
                    parents[target] = source
                    (arrivals.add if target[0] in self.waits else pending.append)(target)

        arrive(at, self._targets(runs.starts(outcome)))
        while pending:
            source = pending.popleft()
            arrive(source, self.successors(source))
        passed = parents.keys() - arrivals
        return Segment(at, frozenset(n for n, _ in passed), frozenset(parents), frozenset(arrivals), parents)

    def successors(self, at: Configuration) -> tuple[Configuration, ...]:
        """Where the program goes from a configuration that is no wait; out of the loop leads nowhere."""
        if at not in self._after:
            ways = leave(self.waits[self.wait].evaluator, at[0], self.state(at), Exploration())
            self._after[at] = self._targets((edge, self._untouched(at, state)) for edge, state in ways)
        return self._after[at]

    def _targets(self, ways: Iterable[Start]) -> tuple[Configuration, ...]:
        found = [self._configuration(edge.target, state) for edge, state in ways if edge.target in self.loop.nodes]
        return tuple(dict.fromkeys(found))

    def _untouched(self, at: Configuration, after: State) -> State:
        """A function that is handed a stale or empty set to look at (``snmp_read(&rfds)``) doesn't fill it."""
        effect = self.graph.nodes[at[0]].effect
        if not isinstance(effect, Call) or by_name.clears(effect.name) or by_name.fills(effect.name):
            return after
        for place, value in self.state(at).facts.items():
            if isinstance(value, Stale | Empty) and place[0] != "$" and isinstance(after.get(place), Top):
                after = after.put(place, value)
        return after


def _written(runs: SiteRuns) -> frozenset[tuple[WaitKind, str]]:
    """The places that a wait writes what it came to into."""
    variables = {place for place, _ in runs.result_variables} | {f"${runs.call.result.index}"}
    return frozenset((runs.site.spec.kind, place) for place in {*runs.result_objects, *variables})


def _asking(runs: SiteRuns, before: State) -> State:
    """select's sets are what is asked for, too: of an empty one nothing can be ready, which isn't the case in point."""
    if runs.site.spec.results == (1, 2, 3):
        before = before.forget({place for place in runs.result_objects if isinstance(before.get(place), Empty)})
    return before


_PASSES = frozenset({WaitKind.MULTIPLEX, WaitKind.DISPATCH, WaitKind.SLEEP, WaitKind.SIGNAL, WaitKind.MESSAGE})
"""Kinds of waits that a loop is built around; a read or a waitpid inside is part of a stage."""


def model_of(graph: FlowGraph, wait: int, project: ProjectFacts, stages: Iterable[frozenset[int]] = ()) -> Model | None:
    """The model of the smallest loop that holds a wait and a part of each of some stages; None without one.

    A stage's way out of the loop (it logs, and returns) belongs to no loop.
    """
    sites = {runs.site.node: runs for runs in runs_of_sites(graph, project)}
    if wait not in sites:
        return None
    wanted = [stage for stage in stages if stage]
    loop = next((loop for loop in sites[wait].loops if all(stage & loop.nodes for stage in wanted)), None)
    if loop is None:
        return None
    waits = {
        node: runs
        for node, runs in sites.items()
        if node in loop.nodes and (node == wait or runs.site.spec.kind in _PASSES)
    }
    return Model(waits, loop, wait)


def is_quiet(value: Value) -> bool:
    """Results that tell of nothing: a cleared set, Python's empty list, C's 0."""
    return isinstance(value, Empty) or value == ZERO or (isinstance(value, Tuple) and all(map(is_quiet, value.items)))
