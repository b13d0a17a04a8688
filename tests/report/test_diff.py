"""Patches as diffs: what git and patch make of them, whatever the bytes and the name."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from unstall.findings.finding import Fix
from unstall.proof import patching
from unstall.report.diff import compatible, diffs, of_fix, unified
from unstall.run.results import RunResult
from unstall.source import Edit, SourceFile, Span, apply_edits

from tests import incident
from tests.report.conftest import finding, patch, run_of

lines = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"c\r\n", b"\xff\n", b"a\rb\n", b"last"]), max_size=12)


def apply_with_git(folder: Path, diff: bytes) -> None:
    done = subprocess.run(["git", "apply", "-"], cwd=folder, input=diff, capture_output=True)
    assert done.returncode == 0, done.stderr


def apply_with_patch(folder: Path, diff: bytes) -> None:
    if shutil.which("patch") is None:
        pytest.skip("no patch(1) on the path")
    done = subprocess.run(["patch", "-p1", "--binary"], cwd=folder, input=diff, capture_output=True)
    assert done.returncode == 0, done.stdout


Apply = Callable[[Path, bytes], None]


@pytest.mark.parametrize("apply", [apply_with_git, apply_with_patch])
@pytest.mark.parametrize("name", ["plain.c", "with blank.c"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\nb\nc\n", b"a\nB\nc\n"),
        (b"a\nb", b"a\nc"),
        (b"a\nb", b"a\nb\n"),
        (b"a\r\nb\r\n", b"a\r\nB\r\n"),
        (b"caf\xe9\nx\n", b"caf\xe9\ny\n"),
        (b"a\n\x0cb\n", b"a\n\x0cc\n"),
    ],
)
def test_git_and_patch_take_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apply: Apply, name: str, before: bytes, after: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / name
    file.write_bytes(before)
    apply(tmp_path, unified(name, before, after))
    assert file.read_bytes() == after


@pytest.mark.parametrize("name", ["tab\there.c", 'quo"te.c', "caf\u00e9.c", "back\\slash.c", "new\nline.c"])
def test_odd_names_are_quoted_as_git_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(b"a\n")
    apply_with_git(tmp_path, unified(name, b"a\n", b"b\n"))
    assert (tmp_path / name).read_bytes() == b"b\n"


def test_paths_are_relative_to_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    diff = unified(str(tmp_path / "deep" / "x.c"), b"a\n", b"b\n")
    assert diff.startswith(b"--- a/deep/x.c\n+++ b/deep/x.c\n")


@settings(max_examples=60, deadline=None)
@given(before=lines, after=lines)
def test_any_change_of_bytes_survives(
    tmp_path_factory: pytest.TempPathFactory, before: list[bytes], after: list[bytes]
) -> None:
    old, new = b"".join(before), b"".join(after)
    assume(old != new)
    folder = tmp_path_factory.mktemp("any")
    (folder / "x.c").write_bytes(old)
    apply_with_git(folder, unified("x.c", old, new))
    assert (folder / "x.c").read_bytes() == new


def test_patches_of_one_file_make_one_diff_and_overlaps_are_left_out(source: SourceFile) -> None:
    first = replace(finding(source), fixes=(patch(source),))
    (edit,) = patch(source).edits
    inside = Edit(Span(edit.span.start + 3, edit.span.end), b"x")
    clash = replace(first, fixes=(Fix("other", "overlaps", (inside,), proved=True),))
    far = replace(first, fixes=(Fix("far", "stands apart", (Edit(Span(0, 0), b"/* seen */\n"),), proved=True),))
    (diff,) = diffs(run_of(source, first, clash, far))
    assert diff.count(b"\n--- ") == 0
    assert b"+/* seen */" in diff
    assert b"+\t\tif (r == -1 && (errno == EAGAIN || errno == EINTR))" in diff


@given(st.lists(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4)), min_size=1, max_size=2), max_size=8))
def test_the_first_of_patches_that_overlap_is_taken(places: list[list[tuple[int, int]]]) -> None:
    source = incident.source()
    patches = [tuple(Edit(Span(at, at + size), b"x") for at, size in some) for some in places]
    patches = [edits for edits in patches if len(edits) == 1 or not overlap(*edits)]
    like = finding(source)
    findings = [replace(like, fixes=(Fix("any", "does something", edits, proved=True),)) for edits in patches]
    chosen: list[Edit] = []
    for edits in patches:
        chosen += () if any(overlap(edit, other) for edit in edits for other in chosen) else edits
    assert compatible(findings) == tuple(chosen)


def overlap(a: Edit, b: Edit) -> bool:
    return a.span == b.span or (a.span.start < b.span.end and b.span.start < a.span.end)


def test_no_patch_no_diff(unpatched: RunResult) -> None:
    assert list(diffs(unpatched)) == []


def of_edits(data: bytes, *edits: Edit) -> bytes:
    return of_fix(Fix("any", "does something", edits, proved=True), SourceFile("x.c", data, "c"))


@settings(max_examples=200, deadline=None)
@given(before=st.lists(lines, max_size=12), data=st.data())
def test_the_diff_of_edits_makes_what_the_edits_make(before: list[list[bytes]], data: st.DataObject) -> None:
    old = b"".join(line for part in before for line in part)
    places = sorted(data.draw(st.lists(st.integers(0, len(old)), max_size=8, unique=True)))
    texts = st.sampled_from([b"", b"x", b"\n", b"a\nb\n", b"\r\nlast"])
    edits = tuple(
        Edit(Span(start, end), data.draw(texts)) for start, end in zip(places[::2], places[1::2], strict=False)
    )
    new = apply_edits(old, edits)
    diff = of_edits(old, *edits)
    assert (patching.apply(diff, "x.c", old) if diff else old) == new


def test_of_many_lines_that_are_alike_few_are_said_to_change() -> None:
    line = b"    continue;\n"
    old, at, behind = line * 4000, len(line) * 2000, len(line) * 2050
    edits = Edit(Span(at, at + 4), b""), Edit(Span(behind, behind), line)
    diff = of_edits(old, *edits)
    assert patching.apply(diff, "x.c", old) == apply_edits(old, edits)
    assert diff.count(b"\n@@") == 2 and diff.count(b"\n") < 20
