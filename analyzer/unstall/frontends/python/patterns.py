"""What a case of a match statement tests and binds."""

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from unstall.flow.ir import Binary, Const, Expr, Items, Unknown
from unstall.frontends.python.expressions import Expressions
from unstall.frontends.python.syntax import LITERALS


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern read: ``values`` are the constants it is, if it is nothing else; None where it is more than that."""

    values: tuple[Expr, ...] | None
    always: bool
    """It matches everything."""
    captures: tuple[str, ...]

    def test(self, subject: Expr, names: tuple[str, ...]) -> Expr:
        """The pattern as a condition on ``subject``; Unknown where it looks into the subject's structure."""
        if self.always:
            return Const(True)
        if self.values is None:
            return Unknown(names)
        if len(self.values) == 1:
            return Binary("==", subject, self.values[0])
        return Binary("in", subject, Items(self.values))


def read_pattern(pattern: cst.MatchPattern, expressions: Expressions) -> Pattern:
    """What ``pattern`` tests and binds."""
    captures = tuple(dict.fromkeys(_captures(pattern)))
    if isinstance(pattern, cst.MatchAs) and pattern.pattern is None:
        return Pattern(None, True, captures)
    inner = pattern.pattern if isinstance(pattern, cst.MatchAs) else pattern
    return Pattern(_values(inner, expressions), False, captures)


def _values(pattern: cst.MatchPattern | None, expressions: Expressions) -> tuple[Expr, ...] | None:
    match pattern:
        case cst.MatchValue():
            return (expressions.value(pattern.value),)
        case cst.MatchSingleton():
            return (LITERALS[pattern.value.value],)
        case cst.MatchOr():
            parts = [_values(element.pattern, expressions) for element in pattern.patterns]
            return None if None in parts else tuple(value for part in parts for value in part or ())
    return None


def _captures(pattern: cst.CSTNode) -> Iterator[str]:
    match pattern:
        case cst.MatchAs(name=cst.Name() as name) | cst.MatchStar(name=cst.Name() as name):
            yield name.value
        case cst.MatchMapping(rest=cst.Name() as name):
            yield name.value
    for child in pattern.children:
        yield from _captures(child)
