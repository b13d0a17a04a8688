"""Type names inside of expressions: in casts, `sizeof`, compound literals, macro arguments."""

import re
from enum import IntEnum

from unstall.frontends.c.normalise.code import Code
from unstall.frontends.c.shapes import NAME


class TypeName(IntEnum):
    """Whether a range of tokens is a type name."""

    NO = 0
    MAYBE = 1
    """A single name: a type or a value."""
    YES = 2


_SUFFIX = r"[*q]*(?:F[PED])?B*$"  # pointers, (*)(…), [n]
_CERTAIN = re.compile(
    rf"""
      [qS]*{NAME}?[qS]*(?:[tq]*t[tq]*|s(?:{NAME}*C|{NAME}+)q*){_SUFFIX}   # unsigned long, struct a *, MACRO int
    | q+{NAME}q*{_SUFFIX}                                                 # const T *
    | {NAME}*{NAME}q*(?:\*|F[PED]){_SUFFIX}                               # T *, MACRO T **
    | {NAME}*{NAME}q+{_SUFFIX}                                            # T const
    | T{_SUFFIX}                                                          # size_t
    | {NAME}[PEFD]\*+$                                                    # MACRO(x) *
    """,
    re.VERBOSE,
)


def type_name(code: Code, start: int, end: int) -> TypeName:
    """Classify a range, the inside of parentheses or a macro's argument, by its shape."""
    if start >= end:
        return TypeName.NO
    if end == start + 1 and code.letter(start) in ("i", "M"):
        return TypeName.MAYBE
    if code.letter(start) not in ("t", "s", "q", "S", "i", "M", "T"):
        return TypeName.NO
    letters, _ = code.shape(start, end)
    return TypeName.YES if _CERTAIN.match(letters) else TypeName.NO
