"""A loop's graph as SVG inside of the HTML report, laid out by us: Graphviz need not be there.

The blocks stand in one column in the order of the source, as in the file itself. A link to the next block is a
straight arrow; one that goes further down bends around on the right, one that goes up on the left, each in a lane of
its own, so that no two run into each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from unstall.flow.draw import LEGEND, Block, Drawing, Link, Way
from unstall.report.markup import element
from unstall.report.screen import columns, printable

_COLUMN = 7.25
"""Width of a character of the report's 12 px monospace, rounded up."""
_LINE = 16
_PADDING = 8
_GAP = 26
_LANE = 14
_LABEL = 6.4
"""Width of a character of a label."""


@dataclass(frozen=True, slots=True)
class _Box:
    """A block's place."""

    block: Block
    top: float
    height: float
    width: float

    @property
    def bottom(self) -> float:
        return self.top + self.height


def picture(drawing: Drawing, number: int) -> Element:
    """The drawing; ``number`` makes its ids unique on the page."""
    boxes = _boxes(drawing.blocks)
    rows = {box.block.id: row for row, box in enumerate(boxes)}
    down = [link for link in drawing.links if rows[link.target] > rows[link.source] + 1]
    up = [link for link in drawing.links if rows[link.target] <= rows[link.source]]
    right, left = _lanes(down, rows), _lanes(up, rows)
    width = boxes[0].width
    labels = max((columns(link.label) for link in down), default=0) * _LABEL
    margin = (max(left.values(), default=0) + 1) * _LANE + 6
    total = margin + width + (max(right.values(), default=0) + 1) * _LANE + labels + 12
    height = boxes[-1].bottom + 4
    shapes = [_box(box, margin) for box in boxes]
    for link in drawing.links:
        source, target = boxes[rows[link.source]], boxes[rows[link.target]]
        if link in right:
            shapes += _around(link, source, target, margin + width, (right[link] + 1) * _LANE)
        elif link in left:
            shapes += _around(link, source, target, margin, -(left[link] + 1) * _LANE)
        else:
            shapes += _straight(link, source, target, margin, drawing.links)
    title = element("title", printable(drawing.title), id=f"graph-{number}-title")
    text = element("desc", _described(drawing), id=f"graph-{number}-text")
    return element(
        "svg", title, text, *shapes, viewBox=f"0 0 {total:.0f} {height:.0f}", width=f"{total:.0f}",
        height=f"{height:.0f}", role="img", aria_labelledby=f"graph-{number}-title graph-{number}-text",
    )  # fmt: skip


def _boxes(blocks: Iterable[Block]) -> list[_Box]:
    lines = {block.id: [printable(line) for line in block.caption] for block in blocks}
    width = max(columns(line) for text in lines.values() for line in text) * _COLUMN + 2 * _PADDING
    boxes: list[_Box] = []
    top = 4.0
    for block in blocks:
        height = len(lines[block.id]) * _LINE + _PADDING
        boxes.append(_Box(block, top, height, width))
        top += height + _GAP
    return boxes


def _lanes(links: Iterable[Link], rows: dict[int, int]) -> dict[Link, int]:
    """A lane for each link, such that links in one lane don't meet; short links are nearest to the blocks."""
    taken: list[list[range]] = []
    lanes: dict[Link, int] = {}
    for link in sorted(links, key=lambda one: abs(rows[one.target] - rows[one.source])):
        ends = sorted((rows[link.source], rows[link.target]))
        span = range(ends[0], ends[1] + 1)
        lane = next(
            (n for n, used in enumerate(taken) if all(span.stop <= u.start or u.stop <= span.start for u in used)),
            len(taken),
        )
        if lane == len(taken):
            taken.append([])
        taken[lane].append(span)
        lanes[link] = lane
    return lanes


def _box(box: _Box, x: float) -> Element:
    text = element(
        "text",
        *(
            element("tspan", printable(line), x=f"{x + _PADDING:.1f}", y=f"{box.top + 15 + at * _LINE:.1f}")
            for at, line in enumerate(box.block.caption)
        ),
    )
    shape = element(
        "rect", x=f"{x:.1f}", y=f"{box.top:.1f}", width=f"{box.width:.1f}", height=f"{box.height:.1f}", rx="4"
    )
    return element("g", shape, text, class_=f"block {box.block.look.value}")


def _straight(link: Link, source: _Box, target: _Box, x: float, links: Iterable[Link]) -> list[Element]:
    """An arrow down to the next block; several between the same two stand beside each other."""
    twins = [one for one in links if (one.source, one.target) == (link.source, link.target)]
    at = x + 40 + twins.index(link) * 90
    shapes = [_path(link, f"M{at:.1f} {source.bottom:.1f}V{target.top - 1:.1f}")]
    return shapes + _label(link, at + 6, source.bottom + _GAP / 2 + 3)


def _around(link: Link, source: _Box, target: _Box, x: float, out: float) -> list[Element]:
    """An arrow that leaves and enters at a side, ``out`` away from it; negative is left."""
    start, end = source.top + source.height * 0.7, target.top + target.height * 0.3
    turn = 6 if out > 0 else -6
    sign = 1 if end > start else -1
    way = (
        f"M{x:.1f} {start:.1f}H{x + out - turn:.1f}q{turn} 0 {turn} {6 * sign}V{end - 6 * sign:.1f}"
        f"q0 {6 * sign} {-turn} {6 * sign}H{x + (1 if out > 0 else -1):.1f}"
    )
    return [_path(link, way)] + (_label(link, x + 4, start - 4) if out > 0 else [])


def _path(link: Link, way: str) -> Element:
    return element("path", d=way, class_=f"link {link.way.value}", marker_end=f"url(#arrow-{link.way.value})")


def _label(link: Link, x: float, y: float) -> list[Element]:
    if not link.label:
        return []
    return [element("text", printable(link.label), x=f"{x:.1f}", y=f"{y:.1f}", text_anchor="start", class_="label")]


def _described(drawing: Drawing) -> str:
    """The ways of the runs in words, for who can't see the picture."""
    told = []
    for way, name in ((Way.INTERRUPTED, "Interrupted"), (Way.TIMEOUT, "On a timeout")):
        steps = [link for link in drawing.links if link.way in (way, Way.BOTH)]
        pairs = (f"{a.text[0]} to {b.text[0]}" for a, b in map(drawing.ends, steps))
        told.append(f"{name}: {'; '.join(printable(pair) for pair in pairs)}.")
    return " ".join(told)


def arrows() -> Element:
    """The heads of the arrows, once a page."""
    markers = [
        element(
            "marker", element("path", d="M0 0L10 5L0 10z", class_=f"head {way.value}"), id=f"arrow-{way.value}",
            viewBox="0 0 10 10", refX="9", refY="5", markerWidth="8", markerHeight="8", markerUnits="userSpaceOnUse",
            orient="auto-start-reverse",
        )
        for way in Way
    ]  # fmt: skip
    return element("svg", element("defs", *markers), width="0", height="0", aria_hidden="true", class_="hidden")


def legend() -> Element:
    """What the lines and boxes mean."""
    lines = [
        element(
            "li",
            element("svg", element("path", d="M2 6H46", class_=f"link {way.value}"), width="48", height="12",
                    aria_hidden="true"),
            f" {text}",
        )
        for way, text in LEGEND
    ]  # fmt: skip
    return element("ul", *lines, class_="legend")
