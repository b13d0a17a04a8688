"""Macros as the project defines them, and what those that stand for statements do to control flow."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from unstall.frontends.c.outline import Directive
from unstall.frontends.c.shapes import UnbalancedError, match_brackets, shape
from unstall.frontends.c.tokens import Token, lex, words_of
from unstall.frontends.c.vocabulary import LOOP_NAME

_DEFINITION = re.compile(r"([A-Za-z_]\w*)(\(\s*([^)]*)\))?\s*(.*)", re.DOTALL)
_MAX_DEPTH = 8
"""Macros that stand for macros; two that stand for each other come to an end here."""


@dataclass(frozen=True)
class Macro:
    """A `#define`."""

    name: str
    parameters: tuple[str, ...] | None
    """None for an object-like macro; a variadic one ends with `...`."""
    body: str
    chosen: bool
    """Defined in the text that was chosen, not in another `#if` branch."""
    is_function: bool = False
    """It is a function that is read like one: its arguments are evaluated once."""

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The replacement's tokens; their offsets count from the start of `body`."""
        return tuple(lex(self.body, 0, len(self.body)))


def coming_to(names: Set[str], macros: Mapping[str, Macro]) -> dict[str, Macro]:
    """The macros of these names, and those that their bodies come to."""
    found: dict[str, Macro] = {}
    pending = [name for name in macros if name in names]
    while pending:
        name = pending.pop()
        if name not in found:
            found[name] = macros[name]
            pending += (word for word in words_of(macros[name].body) if word in macros)
    return found


def read_macros(directives: Iterable[Directive], chosen: bool) -> dict[str, Macro]:
    """The macros that directives define, by name; the last definition holds."""
    macros: dict[str, Macro] = {}
    for directive in directives:
        match = _DEFINITION.fullmatch(directive.body) if directive.name == "define" else None
        if match:
            name, group, parameters, body = match.groups()
            names = None if group is None else tuple(p.strip() for p in parameters.split(",") if p.strip())
            macros[name] = Macro(name, names, body, chosen)
    return macros


class MacroForm(Enum):
    """What a macro does to the statement or block that follows its use."""

    CONDITION = "condition"
    """Runs it or not."""
    LOOP = "loop"
    """Repeats it; break and continue inside are the macro's."""
    ONCE = "once"
    """A loop that runs exactly once, made to declare or release something around a block."""
    PLAIN = "plain"
    """Nothing: the macro is a statement of its own in front of it."""
    UNKNOWN = "unknown"
    """Its definition is not at hand and its name does not tell."""


# The end of a macro that wants a statement behind it, as a shape.
_FORMS = (
    (re.compile(r"k[PEFD]$"), {"FOR": MacroForm.LOOP, "WHILE": MacroForm.LOOP, "IF": MacroForm.CONDITION}),
    (re.compile(r"k$"), {"ELSE": MacroForm.CONDITION}),
)
_RUNS_ONCE = re.compile(r"[iM];[iM]=[nMP]|(?:![iM]|[iM]on);(?:[iM]\+|\+[iM]|[iM]=n)")  # x; x = 0   !x; x++   x < 1; x++


def macro_form(name: str, macros: Mapping[str, Macro]) -> MacroForm:
    """What a macro does to what follows it: from its definition if there is one, else from its name."""
    for _ in range(_MAX_DEPTH):
        macro = macros.get(name)
        if macro is None:
            return MacroForm.LOOP if LOOP_NAME.search(name) else MacroForm.UNKNOWN
        if not macro.tokens or macro.tokens[0].type != "ID" or not re.search(r"^\w+\s*(\(.*\))?$", macro.body, re.S):
            return form_of_body(macro)
        name = macro.tokens[0].value  # a macro for another macro
    return MacroForm.UNKNOWN


def form_of_body(macro: Macro) -> MacroForm:
    """What a macro does to what follows it, from its own tokens alone."""
    try:
        partner = match_brackets(macro.tokens)
    except UnbalancedError:
        return MacroForm.UNKNOWN
    letters, at = shape(macro.tokens, partner, 0, len(macro.tokens))
    for pattern, forms in _FORMS:
        match = pattern.search(letters)
        if match:
            keyword = macro.tokens[at[match.start()]]
            head = at[match.start() + 1 : match.end()]
            if keyword.type == "FOR" and head and _runs_once(macro.tokens, partner, head[0]):
                return MacroForm.ONCE
            return forms.get(keyword.type, MacroForm.UNKNOWN)
    return MacroForm.PLAIN


def _runs_once(tokens: Sequence[Token], partner: Sequence[int], opening: int) -> bool:
    """Whether a `for (…)` sets in its step the variable that its condition tests, and that ends it."""
    letters, at = shape(tokens, partner, opening + 1, partner[opening])
    if letters.count(";") != 2:
        return False
    second = letters.index(";") + 1
    names = [tokens[i].value for i, kind in zip(at[second:], letters[second:], strict=True) if kind in "iM"]
    bound = [tokens[i].value for i, kind in zip(at[second:], letters[second:], strict=True) if kind == "n"][:1]
    counts_up = "on;" in letters and bound not in (["0"], ["1"])
    return bool(_RUNS_ONCE.fullmatch(letters[second:])) and names[0] == names[1] and not counts_up
