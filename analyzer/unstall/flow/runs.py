"""The runs of one wait site: an iteration under each outcome, and the loop that an interrupt starts over."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from unstall.flow.bounds import Bound, bound_of, timed_out
from unstall.flow.dataflow import holders, mentioned, mentioned_by, overlays
from unstall.flow.evaluator import Evaluator
from unstall.flow.explore import Exploration, Start, explore
from unstall.flow.ir import (
    Assign,
    Binary,
    Branch,
    Call,
    Const,
    Edge,
    EdgeKind,
    Effect,
    Expr,
    FlowGraph,
    Index,
    Items,
    Jump,
    Member,
    Name,
    Nothing,
    Role,
    Temp,
    Unary,
)
from unstall.flow.loops import Loop
from unstall.flow.outcomes import Run
from unstall.flow.places import place_of, root_of
from unstall.flow.sites import Site
from unstall.flow.state import State
from unstall.flow.unchanged import left_only_by_change
from unstall.flow.values import (
    CLEARED,
    EMPTY,
    NO_INTERRUPT,
    STALE,
    TOP,
    ZERO,
    Empty,
    Raised,
    Top,
    Tuple,
    Unlike,
    Value,
    join,
    restrict,
)
from unstall.flow.waits import Reporting, WaitKind

_POINTERS = frozenset({"byref", "pointer", "addressof"})
_FAILING = (Run.INTERRUPTED, Run.WOULD_BLOCK, Run.FAILED)
LOOP_STATEMENTS = frozenset({"while", "do", "for", "foreach"})
Returns = dict[tuple[int, Edge, State], bool]
"""Whether a loop (by its head) that is started over by an edge in some state comes to a wait again."""


@dataclass(frozen=True)
class SiteRuns:
    """The runs from one wait on. Everything is worked out on demand and kept."""

    evaluator: Evaluator
    site: Site
    loops: tuple[Loop, ...]
    """The loops that hold the wait, innermost first."""
    waits: frozenset[int]
    """All wait nodes of the function."""
    before: State
    """What is known just before the wait."""
    returns: Returns = field(default_factory=dict, repr=False, compare=False)
    """Shared by the waits of a function."""

    @property
    def graph(self) -> FlowGraph:
        """The function."""
        return self.evaluator.graph

    @property
    def call(self) -> Call:
        """The wait itself."""
        effect = self.graph.nodes[self.site.node].effect
        assert isinstance(effect, Call)
        return effect

    @cached_property
    def bound(self) -> Bound:
        """How long the wait can last."""
        return bound_of(self.site, self.evaluator, self.before)

    @cached_property
    def result_objects(self) -> tuple[str, ...]:
        """The places that the call writes what is ready into."""
        places = []
        args, results = self.call.args, self.site.spec.results
        for at in results:
            if at < len(args):
                argument = self._unwrapped(args[at])
                several = len(results) == 1 and at + 1 < len(args) and args[at + 1] != Const(1)
                place = _object_of(_whole(argument) if several else argument, self.graph)
                if place is not None:
                    places.append(place)
        return tuple(dict.fromkeys(places))

    @cached_property
    def _outputs(self) -> tuple[tuple[int, str], ...]:
        """The places that a wrapper reports in beside its result, with the positions of their arguments."""
        found = []
        for at in self.site.spec.outputs:
            argument = self.call.args[at] if at < len(self.call.args) else None
            place = None if argument is None else _object_of(argument, self.graph)
            if place is not None:
                found.append((at, place if isinstance(argument, Unary) else f"*{place}"))
        return tuple(found)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The places that a wrapper reports in beside its result."""
        return tuple(place for _, place in self._outputs)

    def _unwrapped(self, argument: Expr) -> Expr:
        """What ctypes' ``byref(x)`` points to; other arguments as they are."""
        if isinstance(argument, Temp):
            for node in self.graph.nodes:
                effect = node.effect
                if isinstance(effect, Call) and effect.result == argument and effect.name in _POINTERS and effect.args:
                    return effect.args[0]
        return argument

    @cached_property
    def result_variables(self) -> tuple[tuple[str, int], ...]:
        """The variables that the call's value is assigned to, with the assigning node."""
        return holders(self.graph, self.call.result)

    @cached_property
    def result_names(self) -> frozenset[str]:
        """The places that hold the call's value."""
        return frozenset({f"${self.call.result.index}", *(place for place, _ in self.result_variables)})

    # ---------------------------------------------------------------------------------------- the runs

    @cached_property
    def interrupted(self) -> Exploration:
        """EINTR."""
        return self._run(Run.INTERRUPTED)

    @cached_property
    def would_block(self) -> Exploration:
        """EAGAIN."""
        return self._run(Run.WOULD_BLOCK)

    @cached_property
    def failed(self) -> Exploration:
        """Any other error."""
        return self._run(Run.FAILED)

    @cached_property
    def ready(self) -> Exploration:
        """Something is ready."""
        return self._run(Run.READY)

    @cached_property
    def ready_elsewhere(self) -> Exploration:
        """Something else is ready than whatever is asked for."""
        return self._run(Run.READY_ELSEWHERE)

    @cached_property
    def timeout(self) -> Exploration:
        """Nothing came in time; for a wait without a bound, READY_ELSEWHERE stands in."""
        has_timeout = self.bound is not Bound.FOREVER and self.site.spec.kind not in (WaitKind.TRANSFER, WaitKind.CHILD)
        return self._run(Run.TIMEOUT) if has_timeout else self.ready_elsewhere

    def exploration(self, run: Run) -> Exploration:
        """The run by name."""
        match run:
            case Run.INTERRUPTED:
                return self.interrupted
            case Run.WOULD_BLOCK:
                return self.would_block
            case Run.FAILED:
                return self.failed
            case Run.READY:
                return self.ready
            case Run.READY_ELSEWHERE:
                return self.ready_elsewhere
        return self.timeout

    def _run(self, run: Run) -> Exploration:
        found = explore(self.evaluator, self.starts(run), self._boundary)
        if run not in _FAILING:
            return found
        closed = left_only_by_change(self.graph, self.site.node, self.loops, found)
        return explore(self.evaluator, self.starts(run), self._boundary, closed=closed) if closed else found

    def starts(self, run: Run) -> Iterable[Start]:
        """The edges out of the wait under an outcome, with what the call leaves behind; none where it never returns."""
        spec, call = self.site.spec, self.call
        if not spec.returns(run):
            return ()
        state = timed_out(self.site, self.evaluator, self.before) if run is Run.TIMEOUT else self.before
        failing = run in _FAILING
        for place in self.result_objects:
            if failing:
                state = state if self._was_cleared(place) else state.put(place, STALE)
            else:
                empty = EMPTY if self.graph.language == "python" else CLEARED
                state = state.put(place, TOP if run is Run.READY else empty)
        if failing and spec.kind is WaitKind.CHILD:
            for place in self._awaited:
                awaited = restrict(state.get(place), ">", ZERO)
                state = state if awaited is None else state.put(place, awaited)
        if failing and spec.kind is WaitKind.TRANSFER:
            for name in overlays(self.graph, self.result_objects):
                state = state.put(f"*{name}", STALE)
        raising = spec.reporting is Reporting.EXCEPTION
        edges = self.graph.successors[self.site.node]
        if raising and failing:
            state = self._unassigned(state).put("$caught", Raised(run))
            return [(edge, state) for edge in edges if edge.kind is EdgeKind.EXCEPTION]
        effect = spec.effect(run)
        state = state.put(f"${call.result.index}", effect.result)
        if failing or effect.errno != TOP:
            state = state.put("errno", effect.errno)
        elif isinstance(state.get("errno"), Top | Unlike):
            # A call that succeeds leaves errno alone; whoever tests it means this call.
            state = state.put("errno", NO_INTERRUPT)
        told = dict(effect.out)
        for at, place in self._outputs:
            state = state if at in effect.kept else state.put(place, told.get(at, TOP))
        return [(edge, state) for edge in edges if edge.kind is not EdgeKind.EXCEPTION]

    @cached_property
    def _awaited(self) -> frozenset[str]:
        """The places that the call's value is compared with: ``while (waitpid(pid, &status, 0) != pid)``. Whoever waits
        for a process so has its number, which is never the -1 of a failure.
        """
        found: set[str] = set()
        for node in self.graph.nodes:
            if isinstance(node.effect, Branch) and isinstance(node.effect.condition, Binary):
                condition = node.effect.condition
                sides = [place_of(side, self.graph) for side in (condition.left, condition.right)]
                if condition.op in ("==", "!=") and not self.result_names.isdisjoint(side for side in sides if side):
                    found.update(side for side in sides if side)
        return frozenset(found - self.result_names)

    def _was_cleared(self, place: str) -> bool:
        """Whether the object was emptied before the wait: as a whole, or by ``fds[i].revents = 0`` in the same
        round, or in front of a loop to which only a wait that found nothing comes back.
        """
        if isinstance(self.before.get(place), Empty):
            return True
        wait, root = self.graph.nodes[self.site.node].span.start, root_of(place)
        cleared = [n.id for n in self.graph.nodes if n.span.start < wait and self._clears(n.effect, root)]
        if not cleared or not self.loops:
            return bool(cleared)
        return not self.loops[0].nodes.isdisjoint(cleared) or not self.ready.stopped

    def _clears(self, effect: Effect, root: str) -> bool:
        """Whether an effect empties the events of an object, or is a call that does so with what it's given."""
        match effect:
            case Assign(target):
                clears = _clears_events(effect) or self._begins_without_events(effect)
                return clears and root_of(place_of(target, self.graph) or "") == root
            case Call(name=name, args=args) if name in self.graph.clearing:
                return any(root_of(place_of(arg, self.graph) or "") == root for arg in args)
        return False

    def _begins_without_events(self, effect: Assign) -> bool:
        """``struct pollfd fds[] = {{ fd, POLLIN }};``: what an initialiser doesn't name is zero (C11, 6.7.9)."""
        return isinstance(effect.value, Items) and self.graph.language == "c" and self.call.name in ("poll", "ppoll")

    def _unassigned(self, state: State) -> State:
        """After an exception the variables of the result hold what they held before: stale, unless it is known."""
        for place in (*(place for place, _ in self.result_variables), *self._assigned_with_it):
            known = self.before.get(place)
            if isinstance(known, Top):
                state = state.put(place, STALE)
            elif isinstance(known, Tuple) and not known.items:
                state = state.put(place, EMPTY)
        return state

    @cached_property
    def _assigned_with_it(self) -> tuple[str, ...]:
        """Variables that only the wait's own ``try`` assigns, from what the wait returned: without it they are
        unbound.
        """
        around = next((s for s in self._around(self.site.node) if self.graph.statements[s].kind == "try"), None)
        if around is None:
            return ()
        held = {place for place, _ in self.result_variables} | {f"${self.call.result.index}"}
        inside: set[str] = set()
        outside: set[str] = set()
        for node in self.graph.nodes:
            chain = self._around(node.id)
            here = around in chain and not any(self.graph.statements[s].kind == "handler" for s in chain)
            if isinstance(node.effect, Call) and here and held & mentioned_by(node.effect):
                held.add(f"${node.effect.result.index}")
            if not isinstance(node.effect, Assign):
                continue
            leaves = node.effect.target.items if isinstance(node.effect.target, Items) else (node.effect.target,)
            places = {place for leaf in leaves if (place := place_of(leaf, self.graph)) is not None}
            derived = here and bool(mentioned(node.effect.value) & held) and node.effect.op == ""
            held |= {place for place in places if derived and place in self.graph.locals}
            (inside if derived else outside).update(places)
        return tuple(sorted(inside - outside - set(self.graph.parameters)))

    def _around(self, node: int) -> tuple[int, ...]:
        return self.graph.ancestors(self.graph.nodes[node].statement)

    def _boundary(self, edge: Edge, state: State) -> bool:
        """Back edges of the loops that hold the wait end the iteration, where the loop comes to a wait again."""
        loop = self._closed_by.get((edge.source, edge.target))
        return loop is not None and self._comes_to_a_wait(loop, edge, state)

    @cached_property
    def _closed_by(self) -> dict[tuple[int, int], Loop]:
        """The loop that a back edge closes, the innermost where it closes several."""
        return {edge: loop for loop in reversed(self.loops) for edge in loop.back_edges}

    def _comes_to_a_wait(self, loop: Loop, edge: Edge, state: State) -> bool:
        """From the loop's head, with what the run knows: is a wait of it reached without leaving it?"""
        if edge.target in self.waits:
            return True
        start = (loop.head, edge, state.only(self.evaluator.live[edge.target]))
        if start not in self.returns:
            waits = self.waits & loop.nodes
            again = explore(self.evaluator, [(edge, state)], within=loop.nodes, until=waits)
            self.returns[start] = not waits.isdisjoint(again.states)
        return self.returns[start]

    # ---------------------------------------------------------------------------------------- loops started over

    def loops_restarted(self, run: Exploration) -> tuple[Loop, ...]:
        """The loops whose back edge a run crosses, innermost first."""
        crossed = {(edge.source, edge.target) for edge in run.stopped}
        return tuple(loop for loop in self.loops if loop.back_edges & crossed)

    def closing_edges(self, loop: Loop, run: Exploration) -> frozenset[Edge]:
        """The edges by which a run turns towards the head of a loop.

        A back edge that the timeout takes, too, is seen from before the loop's own steps, conditions and joins, so that
        ``continue`` and the end of the body are told apart.
        """
        usual = self.timeout.stopped.keys() | self.ready_elsewhere.stopped.keys()
        closing: set[Edge] = set()
        stack = [edge for edge in run.stopped if (edge.source, edge.target) in loop.back_edges]
        seen = set(stack)
        while stack:
            edge = stack.pop()
            before = [e for e in run.edges if e.target == edge.source]
            shared = edge in usual or edge not in run.stopped
            if shared and edge.source != self.site.node and self._is_overhead(edge.source, loop) and before:
                stack += [e for e in before if e not in seen]
                seen.update(before)
            else:
                closing.add(edge)
        return frozenset(closing)

    def _is_overhead(self, node: int, loop: Loop) -> bool:
        """A node that only closes the loop: its step, its condition, a join."""
        vertex = self.graph.nodes[node]
        if isinstance(vertex.effect, Nothing):
            return True
        if isinstance(vertex.effect, Jump):
            return False
        own = self.graph.statements[vertex.statement].kind in LOOP_STATEMENTS
        return own and vertex.role in (Role.STEP, Role.CONDITION) and vertex.statement == self.loop_statement(loop)

    def loop_statement(self, loop: Loop) -> int | None:
        """The statement that a loop is written as; None for one made of goto."""
        statement = self.graph.nodes[loop.head].statement
        return statement if self.graph.statements[statement].kind in LOOP_STATEMENTS else None


