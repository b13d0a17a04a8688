"""What version control ignores, as ``.gitignore`` files say.

Matching is pathspec's. In front of it stands a quick look whether any pattern of a file can match at all: most are
``*.o`` and its like, and a tree of a hundred thousand files meets a hundred patterns with each of them.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_PLAIN = re.compile(r"!?(\*?)([\w.+-]*[\w+-])/?")
"""A pattern that asks for a name, or for its end, in any folder: ``core``, ``*.o``, ``build/``."""
_BACKEND = "simple"
"""Of pathspec's; its others compile a database for each file of patterns, which takes longer than a tree's matching."""
_ANYWHERE = "^(?:.+/)?"
"""How a pattern begins that asks for a name in any folder, as a regular expression. What follows is put together
without ``^``: it is matched from where a path goes on below the patterns' folder.
"""
_GROUP = re.compile(r"\(\?P<\w+>")


@dataclass(frozen=True)
class Ignore:
    """One file of ignore patterns and the folder they are relative to."""

    folder: str
    """Absolute, without a slash at its end."""
    lines: tuple[str, ...]

    def verdict(self, path: str, name: str) -> bool | None:
        """Whether these patterns ignore an absolute path (a folder's with a slash at its end) that ends in a name; None
        where they don't speak of it.
        """
        names, ends, others = self._quick
        behind = len(self.folder) + 1
        if name in names or name.endswith(ends) or (others is not None and others.match(path, behind) is not None):
            return self._spec.check_file(path[behind:]).include
        return None

    @cached_property
    def _spec(self) -> "GitIgnoreSpec":
        return _compiled(self.lines)

    @cached_property
    def _quick(self) -> tuple[frozenset[str], tuple[str, ...], re.Pattern[str] | None]:
        """Whole names, ends of names, and one pattern for all the rest.

        A name is looked up for itself alone: what lies in a folder that is ignored is never asked for.
        """
        names: set[str] = set()
        ends: set[str] = set()
        rest: list[str] = []
        for line in self.lines:
            plain = _PLAIN.fullmatch(line)
            if plain is None:
                rest.append(line)
            else:
                (ends if plain[1] else names).add(plain[2])
        expressions = [_GROUP.sub("(?:", p.regex.pattern) for p in _compiled(rest).patterns if p.regex]
        anywhere = [e.removeprefix(_ANYWHERE) for e in expressions if e.startswith(_ANYWHERE)]
        others = [e[1:] if e.startswith("^") else f"(?s:.*?){e}" for e in expressions if not e.startswith(_ANYWHERE)]
        either = [*others, f"{_ANYWHERE[1:]}(?:{'|'.join(anywhere)})"] if anywhere else others
        return frozenset(names), tuple(ends), re.compile("|".join(either)) if either else None


def _compiled(lines: Iterable[str]) -> "GitIgnoreSpec":
    """The patterns of these lines. Like git, it passes over those that mean nothing (``!``)."""
    from pathspec import GitIgnoreSpec

    lines = tuple(lines)
    try:
        return GitIgnoreSpec.from_lines(lines, backend=_BACKEND)
    except ValueError:
        halves = (lines[: len(lines) // 2], lines[len(lines) // 2 :])
        kept = () if len(lines) == 1 else (pattern for half in halves for pattern in _compiled(half).patterns)
        return GitIgnoreSpec(kept, backend=_BACKEND)


def ignored(path: str, name: str, ignores: tuple[Ignore, ...]) -> bool:
    """Whether git would ignore an absolute path that ends in a name: the innermost file of patterns that speaks of it
    decides.
    """
    for ignore in reversed(ignores):
        verdict = ignore.verdict(path, name)
        if verdict is not None:
            return verdict
    return False


def inherited_ignores(folder: str) -> tuple[Ignore, ...]:
    """The patterns that hold for a folder from its parents within the same repository."""
    chain: list[Path] = []
    absolute = Path(os.path.abspath(folder))  # noqa: PTH100  (Path.resolve would follow links)
    for parent in (absolute, *absolute.parents):
        chain.append(parent)
        if (parent / ".git").exists():
            break
    else:
        return ()
    root, *inner = reversed(chain)
    found = [*patterns(str(root), ".git/info/exclude")]
    for parent in [root, *inner][:-1]:
        found += patterns(str(parent), ".gitignore")
    return tuple(found)


def patterns(folder: str, name: str) -> Iterator[Ignore]:
    """The ignore patterns of one file of an absolute folder, none where it can't be read."""
    try:
        lines = (Path(folder) / name).read_text("utf-8", "surrogateescape").split("\n")
    except OSError:
        return
    said = tuple(_meant(lines))
    if said:
        yield Ignore(folder.rstrip("/"), said)


def _meant(lines: Iterable[str]) -> Iterator[str]:
    return (line for line in lines if line.strip() and not line.startswith("#"))
