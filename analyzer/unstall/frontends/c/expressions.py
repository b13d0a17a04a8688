"""Lowering expressions: calls and assignments become nodes, conditions become branches, the rest is pure."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pycparser import c_ast

from unstall.flow.build import Dangling, GraphBuilder
from unstall.flow.by_name import is_no_return
from unstall.flow.catalogue import C_WAITS
from unstall.flow.ir import (
    Assign,
    Binary,
    Branch,
    Call,
    Const,
    EdgeKind,
    Expr,
    Index,
    Items,
    Member,
    Name,
    Opaque,
    Role,
    Unary,
    Unknown,
)
from unstall.frontends.c.normalise.code import OPAQUE, Oddity, OddityKind
from unstall.frontends.c.positions import Positions
from unstall.frontends.c.syntax import (
    IDENTIFIER,
    LOGICAL,
    branches,
    character,
    integer,
    is_constant,
    is_hint,
    names_in,
    spelling,
    variables_of,
)
from unstall.source import Span

Ways = tuple[list[Dangling], list[Dangling]]
"""The dangling edges of a condition that holds, and of one that doesn't."""

_CONSTANTS = {"NULL": Const(0), "true": Const(1), "false": Const(0), "TRUE": Const(1), "FALSE": Const(0)}
_INCREMENTS = ("++", "--", "p++", "p--")
_RELATIONS = ("<", "<=", ">", ">=")


