"""From the bytes of a file to UTF-8, with the way back to the file's own offsets.

The encoding is found as Python finds it: a byte order mark, else PEP 263's coding cookie, else UTF-8.
"""

import re
from dataclasses import dataclass

from unstall.frontends.python.offsets import OffsetMap
from unstall.source import Edit, NotTextError, Span, apply_edits, check_text

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Text:
    """A file as UTF-8 without byte order mark, and the map back to the file's bytes."""

    utf8: bytes
    origin: OffsetMap


def decode(data: bytes) -> Text:
    """Raises NotTextError where Python itself would not take ``data`` for source text."""
    check_text(data)
    if data.startswith(_BOM):
        edits: tuple[Edit, ...] = (Edit(Span(0, len(_BOM)), b""),)
        _as_text(data, "utf-8")
    else:
        edits = _recoding(data, _declared(data))
    return Text(apply_edits(data, edits), OffsetMap(edits))


def _declared(data: bytes) -> str:
    for line in data.split(b"\n", 2)[:2]:
        if found := _COOKIE.match(line):
            return found[1].decode("ascii", "replace")
        if line.strip() and not line.lstrip().startswith(b"#"):
            break
    return "utf-8"


def _recoding(data: bytes, encoding: str) -> tuple[Edit, ...]:
    """One edit for each character whose bytes differ in UTF-8, so that every character keeps its own position."""
    text = _as_text(data, encoding)
    if text.encode("utf-8", "replace") == data:
        return ()
    edits, at = [], 0
    for character in text:
        if character.isascii():
            at += 1
            continue
        width = len(character.encode(encoding, "replace"))
        edits.append(Edit(Span(at, at + width), character.encode("utf-8", "replace")))
        at += width
    if at != len(data):
        raise NotTextError(f"encoding {encoding} has no fixed bytes for a character")
    return tuple(edits)


def _as_text(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except LookupError:
        raise NotTextError(f"unknown encoding {encoding}") from None
    except ValueError:
        raise NotTextError(f"not text in {encoding}") from None
