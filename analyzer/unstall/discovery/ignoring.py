"""What version control ignores, as ``.gitignore`` files say.

Patterns are translated by pathspec; which of them decides over an entry is told here, as git tells it: the last that
means the entry itself, whatever others say of a folder that it is in. In front of that stands a quick look at the
letters that a pattern asks for, since a tree of a hundred thousand files meets a hundred patterns with each of them.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from unstall.discovery.patterns import compiled

_LETTERS = re.compile(r"[^\s\\/*?\[\]]+")
"""What stands for itself in a pattern."""
_ONE_OF = re.compile(r"([^\[\]]*)\[(\w+)\]([^\[\]]*)")
_FOLDERS = re.compile(r"(?:[^\s\\/*?\[\]]*/)*")


@dataclass(frozen=True)
class _Pattern:
    """A line of a file of patterns, and what the names of entries are like that it may mean, which is seen sooner."""

    line: str
    folder: str | None
    """The path to the only folder that it speaks of, from that of its file on, a slash at its end; None: any."""
    how: Literal["is", "ends", "starts", "has", "below"]
    letters: tuple[str, ...] = ()
    """What a name is, ends with, starts with, or has somewhere: one of these. ``folder/**`` asks only that it is
    below the folder, however deep.
    """

    @property
    def of_names(self) -> bool:
        """Whether it speaks of names alone, in any folder below."""
        return "/" not in self.line.rstrip(" \r/")

    def may_mean(self, folder: str, name: str) -> bool:
        """Whether it may mean an entry of a folder, whose path is given as ``folder`` is here: False is certain."""
        if self.how == "below":
            return folder.startswith(self.folder or "")
        if self.folder not in (None, folder):
            return False
        if self.how == "is":
            return name in self.letters
        if self.how == "ends":
            return name.endswith(self.letters)
        return name.startswith(self.letters) if self.how == "starts" else self.letters[0] in name


def _pattern(line: str) -> _Pattern:
    *folders, name = line.rstrip(" \r").removeprefix("!").rstrip("/").split("/")
    if folders and "[" in line:  # a slash in brackets parts nothing
        return _Pattern(line, None, "has", ("",))
    path = "/".join((*folders, "")).removeprefix("/")
    folder = path if folders and _FOLDERS.fullmatch(path) else None
    if folder is not None and name == "**":
        return _Pattern(line, folder, "below")
    either = _ONE_OF.fullmatch(name)
    names = tuple(either[1] + letter + either[3] for letter in either[2]) if either else (name,)
    if all(_LETTERS.fullmatch(name) for name in names):
        return _Pattern(line, folder, "is", names)
    starts, ends = tuple(map(_start, names)), tuple(_start(name[::-1])[::-1] for name in names)
    part = max(_LETTERS.findall(re.sub(r"\[.*\]", "*", name, flags=re.DOTALL)), key=len, default="")
    if all(len(end) >= max(len(part), 1) for end in ends):
        return _Pattern(line, folder, "ends", ends)
    if all(len(start) >= max(len(part), 1) for start in starts):
        return _Pattern(line, folder, "starts", starts)
    return _Pattern(line, folder, "has", (part,))


def _start(text: str) -> str:
    """The letters at its start that stand for themselves."""
    found = _LETTERS.match(text)
    return found[0] if found else ""


class _Suspects:
    """What finds among many names those that one of several patterns may mean."""

    def __init__(self, patterns: Iterable[_Pattern]) -> None:
        self._names: set[str] = set()
        self._ends: dict[str, tuple[str, ...]] = {}
        self._starts: dict[str, tuple[str, ...]] = {}
        self._parts: set[str] = set()
        for pattern in patterns:
            for letters in pattern.letters:
                if pattern.how == "is":
                    self._names.add(letters)
                elif pattern.how == "ends":
                    self._ends[letters[-1]] = (*self._ends.get(letters[-1], ()), letters)
                elif pattern.how == "starts":
                    self._starts[letters[0]] = (*self._starts.get(letters[0], ()), letters)
                else:
                    self._parts.add(letters)

    def among(self, names: Sequence[str]) -> list[str]:
        """Those, some of them twice."""
        known, ends, starts = self._names, self._ends, self._starts
        found = [
            name
            for name in names
            if name in known
            or (name[-1] in ends and name.endswith(ends[name[-1]]))
            or (name[0] in starts and name.startswith(starts[name[0]]))
        ]
        together = "\n".join(names)
        parts = [part for part in self._parts if part in together]
        return found + [name for name in names if any(part in name for part in parts)] if parts else found


@dataclass(frozen=True)
class _File:
    """One file of ignore patterns and the folder they are relative to."""

    folder: str
    """Absolute, without a slash at its end."""
    patterns: tuple[_Pattern, ...]

    def verdict(self, path: str) -> bool | None:
        """Whether these patterns ignore an absolute path, a folder's with a slash at its end; None where they don't
        speak of it.
        """
        behind = path[len(self.folder) + 1 :]
        at = behind.rstrip("/").rfind("/") + 1
        folder, entry = behind[:at], behind[at:]
        name = entry.rstrip("/")
        for pattern in reversed(self.patterns):
            translated = _translated(pattern.line) if pattern.may_mean(folder, name) else None
            if translated is None:
                continue
            include, regex = translated
            asked = entry if pattern.of_names else behind  # pathspec lets `[^b]` be a slash, which to git it never is
            if any(_is_meant(found, asked) for found in regex.finditer(asked)):
                return include
        return None


def _is_meant(found: re.Match[str], path: str) -> bool:
    """Whether a match is of an entry itself: not of a folder that it is in, behind which stands the slash that is the
    only group of these expressions; nor of the folder of ``folder/**``, which means what is in it.
    """
    at_end = found.end() == len(path)
    return at_end if found.lastindex else not (at_end and path.endswith("/"))


@dataclass(frozen=True)
class Ignores:
    """The files of ignore patterns that hold in a folder, the outermost first."""

    files: tuple[_File, ...] = ()

    def within(self, folder: str, name: str = ".gitignore") -> "Ignores":
        """With the patterns of a file of an absolute folder; the same where there are none, or it can't be read."""
        try:
            lines = (Path(folder) / name).read_text("utf-8", "surrogateescape").split("\n")
        except OSError:
            return self
        said = tuple(_pattern(line) for line in lines if line.strip() and not line.startswith("#"))
        return Ignores((*self.files, _File(folder.rstrip("/"), said))) if said else self

    def ignored(self, folder: str, names: Sequence[str], end: str = "") -> frozenset[str]:
        """Those of an absolute folder's entries that git would ignore: of each the innermost file of patterns that
        speaks of it decides. ``end`` is a slash where they are folders.

        An entry is looked up for itself alone: what lies in a folder that is ignored is never asked for.
        """
        if not names or not self.files:
            return frozenset()
        if f"{folder}/".startswith(self._all_below):
            suspects = {*names}
        else:
            here = self._by_folder.get(folder)
            suspects = {*self._anywhere.among(names), *(here.among(names) if here else ())}
        return frozenset(name for name in suspects if self._ignores(f"{folder}/{name}{end}"))

    def _ignores(self, path: str) -> bool:
        verdicts = (file.verdict(path) for file in reversed(self.files))
        return next((verdict for verdict in verdicts if verdict is not None), False)

    @cached_property
    def _anywhere(self) -> _Suspects:
        return _Suspects(pattern for _, pattern in self._positive if pattern.folder is None)

    @cached_property
    def _by_folder(self) -> Mapping[str, _Suspects]:
        """By the absolute folder that they are for."""
        patterns: dict[str, list[_Pattern]] = {}
        for folder, pattern in self._positive:
            if pattern.folder is not None:
                patterns.setdefault(f"{folder}/{pattern.folder}"[:-1], []).append(pattern)
        return {folder: _Suspects(those) for folder, those in patterns.items()}

    @cached_property
    def _all_below(self) -> tuple[str, ...]:
        """Absolute folders, a slash at their ends, that patterns like ``folder/**`` are for."""
        return tuple(f"{folder}/{one.folder}" for folder, one in self._positive if one.how == "below")

    @property
    def _positive(self) -> list[tuple[str, _Pattern]]:
        """The patterns that ignore something, with their files' folders: the others alone make nothing ignored."""
        return [(file.folder, one) for file in self.files for one in file.patterns if not one.line.startswith("!")]


@lru_cache(4096)
def _translated(line: str) -> tuple[bool, re.Pattern[str]] | None:
    """Whether a line's pattern ignores what it matches, and how it matches. Like git, lines that mean nothing (``!``)
    are passed over.
    """
    try:
        patterns = compiled((line,)).patterns
    except ValueError:
        return None
    return next(((bool(pattern.include), pattern.regex) for pattern in patterns if pattern.regex), None)


def inherited(folder: str) -> Ignores:
    """The patterns that hold for a folder from its parents within the same repository."""
    chain: list[Path] = []
    absolute = Path(os.path.abspath(folder))  # noqa: PTH100  (Path.resolve would follow links)
    for parent in (absolute, *absolute.parents):
        chain.append(parent)
        if (parent / ".git").exists():
            break
    else:
        return Ignores()
    root, *inner = reversed(chain)
    found = Ignores().within(str(root), ".git/info/exclude")
    for parent in [root, *inner][:-1]:
        found = found.within(str(parent))
    return found
