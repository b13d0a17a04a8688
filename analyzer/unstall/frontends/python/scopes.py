"""Cuts a file into scopes: its functions and the module level, each to be parsed by itself.

Only scopes that hold something of interest go through LibCST, which takes seconds for a megabyte; and what LibCST
can't read costs one function, not the file.
"""

from dataclasses import dataclass, field
from functools import cached_property

from unstall.frontends.python.lexer import Kind, Line, Token, header_length
from unstall.source import Span

MODULE = "<module>"


@dataclass
class Scope:
    """A function, or the module level. Offsets are those of the UTF-8 text."""

    name: str
    """Qualified: ``Class.method``, ``outer.inner``; `MODULE` for the module level."""
    start: int
    """Where its first physical line starts."""
    end: int
    indent: int = 0
    lines: list[Line] = field(default_factory=list)
    """Its own logical lines, header first; of inner functions only the headers are among them."""
    inner: list["Scope"] = field(default_factory=list)

    @property
    def is_module(self) -> bool:
        """Whether this is the module level."""
        return self.name == MODULE

    @property
    def tokens(self) -> list[Token]:
        """The tokens of its own lines."""
        return [token for line in self.lines for token in line.tokens]

    @cached_property
    def identifiers(self) -> frozenset[str]:
        """All names in its own lines; asked for once these are all there."""
        return frozenset(token.text for line in self.lines for token in line.tokens if token.kind is Kind.NAME)

    @property
    def header(self) -> Span:
        """A function's first line up to its colon."""
        first = self.lines[0]
        return Span(first.tokens[0].start, first.tokens[header_length(first) - 1].end)

    @property
    def body(self) -> Span:
        """From the first token behind a function's header to its last; empty where there is none."""
        first, *others = self.lines
        tokens = first.tokens[header_length(first) :] or [token for line in others[:1] for token in line.tokens]
        return Span(tokens[0].start if tokens else self.end, self.end)


def cut(lines: list[Line], size: int) -> list[Scope]:
    """All scopes of a file of ``size`` bytes in source order, the module level first."""
    return _Cutter(size).run(lines)


class _Cutter:
    """Walks the logical lines with a stack of the functions and classes that are open."""

    def __init__(self, size: int) -> None:
        module = Scope(MODULE, 0, size, -1)
        self.scopes = [module]
        self.stack: list[tuple[int, Scope, str]] = [(-1, module, "")]  # indentation, scope, prefix of names in it

    def run(self, lines: list[Line]) -> list[Scope]:
        for line in lines:
            while line.indent <= self.stack[-1][0]:
                self.stack.pop()
            for _, scope, _ in self.stack[1:]:
                scope.end = max(scope.end, line.end)
            if line.starts_with("def") or line.starts_with("async", "def"):
                self._function(line)
            else:
                self._other(line)
        return self.scopes

    def _other(self, line: Line) -> None:
        _, scope, prefix = self.stack[-1]
        scope.lines.append(line)
        if line.starts_with("class") and len(line.tokens) > 1:
            self.stack.append((line.indent, scope, f"{prefix}{line.tokens[1].text}."))

    def _function(self, line: Line) -> None:
        _, outer, prefix = self.stack[-1]
        header = line.tokens[: header_length(line)]
        name = next((token.text for token in header if token.text not in ("async", "def")), "")
        name = name.encode("latin-1").decode()
        function = Scope(prefix + name, line.start, line.end, line.indent, [line])
        outer.lines.append(Line(line.start, line.indent, header))
        outer.inner.append(function)
        self.scopes.append(function)
        self.stack.append((line.indent, function, f"{function.name}."))
