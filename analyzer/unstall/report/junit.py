"""JUnit XML, as CI systems read it: a file is a suite and a finding a failed case.

A file without findings has one passed case, since systems take a report without cases for a broken run; a file or
function that was not analysed is a skipped one. Notes pass, as they do in the exit status.
"""

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from unstall.findings.finding import Finding, Severity
from unstall.flow.files import Unread
from unstall.report import naming
from unstall.report.screen import printable
from unstall.run.results import FileResult, RunResult
from unstall.source import SourceFile


def junit(run: RunResult) -> str:
    """The run as one document; ASCII, other characters as references."""
    root = naming.root()
    suites = Element("testsuites", name="unstall")
    for refused in run.refused:
        _suite(suites, FileResult(refused.path, unread=(refused,)), printable(naming.relative(refused.path, root)))
    for file in run.files:
        _suite(suites, file, printable(naming.relative(file.path, root)))
    for count in ("tests", "failures", "skipped"):
        suites.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    indent(suites)
    document: bytes = tostring(suites, "us-ascii")
    return document.decode("ascii")


def _suite(suites: Element, file: FileResult, name: str) -> None:
    suite = SubElement(suites, "testsuite", name=name)
    for finding in file.findings:
        if file.source is not None:
            _finding(suite, finding, file.source, name)
    for unread in file.unread:
        _skipped(suite, unread, name)
    if not len(suite):
        SubElement(suite, "testcase", classname=name, name="unstall")
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", "0")
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))


def _finding(suite: Element, finding: Finding, source: SourceFile, name: str) -> None:
    line, column = source.line(finding.span.start), source.column(finding.span.start)
    case = SubElement(suite, "testcase", classname=name, name=f"{finding.code} {finding.name} at line {line}")
    case.set("file", name)
    case.set("line", str(line))
    path = [f"line {source.line(point.span.start)}: {point.text}" for point in finding.witness]
    text = "\n".join([f"{name}:{line}:{column}: {finding.message}", finding.why, *path, finding.comparison])
    if finding.severity is Severity.NOTE:
        SubElement(case, "system-out").text = _text(text)
    else:
        failure = SubElement(case, "failure", message=printable(finding.message), type=finding.severity.value)
        failure.text = _text(text)


def _skipped(suite: Element, unread: Unread, name: str) -> None:
    what = printable(unread.function) if unread.function else "unstall"
    case = SubElement(suite, "testcase", classname=name, name=what, file=name)
    if unread.line:
        case.set("line", str(unread.line))
    SubElement(case, "skipped", message=printable(f"not analysed: {unread.reason}"))


def _text(text: str) -> str:
    """Lines without the characters that XML has no way to write."""
    return "\n".join(printable(line) for line in text.strip().split("\n"))
