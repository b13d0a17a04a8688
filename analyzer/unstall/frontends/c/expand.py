"""Expanding the macros that decide control flow; all others stay the calls that they look like.

A macro's use is what the user wrote, so it is what findings show and patches edit. But where the
definition is at hand and holds a jump, a label of a switch, a wait, the test of an interrupt or of
its user's variable, a call that doesn't return, one that fills a set to wait for, half of a block, or
a parameter for a statement, the graph would be wrong without it. The tokens of an expansion stand
where the use stands; those of its arguments keep their own places.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from unstall.flow.by_name import fills, is_no_return
from unstall.flow.catalogue import C_WAITS
from unstall.frontends.c.macros import Macro
from unstall.frontends.c.shapes import CLOSING, OPENING
from unstall.frontends.c.tokens import Token
from unstall.source import Span

MAX_TOKENS = 50_000
"""Tokens that the expansions of one function may come to."""
_MAX_DEPTH = 12
"""Macros within macros; what goes deeper is left as it is."""

_INTERRUPT = re.compile(
    r"[=!]=\s*[(-]*\s*(?:EINTR|EAGAIN|EWOULDBLOCK)\b|\b(?:EINTR|EAGAIN|EWOULDBLOCK)\s*\)*\s*[=!]="
    r"|\bcase\s*(?:EINTR|EAGAIN|EWOULDBLOCK)\b"
)
"""A test of an interrupt's error number."""
_JUMPS = re.compile(r"\b(?:goto|return|break|continue)\b")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_TELLING = re.compile(r"\b(?:EINTR|EAGAIN|EWOULDBLOCK|goto|return|break|continue|case|default)\b")
_ALIAS = re.compile(r"\(*\s*(\w+)\s*\)*")
_CALL = re.compile(r"(?<!\.)(?<!->)\b([A-Za-z_]\w*)\s*\(")
"""A call of a function; a member that is called like a wait is one only where its error is told apart."""
_WORD = re.compile(r"[A-Za-z_]\w*")
_TEST = re.compile(r"\(*\s*[a-z]\w*\s*(?:[<>]=?|[=!]=)\s*-?\s*\w+\s*\)*")
"""A macro that tests a variable of whoever uses it: ``#define FAILED (n < 0)``."""
_RUN = re.compile(r"(?=(?:[{};]|\belse\b|\bdo\b|\bif\s*\([^;{}]{0,200}\))\s*(\w+)\s*(?:[;}]|$))")
"""A name that stands for a statement."""
_FOR = re.compile(r"\bfor\s*\((?:[^()]|\([^()]*\))*\)")
"""The head of a loop, whose semicolons end no statement."""
_ACTS = frozenset({"LPAREN", "EQUALS", "PLUSPLUS", "MINUSMINUS"})
"""Tokens of an argument that is more than looked at."""
_BRACKETS = re.compile(r"[][(){}]")
_SYSTEM = frozenset({*C_WAITS, "FD_ZERO", "FD_SET", "FD_CLR", "FD_ISSET"})
"""What a header may define for the sake of another system: it is known what they do, better than by how they do it."""


@dataclass(frozen=True)
class Use:
    """A macro's use that was expanded: the bytes from its name to its last argument."""

    name: str
    span: Span


def telling(macros: Mapping[str, Macro]) -> frozenset[str]:
    """The names of macros that are to be expanded, those that use such macros included."""
    found = with_users([macro for macro in macros.values() if macro.chosen], tells)
    return frozenset(name for name in found - _SYSTEM if "#" not in macros[name].body)


def with_users(macros: Iterable[Macro], wanted: Callable[[Macro], bool]) -> set[str]:
    """The names of the macros that are wanted, and of those whose bodies come to such macros. A name may have several
    definitions.
    """
    users: dict[str, list[str]] = {}
    found: set[str] = set()
    for macro in macros:
        for word in set(_WORD.findall(macro.body)):
            users.setdefault(word, []).append(macro.name)
        if wanted(macro):
            found.add(macro.name)
    pending = list(found)
    while pending:
        for user in users.get(pending.pop(), ()):
            if user not in found:
                found.add(user)
                pending.append(user)
    return found


def waits(macro: Macro) -> bool:
    """Whether a macro's body holds a wait, or a test of an interrupt that its user's flow depends on: statements that
    do nothing but log it aren't that.
    """
    body = _STRING.sub('""', macro.body)
    alias = _ALIAS.fullmatch(body)
    called = [alias.group(1)] if alias else _CALL.findall(body)
    tests = _INTERRUPT.search(body) and (";" not in body or _JUMPS.search(body))
    return bool(tests) or any(name in C_WAITS for name in called)


def tells(macro: Macro) -> bool:
    """Whether a graph would be wrong without a macro's body."""
    alias = _ALIAS.fullmatch(macro.body)
    if alias:
        return alias.group(1) == "errno" or alias.group(1) in C_WAITS or bool(_TELLING.search(macro.body))
    calls = _CALL.findall(_STRING.sub('""', macro.body))
    return (
        bool(_TELLING.search(macro.body))
        or (macro.parameters is None and _TEST.fullmatch(macro.body) is not None)
        or any(name in C_WAITS or is_no_return(name) or fills(name) for name in calls)
        or _runs_parameter(macro)
        or not _is_balanced(macro)
    )


