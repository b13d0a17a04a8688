"""Source files as bytes, and positions in them.

Everything downstream speaks of *byte* offsets into the original file; lines and columns are worked out on
demand. That keeps the two front ends, the writers and the reports in one coordinate system whatever the
file's encoding or line endings are.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import AnyStr, Literal, NamedTuple

Language = Literal["c", "python"]

LANGUAGE_OF_SUFFIX: dict[str, Language] = {
    ".c": "c",
    ".h": "c",
    ".inc": "c",
    ".py": "python",
    ".pyi": "python",
}


class Span(NamedTuple):
    """A half-open range ``[start, end)`` of byte offsets in one file."""

    start: int
    end: int

    def contains(self, other: "Span") -> bool:
        """Whether ``other`` lies within this span (a span contains itself)."""
        return self.start <= other.start and other.end <= self.end


class NotTextError(Exception):
    """What can't be read as source text; the message says why."""


def check_text(data: bytes) -> None:
    """Raises NotTextError of bytes that are no text by their NULs."""
    if b"\0" in data:
        encoding = " (UTF-16?)" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        raise NotTextError(f"not text: it holds NUL bytes{encoding}")


def places(part: AnyStr, text: AnyStr) -> Iterator[int]:
    """The offsets at which a part stands in a text."""
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


@dataclass(frozen=True)
class SourceFile:
    """One file as read: its path as the user named it, its bytes, and its language."""

    path: str
    data: bytes = field(repr=False)
    language: Language

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Byte offset at which each line starts; line n (1-based) starts at ``line_starts[n - 1]``."""
        return (0, *(at + 1 for at in places(b"\n", self.data)))

    def line(self, offset: int) -> int:
        """1-based line number of a byte offset."""
        return bisect_right(self.line_starts, offset)

    def column(self, offset: int) -> int:
        """1-based column of a byte offset, counted in characters (undecodable bytes count one each)."""
        start = self.line_starts[self.line(offset) - 1]
        return len(self.data[start:offset].decode("utf-8", "replace")) + 1

    def line_span(self, line: int) -> Span:
        """The bytes of a 1-based line without its line ending."""
        start = self.line_starts[line - 1]
        end = self.line_starts[line] if line < len(self.line_starts) else len(self.data)
        while end > start and self.data[end - 1] in b"\r\n":
            end -= 1
        return Span(start, end)

    def line_text(self, line: int) -> str:
        """A 1-based line as text, for showing to people."""
        span = self.line_span(line)
        return self.data[span.start : span.end].decode("utf-8", "replace")

    def text(self, span: Span) -> str:
        """The source text of a span, for showing to people."""
        return self.data[span.start : span.end].decode("utf-8", "replace")


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace the bytes of ``span`` by ``replacement``; an empty span inserts."""

    span: Span
    replacement: bytes

    @property
    def growth(self) -> int:
        """The bytes by which it makes the file longer; negative where it makes it shorter."""
        return len(self.replacement) - (self.span.end - self.span.start)

    def moved(self, by: int) -> "Edit":
        """The same edit so many bytes further on; further ahead where that is negative."""
        return Edit(Span(self.span.start + by, self.span.end + by), self.replacement)


def lines_of(data: bytes) -> list[bytes]:
    """Lines with their endings; only a line feed ends one, as for git and patch."""
    return re.findall(rb"[^\n]*\n|[^\n]+", data)


def apply_edits(data: bytes, edits: "tuple[Edit, ...]") -> bytes:
    """``data`` with all edits made. Raises ValueError where two edits overlap or one lies outside of the data."""
    pieces: list[bytes] = []
    at = 0
    for edit in sorted(edits):
        if edit.span.start < at or edit.span.end > len(data) or edit.span.end < edit.span.start:
            raise ValueError(f"edit at bytes {edit.span.start}-{edit.span.end} overlaps another or lies outside")
        pieces += (data[at : edit.span.start], edit.replacement)
        at = edit.span.end
    return b"".join((*pieces, data[at:]))
