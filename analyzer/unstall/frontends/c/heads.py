"""Function heads: everything in front of a body.

A head is read for the function's name, its parameters' names and the spelling of its types. It is
not rewritten: the parser is given a plain head made of these, so macros, attributes and K&R
declarations in it can do no harm.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from unstall.frontends.c.normalise.spelling import respell
from unstall.frontends.c.shapes import NAME, UnbalancedError, match_brackets, shape
from unstall.frontends.c.tokens import Token
from unstall.source import Span

_MAX_OLD_STYLE_DECLARATIONS = 64
_NOT_BEFORE_BODY = frozenset({"EQUALS", "COMMA", "LPAREN", "STRING_LITERAL", "STRUCT", "UNION", "ENUM"})
_STORAGE = frozenset({"STATIC", "EXTERN", "INLINE"})
_CALLABLE = re.compile(rf"{NAME}[PEFD]")
_TAG_LAST = re.compile(rf"s{NAME}*$|s{NAME}[PEFD]{NAME}$")  # struct a {, struct PACKED(8) a {
_DROPPED_LAST = re.compile(r"_*[A-Z][A-Z0-9_]*|_\w+")


@dataclass(frozen=True)
class Parameter:
    """A parameter: `name` is empty for one without, `stars` counts what makes it a pointer, arrays included."""

    name: str
    type: str
    stars: int
    start: int


@dataclass(frozen=True)
class Head:
    """A function head, its attributes taken out."""

    tokens: tuple[Token, ...]
    name_at: int
    """Index of the name."""
    open_at: int
    """Index of the `(` of the parameter list."""

    @property
    def name(self) -> str:
        """The function's name; where a macro heads it, what that is given: ``THREAD(name) {``."""
        given = self.open_at + 1
        return self.tokens[given if self._is_macro else self.name_at].value

    @property
    def _is_macro(self) -> bool:
        """Whether the head is a macro's use and no more, `static` and its like apart, with one name."""
        if not (self.tokens[self.name_at].value.isupper() and self.name_at == self.open_at - 1):
            return False
        kinds = [token.type for token in self.tokens]
        return kinds[self.open_at + 1 :] == ["ID", "RPAREN"] and _STORAGE.issuperset(kinds[: self.name_at])

    @property
    def span(self) -> Span:
        """First to last token."""
        return Span(self.tokens[0].start, self.tokens[-1].end)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters in order; `void` is none, and `...` is left out."""
        partner = match_brackets(self.tokens)
        close = partner[self.open_at]
        items = _split(self.tokens, partner, self.open_at + 1, close)
        old_style = close + 1 < len(self.tokens) and self.tokens[-1].type == "SEMI"
        found = (_parameter(self.tokens, partner, start, end, old_style) for start, end in items)
        return tuple(parameter for parameter in found if parameter is not None)


def read_head(tokens: Sequence[Token]) -> Head | None:
    """The function head that ends a run of file-level tokens, if a `{` behind them would open a body."""
    if len(tokens) < 2 or tokens[-1].type in _NOT_BEFORE_BODY:
        return None
    old_style = tokens[-1].type == "SEMI"
    for start in _starts(tokens, _MAX_OLD_STYLE_DECLARATIONS if old_style else 1):
        head = _head(respell(tokens[start:]), old_style)
        if head is not None:
            return head
    return None


def _starts(tokens: Sequence[Token], count: int) -> list[int]:
    """Where the last `count` declarations begin, the nearest first."""
    starts: list[int] = []
    depth = 0
    for index in range(len(tokens) - 1, -1, -1):
        kind = tokens[index].type
        depth += (kind in ("RPAREN", "RBRACKET")) - (kind in ("LPAREN", "LBRACKET"))
        if kind == "SEMI" and depth == 0 and index < len(tokens) - 1:
            starts.append(index + 1)
            if len(starts) == count:
                return starts
    return [*starts, 0]


def _head(tokens: Sequence[Token], old_style: bool) -> Head | None:
    """Find name and parameter list.

    ret name ( … )            the last name with a group behind it,
    ret name ( … ) MACRO(x)   but for macros behind the list;
    ret ( * name ( … ) ) ( …) a function that returns a function pointer;
    ret ( name ) ( … )        a name kept from being expanded as a macro;
    name ( a, b ) int a; …    K&R: the first one, with nothing but names in its list.
    """
    try:
        partner = match_brackets(tokens)
    except UnbalancedError:
        return None
    letters, at = shape(tokens, partner, 0, len(tokens))
    if "=" in letters or _TAG_LAST.search(letters) or any(token.type == "TYPEDEF" for token in tokens):
        return None
    if old_style:
        letters = letters.partition(";")[0]  # none, where it stands in brackets that don't match
    calls = [m.start() for m in _CALLABLE.finditer(letters) if letters[max(m.start() - 1, 0)] != "s"]
    if old_style:
        calls = [c for c in calls if c + 2 < len(letters) and _names_only(tokens, at[c + 1] + 1, partner[at[c + 1]])]
        return Head(tuple(tokens), at[calls[0]], at[calls[0] + 1]) if calls else None
    while len(calls) > 1 and calls[-2] + 2 == calls[-1] and _DROPPED_LAST.fullmatch(tokens[at[calls[-1]]].value):
        calls.pop()
    if calls:
        return Head(tuple(tokens), at[calls[-1]], at[calls[-1] + 1])
    inner = re.search(r"F[PED]", letters) or re.search(r"P[PED]", letters)
    if inner is None:
        return None
    group = at[inner.start()]
    name = next((i for i in range(group, partner[group]) if tokens[i].type == "ID"), None)
    if name is None:
        return None
    own_list = tokens[name + 1].type == "LPAREN"
    return Head(tuple(tokens), name, name + 1 if own_list else at[inner.start() + 1])


def _names_only(tokens: Sequence[Token], start: int, end: int) -> bool:
    return all(token.type in ("ID", "COMMA") for token in tokens[start:end])


def _split(tokens: Sequence[Token], partner: Sequence[int], start: int, end: int) -> list[tuple[int, int]]:
    """Ranges between top-level commas; none for an empty list."""
    if start == end:
        return []
    ranges: list[tuple[int, int]] = []
    index = start
    while index < end:
        if tokens[index].type == "COMMA":
            ranges.append((start, index))
            start = index + 1
        index = max(partner[index], index) + 1
    return [*ranges, (start, end)]


_TAIL = re.compile(r"[BPED].*")
_TAGGED = re.compile(rf"s{NAME}")


def _parameter(
    tokens: Sequence[Token], partner: Sequence[int], start: int, end: int, old_style: bool
) -> Parameter | None:
    """A parameter from its shape: the declared name is the last one that is no type and no macro behind it."""
    letters, at = shape(tokens, partner, start, end)
    if letters in ("", "v") or (letters == "t" and tokens[start].type == "VOID"):
        return None
    stars = letters.count("*") + letters.count("B") + ("F" in letters)
    where = tokens[start].start
    if "F" in letters:  # void (*name)(…)
        group = at[letters.index("F")]
        name = next((t.value for t in tokens[group : partner[group]] if t.type == "ID"), "")
        return Parameter(name, "", stars, where)
    front = _TAIL.sub("", letters)
    names = [i for i, kind in enumerate(front) if kind in "iMT" and not _TAGGED.match(front, i - 1 if i else 0)]
    typed = bool(re.search("[ts]", front))
    if not (typed or old_style or len(names) > 1):
        names = []
    while len(names) > 1 and front[names[-1]] == "M":  # char *argv UNUSED
        names.pop()
    name_at = names[-1] if names else len(front)
    words = [tokens[at[i]].value for i in range(min(name_at, len(front))) if front[i] in "tsiMT"]
    return Parameter(tokens[at[name_at]].value if names else "", " ".join(words), stars, where)
