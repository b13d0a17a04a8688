"""Cutting function definitions out of a file without parsing it.

A function is `head { body }` at file level, where head is an external declaration that names
something followed by a parameter list (`heads`). Bodies are found by their braces alone; only what
stands outside of them is lexed.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from unstall.frontends.c.heads import Head, read_head
from unstall.frontends.c.tokens import CHARACTER, COMMENT, STRING, Token, lex
from unstall.source import Span

MAX_BODY = 2_000_000
"""Bytes of a function with its comments; a longer one is generated, and not worth lexing."""
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

    def outside_holes(self, offsets: Iterable[int]) -> Iterator[int]:
        """Those of ascending `offsets` that lie in no hole."""
        holes = iter(self.holes)
        start, end = next(holes, (len(self.text), len(self.text)))
        for offset in offsets:
            while offset >= end and start < len(self.text):
                start, end = next(holes, (len(self.text), len(self.text)))
            if offset < start:
                yield offset


@dataclass(frozen=True)
class Function:
    """A function definition, by position."""

    name: str
    head: Head
    head_span: Span
    body_span: Span
    """From the opening brace to behind the closing one."""
    resynchronised: bool
    """The braces did not match, and the end was taken from the layout: nothing about the body is sure."""

    @property
    def span(self) -> Span:
        """The whole definition."""
        return Span(self.head_span.start, self.body_span.end)


@dataclass(frozen=True)
class _Braces:
    """The braces of the chosen text and which belong together."""

    text: str
    offsets: tuple[int, ...]
    partner: tuple[int, ...]
    """Index of the matching brace, -1 where there is none."""
    at_margin: tuple[int, ...]
    """Indices of closing braces that end a function by their look: see `_ends_function`."""

    def closing(self, opening: int) -> tuple[int, bool]:
        """The index of the brace that ends the group of `opening`, and whether layout had to tell.

        An unmatched brace ends at the next `}` in the margin, or at the end of the file.
        """
        if self.partner[opening] >= 0:
            return self.partner[opening], False
        at = bisect_right(self.at_margin, opening)
        return (self.at_margin[at] if at < len(self.at_margin) else len(self.offsets) - 1), True


def _match_braces(text: str, offsets: tuple[int, ...]) -> _Braces:
    partner = [-1] * len(offsets)
    open_braces: list[int] = []
    for index, offset in enumerate(offsets):
        if text[offset] == "{":
            open_braces.append(index)
        elif open_braces:
            partner[index] = open_braces.pop()
            partner[partner[index]] = index
    at_margin = tuple(i for i, offset in enumerate(offsets) if _ends_function(text, offset))
    return _Braces(text, offsets, tuple(partner), at_margin)


def _ends_function(text: str, offset: int) -> bool:
    """A `}` in the first column whose next line begins, in the first column too, like a declaration."""
    if text[offset] != "}" or (offset > 0 and text[offset - 1] != "\n"):
        return False
    following = next(lex(text, offset + 1, min(offset + 2000, len(text))), None)
    if following is None:
        return True
    in_margin = following.first_on_line and text[following.start - 1] == "\n"
    return in_margin and following.type not in ("ELSE", "WHILE", "CASE", "DEFAULT", "RBRACE")


def functions(chosen: ChosenText, braces: tuple[int, ...]) -> tuple[Function, ...]:
    """The function definitions of a file, in file order; `braces` are the offsets of all its braces."""
    offsets = tuple(chosen.outside_holes(braces))
    matched = _match_braces(chosen.text, offsets)
    found: list[Function] = []
    pending: list[Token] = []  # the external declaration in progress, and those before it
    at = 0
    index = 0
    while index < len(offsets):
        offset = offsets[index]
        pending.extend(chosen.tokens(at, offset))
        at = offset + 1
        if chosen.text[offset] == "}" or _opens_linkage(pending):
            pending.clear()
            index += 1
            continue
        end, guessed = matched.closing(index)
        head = read_head(pending)
        at = offsets[end] + 1
        index = end + 1
        if head is not None:  # else a struct's members or an initialiser: the declaration goes on behind it
            body = Span(offset, min(at, len(chosen.text)))
            found.append(Function(head.name, head, head.span, body, guessed))
            pending.clear()
    return tuple(found)


def _opens_linkage(tokens: list[Token]) -> bool:
    """`extern "C" {`: what is inside is at file level still."""
    return [token.type for token in tokens[-2:]] == ["EXTERN", "STRING_LITERAL"]
