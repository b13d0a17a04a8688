"""Lowers statements: what leaves them, and where exceptions in them lead."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import libcst as cst

from unstall.flow.build import Dangling, GraphBuilder
from unstall.flow.ir import (
    Assign,
    Branch,
    Caught,
    EdgeKind,
    Expr,
    Jump,
    Matches,
    Name,
    Nothing,
    Role,
    Switch,
    Unknown,
)
from unstall.frontends.python.exits import Exits, Final, Handlers, Loop
from unstall.frontends.python.expressions import BINARY, Expressions, Ways
from unstall.frontends.python.names import Names, dotted
from unstall.frontends.python.outline import Outline
from unstall.frontends.python.patterns import Pattern, read_pattern
from unstall.frontends.python.syntax import has_effect, names_in
from unstall.frontends.python.tree import Tree
from unstall.source import Span

MAX_NODES = 20_000
"""Of one graph; finally clauses nested in finally clauses multiply."""


class TooLargeError(Exception):
    """The graph of a scope outgrew MAX_NODES."""


class Statements:
    """Lowers statements at the builder's frontier."""

    def __init__(self, builder: GraphBuilder, tree: Tree, names: Names, outline: Outline) -> None:
        self.builder = builder
        self.tree = tree
        self.outline = outline
        self.exits = Exits(builder)
        self.expressions = Expressions(builder, tree, names, self.exits)

    def suite(self, statements: Iterable[cst.CSTNode]) -> None:
        """Lower statements in order."""
        for statement in statements:
            if isinstance(statement, cst.SimpleStatementLine):
                self.suite(statement.body)
            else:
                with self.inside(statement):
                    self._statement(statement)
        if len(self.builder.nodes) > MAX_NODES:
            raise TooLargeError

    @contextmanager
    def inside(self, node: cst.CSTNode) -> Iterator[None]:
        """Nodes made inside belong to the statement of ``node``."""
        before, self.builder.current = self.builder.current, self.outline.ids[node]
        yield
        self.builder.current = before

    def _statement(self, node: cst.CSTNode) -> None:
        match node:
            case cst.If():
                self._if(node)
            case cst.While():
                self._while(node)
            case cst.For():
                self._for(node)
            case cst.Try() | cst.TryStar():
                self._try(node)
            case cst.With():
                self._with(node, node.items)
            case cst.Match():
                self._match(node)
            case cst.ClassDef():
                self._class(node)
            case _:
                self._simple(node)

    # -------------------------------------------------------------------------------------------- simple statements

    def _simple(self, node: cst.CSTNode) -> None:
        expressions, span = self.expressions, self.tree.span(node)
        match node:
            case cst.Expr():
                before = len(self.builder.nodes)
                expressions.value(node.value)
                if len(self.builder.nodes) == before:
                    self.builder.add(Nothing(), span)
            case cst.Assign():
                value = expressions.value(node.value)
                for target in node.targets:
                    expressions.assign(target.target, value, span)
            case cst.AnnAssign(value=cst.BaseExpression() as given):
                expressions.assign(node.target, expressions.value(given), span)
            case cst.AugAssign():
                operator = type(node.operator).__name__.removesuffix("Assign")
                expressions.assign(node.target, expressions.value(node.value), span, BINARY[operator])
            case cst.Del():
                expressions.assign(node.target, Unknown(), span)
            case cst.Assert():
                self._assert(node)
            case cst.Raise():
                raised = expressions.value(node.exc) if node.exc else Caught()
                if node.cause:
                    expressions.value(node.cause.item)
                self._jump("raise", raised)
            case cst.Return():
                self._jump("return", expressions.value(node.value) if node.value else None)
            case cst.Break():
                self._jump("break")
            case cst.Continue():
                self._jump("continue")
            case cst.FunctionDef():
                for decorator in node.decorators:
                    expressions.value(decorator.decorator)
                self.builder.add(Assign(Name(node.name.value), Unknown()), span)
            case _:
                self.builder.add(Nothing(), span)

    def _jump(self, word: str, value: Expr | None = None) -> None:
        span = self.builder.statements[self.builder.current].span
        node = self.builder.add(Jump(word, value=value), span)
        self.builder.frontier = []
        self.builder.edge(node, self.exits.way(word), EdgeKind.EXCEPTION if word == "raise" else EdgeKind.NEXT)

    def _assert(self, node: cst.Assert) -> None:
        holds, self.builder.frontier = self._condition(node.test)
        if self.builder.frontier:
            if node.msg:
                self.expressions.value(node.msg)
            self._jump("raise", Name("AssertionError"))
        self.builder.frontier = holds

    def _class(self, node: cst.ClassDef) -> None:
        """The body of a class runs where it stands; its methods are scopes of their own."""
        for decorator in node.decorators:
            self.expressions.value(decorator.decorator)
        for base in (*node.bases, *node.keywords):
            self.expressions.value(base.value)
        self.suite(node.body.body)
        self.builder.add(Assign(Name(node.name.value), Unknown()), self.tree.span(node.name))

    # -------------------------------------------------------------------------------------------- branches and loops

    def _condition(self, test: cst.BaseExpression) -> Ways:
        with self.expressions.playing(Role.CONDITION):
            return self.expressions.condition(test)

    def _if(self, node: cst.If) -> None:
        holds, fails = self._condition(node.test)
        self.builder.frontier = holds
        self.suite(node.body.body)
        done, self.builder.frontier = self.builder.frontier, fails
        if isinstance(node.orelse, cst.If):
            self.suite([node.orelse])
        elif node.orelse is not None:
            self._clause(node.orelse)
        self.builder.frontier = done + self.builder.frontier

    def _clause(self, node: cst.Else | cst.Finally) -> None:
        with self.inside(node):
            self.suite(node.body.body)

    def _while(self, node: cst.While) -> None:
        header = self.builder.statements[self.builder.current].header
        head = self.builder.add(Nothing(), header, Role.CONDITION)
        holds, fails = self._condition(node.test)
        self._loop(node, head, holds, fails)

    def _for(self, node: cst.For) -> None:
        with self.expressions.playing(Role.CONDITION):
            iterable = self.expressions.value(node.iter)
            header = self.builder.statements[self.builder.current].header
            head = self.expressions.for_each(node.target, iterable, header)
        if node.asynchronous is not None:  # it waits for the next element
            self.builder.edge(head, self.exits.way("raise"), EdgeKind.EXCEPTION)
        self._loop(node, head, [(head, EdgeKind.TRUE, ())], [(head, EdgeKind.FALSE, ())])

    def _loop(self, node: cst.While | cst.For, head: int, holds: list[Dangling], fails: list[Dangling]) -> None:
        statement = self.builder.statements[self.builder.current]
        end = Span(statement.span.end, statement.span.end)
        loop = Loop(head, statement.parent or 0, end)
        self.exits.regions.append(loop)
        self.builder.frontier = holds
        self.suite(node.body.body)
        self.builder.join(head)
        self.exits.regions.pop()
        self.builder.frontier = fails
        if node.orelse is not None:
            self._clause(node.orelse)
        if loop.after is not None:
            self.builder.frontier.append((loop.after, EdgeKind.NEXT, ()))

    # -------------------------------------------------------------------------------------------- match

    def _match(self, node: cst.Match) -> None:
        """A switch where every case is a plain value, else a test for each case in turn."""
        span = self.tree.span(node.subject)
        with self.expressions.playing(Role.CONDITION):
            subject = self.expressions.value(node.subject)
            patterns = [read_pattern(case.pattern, self.expressions) for case in node.cases]
        if any(case.guard or not _is_plain(pattern) for case, pattern in zip(node.cases, patterns, strict=True)):
            self._match_in_turn(node, subject, patterns)
            return
        switch = self.builder.add(Switch(subject), span, Role.CONDITION)
        done: list[Dangling] = []
        rest: list[Dangling] = [(switch, EdgeKind.DEFAULT, ())]
        for case, pattern in zip(node.cases, patterns, strict=True):
            if pattern.values is None:
                self.builder.frontier, rest = rest, []
            else:
                self.builder.frontier = [(switch, EdgeKind.CASE, pattern.values)]
            with self.inside(case):
                self.suite(case.body.body)
            done += self.builder.frontier
        self.builder.frontier = done + rest

    def _match_in_turn(self, node: cst.Match, subject: Expr, patterns: Sequence[Pattern]) -> None:
        done: list[Dangling] = []
        for case, pattern in zip(node.cases, patterns, strict=True):
            span = self.tree.span(case.pattern)
            with self.inside(case):
                test = pattern.test(subject, names_in(node.subject))
                with self.expressions.playing(Role.CONDITION):
                    self.builder.frontier, fails = self.expressions.branch(test, span)
                    for name in pattern.captures:
                        self.builder.add(Assign(Name(name), subject if pattern.always else Unknown()), span)
                if case.guard is not None:
                    self.builder.frontier, refused = self._condition(case.guard)
                    fails = fails + refused
                self.suite(case.body.body)
            done += self.builder.frontier
            self.builder.frontier = fails
        self.builder.frontier = done + self.builder.frontier

    # -------------------------------------------------------------------------------------------- exceptions

    def _try(self, node: cst.Try | cst.TryStar) -> None:
        with self._finally(node.finalbody):
            handlers: Sequence[cst.ExceptHandler | cst.ExceptStarHandler] = node.handlers
            clauses = self._clauses(handlers)
            if clauses:
                self.exits.regions.append(Handlers(clauses[0]))
            self.suite(node.body.body)
            if clauses:
                self.exits.regions.pop()
            if node.orelse is not None:
                self._clause(node.orelse)
            done = self.builder.frontier
            for handler, test in zip(handlers, clauses, strict=True):
                self.builder.frontier = [(test, EdgeKind.TRUE, ())]
                self._handler(handler)
                done = done + self.builder.frontier
            self.builder.frontier = done

    def _clauses(self, handlers: Sequence[cst.ExceptHandler | cst.ExceptStarHandler]) -> list[int]:
        """The tests of the except clauses, each leading to the next where it fails, and the last outwards.

        (Clauses of ``except*`` are taken for plain ones: the first that matches is the only one that runs.)
        """
        frontier, self.builder.frontier = self.builder.frontier, []
        tests: list[int] = []
        for handler in handlers:
            with self.inside(handler), self.expressions.playing(Role.HANDLER):
                test = self.expressions.matches(handler.type)
                header = self.builder.statements[self.builder.current].header
                tests.append(self._handler_test(test, self.tree.span(handler.type) if handler.type else header))
        self._lead_outwards()
        self.builder.frontier = frontier
        return tests

    def _handler_test(self, test: Expr, span: Span) -> int:
        """Add a clause's test behind the frontier; the frontier is then the exception that it doesn't match."""
        node = self.builder.add(Branch(test), span, Role.HANDLER)
        self.builder.frontier = [] if test == Matches(()) else [(node, EdgeKind.FALSE, ())]
        return node

    def _lead_outwards(self) -> None:
        if self.builder.frontier:
            self.builder.join(self.exits.way("raise"))

    def _handler(self, node: cst.ExceptHandler | cst.ExceptStarHandler) -> None:
        with self.inside(node):
            if node.name is None:
                self.suite(node.body.body)
                return
            self.expressions.assign(node.name.name, Caught(), self.tree.span(node.name.name))
            self.expressions.handled.append(dotted(self.expressions.target(node.name.name)) or "")
            self.suite(node.body.body)
            self.expressions.handled.pop()

    @contextmanager
    def _finally(self, clause: cst.Finally | None) -> Iterator[None]:
        """What is lowered inside leaves through the finally clause, one copy of it for each way out."""
        if clause is None:
            yield
            return
        statement = self.outline.ids[clause]
        final = Final(statement, self.builder.statements[statement].header)
        self.exits.regions.append(final)
        yield
        self.exits.regions.pop()
        if self.builder.frontier:
            self._clause(clause)
        normal = self.builder.frontier
        for word, entry in final.copies.items():
            self.builder.frontier = [(entry, EdgeKind.NEXT, ())]
            self._clause(clause)
            self._leave(word, clause)
        self.builder.frontier = normal

    def _leave(self, word: str, clause: cst.Finally) -> None:
        """Go on with the jump or the exception that a copy of a finally clause was entered by."""
        if not self.builder.frontier:
            return
        if word == "raise":
            with self.inside(clause):
                end = self.tree.span(clause).end
                again = self.builder.add(Nothing(), Span(end, end))
            self.builder.frontier = [(again, EdgeKind.EXCEPTION, ())]
        self.builder.join(self.exits.way(word))

    # -------------------------------------------------------------------------------------------- with

    def _with(self, node: cst.With, items: Sequence[cst.WithItem]) -> None:
        """The context managers from the outermost on, then the body."""
        if not items:
            self.suite(node.body.body)
            return
        item, *others = items
        classes = self._suppressed(item.item)
        if classes is None:
            self._enter(item)
            self._with(node, others)
            return
        before, self.builder.frontier = self.builder.frontier, []
        test = self._handler_test(classes, self.tree.span(item.item))
        self._lead_outwards()
        self.builder.frontier = before
        if not before:  # unreachable code keeps its nodes
            self.builder.add(Nothing(), self.tree.span(item.item))
        self.exits.regions.append(Handlers(test))
        self._with(node, others)
        self.exits.regions.pop()
        self.builder.frontier.append((test, EdgeKind.TRUE, ()))

    def _suppressed(self, manager: cst.BaseExpression) -> Expr | None:
        """The test of ``contextlib.suppress(…)``, None for any other context manager."""
        if not isinstance(manager, cst.Call) or has_effect(manager.func):
            return None
        if dotted(self.expressions.value(manager.func)) not in ("contextlib.suppress", "suppress"):
            return None
        if any(arg.star for arg in manager.args):
            return Unknown(names_in(manager))
        tests = [self.expressions.matches(arg.value) for arg in manager.args]
        if any(not isinstance(test, Matches) for test in tests):
            return Unknown(names_in(manager))
        return Matches(tuple(name for test in tests if isinstance(test, Matches) for name in test.classes))

    def _enter(self, item: cst.WithItem) -> None:
        value = self.expressions.value(item.item)
        span = self.tree.span(item.item)
        if not isinstance(item.item, cst.Call):
            callee = f"{dotted(value) or '…'}.__enter__"
            value = self.expressions.emit_call(callee, (), span, receiver=value)
        if item.asname is not None:
            self.expressions.assign(item.asname.name, value, span)


def _is_plain(pattern: Pattern) -> bool:
    return not pattern.captures and (pattern.always or pattern.values is not None)
