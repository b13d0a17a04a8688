"""Declarations: told from expressions by their shape, and reduced to what flow needs.

pycparser needs to know every type's name; an excerpt of a program without its headers does not tell
them. So types are recognised by where they stand, and a declaration is rewritten to
`[static|extern] int *name[dim] = init, …`, in which the `int` is spelled as the user's type.
"""

import re

from unstall.frontends.c.normalise.code import Code
from unstall.frontends.c.normalise.expressions import expression, initialiser
from unstall.frontends.c.shapes import NAME, PAREN

_STARRED = rf"\*[*q]*(?:{NAME}+(?=$|[=,:BPEFD])|F)"  # *name, **name MACRO, *(*name)
_DECLARATOR_NAME = rf"{NAME}(?:$|[=,:BPEFD])"
_SPECIFIER = rf"""
      [qS]                                                      # const, static
    | {NAME}(?=[qS]*[ts])                                       # MACRO int x
    | {NAME}(?=S)                                               # MACRO static T x
    | {NAME}(?={NAME}(?:{NAME}|q+[ts{NAME[1:-1]}]|{_STARRED}))  # MACRO T x, MACRO T *x
"""
_DECLARATION = re.compile(
    rf"""
    (?P<front>(?:{_SPECIFIER})*)
    (?:
        (?P<type>[ts])                                          # int, struct
      | (?P<named>{NAME})(?=q|{_DECLARATOR_NAME}|{_STARRED}|F[PED](?:$|[=,]))   # T x, T *x, T (*x)(…)
    )
    """,
    re.VERBOSE,
)
_WITHOUT_TYPE = re.compile(r"[qS]+")  # static x = 3;
_MACRO_TYPE = re.compile(rf"[qS]+{NAME}[PD](?=\*|{NAME})")  # static LIST(x) head;
_PREFIXED_CALL = re.compile(r"M[iMT][PEF]$")  # MACRO call(…)
_MORE_SPECIFIERS = re.compile(
    rf"(?:[tqS] | s(?:{NAME}*C|{NAME}) | M(?={NAME}|\*[*q]*{NAME}) | {NAME}(?={NAME}(?!$)|i|T))*", re.VERBOSE
)


def declaration_or_expression(code: Code, start: int, end: int) -> None:
    """Rewrite `tokens[start:end]`, a simple statement without its `;`."""
    if start >= end:
        return
    letters, at = code.shape(start, end)
    at.append(end)
    if _PREFIXED_CALL.match(letters):
        code.drop([start])
        expression(code, at[1], end)
        return
    match = _MACRO_TYPE.match(letters) or _DECLARATION.match(letters) or _WITHOUT_TYPE.match(letters)
    if match is None:
        expression(code, start, end)
        return
    behind = _end_of_specifiers(letters, match)
    if behind == len(letters) or "TYPEDEF" in (code.type(i) for i in at[:behind]):
        code.drop(range(start, end))  # a type alone: nothing runs
        return
    code.regions.append((start, end))
    _reduce_specifiers(code, letters[:behind], at)
    for first, last in code.split(at[behind], end):
        _declarator(code, first, last)


def _end_of_specifiers(letters: str, match: re.Match[str]) -> int:
    """Where the first declarator begins."""
    groups = match.groupdict()
    if "type" not in groups:  # no type at all, or a macro's
        return match.end()
    start = match.start("type") if groups["type"] else match.end()
    more = _MORE_SPECIFIERS.match(letters, start)
    assert more is not None  # the pattern matches the empty string
    return more.end()


def _reduce_specifiers(code: Code, letters: str, at: list[int]) -> None:
    """`static const struct a b` → `static int b`, the `int` spelled "struct a"."""
    words = [
        code.tokens[at[i]].value
        for i, kind in enumerate(letters)
        if kind in "ts" or (kind in "iMT" and (i == len(letters) - 1 or letters[i - 1 : i] == "s"))
    ]
    keep = [i for i in at[: len(letters)] if code.type(i) in ("STATIC", "EXTERN")][:1]
    last = at[len(letters)]
    code.drop(index for index in range(at[0], last) if index not in keep)
    code.before(last, ("INT", " ".join(words) or "int"))


_SUFFIX = re.compile(r"[=:].*")


def _declarator(code: Code, start: int, end: int) -> None:
    """`* MACRO name MACRO [dim] (…) = init` → `* name [dim] () = init`; `(*name)(…)` → `*name`."""
    letters, at = code.shape(start, end)
    equals = letters.find("=")
    front = _SUFFIX.sub("", letters)
    keep: set[int] = {at[i] for i, kind in enumerate(front) if kind == "*"}
    name = _declared_name(code, front, at)
    if name is None:
        code.make_opaque(start, end)
        return
    keep.add(name)
    for i, kind in enumerate(front):
        group = at[i]
        if kind == "B":
            keep.update(range(group, code.partner[group] + 1))
            expression(code, group + 1, code.partner[group])
        elif kind in PAREN and i and at[i - 1] == name:
            keep.update((group, code.partner[group]))
    if front.startswith(("F", "P", "D")) and name > at[0]:
        code.before(name, ("TIMES", "*"))
    last = at[equals] if equals >= 0 else end
    code.drop(index for index in range(start, last) if index not in keep)
    if equals >= 0:
        initialiser(code, last + 1, end)


def _declared_name(code: Code, letters: str, at: list[int]) -> int | None:
    """The index of the name that a declarator declares."""
    names = [i for i, kind in enumerate(letters) if kind in "iMT"]
    if not names or letters.startswith(("F", "P", "D")):
        group = next((at[i] for i, kind in enumerate(letters) if kind in PAREN), None)
        if group is None:
            return None
        return next((i for i in range(group, code.partner[group]) if code.type(i) == "ID"), None)
    first = next((i for i in names if letters[i] != "M"), names[0])
    if first == names[0] and len(names) > 1 and letters[first + 1] in "iT":
        return at[names[1]]  # * qualifier_macro name
    return at[first]