class Expressions:
    """Lowers expressions at the builder's frontier.

    `block` lowers the statements of a statement expression or a macro's argument.
    """

    def __init__(
        self,
        builder: GraphBuilder,
        positions: Positions,
        oddities: Callable[[int], Oddity | None],
        block: Callable[[c_ast.Compound], None],
        limits: Mapping[str, int],
    ) -> None:
        self.builder = builder
        self.positions = positions
        self._oddities = oddities
        self.block = block
        self.limits = limits
        self.role = Role.BODY
        self.address_taken: set[str] = set()

    def oddity(self, node: c_ast.Node, kind: OddityKind) -> Oddity | None:
        """What is odd in this way about the source of a node; None where nothing is."""
        found = self._oddities(self.positions.origin(node.coord.column))
        return found if found is not None and found.kind is kind else None

    @contextmanager
    def playing(self, role: Role) -> Iterator[None]:
        """Nodes made inside have this role."""
        before, self.role = self.role, role
        yield
        self.role = before

    def span(self, node: c_ast.Node) -> Span:
        """The bytes of an expression."""
        return self.positions.expression_span(node)

    # ------------------------------------------------------------------ values

    def value(self, node: c_ast.Node) -> Expr:
        """The pure value of an expression, whose calls and assignments are nodes by now."""
        return _VALUES.get(type(node), Expressions._no_value)(self, node)

    def constant(self, node: c_ast.Node) -> Expr:
        """The value of a constant expression; unknown where it would take a call (a macro's) to find it."""
        if not is_constant(node):
            return Unknown(names_in(node))
        return self.value(node)

    def effects(self, node: c_ast.Node) -> None:
        """Lower an expression whose value nobody wants."""
        match node:
            case c_ast.ExprList():
                for part in node.exprs:
                    self.effects(part)
            case c_ast.Cast():
                self.effects(node.expr)
            case c_ast.TernaryOp():
                self._either(node, self.effects)
            case c_ast.BinaryOp() if node.op in LOGICAL:
                holds, fails = self.test(node)
                self.builder.frontier = holds + fails
            case c_ast.UnaryOp() if node.op in _INCREMENTS:
                self._increment(node, wanted=False)
            case c_ast.ID() if node.name.isupper() and is_no_return(node.name):  # a macro that jumps: `FINALIZE;`
                self._call(c_ast.FuncCall(node, None, node.coord))
            case _:
                self.value(node)

    def _no_value(self, node: Any) -> Expr:
        """A type, or whatever else is no value: what it mentions."""
        return Unknown(names_in(node))

    def _name(self, node: Any) -> Expr:
        if node.name == OPAQUE:
            return self._opaque(node)
        if not IDENTIFIER.fullmatch(node.name):
            return Unknown()  # a type or an operator as a macro's argument, or an empty one
        return _CONSTANTS.get(node.name) or Name(node.name)

    def _opaque(self, node: Any) -> Expr:
        oddity = self.oddity(node, OddityKind.OPAQUE)
        span = oddity.span if oddity else self.span(node)
        jumps = oddity is not None and oddity.jumps
        self.builder.add(Opaque("not understood", jumps, oddity.names if oddity else ()), span, self.role)
        return Unknown()

    def _constant(self, node: Any) -> Expr:
        if node.type == "string":
            return Const(node.value[1:-1])
        if node.type == "char":
            return Const(character(node.value[1:-1]))
        digits = node.value.replace("'", "").lower()
        if node.type in ("float", "double", "long double"):
            try:
                return Const(float(digits.rstrip("fl")))
            except ValueError:
                return Unknown()
        return integer(digits.rstrip("ul"))

    def _member(self, node: Any) -> Expr:
        return Member(self.value(node.name), node.field.name)

    def _subscript(self, node: Any) -> Expr:
        base = self.value(node.name)
        return Index(base, self.value(node.subscript))

    def _binary(self, node: Any) -> Expr:
        if node.op in LOGICAL:
            return self._truth(node)
        left, right = self.value(node.left), self.value(node.right)
        if node.op in _RELATIONS:
            left, right = self._limit(left), self._limit(right)
        return Binary(node.op, left, right)

    def _limit(self, value: Expr) -> Expr:
        """A macro's number, where a count is held against it: `==` has states' names there, which are no counts."""
        if isinstance(value, Name) and value.id in self.limits:
            return Const(self.limits[value.id])
        return value

    def _unary(self, node: Any) -> Expr:
        if node.op == "sizeof":
            return Unknown()
        if node.op in _INCREMENTS:
            return self._increment(node)
        if node.op == "!" and branches(node.expr):
            return self._truth(node)
        operand = self.value(node.expr)
        if node.op == "&":
            self.address_taken.update(variables_of(operand))
        if node.op == "-" and isinstance(operand, Const) and isinstance(operand.value, int | float):
            return Const(-operand.value)
        return Unary(node.op, operand)

    def _increment(self, node: Any, *, wanted: bool = True) -> Expr:
        """`++x` is `x += 1`; `x++` keeps what it was before."""
        value = target = self.value(node.expr)
        span = self.span(node)
        if wanted and node.op.startswith("p"):
            value = self.builder.temp()
            self.builder.add(Assign(value, target), span, self.role)
        self.builder.add(Assign(target, Const(1), node.op[-1]), span, self.role)
        return value

    def _cast(self, node: Any) -> Expr:
        return self.value(node.expr)

    def _call(self, node: Any) -> Expr:
        callee, receiver = self._callee(node.name)
        taken = set(self.address_taken)
        args = tuple(self.value(arg) for arg in node.args.exprs) if node.args else ()
        if callee in C_WAITS:  # what a wait is given to write into is no secret
            self.address_taken = taken
        result = self.builder.temp()
        call = Call(result, callee, callee.rpartition("->")[2].rpartition(".")[2], args, receiver=receiver)
        self.builder.add(call, self.span(node), self.role)
        return result

    def _callee(self, node: c_ast.Node) -> tuple[str, Expr | None]:
        """How the called function is written, and what its pointer is a member or element of."""
        while isinstance(node, c_ast.Cast | c_ast.UnaryOp):  # (*f)(x), ((T)f)(x)
            node = node.expr
        if isinstance(node, c_ast.ID):
            return (node.name, None) if IDENTIFIER.fullmatch(node.name) else ("", None)
        if isinstance(node, c_ast.StructRef):
            return spelling(node), self.value(node.name)
        if isinstance(node, c_ast.ArrayRef):
            callee, _ = self._callee(node.name)
            return callee, self.value(node)
        return "", self.value(node)

    def _assignment(self, node: Any) -> Expr:
        """An assignment's value is its right side; with an operator, what its target holds then."""
        value = self.value(node.rvalue)
        target = self.value(node.lvalue)
        self.builder.add(Assign(target, value, node.op[:-1]), self.span(node), self.role)
        return target if node.op != "=" or isinstance(value, Unknown) else value

    def _comma(self, node: Any) -> Expr:
        for part in node.exprs[:-1]:
            self.effects(part)
        return self.value(node.exprs[-1])

    def _items(self, node: Any) -> Expr:
        return Items(tuple(self.value(item) for item in node.exprs))

    def _named_item(self, node: Any) -> Expr:
        return self.value(node.expr)

    def _compound_literal(self, node: Any) -> Expr:
        return self.value(node.init)

    def _statement_expression(self, node: Any) -> Expr:
        """`({ … x; })` has the value of its last expression."""
        items = node.block_items or []
        if self.oddity(node, OddityKind.ARGUMENT):
            self.block(node)
            return Unknown()
        last = items[-1] if items and type(items[-1]) in _VALUES else None
        if last is None:
            self.block(node)
            return Unknown()
        result = self.builder.temp()
        self.block(c_ast.Compound(items[:-1], node.coord))
        self.builder.add(Assign(result, self.value(last)), self.span(last), self.role)
        return result

    def _truth(self, node: c_ast.Node) -> Expr:
        """The value of `a && b`, `a || b`: 1 or 0, by branches."""
        result = self.builder.temp()
        span = self.span(node)
        ends: list[Dangling] = []
        for ways, value in zip(self.test(node), (1, 0), strict=True):
            self.builder.frontier = ways
            if ways:
                self.builder.add(Assign(result, Const(value)), span, self.role)
                ends += self.builder.frontier
        self.builder.frontier = ends
        return result

    def _choice(self, node: Any) -> Expr:
        """The value of `a ? b : c`, by branches."""
        result = self.builder.temp()

        def keep(arm: c_ast.Node) -> None:
            value = self.value(arm)
            self.builder.add(Assign(result, value), self.span(arm), self.role)

        self._either(node, keep)
        return result

    def _either(self, node: Any, arm: Callable[[c_ast.Node], None]) -> None:
        """Lower the two arms of `a ? b : c`, each at its own frontier."""
        holds, fails = self.test(node.cond)
        self.builder.frontier = holds
        arm(node.iftrue)
        ends = self.builder.frontier
        self.builder.frontier = fails
        arm(node.iffalse)
        self.builder.frontier = ends + self.builder.frontier

    # ------------------------------------------------------------------ conditions

    def test(self, node: c_ast.Node) -> Ways:
        """Lower a condition to branches; the frontier is empty then, the ways out are returned."""
        match node:
            case c_ast.BinaryOp() if node.op in LOGICAL:
                return self._short_circuit(node)
            case c_ast.UnaryOp() if node.op == "!":
                holds, fails = self.test(node.expr)
                return fails, holds
            case c_ast.Cast():
                return self.test(node.expr)
            case c_ast.ExprList():
                for part in node.exprs[:-1]:
                    self.effects(part)
                return self.test(node.exprs[-1])
            case c_ast.TernaryOp():
                return self._chosen_test(node)
            case c_ast.FuncCall() if is_hint(node):
                return self.test(node.args.exprs[0])
        return self.branch(self.value(node), self.span(node))

    def branch(self, condition: Expr, span: Span) -> Ways:
        """A branch node; a constant condition has the one way only."""
        if isinstance(condition, Const):
            node = self.builder.add(Branch(condition), span, self.role)
            self.builder.frontier = []
            way: list[Dangling] = [(node, EdgeKind.TRUE if condition.value else EdgeKind.FALSE, ())]
            return (way, []) if condition.value else ([], way)
        node = self.builder.add(Branch(condition), span, self.role)
        self.builder.frontier = []
        return [(node, EdgeKind.TRUE, ())], [(node, EdgeKind.FALSE, ())]

    def _short_circuit(self, node: Any) -> Ways:
        holds, fails = self.test(node.left)
        go_on, decided = (holds, fails) if node.op == "&&" else (fails, holds)
        self.builder.frontier = go_on
        right_holds, right_fails = self.test(node.right)
        if node.op == "&&":
            return right_holds, decided + right_fails
        return decided + right_holds, right_fails

    def _chosen_test(self, node: Any) -> Ways:
        holds, fails = self.test(node.cond)
        self.builder.frontier = holds
        true_holds, true_fails = self.test(node.iftrue)
        self.builder.frontier = fails
        false_holds, false_fails = self.test(node.iffalse)
        return true_holds + false_holds, true_fails + false_fails


_VALUES: dict[type, Callable[[Expressions, Any], Expr]] = {
    c_ast.ID: Expressions._name,
    c_ast.Constant: Expressions._constant,
    c_ast.StructRef: Expressions._member,
    c_ast.ArrayRef: Expressions._subscript,
    c_ast.BinaryOp: Expressions._binary,
    c_ast.UnaryOp: Expressions._unary,
    c_ast.Cast: Expressions._cast,
    c_ast.FuncCall: Expressions._call,
    c_ast.Assignment: Expressions._assignment,
    c_ast.TernaryOp: Expressions._choice,
    c_ast.ExprList: Expressions._comma,
    c_ast.InitList: Expressions._items,
    c_ast.NamedInitializer: Expressions._named_item,
    c_ast.CompoundLiteral: Expressions._compound_literal,
    c_ast.Compound: Expressions._statement_expression,
}
