"""Which files a run looks at: those named, and the C and Python files of the folders named.

In folders, what version control ignores is left out (``.gitignore`` files, nested ones too, and
``.git/info/exclude``), and so are hidden files and folders, virtual environments and installed packages. Links are
not followed there, so that no loop can arise and no file is seen twice. What is named on the command line is always
looked at. Files are told by their suffix; executable files without one by their ``#!`` line.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from unstall.flow.ir import Unread
from unstall.source import LANGUAGE_OF_SUFFIX, Language

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_SKIPPED_FOLDERS = frozenset({"__pycache__", "__pypackages__", "node_modules", "site-packages", "CVS"})
_SHEBANG_BYTES = 128


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to look at."""

    path: str
    """As named, or below a folder as named."""
    language: Language
    named: bool
    """It was named itself, not found in a folder."""


@dataclass(frozen=True)
class Filter:
    """What a configuration includes and excludes, as patterns of .gitignore relative to ``root``."""

    root: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    force: bool = False
    """What is excluded is left out even where it is named itself."""

    def excludes(self, path: str) -> bool:
        """Whether a file, or a folder named with a slash at its end, or a folder that holds it, is left out."""
        return bool(self.exclude) and self._excluded.match_file(self._below(path))

    def includes(self, path: str) -> bool:
        """Whether a file that was found in a folder is wanted."""
        return not self.include or self._included.match_file(self._below(path))

    @cached_property
    def _excluded(self) -> "GitIgnoreSpec":
        return _spec(self.exclude)

    @cached_property
    def _included(self) -> "GitIgnoreSpec":
        return _spec(self.include)

    def _below(self, path: str) -> str:
        name = os.path.relpath(os.path.abspath(path), self.root or None)  # noqa: PTH100
        return name + "/" if path.endswith("/") else name


ALL = Filter()


def _spec(patterns: Iterable[str]) -> "GitIgnoreSpec":
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)


def discover(paths: Iterable[str], chosen: Filter = ALL) -> Iterator[Candidate | Unread]:
    """The files to look at, each once, folders in the order of their entries' names; and what can't be."""
    seen: set[str] = set()
    for path in paths:
        for found in _named(path, chosen):
            if isinstance(found, Candidate):
                absolute = os.path.abspath(found.path)  # noqa: PTH100  (Path.resolve would follow links)
                if absolute in seen:
                    continue
                seen.add(absolute)
            yield found


def _named(path: str, chosen: Filter) -> Iterator[Candidate | Unread]:
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError) as error:
        yield _refused(path, _reason(error))
        return
    if chosen.force and chosen.excludes(path + "/" if stat.S_ISDIR(mode) else path):
        return
    if stat.S_ISDIR(mode):
        yield from _folder(path, chosen)
    elif not stat.S_ISREG(mode):
        yield _refused(path, "not a regular file")
    elif language := language_of(path, executable=True):
        yield Candidate(path, language, named=True)
    else:
        yield _refused(path, "neither C nor Python by its name")


def _folder(path: str, chosen: Filter) -> Iterator[Candidate | Unread]:
    inherited = _inherited(path)
    if _ignored(path + "/", inherited):  # ignored, but asked for
        inherited = ()
    empty = True
    for found in _walk(path, inherited, chosen):
        empty = empty and isinstance(found, Unread)
        yield found
    if empty:
        yield _refused(path, "no C or Python files in this folder")


def language_of(path: str, executable: bool) -> Language | None:
    """The language of a file by its suffix, or by its ``#!`` line where it has no suffix and may be run."""
    suffix = os.path.splitext(path)[1].lower()  # noqa: PTH122  (called for every file of a tree)
    if suffix or not executable:
        return LANGUAGE_OF_SUFFIX.get(suffix)
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            first = file.read(_SHEBANG_BYTES).split(b"\n", 1)[0]
    except OSError:
        return None
    return "python" if first.startswith(b"#!") and b"python" in first else None


# ------------------------------------------------------------------------------------------------ folders


