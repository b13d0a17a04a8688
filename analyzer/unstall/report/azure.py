"""Azure Pipelines: logging commands that show findings at their lines (learn.microsoft.com, "Logging commands").

There are errors and warnings only, so notes are warnings.
"""

from collections.abc import Iterator

from unstall.findings.finding import Severity
from unstall.report import naming
from unstall.report.screen import Line, Piece, printable
from unstall.run.results import RunResult


def azure(run: RunResult) -> Iterator[Line]:
    """One command a finding, and one a file that was not analysed."""
    root = naming.root()
    sources = run.sources
    for finding in run.findings:
        source, at = sources[finding.path], finding.span.start
        yield _issue(
            "error" if finding.severity is Severity.ERROR else "warning",
            {
                "sourcepath": naming.relative(finding.path, root),
                "linenumber": str(source.line(at)),
                "columnnumber": str(source.column(at)),
                "code": finding.code,
            },
            finding.message,
        )
    for unread in run.files_unread:
        line = {"linenumber": str(unread.line)} if unread.line else {}
        properties = {"sourcepath": naming.relative(unread.path, root), **line}
        yield _issue("warning", properties, f"not analysed: {unread.reason}")


def _issue(kind: str, properties: dict[str, str], message: str) -> Line:
    escaped = "".join(f"{key}={_escaped(value)};" for key, value in properties.items())
    return (Piece(f"##vso[task.logissue type={kind};{escaped}]{_escaped(message)}"),)


def _escaped(text: str) -> str:
    for character, code in (("%", "%AZP25"), ("\r", "%0D"), ("\n", "%0A"), (";", "%3B"), ("]", "%5D")):
        text = text.replace(character, code)
    return printable(text)
