"""Comments that say that a finding is known and meant: ``/* unstall: ignore[UST101] the reason */``.

A comment covers its own line; one that stands alone, the next line of code; one at the head of a function, the whole
function; and ``ignore-file`` the file. A finding is covered at the line it is reported for and at that of its wait.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from unstall.findings.finding import Finding
from unstall.selection.comments import comments
from unstall.selection.rules import Selection, SelectionError, codes
from unstall.source import SourceFile, Span
from unstall.words import MARK

if TYPE_CHECKING:
    from unstall.flow.ir import FlowGraph

_COMMENT = re.compile(
    r"(?:/[/*]|\#)[\s*/]*unstall:\s*(?:ignore(?P<file>-file)?\b\s*(?:\[(?P<words>[^\]\r\n]*)\])?"
    r"|(?P<other>disable|suppress|noqa|nolint|allow|skip|off)\b)"
)
_DEFINITION = re.compile(rb"[ \t]*(?:async[ \t]+)?def\b")


class Scope(Enum):
    """What a comment covers."""

    LINE = "on this line"
    FUNCTION = "in this function"
    FILE = "in this file"


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment and what it covers."""

    span: Span
    words: tuple[str, ...]
    """Codes, prefixes or names as written."""
    scope: Scope
    lines: range
    """The lines it covers, from 1."""
    other: str = ""
    """What it says in place of ``ignore``, as comments for other tools do; it covers nothing."""


def suppressions(source: SourceFile, graphs: "Iterable[FlowGraph]") -> tuple[Suppression, ...]:
    """The comments of a file; ``graphs`` are its functions, which comments at their heads cover."""
    if MARK not in source.data:
        return ()
    spans = list(comments(source))
    functions = list(graphs)
    found: list[Suppression] = []
    for span in spans:
        comment = _COMMENT.match(source.text(span))
        if comment:
            words = tuple(word for part in (comment["words"] or "").split(",") if (word := part.strip()))
            scope = _scope(span, bool(comment["file"]), source, spans, functions)
            found.append(Suppression(span, words, *scope, comment["other"] or ""))
    return tuple(found)


def _scope(
    span: Span, whole: bool, source: SourceFile, spans: Sequence[Span], graphs: "Iterable[FlowGraph]"
) -> tuple[Scope, range]:
    lines = range(1, len(source.line_starts) + 1)
    if whole:
        return Scope.FILE, lines
    target = _target(span, source, spans)
    for graph in graphs:
        header = graph.statements[0].header if graph.statements else graph.span
        if source.line(header.start) <= target.stop - 1 and target.start <= source.line(header.end):
            return Scope.FUNCTION, range(source.line(graph.span.start), source.line(graph.span.end) + 1)
    return Scope.LINE, target


def _target(span: Span, source: SourceFile, spans: Sequence[Span]) -> range:
    """The lines that a comment speaks of: its own, or the next line of code where it stands alone. For a decorator,
    that is the definition it decorates.
    """
    first, last = source.line(span.start), source.line(span.end)
    if not _alone(span, source):
        return range(first, last + 1)
    line = last + 1
    while line <= len(source.line_starts) and not _has_code(source.line_span(line), source, spans):
        line += 1
    if line > len(source.line_starts):
        return range(first, last + 1)
    if source.language == "python" and source.line_text(line).lstrip().startswith("@"):
        line = next((n for n in range(line, len(source.line_starts)) if _defines(n, source)), line)
    return range(line, line + 1)


def _alone(span: Span, source: SourceFile) -> bool:
    before = source.data[source.line_starts[source.line(span.start) - 1] : span.start]
    behind = source.data[span.end : source.line_span(source.line(span.end)).end]
    return not before.strip() and not behind.strip()


def _has_code(line: Span, source: SourceFile, spans: Sequence[Span]) -> bool:
    """Whether anything but blanks and comments stands on a line."""
    at = line.start
    number = bisect_left(spans, Span(at, at))
    if number and spans[number - 1].end > at:
        number -= 1
    for comment in spans[number:]:
        if comment.start >= line.end:
            break
        if source.data[at : max(at, comment.start)].strip():
            return True
        at = max(at, comment.end)
    return bool(source.data[at : line.end].strip())


def _defines(line: int, source: SourceFile) -> bool:
    span = source.line_span(line)
    return bool(_DEFINITION.match(source.data[span.start : span.end]))


@runtime_checkable
class SuppressionRule(Protocol):
    """The rule that speaks of comments rather than waits."""

    code: str

    def unused(self, comment: Suppression, words: tuple[str, ...], source: SourceFile) -> Finding:
        """The finding at a comment of which these words cover nothing."""


# ------------------------------------------------------------------------------------------------ what is left


def uncovered(findings: Sequence[Finding], source: SourceFile, graphs: "Iterable[FlowGraph]") -> tuple[Finding, ...]:
    """The findings that no comment covers."""
    known = suppressions(source, graphs)
    return tuple(
        finding
        for finding in findings
        if not any(_covers(comment, word, finding, source) for comment in known for word in comment.words)
    )


def unused(
    findings: Sequence[Finding], source: SourceFile, graphs: "Iterable[FlowGraph]", selection: Selection
) -> tuple[Finding, ...]:
    """A finding for each comment with words that cover none of ``findings``, or without any."""
    known = suppressions(source, graphs)
    if not known:
        return ()
    from unstall.rule import find_rule

    rule = find_rule("unused-suppression")
    if not isinstance(rule, SuppressionRule) or not selection.applies(rule.code, source.path):
        return ()
    made = []
    for comment in known:
        idle = tuple(
            word
            for word in comment.words
            if _judged(word, source, selection)
            and not any(_covers(comment, word, finding, source) for finding in findings)
        )
        if idle or not comment.words:
            made.append(rule.unused(comment, idle, source))
    return tuple(replace(finding, severity=selection.severity(finding.code, finding.severity)) for finding in made)


def _covers(comment: Suppression, word: str, finding: Finding, source: SourceFile) -> bool:
    return finding.code in meant(word) and any(line in comment.lines for line in _lines(finding, source))


def _judged(word: str, source: SourceFile, selection: Selection) -> bool:
    """Whether all rules that a word names were asked; a word that names none is never of use."""
    return all(selection.applies(code, source.path) for code in meant(word))


def meant(word: str) -> set[str]:
    """The codes that a word of a comment stands for; none where it names no rule."""
    try:
        return codes(word, "")
    except SelectionError:
        return set()


def _lines(finding: Finding, source: SourceFile) -> Iterator[int]:
    yield source.line(finding.span.start)
    if finding.fact is not None:
        yield source.line(finding.fact.graph.nodes[finding.fact.wait].span.start)
