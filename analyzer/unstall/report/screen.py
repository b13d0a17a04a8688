"""Text that is safe and aligned on a screen: escaped, expanded, measured in columns, styled where that is wanted.

Renderers build lines of *pieces*, text with the name of a style; only `Screen` knows whether a terminal with colours,
a terminal without, or a file takes them.
"""

import os
import re
import sys
import unicodedata
from collections.abc import Iterable
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
_TYPEWRITER = str.maketrans({"…": "...", "–": "-", "→": "->"})
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


_NOT_PLAIN = re.compile(r"[^\x20-\x7e\t]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_ESCAPED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Categories of characters that a terminal obeys or hides: controls, formats (direction overrides), surrogates."""


def printable(text: str) -> str:
    """Text without anything that a terminal would obey: controls, direction overrides and bytes that are no text
    become escapes (``\\x1b``); tabs stay.
    """
    return _NOT_PLAIN.sub(lambda found: _shown(found[0]), text)


def _shown(character: str) -> str:
    return _escape(character) if unicodedata.category(character) in _ESCAPED else character


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that is not UTF-8 (surrogateescape)
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def expanded(text: str) -> str:
    """Source text with tabs expanded to stops of eight columns, and escaped."""
    return printable(text).expandtabs(8)


def columns(text: str) -> int:
    """How many columns a terminal gives to a text."""
    return len(text) + sum(map(_beside_one, _NOT_ASCII.findall(text)))


def _beside_one(character: str) -> int:
    """How many columns more than one a character takes: the next one too, or none of its own."""
    if unicodedata.combining(character):
        return -1
    return 1 if unicodedata.east_asian_width(character) in "WF" else 0


def fitted(text: str, width: int, ellipsis: str) -> str:
    """A text cut to ``width`` columns, the cut told by the ellipsis."""
    if columns(text) <= width:
        return text
    kept = ""
    for character in text:
        if columns(kept + character) > width - len(ellipsis):
            break
        kept += character
    return kept.rstrip() + ellipsis


def wrapped(text: str, width: int) -> list[str]:
    """A paragraph as lines of at most ``width`` columns."""
    import textwrap

    return textwrap.wrap(printable(text), width, break_long_words=False, break_on_hyphens=False) or [""]
