"""Lowering statements: the AST of a function to its flow graph."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from weakref import proxy

from pycparser import c_ast

from unstall.flow.build import Dangling, GraphBuilder
from unstall.flow.ir import Assign, EdgeKind, FlowGraph, ForEach, Jump, Name, Nothing, Role, Switch, Unknown
from unstall.frontends.c.expressions import Expressions
from unstall.frontends.c.macros import MacroForm
from unstall.frontends.c.normalise.code import COMPUTED, Oddity, OddityKind
from unstall.frontends.c.parser import ParsedFunction
from unstall.frontends.c.positions import Positions
from unstall.frontends.c.syntax import names_in
from unstall.source import SourceFile, Span
from unstall.wording import one_line


def lower(parsed: ParsedFunction, source: SourceFile, limits: Mapping[str, int]) -> FlowGraph:
    """The flow graph of a function that was parsed; ``limits`` are the macros that stand for a number.

    Raises RecursionError for a function that is nested too deeply.
    """
    assert parsed.tree is not None
    return _Statements(parsed, source, limits).graph()


@dataclass
class _Target:
    """What break and continue inside of a statement leave to be connected; None where they pass it by."""

    breaks: list[Dangling] | None = field(default_factory=list)
    continues: list[Dangling] | None = field(default_factory=list)
    uncertain: bool = False
    """A macro's block: they may be its own or those of the loop around it."""


@dataclass
class _SwitchCases:
    """The switch whose cases are being lowered."""

    node: int
    has_default: bool = False