def returned(evaluator: Evaluator, run: Exploration) -> Value | None:
    """What the function returns at the end of a run; None where it doesn't, TOP where it returns nothing."""
    graph = evaluator.graph
    if graph.exit not in run.nodes:
        return None
    result: Value | None = None
    for edge in graph.predecessors[graph.exit]:
        if edge not in run.edges:
            continue
        effect = graph.nodes[edge.source].effect
        given = effect.value if isinstance(effect, Jump) else None
        value = TOP if given is None else evaluator.value(given, run.states[edge.source])
        result = value if result is None else join(result, value)
    return TOP if result is None else result


def _clears_events(effect: Assign) -> bool:
    """``fds[i].revents = 0``."""
    return isinstance(effect.target, Member) and effect.target.name == "revents" and effect.value == Const(0)


def _whole(argument: Expr) -> Expr:
    """The array that is passed by the address of an element: ``&fds[0]`` and a count."""
    match argument:
        case Unary("&", Index(array, Const())):
            return array
    return argument


def _object_of(argument: Expr, graph: FlowGraph) -> str | None:
    """The object that an argument points to: ``rfds`` for ``&rfds``, ``fds`` for ``fds`` and ``fds + 1``."""
    if isinstance(argument, Unary) and argument.op == "&":
        return place_of(argument.operand, graph)
    if isinstance(argument, Temp):
        return None
    if isinstance(argument, Name) and argument.id.isupper() and argument.id not in graph.locals:
        return None  # a constant, as a project's own word for NULL
    place = place_of(argument, graph)
    if place is None and isinstance(argument, Binary):
        return _object_of(argument.left, graph)
    return place
