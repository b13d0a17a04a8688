"""A unified diff applied to one file in memory, strictly: every line of context must be there."""

import re
from dataclasses import dataclass

from unstall.source import lines_of

_HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")
_NO_NEWLINE = b"\\ No newline at end of file"


class PatchError(Exception):
    """A patch that can't be applied, and why, in one line."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """A piece of a diff: the lines it expects at a place, and those it puts there, with their endings."""

    line: int
    """1-based, in the original."""
    old: tuple[bytes, ...]
    new: tuple[bytes, ...]


def apply(patch: bytes, path: str, data: bytes) -> bytes:
    """``data`` with the hunks that a patch has for the file at ``path``. Raises PatchError."""
    files = parse(patch)
    if not files:
        raise PatchError("the patch is empty, or no unified diff")
    return _applied(_of(files, path), data)


def parse(patch: bytes) -> dict[str, list[Hunk]]:
    """The hunks of each file that a patch names, without the ``a/`` and ``b/``. Raises PatchError for a broken one."""
    files: dict[str, list[Hunk]] = {}
    hunks: list[Hunk] | None = None
    lines = patch.split(b"\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.startswith(b"--- ") and lines[at + 1 : at + 2] and lines[at + 1].startswith(b"+++ "):
            hunks = files.setdefault(_name(lines[at + 1][4:]), [])
            at += 2
        elif (head := _HUNK.match(line)) is not None:
            if hunks is None:
                raise PatchError(f"line {at + 1} of the patch: a hunk without a file")
            hunk, at = _hunk(lines, at + 1, int(head[1]), int(head[2] or 1))
            hunks.append(hunk)
        else:
            at += 1
    return {name: found for name, found in files.items() if found}


def _name(text: bytes) -> str:
    name = text.partition(b"\t")[0].strip().strip(b'"').decode("utf-8", "replace")
    return re.sub(r"^[ab]/", "", name)


def _hunk(lines: list[bytes], at: int, start: int, count: int) -> tuple[Hunk, int]:
    old: list[bytes] = []
    new: list[bytes] = []
    while at < len(lines):
        line, mark = lines[at], lines[at][:1]
        if line.startswith(_NO_NEWLINE):
            last = lines[at - 1][:1]
            for side, marks in ((old, b" -"), (new, b" +")):
                if last in (marks[:1], marks[1:]):
                    side[-1] = side[-1].removesuffix(b"\n")
        elif mark == b" " or (not line and len(old) < count):
            old.append(line[1:] + b"\n")
            new.append(line[1:] + b"\n")
        elif mark == b"-" and not (line.startswith(b"--- ") and len(old) >= count):
            old.append(line[1:] + b"\n")
        elif mark == b"+":
            new.append(line[1:] + b"\n")
        else:
            break
        at += 1
    if len(old) != count:
        raise PatchError(f"the hunk at line {start} is cut short, or miscounted")
    return Hunk(start if count else start + 1, tuple(old), tuple(new)), at


def _of(files: dict[str, list[Hunk]], path: str) -> list[Hunk]:
    """The hunks meant for a path: those of the file whose name it ends in, or of the only one."""
    wanted = path.replace("\\", "/")
    fitting = [name for name in files if wanted == name or wanted.endswith("/" + name)]
    if not fitting:
        last = wanted.rpartition("/")[2]
        fitting = [name for name in files if name.rpartition("/")[2] == last]
    if len(fitting) != 1:
        raise PatchError(f"the patch has nothing for {path}, only for {', '.join(sorted(files))}")
    others = sorted(set(files) - set(fitting))
    if others:
        raise PatchError(f"the patch touches other files, too: {', '.join(others)}")
    return files[fitting[0]]


def _applied(hunks: list[Hunk], data: bytes) -> bytes:
    lines = lines_of(data)
    done: list[bytes] = []
    at = 0
    for hunk in hunks:
        place = _place(lines, hunk, at, hunk.line - 1)
        if place is None:
            raise PatchError(f"the patch doesn't apply: line {hunk.line} is not as it expects")
        done += [*lines[at:place], *hunk.new]
        at = place + len(hunk.old)
    return b"".join((*done, *lines[at:]))


def _place(lines: list[bytes], hunk: Hunk, earliest: int, expected: int) -> int | None:
    """Where a hunk's lines stand: where it says, else at the nearest place behind what is already patched."""
    latest = len(lines) - len(hunk.old)
    candidates = sorted(range(earliest, latest + 1), key=lambda at: abs(at - expected))
    if not hunk.old:
        return min(max(expected, earliest), len(lines))
    return next((at for at in candidates if tuple(lines[at : at + len(hunk.old)]) == hunk.old), None)
