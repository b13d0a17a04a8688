"""What headers are asked: once read, a header is read again only for names that it may tell something of."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from unstall.frontends.c.noreturn import declared

_INCLUDED = re.compile(rb"""#[ \t]*include[ \t]*(["<][^">\n]+)[">]""")
"""Behind blanks at a line's start. A pattern that asks for those, too, takes seven times as long."""
_DEFINED = re.compile(
    rb"""\#[ \t]*+define[ \t]++([A-Za-z_]\w*+)
         (?![ \t]*+(?:[\r\n]|/\*|(?:\(?[+-]?[0-9]\w*+\)?|"[^"\\\n]*+")[ \t]*+(?:[\r\n]|/[*/])))""",
    re.VERBOSE,
)
"""A macro whose body is more than a number or a text: no graph would be wrong without those."""
_FEW = 20
"""Names; for fewer, looking for each in the text is faster than dividing it."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a header may tell of."""

    defined: bytes
    """The names of macros that it defines, a blank on either side: as one value they take a sixth of the memory."""
    no_return: frozenset[str]
    """The functions that it declares not to return."""

    @classmethod
    def of(cls, data: bytes) -> "Header":
        """What a header of this text may tell of."""
        return cls(b" %b " % b" ".join(_DEFINED.findall(data)), declared(data))

    def defines(self, names: frozenset[str]) -> bool:
        """Whether it defines one of these names."""
        if len(names) < _FEW:
            return any(b" %b " % name in self.defined for name in _encoded(names))
        return not _encoded(names).isdisjoint(self.defined.split())

    def without(self, names: Iterable[str]) -> "Header":
        """What it may tell of when it has told of these."""
        told = set(map(str.encode, names))
        return replace(self, defined=b" %b " % b" ".join(name for name in self.defined.split() if name not in told))


@lru_cache(maxsize=4)
def _encoded(names: frozenset[str]) -> frozenset[bytes]:
    return frozenset(map(str.encode, names))


def included_in(data: bytes) -> tuple[str, ...]:
    """The files that a text includes, each with the quote or bracket in front of its name."""
    names: dict[str, None] = {}
    last = 0  # the end of the match before: nobody looks further back, however long a line is
    for match in _INCLUDED.finditer(data):
        line = data.rfind(b"\n", last, match.start()) + 1
        if (line or not last) and not data[line : match.start()].strip(b" \t"):
            names[os.fsdecode(match[1])] = None
        last = match.end()
    return tuple(names)
