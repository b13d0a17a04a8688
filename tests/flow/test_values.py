"""The abstract values cover what they stand for: checked against concrete numbers and errnos."""

import math
import operator

from hypothesis import given
from hypothesis import strategies as st
from unstall.flow.state import State
from unstall.flow.values import (
    BOOL,
    NONZERO,
    TOP,
    ZERO,
    Errno,
    Num,
    Unlike,
    Value,
    arithmetic,
    compare,
    join,
    negate,
    restrict,
    truth,
    widen,
)


def test_an_assignment_forgets_what_a_variable_points_to_and_no_other() -> None:
    known = State().put("*count", ZERO).put("*c", ZERO).put("c.size", ZERO)
    assert known.put("c", NONZERO).facts == {"*count": ZERO, "c": NONZERO}


NUMBERS = st.integers(-5, 5)
INTERVALS = st.tuples(NUMBERS, NUMBERS).map(lambda pair: Num(min(pair), max(pair)))
OPERATORS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
NAMES = ("EINTR", "EAGAIN", "EBADF", "EPIPE")
ERRNOS = st.builds(Errno, st.frozensets(st.sampled_from(NAMES), min_size=1, max_size=3), st.booleans())


UNLIKES = st.builds(Unlike, st.frozensets(st.sampled_from(NAMES), min_size=1, max_size=3))


def members(interval: Num) -> range:
    return range(int(interval.lo), int(interval.hi) + 1)


def errnos(value: Value) -> set[str]:
    match value:
        case Errno(names, others):
            return set(NAMES) - names if others else set(names)
        case Unlike(names):
            return {*NAMES, "0"} - names
    return {*NAMES, "0"}


@given(INTERVALS, INTERVALS, st.sampled_from(sorted(OPERATORS)))
def test_a_comparison_that_is_known_holds_for_every_number(a: Num, b: Num, op: str) -> None:
    answers = {OPERATORS[op](x, y) for x in members(a) for y in members(b)}
    known = compare(op, a, b)
    assert known is None or answers == {known}


@given(ERRNOS | UNLIKES, ERRNOS | UNLIKES, st.sampled_from(["==", "!="]))
def test_a_comparison_of_errnos_that_is_known_holds_for_every_errno(a: Value, b: Value, op: str) -> None:
    answers = {OPERATORS[op](x, y) for x in errnos(a) for y in errnos(b)}
    known = compare(op, a, b)
    assert known is None or answers <= {known}


@given(INTERVALS, INTERVALS)
def test_join_and_widen_cover_both(a: Num, b: Num) -> None:
    for both in (join(a, b), widen(a, b)):
        assert isinstance(both, Num)
        assert all(both.lo <= x <= both.hi for x in (*members(a), *members(b)))


@given(INTERVALS, INTERVALS, st.sampled_from(["+", "-"]))
def test_arithmetic_covers_every_result(a: Num, b: Num, op: str) -> None:
    result = arithmetic(op, a, b)
    assert isinstance(result, Num)
    values = [x + y if op == "+" else x - y for x in members(a) for y in members(b)]
    assert result.lo <= min(values) <= max(values) <= result.hi


@given(INTERVALS, INTERVALS, st.sampled_from(sorted(OPERATORS)))
def test_restriction_keeps_every_number_for_which_the_condition_can_hold(a: Num, b: Num, op: str) -> None:
    kept = [x for x in members(a) if any(OPERATORS[op](x, y) for y in members(b))]
    rest = restrict(a, op, b)
    if rest is None:
        assert not kept
    else:
        assert isinstance(rest, Num)
        assert all(rest.lo <= x <= rest.hi for x in kept)


@given(ERRNOS, ERRNOS.filter(lambda e: not e.others and len(e.names) == 1), st.sampled_from(["==", "!="]))
def test_restriction_of_errnos(a: Errno, b: Errno, op: str) -> None:
    kept = {x for x in errnos(a) if any(OPERATORS[op](x, y) for y in errnos(b))}
    rest = restrict(a, op, b)
    if rest is None:
        assert not kept
    else:
        assert isinstance(rest, Errno)
        assert kept <= errnos(rest)


@given(ERRNOS | UNLIKES, ERRNOS | UNLIKES)
def test_what_joins_error_numbers_covers_both(a: Value, b: Value) -> None:
    assert errnos(a) | errnos(b) <= errnos(join(a, b))


@given(UNLIKES | st.just(TOP), st.sampled_from(NAMES), st.sampled_from(["==", "!="]))
def test_a_test_of_what_is_unknown_tells_which_error_number_it_is_not(a: Value, name: str, op: str) -> None:
    kept = {x for x in errnos(a) if OPERATORS[op](x, name)}
    rest = restrict(a, op, Errno(frozenset({name})))
    assert (set() if rest is None else errnos(rest)) == kept


def test_what_is_only_unlike_an_error_number_may_be_zero() -> None:
    assert truth(Unlike(frozenset({"EINTR"}))) is None
    assert compare("==", Unlike(frozenset({"EINTR"})), ZERO) is None


def test_an_error_number_is_positive_and_its_negative_negative() -> None:
    eintr = Errno(frozenset({"EINTR"}))
    assert compare(">", eintr, Num(0, 0)) is True
    assert compare("<", negate(eintr), Num(0, 0)) is True
    assert compare("==", negate(eintr), eintr) is False
    assert compare("==", eintr, Num(0, 0)) is False


def test_truth() -> None:
    assert truth(Num(0, 0)) is False
    assert truth(Num(-1, -1)) is True
    assert truth(BOOL) is None
    assert truth(TOP) is None


def test_what_is_not_zero() -> None:
    assert restrict(TOP, "!=", ZERO) == NONZERO
    assert truth(NONZERO) is True
    assert compare("==", NONZERO, ZERO) is False
    assert compare("==", NONZERO, Num(1, 1)) is None
    assert restrict(NONZERO, "==", ZERO) is None
    assert restrict(NONZERO, "==", Num(3, 3)) == Num(3, 3)
    assert restrict(NONZERO, "<", ZERO) == Num(-math.inf, -1)
    assert join(NONZERO, ZERO) is TOP
