"""What assignments and calls make of the state of a run.

Of an array's elements at unknown indices only an emptied or stale whole is ever known.
"""

import math

from unstall.flow import by_name, catalogue
from unstall.flow.caught import errno_of
from unstall.flow.evaluator import Evaluator
from unstall.flow.ir import Assign, Call, Const, Expr, Index, Items, Member, Name, Temp, Unary
from unstall.flow.places import does_nothing, is_macro, names_in, place_of, root_of
from unstall.flow.state import State
from unstall.flow.values import (
    CLEARED,
    TOP,
    ZERO,
    Elsewhere,
    Empty,
    Errno,
    Literal,
    Num,
    Raised,
    Stale,
    Tuple,
    Unlike,
    Value,
    answer,
    arithmetic,
    compare,
)

_TIME_MEMBERS = {"tv_sec": 0, "tv_usec": 1, "tv_nsec": 1}
"""Where an initialiser has the members of a time structure."""
_AT_LEAST_MINUS_ONE = frozenset({"fork", "vfork", "open", "openat", "creat", "dup", "dup2", "socket"})
"""Calls that give a process or a descriptor, or -1 (POSIX)."""
_TRANSPARENT = frozenset(
    {"list", "tuple", "set", "frozenset", "dict", "sorted", "iter", "reversed", "enumerate", "zip", "filter", "map"}
)
_VIEWS = frozenset({"items", "iteritems", "keys", "values", "iterkeys", "itervalues", "copy"})


def assign(evaluator: Evaluator, effect: Assign, state: State) -> State:
    """The state after an assignment."""
    state = moved_on(evaluator, state)
    value = evaluator.value(effect.value, state)
    if effect.op:
        value = arithmetic(effect.op, evaluator.value(effect.target, state), value)
    return _store(evaluator, effect.target, value, state)


def _store(evaluator: Evaluator, target: Expr, value: Value, state: State) -> State:
    if isinstance(target, Items):
        parts = value.items if isinstance(value, Tuple) and len(value.items) == len(target.items) else None
        if isinstance(value, Raised):  # Python 2: ``except select.error, (code, text)``
            parts = (errno_of(value), *(TOP,) * (len(target.items) - 1))
        spread = value if isinstance(value, Empty | Stale | Elsewhere) else TOP
        for i, item in enumerate(target.items):
            state = _store(evaluator, item, parts[i] if parts else spread, state)
        return state
    place = evaluator.place(target)
    if place is None:
        return state
    if not isinstance(target, Name | Temp) and _may_reach_the_start(evaluator, target, state):
        state = _refreshed(evaluator, target, state)
    if "[*]" in place:  # one element of many: nothing certain of any
        return state
    return _within(evaluator, target, value, state).put(place, value)


def _within(evaluator: Evaluator, target: Expr, value: Value, state: State) -> State:
    """The state with what is known of the whole that a member is assigned in: ``struct timeval tv = { 0, 0 };
    tv.tv_sec = seconds;``.
    """
    whole = evaluator.place(target.base) if isinstance(target, Member) else None
    held = state.facts.get(whole or "")
    if whole is None or not isinstance(target, Member) or not isinstance(held, Tuple):
        return state
    facts = {place: known for place, known in state.facts.items() if place != whole}
    at = _TIME_MEMBERS.get(target.name)
    if at is not None and len(held.items) == len(set(_TIME_MEMBERS.values())):
        facts[whole] = Tuple((*held.items[:at], value, *held.items[at + 1 :]))
    return State(facts)


def _may_reach_the_start(evaluator: Evaluator, target: Expr, state: State) -> bool:
    """Whether what is stored through a pointer, or into an array, may be its first element."""
    if isinstance(target, Index):
        at = evaluator.value(target.index, state)
        return not isinstance(at, Num) or at.lo <= 0 <= at.hi
    return isinstance(target, Unary)


def _refreshed(evaluator: Evaluator, target: Expr, state: State) -> State:
    """The state after something was written into a buffer, or through a pointer into one: it isn't what a failed
    wait left any more.
    """
    stale = [place for place, value in state.facts.items() if isinstance(value, Stale)]
    if not stale or evaluator.graph.language != "c":
        return state
    root = root_of(evaluator.place(target) or "")
    written = {root, *evaluator.pointed_into.get(root, ())}
    doomed = [place for place in stale if place.lstrip("*") in written]
    return State({p: v for p, v in state.facts.items() if p not in doomed}) if doomed else state


