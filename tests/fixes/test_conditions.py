"""Conditions taken apart and put together again as text."""

import pytest
from unstall.fixes import conditions


@pytest.mark.parametrize(
    ("condition", "opposite"),
    [
        ("errno == EINTR", "errno != EINTR"),
        ("errno == EINTR || errno == EAGAIN", "errno != EINTR && errno != EAGAIN"),
        ("(errno != EAGAIN) && (errno != EINTR)", "errno == EAGAIN || errno == EINTR"),
        ("a == 1 && (b == 2 || c == 3)", "a != 1 || (b != 2 && c != 3)"),
        ("!is_eintr(e)", "is_eintr(e)"),
        ("is_eintr(e)", "!is_eintr(e)"),
        ("r < 0", "!(r < 0)"),
        ("a & b", "!(a & b)"),
        ("s == ')'", "s != ')'"),
        ("(r = f(a, b == c)) == -1", "(r = f(a, b == c)) != -1"),
        ("a ? b : c", "!(a ? b : c)"),
    ],
)
def test_negation_in_c_is_written_as_a_person_would(condition: str, opposite: str) -> None:
    assert conditions.negated(condition, "c") == opposite


@pytest.mark.parametrize(
    ("condition", "opposite"),
    [
        ("e.args[0] == errno.EINTR", "e.args[0] != errno.EINTR"),
        ("e[0] in (a, b)", "e[0] not in (a, b)"),
        ("e[0] not in (a, b)", "e[0] in (a, b)"),
        ("not x", "x"),
        ("isinstance(e, X)", "not isinstance(e, X)"),
        ("a == 1 or b", "a != 1 and not b"),
        ("{True: x == 1}[k] == y", "{True: x == 1}[k] != y"),
    ],
)
def test_negation_in_python(condition: str, opposite: str) -> None:
    assert conditions.negated(condition, "python") == opposite


@pytest.mark.parametrize(
    ("alternatives", "merged"),
    [
        (["r == -1 && errno == EAGAIN", "r == -1 && errno == EINTR"], "r == -1 && (errno == EAGAIN || errno == EINTR)"),
        (["errno == EAGAIN", "errno == EINTR"], "errno == EAGAIN || errno == EINTR"),
        (["r==-1 && errno==EAGAIN", "r == -1 && errno == EINTR"], "r==-1 && (errno==EAGAIN || errno == EINTR)"),
        (["a && b", "c && d"], "(a && b) || (c && d)"),
        (["a"], "a"),
    ],
)
def test_merging_writes_shared_tests_once(alternatives: list[str], merged: str) -> None:
    assert conditions.merged(alternatives, "c") == merged


def test_arguments_are_split_at_their_own_commas() -> None:
    assert conditions.arguments('a, f(b, c), "x,y", {1, 2}') == ("a", "f(b, c)", '"x,y"', "{1, 2}")
    assert conditions.arguments("") == ()


def test_side_effects_are_seen() -> None:
    assert conditions.has_side_effect("(r = f()) < 0")
    assert conditions.has_side_effect("maxfd++")
    assert not conditions.has_side_effect("a == b && c <= d && p->x >= 1")
