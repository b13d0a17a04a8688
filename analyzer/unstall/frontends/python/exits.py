"""Where a jump or an exception leads from where it stands: the loops, handlers and finally clauses around it."""

from dataclasses import dataclass, field

from unstall.flow.build import GraphBuilder
from unstall.flow.ir import Nothing
from unstall.source import Span


@dataclass
class Loop:
    """A loop; ``after`` is the join that breaks lead to, once there is one."""

    head: int
    statement: int
    """The statement around the loop, to which the join belongs."""
    end: Span
    after: int | None = None


@dataclass
class Handlers:
    """The body of a try, or of a with over suppress: ``entry`` is the test of the first clause."""

    entry: int


@dataclass
class Final:
    """All of a try but its finally clause: each word that leaves it finds the entry of a copy of the clause."""

    statement: int
    span: Span
    copies: dict[str, int] = field(default_factory=dict)


Region = Loop | Handlers | Final


class Exits:
    """The regions around the place that is being lowered, outermost first."""

    def __init__(self, builder: GraphBuilder) -> None:
        self._builder = builder
        self.regions: list[Region] = []

    def way(self, word: str) -> int:
        """The node that ``word`` (raise, return, break, continue) leads to."""
        for region in reversed(self.regions):
            if isinstance(region, Final):
                if word not in region.copies:
                    region.copies[word] = self._join(region.statement, region.span)
                return region.copies[word]
            if isinstance(region, Handlers) and word == "raise":
                return region.entry
            if isinstance(region, Loop) and word == "continue":
                return region.head
            if isinstance(region, Loop) and word == "break":
                if region.after is None:
                    region.after = self._join(region.statement, region.end)
                return region.after
        return self._builder.raise_exit if word == "raise" else self._builder.exit

    def _join(self, statement: int, span: Span) -> int:
        current, self._builder.current = self._builder.current, statement
        node = self._builder.detached(Nothing(), span)
        self._builder.current = current
        return node
