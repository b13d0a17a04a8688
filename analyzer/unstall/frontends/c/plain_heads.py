"""Function heads as nearly all are written, ``type name(parameters)``, found without lexing.

Files have dozens of functions of which one or two are read. What is found here is what `heads` would find; whatever
takes more to tell is left to it.
"""

import re

from unstall.frontends.c.chosen import ChosenText
from unstall.frontends.c.vocabulary import KEYWORDS, QUALIFIERS, STORAGE_CLASSES, TAG_KEYWORDS, TYPE_KEYWORDS
from unstall.source import Span

_HEAD = re.compile(
    r"\s*+((?:[A-Za-z_]\w*+[\s*]++)+([A-Za-z_]\w*+)\s*+\((?:[\w\s*,]++|\[[\w\s*]*+\])*+\))\s*+", re.ASCII
)
_IN_TYPES = (TYPE_KEYWORDS | TAG_KEYWORDS | QUALIFIERS | STORAGE_CLASSES | {None}) - {"TYPEDEF"}
_WORD = re.compile(r"\w+", re.ASCII)


def plain_head(chosen: ChosenText, place: Span) -> tuple[str, Span] | None:
    """The name and the place of the head that ends a part of the text, in front of a brace; None where there is none
    that is plain. The part stands at file level, and a declaration begins where it does.
    """
    text, (start, end) = chosen.text, (place.start, place.end)
    begin = max(*(_behind(mark, text, start, end) for mark in (";", "*/")), chosen.behind_holes(end))
    found = _HEAD.fullmatch(text, begin, end)
    if found is None or _in_line_comment(text, begin) or not _begins_at(chosen, start, found.start(1)):
        return None
    name = found[2]
    types = [KEYWORDS.get(word) for word in _WORD.findall(text, found.start(1), found.start(2))]
    is_other = name in KEYWORDS or name.isupper() or types[-1] in TAG_KEYWORDS or not _IN_TYPES.issuperset(types)
    return None if is_other else (name, Span(*found.span(1)))


def _behind(mark: str, text: str, start: int, end: int) -> int:
    """Where the last such mark in a part of the text ends; the start of the part where there is none."""
    at = text.rfind(mark, start, end)
    return start if at < 0 else at + len(mark)


def _in_line_comment(text: str, offset: int) -> bool:
    """Whether a place may be part of a ``//`` comment, be it one that goes on from the line before."""
    line = text.rfind("\n", 0, offset) + 1
    return text.find("//", line, offset) >= 0 or text.endswith(("\\\n", "\\\r\n"), 0, line)


def _begins_at(chosen: ChosenText, start: int, at: int) -> bool:
    """Whether nothing but comments and holes stands between the end of a declaration, or ``start``, and a place."""
    text = chosen.text
    while True:
        while at > start and text[at - 1].isspace():  # a slice would be a copy, for each of many directives
            at -= 1
        if at == start:
            return True
        hole = chosen.hole_around(at - 1)
        if hole is not None:
            at = max(hole[0], start)
        elif text.endswith("*/", start, at):
            at = text.rfind("/*", start, at - 2)
            if at < 0:
                return False
        else:
            return text[at - 1] == ";" and not _in_line_comment(text, at)
