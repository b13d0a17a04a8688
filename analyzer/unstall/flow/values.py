"""Abstract values: what is known of a variable on a run, and how conditions come out over it.

Small on purpose. Numbers are intervals, error numbers are sets of names, and a wait's result objects are *empty* (the
call said that nothing of theirs is ready, or they were cleared) or *stale* (the call failed and never wrote them).
Everything else is `TOP`. Conditions evaluate to True, False or None (unknown: both ways).
"""

import math
from dataclasses import dataclass

from unstall.flow.outcomes import Run


@dataclass(frozen=True, slots=True)
class Top:
    """Nothing is known. There is one of it, in every process."""

    def __reduce__(self) -> str:
        return "TOP"


@dataclass(frozen=True, slots=True)
class Num:
    """A number between ``lo`` and ``hi``, both included."""

    lo: float
    hi: float


@dataclass(frozen=True, slots=True)
class NonZero:
    """A number or pointer of which nothing is known but that it isn't zero: a flag that was found set."""


@dataclass(frozen=True, slots=True)
class Errno:
    """An error number: one of ``names``, or with ``others`` any but those; ``negated`` for -EINTR and its like."""

    names: frozenset[str]
    others: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Unlike:
    """Anything, zero included, but these error numbers: what a test for them left where nothing was known before."""

    names: frozenset[str]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Raised:
    """The exception that a failed wait raised (Python)."""

    run: Run


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant that is no number: a string, None."""

    value: str | bytes | None


@dataclass(frozen=True, slots=True)
class Tuple:
    """A tuple or list of known length."""

    items: "tuple[Value, ...]"


@dataclass(frozen=True, slots=True)
class Empty:
    """A result object in which nothing is ready."""

    falsy: bool = True
    """A Python container; a cleared C object is no number, so that a test of its address tells nothing."""
    at: Num = Num(0, 0)
    """Of a pointer into it, how many elements behind its start."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A Python result that holds something, but not what is asked for."""


@dataclass(frozen=True, slots=True)
class Stale:
    """A result object that the failed wait never wrote."""

    at: Num = Num(0, 0)
    """Of a pointer into it, how many elements behind its start."""


@dataclass(frozen=True, slots=True)
class Hinge:
    """That an object is stale only as long as a number is one of some. It is no place's value: a state keeps it for
    two.
    """

    when: Num
    otherwise: "Value"
    """What the object holds where the number is none of those."""


Value = Top | Num | NonZero | Errno | Unlike | Raised | Literal | Tuple | Empty | Elsewhere | Stale | Hinge

TOP = Top()
EMPTY = Empty()
CLEARED = Empty(falsy=False)
STALE = Stale()
ELSEWHERE = Elsewhere()
ZERO = Num(0, 0)
NONZERO = NonZero()
MINUS_ONE = Num(-1, -1)
NO_INTERRUPT = Errno(frozenset({"EINTR", "EAGAIN"}), others=True)
POSITIVE = Num(1, math.inf)
BOOL = Num(0, 1)
ANYWHERE = Num(-math.inf, math.inf)
"""No known place."""


def join(a: Value, b: Value) -> Value:
    """The least value that covers both."""
    if a == b:
        return a
    if isinstance(a, Num) and isinstance(b, Num):
        return Num(min(a.lo, b.lo), max(a.hi, b.hi))
    if isinstance(a, Errno) and isinstance(b, Errno) and a.negated == b.negated and a.others == b.others:
        return Errno(a.names & b.names if a.others else a.names | b.names, a.others, a.negated)
    if isinstance(a, Stale | Empty) and isinstance(b, Stale | Empty) and (type(a) is type(b)):
        return _at(a, Num(min(a.at.lo, b.at.lo), max(a.at.hi, b.at.hi))) if _at(a, b.at) == b else TOP
    for one in (a, b):
        if isinstance(one, Stale):
            return one  # may be stale is what matters
    if isinstance(a, Errno | Unlike) and isinstance(b, Errno | Unlike) and a.negated == b.negated:
        names = _excluded(a, b) & _excluded(b, a)
        return Unlike(names, a.negated) if names else TOP
    return TOP


def _excluded(value: Errno | Unlike, other: Errno | Unlike) -> frozenset[str]:
    """The error numbers that a value isn't; of one that is among few, as many as the ``other`` names."""
    return value.names if isinstance(value, Unlike) or value.others else other.names - value.names


