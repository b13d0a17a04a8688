"""Headers that named files include and that the run doesn't hold.

A file that is named alone (by a pre-commit hook, an editor) stands in a project whose headers define the macros that
it uses. Without a build nobody says where they lie: they are looked for as compilers do for quoted names, beside the
file, and else in the folders around it and in theirs, up to the top of the work tree.
"""

import os
from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path

from unstall.discovery.walk import Candidate
from unstall.frontends.c.asked import included_in
from unstall.run.phase_one import Reading
from unstall.source import NotTextError

_LEVELS = 16
"""So deep a file may lie in a work tree."""
_LEVELS_ALONE = 3
"""Folders that are looked in where a file lies in no work tree."""
_TOPS = (".git", ".hg", ".svn")
_MOST = 400
"""Headers in all; each costs about 0.1 ms, and a file's own come first."""


def included(paths: Collection[str], held: Collection[str], reading: Reading) -> tuple[Candidate, ...]:
    """The headers that C files of these paths include, and those that the headers do, but for what is ``held``."""
    seen = {os.path.abspath(path) for path in held}  # noqa: PTH100  (Path.resolve would follow links)
    project = _Project()
    found: list[Candidate] = []
    pending = list(paths)
    for path in pending:
        for name in _names(path, reading):
            header = project.find(os.path.dirname(path), name)  # noqa: PTH120
            if header is None:
                continue
            absolute = os.path.abspath(header)  # noqa: PTH100
            if absolute not in seen and len(found) < _MOST:
                seen.add(absolute)
                found.append(Candidate(header, "c", named=False))
                pending.append(header)
    return tuple(found)


def _names(path: str, reading: Reading) -> Iterable[str]:
    """What a file includes, with the bracket before it."""
    try:
        found = included_in(reading.bytes_of(path))
    except (OSError, NotTextError):
        return ()
    return (name for name in found if not name.startswith(('"/', "</")))


class _Project:
    """The folders around some files, each listed once: a kernel's headers are asked for by the thousand."""

    def __init__(self) -> None:
        self.find = lru_cache(None)(self._find)
        self._around = lru_cache(None)(_around)
        self._entries = lru_cache(None)(_entries)

    def _find(self, folder: str, name: str) -> str | None:
        """The header of a name that a file of ``folder`` includes, the nearest. ``<name>`` is most often none of the
        project's, and looked for only where it is likely.
        """
        everywhere, name = name[0] == '"', name[1:]
        first = name.split("/", 1)[0]
        for around in self._around(folder or "."):
            inside = self._entries(around)
            likely = ("", "include") if "include" in inside else ("",)
            for sub in (*likely, *inside) if everywhere else likely:
                place = f"{around}/{sub}" if sub else around
                if first in (".", "..") or first in self._entries(place):
                    header = os.path.normpath(f"{place}/{name}")
                    if os.path.isfile(header):  # noqa: PTH113
                        return header
        return None


def _around(folder: str) -> tuple[str, ...]:
    """A folder and those above it, up to the top of the work tree; a few where there is none."""
    found = [folder]
    while len(found) < _LEVELS:
        whole = Path(folder).resolve()
        if any((whole / top).exists() for top in _TOPS):
            return tuple(found)
        folder = os.path.normpath(f"{folder}/..")
        if whole.parent in (Path.home(), whole.parent.parent):
            break
        found.append(folder)
    return tuple(found[:_LEVELS_ALONE])


def _entries(folder: str) -> dict[str, None]:
    """The names in a folder, in their order; none of what is no folder."""
    try:
        return dict.fromkeys(sorted(os.listdir(folder)))  # noqa: PTH208  (names are all that is asked for)
    except OSError:
        return {}
