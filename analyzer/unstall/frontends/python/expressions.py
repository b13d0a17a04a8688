"""Lowers expressions: calls become nodes in the order of evaluation, tests become branches, what is left is pure."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import libcst as cst

from unstall.flow.build import Dangling, GraphBuilder
from unstall.flow.ir import (
    Assign,
    Binary,
    Branch,
    Call,
    Caught,
    Const,
    EdgeKind,
    Expr,
    ForEach,
    Index,
    Items,
    Matches,
    Member,
    Name,
    Role,
    Temp,
    Unary,
    Unknown,
)
from unstall.frontends.python.exits import Exits
from unstall.frontends.python.names import Names, dotted, undotted
from unstall.frontends.python.syntax import LITERALS, classes_named, has_effect, literal, names_in, text_of
from unstall.frontends.python.tree import Tree
from unstall.source import Span

BINARY = {
    "Add": "+", "Subtract": "-", "Multiply": "*", "Divide": "/", "FloorDivide": "//", "Modulo": "%", "Power": "**",
    "LeftShift": "<<", "RightShift": ">>", "BitAnd": "&", "BitOr": "|", "BitXor": "^", "MatrixMultiply": "@",
    "Equal": "==", "NotEqual": "!=", "LessThan": "<", "LessThanEqual": "<=", "GreaterThan": ">",
    "GreaterThanEqual": ">=", "Is": "is", "IsNot": "is not", "In": "in", "NotIn": "not in",
}  # fmt: skip
_UNARY = {"Minus": "-", "Plus": "+", "BitInvert": "~", "Not": "!"}

Ways = tuple[list[Dangling], list[Dangling]]
"""The dangling edges of a condition that holds, and of one that doesn't."""


