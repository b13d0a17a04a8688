"""Choosing one branch of every `#if` group, so that what is left is a program.

Nothing is known of the build, so each condition is *assumed* in the direction that keeps its first
branch; what was assumed of a symbol holds for the rest of the file. Foreign platforms are assumed
absent, `#if 0` stays out, and symbols that the caller or the file itself defines are what they are.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from unstall.frontends.c.outline import Directive

FOREIGN = re.compile(
    r"_?WIN(?:32|64|NT)?_?|_?NT|__?WIN(?:32|64)(?:__)?|_WIN32_WCE|__CYGWIN__|_MSC_VER|__MINGW\w*|USE_WINSOCK"
    r"|__BORLANDC__|__WATCOMC__|__DJGPP__|OS2|MSDOS|__MSDOS__|VMS|__VMS|AMIGA|__AMIGA__|__BEOS__|NETWARE|NLM"
    r"|_AIX|__hpux|HPUX|__sgi|IRIX|SUNOS4|__OS400__|__cplusplus"
    r"|NEVER|NOTDEF|notdef|notyet|undef|__COVERITY__|lint|__lint"
)
"""Symbols of platforms and tools whose code is not what runs on a POSIX system (used with fullmatch)."""

_WORD = re.compile(r"\s*(&&|\|\||!(?!=)|[()]|[^&|!()]+|.)", re.DOTALL)
_DEFINED = re.compile(r"defined\s*(\w+)")
_COMPARISON = re.compile(r"(\w+)\s*(==|!=|<=|>=|<|>)\s*(\w+)")
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt,
}  # fmt: skip
_INTEGER = re.compile(r"(0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*")

Definitions = Mapping[str, str | None]
"""Preprocessor symbols and their replacement text; None for a symbol that is not defined (`-U`)."""


@dataclass(frozen=True)
class Choice:
    """Which text was chosen, and on what assumptions."""

    dropped: tuple[tuple[int, int], ...]
    """Byte ranges between directives that belong to branches not taken, in file order."""
    active: tuple[Directive, ...]
    """The directives outside of dropped branches."""
    assumptions: Mapping[str, bool]
    """Symbol or condition, as written, to whether it was taken to hold."""


@dataclass
class _Knowledge:
    """What is defined, what was assumed; grows as the file is read."""

    defined: dict[str, str | None]
    assumed: dict[str, bool] = field(default_factory=dict)
    pinned: frozenset[str] = frozenset()
    """Symbols that no `#define` of the file may settle, since the focus rests on them."""

    def holds(self, condition: str, want: bool) -> bool:
        """Truth of a condition without logical operators; `want` is what keeps the first branch."""
        condition = condition.strip()
        word = _DEFINED.fullmatch(condition)
        if word:
            return self._defined(word.group(1), want)
        value = self._value(condition)
        if value is not None:
            return value != 0
        comparison = _COMPARISON.fullmatch(condition)
        if comparison:
            left, right = self._value(comparison.group(1)), self._value(comparison.group(3))
            if left is not None and right is not None:
                return _COMPARE[comparison.group(2)](left, right)
        return self._assume(condition, want)

    def _defined(self, name: str, want: bool) -> bool:
        if name in self.defined:
            return self.defined[name] is not None
        return self._assume(name, want)

    def _value(self, word: str) -> int | None:
        """The integer that a word stands for, if that is known."""
        if word in self.defined:
            word = (self.defined[word] or "0").strip("() \t")
        number = _INTEGER.fullmatch(word)
        if not number:
            return None
        digits = number.group(1)
        if digits[:2] in ("0x", "0X"):
            return int(digits, 16)
        return int(digits[:400], 8 if digits.startswith("0") and set(digits) <= set("01234567") else 10)

    def _assume(self, condition: str, want: bool) -> bool:
        if condition not in self.assumed:
            foreign = FOREIGN.fullmatch(condition) is not None
            self.assumed[condition] = want and not foreign
        return self.assumed[condition]


class _Expression:
    """A `#if` expression read for its logical operators; what stands between them are conditions.

    `want` runs through the operators so that assumptions make the *whole* expression what is wanted:
    what stands under a `!` is wanted the other way round.
    """

    def __init__(self, text: str, knowledge: _Knowledge) -> None:
        self._words = [word.group(1) for word in _WORD.finditer(_tidy(text)) if word.group(1).strip()]
        self._knowledge = knowledge
        self._at = 0

    def truth(self, want: bool) -> bool:
        """Read the whole expression; one that makes no sense counts as what is wanted."""
        try:
            return self._or(want)
        except (IndexError, RecursionError):
            return want

    def _accept(self, word: str) -> bool:
        if self._at < len(self._words) and self._words[self._at] == word:
            self._at += 1
            return True
        return False

    # or : and ('||' and)*
    def _or(self, want: bool) -> bool:
        value = self._and(want)
        while self._accept("||"):
            other = self._and(want and not value)  # one true side is enough
            value = value or other
        return value

    # and : unary ('&&' unary)*
    def _and(self, want: bool) -> bool:
        value = self._unary(want)
        while self._accept("&&"):
            other = self._unary(want or not value)  # one false side is enough
            value = value and other
        return value

    # unary : '!' unary | '(' or ')' | condition
    def _unary(self, want: bool) -> bool:
        if self._accept("!"):
            return not self._unary(not want)
        start = self._at
        if self._accept("("):
            value = self._or(want)
            if self._accept(")") and self._at_operator():
                return value
            self._at = start  # a parenthesis inside arithmetic
        return self._condition(want)

    def _at_operator(self) -> bool:
        return self._at == len(self._words) or self._words[self._at] in ("&&", "||", ")")

    # condition : everything up to the next logical operator outside of parentheses
    def _condition(self, want: bool) -> bool:
        start = self._at
        depth = 0
        while self._at < len(self._words):
            word = self._words[self._at]
            if depth == 0 and word in ("&&", "||", ")"):
                break
            depth += (word == "(") - (word == ")")
            self._at += 1
        if self._at == start:
            raise IndexError
        return self._knowledge.holds("".join(self._words[start : self._at]), want)


def _tidy(text: str) -> str:
    """`defined(X)` and `defined X` to one form that holds no parenthesis."""
    return re.sub(r"\bdefined\s*\(\s*(\w+)\s*\)", r"defined \1", text)


def _first_word(text: str) -> str:
    return (text.split() or ["?"])[0]


_OPENING: dict[str, Callable[[str, _Knowledge, bool], bool]] = {
    "if": lambda body, known, want: _Expression(body, known).truth(want),
    "ifdef": lambda body, known, want: known.holds("defined " + _first_word(body), want),
    "ifndef": lambda body, known, want: not known.holds("defined " + _first_word(body), not want),
}
_CONTINUING = {"elif": "if", "elifdef": "ifdef", "elifndef": "ifndef"}


@dataclass
class _Group:
    """An `#if` that is not closed yet."""

    live: bool
    """The text around the group is chosen."""
    taken: bool
    """One of its branches was chosen already."""


def choose(directives: tuple[Directive, ...], definitions: Definitions, focus: int | None, end: int) -> Choice:
    """Decide every `#if` group of a file that is `end` bytes long.

    `focus` asks for the configuration in which the text at that offset is chosen: what has to be
    assumed for that is assumed first.
    """
    known = _Knowledge(dict(definitions))
    if focus is not None:
        _assume_branches(_branches_around(directives, focus), known)
        known.pinned = frozenset(known.assumed)
    errors = {branch.start for branch, body in pairwise(directives) if body.name == "error"}
    groups: list[_Group] = []
    live = True
    dropped: list[tuple[int, int]] = []
    active: list[Directive] = []
    dropped_from = 0
    for directive in directives:
        was_live = live
        live = _follow(directive, groups, live, known, directive.start not in errors)
        if was_live and not live:
            dropped_from = directive.end
        elif live and not was_live:
            dropped.append((dropped_from, directive.start))
        elif live:
            active.append(directive)
            _define(directive, known)
    if not live:
        dropped.append((dropped_from, end))
    return Choice(tuple(dropped), tuple(active), known.assumed)


def _branches_around(directives: tuple[Directive, ...], offset: int) -> list[list[Directive]]:
    """For each group around an offset, outermost first: its directives up to the one whose branch holds it."""
    groups: list[list[Directive]] = []
    for directive in directives:
        if directive.start >= offset:
            break
        if directive.name in _OPENING:
            groups.append([directive])
        elif groups and (directive.name in _CONTINUING or directive.name == "else"):
            groups[-1].append(directive)
        elif groups and directive.name == "endif":
            groups.pop()
    return groups


def _assume_branches(groups: list[list[Directive]], known: _Knowledge) -> None:
    """Assume what makes the last of each group's branches the one that is chosen."""
    for branches in groups:
        for directive in branches:
            name = _CONTINUING.get(directive.name, directive.name)
            if name in _OPENING:
                _OPENING[name](directive.body, known, directive is branches[-1])


def _follow(directive: Directive, groups: list[_Group], live: bool, known: _Knowledge, want: bool) -> bool:
    """Whether the text behind a directive is chosen; keeps the stack of open groups.

    A branch is not wanted where an `#error` stands in it.
    """
    name = directive.name
    if name in _OPENING:
        taken = live and _OPENING[name](directive.body, known, want)
        groups.append(_Group(live, taken))
        return taken
    if not groups:
        return live
    group = groups[-1]
    if name in _CONTINUING or name == "else":
        if group.taken or not group.live:
            return False
        group.taken = name == "else" or _OPENING[_CONTINUING[name]](directive.body, known, want)
        return group.taken
    if name == "endif":
        return groups.pop().live
    return live


def _define(directive: Directive, known: _Knowledge) -> None:
    """`#define X …` and `#undef X` in chosen text settle X for the rest of the file."""
    name, _, value = directive.body.partition(" ")
    if name in known.pinned:
        return
    if directive.name == "undef":
        known.defined[name] = None
    elif directive.name == "define" and "(" not in name:
        known.defined[name] = value.strip() or "1"
