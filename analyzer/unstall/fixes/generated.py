"""Whether a file is made by a program: a patch would last until the next build."""

import re
from functools import lru_cache
from pathlib import PurePosixPath

from unstall.source import Language, SourceFile

_LONGEST_HEAD = 4_000
"""Bytes; what stands further on is no word of a generator's."""
_HEAD: dict[Language, re.Pattern[bytes]] = {
    "c": re.compile(rb"(?:\s|/\*.*?\*/|//[^\n]*|#[^\n]*)*", re.DOTALL),
    "python": re.compile(rb'(?:\s|#[^\n]*|"""[^"\\]*""")*'),
}
"""What a file has ahead of its code. Behind that such words may be those of a program that generates others."""
_SAYS_SO = re.compile(
    rb"\bDO NOT (?:EDIT|MODIFY)\b|@generated\b|^\W*(?:auto(?:matically)?[- ]?)?generated (?:by|from) ",
    re.IGNORECASE | re.M,
)
_FROM = re.compile(rb'^[ \t]*#[ \t]*(?:line[ \t]+)?\d+[ \t]+"([^"<>\r\n]+)"', re.M)
"""C's ``#line 12 "parser.y"``, and as a preprocessor writes it."""


@lru_cache(1)  # it is asked for each finding of a file
def why_generated(source: SourceFile) -> str:
    """Why a file isn't patched that is made by a program, as it says itself; empty for what people write."""
    if source.language == "c":
        named = (PurePosixPath(found[1].decode("utf-8", "replace")).name for found in _FROM.finditer(source.data))
        for origin in named:
            if origin != PurePosixPath(source.path).name:
                return f"the file is generated from {origin}, where it has to be mended"
    head = _HEAD[source.language].match(source.data, 0, _LONGEST_HEAD)
    if head is not None and _SAYS_SO.search(head[0]):
        return "the file says that it is generated; mend what it is made from"
    return ""
