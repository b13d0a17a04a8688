"""How long a wait can last: for ever, for some time, or not at all."""

import math
import re
from enum import Enum

from unstall.flow.evaluator import Evaluator
from unstall.flow.ir import Assign, Call, Const, Expr, FlowGraph, Member, Name, Unary
from unstall.flow.places import is_zero, place_of, root_of
from unstall.flow.sites import Site
from unstall.flow.state import State
from unstall.flow.values import MINUS_ONE, ZERO, Literal, Num, Tuple, Value, restrict
from unstall.flow.waits import WaitKind, WaitSpec
from unstall.source import Language


class Bound(Enum):
    """How long a wait can last."""

    FOREVER = "forever"
    ZERO = "zero"
    """It only looks."""
    SOME = "some"


def bound_of(site: Site, evaluator: Evaluator, state: State) -> Bound:
    """How long the wait can last, as far as its timeout argument is known at the call."""
    spec = site.spec
    effect = evaluator.graph.nodes[site.node].effect
    assert isinstance(effect, Call)
    if spec.kind is WaitKind.DISPATCH or spec.bounded:
        return Bound.FOREVER if _ends_with_minus_one(effect, evaluator, state) else Bound.SOME
    if spec.timeout is None:
        return Bound.FOREVER
    keyword = next((value for name, value in effect.keywords if name.startswith(("timeout", "max"))), None)
    if keyword is None and spec.timeout >= len(effect.args):
        return Bound.FOREVER
    argument = keyword if keyword is not None else effect.args[spec.timeout]
    value = evaluator.value(argument, state)
    if value == Literal(None):
        return Bound.FOREVER
    if isinstance(value, Num) and value.lo < 0 and value.hi <= 0:
        return Bound.FOREVER  # or for no time at all: ``timeout = pending ? 0 : -1``
    if value == ZERO:
        # A null pointer to a time structure means for ever; the number 0 means not at all.
        return Bound.FOREVER if takes_pointer(spec, evaluator.graph.language) else Bound.ZERO
    if _points_to_zero(argument, evaluator, state) or _is_always_zero(argument, evaluator.graph, site):
        return Bound.ZERO
    return _bound_of_pointer(argument, evaluator.graph) if isinstance(argument, Name) else Bound.SOME


def _ends_with_minus_one(call: Call, evaluator: Evaluator, state: State) -> bool:
    """Whether the last argument of a call about which no more is known is -1, as in ``apr_poll(fds, 1, &n, -1)``."""
    return bool(call.args) and evaluator.value(call.args[-1], state) == MINUS_ONE


def longest(site: Site, evaluator: Evaluator, state: State) -> float | None:
    """The seconds after which the wait is over at the latest, where its timeout is known at the call."""
    effect, at = evaluator.graph.nodes[site.node].effect, site.spec.timeout
    assert isinstance(effect, Call)
    if at is None or at >= len(effect.args) or bound_of(site, evaluator, state) is not Bound.SOME:
        return None
    argument, unit = effect.args[at], _UNITS.get(effect.callee)
    if unit is not None:
        return _most(evaluator.value(argument, state), unit)
    place = place_of(argument.operand) if isinstance(argument, Unary) and argument.op == "&" else None
    if place is None or effect.name not in _FRACTIONS:
        return None
    member, fraction = _FRACTIONS[effect.name]
    match state.get(place):
        case Tuple((whole, part)):
            parts = whole, part
        case _:
            parts = state.get(f"{place}.tv_sec"), state.get(f"{place}.{member}")
    seconds, rest = _most(parts[0], 1), _most(parts[1], fraction)
    return None if seconds is None or rest is None else seconds + rest


def _most(value: Value, unit: float) -> float | None:
    return value.hi * unit if isinstance(value, Num) and math.isfinite(value.hi) else None


def takes_pointer(spec: WaitSpec, language: Language) -> bool:
    """Whether a wait's timeout is the address of a time structure."""
    return language == "c" and not spec.timeout_is_number


