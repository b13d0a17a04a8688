"""A small builder for flow graphs, used by both front ends and by tests that make graphs by hand."""

from dataclasses import dataclass, field

from unstall.flow.ir import Edge, EdgeKind, Effect, Expr, FlowGraph, Node, Nothing, Role, Statement, Temp
from unstall.source import Language, Span

Dangling = tuple[int, EdgeKind, tuple[Expr, ...]]
"""An edge that has a source but no target yet."""


@dataclass
class GraphBuilder:
    """Collects nodes, edges and statements; `finish` freezes them.

    The *frontier* is the set of dangling edges that the next node will be the target of; an empty frontier means that
    what is added next can't be reached from what was added before.
    """

    name: str
    language: Language
    span: Span
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    frontier: list[Dangling] = field(default_factory=list)
    entry: int = 0
    exit: int = 0
    raise_exit: int = 0
    temps: int = 0
    current: int = 0

    def __post_init__(self) -> None:
        self.statements.append(Statement(0, None, "function", self.span, self.span))
        self.entry = self._node(Nothing(), self.span, Role.BODY, "")
        end = Span(self.span.end, self.span.end)
        self.exit = self._node(Nothing(), end, Role.BODY, "")
        self.raise_exit = self._node(Nothing(), end, Role.BODY, "")
        self.frontier = [(self.entry, EdgeKind.NEXT, ())]

    def _node(self, effect: Effect, span: Span, role: Role, macro: str) -> int:
        node = Node(len(self.nodes), effect, span, self.current, role, macro)
        self.nodes.append(node)
        return node.id

    def detached(self, effect: Effect, span: Span, role: Role = Role.BODY) -> int:
        """Add a node that nothing leads to yet (a loop head, a label, a join) and return its id."""
        return self._node(effect, span, role, "")

    def add(self, effect: Effect, span: Span, role: Role = Role.BODY, macro: str = "") -> int:
        """Add a node behind the frontier; the frontier becomes its NEXT edge."""
        node = self._node(effect, span, role, macro)
        self.join(node)
        self.frontier = [(node, EdgeKind.NEXT, ())]
        return node

    def join(self, target: int) -> None:
        """Lead every dangling edge of the frontier to ``target`` and empty the frontier."""
        for source, kind, cases in self.frontier:
            self.edge(source, target, kind, cases)
        self.frontier = []

    def edge(self, source: int, target: int, kind: EdgeKind = EdgeKind.NEXT, cases: tuple[Expr, ...] = ()) -> None:
        """Add one edge."""
        self.edges.append(Edge(source, target, kind, cases))

    def temp(self) -> Temp:
        """A fresh temporary."""
        self.temps += 1
        return Temp(self.temps - 1)

    def open_statement(self, kind: str, span: Span, header: Span | None = None, condition: Span | None = None) -> int:
        """Begin a statement inside the current one; nodes added until `close_statement` belong to it."""
        statement = Statement(len(self.statements), self.current, kind, span, header or span, condition)
        self.statements.append(statement)
        self.current = statement.id
        return statement.id

    def close_statement(self, statement: int) -> None:
        """End a statement: its parent is current again."""
        self.current = self.statements[statement].parent or 0

    def finish(
        self,
        parameters: tuple[str, ...] = (),
        locals: frozenset[str] = frozenset(),
        address_taken: frozenset[str] = frozenset(),
        unknown: tuple[str, ...] = (),
    ) -> FlowGraph:
        """Lead the frontier to the exit and freeze. Nodes that can't be reached stay (dead code is source too)."""
        self.current = 0
        self.join(self.exit)
        return FlowGraph(
            self.name, self.language, self.span, tuple(self.nodes), tuple(dict.fromkeys(self.edges)), self.entry,
            self.exit, self.raise_exit, tuple(self.statements), parameters, locals, address_taken, unknown,
        )  # fmt: skip
