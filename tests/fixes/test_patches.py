"""The patch proposed for each program of tests/cases/fixes, as a diff; `pytest --bless` writes them anew."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from unstall.findings.finding import Fix
from unstall.fixes import propose, reanalyser
from unstall.flow.facts import WaitFact
from unstall.flow.outcomes import Handling
from unstall.proof.reading import read
from unstall.report.diff import unified
from unstall.source import SourceFile, apply_edits

FOLDER = Path(__file__).parents[1] / "cases" / "fixes"
PROGRAMS = sorted(path for path in FOLDER.iterdir() if path.suffix in (".c", ".py"))
pytestmark = pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)


def source_of(program: Path) -> SourceFile:
    return SourceFile(program.name, program.read_bytes(), "c" if program.suffix == ".c" else "python")


def restarts(source: SourceFile) -> list[WaitFact]:
    return [fact for fact in read(source).facts if fact.handling is Handling.RESTART_SKIPS_STAGES]


def proposals(source: SourceFile) -> list[tuple[Fix, ...] | str]:
    project = read(source).project
    return [propose(fact, source, reanalyser(fact, source, project)) for fact in restarts(source)]


def test_the_patch(program: Path, golden: Callable[[str, Path], None]) -> None:
    source = source_of(program)
    told = []
    for proposal in proposals(source):
        if isinstance(proposal, str):
            told.append(f"none: {proposal}\n")
            continue
        (fix,) = proposal
        assert fix.proved
        patched = apply_edits(source.data, fix.edits)
        told.append(f"{fix.strategy}: {fix.description}\n{unified(program.name, source.data, patched).decode()}")
    assert told, "no restart was found"
    golden("\n".join(told), program.with_name(program.name + ".diff"))


def test_a_second_run_changes_nothing(program: Path) -> None:
    source = source_of(program)
    edits = {edit for proposal in proposals(source) if not isinstance(proposal, str) for edit in proposal[0].edits}
    if edits:
        patched = SourceFile(source.path, apply_edits(source.data, tuple(edits)), source.language)
        assert restarts(patched) == []


def test_a_file_of_windows_is_patched_the_same_with_its_own_ends_of_lines(program: Path) -> None:
    here = replace(source_of(program), data=program.read_bytes().replace(b"\r\n", b"\n"))
    there = replace(here, data=here.data.replace(b"\n", b"\r\n"))
    for ours, its in zip(proposals(here), proposals(there), strict=True):
        if isinstance(ours, str) or isinstance(its, str):
            assert ours == its
            continue
        patched = [apply_edits(source.data, fixes[0].edits) for source, fixes in ((here, ours), (there, its))]
        assert patched[0].replace(b"\n", b"\r\n") == patched[1]
