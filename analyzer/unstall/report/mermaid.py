"""A loop as a Mermaid flowchart, as GitHub and most Markdown viewers draw it."""

from unstall.flow.draw import BOTH, INTERRUPTED, LEGEND, TIMEOUT, Drawing, Look, Way

_LINKS = {
    Way.INTERRUPTED: f"stroke:{INTERRUPTED},stroke-width:3px,stroke-dasharray:8 4",
    Way.TIMEOUT: f"stroke:{TIMEOUT},stroke-width:3px",
    Way.BOTH: f"stroke:{BOTH},stroke-width:3px,stroke-dasharray:12 3 2 3",
}
_BLOCKS = {
    Look.HEAD: "fill:#f2f2f2,stroke:#333,stroke-width:2px",
    Look.WAIT: "fill:#dceefb,stroke:#0072b2,stroke-width:3px",
    Look.SKIPPED: "fill:#fde3d0,stroke:#d55e00,stroke-width:3px,stroke-dasharray:6 4",
    Look.OTHER: "fill:#fbf6ea,stroke:#8a6d3b,stroke-width:1px,stroke-dasharray:2 3",
    Look.OUT: "fill:#fff,stroke:#777",
}
_SHAPES = {Look.WAIT: ('(["', '"])'), Look.TEST: ('{{"', '"}}'), Look.OUT: ('(("', '"))')}
_PLAIN = frozenset(" _,.:+-/–…()[]=!*%?'")


def mermaid(drawing: Drawing) -> str:
    """The drawing in Mermaid's language; colours need black text, so the classes set it for dark themes, too."""
    title = drawing.title.replace("\\", "/").replace('"', "'")
    lines = ["---", f'title: "{title}"', "---", "flowchart TD"]
    for block in drawing.blocks:
        start, end = _SHAPES.get(block.look, ('["', '"]'))
        text = "<br/>".join(_entities(line) for line in block.caption)
        style = f":::{block.look.value}" if block.look in _BLOCKS else ""
        lines.append(f"    {block.name}{start}{text}{end}{style}")
    for link in drawing.links:
        source, target = drawing.ends(link)
        label = f'|"{_entities(link.label)}"|' if link.label else ""
        lines.append(f"    {source.name} -->{label} {target.name}")
    lines.append("    subgraph legend")
    lines += [f"        k{number}a[ ] -->|{text}| k{number}b[ ]" for number, (_, text) in enumerate(LEGEND)]
    lines.append("    end")
    lines += [f"    classDef {look.value} color:#000,{style}" for look, style in _BLOCKS.items()]
    ways = [*(link.way for link in drawing.links), *(way for way, _ in LEGEND)]
    for way, style in _LINKS.items():
        numbers = ",".join(str(number) for number, other in enumerate(ways) if other is way)
        lines.append(f"    linkStyle {numbers} {style}")
    return "\n".join(lines)


def _entities(text: str) -> str:
    """Text within Mermaid's quotes: what could end them or be taken for markup as numbered entities."""
    return "".join(c if c.isalnum() or c in _PLAIN else f"#{ord(c)};" for c in text)
