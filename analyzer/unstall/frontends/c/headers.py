"""Macros that other files of the run define.

Headers are read for nothing but their `#define`s, and only those that define what a function at hand mentions: bytes
first. Which of several definitions a file sees depends on what it includes, never on the order of files.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from unstall.flow.files import Definition, Macros
from unstall.frontends.c.conditionals import choose
from unstall.frontends.c.expand import tells, waits, with_users
from unstall.frontends.c.macros import Macro, MacroForm, coming_to, form_of_body, read_macros
from unstall.frontends.c.outline import Directive, outline
from unstall.frontends.c.vocabulary import LOOP_NAME

_INCLUDED = re.compile(r"""["<]([^">]+)[">]""")
_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def is_header(path: str) -> bool:
    """Whether a C file is one that others include."""
    return not path.endswith(".c")


def definitions(path: str, data: bytes, names: frozenset[str]) -> tuple[Definition, ...]:
    """The macros of these names that a header defines in the branches that are chosen, and those that they come to."""
    text = data.decode("latin-1")
    macros = read_macros(choose(outline(text).directives, {}, None, len(text)).active, True)
    return defined(path, coming_to(names, macros).values())


def defined(path: str, macros: Iterable[Macro]) -> tuple[Definition, ...]:
    """Macros as the rest of the run is told of them."""
    return tuple(Definition(path, macro.name, macro.parameters, macro.body, macro.is_function) for macro in macros)


def words(found: Iterable[Definition]) -> frozenset[str]:
    """What the bodies of definitions mention: they may be macros, too."""
    return frozenset(word for definition in found for word in _WORD.findall(definition.body))


def relevant(found: Iterable[Definition], known: Macros) -> Macros:
    """What is ``known``, and of all definitions those without which a function is misread: see `tells`; and heads of
    loops and conditions.
    """
    every = sorted(set(found), key=lambda definition: (definition.name, definition.path, definition.body))
    macros = [_macro(definition) for definition in every]
    names = with_users(macros, lambda macro: tells(macro) or _is_head(macro))
    kept: dict[str, tuple[Definition, ...]] = {}
    for definition in every:
        if definition.name in names:
            kept[definition.name] = (*kept.get(definition.name, ()), definition)
    return replace(known, definitions=kept, waiting=frozenset(with_users(macros, waits)))


def _is_head(macro: Macro) -> bool:
    return bool(LOOP_NAME.search(macro.name)) or form_of_body(macro) not in (MacroForm.PLAIN, MacroForm.UNKNOWN)


@lru_cache(maxsize=20_000)
def _macro(definition: Definition) -> Macro:
    """Kept, since many files see the same ones and their tokens are asked for in each."""
    return Macro(definition.name, definition.parameters, definition.body, True, definition.is_function)


def visible(path: str, directives: Iterable[Directive], mentioned: Iterable[str], macros: Macros) -> dict[str, Macro]:
    """The macros of other files that a file sees among those that it mentions, and those that they come to. What isn't
    in a header is a function, which is taken for the one of that name only in its own folder: a run may be over many
    programs.
    """
    included = [match[1] for d in directives if d.name == "include" and (match := _INCLUDED.match(d.body))]
    beside = {posixpath.normpath(posixpath.join(posixpath.dirname(path), name)) for name in included}
    below = {name.lstrip("./") for name in included}
    folder = _folder(path)
    seen: dict[str, Macro] = {}
    pending = [name for name in mentioned if name in macros.definitions]
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        linked = [one for one in macros.definitions[name] if is_header(one.path) or _folder(one.path) == folder]
        if (definition := _settled(linked, beside, below)) is not None:
            seen[name] = _macro(definition)
            pending += (word for word in _WORD.findall(definition.body) if word in macros.definitions)
    return seen


def _folder(path: str) -> str:
    return posixpath.dirname(posixpath.normpath(path))


def _settled(candidates: Sequence[Definition], beside: set[str], below: set[str]) -> Definition | None:
    """The definition in a header that a file includes: by its place, else by how its path ends; else any. None where
    those differ, or there is none.
    """
    nearest = (
        [definition for definition in candidates if posixpath.normpath(definition.path) in beside]
        or [definition for definition in candidates if not below.isdisjoint(_endings(definition.path))]
        or candidates
    )
    bodies = {
        (definition.parameters, tuple(token.value for token in _macro(definition).tokens)) for definition in nearest
    }
    return nearest[0] if len(bodies) == 1 else None


def _endings(path: str) -> Iterator[str]:
    """`a/b/c.h`, `b/c.h`, `c.h`."""
    parts = path.split("/")
    return ("/".join(parts[start:]) for start in range(len(parts)))
