"""Counters that signal handlers count down, as of children that died: which way a test of one can come out for that."""

from unstall.flow.ir import Binary, EdgeKind, Expr
from unstall.flow.places import place_of

_ABOVE = frozenset({">", ">="})
_BELOW = frozenset({"<", "<="})


def side_not_led_to(condition: Expr, falling: frozenset[str]) -> EdgeKind | None:
    """The side of a test that no counting down leads to: the true one of ``children >= limit``, behind which the next
    client is refused; None where the test is of anything else.
    """
    if not isinstance(condition, Binary):
        return None
    left, right = (place_of(side) in falling for side in (condition.left, condition.right))
    if left is right:
        return None
    if condition.op in (_ABOVE if left else _BELOW):
        return EdgeKind.TRUE
    return EdgeKind.FALSE if condition.op in (_BELOW if left else _ABOVE) else None
