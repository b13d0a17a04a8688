"""Where the nodes of an AST begin and end in the user's file.

pycparser gives a node the coordinate of one token at best. The rest comes from the token stream: it has
the brackets matched, holds nothing but what the parser read, and every token knows its origin. Positions
in here are indices into the stream; `span` turns a range of them into bytes.
"""

from collections.abc import Callable, Sequence
from typing import Any

from pycparser import c_ast

from unstall.frontends.c.normalise.code import Emitted
from unstall.frontends.c.shapes import CLOSING, OPENING, match_brackets
from unstall.frontends.c.tokens import Token
from unstall.source import Span

Range = tuple[int, int]
"""First and last index, both included."""

_NOT_A_GROUP_BEHIND = frozenset({"ID", "RBRACKET", "IF", "WHILE", "SWITCH", "FOR", "__BUILTIN_VA_ARG"})


class Positions:
    """Ranges of statements and expressions in one function's stream of tokens."""

    def __init__(self, stream: Sequence[Emitted], source: Sequence[Token]) -> None:
        self._stream = stream
        self._source = source
        self._partner = match_brackets(stream)
        self._known: dict[int, Range] = {}
        self._ends: dict[int, int] = {}

    def type(self, index: int) -> str:
        """Type of the token at an index."""
        return self._stream[index].type if 0 <= index < len(self._stream) else ""

    def partner(self, index: int) -> int:
        """Index of the matching bracket."""
        return self._partner[index]

    def origin(self, index: int) -> int:
        """Index in the source of the token that this one stems from."""
        return self._stream[index].origin

    # ------------------------------------------------------------------ bytes

    def span(self, first: int, last: int) -> Span:
        """The bytes of a range of tokens; those of a macro's expansion stand for the macro's use."""
        start, end = self._source[self.origin(first)], self._source[self.origin(last)]
        return Span(min(start.start, end.start), max(start.end, end.end))

    def statement_span(self, first: int, last: int) -> Span:
        """The bytes of a statement: what was dropped in front of its first token (`static const …`) counts."""
        start = self._source[min(self.origin(first - 1) + 1, self.origin(first)) if first else self.origin(first)]
        end = self._source[self.origin(last)]
        return Span(min(start.start, end.start), max(start.end, end.end))

    def expression_span(self, node: c_ast.Node) -> Span:
        """The bytes of an expression, parentheses around it left out."""
        return self.span(*self.expression(node))

    # ------------------------------------------------------------------ statements

    def statement_end(self, node: c_ast.Node, first: int) -> int:
        """Index of the last token of a statement that begins at `first`."""
        if id(node) not in self._ends:
            self._ends[id(node)] = self._statement_end(node, first)
        return self._ends[id(node)]

    def _statement_end(self, node: c_ast.Node, first: int) -> int:
        at = node.coord.column
        match node:
            case c_ast.Compound() if at == first:
                return self._partner[first]
            case c_ast.If():
                behind = self.statement_end(node.iftrue, self.body(at))
                return behind if node.iffalse is None else self.statement_end(node.iffalse, behind + 2)
            case c_ast.While() | c_ast.For() | c_ast.Switch():
                return self.statement_end(node.stmt, self.body(at))
            case c_ast.DoWhile():
                behind = self.statement_end(node.stmt, at + 1)
                return self._partner[behind + 2] + 1
            case c_ast.Label():
                return self._labelled_end(at + 1, [node.stmt])
            case c_ast.Case() | c_ast.Default():
                return self._labelled_end(self.colon(at), node.stmts)
        return self.semicolon(first)

    def _labelled_end(self, colon: int, statements: Sequence[c_ast.Node]) -> int:
        end = colon
        for statement in statements:
            end = max(end, self.item_end(statement, end + 1))
        return end

    def item_end(self, node: c_ast.Node, first: int) -> int:
        """`statement_end` for an item of a block: one that takes up no tokens of its own ends before `first`.

        That is the second name of a declaration, and the empty statement behind a last label.
        """
        at = node.coord.column
        if at < first or (isinstance(node, c_ast.EmptyStatement) and self.type(at) != "SEMI"):
            return first - 1
        return self.statement_end(node, first)

    def body(self, keyword: int) -> int:
        """Where the statement behind `if (…)`, `while (…)`, `for (…)` or `switch (…)` begins."""
        return self._partner[keyword + 1] + 1

    def colon(self, case: int) -> int:
        """The colon of the `case` or `default` at an index."""
        index = case + 1
        questions = 0
        while questions or self.type(index) != "COLON":
            questions += (self.type(index) == "CONDOP") - (self.type(index) == "COLON")
            index = max(self._partner[index], index) + 1
        return index

    def semicolon(self, first: int) -> int:
        """The `;` that ends the simple statement at `first`."""
        index = first
        while self.type(index) not in ("SEMI", ""):
            index = max(self._partner[index], index) + 1
        return min(index, len(self._stream) - 1)

    # ------------------------------------------------------------------ expressions

    def expression(self, node: c_ast.Node) -> Range:
        """First and last token of an expression, parentheses around it left out."""
        if id(node) not in self._known:
            find = _EXPRESSIONS.get(type(node))
            self._known[id(node)] = find(self, node) if find else (node.coord.column, node.coord.column)
        return self._known[id(node)]

    def operand(self, node: c_ast.Node) -> Range:
        """`expression`, with the parentheses around it."""
        first, last = self.expression(node)
        while self.type(first - 1) == "LPAREN" and self._partner[first - 1] == last + 1 and self._groups(first - 1):
            first, last = first - 1, last + 1
        return first, last

    def _groups(self, opening: int) -> bool:
        """Whether a parenthesis only groups: no call's, no keyword's."""
        before = self.type(opening - 1)
        if before == "RPAREN":  # (f)(x), but (int)(x)
            return self.type(self._partner[opening - 1] + 1) == "INT"
        return before not in _NOT_A_GROUP_BEHIND


