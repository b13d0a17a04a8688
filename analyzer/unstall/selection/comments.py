"""The comments of a C or Python file, found without parsing it: any bytes will do.

Text is decoded as Latin-1, so that a string index is a byte offset; strings are skipped, so that what looks like a
comment in one is none.
"""

import re
from collections.abc import Iterator

from unstall.source import SourceFile, Span


def comments(source: SourceFile) -> Iterator[Span]:
    """Every comment, its marks included and the end of its last line left out."""
    text = source.data.decode("latin-1")
    yield from (_in_c if source.language == "c" else _in_python)(text)


def _in_c(text: str) -> Iterator[Span]:
    from unstall.frontends.c.tokens import CHARACTER, COMMENT, STRING

    for found in re.finditer(rf"(?P<comment>{COMMENT})|{STRING}|{CHARACTER}", text, re.DOTALL):
        if found.lastgroup == "comment":
            yield Span(found.start(), found.start() + len(found.group().rstrip("\r\n")))


def _in_python(text: str) -> Iterator[Span]:
    """Where strings end, only the lexer knows: in the fields of some there are others, in the same quotes."""
    from unstall.frontends.python.lexer import STRING_START, string_end

    mark = re.compile(rf"(?P<comment>\#[^\r\n]*+)|(?<![A-Za-z0-9_\x80-\xff]){STRING_START}|(?=['\"])")
    at = 0
    while found := mark.search(text, at):
        at = found.end()
        if found.lastgroup == "comment":
            yield Span(found.start(), at)
        else:
            at, _ = string_end(text, found.start(), at)