@dataclass(frozen=True, slots=True)
class _Ignore:
    """One file of ignore patterns and the folder they are relative to."""

    folder: str
    spec: "GitIgnoreSpec"


def _walk(folder: str, ignores: tuple[_Ignore, ...], chosen: Filter) -> Iterator[Candidate | Unread]:
    """Files below a folder, depth first. Iterative, since trees can be deeper than Python's stack."""
    pending: list[tuple[str, tuple[_Ignore, ...]]] = [(folder, ignores)]
    while pending:
        here, inherited = pending.pop()
        try:
            with os.scandir(here) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            yield _refused(here, _reason(error))
            continue
        names = {entry.name for entry in entries}
        if here != folder and "pyvenv.cfg" in names:
            continue
        local = (*inherited, *_patterns(here, ".gitignore")) if ".gitignore" in names else inherited
        folders: list[tuple[str, tuple[_Ignore, ...]]] = []
        for entry in entries:
            if entry.name.startswith(".") or entry.is_symlink():
                continue
            path = entry.name if here == "." else os.path.join(here, entry.name)  # noqa: PTH118
            if entry.is_dir(follow_symlinks=False):
                inside = path + "/"
                if entry.name not in _SKIPPED_FOLDERS and not _ignored(inside, local) and not chosen.excludes(inside):
                    folders.append((path, local))
            elif (language := _language(entry)) and not _ignored(path, local) and _chosen(path, chosen):
                yield Candidate(path, language, named=False)
        pending += reversed(folders)


def _chosen(path: str, chosen: Filter) -> bool:
    return chosen.includes(path) and not chosen.excludes(path)


def _language(entry: "os.DirEntry[str]") -> Language | None:
    """The language of a folder's entry; None for what is neither, and for pipes, sockets and devices."""
    if "." in entry.name:
        language = language_of(entry.name, executable=False)
        return language if language and entry.is_file(follow_symlinks=False) else None
    if not entry.is_file(follow_symlinks=False) or not entry.stat(follow_symlinks=False).st_mode & 0o111:
        return None
    return language_of(entry.path, executable=True)


def _ignored(path: str, ignores: tuple[_Ignore, ...]) -> bool:
    """Whether git would ignore a path: the innermost file of patterns that speaks of it decides."""
    absolute = os.path.abspath(path) + ("/" if path.endswith("/") else "")  # noqa: PTH100
    for ignore in reversed(ignores):
        verdict = ignore.spec.check_file(absolute[len(ignore.folder) :].lstrip("/")).include
        if verdict is not None:
            return verdict
    return False


def _inherited(folder: str) -> tuple[_Ignore, ...]:
    """The patterns that hold for a folder from its parents within the same repository."""
    chain: list[Path] = []
    absolute = Path(os.path.abspath(folder))  # noqa: PTH100
    for parent in (absolute, *absolute.parents):
        chain.append(parent)
        if (parent / ".git").exists():
            break
    else:
        return ()
    root, *inner = reversed(chain)
    found = [*_patterns(str(root), ".git/info/exclude")]
    for parent in [root, *inner][:-1]:
        found += _patterns(str(parent), ".gitignore")
    return tuple(found)


def _patterns(folder: str, name: str) -> Iterator[_Ignore]:
    """The ignore patterns of one file, none where it can't be read."""
    try:
        lines = (Path(folder) / name).read_text("utf-8", "surrogateescape").split("\n")
    except OSError:
        return
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines(lines)
    if spec.patterns:
        yield _Ignore(os.path.abspath(folder), spec)  # noqa: PTH100


def _refused(path: str, reason: str) -> Unread:
    return Unread(path, 0, "", reason)


def _reason(error: OSError | ValueError) -> str:
    """Why a path can't be used, in words."""
    if isinstance(error, FileNotFoundError):
        return "no such file or folder"
    if isinstance(error, OSError) and error.strerror:
        return f"can't be read: {error.strerror}"
    return f"can't be read: {error}"