def _runs_parameter(macro: Macro) -> bool:
    """Whether a macro's body has a parameter for a statement, for which its user may hand it a jump:
    ``#define CHECK(x, jump) if (!(x)) jump``.
    """
    parameters = macro.parameters or ()
    return bool(parameters) and any(found[1] in parameters for found in _RUN.finditer(_FOR.sub("", macro.body)))


def _is_balanced(macro: Macro) -> bool:
    depth = 0
    if not _BRACKETS.search(macro.body):
        return True
    for token in macro.tokens:
        depth += (token.type in OPENING) - (token.type in CLOSING)
        if depth < 0:
            return False
    return depth == 0


def expand(
    tokens: Sequence[Token], macros: Mapping[str, Macro], names: frozenset[str]
) -> tuple[list[Token], list[Use]]:
    """Expand the uses of `names`; the uses are given in source order. More than MAX_TOKENS are not expanded."""
    if not any(token.value in names for token in tokens if token.type == "ID"):
        return list(tokens), []
    uses: list[Use] = []
    expansion = _Expansion(macros, names)
    result: list[Token] = []
    index = 0
    while index < len(tokens):
        replaced = expansion.use(tokens, index, frozenset())
        if replaced is None:
            result.append(tokens[index])
            index += 1
            continue
        body, behind = replaced
        span = Span(tokens[index].start, tokens[behind - 1].end)
        uses.append(Use(tokens[index].value, span))
        result += body
        index = behind
    return result, uses


@dataclass
class _Expansion:
    macros: Mapping[str, Macro]
    names: frozenset[str]
    made: int = 0

    def use(self, tokens: Sequence[Token], index: int, hidden: frozenset[str]) -> tuple[list[Token], int] | None:
        """The expansion of the macro used at an index and the index behind its use; None where none is."""
        token = tokens[index]
        if token.value not in self.names or token.type != "ID" or token.value in hidden or len(hidden) > _MAX_DEPTH:
            return None
        if index and tokens[index - 1].type in ("PERIOD", "ARROW"):
            return None
        macro = self.macros[token.value]
        behind = index + 1
        values: dict[str, list[Token]] = {}
        if macro.parameters is not None:
            if behind >= len(tokens) or tokens[behind].type != "LPAREN":
                return None
            given, behind = arguments(tokens, behind)
            bound = _bind(macro.parameters, given)
            if bound is None or (macro.is_function and _repeats(macro, bound)):
                return None
            values = bound
        place = Span(token.start, tokens[behind - 1].end)
        body = list(self._rescan(list(_substitute(macro, values, token, place)), hidden | {macro.name}))
        return (body, behind) if self.made <= MAX_TOKENS else None

    def _rescan(self, tokens: Sequence[Token], hidden: frozenset[str]) -> Iterator[Token]:
        """An expansion's own macros, but for the ones that it came from."""
        index = 0
        while index < len(tokens) and self.made <= MAX_TOKENS:
            inner = self.use(tokens, index, hidden)
            if inner is None:
                self.made += 1
                yield tokens[index]
                index += 1
            else:
                yield from inner[0]
                index = inner[1]


def arguments(tokens: Sequence[Token], opening: int) -> tuple[list[list[Token]], int]:
    """The arguments between the parenthesis at `opening` and its partner, and the index behind that."""
    found: list[list[Token]] = [[]]
    depth = 0
    for index in range(opening, len(tokens)):
        token = tokens[index]
        depth += token.type in OPENING
        depth -= token.type in CLOSING
        if depth == 0:
            return ([] if found == [[]] else found), index + 1
        if token.type == "COMMA" and depth == 1:
            found.append([])
        elif index > opening:
            found[-1].append(token)
    return [], len(tokens)


def _bind(parameters: tuple[str, ...], arguments: list[list[Token]]) -> dict[str, list[Token]] | None:
    """Parameters to arguments; None where their numbers don't fit."""
    if parameters and parameters[-1].endswith("..."):
        fixed = parameters[:-1]
        rest = arguments[len(fixed) :]
        joined: list[Token] = []
        for number, argument in enumerate(rest):
            if number and argument:
                joined.append(argument[0]._replace(type="COMMA", value=","))
            joined += argument
        name = parameters[-1].removesuffix("...").strip() or "__VA_ARGS__"
        return dict(zip(fixed, arguments, strict=False)) | {name: joined} if len(arguments) >= len(fixed) else None
    if len(parameters) == 1 and not arguments:
        return {parameters[0]: []}
    return dict(zip(parameters, arguments, strict=True)) if len(parameters) == len(arguments) else None


def _repeats(macro: Macro, values: Mapping[str, list[Token]]) -> bool:
    """Whether an argument that calls or changes something would stand more than once in the body, or not at all."""
    used = Counter(token.value for token in macro.tokens if token.type == "ID")
    return any(used[name] != 1 and not _ACTS.isdisjoint(token.type for token in values[name]) for name in values)


def _substitute(macro: Macro, values: Mapping[str, list[Token]], use: Token, place: Span) -> Iterator[Token]:
    """The body, placed where the use is, with arguments for parameters."""
    for number, token in enumerate(macro.tokens):
        if token.type == "ID" and token.value in values:
            yield from values[token.value]
        else:
            first = use.first_on_line and number == 0
            yield Token(token.type, token.value, place.start, place.end, first)
