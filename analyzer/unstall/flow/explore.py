"""Abstract runs: which nodes an iteration can pass after the wait ended in a given way.

A run is a forward data-flow analysis with conditional branches (after Wegman and Zadeck, "Constant Propagation with
Conditional Branches", 1991): a node is visited only if some branch towards it may be taken, and the states that meet
at a node are joined. Of the nodes that are due the first in source order is next, which is nearly always one that
nothing due leads to: a node is seldom visited twice. That keeps the work linear in the size of the function.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

from unstall.flow import by_name, effects
from unstall.flow.evaluator import Evaluator
from unstall.flow.ir import Assign, Branch, Call, Edge, EdgeKind, ForEach, Jump, Nothing, Opaque, Switch
from unstall.flow.places import ends_program, place_of
from unstall.flow.state import State
from unstall.flow.values import (
    CLEARED,
    EMPTY,
    TOP,
    Elsewhere,
    Empty,
    Errno,
    Num,
    Stale,
    Tuple,
    Value,
    compare,
    restrict,
)

Start = tuple[Edge, State]
Boundary = Callable[[Edge, State], bool]

_WIDEN_AFTER = 4
"""Visits of a node after which its numbers are widened."""


@dataclass
class Exploration:
    """What a run reached."""

    starts: tuple[Edge, ...] = ()
    """The edges that the run starts with."""
    states: dict[int, State] = field(default_factory=dict)
    """The joined state at each node reached; the keys are in order of first arrival."""
    edges: dict[Edge, State] = field(default_factory=dict)
    """The edges taken, with the state carried (of the last time)."""
    stopped: dict[Edge, State] = field(default_factory=dict)
    """Boundary edges that were reached and not followed."""
    undecided: set[int] = field(default_factory=set)
    """Branch nodes that went both ways."""
    opaque: set[int] = field(default_factory=set)
    """Nodes passed whose source may hide a jump."""

    @property
    def nodes(self) -> frozenset[int]:
        """The nodes reached."""
        return frozenset(self.states)

    def within(self, other: "Exploration") -> bool:
        """Whether it takes no way that the other doesn't."""
        return self.edges.keys() <= other.edges.keys() and self.stopped.keys() <= other.stopped.keys()

    def path_to(self, node: int) -> list[Edge]:
        """The shortest way from the start of the run to ``node``, as edges, the one that starts the run first."""
        after: dict[int, list[Edge]] = {}
        for edge in self.edges:
            after.setdefault(edge.source, []).append(edge)
        ways: dict[int, Edge] = {edge.target: edge for edge in reversed(self.starts)}
        pending = deque(dict.fromkeys(edge.target for edge in self.starts))
        while pending and node not in ways:
            for edge in after.get(pending.popleft(), ()):
                if edge.target not in ways:
                    ways[edge.target] = edge
                    pending.append(edge.target)
        path = [ways[node]] if node in ways else []
        while path and path[-1] not in self.starts:
            path.append(ways[path[-1].source])
        path.reverse()
        return path


def never(edge: Edge, state: State) -> bool:
    """The boundary of a run that is followed to the end of the function."""
    return False


def explore(
    evaluator: Evaluator,
    starts: Iterable[Start],
    boundary: Boundary = never,
    within: frozenset[int] | None = None,
    exceptions: bool = False,
    until: frozenset[int] = frozenset(),
    closed: frozenset[Edge] = frozenset(),
) -> Exploration:
    """Run from ``starts`` until nothing new comes; edges at the ``boundary`` or out of ``within`` are noted, not taken,
    and nothing goes by those that are ``closed``.

    With ``exceptions`` every call may raise, too; without, only the wait (whose ``starts`` say so) and ``raise`` do.
    The run is broken off at the first node of ``until`` that it comes to.
    """
    graph = evaluator.graph
    starts = tuple(starts)
    found = Exploration(tuple(edge for edge, _ in starts))
    front = _Front(found, evaluator.live, boundary, within, closed)
    for edge, state in starts:
        front.arrive(edge, state)
    for node in front.due():
        if node in until:
            break
        for edge, state in leave(evaluator, node, found.states[node], found):
            front.arrive(edge, state)
        if exceptions and isinstance(graph.nodes[node].effect, Call):
            thrown = found.states[node].put("$caught", TOP)
            for edge in graph.successors[node]:
                if edge.kind is EdgeKind.EXCEPTION:
                    front.arrive(edge, thrown)
    for node in found.states:
        effect = graph.nodes[node].effect
        if isinstance(effect, Opaque) and effect.jumps:
            found.opaque.add(node)
    return found


class _Front:
    """How far a run has come: the nodes that are due."""

    def __init__(
        self,
        found: Exploration,
        live: Sequence[frozenset[str]],
        boundary: Boundary,
        within: frozenset[int] | None,
        closed: frozenset[Edge],
    ) -> None:
        self._found = found
        self._live = live
        self._boundary = boundary
        self._within = within
        self._closed = closed
        self._visits: dict[int, int] = {}
        self._pending: list[int] = []  # a heap
        self._queued: set[int] = set()

    def arrive(self, edge: Edge, state: State) -> None:
        """Take an edge in some state, or note that the run goes no further by it."""
        if edge in self._closed:
            return
        found, node = self._found, edge.target
        if (self._within is not None and node not in self._within) or self._boundary(edge, state):
            old = found.stopped.get(edge)
            found.stopped[edge] = state if old is None else old.join(state)
            return
        state = state.only(self._live[node])
        found.edges[edge] = state
        known = found.states.get(node)
        if known is None:
            merged = state
        else:
            if known is state or known.facts == state.facts:
                return
            merged = known.join(state, widening=self._visits.get(node, 0) >= _WIDEN_AFTER)
            if merged.facts == known.facts:
                return
        found.states[node] = merged
        if node not in self._queued:
            self._queued.add(node)
            heappush(self._pending, node)

    def due(self) -> Iterator[int]:
        """Each node at which the run has newly arrived, and those at which it does meanwhile."""
        while self._pending:
            node = heappop(self._pending)
            self._queued.discard(node)
            self._visits[node] = self._visits.get(node, 0) + 1
            yield node


