"""How a file is laid out: its indentation, brace style and line endings, and new code written in the same way."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from unstall.fixes.tree import Tree
from unstall.source import SourceFile, Span

TAB = 8
"""Columns to a tab stop, where tabs and blanks are mixed."""


@dataclass(frozen=True, slots=True)
class Suite:
    """New code: a header (``if (…)``, ``if …:``, or empty for a plain block) and what it governs."""

    header: str
    body: tuple["Code", ...]


Code = str | Suite


def declares(code: Iterable[Code]) -> bool:
    """Whether new code declares a variable: a blank line parts that from the rest."""
    return "" in code


@dataclass(frozen=True)
class Layout:
    """The manner of one function in one file."""

    source: SourceFile
    tree: Tree

    @cached_property
    def newline(self) -> str:
        """The line ending of the function's first line."""
        start = self.source.data.find(b"\n", self.tree.graph.span.start)
        return "\r\n" if start > 0 and self.source.data[start - 1 : start] == b"\r" else "\n"

    # ---------------------------------------------------------------------------------------- indentation

    def line_start(self, offset: int) -> int:
        """Where the line of an offset starts."""
        return self.source.data.rfind(b"\n", 0, offset) + 1

    def indentation(self, offset: int) -> str:
        """The white space that the line of an offset starts with."""
        line = self.source.data[self.line_start(offset) :]
        return line[: len(line) - len(line.lstrip(b" \t"))].decode("ascii")

    def first_on_line(self, offset: int) -> bool:
        """Whether nothing but white space stands before an offset on its line."""
        return not self.source.data[self.line_start(offset) : offset].strip(b" \t")

    @cached_property
    def unit(self) -> int:
        """Columns of one level of indentation: the most common one in the function."""
        steps: Counter[int] = Counter()
        for statement in self.tree.graph.statements:
            holder = self.tree.parent(statement)
            if statement.kind in ("block", "else", "case", "label", "handler", "finally", "function"):
                continue
            while holder is not None and holder.kind == "block":
                holder = self.tree.parent(holder)
            if holder is None or not self.first_on_line(statement.span.start):
                continue
            step = _columns(self.indentation(statement.span.start)) - _columns(self.indentation(holder.header.start))
            if step > 0 and holder.kind != "switch":
                steps[step] += 1
        return steps.most_common(1)[0][0] if steps else 4

    @cached_property
    def _tabs(self) -> bool:
        span = self.tree.graph.span
        return b"\n\t" in self.source.data[span.start : span.end]

    def deeper(self, indentation: str) -> str:
        """An indentation one level further in."""
        return self._blank(_columns(indentation) + self.unit, indentation)

    def _blank(self, columns: int, like: str) -> str:
        """So many columns, with tabs where the lines around have them."""
        tabs = "\t" in like or (len(like) < TAB and self._tabs)
        return "\t" * (columns // TAB) + " " * (columns % TAB) if tabs else " " * columns

    # ---------------------------------------------------------------------------------------- braces

    @cached_property
    def braces_on_own_line(self) -> bool:
        """Whether the opening brace of an ``if`` or loop stands on a line of its own."""
        votes: Counter[bool] = Counter()
        for statement in self.tree.graph.statements:
            holder = self.tree.parent(statement)
            if statement.kind == "block" and holder is not None and holder.kind in ("if", "for", "while"):
                between = self.source.data[holder.header.end : statement.span.start]
                votes[b"\n" in between] += 1
        return votes[True] > votes[False]

    @cached_property
    def braces_indented(self) -> bool:
        """The GNU manner: braces on their own lines, half a level in."""
        for statement in self.tree.graph.statements:
            holder = self.tree.parent(statement)
            if statement.kind == "block" and holder is not None and holder.kind in ("if", "for", "while"):
                inner, outer = self.indentation(statement.span.start), self.indentation(holder.header.start)
                if self.first_on_line(statement.span.start):
                    return _columns(inner) > _columns(outer)
        return False

    @cached_property
    def cuddled_else(self) -> bool:
        """Whether ``else`` stands on the line of the closing brace."""
        votes: Counter[bool] = Counter()
        for statement in self.tree.graph.statements:
            if statement.kind == "else":
                before = self.source.data[: statement.span.start].rstrip()
                if before.endswith(b"}"):
                    votes[b"\n" not in self.source.data[len(before) : statement.span.start]] += 1
        return votes[True] >= votes[False] and not self.braces_on_own_line

    # ---------------------------------------------------------------------------------------- writing

    def write(self, codes: Iterable[Code], indentation: str) -> list[str]:
        """Lines of new code without line endings, in the language of the file."""
        lines: list[str] = []
        for code in codes:
            if isinstance(code, str):
                lines.append(indentation + code if code else "")
            elif code.header:
                first, *rest = self.behind(code.body, indentation)
                lines += [indentation + code.header + first, *rest]
            else:
                inner = self._half(indentation) if self.braces_indented else self.deeper(indentation)
                lines += [indentation + "{", *self.write(code.body, inner), indentation + "}"]
        return lines

    def behind(self, body: tuple[Code, ...], indentation: str, braces: bool = False) -> list[str]:
        """What follows a header: its suite, the rest of the header's own line first.

        In C a single plain statement gets braces only if they are asked for.
        """
        if self.source.language == "python":
            return ["", *self.write(body or ("pass",), self.deeper(indentation))]
        if not braces and len(body) == 1 and isinstance(body[0], str):
            inner = self._half(indentation) if self.braces_indented else self.deeper(indentation)
            return ["", *self.write(body, inner)]
        return [*self.opening(indentation), *self.write(body, self.deeper(indentation)), self.closing(indentation)]

    def opening(self, indentation: str) -> list[str]:
        """A C brace behind a header, the rest of the header's own line first."""
        return ["", self._brace(indentation) + "{"] if self.braces_on_own_line else [" {"]

    def closing(self, indentation: str) -> str:
        """The line of a closing brace."""
        return self._brace(indentation) + "}"

    def _brace(self, indentation: str) -> str:
        return self._half(indentation) if self.braces_indented else indentation

    def _half(self, indentation: str) -> str:
        return self._blank(_columns(indentation) + self.unit // 2, indentation)

    def bytes_of(self, lines: list[str]) -> bytes:
        """Lines with the file's line ending between them; the last has none."""
        return self.newline.join(lines).encode("utf-8", "surrogateescape")

    # ---------------------------------------------------------------------------------------- lines of the original

    def lines_of(self, span: Span) -> Span | None:
        """A span widened to whole lines, the last line ending included; None where something else shares them."""
        data = self.source.data
        start, end = self.line_start(span.start), data.find(b"\n", span.end)
        end = len(data) if end < 0 else end
        if data[start : span.start].strip(b" \t") or data[span.end : end].strip(b" \t\r"):
            return None
        return Span(start, min(end + 1, len(data)))

    def blank_lines(self, offset: int) -> Span:
        """The blank lines that directly follow the line of an offset."""
        data = self.source.data
        start = data.find(b"\n", offset) + 1 or len(data)
        end = start
        while end < len(data) and not data[end : data.find(b"\n", end) + 1 or len(data)].strip():
            end = data.find(b"\n", end) + 1 or len(data)
        return Span(start, end)

    def opens(self, offset: int) -> bool:
        """Whether the line of an offset is the first behind an opening brace or a blank line."""
        before = self.source.data[: self.line_start(offset)].split(b"\n")[-2:-1]
        return not before or not before[0].strip() or before[0].rstrip().endswith(b"{")


def _columns(indentation: str) -> int:
    return len(indentation.expandtabs(TAB))
