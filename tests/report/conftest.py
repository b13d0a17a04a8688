"""Runs with the incident's finding, one with and one without a patch, and one with files that were not analysed."""

from dataclasses import replace
from pathlib import Path

import pytest
from unstall.findings.finding import Finding, Fix
from unstall.flow.files import SignalFacts, Unread
from unstall.rule import Context, find_rule
from unstall.run.results import FileResult, RunResult, Wait
from unstall.source import Edit, SourceFile, Span

from tests import incident

EXPECTED = Path(__file__).parent / "expected"
SIGNALS = SignalFacts(("SIGCHLD", "SIGHUP"))


def patch(source: SourceFile) -> Fix:
    """A patch of the incident's loop that merges its two restarts."""
    start = source.data.index(b"if (r == -1 && errno == EAGAIN)")
    end = source.data.index(b"if (r == -1)\n")
    text = b"if (r == -1 && (errno == EAGAIN || errno == EINTR))\n\t\t\tFD_ZERO(&rfds);\n\t\telse "
    return Fix("no-event", "clears the results and goes on", (Edit(Span(start, end), text),), proved=True)


def finding(source: SourceFile, text: str = incident.TEXT) -> Finding:
    """The rule's finding at the incident's wait."""
    rule = find_rule("UST101")
    assert rule is not None
    (found,) = rule.check(incident.fact(source.path, text), Context(source, SIGNALS))
    return found


def run_of(source: SourceFile, *findings: Finding) -> RunResult:
    """A run over one file."""
    facts = tuple(found.fact for found in findings if found.fact is not None)
    return RunResult.of(
        (
            FileResult(
                source.path,
                parsed=True,
                functions_seen=1,
                functions_read=1,
                waits=tuple(map(Wait.of, facts)),
                facts=facts,
                findings=findings,
                source=source,
            ),
        )
    )


@pytest.fixture
def source() -> SourceFile:
    return incident.source()


@pytest.fixture
def patched(source: SourceFile) -> RunResult:
    """One finding with a patch."""
    return run_of(source, replace(finding(source), fixes=(patch(source),)))


@pytest.fixture
def unpatched(source: SourceFile) -> RunResult:
    """The same finding, for which no patch could be proved."""
    return run_of(source, replace(finding(source), no_fix="the jump stands in a macro"))


@pytest.fixture
def unread() -> RunResult:
    """Nothing found, but not everything read."""
    torn = Unread("torn.c", 12, "serve", "unbalanced braces")
    old = Unread("old.py", 3, "", "Python 2 syntax")
    files = (
        FileResult("torn.c", parsed=True, functions_seen=4, functions_read=2, unread=(torn,)),
        FileResult("old.py", parsed=True, unread=(old,)),
        FileResult("plain.c"),
    )
    return RunResult.of(files, (Unread("gone.c", 0, "", "no such file or folder"),))
