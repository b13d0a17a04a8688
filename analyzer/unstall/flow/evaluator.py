"""The meaning of a graph's expressions over the state of a run, and of their tests for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from unstall.flow import by_name, catalogue
from unstall.flow.caught import caught_by, errno_of
from unstall.flow.dataflow import expressions_of, live_names, pointed_into
from unstall.flow.ir import (
    Assign,
    Binary,
    Branch,
    Call,
    Caught,
    Const,
    Expr,
    FlowGraph,
    Index,
    Items,
    Matches,
    Member,
    Name,
    Node,
    Role,
    Temp,
    Unary,
)
from unstall.flow.places import place_of, temps_in
from unstall.flow.state import State
from unstall.flow.values import (
    MINUS_ONE,
    MIRROR,
    POSITIVE,
    STALE,
    TOP,
    ZERO,
    Elsewhere,
    Empty,
    Errno,
    Literal,
    Raised,
    Stale,
    Top,
    Tuple,
    Unlike,
    Value,
    answer,
    arithmetic,
    compare,
    negate,
    negation,
    number,
    restrict,
    truth,
)

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in"})
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==", "is": "is not", "is not": "is"}
_NULL_POINTERS = frozenset({"null", "nullptr", "NULLPTR", "nil", "NIL"})
"""What projects, and C23, call NULL."""


@dataclass(frozen=True)
class Evaluator:
    """The meaning of one graph's expressions."""

    graph: FlowGraph
    no_return: frozenset[str] = frozenset()
    waits: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """The calls that are known to wait, by the index of their result, with the arguments that they write what is ready
    into; of others the catalogue tells.
    """

    @cached_property
    def live(self) -> tuple[frozenset[str], ...]:
        """For each node the variables that it, or a node behind it, may still read; errno and the caught exception are
        always among them.
        """
        always = frozenset({*self.written_through, *self.questions.values(), "errno", "$caught"})
        read = live_names(self.graph)
        known = {names: names | always for names in set(read)}
        return tuple(known[names] for names in read)

    @cached_property
    def written_through(self) -> Mapping[str, frozenset[int]]:
        """The parameters that point to variables of the caller's which the function sets, as in ``*count = n;``, and
        the nodes where it does.
        """
        found: dict[str, frozenset[int]] = {}
        for node in self.graph.nodes:
            match node.effect:
                case Assign(Unary(_, Name(name))) if name in self.graph.parameters:
                    found[name] = found.get(name, frozenset()) | {node.id}
        return found

    @cached_property
    def emptied_by_loop(self) -> dict[int, str]:
        """For the conditions of loops such as ``for (i = 0; i < n; i++) fds[i].revents = 0;``: the array that is empty
        when they are left.
        """
        emptied: dict[int, str] = {}
        for node in self.graph.nodes:
            match node.effect:
                case Assign(Member(Index(array, Name()), "revents"), Const(0), ""):
                    place, loop = place_of(array, self.graph), self._loop_of(node.statement)
                    if place is not None and loop is not None:
                        emptied |= {n.id: place for n in self.graph.nodes if self._decides(n, loop)}
        return emptied

    def _loop_of(self, statement: int) -> int | None:
        """The loop that a statement is an unconditional part of."""
        for holder in self.graph.ancestors(statement)[1:]:
            kind = self.graph.statements[holder].kind
            if kind != "block":
                return holder if kind in ("for", "while") else None
        return None

    def _decides(self, node: Node, loop: int) -> bool:
        return node.statement == loop and node.role is Role.CONDITION and isinstance(node.effect, Branch)

    def place(self, expr: Expr) -> str | None:
        """`place_of` in this graph, worked out once for each of its expressions."""
        known = self._places.get(id(expr))
        if known is None:
            known = self._places[id(expr)] = (expr, place_of(expr, self.graph))
        return known[1]

    @cached_property
    def _places(self) -> dict[int, tuple[Expr, str | None]]:
        """By the identity of expressions, which are kept with it so that no other gets the same."""
        return {}

    def value(self, expr: Expr, state: State) -> Value:
        """What an expression evaluates to."""
        meaning = _MEANINGS.get(type(expr))
        return TOP if meaning is None else meaning(self, expr, state)

    def _held(self, expr: Expr, state: State) -> Value:
        return state.get(self.place(expr) or "")

    def _unary(self, expr: Unary, state: State) -> Value:
        match expr.op:
            case "*":
                return self._path(expr, state)
            case "!":
                return negation(self.value(expr.operand, state))
            case "-":
                return negate(self.value(expr.operand, state))
            case "+":
                return self.value(expr.operand, state)
            case "&":
                return self._address(expr.operand, state)
        return TOP

    def _address(self, operand: Expr, state: State) -> Value:
        """What a pointer to something is: to an element of a result, as good as the result itself."""
        array = self.value(operand.base, state) if isinstance(operand, Index) else TOP
        if isinstance(operand, Index) and isinstance(array, Empty | Stale):
            return arithmetic("+", array, self.value(operand.index, state))
        return POSITIVE

    def _binary(self, expr: Binary, state: State) -> Value:
        a, b = self.value(expr.left, state), self.value(expr.right, state)
        if expr.op in COMPARISONS:
            return answer(compare(expr.op, a, b))
        if expr.op in ("|", "+") and type(a) is type(b) and isinstance(a, Empty | Elsewhere | Stale):
            return a  # lists put together, or sets
        return arithmetic(expr.op, a, b)

    def _items(self, expr: Items, state: State) -> Value:
        return Tuple(tuple(self.value(item, state) for item in expr.items))

    def _matches(self, expr: Matches, state: State) -> Value:
        return answer(caught_by(expr.classes, state.get("$caught")))

    def _name(self, expr: Name, state: State) -> Value:
        place, meant = self._meant(expr)
        known = state.facts.get(place)
        return meant if known is None else known

    def _meant(self, expr: Name) -> tuple[str, Value]:
        """The place of a name, and what it stands for where nothing is known of that."""
        known = self._names.get(expr.id)
        if known is None:
            known = self._names[expr.id] = (place_of(expr, self.graph) or expr.id, self._constant(expr.id))
        return known

    @cached_property
    def _names(self) -> dict[str, tuple[str, Value]]:
        return {}

    def _constant(self, name: str) -> Value:
        """What a name that is no variable of the function's stands for."""
        if name not in self.graph.locals:
            constant = by_name.errno_constant(name)
            if constant:
                return Errno(frozenset({constant}))
            if name in ("INFTIM", "INFINITE"):
                return number(-1)
            if by_name.READINESS_BITS.search(name):
                return POSITIVE
            if by_name.INVALID_CONSTANTS.search(name):
                return MINUS_ONE
            if name in ("OK", "SUCCESS") or name in _NULL_POINTERS:
                return ZERO
        if self.graph.language == "python" and name in ("True", "False", "None"):
            return _constant({"True": True, "False": False, "None": None}[name])
        return TOP

    def _path(self, expr: Expr, state: State) -> Value:
        if isinstance(expr, Member):
            constant = by_name.errno_constant(expr.name)
            if constant and isinstance(expr.base, Name):  # Python's errno.EINTR
                return Errno(frozenset({constant}))
            if isinstance(expr.base, Name) and by_name.READINESS_BITS.search(expr.name):
                return POSITIVE
        place = self.place(expr)
        if place in state.facts:
            return state.facts[place or ""]
        if isinstance(expr, Unary):
            inner = self.value(expr.operand, state)
            return inner if isinstance(inner, Empty | Stale) else TOP
        assert isinstance(expr, Member | Index)
        base = self.value(expr.base, state)
        if isinstance(expr, Member):
            data = isinstance(expr.base, Member) and expr.base.name == "data"  # of an epoll_event, a union
            return base if data and isinstance(base, Stale) else self._member(base, expr.name)
        if isinstance(base, Raised):
            return errno_of(base) if expr.index == Const(0) else TOP
        if isinstance(base, Tuple) and isinstance(expr.index, Const) and isinstance(expr.index.value, int):
            at = expr.index.value
            return base.items[at] if -len(base.items) <= at < len(base.items) else TOP
        return base if isinstance(base, Empty | Stale) else TOP

    def _member(self, base: Value, name: str) -> Value:
        if isinstance(base, Raised):
            if name == "errno":
                return errno_of(base)
            return Tuple((errno_of(base), TOP)) if name == "args" else TOP
        if isinstance(base, Empty) and name == "revents":
            return ZERO
        return (
            STALE
            if isinstance(base, Stale) and name in ("revents", "filter", "data", "ident", "udata")
            else (base if isinstance(base, Stale) and name == "events" else TOP)
        )

    def assume(self, condition: Expr, outcome: bool, state: State) -> State | None:
        """The state in which ``condition`` came out as ``outcome``; None where it can't."""
        if isinstance(condition, Binary) and condition.op in _OPPOSITE:
            return self._compared(condition, outcome, state)
        value = self.value(condition, state)
        known = truth(value)
        if known is not None and known is not outcome:
            return None
        match condition:
            case Unary("!", operand):
                return self.assume(operand, not outcome, state)
            case Name() | Temp() | Member() | Unary("*"):
                if self.graph.language == "python" and isinstance(value, Top | Unlike):
                    return state  # falsy is not zero in Python
                return self._refine(condition, value, "!=" if outcome else "==", ZERO, state)
        return state

    def _compared(self, condition: Binary, outcome: bool, state: State) -> State | None:
        left, right = condition.left, condition.right
        value, bound = self.value(left, state), self.value(right, state)
        known = compare(condition.op, value, bound)
        if known is not None and known is not outcome:
            return None
        wanted = condition.op if outcome else _OPPOSITE[condition.op]
        refined = self._refine(left, value, wanted, bound, state)
        if refined is None or isinstance(right, Const):
            return refined
        now = self.value(left, refined)
        return self._refine(right, self.value(right, refined), MIRROR.get(wanted, wanted), now, refined)

    def _refine(self, expr: Expr, old: Value, op: str, bound: Value, state: State) -> State | None:
        """The state in which an expression that was ``old`` stands to a ``bound`` as told; None where it can't."""
        place = self.place(expr) if isinstance(expr, Name | Temp | Member | Unary) else None
        if place is None or (isinstance(expr, Unary) and expr.op != "*"):
            return state
        new = restrict(old, op, bound)
        if new is None:
            return None
        if new == old:
            return state
        return self.learn(place, old, new, state)

    def learn(self, place: str, old: Value, new: Value, state: State) -> State:
        """The state once a place, and what has its value from it, turned out to be no longer ``old`` but ``new``."""
        facts = {**state.facts, place: new}
        holders = [holder for holder in self._kept_in.get(place, ()) if state.get(holder) == old]
        facts |= dict.fromkeys(holders, new)
        if place in self._errno_reads:
            facts["errno"] = new
        learnt = State(facts)
        for known in (place, *holders):
            learnt = learnt.settled(known)
        return learnt

    @cached_property
    def _kept_in(self) -> dict[str, tuple[str, ...]]:
        """For temporaries the variables that they are assigned to: ``(pid = fork()) == -1`` tells of ``pid``, too."""
        kept: dict[str, tuple[str, ...]] = {}
        for node in self.graph.nodes:
            if isinstance(node.effect, Assign) and isinstance(node.effect.value, Temp) and not node.effect.op:
                holder = self.place(node.effect.target) if isinstance(node.effect.target, Name) else None
                if holder is not None:
                    temp = f"${node.effect.value.index}"
                    kept[temp] = (*kept.get(temp, ()), holder)
        for temp, question in self.questions.items():
            kept[temp] = (*kept.get(temp, ()), question)
        return kept

    @cached_property
    def questions(self) -> dict[str, str]:
        """For the results of calls that conditions ask for more than once in the same words (``!quit(s)``, and behind
        it ``quit(s)``) the place of their last answer: it stands until something is done.
        """
        asked: dict[Call, list[str]] = {}
        for node in self.graph.nodes:
            if isinstance(node.effect, Call) and self._is_question(node.id, node.effect):
                words = replace(node.effect, result=Temp(0))
                asked.setdefault(words, []).append(f"${node.effect.result.index}")
        return {temp: f"$again{temps[0]}" for temps in asked.values() if len(temps) > 1 for temp in temps}

    def _is_question(self, node: int, call: Call) -> bool:
        """Whether what a call gives is what the next branch goes by, as it is or negated, and all that comes of it."""
        if catalogue.moves_data(call.name) or any(isinstance(arg, Unary) and arg.op == "&" for arg in call.args):
            return False
        branches = [self.graph.nodes[edge.target].effect for edge in self.graph.successors[node]]
        conditions = [branch.condition for branch in branches if isinstance(branch, Branch)]
        return any(condition in (call.result, Unary("!", call.result)) for condition in conditions)

    @cached_property
    def _errno_reads(self) -> frozenset[str]:
        """The temporaries that hold what errno is: a test of ``SOCK_ERRNO()`` tells of that, too."""
        effects = (node.effect for node in self.graph.nodes if self.graph.language == "c")
        calls = (e for e in effects if isinstance(e, Call) and not e.args and by_name.gives_errno(e.name))
        return frozenset(f"${call.result.index}" for call in calls)

    def value_of_argument(self, effect: Call, at: int, state: State) -> Value:
        """What an argument holds; for ``&x``, what x holds."""
        if not effect.args:
            return TOP
        argument = effect.args[at]
        if isinstance(argument, Unary) and argument.op == "&":
            argument = argument.operand
        return self.value(argument, state)

    @cached_property
    def pointed_into(self) -> dict[str, frozenset[str]]:
        """`dataflow.pointed_into` of this graph."""
        return pointed_into(self.graph)

    @cached_property
    def wait_results(self) -> frozenset[str]:
        """The variables that outlive the function and hold what a wait in it returned: what it calls behind the wait
        may ask them, and has no reason to set them.
        """
        outer: dict[Expr, str] = {}
        for node in self.graph.nodes:
            match node.effect:
                case Assign(Name(name), Temp() as value, "") if name not in self.graph.locals:
                    outer[value] = name
        calls = (node.effect for node in self.graph.nodes if outer and isinstance(node.effect, Call))
        return frozenset(outer[call.result] for call in calls if call.result in outer and self._waits(call))

    def _waits(self, call: Call) -> bool:
        known = call.result.index in self.waits or call.name in catalogue.C_WAITS
        return known or catalogue.PLAIN_WRAPPER.search(call.name) is not None

    @cached_property
    def results_read(self) -> frozenset[int]:
        """The temporaries that a test, an assignment or a return comes to read, in the end. A call whose result nobody
        wants is no system call that the test of errno behind it could be about: the test still means the wait.
        """
        wanted: set[int] = set()
        for node in reversed(self.graph.nodes):  # a call's arguments are computed before it
            if not isinstance(node.effect, Call) or node.effect.result.index in wanted:
                wanted.update(*(temps_in(expr) for expr in expressions_of(node)))
        return frozenset(wanted)


@lru_cache(4096, typed=True)
def _constant(constant: int | float | str | bytes | bool | None) -> Value:
    if constant is None or isinstance(constant, str | bytes):
        return Literal(constant)
    return number(constant)


_MEANINGS: dict[type, Callable[[Evaluator, Any, State], Value]] = {
    Const: lambda evaluator, expr, state: _constant(expr.value),
    Name: Evaluator._name,
    Temp: Evaluator._held,
    Caught: Evaluator._held,
    Member: Evaluator._path,
    Index: Evaluator._path,
    Unary: Evaluator._unary,
    Binary: Evaluator._binary,
    Items: Evaluator._items,
    Matches: Evaluator._matches,
}
