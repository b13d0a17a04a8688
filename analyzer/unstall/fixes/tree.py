"""The statement tree of a function, as the writers walk it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from unstall.flow.ir import FlowGraph, Statement


@dataclass(frozen=True)
class Tree:
    """Parents, children and siblings of a graph's statements."""

    graph: FlowGraph

    @cached_property
    def _children(self) -> dict[int, tuple[int, ...]]:
        found: dict[int, list[int]] = {statement.id: [] for statement in self.graph.statements}
        for statement in self.graph.statements:
            if statement.parent is not None:
                found[statement.parent].append(statement.id)
        return {parent: tuple(children) for parent, children in found.items()}

    def __getitem__(self, statement: int) -> Statement:
        return self.graph.statements[statement]

    def of_node(self, node: int) -> Statement:
        """The innermost statement that holds a node."""
        return self[self.graph.nodes[node].statement]

    def parent(self, statement: Statement) -> Statement | None:
        """The statement that directly holds another."""
        return None if statement.parent is None else self[statement.parent]

    def children(self, statement: Statement) -> tuple[Statement, ...]:
        """What a statement directly holds, in source order."""
        return tuple(self[child] for child in self._children[statement.id])

    def ancestors(self, statement: Statement) -> Iterator[Statement]:
        """What holds a statement, innermost first, itself not included."""
        for ancestor in self.graph.ancestors(statement.id)[1:]:
            yield self[ancestor]

    def then(self, branch: Statement) -> Statement | None:
        """The statement or block that an ``if`` runs when its condition holds."""
        return next((child for child in self.children(branch) if child.kind != "else"), None)

    def otherwise(self, branch: Statement) -> Statement | None:
        """The ``else`` of an ``if``."""
        return next((child for child in self.children(branch) if child.kind == "else"), None)

    def following(self, statement: Statement) -> tuple[Statement, ...]:
        """The siblings behind a statement; clauses (else, except, finally) are none."""
        parent = self.parent(statement)
        if parent is None:
            return ()
        return tuple(s for s in self.children(parent) if s.id > statement.id and s.kind not in CLAUSES)

    def body(self, statement: Statement) -> tuple[Statement, ...]:
        """The statements of a block or clause; a simple statement is its own only one."""
        return self.children(statement) if statement.kind in (*CLAUSES, "block") else (statement,)


CLAUSES = frozenset({"else", "handler", "finally", "case"})
