"""A C file as read: what every later stage asks for."""

import re
from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from unstall.flow.by_name import errno_constant
from unstall.flow.catalogue import C_WAITS
from unstall.flow.files import Macros
from unstall.frontends.c.chosen import ChosenText
from unstall.frontends.c.conditionals import Choice, Definitions, choose
from unstall.frontends.c.expand import telling
from unstall.frontends.c.functions import Function, functions
from unstall.frontends.c.headers import visible
from unstall.frontends.c.macros import Macro, read_macros
from unstall.frontends.c.outline import Directive, outline
from unstall.frontends.c.predicates import predicates
from unstall.frontends.c.tokens import Token
from unstall.source import Span

_TEST = re.compile(r"TEST|MAIN|STANDALONE|DEMO|EXAMPLE|PROOF")
_CLEARS = re.compile(r"\brevents\s*=\s*0\s*;")
_ASKED = re.compile(r"ISSET\s*\([^,;{}]{0,200},\s*&?\s*([A-Za-z_]\w*)\s*\)", re.ASCII)
_NUMBER = re.compile(r"\(?\s*([1-9][0-9]{0,8})\s*\)?\s*(?:/\*.*)?", re.ASCII | re.DOTALL)


@dataclass(frozen=True)
class Unit:
    """One file under one configuration. Nothing inside of functions has been lexed yet."""

    chosen: ChosenText
    functions: tuple[Function, ...]
    dropped: tuple[Span, ...]
    """Byte ranges of branches that were not chosen; `read_unit(…, focus=offset)` reads them."""
    assumptions: Mapping[str, bool]
    """What was assumed of preprocessor symbols and conditions to make that choice."""
    _directives: tuple[Directive, ...] = field(repr=False)
    _active: tuple[Directive, ...] = field(repr=False)
    _path: str
    _elsewhere: Macros

    @property
    def configuration(self) -> tuple[str, ...]:
        """The assumptions as words: `HAVE_X`, `!HAVE_Y`."""
        return tuple(name if holds else f"!{name}" for name, holds in self.assumptions.items())

    @cached_property
    def macros(self) -> Mapping[str, Macro]:
        """The file's `#define`s, chosen branches before others, and its functions that are read like them; and those of
        other files that it mentions.
        """
        told = {name: Macro(name, ("...",), "while (__VA_ARGS__)", chosen=False) for name in self._elsewhere.loops}
        own = predicates(self.chosen, self.functions)
        own |= read_macros(self._directives, False) | read_macros(self._active, True)
        if not self._elsewhere.definitions:
            return told | own
        mentioned = self.chosen.words - own.keys()
        return told | visible(self._path, self._directives, mentioned, self._elsewhere) | own

    @cached_property
    def starts_program(self) -> bool:
        """Whether it has ``main``, and not only for a test of its own (``#ifdef TEST``)."""
        return any(f.name == "main" and not self._is_for_test(f.span.start) for f in self.functions)

    def _is_for_test(self, offset: int) -> bool:
        """Whether a place stands between an ``#if`` that asks for a test's symbol and its ``#endif``."""
        around: list[str] = []
        for directive in self._directives:
            if directive.start > offset:
                break
            if directive.name in ("if", "ifdef", "ifndef"):
                around.append(directive.body)
            elif directive.name == "endif" and around:
                around.pop()
        return any(_TEST.search(condition) for condition in around)

    @property
    def includes_own(self) -> bool:
        """Whether it includes files of its own project, `#include "…"`."""
        return any(d.name == "include" and d.body.startswith('"') for d in self._directives)

    @cached_property
    def clearing(self) -> frozenset[str]:
        """The functions that set ``revents`` to zero."""
        text = self.chosen.text
        places = [found.start() for found in _CLEARS.finditer(text)] if "revents" in text else []
        bodies = [(function.name, function.body_span) for function in self.functions] if places else []
        return frozenset(name for name, body in bodies if bisect(places, body.start) < bisect(places, body.end))

    @cached_property
    def sets_asked(self) -> frozenset[str]:
        """The variables that are asked as fd sets."""
        return frozenset(_ASKED.findall(self.chosen.text)) if "ISSET" in self.chosen.text else frozenset()

    @cached_property
    def own_waits(self) -> frozenset[str]:
        """The ``static`` functions that are named like a wait of the catalogue."""
        return frozenset(f.name for f in self.functions if f.name in C_WAITS and f.is_static)

    @cached_property
    def limits(self) -> Mapping[str, int]:
        """The macros that stand for a number and by whose value loops are bounded, `#define MAX_TRIES 16`. 0 and 1 are
        left out: those are switches, which a build may set otherwise.
        """
        numbers = {
            name: int(found[1])
            for name, macro in self.macros.items()
            if macro.chosen and macro.parameters is None and (found := _NUMBER.fullmatch(macro.body))
        }
        return {name: value for name, value in numbers.items() if value > 1 and not errno_constant(name)}

    @cached_property
    def telling(self) -> frozenset[str]:
        """The macros that functions are read with in expanded form."""
        return telling(self.macros)

    def among(self, elsewhere: Macros) -> "Unit":
        """The same file among others that define these macros."""
        return replace(self, _elsewhere=elsewhere)

    def tokens(self, span: Span) -> tuple[Token, ...]:
        """The tokens of the chosen text in a byte range."""
        return tuple(self.chosen.tokens(span.start, span.end))


def read_unit(
    data: bytes,
    definitions: Definitions | None = None,
    *,
    focus: int | None = None,
    path: str = "",
    macros: Macros = Macros(),  # noqa: B008  (immutable)
) -> Unit:
    """Read a file: choose a configuration and cut out its functions.

    `definitions` are symbols known from the build (`-D`, and None for `-U`). `focus` asks for
    the configuration in which the text at that offset is chosen, if there is one. `macros` are those of other
    files, among which `path` tells the nearest. Any bytes will do; what is not C has no functions.
    """
    text = data.decode("latin-1")
    found = outline(text)
    choice = choose(found.directives, definitions or {}, focus, len(text))
    chosen = ChosenText(text, _holes(found.directives, choice))
    return Unit(
        chosen,
        functions(chosen, found.braces),
        tuple(Span(*dropped) for dropped in choice.dropped),
        choice.assumptions,
        found.directives,
        choice.active,
        path,
        macros,
    )


def _holes(directives: tuple[Directive, ...], choice: Choice) -> tuple[tuple[int, int], ...]:
    """Directives and dropped branches as disjoint ranges in file order."""
    holes: list[tuple[int, int]] = []
    for start, end in sorted([(d.start, d.end) for d in directives] + list(choice.dropped)):
        if holes and start <= holes[-1][1]:
            holes[-1] = (holes[-1][0], max(end, holes[-1][1]))
        else:
            holes.append((start, end))
    return tuple(holes)