class _Statements:
    """Lowers statements at the builder's frontier. Positions are indices into the parsed stream of tokens."""

    def __init__(self, parsed: ParsedFunction, source: SourceFile, limits: Mapping[str, int]) -> None:
        self.parsed = parsed
        self.source = source
        self.positions = Positions(parsed.stream.tokens, parsed.stream.source)
        self.builder = GraphBuilder(parsed.function.name, "c", parsed.function.span)
        # A cycle would keep the tokens and the tree of every function until the garbage collector comes.
        inner_block = partial(_Statements._inner_block, proxy(self))
        self.expressions = Expressions(self.builder, self.positions, parsed.oddities.get, inner_block, limits)
        self.targets: list[_Target] = []
        self.switches: list[_SwitchCases] = []
        self.labels: dict[str, int] = {}
        self.gotos: list[tuple[int, str]] = []
        self.locals = {p.name for p in parsed.function.head.parameters if p.name}
        self.unknown: list[str] = []

    def graph(self) -> FlowGraph:
        """Lower the body and freeze."""
        assert self.parsed.tree is not None
        function = self.builder.statements[0]
        self.builder.statements[0] = replace(function, header=self.parsed.function.head_span)
        body = self.parsed.tree.body
        self._items(body.block_items or [], body.coord.column + 1)
        self._connect_gotos()
        self._mark_expansions()
        for oddity in self.parsed.oddities.values():
            if oddity.kind is OddityKind.OPAQUE:
                self._doubt(oddity.span, "not understood: " + self._excerpt(oddity.span))
        parameters = tuple(p.name for p in self.parsed.function.head.parameters if p.name)
        taken = frozenset(self.expressions.address_taken & self.locals)
        return self.builder.finish(parameters, frozenset(self.locals), taken, tuple(self.unknown))

    def _mark_expansions(self) -> None:
        """Name the macro of each node that lies within a macro's use."""
        starts = [use.span.start for use in self.parsed.uses]
        for number, node in enumerate(self.builder.nodes):
            at = bisect_right(starts, node.span.start) - 1
            if at >= 0 and self.parsed.uses[at].span.contains(node.span):
                self.builder.nodes[number] = replace(node, macro=self.parsed.uses[at].name)

    # ------------------------------------------------------------------ what is not certain

    def _doubt(self, span: Span, reason: str) -> None:
        self.unknown.append(f"{self.source.line(span.start)}: {reason}")

    def _excerpt(self, span: Span) -> str:
        text = one_line(self.source.text(span))
        return text if len(text) <= 40 else text[:39] + "…"

    # ------------------------------------------------------------------ blocks

    def _items(self, items: Sequence[c_ast.Node], first: int) -> None:
        """The statements and declarations of a block, the first of which begins at `first`."""
        at = first
        index = 0
        while index < len(items):
            end = self.positions.item_end(items[index], at)
            behind = index + 1
            while behind < len(items) and isinstance(items[behind], c_ast.Decl) and items[behind].coord.column <= end:
                behind += 1  # int a, b;
            if end >= at:
                self._statement(items[index], at, end, items[index + 1 : behind])
            at = end + 1
            index = behind

    def _statement(self, node: c_ast.Node, first: int, end: int, others: Sequence[c_ast.Node] = ()) -> None:
        rule = _STATEMENTS.get(type(node))
        grouped = isinstance(node, c_ast.Compound) and node.coord.column != first  # `({ … });` is an expression
        if rule and not grouped:
            rule(self, node, first, end)
        elif isinstance(node, c_ast.Decl):
            with self._opened("declaration", first, end):
                for declared in (node, *others):
                    self._declare(declared)
        else:
            with self._opened("expression", first, end):
                self.expressions.effects(node)

    @contextmanager
    def _opened(
        self, kind: str, first: int, end: int, header_end: int = -1, condition: Span | None = None
    ) -> Iterator[None]:
        """A statement from one token to another; its header ends at `header_end`, or where it does itself."""
        span = self.positions.statement_span(first, end)
        header = Span(span.start, self.positions.span(first, header_end).end) if header_end >= 0 else span
        statement = self.builder.open_statement(kind, span, header, condition)
        yield
        self.builder.close_statement(statement)

    def _block(self, node: Any, first: int, end: int) -> None:
        """`{ … }`."""
        with self._opened("block", first, end, first):
            self._items(node.block_items or [], first + 1)

    def _inner_block(self, node: c_ast.Compound) -> None:
        """The block of a statement expression; one that a macro was given may not run at all."""
        first = node.coord.column
        if self.expressions.oddity(node, OddityKind.ARGUMENT):
            entry = self.builder.add(Nothing(), self.positions.span(first, self.positions.partner(first)))
            self._items(node.block_items or [], first + 1)
            self.builder.frontier = [*self.builder.frontier, (entry, EdgeKind.SKIP, ())]
        else:
            self._items(node.block_items or [], first + 1)

    def _empty(self, node: Any, first: int, end: int) -> None:
        """`;`."""
        with self._opened("empty", first, end):
            self.builder.add(Nothing(), self.positions.span(first, end))

    def _declare(self, node: Any) -> None:
        """`int x = 3`. A static is initialised before the program runs."""
        if node.name is None or isinstance(node.type, c_ast.FuncDecl) or "extern" in node.storage:
            return
        if "static" in node.storage:
            return
        self.locals.add(node.name)
        if node.init is not None:
            value = self.expressions.value(node.init)
            first, last = node.coord.column, self.positions.operand(node.init)[1]
            self.builder.add(Assign(Name(node.name), value), self.positions.span(first, last), self.expressions.role)

    # ------------------------------------------------------------------ choice

    def _if(self, node: Any, first: int, end: int) -> None:
        """`if (…) … else …`, and a macro that runs its block or not."""
        macro = self.expressions.oddity(node, OddityKind.MACRO_BLOCK)
        close = self.positions.partner(first + 1)
        condition = None if macro else self.positions.span(first + 2, close - 1)
        with self._opened("if", first, end, close, condition):
            with self.expressions.playing(Role.CONDITION):
                holds, fails = self._macro_test(node.cond, macro) if macro else self.expressions.test(node.cond)
            self.builder.frontier = holds
            with self._maybe_loop(macro):
                body_end = self._body(node.iftrue, close + 1)
            ends = self.builder.frontier
            self.builder.frontier = fails
            if node.iffalse is not None:
                with self._opened("else", body_end + 1, end, body_end + 1):
                    self._body(node.iffalse, body_end + 2)
            self.builder.frontier = ends + self.builder.frontier

    def _body(self, node: c_ast.Node, first: int) -> int:
        """The statement under an if or loop; its end."""
        end = self.positions.statement_end(node, first)
        self._statement(node, first, end)
        return end

    def _macro_test(self, condition: c_ast.Node, macro: Oddity) -> tuple[list[Dangling], list[Dangling]]:
        """A macro's use as a condition of which nothing is known."""
        self.expressions.effects(condition)
        return self.expressions.branch(Unknown(names_in(condition)), macro.span)

    @contextmanager
    def _maybe_loop(self, macro: Oddity | None) -> Iterator[None]:
        """Around the block of a macro that may be a loop."""
        if macro is None or macro.form is not MacroForm.UNKNOWN:
            yield
            return
        target = _Target(uncertain=True)
        self.targets.append(target)
        yield
        self.targets.pop()
        left = (target.breaks or []) + (target.continues or [])
        if left:
            self._doubt(macro.span, f"{macro.name} may be a loop of its own")
        self.builder.frontier = self.builder.frontier + left

    def _switch(self, node: Any, first: int, end: int) -> None:
        """`switch (…) { case …: … }`."""
        close = self.positions.partner(first + 1)
        with self._opened("switch", first, end, close, self.positions.span(first + 2, close - 1)):
            with self.expressions.playing(Role.CONDITION):
                subject = self.expressions.value(node.cond)
                switch = self.builder.add(Switch(subject), self.expressions.span(node.cond), Role.CONDITION)
            self.builder.frontier = []
            self.switches.append(_SwitchCases(switch))
            self.targets.append(_Target(continues=None))
            self._body(node.stmt, close + 1)
            target, cases = self.targets.pop(), self.switches.pop()
            if not cases.has_default:
                self.builder.frontier = [*self.builder.frontier, (switch, EdgeKind.DEFAULT, ())]
            self.builder.frontier = self.builder.frontier + (target.breaks or [])

    def _case(self, node: Any, first: int, end: int) -> None:
        """`case …:`, `default:` and what follows up to the next one."""
        colon = self.positions.colon(first)
        with self._opened("case", first, end, colon):
            label = self.builder.detached(Nothing(), self.positions.span(first, colon))
            self._enter(label)
            if self.switches:
                cases = self.switches[-1]
                if isinstance(node, c_ast.Default):
                    cases.has_default = True
                    self.builder.edge(cases.node, label, EdgeKind.DEFAULT)
                else:
                    self.builder.edge(cases.node, label, EdgeKind.CASE, (self.expressions.constant(node.expr),))
            self._items(node.stmts, colon + 1)

    def _enter(self, node: int) -> None:
        """Lead the frontier to a node made before, and go on from it."""
        self.builder.join(node)
        self.builder.frontier = [(node, EdgeKind.NEXT, ())]

    # ------------------------------------------------------------------ loops

    def _while(self, node: Any, first: int, end: int) -> None:
        """`while (…) …`, and what macros make of it."""
        macro = self.expressions.oddity(node, OddityKind.MACRO_BLOCK)
        if macro is not None:
            self._macro_loop(node, first, end, macro)
            return
        close = self.positions.partner(first + 1)
        with self._opened("while", first, end, close, self.positions.span(first + 2, close - 1)):
            head = self._loop_head(first, close)
            with self.expressions.playing(Role.CONDITION):
                holds, fails = self.expressions.test(node.cond)
            self.builder.frontier = holds
            breaks = self._loop_body(node.stmt, close + 1)
            self.builder.join(head)
            self.builder.frontier = fails + breaks

    def _loop_head(self, first: int, last: int) -> int:
        head = self.builder.detached(Nothing(), self.positions.span(first, last), Role.CONDITION)
        self._enter(head)
        return head

    def _loop_body(self, node: c_ast.Node, first: int) -> list[Dangling]:
        """The body of a loop: what goes on to its next round is at the frontier then, its breaks are returned."""
        target = _Target()
        self.targets.append(target)
        self._body(node, first)
        self.targets.pop()
        self.builder.frontier = self.builder.frontier + (target.continues or [])
        return target.breaks or []

    def _do(self, node: Any, first: int, end: int) -> None:
        """`do … while (…);`."""
        body_end = self.positions.statement_end(node.stmt, first + 1)
        close = self.positions.partner(body_end + 2)
        with self._opened("do", first, end, first, self.positions.span(body_end + 3, close - 1)):
            head = self._loop_head(first, first)
            breaks = self._loop_body(node.stmt, first + 1)
            with self.expressions.playing(Role.CONDITION):
                holds, fails = self.expressions.test(node.cond)
            self.builder.frontier = holds
            self.builder.join(head)
            self.builder.frontier = fails + breaks

    def _for(self, node: Any, first: int, end: int) -> None:
        """`for (…; …; …) …`."""
        close = self.positions.partner(first + 1)
        condition = None if node.cond is None else self.expressions.span(node.cond)
        with self._opened("for", first, end, close, condition):
            with self.expressions.playing(Role.INIT):
                self._for_init(node.init)
            head = self._loop_head(first, close)
            fails: list[Dangling] = []
            if node.cond is not None:
                with self.expressions.playing(Role.CONDITION):
                    self.builder.frontier, fails = self.expressions.test(node.cond)
            breaks = self._loop_body(node.stmt, close + 1)
            if node.next is not None:
                with self.expressions.playing(Role.STEP):
                    self.expressions.effects(node.next)
            self.builder.join(head)
            self.builder.frontier = fails + breaks

    def _for_init(self, init: Any) -> None:
        if isinstance(init, c_ast.DeclList):
            for declared in init.decls:
                self._declare(declared)
        elif init is not None:
            self.expressions.effects(init)

    def _macro_loop(self, node: Any, first: int, end: int, macro: Oddity) -> None:
        """`MACRO(…) { … }` that is a loop, or one that runs once."""
        close = self.positions.partner(first + 1)
        once = macro.form is MacroForm.ONCE
        with self._opened("block" if once else "foreach", first, end, close):
            head = self._loop_head(first, close)
            with self.expressions.playing(Role.CONDITION):
                if once:
                    self.expressions.effects(node.cond)
                    breaks = self._loop_body(node.stmt, close + 1)
                    self.builder.frontier = self.builder.frontier + breaks
                    return
                each = self.builder.add(self._for_each(node.cond), macro.span, Role.CONDITION, macro.name)
            self.builder.frontier = [(each, EdgeKind.TRUE, ())]
            breaks = self._loop_body(node.stmt, close + 1)
            self.builder.join(head)
            self.builder.frontier = [(each, EdgeKind.FALSE, ()), *breaks]

    def _for_each(self, use: Any) -> ForEach:
        """A foreach macro's head: by convention its first argument is what each element is bound to."""
        args = use.args.exprs if isinstance(use, c_ast.FuncCall) and use.args else []
        first = args[0] if args and isinstance(args[0], c_ast.ID) else None
        values = [self.expressions.value(arg) for arg in args if arg is not first]
        names = dict.fromkeys(name for arg in args if arg is not first for name in names_in(arg))
        targets = (Name(first.name),) if first is not None else ()
        return ForEach(targets, values[0] if len(values) == 1 else Unknown(tuple(names)))

    # ------------------------------------------------------------------ jumps and labels

    def _break(self, node: Any, first: int, end: int) -> None:
        """`break;`."""
        self._loop_jump("break", first, end, lambda target: target.breaks)

    def _continue(self, node: Any, first: int, end: int) -> None:
        """`continue;`."""
        self._loop_jump("continue", first, end, lambda target: target.continues)

    def _loop_jump(self, word: str, first: int, end: int, ends: Callable[[_Target], list[Dangling] | None]) -> None:
        with self._opened(word, first, end):
            self.builder.add(Jump(word), self.positions.span(first, end))
            for target in reversed(self.targets):
                left = ends(target)
                if left is not None:
                    left += self.builder.frontier
                    if not target.uncertain:
                        break
            self.builder.frontier = []

    def _return(self, node: Any, first: int, end: int) -> None:
        """`return …;`."""
        with self._opened("return", first, end):
            value = None if node.expr is None else self.expressions.value(node.expr)
            self.builder.add(Jump("return", value=value), self.positions.span(first, end))
            self.builder.join(self.builder.exit)

    def _goto(self, node: Any, first: int, end: int) -> None:
        """`goto label;`, connected when all labels are known."""
        with self._opened("goto", first, end):
            jump = self.builder.add(Jump("goto", node.name), self.positions.span(first, end))
            self.builder.frontier = []
            self.gotos.append((jump, node.name))

    def _label(self, node: Any, first: int, end: int) -> None:
        """`label: …`."""
        with self._opened("label", first, end, first + 1):
            self.labels[node.name] = self.builder.detached(Nothing(), self.positions.span(first, first + 1))
            self._enter(self.labels[node.name])
            self._items([node.stmt], first + 2)

    def _connect_gotos(self) -> None:
        for jump, name in self.gotos:
            if name in self.labels:
                self.builder.edge(jump, self.labels[name])
                continue
            computed = name == COMPUTED
            self._doubt(self.builder.nodes[jump].span, "computed goto" if computed else f"no label {name}")
            for target in self.labels.values() if computed else (self.builder.exit,):
                self.builder.edge(jump, target, EdgeKind.SKIP)


_STATEMENTS: dict[type, Callable[[_Statements, Any, int, int], None]] = {
    c_ast.Compound: _Statements._block,
    c_ast.EmptyStatement: _Statements._empty,
    c_ast.If: _Statements._if,
    c_ast.Switch: _Statements._switch,
    c_ast.Case: _Statements._case,
    c_ast.Default: _Statements._case,
    c_ast.While: _Statements._while,
    c_ast.DoWhile: _Statements._do,
    c_ast.For: _Statements._for,
    c_ast.Break: _Statements._break,
    c_ast.Continue: _Statements._continue,
    c_ast.Return: _Statements._return,
    c_ast.Goto: _Statements._goto,
    c_ast.Label: _Statements._label,
}
