"""The comments of a C or Python file, found without parsing it: any bytes will do.

Text is decoded as Latin-1, so that a string index is a byte offset; strings are skipped, so that what looks like a
comment in one is none.
"""

import re
from collections.abc import Iterator

from unstall.source import Language, SourceFile, Span


def comments(source: SourceFile) -> Iterator[Span]:
    """Every comment, its marks included and the end of its last line left out."""
    text = source.data.decode("latin-1")
    for found in _pattern(source.language).finditer(text):
        if found.lastgroup == "comment":
            yield Span(found.start(), found.start() + len(found.group().rstrip("\r\n")))


def _pattern(language: Language) -> re.Pattern[str]:
    if language == "c":
        from unstall.frontends.c.tokens import CHARACTER, COMMENT, STRING

        return re.compile(rf"(?P<comment>{COMMENT})|{STRING}|{CHARACTER}", re.DOTALL)
    return re.compile(
        r"(?P<comment>\#[^\r\n]*+)"
        r"|'''(?:[^'\\]++|\\.|'(?!''))*+(?:'''|\Z)"
        r'|"""(?:[^"\\]++|\\.|"(?!""))*+(?:"""|\Z)'
        r"|'(?:[^'\\\r\n]++|\\(?:\r\n|.))*+'?"
        r'|"(?:[^"\\\r\n]++|\\(?:\r\n|.))*+"?',
        re.DOTALL,
    )
