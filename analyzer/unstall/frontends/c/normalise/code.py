"""The tokens of one function and the edits that the rewriting rules make to them.

Rules never build a new list: they say, token by token, what is to be put before or behind it, what
takes its place, and which ranges become one opaque name. `Code.emit` carries all that out at once. So
a later rule sees the same indices as an earlier one, and an edit can be overruled, after the parser
complained, by making what is around it opaque.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from unstall.frontends.c.macros import Macro, MacroForm
from unstall.frontends.c.shapes import letter, match_brackets, shape
from unstall.frontends.c.tokens import Token
from unstall.frontends.c.vocabulary import STATEMENT_KEYWORDS
from unstall.source import Span

OPAQUE = "<opaque>"
"""Name of what was not understood. The names of this kind can't be those of an identifier."""
EMPTY = "<empty>"
"""Name of an empty macro argument."""
COMPUTED = "<computed>"
"""Label of a computed goto."""

Piece = tuple[str, str]
"""Token type and value of a token that a rule puts in."""

SEMICOLON: Piece = ("SEMI", ";")
OPEN: Piece = ("LPAREN", "(")
CLOSE: Piece = ("RPAREN", ")")
OPEN_BLOCK: Piece = ("LBRACE", "{")
CLOSE_BLOCK: Piece = ("RBRACE", "}")


class OddityKind(Enum):
    """Where a parsed function is not what it looks like."""

    MACRO_BLOCK = "macro block"
    """A macro in front of a block or statement, written as an `if`, a loop or a statement."""
    ARGUMENT = "statements in a macro's argument"
    """Whether and how often they run is the macro's business."""
    OPAQUE = "opaque"
    """Text that was not understood."""


@dataclass(frozen=True)
class Oddity:
    """A place that the flow graph has to know of."""

    kind: OddityKind
    span: Span
    """The macro's use, the argument, or the text that was not understood."""
    name: str = ""
    form: MacroForm = MacroForm.UNKNOWN
    """For a macro block."""
    jumps: bool = False
    """For opaque text: it holds a statement keyword, so control flow was lost."""
    names: tuple[str, ...] = ()
    """For opaque text: the identifiers in it."""


class Emitted(NamedTuple):
    """A token for the parser and the index of the token of the source that it stems from."""

    type: str
    value: str
    origin: int


