"""One self-contained page: each finding with its source, its path, its loop's graph and its patch.

No script and nothing from elsewhere, so that it opens from a mail or a build's artifacts. Whatever colour says is said
in words, too; what scrolls can be reached by keyboard.
"""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from xml.etree.ElementTree import Element

from unstall import __version__
from unstall.findings.finding import Finding, MarkRole, Severity
from unstall.flow.draw import drawing
from unstall.report import diff
from unstall.report.excerpt import Row, rows_of
from unstall.report.html_graph import arrows, legend, picture
from unstall.report.markup import element, prose, scrolling
from unstall.report.markup import html as document
from unstall.report.screen import UNICODE, expanded, printable
from unstall.report.verify_html import verification
from unstall.rule import find_rule
from unstall.run.results import RunResult, statistics
from unstall.source import SourceFile
from unstall.wording import count, listing, one_line

_MARKS: dict[MarkRole, str] = {
    "loop": "loop",
    "wait": "wait",
    "interrupt": "jump",
    "skipped": "skipped",
    "skipped-ready": "skipped",
    "skipped-other": "skipped",
    "reader": "reads",
    "comment": "comment",
}
"""What the margin says of a line."""
_CHANGES = {"+": "added", "-": "removed", "@": "hunk"}


def html(run: RunResult) -> str:
    """The page."""
    findings = run.findings
    sources = run.sources
    style = files("unstall.report").joinpath("html.css").read_text("utf-8")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", _title(run)),
        element("style", style),
    )
    body = element(
        "body",
        element("a", "Skip to the findings", href="#findings", class_="skip"),
        arrows(),
        element("header", element("h1", _title(run)), element("p", _sums(run), class_="quiet")),
        _contents(findings, sources) if len(findings) > 1 else None,
        element(
            "main",
            *(_finding(number, finding, sources[finding.path]) for number, finding in enumerate(findings, 1)),
            _unread(run),
            id="findings",
        ),
        element("footer", element("p", f"unstall {__version__}", class_="quiet")),
    )
    return document(element("html", head, body, lang="en"))


def _title(run: RunResult) -> str:
    kinds = [
        count(number, severity.value)
        for severity in Severity
        if (number := sum(finding.severity is severity for finding in run.findings))
    ]
    return f"unstall found {listing(kinds)}" if kinds else "unstall found nothing"


def _sums(run: RunResult) -> str:
    sums = statistics(run)
    missed = sum(sums.functions_unread.values())
    return (
        f"{count(sums.files, 'file')}: {count(sums.waits, 'wait')} in {count(sums.functions_with_waits, 'function')} "
        f"read, {count(missed, 'function')} not read."
    )


def _place(finding: Finding, source: SourceFile) -> str:
    return f"{printable(finding.path)}:{source.line(finding.span.start)}"


def _contents(findings: tuple[Finding, ...], sources: Mapping[str, SourceFile]) -> Element:
    items = [
        element(
            "li",
            element("a", _place(finding, sources[finding.path]), href=f"#finding-{number}"),
            " ",
            _severity(finding),
            f" {finding.code}: {printable(finding.message)}",
        )
        for number, finding in enumerate(findings, 1)
    ]
    return element("nav", element("h2", "Findings"), element("ol", *items), aria_label="Findings")


def _severity(finding: Finding) -> Element:
    return element("span", finding.severity.value, class_=f"severity {finding.severity.value}")


# ------------------------------------------------------------------------------------------------ a finding


def _finding(number: int, finding: Finding, source: SourceFile) -> Element:
    message = finding.message
    where = f" in {printable(finding.function)}" if finding.function else ""
    return element(
        "article",
        element("h2", *prose(f"{message[0].upper()}{message[1:]}"), id=f"title-{number}"),
        element("p", element("code", _place(finding, source)), f"{where} · ", _severity(finding),
                f" {finding.code} {finding.name}"),
        element("p", *prose(finding.why)),
        *_source(number, finding, source),
        *_path(finding, source),
        *_graph(number, finding, source),
        *_patch(number, finding, source),
        *verification(number, finding, source),
        _rule(finding),
        id=f"finding-{number}", aria_labelledby=f"title-{number}",
    )  # fmt: skip


