"""What a compiler says of the patched programs: nothing that it doesn't say of the original ones."""

import re
import subprocess
from pathlib import Path

import pytest
from unstall.options import Settings
from unstall.report.diff import compatible
from unstall.run.pipeline import run
from unstall.source import apply_edits

CASES = Path(__file__).parents[1] / "cases"
HEADERS = ("errno.h", "poll.h", "signal.h", "stdint.h", "stdio.h", "sys/select.h", "time.h", "unistd.h")
"""What the programs leave out."""
PROGRAMS = sorted(path for folder in ("fixes", "repairs") for path in (CASES / folder).glob("*.c"))


def complaints(compiler: str, source: bytes, macros: list[str]) -> set[str]:
    """The kinds of warnings (``-Wunused-label``), and the errors themselves."""
    defined = [f"-D{macro}" for macro in ("_GNU_SOURCE", *macros)]
    included = [word for header in HEADERS for word in ("-include", header)]
    command = [compiler, "-xc", "-fsyntax-only", "-Wall", "-Wextra", *defined, *included, "-"]
    said = subprocess.run(command, input=source, capture_output=True, check=False).stderr.decode()
    return {found[1] or found[2] for found in re.finditer(r"error: (.*)|warning: .*\[(-W\S+)\]", said)}


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_a_patch_draws_no_new_complaint(compiler: str, program: Path) -> None:
    source = program.read_bytes()
    selected = ("UST103",) if program.name.startswith("heeded") else Settings().select  # off by default
    findings = run([str(program)], settings=Settings(select=selected)).findings
    patched = apply_edits(source, compatible(findings))
    assert (patched != source) == ("@@" in program.with_name(program.name + ".diff").read_text("utf-8"))
    optional = sorted(set(re.findall(r"^#ifdef (WITH_\w+)", source.decode(), re.MULTILINE)))
    for macros in ([], optional):
        assert complaints(compiler, patched, macros) <= complaints(compiler, source, macros)
