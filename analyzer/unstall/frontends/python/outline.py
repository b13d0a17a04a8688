"""The statement tree of a scope, made before any node so that statements stand in source order, each once.

(Finally bodies are lowered several times; their statements are not.)
"""

from collections.abc import Iterable

import libcst as cst

from unstall.flow.build import GraphBuilder
from unstall.frontends.python.tree import Tree
from unstall.source import Span

_SIMPLE = {
    cst.Pass: "empty",
    cst.Break: "break",
    cst.Continue: "continue",
    cst.Return: "return",
    cst.Raise: "raise",
    cst.AnnAssign: "declaration",
    cst.Import: "declaration",
    cst.ImportFrom: "declaration",
    cst.Global: "declaration",
    cst.Nonlocal: "declaration",
    cst.TypeAlias: "declaration",
}


class Outline:
    """`ids` leads from a LibCST statement, clause or suite to its statement; `bound` are the names it binds."""

    def __init__(self, builder: GraphBuilder, tree: Tree, body: Iterable[cst.CSTNode]) -> None:
        self.ids: dict[cst.CSTNode, int] = {}
        self.bound: set[str] = set()
        self.foreign: set[str] = set()
        """Names of global and nonlocal statements."""
        self._builder = builder
        self._tree = tree
        self._all(body)

    def _all(self, statements: Iterable[cst.CSTNode]) -> None:
        for statement in statements:
            if isinstance(statement, cst.SimpleStatementLine):
                self._all(statement.body)
            else:
                self._one(statement)

    def _one(self, node: cst.CSTNode) -> None:
        match node:
            case cst.If() | cst.While():
                self._compound("if" if isinstance(node, cst.If) else "while", node, node.body, node.test, node.orelse)
            case cst.For():
                self.bind(node.target)
                self._compound("foreach", node, node.body, None, node.orelse)
            case cst.With():
                for item in node.items:
                    self.bind(item.asname.name if item.asname else None)
                self._compound("with", node, node.body)
            case cst.Try() | cst.TryStar():
                self._compound("try", node, node.body, None, *node.handlers, node.orelse, node.finalbody)
            case cst.Match():
                subject = self._tree.span(node.subject)
                start = self._tree.span(node).start
                header = Span(start, self._tree.header(node, node.cases[0].body).end)
                self._open("match", node, header, subject)
                self._clauses(node.cases)
                self._close(node)
            case cst.ClassDef():
                self.bound.add(node.name.value)
                self._compound("declaration", node, node.body)
            case _:
                self._simple(node)

    def _compound(
        self,
        kind: str,
        node: cst.CSTNode,
        body: cst.BaseSuite,
        condition: cst.BaseExpression | None = None,
        *clauses: cst.CSTNode | None,
    ) -> None:
        """A statement with its first suite as a block, and further clauses behind it."""
        self._open(kind, node, self._tree.header(node, body), self._tree.span(condition) if condition else None)
        self._open("block", body)
        self._all(body.body)
        self._close(body)
        self._clauses(clauses)
        self._close(node)

    def _clauses(self, clauses: Iterable[cst.CSTNode | None]) -> None:
        """The statements of an else, except, finally or case clause are directly its children."""
        for clause in clauses:
            match clause:
                case cst.If():  # an elif is an else that holds an if, as in C
                    header = self._tree.header(clause, clause.body)
                    branch = self._builder.open_statement("else", self._tree.span(clause), header)
                    self._one(clause)
                    self._builder.close_statement(branch)
                case cst.Else():
                    self._clause("else", clause, clause.body)
                case cst.ExceptHandler() | cst.ExceptStarHandler():
                    self.bind(clause.name.name if clause.name else None)
                    self._clause("handler", clause, clause.body)
                case cst.Finally():
                    self._clause("finally", clause, clause.body)
                case cst.MatchCase():
                    self._clause("case", clause, clause.body)

    def _clause(self, kind: str, node: cst.CSTNode, body: cst.BaseSuite) -> None:
        self._open(kind, node, self._tree.header(node, body))
        self._all(body.body)
        self._close(node)

    def _simple(self, node: cst.CSTNode) -> None:
        match node:
            case cst.Assign():
                for assigned in node.targets:
                    self.bind(assigned.target)
            case cst.AugAssign() | cst.AnnAssign():
                self.bind(node.target)
            case cst.FunctionDef():
                self.bound.add(node.name.value)
            case cst.Global() | cst.Nonlocal():
                self.foreign.update(item.name.value for item in node.names)
            case cst.Import() | cst.ImportFrom() if not isinstance(node.names, cst.ImportStar):
                self.bound.update(_bound_by_import(alias) for alias in node.names)
        kind = "declaration" if isinstance(node, cst.FunctionDef) else _SIMPLE.get(type(node), "expression")
        self._open(kind, node)
        self._close(node)

    def bind(self, target: cst.CSTNode | None) -> None:
        """Note the plain names of an assignment's target."""
        match target:
            case cst.Name():
                self.bound.add(target.value)
            case cst.Tuple() | cst.List():
                for element in target.elements:
                    self.bind(element.value)

    def _open(self, kind: str, node: cst.CSTNode, header: Span | None = None, condition: Span | None = None) -> None:
        self.ids[node] = self._builder.open_statement(kind, self._tree.span(node), header, condition)

    def _close(self, node: cst.CSTNode) -> None:
        self._builder.close_statement(self.ids[node])


def _bound_by_import(alias: cst.ImportAlias) -> str:
    if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
        return alias.asname.name.value
    name: cst.BaseExpression = alias.name
    while isinstance(name, cst.Attribute):
        name = name.value
    return name.value if isinstance(name, cst.Name) else ""
