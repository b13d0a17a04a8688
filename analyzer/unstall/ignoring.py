"""What version control ignores, as ``.gitignore`` files say.

Patterns are translated by pathspec; which of them decides over an entry is told here, as git tells it: the last that
means the entry itself, whatever others say of a folder that it is in. In front of that stands a quick look whether any
can match at all: most are ``*.o`` and its like, and a tree of a hundred thousand files meets a hundred patterns with
each of them.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

_PLAIN = re.compile(r"!?([*/]?)([\w.+-]*[\w+-])/?")
"""A pattern that asks for a name in any folder, for its end, or for one in its own: ``core``, ``*.o``, ``/build/``."""
BACKEND = "simple"
"""Of pathspec's; its others compile a database for each file of patterns, which takes longer than a tree's matching."""
_ANYWHERE = "^(?:.+/)?"
"""How a pattern begins that asks for a name in any folder, as a regular expression. What follows is put together
without ``^``: it is matched from where a path goes on below the patterns' folder.
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
        of in their own folder, behind "/".
        """
        plain = (_PLAIN.fullmatch(line) for line in self.lines)
        return frozenset((found[1], found[2]) for found in plain if found)

    @cached_property
    def by_name(self) -> re.Pattern[str] | None:
        """What matches the names of entries in any folder that the other patterns speak of, a folder's with a slash at
        its end.
        """
        return _either(self._others[0])

    @cached_property
    def by_path(self) -> re.Pattern[str] | None:
        """The same for the paths of entries, from behind the folder on.

        An entry is looked up for itself alone: what lies in a folder that is ignored is never asked for.
        """
        return _either(self._others[1])

    @cached_property
    def _others(self) -> tuple[list[str], list[str]]:
        """Expressions for names, and for paths."""
        names: list[str] = []
        paths: list[str] = []
        for line in self.lines:
            translated = None if _PLAIN.fullmatch(line) else _translated(line)
            if translated is None:
                continue
            expression = _GROUP.sub("(?:", translated[1].pattern)
            if expression.startswith(_ANYWHERE) and "/" not in line.strip().rstrip("/"):
                names.append(expression.removeprefix(_ANYWHERE))
            else:
                paths.append(expression[1:] if expression.startswith("^") else f"(?s:.*?){expression}")
        return names, paths


def _is_meant(found: re.Match[str], path: str) -> bool:
    """Whether a match is of an entry itself: not of a folder that it is in, behind which stands the slash that is the
    only group of these expressions; nor of the folder of ``folder/**``, which means what is in it.
    """
    at_end = found.end() == len(path)
    return at_end if found.lastindex else not (at_end and path.endswith("/"))


def _either(expressions: Iterable[str]) -> re.Pattern[str] | None:
    either = "|".join(expressions)
    return re.compile(either) if either else None


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

    def ignore(self, folder: str, name: str, end: str = "") -> bool:
        """Whether git would ignore an entry of an absolute folder: the innermost file of patterns that speaks of it
        decides. ``end`` is a slash for a folder.
        """
        if not self._may_speak(folder, name, end):  # as of nearly all
            return False
        for alone in reversed(self._each):
            if alone._may_speak(folder, name, end):  # of the entry itself, not of a folder that it is in
                verdict = alone.files[0].verdict(f"{folder}/{name}{end}")
                if verdict is not None:
                    return verdict
        return False

    @cached_property
    def _each(self) -> "tuple[Ignores, ...]":
        """Each file alone."""
        return tuple(Ignores((file,)) for file in self.files)

    def _may_speak(self, folder: str, name: str, end: str) -> bool:
        """Whether any pattern may match: False is certain."""
        if name in self._names or name.endswith(self._ends.get(name[-1], ())) or name in self._own.get(folder, ()):
            return True
        for matches_name in self._by_name:
            if matches_name(name + end):
                return True
        for matches, behind in self._by_path:  # noqa: SIM110  (any() would make a generator for every file of a tree)
            if matches(f"{folder}/{name}{end}", behind):
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
    def _own(self) -> Mapping[str, frozenset[str]]:
        """By the folder that they are for."""
        own: dict[str, frozenset[str]] = {}
        for file in self.files:  # of which two may be for one folder
            names = frozenset(name for kind, name in file.plain if kind == "/")
            own[file.folder] = own.get(file.folder, frozenset()) | names
        return own

    @cached_property
    def _by_name(self) -> tuple[Callable[[str], object], ...]:
        return tuple(file.by_name.match for file in self.files if file.by_name)

    @cached_property
    def _by_path(self) -> tuple[tuple[Callable[[str, int], object], int], ...]:
        """With where a path goes on behind the folder."""
        return tuple((file.by_path.match, len(file.folder) + 1) for file in self.files if file.by_path)


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
