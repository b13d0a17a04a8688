"""The patch for each program of tests/cases/repairs, as a diff; `pytest --bless` writes them anew."""

from collections.abc import Callable
from pathlib import Path

import pytest
from unstall.findings.finding import Finding
from unstall.options import Settings
from unstall.report.diff import unified
from unstall.run.pipeline import run
from unstall.source import apply_edits

FOLDER = Path(__file__).parents[1] / "cases" / "repairs"
PROGRAMS = sorted(path for path in FOLDER.iterdir() if path.suffix in (".c", ".py"))
pytestmark = pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)


def found(path: Path) -> tuple[Finding, ...]:
    """The findings of a program, that on a dead handler as one for Python 3.9 and later."""
    selected = Settings().select if not path.name.startswith("heeded") else ("UST103",)  # off by default
    target = "3.9" if path.name.startswith("dead") else None
    return run([str(path)], settings=Settings(target_python=target, select=selected)).findings


def test_the_patch(program: Path, golden: Callable[[str, Path], None]) -> None:
    told = []
    for finding in found(program):
        head = f"{finding.code} {finding.name}: "
        for fix in finding.fixes:
            assert fix.proved
            patched = apply_edits(program.read_bytes(), fix.edits)
            told.append(
                f"{head}{fix.strategy}: {fix.description}\n"
                + unified(program.name, program.read_bytes(), patched).decode()
            )
        if not finding.fixes:
            told.append(f"{head}none: {finding.no_fix}\n")
    assert told, "nothing was found"
    golden("\n".join(told), program.with_name(program.name + ".diff"))


def test_a_second_run_finds_nothing_more(program: Path, tmp_path: Path) -> None:
    edits = {edit for finding in found(program) for fix in finding.fixes for edit in fix.edits}
    patched = tmp_path / program.name
    patched.write_bytes(apply_edits(program.read_bytes(), tuple(sorted(edits))))
    if edits:
        assert [finding.code for finding in found(patched) if finding.fixes] == []
