"""What the headers of a run tell of the functions at hand: macros, and functions that don't return.

Most headers of a large tree are nothing to the few files that hold a wait. Only headers that these files include,
directly or through other headers, are read. Where a compiler would find them, only a build tells: every header of the
run whose path ends as an ``#include`` names it is taken for it, but for the one beside the file that includes it, which
is certain.
"""

import os
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from unstall.discovery.walk import Candidate
from unstall.flow.files import Unread
from unstall.frontends.c.headers import is_header, relevant, words
from unstall.run.included import included
from unstall.run.phase_one import Contents, Reading
from unstall.run.worker import Alone, Look

if TYPE_CHECKING:
    from unstall.flow.learnt import ProjectFacts
    from unstall.run.pool import Pool

_Includes = tuple[str, tuple[str, ...]]
"""A file, and the names of what it includes."""
_ROUNDS = 12
"""How deep headers of headers and macros of macros are followed."""
_TABLE = 500_000
"""Bytes of a header that is read for macros; a larger one is a table that a program wrote (registers, characters)."""


def with_headers(
    force: "Alone | Pool",
    candidates: Sequence[Candidate],
    sizes: Mapping[str, int],
    looks: Mapping[str, Look],
    contents: Contents,
    known: "ProjectFacts",
) -> "tuple[ProjectFacts, list[Unread]]":
    """``known`` with what headers tell of the names in the functions that were looked at: macros, which may come to
    others in turn (at most `_ROUNDS` times), and functions that don't return; and which headers could not tell.
    ``sizes`` are the files' bytes, by path.
    """
    found = [definition for look in looks.values() for definition in look.defined]
    no_return = set(known.no_return)
    asked: frozenset[str] = frozenset()
    unread: list[Unread] = []
    wanted = words(found).union(*(look.mentioned for look in looks.values()))
    files = [candidate for candidate in candidates if candidate.language == "c" and not looks[candidate.path].settled]
    elsewhere = included([c.path for c in files if c.named], [c.path for c in candidates], Reading(contents))
    headers = _Headers((*candidates, *elsewhere), lambda candidate: sizes.get(candidate.path, 0) <= _TABLE)
    includes = [(file.path, looks[file.path].includes) for file in files]
    new = {header.path: header for header in elsewhere} | _near(headers, includes)
    reached: dict[str, Candidate] = {}
    for _ in range(_ROUNDS):
        more, asked = wanted - asked, asked | wanted
        answers = [*_answers(force, reached, more, sizes), *_answers(force, new, asked, sizes)]
        told = [definition for _, look in answers for definition in look.defined]
        no_return.update(*(look.no_return for _, look in answers))
        unread += [one for _, look in answers for one in look.unread]
        found += told
        wanted = words(told)
        reached |= new
        called = headers.included((path, look.includes) for path, look in answers)
        new = {path: header for path, header in called.items() if path not in reached}
        if not (new or wanted - asked):
            break
    return replace(known, macros=relevant(found, known.macros), no_return=frozenset(no_return)), unread


def _near(headers: "_Headers", includes: Iterable[_Includes]) -> dict[str, Candidate]:
    """The headers to ask first: those that files include. What includes nothing is included itself, as a header is, by
    files that see what lies around it.
    """
    near: dict[str, Candidate] = {}
    for path, names in includes:
        own = headers.included([(path, names)])
        near |= own if own and not is_header(path) else own | headers.beside(path)
    return near


def _answers(
    force: "Alone | Pool", headers: Mapping[str, Candidate], names: frozenset[str], sizes: Mapping[str, int]
) -> list[tuple[str, Look]]:
    """What headers tell of these names, with their paths."""
    if not (headers and names):
        return []
    told = force.each("define", tuple(headers.values()), lambda header: sizes.get(header.path, 0), names)
    return [(header.path, look) for header, look in told if look is not None]


class _Headers:
    """The headers of a run, by what includes may call them."""

    def __init__(self, candidates: Iterable[Candidate], is_small: Callable[[Candidate], bool]) -> None:
        self._of: dict[str, Candidate] = {}
        self._called: dict[str, list[str]] = {}
        self._beside: dict[str, list[str]] = {}
        for candidate in candidates:
            if candidate.language == "c" and is_header(candidate.path) and is_small(candidate):
                path = _normal(candidate.path)
                self._of[path] = candidate
                self._called.setdefault(posixpath.basename(path), []).append(path)
                self._beside.setdefault(posixpath.dirname(path), []).append(path)
        self._ending = lru_cache(None)(self._ending_so)

    def included(self, includes: Iterable[_Includes]) -> dict[str, Candidate]:
        """The headers that files include, which are given with the names that they call them by."""
        paths = (found for path, names in includes for found in self._included(_normal(path), names))
        return {self._of[path].path: self._of[path] for path in dict.fromkeys(paths)}

    def beside(self, path: str) -> dict[str, Candidate]:
        """The headers in a file's folder."""
        paths = self._beside.get(posixpath.dirname(_normal(path)), ())
        return {self._of[path].path: self._of[path] for path in paths}

    def _included(self, path: str, names: Iterable[str]) -> Iterator[str]:
        folder = posixpath.dirname(path)
        for name in names:
            beside = posixpath.normpath(posixpath.join(folder, name[1:]))
            if name[0] == '"' and beside in self._of:
                yield beside
            else:
                yield from self._ending(name[1:])

    def _ending_so(self, name: str) -> tuple[str, ...]:
        """The headers whose path ends as a name, what leads up from a folder left out."""
        tail = posixpath.normpath(name)
        while tail.startswith("../"):
            tail = tail[3:]
        called = self._called.get(posixpath.basename(tail), ())
        return tuple(path for path in called if path == tail or path.endswith("/" + tail))


def _normal(path: str) -> str:
    return posixpath.normpath(path.replace(os.sep, "/"))
