"""Offsets before and after a rewriting: how positions in rewritten text become positions in the user's file."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from unstall.source import Edit, Span


class OffsetMap:
    """The way back from an edited text to the text before the edits.

    What an edit put in stands for the whole span it replaced: a range that starts (ends) inside of it starts (ends)
    where that span does. Everything else is copied and moves along. ``edits`` are sorted and don't overlap.
    """

    def __init__(self, edits: Sequence[Edit] = ()) -> None:
        self._after = [0]
        self._before = [0]
        self._replaced: list[int | None] = [None]  # where the replaced span ends; None for a copied stretch
        shift = 0
        for edit in edits:
            start = edit.span.start + shift
            shift += edit.growth
            self._add(start, edit.span.start, edit.span.end)
            self._add(edit.span.end + shift, edit.span.end, None)

    def _add(self, after: int, before: int, replaced: int | None) -> None:
        if self._after[-1] == after and self._replaced[-1] is None:  # an empty copied stretch
            for column in (self._after, self._before, self._replaced):
                column.pop()
        self._after.append(after)
        self._before.append(before)
        self._replaced.append(replaced)

    def back(self, span: Span) -> Span:
        """The range before the edits that a range after the edits came from."""
        start, end = self._start(span.start), self._end(span.end)
        return Span(min(start, end), max(start, end))

    def _start(self, offset: int) -> int:
        at = bisect_right(self._after, offset) - 1
        if self._replaced[at] is not None:
            return self._before[at]
        return self._before[at] + offset - self._after[at]

    def _end(self, offset: int) -> int:
        at = max(bisect_left(self._after, offset) - 1, 0)
        replaced = self._replaced[at]
        return self._before[at] + offset - self._after[at] if replaced is None else replaced
