"""The graphs of small functions, each beside its source in ``graphs/*.md`` (GitHub draws them).

A section is a heading, a Python source and the graphs of its functions; ``pytest --bless`` writes the graphs.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from unstall.flow.files import Wanted
from unstall.frontends.python import read
from unstall.source import SourceFile

from tests.frontends.python.mermaid import mermaid

SECTION = re.compile(r"(?P<source>```python2?\n(?P<code>.*?)```\n)(?P<drawn>\n```mermaid\n.*?```\n)*", re.DOTALL)


def draw(section: re.Match[str]) -> str:
    source = SourceFile("f.py", section["code"].encode(), "python")
    flow = read(source, Wanted(lambda identifiers: True))
    assert flow.unread == ()
    drawings = [mermaid(graph, source) for graph in flow.graphs if graph.name != "<module>"]
    return "".join([section["source"], *(f"\n```mermaid\n{drawing}\n```\n" for drawing in drawings)])


@pytest.mark.parametrize("page", sorted((Path(__file__).parent / "graphs").glob("*.md")), ids=lambda page: page.stem)
def test_graphs_are_as_drawn(page: Path, golden: Callable[[str, Path], None]) -> None:
    golden(SECTION.sub(draw, page.read_text(encoding="utf-8")), page)
