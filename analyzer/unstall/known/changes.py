"""What changed since a commit, as git tells; no hook, filter or helper of the repository is run for it."""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_HUNK = re.compile(rb"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_QUIET = ("--no-ext-diff", "--no-textconv", "--no-color", "-M")


class GitError(Exception):
    """Git is not there, this is no repository, or there is no such commit."""


@dataclass(frozen=True)
class Changes:
    """The changes of the files since the point at which a commit's line of work was left."""

    root: Path
    """The repository's top folder."""
    base: str
    """The commit compared with."""

    @cached_property
    def former(self) -> dict[str, str | None]:
        """For each changed, renamed or new file, by path from the root: its path then, None where there was none."""
        fields = _git(self.root, "diff", *_QUIET, "--name-status", "-z", self.base, "--").split(b"\0")
        found: dict[str, str | None] = {}
        words = iter(field.decode("utf-8", "surrogateescape") for field in fields)
        for status in words:
            if status.startswith(("R", "C")):
                before = next(words)
                found[next(words)] = before
            elif status:
                path = next(words)
                if status != "D":
                    found[path] = None if status == "A" else path
        untracked = _git(self.root, "ls-files", "--others", "-z", "--full-name", "--", ":/").split(b"\0")
        return found | {path.decode("utf-8", "surrogateescape"): None for path in untracked if path}

    @cached_property
    def deleted(self) -> tuple[str, ...]:
        """The files that were there then and are no more, nor under another name."""
        out = _git(self.root, "diff", *_QUIET, "--name-only", "--diff-filter=D", "-z", self.base, "--")
        return tuple(path.decode("utf-8", "surrogateescape") for path in out.split(b"\0") if path)

    def content(self, path: str) -> bytes:
        """What a file held then."""
        return _git(self.root, "cat-file", "blob", f"{self.base}:{path}")

    def lines(self, path: str) -> Iterator[range]:
        """The lines of a changed file that are new or other; for a deletion, the lines around it."""
        before = self.former[path]
        names = [path] if before in (None, path) else [str(before), path]
        out = _git(self.root, "diff", *_QUIET, "-U0", self.base, "--", *(f":(top,literal){name}" for name in names))
        for hunk in _HUNK.finditer(out):
            start, length = int(hunk[1]), int(hunk[2] or 1)
            yield range(start, start + length) if length else range(start, start + 2)


def since(revision: str, paths: Iterable[str]) -> Changes:
    """The changes of the repository that these paths lie in, since the merge base of ``revision`` and HEAD, or since
    ``revision`` where they have none.
    """
    root = _repository(paths)
    try:
        commit = _text(_git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"))
    except GitError as error:
        raise GitError(f"{revision}: git knows no such commit here (a shallow clone has only the last ones)") from error
    try:
        return Changes(root, _text(_git(root, "merge-base", commit, "HEAD")))
    except GitError:
        return Changes(root, commit)


def _repository(paths: Iterable[str]) -> Path:
    """The top folder of the one work tree that holds these paths; of the current folder's where there are none."""
    folders: dict[Path, str] = {}
    for path in paths:
        real = Path(os.path.realpath(path))
        folders.setdefault(real if real.is_dir() else real.parent, path)
    roots = {_top(folder, path): path for folder, path in (folders or {Path.cwd(): "."}).items()}
    root, *others = roots
    if others:
        raise GitError(f"{roots[root]} and {roots[others[0]]} lie in different repositories")
    return root


def _top(folder: Path, path: str) -> Path:
    try:
        return Path(_text(_git(folder, "rev-parse", "--show-toplevel")))
    except GitError as error:
        why = "lies in no git repository" if "not a git repository" in str(error) else error
        raise GitError(f"{path}: {why}") from error


def _text(out: bytes) -> str:
    return out.rstrip(b"\n").decode("utf-8", "surrogateescape")


def _git(folder: Path, *words: str) -> bytes:
    """What git prints. Raises GitError with what it complains of."""
    command = ["git", "-C", str(folder), "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", *words]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, env=_environment())
    except FileNotFoundError as error:
        raise GitError("git is not installed") from error
    if done.returncode:
        complaint, _, _ = done.stderr.decode("utf-8", "replace").strip().partition("\n")
        raise GitError(complaint or f"git {words[0]} failed")
    return done.stdout


def _environment() -> dict[str, str]:
    """One in which git complains in English, and looks for the repository from the folder on: the GIT_DIR that it
    gives its hooks says that the work tree is wherever git is started.
    """
    lone = {"GIT_DIR"} if "GIT_WORK_TREE" not in os.environ else set()
    return {name: value for name, value in os.environ.items() if name not in lone} | {"LC_ALL": "C"}