def _source(number: int, finding: Finding, source: SourceFile) -> Iterator[Element]:
    yield element("h3", "Source")
    body: list[Element] = []
    previous = 0
    for row in rows_of(finding, source, UNICODE):
        if previous and row.number > previous + 1:
            elided = element("td", f"… {count(row.number - previous - 1, 'line')}", colspan="3")
            body.append(element("tr", element("th", ""), elided, class_="elided"))
        body.append(_row(row))
        previous = row.number
    table = element("table", element("tbody", *body), class_="source")
    yield scrolling(table, f"Source of finding {number}")


def _row(row: Row) -> Element:
    mark = _MARKS[row.role] if row.role else ""
    return element(
        "tr",
        element("th", str(row.number), scope="row"),
        element("td", mark, class_="mark"),
        element("td", row.code),
        element("td", *prose(row.note), class_="told"),
        class_=row.role or "plain",
    )


def _path(finding: Finding, source: SourceFile) -> Iterator[Element]:
    if not finding.witness:
        return
    yield element("h3", "What happens when the wait is interrupted")
    points = [element("li", f"line {source.line(point.span.start)}: ", *prose(point.text)) for point in finding.witness]
    yield element("ol", *points, class_="path")
    if finding.comparison:
        yield element("p", *prose(f"{finding.comparison[0].upper()}{finding.comparison[1:]}."))


def _graph(number: int, finding: Finding, source: SourceFile) -> Iterator[Element]:
    if finding.fact is None:
        return
    yield element("h3", "The loop's graph")
    drawn = scrolling(picture(drawing(finding.fact, source), number), f"Graph of finding {number}")
    yield element("figure", drawn, element("figcaption", legend()))


def _patch(number: int, finding: Finding, source: SourceFile) -> Iterator[Element]:
    yield element("h3", "Patch")
    if not finding.fixes:
        yield element("p", f"None proposed: {printable(finding.no_fix)}" if finding.no_fix else "None proposed")
        return
    fix = finding.fixes[0]
    proved = "proved; " if fix.proved else ""
    yield element("p", f"{fix.strategy}: {proved}{printable(fix.description)}.")
    lines = diff.of_fix(fix, source).decode("utf-8", "replace").split("\n")[:-1]
    spans = [
        element("span", line[:1] + expanded(line[1:]), class_="hunk" if at < 2 else _CHANGES.get(line[:1], "context"))
        for at, line in enumerate(lines)
    ]
    yield scrolling(element("pre", *spans), f"Patch of finding {number}")


def _rule(finding: Finding) -> Element | None:
    """What the rule's page says before its first example."""
    rule = find_rule(finding.code)
    if rule is None:
        return None
    text = rule.documentation().partition("\n## Example")[0]
    parts = [
        element("h4", part.removeprefix("## ")) if part.startswith("## ") else element("p", *prose(one_line(part)))
        for block in text.split("\n\n")
        for part in block.strip().split("\n", 1 if block.startswith("## ") else 0)
    ]
    return element("details", element("summary", f"About {rule.code} {rule.name}"), *parts)


# ------------------------------------------------------------------------------------------------ the rest


def _unread(run: RunResult) -> Element | None:
    unread = (*run.refused, *run.unread)
    if not unread:
        return None
    items = [
        element(
            "li",
            element("code", printable(f"{one.path}:{one.line}" if one.line else one.path)),
            f" {printable(one.function)}: " if one.function else ": ",
            printable(one.reason),
        )
        for one in unread
    ]
    return element("section", element("h2", "Not analysed", id="unread"), element("ul", *items),
                   aria_labelledby="unread")  # fmt: skip