@dataclass
class Code:
    """A function body (or any run of statements) under rewriting."""

    tokens: Sequence[Token]
    macros: Mapping[str, Macro]
    partner: list[int] = field(init=False)
    """For each bracket the index of its partner, -1 for any other token."""
    pending: list[tuple[int, int]] = field(default_factory=list)
    """Ranges of statements still to be rewritten."""
    regions: list[tuple[int, int]] = field(default_factory=list)
    """Ranges that can be made opaque as a whole: expressions, declarations, arguments."""
    oddities: dict[int, Oddity] = field(default_factory=dict)
    """By token index."""
    inserted: dict[str, int] = field(default_factory=dict)
    """How many control keywords of a type were put in (positive) or taken out with what holds them."""
    extent: tuple[int, int, bool] = (0, 0, False)
    """The simple statement found last: its start, the index behind it, and whether a `;` ends it."""
    _before: dict[int, list[Piece]] = field(default_factory=dict)
    _behind: dict[int, list[Piece]] = field(default_factory=dict)
    _instead: dict[int, Piece | None] = field(default_factory=dict)
    _whole: dict[int, tuple[int, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.partner = match_brackets(self.tokens)

    # ------------------------------------------------------------------ looking

    def type(self, index: int) -> str:
        """Token type, empty outside of the code."""
        return self.tokens[index].type if 0 <= index < len(self.tokens) else ""

    def letter(self, index: int) -> str:
        """The token's letter in a shape, empty outside of the code."""
        return letter(self.tokens, index) if 0 <= index < len(self.tokens) else ""

    def shape(self, start: int, end: int, longest: int = sys.maxsize) -> tuple[str, list[int]]:
        """Letters of a range, or the first few, and the token index of each (see `shapes`)."""
        return shape(self.tokens, self.partner, start, end, longest)

    def behind(self, index: int) -> int:
        """The index behind a token, or behind the group that it opens."""
        return max(self.partner[index], index) + 1

    def split(self, start: int, end: int, separator: str = "COMMA") -> list[tuple[int, int]]:
        """Ranges between the top-level separators of a range."""
        ranges: list[tuple[int, int]] = []
        index = start
        while index < end:
            if self.tokens[index].type == separator:
                ranges.append((start, index))
                start = index + 1
            index = self.behind(index)
        return [*ranges, (start, end)]

    def text(self, start: int, end: int) -> str:
        """The spelling of a range, tokens separated by a space."""
        return " ".join(token.value for token in self.tokens[start:end])

    def span(self, start: int, end: int) -> Span:
        """Bytes of a range that is not empty; what stems from a macro stands for the macro's use."""
        first, last = self.tokens[start], self.tokens[end - 1]
        return Span(min(first.start, last.start), max(first.end, last.end))

    # ------------------------------------------------------------------ editing

    def before(self, index: int, *pieces: Piece) -> None:
        """Put tokens before one."""
        self._before.setdefault(index, []).extend(pieces)
        self._count(pieces)

    def put_behind(self, index: int, *pieces: Piece) -> None:
        """Put tokens behind one."""
        self._behind.setdefault(index, []).extend(pieces)
        self._count(pieces)

    def replace(self, index: int, piece: Piece) -> None:
        """Put a token in the place of one."""
        self._instead[index] = piece

    def drop(self, indices: Iterable[int]) -> None:
        """Take tokens out."""
        self._instead.update(dict.fromkeys(indices))

    def drop_statement(self, start: int, end: int) -> None:
        """Take out a range whose control flow is not the function's own (a nested function)."""
        self.drop(range(start, end))
        for token in self.tokens[start:end]:
            if token.type in STATEMENT_KEYWORDS:
                self.inserted[token.type] = self.inserted.get(token.type, 0) - 1

    def name(self, start: int, end: int, name: str) -> None:
        """Make a range one identifier, whatever other edits it holds."""
        known = self._whole.get(start)
        if known is None or known[0] < end:
            self._whole[start] = (end, name)

    def make_opaque(self, start: int, end: int) -> None:
        """Give up on a range: one name takes its place, and the graph is told."""
        self.name(start, end, OPAQUE)
        inside = self.tokens[start:end]
        jumps = any(token.type in STATEMENT_KEYWORDS for token in inside)
        names = tuple(dict.fromkeys(token.value for token in inside if token.type == "ID"))
        self.oddities[start] = Oddity(OddityKind.OPAQUE, self.span(start, end), jumps=jumps, names=names)

    def is_opaque(self, start: int, end: int) -> bool:
        """Whether exactly this range (or a longer one from the same start) was given up already."""
        return start in self._whole and self._whole[start][0] >= end

    def _count(self, pieces: Iterable[Piece]) -> None:
        for kind, _ in pieces:
            if kind in STATEMENT_KEYWORDS:
                self.inserted[kind] = self.inserted.get(kind, 0) + 1

    # ------------------------------------------------------------------ the result

    def emit(self) -> list[Emitted]:
        """The tokens with all edits made."""
        result: list[Emitted] = []
        put = result.append
        edited = self._before.keys() | self._behind.keys() | self._instead.keys() | self._whole.keys()
        behind_whole = 0
        for index, token in enumerate(self.tokens):
            if index < behind_whole:
                continue
            if index not in edited:
                put(Emitted(token.type, token.value, index))
                continue
            result.extend(Emitted(*piece, index) for piece in self._before.get(index, ()))
            if index in self._whole:
                behind_whole, name = self._whole[index]
                put(Emitted("ID", name, index))
                continue
            piece = self._instead.get(index, token[:2])
            if piece is not None:
                put(Emitted(*piece, index))
            result.extend(Emitted(*piece, index) for piece in self._behind.get(index, ()))
        return result

    def smallest_region(self, index: int) -> tuple[int, int] | None:
        """The smallest region around a token that is not opaque yet."""
        around = [r for r in self.regions if r[0] <= index < r[1] and not self.is_opaque(*r)]
        return min(around, key=lambda r: r[1] - r[0], default=None)
