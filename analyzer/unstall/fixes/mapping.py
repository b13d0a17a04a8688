"""Where a place of the original file is in the patched one, and whether it was touched."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from unstall.source import Edit, Span, lines_of


@dataclass(frozen=True)
class Moves:
    """Positions carried through a set of edits that don't overlap."""

    edits: tuple[Edit, ...]
    """In order of their spans."""

    @classmethod
    def of(cls, edits: Iterable[Edit]) -> "Moves":
        """The moves that these edits make."""
        return cls(tuple(sorted(edits)))

    @classmethod
    def between(cls, before: bytes, after: bytes) -> "Moves":
        """The moves between two versions of a file, by their common lines."""
        old, new = lines_of(before), lines_of(after)
        at_old, at_new = _offsets(old), _offsets(new)
        edits = [
            Edit(Span(at_old[i1], at_old[i2]), after[at_new[j1] : at_new[j2]])
            for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
            if kind != "equal"
        ]
        return cls(tuple(edits))

    def span(self, span: Span) -> Span | None:
        """The span's place in the patched file; None where its first or last byte was replaced.

        What is inserted at its start lies before it, what is inserted at its end behind it.
        """
        start, end = self._start(span.start), self._end(span.end)
        return None if start is None or end is None else Span(start, max(start, end))

    def region(self, span: Span) -> Span:
        """What the span has become, with all that was written in it and at its end. What was put right ahead of it, as
        a label that a loop goes back to, isn't part of it.
        """
        ahead = sum(edit.growth for edit in self.edits if edit.span.end <= span.start)
        growth = sum(edit.growth for edit in self.edits if edit.span.start <= span.end)
        return Span(span.start + ahead, span.end + growth)

    def _start(self, offset: int) -> int | None:
        shift = 0
        for edit in self.edits:
            if edit.span.start > offset or (edit.span.start == offset and edit.span.end > offset):
                return None if edit.span.start == offset else offset + shift
            if edit.span.end > offset:
                return None
            shift += edit.growth
        return offset + shift

    def _end(self, offset: int) -> int | None:
        shift = 0
        for edit in self.edits:
            if edit.span.start >= offset:
                break
            if edit.span.end >= offset and edit.span.end > edit.span.start:
                return None
            shift += edit.growth
        return offset + shift


def _offsets(lines: list[bytes]) -> list[int]:
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    return offsets