def timed_out(site: Site, evaluator: Evaluator, state: State) -> State:
    """What is known just before a wait that is to end by its timeout: that is no -1, and no null pointer."""
    call, at = evaluator.graph.nodes[site.node].effect, site.spec.timeout
    assert isinstance(call, Call)
    if evaluator.graph.language != "c" or at is None or at >= len(call.args) or site.spec.effects:
        return state
    place = evaluator.place(call.args[at]) if isinstance(call.args[at], Name | Member) else None
    if place is None:
        return state
    limit = restrict(state.get(place), "!=" if takes_pointer(site.spec, "c") else ">=", ZERO)
    return state if limit is None else state.put(place, limit)


def _points_to_zero(timeout: Expr, evaluator: Evaluator, state: State) -> bool:
    """Whether a timeout is the address of a time structure of which every member is zero."""
    target = timeout.operand if isinstance(timeout, Unary) and timeout.op == "&" else None
    if target is not None and is_zero(target):
        return True  # ``&(struct timespec){ 0, 0 }``
    if isinstance(target, Name) and target.id not in evaluator.graph.locals and _AT_ONCE.search(target.id):
        return True
    place = None if target is None else place_of(target)
    if place is None:
        return False
    match state.get(place):
        case Tuple(items) if all(item == ZERO for item in items):
            return True
    members = [value for known, value in state.facts.items() if known.startswith(place + ".tv_")]
    return len(members) == 2 and all(value == ZERO for value in members)


def _is_always_zero(timeout: Expr, graph: FlowGraph, site: Site) -> bool:
    """Whether a timeout is the address of a variable of the function's own that is given nothing but zero, and that no
    other call may set.
    """
    target = timeout.operand if isinstance(timeout, Unary) and timeout.op == "&" else None
    if not isinstance(target, Name) or target.id not in graph.locals:
        return False
    others = (node.effect for node in graph.nodes if node.id != site.node)
    values = values_given(target, graph)
    is_set = any(isinstance(effect, Call) and _is_given(effect, [target]) for effect in others)
    return bool(values) and all(map(is_zero, values)) and not is_set


def _bound_of_pointer(timeout: Name, graph: FlowGraph) -> Bound:
    """How long a wait lasts whose timeout is a variable that is given nothing but NULL and the addresses of variables
    that are always zero.
    """
    given = values_given(timeout, graph)
    pointed = [value.operand for value in given if isinstance(value, Unary) and value.op == "&"]
    nulls = [value for value in given if value == Const(0)]
    if timeout.id not in graph.locals or not pointed or len(pointed) + len(nulls) < len(given):
        return Bound.SOME
    if not all((values := values_given(target, graph)) and all(map(is_zero, values)) for target in pointed):
        return Bound.SOME
    if any(isinstance(node.effect, Call) and _is_given(node.effect, pointed) for node in graph.nodes):
        return Bound.SOME  # a function sets it
    return Bound.FOREVER if nulls else Bound.ZERO


def _is_given(call: Call, targets: list[Expr]) -> bool:
    return any(isinstance(arg, Unary) and arg.op == "&" and arg.operand in targets for arg in call.args)


def values_given(target: Expr, graph: FlowGraph) -> list[Expr]:
    """What a variable, or a member of it, is assigned anywhere in a function."""
    root = place_of(target)
    assigns = (node.effect for node in graph.nodes if isinstance(node.effect, Assign))
    return [effect.value for effect in assigns if root and root_of(place_of(effect.target) or "") == root]


_AT_ONCE = re.compile(r"zero|no_?wait|at_?once|immediate", re.IGNORECASE)
"""What a time structure of more than one function is named after that stands for no time at all."""
_UNITS = {
    "poll": 1e-3, "epoll_wait": 1e-3, "epoll_pwait": 1e-3, "usleep": 1e-6, "sleep": 1,
    "select.select": 1, "time.sleep": 1,
}  # fmt: skip
"""What a timeout that is a number counts, in seconds."""
_FRACTIONS = {
    "select": ("tv_usec", 1e-6), "pselect": ("tv_nsec", 1e-9), "ppoll": ("tv_nsec", 1e-9),
    "nanosleep": ("tv_nsec", 1e-9),
}  # fmt: skip
"""The member of a time structure beside its seconds, and what it counts."""