class Expressions:
    """Lowers expressions at the builder's frontier."""

    def __init__(self, builder: GraphBuilder, tree: Tree, names: Names, exits: Exits) -> None:
        self.builder = builder
        self.tree = tree
        self.names = names
        self.exits = exits
        self.role = Role.BODY
        self.bound: set[str] = set()
        """The names that assignment expressions bind."""
        self.handled: list[str] = []
        """The names of the exceptions being handled, innermost last."""

    @contextmanager
    def playing(self, role: Role) -> Iterator[None]:
        """Nodes made inside have this role."""
        before, self.role = self.role, role
        yield
        self.role = before

    # -------------------------------------------------------------------------------------------- values

    def value(self, node: cst.BaseExpression) -> Expr:
        """The pure value of an expression, whose calls are nodes by now."""
        match node:
            case cst.Name():
                return LITERALS.get(node.value) or self.names.resolve(node.value)
            case cst.Attribute():
                return Member(self.value(node.value), node.attr.value)
            case cst.Call():
                return self._call(node)
            case cst.Subscript():
                return self._subscript(node)
            case cst.BinaryOperation():
                left = self.value(node.left)
                return Binary(BINARY[type(node.operator).__name__], left, self.value(node.right))
            case cst.UnaryOperation():
                return self._unary(node)
            case cst.Comparison() if len(node.comparisons) == 1:
                left = self.value(node.left)
                [comparison] = node.comparisons
                return Binary(BINARY[type(comparison.operator).__name__], left, self.value(comparison.comparator))
            case cst.BooleanOperation() | cst.IfExp() | cst.Comparison():
                return self._choice(node)
            case cst.Tuple() | cst.List() | cst.Set():
                return Items(tuple(self._element(element) for element in node.elements))
            case cst.NamedExpr():
                assigned = self.value(node.value)
                self.bound.update(names_in(node.target))
                self.assign(node.target, assigned, self.tree.span(node))
                return assigned
            case cst.Await():
                return self._await(node)
            case cst.Yield():
                return self._yield(node)
            case cst.BaseComp():
                return self._comprehension(node)
            case cst.Lambda() | cst.Ellipsis():
                return Unknown(names_in(node))
            case _:
                return literal(node) or self._hoisted(node)

    def _hoisted(self, node: cst.CSTNode) -> Expr:
        """A value that has no form of its own (a dict display, an f-string): its calls in order, and its names."""
        for child in node.children:
            if isinstance(child, cst.BaseExpression):
                self.value(child)
            elif not isinstance(child, cst.BaseParenthesizableWhitespace):
                self._hoisted(child)
        return Unknown(names_in(node))

    def _element(self, element: cst.BaseElement) -> Expr:
        value = self.value(element.value)
        return Unknown(names_in(element)) if isinstance(element, cst.StarredElement) else value

    def _unary(self, node: cst.UnaryOperation) -> Expr:
        if isinstance(node.operator, cst.Not) and isinstance(node.expression, cst.BooleanOperation | cst.IfExp):
            return self._choice(node)
        operand = self.value(node.expression)
        operator = _UNARY[type(node.operator).__name__]
        if operator == "-" and isinstance(operand, Const) and isinstance(operand.value, int | float):
            return Const(-operand.value)
        return Unary(operator, operand)

    def _subscript(self, node: cst.Subscript) -> Expr:
        base = self.value(node.value)
        parts = [self._hoisted_slice(element.slice) for element in node.slice]
        index = parts[0] if len(parts) == 1 else Items(tuple(parts))
        if isinstance(base, Items) and isinstance(index, Const) and isinstance(index.value, int):
            return base.items[index.value] if -len(base.items) <= index.value < len(base.items) else Unknown()
        return Index(base, index)

    def _hoisted_slice(self, node: cst.BaseSlice) -> Expr:
        return self.value(node.value) if isinstance(node, cst.Index) else self._hoisted(node)

    def _await(self, node: cst.Await) -> Expr:
        """Awaiting a call is that call; awaiting anything else is a call of its own."""
        waited = self.value(node.expression)
        if isinstance(node.expression, cst.Call):
            return waited
        return self.emit_call("await", (waited,), self.tree.span(node))

    def _yield(self, node: cst.Yield) -> Expr:
        """A yield is a call: control goes elsewhere, and may come back with an exception."""
        given = node.value.item if isinstance(node.value, cst.From) else node.value
        args = () if given is None else (self.value(given),)
        return self.emit_call("yield", args, self.tree.span(node))

    # -------------------------------------------------------------------------------------------- calls

    def _call(self, node: cst.Call) -> Expr:
        callee, receiver = self._callee(node.func)
        if callee == "sys.exc_info":
            return Items((Unknown(), Caught(), Unknown()))
        if callee == "isinstance" and len(node.args) == 2 and self._is_handled(node.args[0].value):
            return self.matches(node.args[1].value)
        args: list[Expr] = []
        keywords: list[tuple[str, Expr]] = []
        for arg in node.args:
            value = self.value(arg.value)
            if arg.keyword is not None:
                keywords.append((arg.keyword.value, value))
            elif arg.star == "**":
                keywords.append(("**", value))
            else:
                args.append(Unknown(names_in(arg)) if arg.star else value)
        return self.emit_call(callee, tuple(args), self.tree.span(node), tuple(keywords), receiver)

    def _callee(self, func: cst.BaseExpression) -> tuple[str, Expr | None]:
        """What is called, in full where its name is an imported one, and what it is called on."""
        if isinstance(func, cst.Attribute):
            receiver = self.value(func.value)
            path = dotted(receiver) or text_of(func.value)
            return f"{path}.{func.attr.value}", receiver
        if isinstance(func, cst.Name) and func.value in self.names.methods:
            path = self.names.methods[func.value]
            return path, undotted(path.rpartition(".")[0])
        value = self.value(func)
        return dotted(value) or text_of(func), None

    def emit_call(
        self,
        callee: str,
        args: tuple[Expr, ...],
        span: Span,
        keywords: tuple[tuple[str, Expr], ...] = (),
        receiver: Expr | None = None,
    ) -> Temp:
        """Add a call and the exception edge that every call has."""
        result = self.builder.temp()
        call = Call(result, callee, callee.rpartition(".")[2], args, keywords, receiver)
        node = self.builder.add(call, span, self.role)
        self.builder.edge(node, self.exits.way("raise"), EdgeKind.EXCEPTION)
        return result

    # -------------------------------------------------------------------------------------------- tests

    def condition(self, node: cst.BaseExpression) -> Ways:
        """Lower a test; the frontier is what remains of it on either side."""
        match node:
            case cst.UnaryOperation(operator=cst.Not()):
                holds, fails = self.condition(node.expression)
                return fails, holds
            case cst.BooleanOperation():
                return self._short_circuit(node)
            case cst.Comparison() if len(node.comparisons) > 1:
                return self._chain(node)
            case cst.IfExp():
                return self._conditional(node)
        return self.branch(self.value(node), self.tree.span(node))

    def branch(self, value: Expr, span: Span) -> Ways:
        """A branch on a value; a constant one leaves a single way and no node."""
        if isinstance(value, Const):
            frontier, self.builder.frontier = self.builder.frontier, []
            return (frontier, []) if value.value else ([], frontier)
        test = self.builder.add(Branch(value), span, self.role)
        return [(test, EdgeKind.TRUE, ())], [(test, EdgeKind.FALSE, ())]

    def _short_circuit(self, node: cst.BooleanOperation) -> Ways:
        holds, fails = self.condition(node.left)
        if isinstance(node.operator, cst.And):
            self.builder.frontier = holds
            both, second_fails = self.condition(node.right)
            return both, fails + second_fails
        self.builder.frontier = fails
        second_holds, neither = self.condition(node.right)
        return holds + second_holds, neither

    def _chain(self, node: cst.Comparison) -> Ways:
        left = self.value(node.left)
        failures: list[Dangling] = []
        for comparison in node.comparisons:
            right = self.value(comparison.comparator)
            test = Binary(BINARY[type(comparison.operator).__name__], left, right)
            self.builder.frontier, fails = self.branch(test, self.tree.span(node))
            failures += fails
            left = right
        return self.builder.frontier, failures

    def _conditional(self, node: cst.IfExp) -> Ways:
        holds, fails = self.condition(node.test)
        self.builder.frontier = holds
        first = self.condition(node.body)
        self.builder.frontier = fails
        second = self.condition(node.orelse)
        return first[0] + second[0], first[1] + second[1]

    def _choice(self, node: cst.BaseExpression) -> Temp:
        """The value of an expression that branches, in a temporary that is assigned on each way."""
        result = self.builder.temp()
        done: list[Dangling] = []

        def arm(ways: list[Dangling], value: Callable[[], Expr]) -> None:
            self.builder.frontier = ways
            self.builder.add(Assign(result, value()), self.tree.span(node), self.role)
            done.extend(self.builder.frontier)

        match node:
            case cst.IfExp():
                body, orelse = node.body, node.orelse
                holds, fails = self.condition(node.test)
                arm(holds, lambda: self.value(body))
                arm(fails, lambda: self.value(orelse))
            case cst.BooleanOperation():
                left, right = self.value(node.left), node.right
                holds, fails = self.branch(left, self.tree.span(node.left))
                kept, tried = (fails, holds) if isinstance(node.operator, cst.And) else (holds, fails)
                arm(kept, lambda: left)
                arm(tried, lambda: self.value(right))
            case _:
                holds, fails = self.condition(node)
                arm(holds, lambda: Const(True))
                arm(fails, lambda: Const(False))
        self.builder.frontier = done
        return result

    # -------------------------------------------------------------------------------------------- exceptions

    def _is_handled(self, node: cst.BaseExpression) -> bool:
        return isinstance(node, cst.Name) and node.value in self.handled

    def matches(self, node: cst.BaseExpression | None) -> Expr:
        """The test of an except clause on the classes that ``node`` names; Unknown for classes that are computed."""
        if node is None:
            return Matches(())
        classes = None if has_effect(node) else classes_named(self.value(node))
        return Unknown(names_in(node)) if classes is None else Matches(classes)

    # -------------------------------------------------------------------------------------------- assignment

    def assign(self, target: cst.BaseExpression, value: Expr, span: Span, operator: str = "") -> None:
        """Assign to a target, the calls in it first."""
        self.builder.add(Assign(self.target(target), value, operator), span, self.role)

    def target(self, node: cst.BaseExpression) -> Expr:
        """A target as an expression: names are themselves, whatever they stand for elsewhere."""
        match node:
            case cst.Name():
                return Name(node.value)
            case cst.Tuple() | cst.List():
                return Items(tuple(self.target(element.value) for element in node.elements))
        return self.value(node)

    # -------------------------------------------------------------------------------------------- comprehensions

    def _comprehension(self, node: cst.BaseComp) -> Expr:
        """A loop where it calls something, a pure value else. (A generator is taken to run where it stands.)"""
        if has_effect(node):
            self._comprehension_loop(node.for_in, node)
        return Unknown(names_in(node))

    def _comprehension_loop(self, clause: cst.CompFor, whole: cst.BaseComp) -> None:
        iterable = self.value(clause.iter)
        head = self.for_each(clause.target, iterable, self.tree.span(clause))
        self.builder.frontier = [(head, EdgeKind.TRUE, ())]
        for test in clause.ifs:
            self.builder.frontier, skipped = self.condition(test.test)
            for source, kind, cases in skipped:
                self.builder.edge(source, head, kind, cases)
        if clause.inner_for_in is not None:
            self._comprehension_loop(clause.inner_for_in, whole)
        else:
            parts = (whole.key, whole.value) if isinstance(whole, cst.DictComp) else (whole.elt,)  # type: ignore[attr-defined]
            for part in parts:
                self.value(part)
        self.builder.join(head)
        self.builder.frontier = [(head, EdgeKind.FALSE, ())]

    def for_each(self, target: cst.BaseExpression, iterable: Expr, span: Span) -> int:
        """Add the head of a for-each loop."""
        bound = self.target(target)
        targets = bound.items if isinstance(bound, Items) else (bound,)
        return self.builder.add(ForEach(targets, iterable), span, self.role)
