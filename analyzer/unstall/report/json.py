"""Findings as a JSON array; docs/json.md describes every field."""

import json
from collections.abc import Iterator

from unstall.findings.finding import Finding, Fix
from unstall.report import diff
from unstall.report.sites import Json, place, site
from unstall.run.results import RunResult
from unstall.source import SourceFile


def findings_json(run: RunResult) -> str:
    """All findings, one object each."""
    sources = run.sources
    return json.dumps([_finding(finding, sources[finding.path]) for finding in run.findings], indent=2)


def findings_json_lines(run: RunResult) -> str:
    """All findings, one object a line."""
    sources = run.sources
    return "\n".join(json.dumps(_finding(finding, sources[finding.path])) for finding in run.findings)


def _finding(finding: Finding, source: SourceFile) -> Json:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "path": finding.path,
        "function": finding.function,
        **place(finding.span, source),
        "message": finding.message,
        "why": finding.why,
        "witness": [{**place(point.span, source), "text": point.text} for point in finding.witness],
        "comparison": finding.comparison,
        "marks": [
            {"role": mark.role, **place(mark.span, source), "note": mark.note} for mark in finding.marks
        ],
        "wait": site(finding.fact, source) if finding.fact else None,
        "fixes": list(_fixes(finding.fixes, source)),
        "no_fix": finding.no_fix,
        "assumes": list(finding.assumes),
    }  # fmt: skip


def _fixes(fixes: tuple[Fix, ...], source: SourceFile) -> Iterator[Json]:
    for fix in fixes:
        yield {
            "strategy": fix.strategy,
            "description": fix.description,
            "proved": fix.proved,
            "edits": [
                {
                    "start": edit.span.start,
                    "end": edit.span.end,
                    **place(edit.span, source),
                    "replacement": edit.replacement.decode("utf-8", "surrogateescape"),
                }
                for edit in fix.edits
            ],
            "diff": diff.of_fix(fix, source).decode("utf-8", "surrogateescape"),
        }