def widen(old: Value, new: Value) -> Value:
    """Like `join`, but a bound that moved goes to infinity, so that loops that count come to an end."""
    if isinstance(old, Num) and isinstance(new, Num):
        return Num(old.lo if new.lo >= old.lo else -math.inf, old.hi if new.hi <= old.hi else math.inf)
    both = join(old, new)
    if isinstance(old, Stale | Empty) and isinstance(both, Stale | Empty):
        at = widen(old.at, both.at)
        assert isinstance(at, Num)
        return _at(both, at)
    return both


def _at(whole: Stale | Empty, at: Num) -> Stale | Empty:
    """A pointer into the same object, to another element."""
    return Stale(at) if isinstance(whole, Stale) else Empty(whole.falsy, at)


def truth(value: Value) -> bool | None:
    """How a test of the value comes out."""
    match value:
        case Num(lo, hi):
            return False if lo == hi == 0 else True if lo > 0 or hi < 0 else None
        case NonZero() | Errno() | Raised():
            return True
        case Literal(constant):
            return bool(constant)
        case Tuple(items):
            return bool(items)
        case Empty(falsy=True):
            return False
    return None


def negation(value: Value) -> Value:
    """``!value``."""
    known = truth(value)
    return answer(None if known is None else not known)


def answer(known: bool | None) -> Value:
    """What a test gives that comes out as ``known``: 0, 1, or either."""
    return BOOL if known is None else number(known)


def number(value: float) -> Num:
    """The interval that holds just ``value``."""
    return Num(value, value)


MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""What an order is called from its other side; equality and identity are the same from both."""


def compare(op: str, a: Value, b: Value) -> bool | None:
    """How ``a op b`` comes out, for the comparison operators of both languages."""
    if op in MIRROR and isinstance(a, Num) and isinstance(b, Num):
        return _less(a, b, op) if op in ("<", "<=") else _less(b, a, MIRROR[op])
    if (positions := _positions(a, b)) and op not in ("in", "not in"):
        return compare(op, *positions)
    if op in MIRROR and isinstance(b, Errno) and not isinstance(a, Errno):
        return compare(MIRROR[op], b, a)
    if op in MIRROR and isinstance(a, Errno) and isinstance(b, Num) and b.lo == b.hi == 0:
        return (op in ("<", "<=")) == a.negated
    if op in ("==", "is"):
        return _equal(a, b)
    if op in ("!=", "is not"):
        same = _equal(a, b)
        return None if same is None else not same
    if op in ("in", "not in"):
        found = _contains(b, a)
        return found if op == "in" or found is None else not found
    return None


def _positions(a: Value, b: Value) -> tuple[Num, Num] | None:
    """Where two pointers into one array of C point; None for what are none."""
    if isinstance(a, Stale) and isinstance(b, Stale):
        return a.at, b.at
    if isinstance(a, Empty) and isinstance(b, Empty) and not (a.falsy or b.falsy):
        return a.at, b.at
    return None


def _less(a: Num, b: Num, op: str) -> bool | None:
    if a.hi < b.lo or (op == "<=" and a.hi <= b.lo):
        return True
    if a.lo > b.hi or (op == "<" and a.lo >= b.hi):
        return False
    return None


def _equal(a: Value, b: Value) -> bool | None:
    if isinstance(a, Num) and isinstance(b, Num):
        return True if a == b and a.lo == a.hi else False if a.hi < b.lo or b.hi < a.lo else None
    if isinstance(a, Unlike):
        return False if _rules_out(a, b) else None
    if isinstance(b, Unlike):
        return False if _rules_out(b, a) else None
    if isinstance(b, Errno) and not isinstance(a, Errno):
        return _equal(b, a)
    if NONZERO in (a, b):
        return False if ZERO in (a, b) else None
    match a, b:
        case Errno(), Errno():
            return _same_errno(a, b)
        case Errno(negated=negated), Num(lo, hi):
            return False if (lo >= 0 if negated else hi <= 0) else None
        case Literal(), Literal():
            return a == b
        case (Literal(None), other) | (other, Literal(None)) if isinstance(other, Num | Raised | Tuple | Empty):
            return False
        case (Empty(), Tuple(items)) | (Tuple(items), Empty()):
            return not items
        case (Empty(), Empty()):
            return True
    return None


def _rules_out(unlike: Unlike, other: Value) -> bool:
    if not isinstance(other, Errno) or other.others:
        return False
    return other.negated == unlike.negated and other.names <= unlike.names


def _same_errno(a: Errno, b: Errno) -> bool | None:
    if a.negated != b.negated:
        return False
    if a.others and b.others:
        return None
    if a.others or b.others:
        known, excluded = (b, a) if a.others else (a, b)
        return False if known.names <= excluded.names else None
    if not a.names & b.names:
        return False
    return True if a.names == b.names and len(a.names) == 1 else None


def _contains(container: Value, item: Value) -> bool | None:
    if isinstance(container, Empty | Elsewhere):
        return False
    if isinstance(container, Tuple):
        answers = [_equal(item, member) for member in container.items]
        return True if True in answers else None if None in answers else False
    return None


def arithmetic(op: str, a: Value, b: Value) -> Value:
    """``a op b`` for the operators that matter to results; TOP for the rest."""
    if isinstance(a, Num) and isinstance(b, Num):
        match op:
            case "+":
                return Num(a.lo + b.lo, a.hi + b.hi)
            case "-":
                return Num(a.lo - b.hi, a.hi - b.lo)
            case "|" if a.lo == a.hi and b.lo == b.hi and math.isfinite(a.lo + b.lo):
                return number(int(a.lo) | int(b.lo))
    if op == "&" and ZERO in (a, b):
        return ZERO
    if op == "+" and isinstance(a, Empty) and isinstance(b, Empty):
        return EMPTY
    if op == "-" and (positions := _positions(a, b)):
        return arithmetic(op, *positions)
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Stale) or (isinstance(one, Empty) and not one.falsy):
            if op == "+" or (op == "-" and one is a):
                return _at(one, _moved(one.at, op, other))  # a pointer that walks through it
            return one if op == "|" and isinstance(one, Stale) else TOP
    return TOP


def _moved(at: Num, op: str, by: Value) -> Num:
    """Where a pointer comes to that is moved by some elements."""
    moved = arithmetic(op, at, by) if isinstance(by, Num) else ANYWHERE
    assert isinstance(moved, Num)
    return moved


def negate(value: Value) -> Value:
    """``-value``."""
    match value:
        case Num(lo, hi):
            return Num(-hi, -lo)
        case Errno(names, others, negated):
            return Errno(names, others, not negated)
    return TOP


def restrict(value: Value, op: str, bound: Value) -> Value | None:
    """``value`` given that ``value op bound`` holds; None where it can't hold."""
    if compare(op, value, bound) is False:
        return None
    if isinstance(value, Top | Unlike) and op in ("==", "is") and isinstance(bound, Num | Errno | Literal):
        return bound
    if isinstance(value, Top | Unlike) and op == "!=" and isinstance(bound, Errno):
        return _without(value, bound)
    if isinstance(bound, Errno) and isinstance(value, Errno) and not bound.others and value.negated == bound.negated:
        if op == "==":
            return bound
        if op == "!=":
            names = value.names | bound.names if value.others else value.names - bound.names
            return Errno(names, value.others, value.negated)
        return value
    if isinstance(value, Top | NonZero | Unlike) and op in ("!=", "is not") and (bound == ZERO or value == NONZERO):
        return NONZERO
    if not isinstance(bound, Num) or not isinstance(value, Num | Top | NonZero | Unlike):
        return value
    lo, hi = (value.lo, value.hi) if isinstance(value, Num) else (-math.inf, math.inf)
    match op:
        case "==":
            lo, hi = max(lo, bound.lo), min(hi, bound.hi)
        case "<":
            hi = min(hi, bound.hi - 1)
        case "<=":
            hi = min(hi, bound.hi)
        case ">":
            lo = max(lo, bound.lo + 1)
        case ">=":
            lo = max(lo, bound.lo)
        case "!=" if bound.lo == bound.hi:
            lo, hi = (lo + 1 if lo == bound.lo else lo), (hi - 1 if hi == bound.lo else hi)
    return None if lo > hi else Num(lo, hi)


def _without(value: Top | Unlike, bound: Errno) -> Value:
    """``value`` given that it isn't the error number ``bound``."""
    if bound.others or len(bound.names) > 1:
        return value
    if isinstance(value, Top):
        return Unlike(bound.names, bound.negated)
    return Unlike(value.names | bound.names, value.negated) if value.negated == bound.negated else value
