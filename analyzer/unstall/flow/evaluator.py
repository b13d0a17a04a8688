"""The meaning of a graph's expressions and nodes over the state of a run.

Of an array's elements at unknown indices only an emptied or stale whole is ever known.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from unstall.flow import catalogue
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
from unstall.flow.outcomes import Run
from unstall.flow.places import is_macro, is_report, names_in, place_of, root_of, temps_in
from unstall.flow.state import State
from unstall.flow.values import (
    BOOL,
    CLEARED,
    MINUS_ONE,
    POSITIVE,
    STALE,
    TOP,
    ZERO,
    Elsewhere,
    Empty,
    Errno,
    Literal,
    Num,
    Raised,
    Stale,
    Top,
    Tuple,
    Unlike,
    Value,
    arithmetic,
    compare,
    negate,
    negation,
    number,
    restrict,
    truth,
)

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in"})
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!=", "is": "is", "is not": "is not"}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==", "is": "is not", "is not": "is"}


@dataclass(frozen=True)
class Evaluator:
    """The meaning of one graph's expressions."""

    graph: FlowGraph
    no_return: frozenset[str] = frozenset()

    @cached_property
    def live(self) -> tuple[frozenset[str], ...]:
        """For each node the variables that it, or a node behind it, may still read."""
        read = live_names(self.graph)
        return tuple(names | self.written_through for names in read) if self.written_through else read

    @cached_property
    def written_through(self) -> frozenset[str]:
        """The parameters that point to variables of the caller's which the function sets, as in ``*count = n;``."""
        parameters = set(self.graph.parameters)
        return frozenset(
            node.effect.target.operand.id
            for node in self.graph.nodes
            if isinstance(node.effect, Assign)
            and isinstance(node.effect.target, Unary)
            and isinstance(node.effect.target.operand, Name)
            and node.effect.target.operand.id in parameters
        )

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
        element = self.value(operand, state) if isinstance(operand, Index) else TOP
        return element if isinstance(element, Empty | Stale) else POSITIVE

    def _binary(self, expr: Binary, state: State) -> Value:
        a, b = self.value(expr.left, state), self.value(expr.right, state)
        if expr.op in COMPARISONS:
            return _answer(compare(expr.op, a, b))
        return arithmetic(expr.op, a, b)

    def _items(self, expr: Items, state: State) -> Value:
        return Tuple(tuple(self.value(item, state) for item in expr.items))

    def _matches(self, expr: Matches, state: State) -> Value:
        return _answer(self.caught_by(expr.classes, state.get("$caught")))

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
            constant = catalogue.errno_constant(name)
            if constant:
                return Errno(frozenset({constant}))
            if name in ("INFTIM", "INFINITE"):
                return number(-1)
            if catalogue.READINESS_BITS.search(name):
                return POSITIVE
            if catalogue.INVALID_CONSTANTS.search(name):
                return MINUS_ONE
            if name in ("OK", "SUCCESS"):
                return ZERO
        if self.graph.language == "python" and name in ("True", "False", "None"):
            return _constant({"True": True, "False": False, "None": None}[name])
        return TOP

    def _path(self, expr: Expr, state: State) -> Value:
        if isinstance(expr, Member):
            constant = catalogue.errno_constant(expr.name)
            if constant and isinstance(expr.base, Name):  # Python's errno.EINTR
                return Errno(frozenset({constant}))
            if isinstance(expr.base, Name) and catalogue.READINESS_BITS.search(expr.name):
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
            return self._member(base, expr.name)
        if isinstance(base, Raised):
            return self._errno_of(base) if expr.index == Const(0) else TOP
        if isinstance(base, Tuple) and isinstance(expr.index, Const) and isinstance(expr.index.value, int):
            at = expr.index.value
            return base.items[at] if -len(base.items) <= at < len(base.items) else TOP
        return base if isinstance(base, Empty | Stale) else TOP

    def _member(self, base: Value, name: str) -> Value:
        if isinstance(base, Raised):
            if name == "errno":
                return self._errno_of(base)
            return Tuple((self._errno_of(base), TOP)) if name == "args" else TOP
        if isinstance(base, Empty) and name == "revents":
            return ZERO
        return (
            STALE
            if isinstance(base, Stale) and name in ("revents", "filter", "data", "ident", "udata")
            else (base if isinstance(base, Stale) and name == "events" else TOP)
        )

    def _errno_of(self, raised: Raised) -> Value:
        match raised.run:
            case Run.INTERRUPTED:
                return Errno(frozenset({"EINTR"}))
            case Run.WOULD_BLOCK:
                return Errno(frozenset({"EAGAIN"}))
            case Run.FAILED:
                return Errno(frozenset({"EINTR", "EAGAIN"}), others=True)
        return TOP

    def caught_by(self, classes: tuple[str, ...], raised: Value) -> bool | None:
        """Whether an except clause of these classes catches what was raised."""
        if not isinstance(raised, Raised):
            return None if classes else True
        if not classes:
            return True
        names = {name.rpartition(".")[2] for name in classes}
        dotted = set(classes)
        if names & _GENERAL or dotted & {"select.error", "socket.error", "_socket.error", "error"}:
            return True
        if raised.run is not Run.FAILED and names <= _OTHER_FAULTS:
            return False
        if raised.run is Run.INTERRUPTED:
            if any(name.startswith("Interrupted") for name in names):
                return True
            return True if "ZMQError" in names else False if names == {"Again"} else None
        if raised.run is Run.WOULD_BLOCK:
            if all(name.startswith("Interrupted") for name in names):
                return False
            return True if names & {"BlockingIOError", "ZMQError", "Again"} else None
        if all(name.startswith("Interrupted") or name in _SPECIAL for name in names):
            return False
        return None

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
        return self._refine(right, self.value(right, refined), _FLIPPED[wanted], now, refined)

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
        if place in self._errno_reads:
            return State({**state.facts, place: new, "errno": new})
        return State({**state.facts, place: new})

    @cached_property
    def _errno_reads(self) -> frozenset[str]:
        """The temporaries that hold what errno is: a test of ``SOCK_ERRNO()`` tells of that, too."""
        effects = (node.effect for node in self.graph.nodes if self.graph.language == "c")
        calls = (e for e in effects if isinstance(e, Call) and not e.args and catalogue.gives_errno(e.name))
        return frozenset(f"${call.result.index}" for call in calls)

    # ---------------------------------------------------------------------------------------- effects

    def assign(self, effect: Assign, state: State) -> State:
        """The state after an assignment."""
        value = self.value(effect.value, state)
        if effect.op:
            value = arithmetic(effect.op, self.value(effect.target, state), value)
        return self._store(effect.target, value, state)

    def _store(self, target: Expr, value: Value, state: State) -> State:
        if isinstance(target, Items):
            parts = value.items if isinstance(value, Tuple) and len(value.items) == len(target.items) else None
            if isinstance(value, Raised):  # Python 2: ``except select.error, (code, text)``
                parts = (self._errno_of(value), *(TOP,) * (len(target.items) - 1))
            spread = value if isinstance(value, Empty | Stale | Elsewhere) else TOP
            for i, item in enumerate(target.items):
                state = self._store(item, parts[i] if parts else spread, state)
            return state
        place = self.place(target)
        if place is None:
            return state
        if not isinstance(target, Name | Temp) and self._may_reach_the_start(target, state):
            state = self._refreshed(target, state)
        if "[*]" in place:  # one element of many: nothing certain of any
            return state
        return self._within(target, value, state).put(place, value)

    def _within(self, target: Expr, value: Value, state: State) -> State:
        """The state with what is known of the whole that a member is assigned in: ``struct timeval tv = { 0, 0 };
        tv.tv_sec = seconds;``.
        """
        whole = self.place(target.base) if isinstance(target, Member) else None
        held = state.facts.get(whole or "")
        if whole is None or not isinstance(target, Member) or not isinstance(held, Tuple):
            return state
        facts = {place: known for place, known in state.facts.items() if place != whole}
        at = _TIME_MEMBERS.get(target.name)
        if at is not None and len(held.items) == len(set(_TIME_MEMBERS.values())):
            facts[whole] = Tuple((*held.items[:at], value, *held.items[at + 1 :]))
        return State(facts)

    def _may_reach_the_start(self, target: Expr, state: State) -> bool:
        """Whether what is stored through a pointer, or into an array, may be its first element."""
        if isinstance(target, Index):
            at = self.value(target.index, state)
            return not isinstance(at, Num) or at.lo <= 0 <= at.hi
        return isinstance(target, Unary)

    def _refreshed(self, target: Expr, state: State) -> State:
        """The state after something was written into a buffer, or through a pointer into one: it isn't what a failed
        wait left any more.
        """
        stale = [place for place, value in state.facts.items() if isinstance(value, Stale)]
        if not stale or self.graph.language != "c":
            return state
        root = root_of(self.place(target) or "")
        written = {root, *self._pointed_into.get(root, ())}
        doomed = [place for place in stale if place.lstrip("*") in written]
        return State({p: v for p, v in state.facts.items() if p not in doomed}) if doomed else state

    @cached_property
    def _pointed_into(self) -> dict[str, frozenset[str]]:
        return pointed_into(self.graph)

    def call(self, effect: Call, state: State) -> State:
        """The state after a call that is not the wait under study."""
        result: Value = TOP
        first = self.value_of_argument(effect, 0, state)
        if catalogue.is_set_test(effect.name):
            result = ZERO if isinstance(self.value_of_argument(effect, -1, state), Empty) else TOP
        elif catalogue.clears(effect.name) and effect.args:
            state = self._clear(effect, state)
        elif catalogue.overwrites(effect.name) and effect.args:
            state = self._havoc(effect, self._refreshed(effect.args[0], state))
        elif effect.name in _TRANSPARENT and effect.args:
            result = first if isinstance(first, Empty | Stale | Elsewhere) else TOP
        elif effect.name == "len" and effect.args:
            result = ZERO if isinstance(first, Empty) else TOP
        elif effect.receiver is not None and effect.name in _VIEWS:
            held = self.value(effect.receiver, state)
            result = held if isinstance(held, Empty | Stale | Elsewhere) else TOP
        elif effect.receiver is not None and effect.name == "get":
            result = Literal(None) if isinstance(self.value(effect.receiver, state), Empty | Elsewhere) else TOP
        elif catalogue.gives_errno(effect.name) and len(effect.args) <= 1:
            result = self._errno_of(first) if isinstance(first, Raised) else state.get("errno")
        elif effect.name == "getattr" and len(effect.args) > 1 and isinstance(effect.args[1], Const):
            result = self._path(Member(effect.args[0], str(effect.args[1].value)), state)
        elif catalogue.ERROR_PREDICATE.search(effect.name) and isinstance(first, Num):
            result = _answer(compare("<", first, ZERO))
        elif asked := catalogue.errno_asked(effect.name):
            result = self._predicate(effect, asked, state)
        else:
            state = self._havoc(effect, state)
        return state.put(f"${effect.result.index}", result)

    def value_of_argument(self, effect: Call, at: int, state: State) -> Value:
        """What an argument holds; for ``&x``, what x holds."""
        if not effect.args:
            return TOP
        argument = effect.args[at]
        if isinstance(argument, Unary) and argument.op == "&":
            argument = argument.operand
        return self.value(argument, state)

    def _clear(self, effect: Call, state: State) -> State:
        place = self.place(effect.args[0])
        return state if place is None else state.put(place, CLEARED)

    def _predicate(self, effect: Call, errno: str, state: State) -> Value:
        """``is_eintr(e)``: true where the argument (or errno, without one) is that error number."""
        wanted = Errno(frozenset({errno}))
        argument = self.value_of_argument(effect, -1, state) if effect.args else state.get("errno")
        if isinstance(argument, Raised):
            argument = self._errno_of(argument)
        if not isinstance(argument, Errno | Unlike):
            argument = state.get("errno")
        if isinstance(argument, Unlike):
            return _answer(compare("==", argument, wanted))
        known = compare("==", Errno(argument.names, argument.others), wanted) if isinstance(argument, Errno) else None
        return _answer(known)

    def _havoc(self, effect: Call, state: State) -> State:
        """Forget what the callee may write: objects passed by address, and unless it is harmless, what isn't local."""
        doomed: set[str] = set()
        for argument in effect.args:
            if isinstance(argument, Unary) and argument.op == "&":
                place = self.place(argument.operand)
                if place is not None:
                    doomed.add(place)
        harmless = catalogue.is_harmless(effect.name) or catalogue.is_clock(effect.name) or is_report(effect)
        if self.graph.language == "python" and effect.receiver is not None and not harmless:
            changed = place_of(effect.receiver, self.graph)  # rlist.append(fd)
            doomed |= {changed} if changed is not None else set()
        given = self._given_to_macro(effect)
        if not harmless or doomed:
            roots = {root_of(place) for place in doomed}
            keep = self.graph.locals
            state = State(
                {
                    place: value
                    for place, value in state.facts.items()
                    if root_of(place) not in roots
                    and not (isinstance(value, Stale) and root_of(place) in given)
                    and (harmless or place[0] == "$" or (root_of(place) in keep and place[0] != "*")
                         or isinstance(value, Empty | Stale)
                         or (place == "errno" and effect.result.index not in self._results_read))
                }
            )  # fmt: skip
        return state

    def _given_to_macro(self, effect: Call) -> frozenset[str]:
        """The variables that an unknown macro is given, and may write."""
        if self.graph.language != "c" or not is_macro(effect):
            return frozenset()
        return frozenset().union(*map(names_in, effect.args))

    @cached_property
    def _results_read(self) -> frozenset[int]:
        """The temporaries that a test, an assignment or a return comes to read, in the end. A call whose result nobody
        wants is no system call that the test of errno behind it could be about: the test still means the wait.
        """
        wanted: set[int] = set()
        for node in reversed(self.graph.nodes):  # a call's arguments are computed before it
            if not isinstance(node.effect, Call) or node.effect.result.index in wanted:
                wanted.update(*(temps_in(expr) for expr in expressions_of(node)))
        return frozenset(wanted)


