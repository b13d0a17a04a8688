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
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

from unstall.discovery.ignoring import Ignores, inherited
from unstall.discovery.patterns import below, compiled
from unstall.flow.files import Unread
from unstall.source import LANGUAGE_OF_SUFFIX, Language

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_SKIPPED_FOLDERS = frozenset({"__pycache__", "__pypackages__", "node_modules", "site-packages", "CVS"})
_TELLING = frozenset({".gitignore", "pyvenv.cfg"})
"""Entries that say something of the others of their folder."""
_SHEBANG_BYTES = 128


class Candidate(NamedTuple):
    """A file to look at. A tuple, since processes are sent them by the hundred thousand."""

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
        return bool(self.exclude) and self._excluded.match_file(below(path, self.root))

    def includes(self, path: str) -> bool:
        """Whether a file that was found in a folder is wanted."""
        return not self.include or self._included.match_file(below(path, self.root))

    @cached_property
    def _excluded(self) -> "GitIgnoreSpec":
        return compiled(self.exclude)

    @cached_property
    def _included(self) -> "GitIgnoreSpec":
        return compiled(self.include)


ALL = Filter()


def discover(paths: Iterable[str], chosen: Filter = ALL) -> Iterator[Candidate | Unread]:
    """The files to look at, each once, folders in the order of their entries' names; and what can't be."""
    seen: set[str] = set()
    paths = tuple(paths)
    if len(paths) == 1:
        yield from _named(paths[0], chosen)
        return
    real = cache(os.path.realpath)
    for path in paths:
        for found in _named(path, chosen):
            if isinstance(found, Candidate):
                folder, name = os.path.split(found.path)
                # What is found in a folder is no link, so that the folder's path need be resolved but once.
                place = real(found.path) if found.named else os.path.join(real(folder), name)  # noqa: PTH118
                if place in seen:
                    continue
                seen.add(place)
            yield found


def _named(path: str, chosen: Filter) -> Iterator[Candidate | Unread]:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116  (an empty path is no folder)
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
    ignores = inherited(path)
    parent, name = os.path.split(os.path.abspath(path))  # noqa: PTH100  (Path.resolve would follow links)
    if name and ignores.ignored(parent, (name,), "/"):  # ignored, but asked for
        ignores = Ignores()
    passed_over: list[str] = []
    walk = _walk(path, ignores, chosen, passed_over)
    for found in walk:
        yield found
        if isinstance(found, Candidate):
            break
    else:
        but = f"; {passed_over[0]} and others are ignored by .gitignore" if passed_over else ""
        yield _refused(path, f"no C or Python files in this folder{but}")
    yield from walk


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


def _walk(folder: str, ignores: Ignores, chosen: Filter, passed_over: list[str]) -> Iterator[Candidate | Unread]:
    """Files below a folder, depth first. Iterative, since trees can be deeper than Python's stack."""
    takes_all = not (chosen.include or chosen.exclude)
    pending = [(folder, os.path.abspath(folder), ignores)]  # noqa: PTH100
    while pending:
        here, absolute, around = pending.pop()
        prefix = "" if here == "." else here.rstrip("/") + "/"
        files: dict[str, Language] = {}
        folders: list[str] = []
        apart: set[str] = set()
        try:
            with os.scandir(here) as scan:
                for entry in scan:
                    name = entry.name
                    if name in _TELLING:
                        apart.add(name)
                    if name[0] == ".":
                        continue
                    if language := _language(entry):
                        if takes_all or _chosen(prefix + name, chosen):
                            files[name] = language
                    elif entry.is_dir(follow_symlinks=False) and name not in _SKIPPED_FOLDERS:
                        folders.append(name)
        except OSError as error:
            yield _refused(here, _reason(error))
            continue
        if here != folder and "pyvenv.cfg" in apart:
            continue
        local = around.within(absolute) if ".gitignore" in apart else around
        found, below = sorted(files), [name for name in sorted(folders) if not chosen.excludes(f"{prefix}{name}/")]
        ignored, closed = local.ignored(absolute, found), local.ignored(absolute, below, "/")
        passed_over += [prefix + name for name in sorted(ignored | closed)]
        for name in found:
            if name not in ignored:
                yield Candidate(prefix + name, files[name], False)
        pending += [(prefix + name, f"{absolute}/{name}", local) for name in reversed(below) if name not in closed]


def _chosen(path: str, chosen: Filter) -> bool:
    return chosen.includes(path) and not chosen.excludes(path)


def _language(entry: "os.DirEntry[str]") -> Language | None:
    """The language of a folder's entry; None for what is neither, and for pipes, sockets and devices."""
    front, dot, suffix = entry.name.rpartition(".")
    if front:
        language = LANGUAGE_OF_SUFFIX.get(dot + suffix.lower())
        return language if language and entry.is_file(follow_symlinks=False) else None
    if not entry.is_file(follow_symlinks=False):
        return None
    try:
        executable = entry.stat(follow_symlinks=False).st_mode & 0o111
    except OSError:  # it has vanished meanwhile
        return None
    return language_of(entry.path, executable=True) if executable else None


def _refused(path: str, reason: str) -> Unread:
    return Unread(path, 0, "", reason)


def _reason(error: OSError | ValueError) -> str:
    """Why a path can't be used, in words."""
    if isinstance(error, FileNotFoundError):
        return "no such file or folder"
    if isinstance(error, OSError):
        return f"can't be read: {error.strerror or error}"
    return "can't be read: no file can have this name"  # Python's own words for it change with its version
