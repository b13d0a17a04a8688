"""Patches as unified diffs that ``git apply`` and ``patch -p1`` take, on bytes: encodings and line endings stay."""

import os
import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from difflib import diff_bytes, unified_diff
from pathlib import Path

from unstall.findings.finding import Finding, Fix
from unstall.run.results import RunResult
from unstall.source import Edit, SourceFile, Span, apply_edits, lines_of

_AROUND = 4
"""Lines on both sides of an edit: those that are shown with it, and one to see where they end."""
_TAG = re.compile(rb"(?<=^[-+ ])-?\d+\0")
_HEAD = re.compile(rb"@@ -(\d+)(\S*) \+(\d+)(\S*) @@")


def diffs(run: RunResult) -> Iterator[bytes]:
    """One diff for each file that has patches; where two patches overlap, the first in the file wins."""
    for file in run.telling:
        edits = compatible(file.findings)
        if edits and file.source is not None:
            yield _of_edits(file.source, edits)


def compatible(findings: Iterable[Finding]) -> tuple[Edit, ...]:
    """The edits of each finding's first patch, without those of patches that overlap an earlier one."""
    chosen: list[Edit] = []
    taken: list[Span] = []
    for finding in findings:
        edits = finding.fixes[0].edits if finding.fixes else ()
        if not any(_overlaps(edit.span, taken) for edit in edits):
            chosen += edits
            for edit in edits:
                insort(taken, edit.span)
    return tuple(chosen)


def _overlaps(span: Span, taken: list[Span]) -> bool:
    """Whether a span shares bytes with one of those taken, or is one of them. They are in order, and none shares bytes
    with another: only the nearest on both sides can.
    """
    at = bisect_left(taken, span)
    near = taken[max(at - 1, 0) : at + 1]
    return any(span == other or (span.start < other.end and other.start < span.end) for other in near)


def of_fix(fix: Fix, source: SourceFile) -> bytes:
    """The diff of one patch."""
    return _of_edits(source, fix.edits)


def unified(path: str, before: bytes, after: bytes) -> bytes:
    """A unified diff with three lines of context; empty where nothing changed.

    The path is given relative to the current folder where it lies below it, as ``git apply`` wants it.
    """
    hunks = _hunks(before, after, 0, 0)
    return _heads(path) + hunks if hunks else b""


def _of_edits(source: SourceFile, edits: tuple[Edit, ...]) -> bytes:
    """The same of edits. Only the lines around them are compared: in a large file of which most lines are alike, all
    would be said to change, and for each of many patches that takes as long as the file is.
    """
    starts = source.line_starts
    hunks, shift = [], 0
    for (first, last), inside in _windows(source, edits):
        start, end = starts[first], starts[last] if last < len(starts) else len(source.data)
        before = source.data[start:end]
        after = apply_edits(before, tuple(edit.moved(-start) for edit in inside))
        hunks.append(_hunks(before, after, first, first + shift))
        shift += len(lines_of(after)) - len(lines_of(before))
    return _heads(source.path) + b"".join(hunks) if any(hunks) else b""


def _windows(source: SourceFile, edits: tuple[Edit, ...]) -> list[tuple[tuple[int, int], list[Edit]]]:
    """The lines around edits, counted from 0, and the edits within; where two such windows would touch, one."""
    found: list[tuple[tuple[int, int], list[Edit]]] = []
    for edit in sorted(edits):
        first = max(source.line(edit.span.start) - 1 - _AROUND, 0)
        last = source.line(edit.span.end) + _AROUND
        if found and first <= found[-1][0][1]:
            (first, before), inside = found.pop()
            found.append(((first, max(before, last)), [*inside, edit]))
        else:
            found.append(((first, last), [edit]))
    return found


def _hunks(before: bytes, after: bytes, first: int, its: int) -> bytes:
    """The hunks of two texts that begin behind so many lines of their files."""
    old, new = _told_apart(lines_of(before), lines_of(after))
    lines = [_TAG.sub(b"", line) for line in diff_bytes(unified_diff, old, new, lineterm=b"\n")][2:]

    def placed(found: re.Match[bytes]) -> bytes:
        return b"@@ -%d%b +%d%b @@" % (int(found[1]) + first, found[2], int(found[3]) + its, found[4])

    return b"".join(_HEAD.sub(placed, line) if line.startswith(b"@@") else _terminated(line) for line in lines)


def _told_apart(old: list[bytes], new: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """With the lines at both ends that stay tagged, so that none that is like them is taken for one: git takes a hunk
    that ends without context for the end of the file.
    """
    most = min(len(old), len(new))
    head = next((at for at in range(min(_AROUND, most)) if old[at] != new[at]), min(_AROUND, most))
    left = min(_AROUND, most - head)
    tail = next((at for at in range(left) if old[-1 - at] != new[-1 - at]), left)

    def tagged(lines: list[bytes]) -> list[bytes]:
        behind = len(lines) - tail
        return [
            b"%d\0%b" % (at if at < head else at - len(lines), line) if at < head or at >= behind else line
            for at, line in enumerate(lines)
        ]

    return tagged(old), tagged(new)


def _heads(path: str) -> bytes:
    name = _relative(path)
    return b"--- %b\n+++ %b\n" % (_name(b"a/", name), _name(b"b/", name))


def _terminated(line: bytes) -> bytes:
    return line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"


def _relative(path: str) -> bytes:
    here = os.path.abspath(path)  # noqa: PTH100  (Path.resolve would follow links)
    base = str(Path.cwd())
    name = os.path.relpath(here, base) if here.startswith(base.rstrip(os.sep) + os.sep) else here.lstrip(os.sep)
    return os.fsencode(name.replace(os.sep, "/"))


def _name(prefix: bytes, name: bytes) -> bytes:
    """A file name as git writes it: quoted where it holds controls, quotes or bytes beyond ASCII; a tab behind one
    with blanks, so that patch doesn't end it there.
    """
    path = prefix + name
    if any(byte < 0x20 or byte >= 0x7F or byte in b'"\\' for byte in path):
        return b'"' + b"".join(_quoted(byte) for byte in path) + b'"'
    return path + b"\t" if b" " in path else path


def _quoted(byte: int) -> bytes:
    simple = {0x22: b'\\"', 0x5C: b"\\\\", 0x0A: b"\\n", 0x09: b"\\t", 0x0D: b"\\r"}
    if byte in simple:
        return simple[byte]
    return b"\\%03o" % byte if byte < 0x20 or byte >= 0x7F else bytes([byte])
