"""Findings as the Language Server Protocol has them.

Its positions count lines from 0, and within a line units of the encoding that client and server agreed on: UTF-16
unless both know better (LSP 3.17, "Text documents").
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lsprotocol import types

from unstall.findings.finding import Finding, Severity
from unstall.source import Edit, SourceFile, Span

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}
_BYTES = {types.PositionEncodingKind.Utf16: ("utf-16-le", 2), types.PositionEncodingKind.Utf32: ("utf-32-le", 4)}


@dataclass(frozen=True, slots=True)
class Document:
    """An open document as it was analysed."""

    uri: str
    source: SourceFile
    version: int | None = None
    encoding: str = types.PositionEncodingKind.Utf16

    def position(self, offset: int) -> types.Position:
        """A byte offset as a position."""
        line = self.source.line(offset)
        before = self.source.data[self.source.line_starts[line - 1] : offset]
        name, size = _BYTES.get(types.PositionEncodingKind(self.encoding), ("utf-8", 1))
        return types.Position(line - 1, len(before.decode("utf-8", "replace").encode(name)) // size)

    def range(self, span: Span) -> types.Range:
        """A span as a range."""
        return types.Range(self.position(span.start), self.position(span.end))


def diagnostic(finding: Finding, document: Document) -> types.Diagnostic:
    """A finding, with its path and the skipped stages as related information."""
    points = [(point.span, point.text) for point in finding.witness]
    points += [(mark.span, mark.note) for mark in finding.marks if mark.role.startswith("skipped")]
    return types.Diagnostic(
        range=document.range(finding.span),
        message=f"{finding.message}\n{finding.why}",
        severity=_SEVERITIES[finding.severity],
        code=finding.code,
        source="unstall",
        related_information=[
            types.DiagnosticRelatedInformation(types.Location(document.uri, document.range(span)), text)
            for span, text in points
        ],
        tags=[types.DiagnosticTag.Unnecessary] if finding.fact is None else None,
    )


def quick_fixes(findings: Sequence[Finding], document: Document, at: types.Range) -> list[types.CodeAction]:
    """The patches of the findings that stand in a range."""
    return [
        types.CodeAction(
            title=f"{finding.code}: {fix.description}",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[diagnostic(finding, document)],
            is_preferred=number == 0,
            edit=_workspace_edit(fix.edits, document),
        )
        for finding in findings
        if _overlap(document.range(finding.span), at)
        for number, fix in enumerate(finding.fixes)
    ]


def _overlap(a: types.Range, b: types.Range) -> bool:
    """Whether two ranges share a line: the cursor need not stand on the word."""
    return a.start.line <= b.end.line and b.start.line <= a.end.line


def _workspace_edit(edits: Sequence[Edit], document: Document) -> types.WorkspaceEdit:
    identifier = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    changes = [types.TextEdit(document.range(edit.span), edit.replacement.decode("utf-8", "replace")) for edit in edits]
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(identifier, changes)])
