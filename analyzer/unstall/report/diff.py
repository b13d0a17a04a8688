"""Patches as unified diffs that ``git apply`` and ``patch -p1`` take, on bytes: encodings and line endings stay."""

import os
import re
from collections.abc import Iterable, Iterator
from difflib import diff_bytes, unified_diff
from pathlib import Path

from unstall.findings import Finding, Fix
from unstall.results import RunResult
from unstall.source import Edit, SourceFile, apply_edits


def diffs(run: RunResult) -> Iterator[bytes]:
    """One diff for each file that has patches; where two patches overlap, the first in the file wins."""
    for file in run.files:
        edits = compatible(file.findings)
        if edits and file.source is not None:
            yield unified(file.path, file.source.data, apply_edits(file.source.data, edits))


def compatible(findings: Iterable[Finding]) -> tuple[Edit, ...]:
    """The edits of each finding's first patch, without those of patches that overlap an earlier one."""
    chosen: list[Edit] = []
    for finding in findings:
        if finding.fixes and not any(_overlap(a, b) for a in finding.fixes[0].edits for b in chosen):
            chosen += finding.fixes[0].edits
    return tuple(chosen)


def _overlap(a: Edit, b: Edit) -> bool:
    return a == b or (a.span.start < b.span.end and b.span.start < a.span.end) or a.span == b.span


def of_fix(fix: Fix, source: SourceFile) -> bytes:
    """The diff of one patch."""
    return unified(source.path, source.data, apply_edits(source.data, fix.edits))


def unified(path: str, before: bytes, after: bytes) -> bytes:
    """A unified diff with three lines of context; empty where nothing changed.

    The path is given relative to the current folder where it lies below it, as ``git apply`` wants it.
    """
    name = _relative(path)
    lines = diff_bytes(
        unified_diff, _lines(before), _lines(after), _name(b"a/", name), _name(b"b/", name), lineterm=b"\n"
    )
    return b"".join(_terminated(line) for line in lines)


def _lines(data: bytes) -> list[bytes]:
    """Lines with their endings; only a line feed ends one, as for git and patch."""
    return re.findall(rb"[^\n]*\n|[^\n]+", data)


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
