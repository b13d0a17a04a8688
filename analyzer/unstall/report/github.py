"""GitHub Actions: the full report in the log, and its most severe findings as annotations.

The runner shows ten annotations of a level for each step and drops the rest without a word, so ten are written and
the log and the job's summary tell of the others (github.com/actions/toolkit, docs/problem-matchers.md).
"""

import secrets
from collections.abc import Iterator
from pathlib import Path

from unstall.findings.finding import Finding, Severity, most_severe
from unstall.flow.files import Unread
from unstall.report import naming
from unstall.report.full import full
from unstall.report.screen import Line, Piece, Screen, printable
from unstall.run.results import RunResult
from unstall.source import SourceFile
from unstall.wording import count

MAX_ANNOTATIONS = 10
_SUMMARY_BYTES = 900_000
"""GitHub takes no more than a mebibyte of summary from a step."""
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def github(run: RunResult, screen: Screen) -> Iterator[Line]:
    """The full report, in which nothing is taken for a command, then the annotations."""
    token = secrets.token_hex(16)
    yield (Piece(f"::stop-commands::{token}"),)
    yield from full(run, screen)
    yield (Piece(f"::{token}::"),)
    root = naming.root()
    sources = run.sources
    shown = most_severe(run.findings, MAX_ANNOTATIONS)
    for finding in shown:
        yield (Piece(_annotation(finding, sources[finding.path], root)),)
    notes = sum(finding.severity is Severity.NOTE for finding in shown)
    for unread in run.files_unread[: MAX_ANNOTATIONS - notes]:
        yield (Piece(_notice(unread, root)),)
    hidden = len(run.findings) - len(shown)
    if hidden:
        yield (Piece(f"{count(hidden, 'more finding')} in the log above and in the job's summary."),)


def _annotation(finding: Finding, source: SourceFile, root: Path) -> str:
    line, last = source.line(finding.span.start), source.line(finding.span.end)
    properties = {"file": naming.relative(finding.path, root), "line": str(line), "endLine": str(last)}
    if line == last:  # columns of more than one line are refused
        properties["col"] = str(source.column(finding.span.start))
        properties["endColumn"] = str(source.column(finding.span.end))
    properties["title"] = f"{finding.code} {finding.name}"
    message = "\n".join(filter(None, (finding.message, finding.why, finding.comparison)))
    return _command(_LEVELS[finding.severity], properties, message)


def _notice(unread: Unread, root: Path) -> str:
    properties = {"file": naming.relative(unread.path, root)}
    if unread.line:
        properties["line"] = str(unread.line)
    return _command("notice", {**properties, "title": "Not analysed"}, unread.reason)


def _command(name: str, properties: dict[str, str], message: str) -> str:
    escaped = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {escaped}::{_data(message)}"


def _data(text: str) -> str:
    lines = text.replace("%", "%25").split("\n")
    return "%0A".join(printable(line.replace("\r", "%0D")) for line in lines)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def summary(run: RunResult) -> str:
    """The job's summary: every finding in a table, as Markdown."""
    root = naming.root()
    sources = run.sources
    findings = run.findings
    unread = run.files_unread
    head = f"### unstall: {count(len(findings), 'finding')}" if findings else "### unstall: nothing found"
    rows = [
        f"| {_cell(f'{naming.relative(f.path, root)}:{sources[f.path].line(f.span.start)}')} | {f.code} {f.name} "
        f"| {f.severity.value} | {_cell(f.message)} |"
        for f in findings
    ]
    table = ["", "| where | rule | severity | what |", "| --- | --- | --- | --- |"]
    kept = _within(rows, _SUMMARY_BYTES)
    lines = [head, *(table if rows else ()), *kept]
    if len(kept) < len(rows):
        lines += ["", f"{len(rows) - len(kept)} more in the log."]
    if unread:
        lines += ["", f"Not analysed: {count(len(unread), 'file')}; the log says why."]
    return "\n".join(lines) + "\n"


def _within(rows: list[str], limit: int) -> list[str]:
    size = 0
    for number, row in enumerate(rows):
        size += len(row.encode("utf-8", "replace")) + 1
        if size > limit:
            return rows[:number]
    return rows


def _cell(text: str) -> str:
    """Text that means itself in a cell of a Markdown table."""
    special = "\\`*_{}[]<>()#|!~&"
    return "".join(f"\\{character}" if character in special else character for character in printable(text))
