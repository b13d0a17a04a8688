"""The facts of a piece of source, for tests that begin with source and end with what the analysis makes of it."""

from pathlib import Path
from textwrap import dedent

from unstall.findings.finding import Finding
from unstall.flow.facts import WaitFact
from unstall.flow.outcomes import Handling
from unstall.options import DEFAULTS, Settings
from unstall.proof.reading import read
from unstall.run.pipeline import run
from unstall.source import Language, SourceFile

DAEMON_HEADERS = """
#include <errno.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
"""


def source_of(text: str, language: Language = "c") -> SourceFile:
    """A dedented text as a file."""
    return SourceFile("file.c" if language == "c" else "file.py", dedent(text).encode(), language)


def facts_of(source: SourceFile) -> tuple[WaitFact, ...]:
    """The facts of all waits of a file that is analysed alone."""
    return read(source).facts


def restart_of(source: SourceFile) -> WaitFact:
    """The one restart that skips stages."""
    facts = facts_of(source)
    found = [fact for fact in facts if fact.handling is Handling.RESTART_SKIPS_STAGES]
    assert len(found) == 1, [fact.handling for fact in facts]
    return found[0]


def codes_of(folder: Path, text: str, language: Language = "c", settings: Settings = DEFAULTS) -> list[str]:
    """The codes of what is found in a file of this text."""
    path = folder / ("case.c" if language == "c" else "case.py")
    path.write_text(text)
    return [finding.code for finding in run([str(path)], settings=settings).findings]


def findings_of_c_files(folder: Path, *programs: str) -> list[Finding]:
    """What is found in a project of these files of C, each with the headers of a usual daemon in front."""
    for number, program in enumerate(programs):
        (folder / f"part{number}.c").write_text(DAEMON_HEADERS + program)
    return list(run([str(folder)]).findings)


def codes_of_c_files(folder: Path, *programs: str) -> list[str]:
    """The codes of that."""
    return [finding.code for finding in findings_of_c_files(folder, *programs)]
