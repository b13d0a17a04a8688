"""Cutting function definitions out of a file without parsing it.

A function is `head { body }` at file level, where head is an external declaration that names
something followed by a parameter list (`heads`). Bodies are found by their braces alone; only what
stands outside of them is lexed, and that only where a head is not as most are (`plain_heads`).
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property

from unstall.frontends.c.chosen import ChosenText
from unstall.frontends.c.heads import Head, read_head
from unstall.frontends.c.plain_heads import plain_head
from unstall.frontends.c.tokens import Token, lex
from unstall.source import Span

MAX_BODY = 2_000_000
"""Bytes of a function with its comments; a longer one is generated, and not worth lexing."""


@dataclass(frozen=True)
class Function:
    """A function definition, by position."""

    name: str
    head_span: Span
    body_span: Span
    """From the opening brace to behind the closing one."""
    resynchronised: bool
    """The braces did not match, and the end was taken from the layout: nothing about the body is sure."""

    _chosen: ChosenText = field(repr=False, compare=False)
    _head: Head | None = field(repr=False, compare=False)

    @cached_property
    def head(self) -> Head:
        """What stands in front of the body; of a plain one, read when it is asked for."""
        head = self._head or read_head(tuple(self._chosen.tokens(self.head_span.start, self.head_span.end)))
        assert head is not None  # it was found there
        return head

    @property
    def is_static(self) -> bool:
        """Whether only its own file can call it by its name."""
        return any(token.type == "STATIC" for token in self.head.tokens)

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


class _Front:
    """What stands at file level in front of a brace: the external declaration in progress, and those before it. It is
    lexed only where it takes that to tell what it is.
    """

    def __init__(self, chosen: ChosenText) -> None:
        self._chosen = chosen
        self._tokens: list[Token] = []
        self._unlexed: list[Span] = []

    def add(self, span: Span) -> None:
        """It goes on with this part of the text."""
        self._unlexed.append(span)

    def clear(self) -> None:
        """It came to an end."""
        self._tokens.clear()
        self._unlexed.clear()

    def head(self) -> tuple[str, Span, Head | None] | None:
        """The function head that ends it: its name, its place, and all of it where that was read."""
        is_start = not self._tokens and len(self._unlexed) == 1
        if is_start and (plain := plain_head(self._chosen, self._unlexed[0])):
            return *plain, None
        for span in self._unlexed:
            self._tokens.extend(self._chosen.tokens(span.start, span.end))
        self._unlexed.clear()
        head = read_head(self._tokens)
        return None if head is None else (head.name, head.span, head)

    def opens_linkage(self) -> bool:
        """`extern "C" {`: what is inside is at file level still."""
        return [token.type for token in self._tokens[-2:]] == ["EXTERN", "STRING_LITERAL"]


def functions(chosen: ChosenText, braces: tuple[int, ...]) -> tuple[Function, ...]:
    """The function definitions of a file, in file order; `braces` are the offsets of all its braces."""
    offsets = tuple(chosen.outside_holes(braces))
    matched = _match_braces(chosen.text, offsets)
    found: list[Function] = []
    front = _Front(chosen)
    at = 0
    index = 0
    while index < len(offsets):
        offset = offsets[index]
        front.add(Span(at, offset))
        at = offset + 1
        head = front.head() if chosen.text[offset] == "{" else None
        if head is None and (chosen.text[offset] == "}" or front.opens_linkage()):
            front.clear()
            index += 1
            continue
        end, guessed = matched.closing(index)
        at = offsets[end] + 1
        index = end + 1
        if head is not None:  # else a struct's members or an initialiser: the declaration goes on behind it
            name, place, whole = head
            found.append(Function(name, place, Span(offset, min(at, len(chosen.text))), guessed, chosen, whole))
            front.clear()
    return tuple(found)
