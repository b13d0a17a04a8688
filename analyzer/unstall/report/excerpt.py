"""The source excerpt of a finding: the loop's head, the wait, the jump and every skipped stage, with marks in the
margin and an arrow from the jump back to the head.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from unstall.findings.finding import Finding, Mark, MarkRole
from unstall.report.screen import Drawing, Line, Piece, Screen, columns, expanded, fitted, printable
from unstall.source import SourceFile

_SHORT_GAP = 2
"""So many lines between two shown ones are shown rather than elided."""
_LEAST_CODE = 36
_STYLES: dict[MarkRole, str] = {
    "loop": "",
    "wait": "wait",
    "interrupt": "interrupt",
    "skipped": "skipped",
    "skipped-ready": "dim",
    "skipped-other": "dim",
    "reader": "reader",
    "comment": "",
}
_RANK: tuple[MarkRole, ...] = (
    "interrupt",
    "wait",
    "skipped",
    "reader",
    "skipped-ready",
    "skipped-other",
    "comment",
    "loop",
)
"""Which role a line shows where it has several."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of source to be shown."""

    number: int
    code: str
    marks: tuple[Mark, ...]

    @property
    def role(self) -> MarkRole | None:
        return min((mark.role for mark in self.marks), key=_RANK.index, default=None)

    @property
    def note(self) -> str:
        return "; ".join(dict.fromkeys(mark.note for mark in self.marks if mark.note))


def excerpt(finding: Finding, source: SourceFile, screen: Screen) -> Iterator[Line]:
    """The excerpt's lines, elided where nothing happens; the wait, the jump and the stages are always there."""
    rows = rows_of(finding, source, screen.drawing)
    head = next((row.number for row in rows if any(mark.role == "loop" for mark in row.marks)), None)
    jumps = {row.number for row in rows if any(mark.role == "interrupt" for mark in row.marks)}
    if head is None or not jumps or min(jumps) <= head:
        arrow = range(0)
        jumps = set()
    else:
        arrow = range(head, max(jumps) + 1)
    digits = len(str(rows[-1].number))
    notes = max(columns(row.note) for row in rows)
    longest = max(columns(row.code) for row in rows)
    code = min(longest, max(_LEAST_CODE, screen.width - digits - notes - 12))
    previous = 0
    for row in rows:
        if previous and row.number > previous + 1:
            yield _elision(digits, code, row.number in arrow and row.number != head, screen.drawing)
        yield _line(row, digits, code, arrow, jumps, screen.drawing)
        previous = row.number


def rows_of(finding: Finding, source: SourceFile, drawing: Drawing) -> list[Row]:
    """The lines to show, their common indentation taken off."""
    marks: dict[int, list[Mark]] = {}
    for mark in finding.marks:
        marks.setdefault(source.line(mark.span.start), []).append(mark)
    numbers = _filled({*marks, *(source.line(point.span.start) for point in finding.witness)})
    texts = {number: expanded(source.line_text(number)).rstrip() for number in numbers}
    indent = min((len(text) - len(text.lstrip()) for text in texts.values() if text), default=0)
    return [
        Row(number, text[indent:] + _continued(marks.get(number, ()), number, source, drawing),
             tuple(marks.get(number, ())))
        for number, text in texts.items()
    ]  # fmt: skip


def _filled(numbers: Iterable[int]) -> list[int]:
    """Line numbers in order, short gaps between them filled."""
    shown: list[int] = []
    for number in sorted(numbers):
        if shown and number - shown[-1] - 1 <= _SHORT_GAP:
            shown += range(shown[-1] + 1, number)
        shown.append(number)
    return shown


def _continued(marks: Iterable[Mark], number: int, source: SourceFile, drawing: Drawing) -> str:
    """An ellipsis behind the first line of a stage that goes on below."""
    long = any(mark.role.startswith("skipped") and source.line(mark.span.end - 1) > number for mark in marks)
    return f" {drawing.ellipsis}" if long else ""


def _line(row: Row, digits: int, width: int, arrow: range, jumps: set[int], drawing: Drawing) -> Line:
    role = row.role
    style = _STYLES[role] if role else ""
    code = fitted(row.code, width, drawing.ellipsis)
    padding = width - columns(code)
    if row.number in jumps:
        corner = drawing.end if row.number == arrow[-1] else drawing.tee
        back = f" {drawing.dash * (padding + 2)}{corner}"
    elif arrow and row.number == arrow[0]:
        back = f"{'':{padding}} {drawing.head}"
    else:
        back = f"{'':{padding}}   {drawing.down if row.number in arrow else ' '}"
    return (
        Piece(f"  {row.number:>{digits}} {drawing.bar} ", "dim"),
        Piece(f"{_margin(role, drawing)} ", style),
        Piece(code, style if role != "loop" else ""),
        Piece(back, "interrupt"),
        Piece(f" {printable(row.note)}" if row.note else "", style),
    )


def _elision(digits: int, width: int, arrow: bool, drawing: Drawing) -> Line:
    lead = f"  {'':>{digits}} {drawing.gap}"
    return (Piece(lead, "dim"), Piece(" " * (width + 6) + drawing.down if arrow else "", "interrupt"))


def _margin(role: MarkRole | None, drawing: Drawing) -> str:
    match role:
        case "wait":
            return drawing.wait
        case "interrupt":
            return drawing.interrupt
        case "skipped":
            return drawing.skipped
        case "skipped-ready" | "skipped-other":
            return drawing.other
        case "reader":
            return drawing.reader
        case _:
            return " "
