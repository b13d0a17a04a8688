"""The graphs of small functions, each beside its source in ``graphs/*.md`` (GitHub draws them).

A section is a heading, a C source and the graphs of its functions; ``pytest --bless`` writes the graphs.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from unstall.flow.files import Wanted
from unstall.frontends.c import read
from unstall.source import SourceFile

from tests.frontends.python.mermaid import mermaid

SECTION = re.compile(r"(?P<source>```c\n(?P<code>.*?)```\n)(?P<drawn>\n```mermaid\n.*?```\n)*", re.DOTALL)


def draw(section: re.Match[str]) -> str:
    source = SourceFile("f.c", section["code"].encode(), "c")
    flow = read(source, Wanted(lambda identifiers: True))
    assert flow.unread == ()
    drawings = [mermaid(graph, source) for graph in flow.graphs]
    return "".join([section["source"], *(f"\n```mermaid\n{drawing}\n```\n" for drawing in drawings)])


@pytest.mark.parametrize("page", sorted((Path(__file__).parent / "graphs").glob("*.md")), ids=lambda page: page.stem)
def test_graphs_are_as_drawn(page: Path, golden: Callable[[str, Path], None]) -> None:
    golden(SECTION.sub(draw, page.read_text(encoding="utf-8")), page)
