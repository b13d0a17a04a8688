"""The report for people: each finding with its excerpt, why it matters, its path and its patch."""

from collections.abc import Iterator

from unstall.findings.finding import Finding, Severity
from unstall.limits import MAX_OTHER_CONFIGURATIONS
from unstall.report.concise import head
from unstall.report.hints import next_commands
from unstall.report.screen import Line, Piece, Screen, expanded, printable, wrapped
from unstall.run.results import RunResult, statistics
from unstall.source import SourceFile
from unstall.wording import count, listing

_OTHERS = (
    "other #if branches are read where they hold waits, in further configurations of the file, "
    f"{MAX_OTHER_CONFIGURATIONS} at most"
)
_LABEL = 8
"""Columns that why, path and fix and the space before their text take."""


def full(run: RunResult, screen: Screen) -> Iterator[Line]:
    """Every finding, then one line that sums up."""
    sources = run.sources
    for finding in run.findings:
        yield from one(finding, sources[finding.path], screen)
        yield ()
    yield from summary(run)


def one(finding: Finding, source: SourceFile, screen: Screen) -> Iterator[Line]:
    """One finding."""
    from unstall.report.excerpt import excerpt

    yield head(finding, source)
    severity = finding.severity.value
    where = f", in {printable(finding.function)}" if finding.function else ""
    yield (Piece(f"  {severity}", severity), Piece(f" {finding.name}{where}"))
    yield ()
    yield from excerpt(finding, source, screen)
    yield ()
    yield from _paragraph("why", finding.why, screen)
    yield from _path(finding, source, screen)
    if finding.assumes:
        yield from _paragraph("read", f"with {listing(finding.assumes)}; {_OTHERS}", screen)
    yield from _patch(finding, source, screen)


def summary(run: RunResult) -> Iterator[Line]:
    """What was found and how much was read, in one line; then what to do next, as commands to paste."""
    sums = statistics(run)
    findings = run.findings
    kinds = [
        count(number, severity.value)
        for severity in Severity
        if (number := sum(finding.severity is severity for finding in findings))
    ]
    files = {finding.path for finding in findings}
    patched = sum(bool(finding.fixes) for finding in findings)
    nothing = "Found nothing new" if run.known else "Found nothing"
    found = f"Found {listing(kinds)} in {count(len(files), 'file')}" if kinds else nothing
    patches = f" ({patched} with a patch)" if patched else ""
    read = f"{count(sums.waits, 'wait')} in {count(sums.functions_with_waits, 'function')} read"
    missed = count(sum(sums.functions_unread.values()), "function") + " not read"
    yield (Piece(f"{found}{patches}.", "label"), Piece(f" {count(sums.files, 'file')}: {read}, {missed}."))
    for number, command in enumerate(next_commands(run)):
        yield (Piece("      " if number else "Next: ", "label"), Piece(printable(command)))


def _paragraph(label: str, text: str, screen: Screen) -> Iterator[Line]:
    for number, line in enumerate(wrapped(text, screen.width - _LABEL)):
        yield (Piece(f"  {label if number == 0 else '':<{_LABEL - 2}}", "label"), Piece(line))


def _path(finding: Finding, source: SourceFile, screen: Screen) -> Iterator[Line]:
    """The witness as numbered points, then what a timeout would have done."""
    digits = max((len(str(source.line(point.span.start))) for point in finding.witness), default=0)
    for number, point in enumerate(finding.witness, 1):
        label = "path" if number == 1 else ""
        line = source.line(point.span.start)
        yield (Piece(f"  {label:<{_LABEL - 2}}", "label"), Piece(f"{number}. line {line:<{digits}}  "),
               Piece(printable(point.text)))  # fmt: skip
    if finding.comparison:
        yield from _paragraph("" if finding.witness else "path", finding.comparison, screen)


def _patch(finding: Finding, source: SourceFile, screen: Screen) -> Iterator[Line]:
    if not finding.fixes:
        if finding.no_fix:
            yield from _paragraph("fix", f"none proposed: {finding.no_fix}", screen)
        return
    from unstall.report.diff import of_fix

    fix = finding.fixes[0]
    proved = "proved; " if fix.proved else ""
    yield from _paragraph("fix", f"{fix.strategy}: {proved}{fix.description}", screen)
    yield ()
    for line in of_fix(fix, source).decode("utf-8", "replace").splitlines():
        style = {"+": "added", "-": "removed", "@": "hunk"}.get(line[:1], "")
        yield (Piece(" " * _LABEL), Piece(line[:1] + expanded(line[1:]), style))
