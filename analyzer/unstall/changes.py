"""What changed since a commit, as git tells; no hook, filter or helper of the repository is run for it."""

import re
import subprocess
from collections.abc import Iterator
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


def since(revision: str) -> Changes:
    """The changes since the merge base of ``revision`` and HEAD, or since ``revision`` where they have none."""
    here = Path.cwd()
    try:
        root = Path(_text(_git(here, "rev-parse", "--show-toplevel")))
    except GitError as error:
        raise GitError("this is not inside a git repository") from error
    try:
        commit = _text(_git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"))
    except GitError as error:
        raise GitError(f"{revision}: git knows no such commit here (a shallow clone has only the last ones)") from error
    try:
        return Changes(root, _text(_git(root, "merge-base", commit, "HEAD")))
    except GitError:
        return Changes(root, commit)


def _text(out: bytes) -> str:
    return out.rstrip(b"\n").decode("utf-8", "surrogateescape")


def _git(folder: Path, *words: str) -> bytes:
    """What git prints. Raises GitError with what it complains of."""
    command = ["git", "-C", str(folder), "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", *words]
    try:
        done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise GitError("git is not installed") from error
    if done.returncode:
        raise GitError(done.stderr.decode("utf-8", "replace").strip() or f"git {words[0]} failed")
    return done.stdout