_TIME_MEMBERS = {"tv_sec": 0, "tv_usec": 1, "tv_nsec": 1}
"""Where an initialiser has the members of a time structure."""
_GENERAL = frozenset(
    {"OSError", "IOError", "EnvironmentError", "Exception", "BaseException", "StandardError", "WindowsError"}
)
"""Classes that catch every error of a wait, in Python 2 or 3."""
_OTHER_FAULTS = frozenset(
    {"KeyboardInterrupt", "SystemExit", "ValueError", "TypeError", "AttributeError", "KeyError", "IndexError",
     "LookupError", "RuntimeError", "AssertionError", "UnicodeError", "EOFError", "MemoryError"}
)  # fmt: skip
"""Built-in classes that no error number of a wait comes as."""
_SPECIAL = frozenset({"BlockingIOError", "timeout", "TimeoutError", "Again"})
"""Classes that catch one outcome only."""
_TRANSPARENT = frozenset(
    {"list", "tuple", "set", "frozenset", "dict", "sorted", "iter", "reversed", "enumerate", "zip", "filter", "map"}
)
_VIEWS = frozenset({"items", "iteritems", "keys", "values", "iterkeys", "itervalues", "copy"})


@lru_cache(4096, typed=True)
def _constant(constant: int | float | str | bytes | bool | None) -> Value:
    if constant is None or isinstance(constant, str | bytes):
        return Literal(constant)
    return number(constant)


def _answer(known: bool | None) -> Value:
    return BOOL if known is None else number(known)


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