def _literal(at: Positions, node: Any) -> Range:
    """`"a" "b"` is one literal."""
    first = last = node.coord.column
    while at.type(first) == at.type(last + 1) == "STRING_LITERAL":
        last += 1
    return first, last


def _between(left: str, right: str) -> Callable[[Positions, Any], Range]:
    """From the first token of one child to the last of another."""
    return lambda at, node: (at.operand(getattr(node, left))[0], at.operand(getattr(node, right))[1])


def _list(at: Positions, node: Any) -> Range:
    return at.operand(node.exprs[0])[0], at.operand(node.exprs[-1])[1]


def _suffixed(child: str) -> Callable[[Positions, Any], Range]:
    """An operand and a bracketed group behind it: `f(x)`, `a[i]`."""

    def find(at: Positions, node: Any) -> Range:
        first, last = at.operand(getattr(node, child))
        return first, at.partner(last + 1) if at.type(last + 1) in OPENING else last

    return find


def _member(at: Positions, node: Any) -> Range:
    return at.operand(node.name)[0], node.field.coord.column


def _unary(at: Positions, node: Any) -> Range:
    if node.op == "sizeof":
        first = node.coord.column
        return first, at.partner(first + 1) if isinstance(node.expr, c_ast.Typename) else at.operand(node.expr)[1]
    first, last = at.operand(node.expr)
    return (first, last + 1) if node.op in ("p++", "p--") else (first - 1, last)


def _cast(at: Positions, node: Any) -> Range:
    return node.coord.column, at.operand(node.expr)[1]


def _bracketed(at: Positions, node: Any) -> Range:
    first = node.coord.column
    return first, at.partner(first) if at.type(first) in OPENING else first


def _initialiser_list(at: Positions, node: Any) -> Range:
    """`{ … }`: pycparser's coordinate is the first item's, which may have none."""
    if not node.exprs:
        return _bracketed(at, node)
    first = at.operand(node.exprs[0])[0] - 1
    while at.type(first) != "LBRACE":  # past designators
        first = min(at.partner(first), first) - 1 if at.type(first) in CLOSING else first - 1
    return first, at.partner(first)


def _named_item(at: Positions, node: Any) -> Range:
    return at.operand(node.expr)


def _compound_literal(at: Positions, node: Any) -> Range:
    first = node.coord.column
    return first, at.partner(at.partner(first) + 1)


_EXPRESSIONS: dict[type, Callable[[Positions, Any], Range]] = {
    c_ast.Constant: _literal,
    c_ast.BinaryOp: _between("left", "right"),
    c_ast.Assignment: _between("lvalue", "rvalue"),
    c_ast.TernaryOp: _between("cond", "iffalse"),
    c_ast.ExprList: _list,
    c_ast.FuncCall: _suffixed("name"),
    c_ast.ArrayRef: _suffixed("name"),
    c_ast.StructRef: _member,
    c_ast.UnaryOp: _unary,
    c_ast.Cast: _cast,
    c_ast.Compound: _bracketed,
    c_ast.InitList: _initialiser_list,
    c_ast.NamedInitializer: _named_item,
    c_ast.CompoundLiteral: _compound_literal,
}
