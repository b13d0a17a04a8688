"""Text that is safe and aligned on a screen: escaped, expanded, measured in columns, styled where that is wanted.

Renderers build lines of *pieces*, text with the name of a style; only `Screen` knows whether a terminal with colours,
a terminal without, or a file takes them.
"""

import os
import sys
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, TextIO

PLAIN_WIDTH = 110
"""Columns to fit into where the output is no terminal."""
NARROWEST = 60

_RICH_STYLES = {
    "path": "bold",
    "error": "bold red",
    "warning": "bold yellow",
    "note": "bold cyan",
    "wait": "bold cyan",
    "interrupt": "bold red",
    "skipped": "bold yellow",
    "reader": "magenta",
    "dim": "dim",
    "label": "bold",
    "added": "green",
    "removed": "red",
    "hunk": "cyan",
}


class Piece(NamedTuple):
    """A run of text in one style; the style's empty name is plain."""

    text: str
    style: str = ""


Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The characters of the excerpt's drawing."""

    bar: str
    gap: str
    skipped: str
    other: str
    wait: str
    interrupt: str
    reader: str
    head: str
    down: str
    tee: str
    end: str
    dash: str
    ellipsis: str


UNICODE = Drawing("│", "┊", "▒", "░", "●", "◀", "◇", "◀─┐", "│", "┤", "┘", "─", "…")
ASCII = Drawing("|", ":", "#", ".", "*", "<", "+", "<-.", "|", "+", "'", "-", "...")


class _Table(dict[int, str]):
    """What `str.translate` puts for each character, told by a function once for each that is met."""

    def __init__(self, shown: Callable[[str], str]) -> None:
        super().__init__()
        self._shown = shown

    def __missing__(self, code: int) -> str:
        self[code] = shown = self._shown(chr(code))
        return shown


_TYPED = {"…": "...", "–": "-", "→": "->"}
_TYPEWRITER = _Table(lambda character: _TYPED.get(character, character))
"""Our own typographic characters where the drawing is ASCII."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a report goes, and what can be shown there."""

    stream: TextIO
    width: int = PLAIN_WIDTH
    drawing: Drawing = UNICODE
    colours: bool = False

    @classmethod
    def of(cls, stream: TextIO) -> "Screen":
        """What ``stream`` can show: colours only on a terminal that isn't dumb and where NO_COLOR is unset or empty;
        line drawing only where the encoding has it.
        """
        terminal = stream.isatty()
        dumb = terminal and os.environ.get("TERM", "dumb") == "dumb"
        width = max(NARROWEST, _columns()) if terminal else PLAIN_WIDTH
        colours = terminal and not dumb and not os.environ.get("NO_COLOR")
        return cls(stream, width, ASCII if dumb or not _encodes(stream, UNICODE) else UNICODE, colours)

    def print(self, lines: Iterable[Line]) -> None:
        """Write lines, in colour where the screen has them."""
        if not self.colours:
            for line in lines:
                text = "".join(piece.text for piece in line).rstrip()
                self.stream.write((text.translate(_TYPEWRITER) if self.drawing is ASCII else text) + "\n")
            return
        from rich.console import Console
        from rich.text import Text

        console = Console(file=self.stream, highlight=False, force_terminal=True, width=self.width)
        for line in lines:
            console.print(Text.assemble(*((piece.text, _RICH_STYLES.get(piece.style, "")) for piece in line)),
                          soft_wrap=True)  # fmt: skip


def _columns() -> int:
    from shutil import get_terminal_size

    return get_terminal_size().columns


def _encodes(stream: TextIO, drawing: Drawing) -> bool:
    characters = "".join(getattr(drawing, name) for name in Drawing.__slots__)
    try:
        characters.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def tolerant(stream: TextIO = sys.stdout) -> None:
    """Let a stream write characters that its encoding lacks as escapes instead of failing on them."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")


_ESCAPED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Categories of characters that a terminal obeys or hides: controls, formats (direction overrides), surrogates."""


def _escape(character: str) -> str:
    code = ord(character)
    if character == "\t" or unicodedata.category(character) not in _ESCAPED:
        return character
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that is not UTF-8 (surrogateescape)
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


_PRINTABLE = _Table(_escape)


def printable(text: str) -> str:
    """Text without anything that a terminal would obey: controls, direction overrides and bytes that are no text
    become escapes (``\\x1b``); tabs stay.
    """
    return text.translate(_PRINTABLE)


def expanded(text: str) -> str:
    """Source text with tabs expanded to stops of eight columns, and escaped."""
    return printable(text).expandtabs(8)


def _cells(character: str) -> str:
    if unicodedata.combining(character):
        return ""
    return "##" if unicodedata.east_asian_width(character) in "WF" else "#"


_CELLS = _Table(_cells)


def columns(text: str) -> int:
    """How many columns a terminal gives to a text: two to a wide character, none to one that goes on top of another."""
    return len(text) if text.isascii() else len(text.translate(_CELLS))


def fitted(text: str, width: int, ellipsis: str) -> str:
    """A text cut to ``width`` columns, the cut told by the ellipsis."""
    if columns(text) <= width:
        return text
    left, kept = width - len(ellipsis), 0
    for character in text:
        left -= columns(character)
        if left < 0:
            break
        kept += 1
    return text[:kept].rstrip() + ellipsis


def wrapped(text: str, width: int) -> list[str]:
    """A paragraph as lines of at most ``width`` columns."""
    import textwrap

    return textwrap.wrap(printable(text), width, break_long_words=False, break_on_hyphens=False) or [""]
