"""A file's text as one configuration has it."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from unstall.frontends.c.tokens import CHARACTER, COMMENT, STRING, Token, lex, words_of

_NO_CODE = re.compile(f"{COMMENT}|{STRING}|{CHARACTER}", re.DOTALL)


@dataclass(frozen=True)
class ChosenText:
    """A file's text with holes: directives and the branches that were not chosen."""

    text: str
    holes: tuple[tuple[int, int], ...]
    """Disjoint, in file order."""
    _ends: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ends", tuple(end for _, end in self.holes))

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the whole text, holes and all."""
        return frozenset(words_of(self.text))

    def tokens(self, start: int, end: int) -> Iterator[Token]:
        """The tokens of a byte range, those in holes left out."""
        for hole_start, hole_end in self.holes[bisect_right(self._ends, start) :]:
            if hole_start >= end:
                break
            yield from lex(self.text, start, hole_start)
            start = hole_end
        yield from lex(self.text, start, end)

    def code(self, start: int, end: int) -> str:
        """The text of a byte range without comments, literals and holes."""
        pieces = []
        for hole_start, hole_end in self.holes[bisect_right(self._ends, start) :]:
            if hole_start >= end:
                break
            pieces.append(self.text[start:hole_start])
            start = hole_end
        pieces.append(self.text[start:end])
        return " ".join(_NO_CODE.sub(" ", piece) for piece in pieces)

    def hole_around(self, offset: int) -> tuple[int, int] | None:
        """The hole that a character stands in."""
        at = bisect_right(self._ends, offset)
        return self.holes[at] if at < len(self.holes) and self.holes[at][0] <= offset else None

    def behind_holes(self, offset: int) -> int:
        """The end of the last hole before an offset; 0 where there is none."""
        at = bisect_right(self._ends, offset)
        return self._ends[at - 1] if at else 0

    def outside_holes(self, offsets: Iterable[int]) -> Iterator[int]:
        """Those of ascending `offsets` that lie in no hole."""
        holes = iter(self.holes)
        start, end = next(holes, (len(self.text), len(self.text)))
        for offset in offsets:
            while offset >= end and start < len(self.text):
                start, end = next(holes, (len(self.text), len(self.text)))
            if offset < start:
                yield offset
