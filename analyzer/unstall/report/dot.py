"""A loop in Graphviz' language, and as SVG where Graphviz is installed."""

import shutil
import subprocess

from unstall.flow.draw import BOTH, INTERRUPTED, LEGEND, TIMEOUT, Drawing, Look, Way

_LINKS = {
    Way.NEITHER: 'color="#888888"',
    Way.INTERRUPTED: f'color="{INTERRUPTED}", style=dashed, penwidth=2.5',
    Way.TIMEOUT: f'color="{TIMEOUT}", style=solid, penwidth=2.5',
    Way.BOTH: f'color="{BOTH}:{BOTH}", style=solid, penwidth=1.5',  # a double line
}
_BLOCKS = {
    Look.PLAIN: "shape=box",
    Look.HEAD: 'shape=box, style="filled,bold", fillcolor="#f2f2f2"',
    Look.WAIT: 'shape=box, style="filled,rounded,bold", fillcolor="#dceefb", color="#0072b2"',
    Look.TEST: "shape=hexagon",
    Look.SKIPPED: 'shape=box, style="filled,dashed", fillcolor="#fde3d0", color="#d55e00", penwidth=2.5',
    Look.OTHER: 'shape=box, style="filled,dotted", fillcolor="#fbf6ea", color="#8a6d3b"',
    Look.OUT: "shape=ellipse",
}


class GraphvizError(Exception):
    """``dot`` is not there, or failed; the message says which."""


def dot(drawing: Drawing) -> str:
    """The drawing in Graphviz' language."""
    lines = [
        "digraph loop {",
        f'    label="{_quoted(drawing.title)}"; labelloc=t; fontname="sans-serif";',
        '    node [fontname="monospace", fontsize=10]; edge [fontname="sans-serif", fontsize=9];',
    ]
    for block in drawing.blocks:
        text = "".join(f"{_quoted(line)}\\l" for line in block.caption)
        lines.append(f'    {block.name} [label="{text}", {_BLOCKS[block.look]}];')
    for link in drawing.links:
        source, target = drawing.ends(link)
        lines.append(f'    {source.name} -> {target.name} [label="{_quoted(link.label)}", {_LINKS[link.way]}];')
    lines.append('    subgraph cluster_legend { label="legend"; node [shape=point];')
    lines += [
        f'        k{number}a -> k{number}b [label="{text}", {_LINKS[way]}];'
        for number, (way, text) in enumerate(LEGEND)
    ]
    return "\n".join([*lines, "    }", "}"])


def svg(drawing: Drawing) -> bytes:
    """The drawing as SVG. Raises GraphvizError where Graphviz' ``dot`` is not installed or fails."""
    program = shutil.which("dot")
    if program is None:
        raise GraphvizError("svg needs Graphviz' dot, which is not installed; mermaid and dot don't need it")
    done = subprocess.run([program, "-Tsvg"], input=dot(drawing).encode(), capture_output=True, check=False)
    if done.returncode:
        raise GraphvizError(f"dot failed: {done.stderr.decode('utf-8', 'replace').strip()}")
    return done.stdout


def _quoted(text: str) -> str:
    """Text within DOT's quotes; controls would end up in the picture."""
    return "".join("\\" + c if c in '"\\' else c if c.isprintable() else "?" for c in text)
