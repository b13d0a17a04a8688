"""The verify table of a finding's patch: what each stage comes to under both kernels, and what speaks against it."""

from collections.abc import Iterator
from functools import lru_cache
from xml.etree.ElementTree import Element

from unstall.findings.finding import Finding
from unstall.proof.cases import Case, executed, of_fix
from unstall.proof.kernels import Kernel
from unstall.proof.reading import Reading, read
from unstall.proof.starvation import Liveness, Verdict
from unstall.proof.verification import StageReport, Verification
from unstall.report.markup import element, prose, scrolling
from unstall.report.screen import printable
from unstall.report.verify_execution import statement
from unstall.report.verify_text import NO_CONSEQUENCES, consequences, in_short, still_starving, verdict_of
from unstall.source import SourceFile

_VERSIONS = ("before", "after")


def verification(number: int, finding: Finding, source: SourceFile) -> Iterator[Element]:
    """The table, the obligations and the verdict; nothing where there is no patch for a restart."""
    case = _case(finding, source)
    if case is None or case.verification is None:
        return
    found = case.verification
    yield element("h3", "Does the patch help?")
    yield scrolling(_table(case, found), f"Verification of finding {number}")
    lines = consequences(case, found)
    notes = [f"but {line}" for line in lines] or [NO_CONSEQUENCES]
    notes += still_starving(case, found)
    if case.execution is not None:
        notes.append(statement(case.execution))
    yield element("ul", *(element("li", *prose(line)) for line in notes), class_="obligations")
    yield element("p", element("strong", "Verdict: "), *prose(f"{case.patch}: {verdict_of(found)}."), class_="verdict")


@lru_cache(maxsize=4)
def _reading(source: SourceFile) -> Reading:
    """A file's findings follow each other: it is read once for them."""
    return read(source)


def _case(finding: Finding, source: SourceFile) -> Case | None:
    if finding.fact is None or not finding.fixes:
        return None
    wait = finding.fact.graph.nodes[finding.fact.wait].span
    case = of_fix(_reading(source), wait, finding.fixes[0])
    return case and executed(case, real=False)


def _table(case: Case, found: Verification) -> Element:
    kernels = [element("th", kernel.value, scope="colgroup", colspan="2") for kernel in Kernel]
    versions = [element("th", version, scope="col") for _ in Kernel for version in _VERSIONS]
    head = element(
        "thead",
        element("tr", element("th", "Line", scope="col", rowspan="2"), element("th", "Stage", scope="col", rowspan="2"),
                *kernels),
        element("tr", *versions),
    )  # fmt: skip
    body = element("tbody", *(_row(case, report) for report in found.stages))
    caption = "How often each stage runs in a storm of signals. * has work only when something is ready."
    return element("table", element("caption", caption), head, body, class_="verify")


def _row(case: Case, report: StageReport) -> Element:
    line = case.before.source.line(report.stage.span.start)
    label = printable(report.stage.label) + ("" if report.stage.owed else " *")
    cells = [_cell(verdicts.get(kernel)) for kernel in Kernel for verdicts in (report.before, report.after)]
    return element("tr", element("td", str(line)), element("th", label, scope="row"), *cells)


def _cell(verdict: Verdict | None) -> Element:
    starves = verdict is not None and verdict.liveness is Liveness.STARVES
    return element("td", in_short(verdict), class_="starves" if starves else "runs")