def leave(evaluator: Evaluator, node: int, state: State, found: Exploration) -> list[Start]:
    """The edges that control may take out of a node, each with its state."""
    effect = evaluator.graph.nodes[node].effect
    edges = evaluator.graph.successors[node]
    match effect:
        case Branch(condition):
            taken = []
            for edge in edges:
                decides = edge.kind is EdgeKind.TRUE or edge.kind is EdgeKind.FALSE
                after = evaluator.assume(condition, edge.kind is EdgeKind.TRUE, state) if decides else state
                if after is not None and edge.kind is EdgeKind.FALSE and node in evaluator.emptied_by_loop:
                    after = after.put(evaluator.emptied_by_loop[node], CLEARED)
                if after is not None:
                    taken.append((edge, after))
            if len(taken) > 1:
                found.undecided.add(node)
            return taken
        case Switch():
            return _switch(evaluator, effect, edges, state, node, found)
        case ForEach():
            return _for_each(evaluator, effect, edges, state)
        case Assign():
            after = effects.assign(evaluator, effect, state)
            return [(edge, after) for edge in edges if edge.kind is not EdgeKind.EXCEPTION]
        case Call():
            if effect.name in evaluator.no_return or ends_program(effect):
                return []
            if by_name.is_assertion(effect.name) and effect.args:
                holds = evaluator.assume(effect.args[0], True, state)
                if holds is None:
                    return []
                state = holds
            after = effects.call(evaluator, effect, state)
            return [(edge, after) for edge in edges if edge.kind is not EdgeKind.EXCEPTION]
        case Jump("raise", _, value):
            # A bare ``raise`` goes on with what is being handled; another exception is nothing of the wait's.
            kept = state if value is None else state.put("$caught", TOP)
            return [(edge, kept) for edge in edges]
        case Opaque(names=names):
            after = effects.moved_on(evaluator, state.forget(set(names)))
            return [(edge, after) for edge in edges if edge.kind is not EdgeKind.EXCEPTION]
        case Nothing():  # the end of a finally clause goes on with the exception that it was entered by
            return [(edge, state) for edge in edges]
    return [(edge, state) for edge in edges if edge.kind is not EdgeKind.EXCEPTION]


def _switch(
    evaluator: Evaluator, effect: Switch, edges: tuple[Edge, ...], state: State, node: int, found: Exploration
) -> list[Start]:
    subject = evaluator.value(effect.subject, state)
    place = place_of(effect.subject, evaluator.graph)
    taken: list[Start] = []
    certain = False
    for edge in edges:
        if edge.kind is not EdgeKind.CASE:
            continue
        answers = [compare("==", subject, evaluator.value(case, state)) for case in edge.cases]
        if all(answer is False for answer in answers):
            continue
        certain = certain or True in answers
        only = evaluator.value(edge.cases[0], state) if len(edge.cases) == 1 else TOP
        taken.append((edge, evaluator.learn(place, subject, only, state) if place and only != TOP else state))
        if certain:
            taken = taken[-1:]
            break
    if not certain:
        other = _none_of(evaluator, subject, edges, state)
        rest = state if place is None or other == subject else evaluator.learn(place, subject, other, state)
        taken += [(edge, rest) for edge in edges if edge.kind is not EdgeKind.CASE]
    if len(taken) > 1:
        found.undecided.add(node)
    return taken


def _none_of(evaluator: Evaluator, subject: Value, edges: tuple[Edge, ...], state: State) -> Value:
    """What the subject of a switch is where it is none of the cases' numbers."""
    values = [evaluator.value(case, state) for edge in edges for case in edge.cases]
    for value in (*values, *values):  # an end of an interval may follow from one that a later case takes off
        if isinstance(value, Errno) or (isinstance(value, Num) and isinstance(subject, Num)):
            subject = restrict(subject, "!=", value) or subject
    return subject


def _for_each(evaluator: Evaluator, effect: ForEach, edges: tuple[Edge, ...], state: State) -> list[Start]:
    source = evaluator.value(effect.iterable, state)
    element: Value = source if isinstance(source, Elsewhere | Stale) else TOP
    if isinstance(source, Tuple) and source.items and all(isinstance(item, Empty) for item in source.items):
        element = EMPTY  # ``for ready in (rlist, wlist)`` after a timeout
    taken: list[Start] = []
    for edge in edges:
        if edge.kind is EdgeKind.TRUE:
            if isinstance(source, Empty) or source == Tuple(()):
                continue
            after = effects.moved_on(evaluator, state)
            for target in effect.targets:
                place = place_of(target, evaluator.graph)
                after = after if place is None else after.put(place, element)
            taken.append((edge, after))
        elif edge.kind is not EdgeKind.EXCEPTION:
            taken.append((edge, state))
    return taken
