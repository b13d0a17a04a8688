"""reviewdog's diagnostic format (proto/rdf/reviewdog.proto): columns are bytes from 1, ends exclusive.

A patch is one suggestion of whole lines: reviewdog posts each suggestion as a comment of its own, and many small ones
for one change can't be read. Without columns a range means whole lines, its end inclusive.
"""

import json
from pathlib import Path

from unstall.findings.finding import Finding, Fix, Severity
from unstall.flow.files import Unread
from unstall.report import naming
from unstall.report.screen import printable
from unstall.report.sites import Json
from unstall.run.results import RunResult
from unstall.source import Edit, SourceFile, Span, apply_edits

_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.NOTE: "INFO"}


def rdjson(run: RunResult) -> str:
    """One ``DiagnosticResult``."""
    root = naming.root()
    sources = run.sources
    diagnostics = [_diagnostic(finding, sources[finding.path], root) for finding in run.findings]
    diagnostics += [_not_analysed(unread, root) for unread in run.files_unread]
    return json.dumps({"source": {"name": "unstall"}, "diagnostics": diagnostics}, indent=2)


def _diagnostic(finding: Finding, source: SourceFile, root: Path) -> Json:
    path = printable(naming.relative(finding.path, root))
    related = [
        {"message": mark.note, "location": {"path": path, "range": _range(mark.span, source)}}
        for mark in finding.marks
        if mark.note
    ]
    return {
        "message": f"{printable(finding.message)}\n{printable(finding.why)}",
        "location": {"path": path, "range": _range(finding.span, source)},
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.code},
        "suggestions": [whole_lines(fix, source) for fix in finding.fixes[:1]],
        "related_locations": related,
    }


def _range(span: Span, source: SourceFile) -> Json:
    return {"start": _position(span.start, source), "end": _position(span.end, source)}


def _position(offset: int, source: SourceFile) -> Json:
    line = source.line(offset)
    return {"line": line, "column": offset - source.line_starts[line - 1] + 1}


def whole_lines(fix: Fix, source: SourceFile) -> Json:
    """A patch as the new text of the lines it touches, the last line ending left out."""
    first = source.line(min(edit.span.start for edit in fix.edits))
    last = source.line(max(_last_byte(edit) for edit in fix.edits))
    start = source.line_starts[first - 1]
    end = source.line_starts[last] if last < len(source.line_starts) else len(source.data)
    edits = tuple(edit.moved(-start) for edit in fix.edits)
    text = apply_edits(source.data[start:end], edits)
    return {
        "range": {"start": {"line": first}, "end": {"line": last}},
        "text": text.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "replace"),
    }


def _last_byte(edit: Edit) -> int:
    """The last byte that an edit touches: one that ends behind a line ending does not reach into the next line."""
    return max(edit.span.start, edit.span.end - 1)


def _not_analysed(unread: Unread, root: Path) -> Json:
    location: Json = {"path": printable(naming.relative(unread.path, root))}
    if unread.line:
        location["range"] = {"start": {"line": unread.line}}
    return {"message": printable(f"not analysed: {unread.reason}"), "location": location, "severity": "INFO"}
