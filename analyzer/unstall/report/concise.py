"""One line a finding: ``path:line:column: CODE message``, for grep, editors and logs."""

from collections.abc import Iterator

from unstall.findings.finding import Finding
from unstall.report.screen import Line, Piece, printable
from unstall.run.results import RunResult
from unstall.source import SourceFile


def concise(run: RunResult) -> Iterator[Line]:
    """The first line of every finding."""
    sources = run.sources
    for finding in run.findings:
        yield head(finding, sources[finding.path])


def head(finding: Finding, source: SourceFile) -> Line:
    """A finding's first line."""
    at = finding.span.start
    place = f"{printable(finding.path)}:{source.line(at)}:{source.column(at)}:"
    return (Piece(place, "path"), Piece(" "), Piece(finding.code, finding.severity.value),
            Piece(f" {printable(finding.message)}"))  # fmt: skip