def call(evaluator: Evaluator, effect: Call, state: State) -> State:
    """The state after a call that is not the wait under study."""
    result: Value = TOP
    question = evaluator.questions.get(f"${effect.result.index}")
    answered = state.facts.get(question or "")
    first = evaluator.value_of_argument(effect, 0, state)
    if by_name.is_set_test(effect.name):
        result = ZERO if isinstance(evaluator.value_of_argument(effect, -1, state), Empty) else TOP
    elif by_name.clears(effect.name) and effect.args:
        state = _clear(evaluator, effect, state)
    elif by_name.overwrites(effect.name) and effect.args:
        state = _havoc(evaluator, effect, _refreshed(evaluator, effect.args[0], state))
    elif effect.name in _TRANSPARENT and effect.args:
        result = first if isinstance(first, Empty | Stale | Elsewhere) else TOP
    elif effect.name == "len" and effect.args:
        result = ZERO if isinstance(first, Empty) else TOP
    elif effect.receiver is not None and effect.name in _VIEWS:
        held = evaluator.value(effect.receiver, state)
        result = held if isinstance(held, Empty | Stale | Elsewhere) else TOP
    elif effect.receiver is not None and effect.name == "get":
        result = Literal(None) if isinstance(evaluator.value(effect.receiver, state), Empty | Elsewhere) else TOP
    elif by_name.gives_errno(effect.name) and len(effect.args) <= 1:
        result = errno_of(first) if isinstance(first, Raised) else state.get("errno")
    elif effect.name == "getattr" and len(effect.args) > 1 and isinstance(effect.args[1], Const):
        result = evaluator.value(Member(effect.args[0], str(effect.args[1].value)), state)
    elif by_name.ERROR_PREDICATE.search(effect.name) and isinstance(first, Num):
        result = answer(compare("<", first, ZERO))
    elif effect.name in _AT_LEAST_MINUS_ONE and evaluator.graph.language == "c":
        result, state = Num(-1, math.inf), _havoc(evaluator, effect, state)
    elif asked := by_name.errno_asked(effect.name):
        result = _predicate(evaluator, effect, asked, state)
    else:
        result, state = answered or TOP, _havoc(evaluator, effect, state)
    if evaluator.questions and answered is None and not does_nothing(effect, evaluator.graph.language):
        state = moved_on(evaluator, state)
    if question is not None:
        state = state.put(question, result)
    return state.put(f"${effect.result.index}", result)


def moved_on(evaluator: Evaluator, state: State) -> State:
    """The state once something was done: a question that is asked again may find another answer."""
    answers = [place for place in evaluator.questions.values() if place in state.facts]
    return State({place: known for place, known in state.facts.items() if place not in answers}) if answers else state


def _clear(evaluator: Evaluator, effect: Call, state: State) -> State:
    place = evaluator.place(effect.args[0])
    return state if place is None else state.put(place, CLEARED)


def _predicate(evaluator: Evaluator, effect: Call, errno: str, state: State) -> Value:
    """``is_eintr(e)``: true where the argument (or errno, without one) is that error number."""
    wanted = Errno(frozenset({errno}))
    argument = evaluator.value_of_argument(effect, -1, state) if effect.args else state.get("errno")
    if isinstance(argument, Raised):
        argument = errno_of(argument)
    if not isinstance(argument, Errno | Unlike):
        argument = state.get("errno")
    if isinstance(argument, Unlike):
        return answer(compare("==", argument, wanted))
    known = compare("==", Errno(argument.names, argument.others), wanted) if isinstance(argument, Errno) else None
    return answer(known)


def _havoc(evaluator: Evaluator, effect: Call, state: State) -> State:
    """Forget what the callee may write: objects passed by address, and unless it is harmless, what isn't local. A
    system call writes through its arguments, and errno.
    """
    doomed: set[str] = set()
    system = catalogue.C_WAITS.get(effect.name) if evaluator.graph.language == "c" else None
    for at in evaluator.waits.get(effect.result.index, system.results if system else ()):
        place = evaluator.place(effect.args[at]) if at < len(effect.args) else None
        doomed |= {place} if place is not None else set()
    for argument in effect.args:
        if isinstance(argument, Unary) and argument.op == "&":
            place = evaluator.place(argument.operand)
            if place is not None:
                doomed.add(place)
    harmless = does_nothing(effect, evaluator.graph.language)
    if evaluator.graph.language == "python" and effect.receiver is not None and not harmless:
        changed = place_of(effect.receiver, evaluator.graph)  # rlist.append(fd)
        doomed |= {changed} if changed is not None else set()
    given = _given_to_macro(evaluator, effect)
    if not harmless or doomed:
        roots = {root_of(place) for place in doomed}
        keep = evaluator.graph.locals | evaluator.wait_results
        state = State(
            {
                place: value
                for place, value in state.facts.items()
                if root_of(place) not in roots
                and not (isinstance(value, Stale) and root_of(place) in given)
                and (harmless or place[0] == "$" or (root_of(place) in keep and place[0] != "*")
                     or isinstance(value, Empty | Stale) or (system and place != "errno")
                     or (place == "errno" and effect.result.index not in evaluator.results_read))
            }
        )  # fmt: skip
    return state


def _given_to_macro(evaluator: Evaluator, effect: Call) -> frozenset[str]:
    """The variables that an unknown macro is given, and may write."""
    if evaluator.graph.language != "c" or not is_macro(effect):
        return frozenset()
    return frozenset().union(*map(names_in, effect.args))
