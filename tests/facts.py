"""The facts of a piece of source, for tests that begin with source and end with what the analysis makes of it."""

from textwrap import dedent

from unstall.flow.facts import WaitFact
from unstall.flow.outcomes import Handling
from unstall.proof.reading import read
from unstall.source import Language, SourceFile


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
