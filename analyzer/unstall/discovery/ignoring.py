"""What version control ignores, as ``.gitignore`` files say.

Patterns are translated by pathspec; which of them decides over an entry is told here, as git tells it: the last that
means the entry itself, whatever others say of a folder that it is in. In front of that stands a quick look whether any
can match at all: most are ``*.o`` and its like, and a tree of a hundred thousand files meets a hundred patterns with
each of them.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from unstall.discovery.patterns import BACKEND

_PLAIN = re.compile(r"!?([*/]?)([\w.+-]*[\w+-])/?")
"""A pattern that asks for a name in any folder, for its end, or for one in its own: ``core``, ``*.o``, ``/build/``."""
_PATH = re.compile(r"!?/?((?:[\w.+-]*[\w+-]/)+)([\w.+-]*[\w+-])/?")
"""One that asks for a path: ``lib/.libs``, ``/include/config/``."""
_ANYWHERE = "^(?:.+/)?"
"""How a pattern begins that asks for a name in any folder, as a regular expression. What is put together of several
does without ``^``: it is looked for behind the end of a line.
"""
_GROUP = re.compile(r"\(\?P<\w+>")


@dataclass(frozen=True)
class _File:
    """One file of ignore patterns and the folder they are relative to."""

    folder: str
    """Absolute, without a slash at its end."""
    lines: tuple[str, ...]

    def verdict(self, path: str) -> bool | None:
        """Whether these patterns ignore an absolute path, a folder's with a slash at its end; None where they don't
        speak of it.
        """
        behind = path[len(self.folder) + 1 :]
        for include, regex in reversed(self._patterns):
            if any(_is_meant(found, behind) for found in regex.finditer(behind)):
                return include
        return None

    @cached_property
    def _patterns(self) -> tuple[tuple[bool, re.Pattern[str]], ...]:
        """Whether each ignores what it matches, and how it matches; in their order."""
        return tuple(translated for line in self.lines if (translated := _translated(line)))

    @cached_property
    def plain(self) -> frozenset[tuple[str, str]]:
        """Names that they speak of in any folder, each behind "", ends of names, behind "*", and names that they speak
        of in a single folder, behind the path to it from their own, which begins with a slash and ends with one.
        """
        anywhere = {(found[1], found[2]) for line in self.lines if (found := _PLAIN.fullmatch(line))}
        paths = {(f"/{found[1]}", found[2]) for line in self.lines if (found := _PATH.fullmatch(line))}
        return frozenset(anywhere | paths)

    @cached_property
    def by_name(self) -> re.Pattern[str] | None:
        """What finds an entry in any folder that the other patterns speak of, by its name, among several, each behind
        the end of a line, a folder's with a slash at its end.
        """
        return _either(self._others[0])

    @cached_property
    def by_path(self) -> re.Pattern[str] | None:
        """The same by the paths of entries from behind the patterns' folder on.

        An entry is looked up for itself alone: what lies in a folder that is ignored is never asked for.
        """
        return _either(self._others[1])

    @cached_property
    def _others(self) -> tuple[list[str], list[str]]:
        """Expressions for names, and for paths."""
        names: list[str] = []
        paths: list[str] = []
        for line in self.lines:
            translated = None if _PLAIN.fullmatch(line) or _PATH.fullmatch(line) else _translated(line)
            if translated is None:
                continue
            expression = _GROUP.sub("(?:", translated[1].pattern)
            if expression.startswith(_ANYWHERE) and "/" not in line.strip().rstrip("/"):
                names.append(expression.removeprefix(_ANYWHERE))
            else:
                paths.append(expression[1:] if expression.startswith("^") else rf"[^\n]*?{expression}")
        return names, paths


def _is_meant(found: re.Match[str], path: str) -> bool:
    """Whether a match is of an entry itself: not of a folder that it is in, behind which stands the slash that is the
    only group of these expressions; nor of the folder of ``folder/**``, which means what is in it.
    """
    at_end = found.end() == len(path)
    return at_end if found.lastindex else not (at_end and path.endswith("/"))


def _lines(names: Iterable[str], front: str, end: str) -> str:
    """Entries behind the path of their folder, each behind the end of a line."""
    return f"\n{front}" + f"{end}\n{front}".join(names) + end


def _either(expressions: Iterable[str]) -> re.Pattern[str] | None:
    """What finds a line that one of the expressions matches; none goes on into the next line."""
    either = "|".join(expressions).replace("[^/]", r"[^/\n]")
    return re.compile(f"\\n(?:{either})", re.MULTILINE) if either else None  # a letter is found faster than "^"


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
        said = tuple(line for line in lines if line.strip() and not line.startswith("#"))
        return Ignores((*self.files, _File(folder.rstrip("/"), said))) if said else self

    def ignored(self, folder: str, names: Sequence[str], end: str = "") -> frozenset[str]:
        """Those of an absolute folder's entries that git would ignore: of each the innermost file of patterns that
        speaks of it decides. ``end`` is a slash where they are folders.
        """
        if not names or not self.files:
            return frozenset()
        suspects = {*self._plainly_meant(folder, names)}
        if self._may_match(folder, names, end):
            suspects.update(name for name in names if self._may_match(folder, (name,), end))
        return frozenset(name for name in suspects if self._ignores(f"{folder}/{name}{end}"))

    def _ignores(self, path: str) -> bool:
        verdicts = (file.verdict(path) for file in reversed(self.files))
        return next((verdict for verdict in verdicts if verdict is not None), False)

    def _plainly_meant(self, folder: str, names: Sequence[str]) -> list[str]:
        """Those of which a plain pattern speaks."""
        plain, ends, own = self._names, self._ends, self._own.get(folder, ())
        return [n for n in names if n in plain or n in own or (n[-1] in ends and n.endswith(ends[n[-1]]))]

    def _may_match(self, folder: str, names: Sequence[str], end: str) -> bool:
        """Whether a pattern that isn't plain may speak of one of them: False is certain."""
        together = _lines(names, "", end)
        if together.count("\n") != len(names):  # a name over several lines
            return True
        for file in self.files:
            if file.by_name and file.by_name.search(together):
                return True
            if file.by_path:
                below = f"{folder}/"[len(file.folder) + 1 :]
                if file.by_path.search(_lines(names, below, end)):
                    return True
        return False

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(name for file in self.files for kind, name in file.plain if not kind)

    @cached_property
    def _ends(self) -> Mapping[str, tuple[str, ...]]:
        """By their last letter."""
        ends: dict[str, tuple[str, ...]] = {}
        for end in sorted({name for file in self.files for kind, name in file.plain if kind == "*"}):
            ends[end[-1]] = (*ends.get(end[-1], ()), end)
        return ends

    @cached_property
    def _own(self) -> Mapping[str, set[str]]:
        """By the folder that they are for."""
        own: dict[str, set[str]] = {}
        for file in self.files:  # of which two may be for one folder
            for kind, name in file.plain:
                if kind.startswith("/"):
                    own.setdefault(file.folder + kind[:-1], set()).add(name)
        return own


@lru_cache(4096)
def _translated(line: str) -> tuple[bool, re.Pattern[str]] | None:
    """Whether a line's pattern ignores what it matches, and how it matches. Like git, lines that mean nothing (``!``)
    are passed over.
    """
    from pathspec import GitIgnoreSpec

    try:
        patterns = GitIgnoreSpec.from_lines((line,), backend=BACKEND).patterns
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
