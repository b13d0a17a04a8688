"""Pictures of a loop: the runs and the skipped stages are told apart by colour and by line style."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from unstall.flow.draw import Drawing, Look, Way, drawing
from unstall.report.dot import GraphvizError, dot, svg
from unstall.report.mermaid import mermaid

from tests import incident
from tests.report.conftest import EXPECTED


@pytest.fixture
def picture() -> Drawing:
    return drawing(incident.fact(), incident.source())


def looks(picture: Drawing) -> dict[str, Look]:
    return {block.text[0].split()[0]: block.look for block in picture.blocks}


def test_blocks_show_what_they_are(picture: Drawing) -> None:
    assert looks(picture) == {
        "3": Look.HEAD, "5": Look.PLAIN, "6": Look.PLAIN, "8": Look.WAIT, "9": Look.PLAIN, "10": Look.PLAIN,
        "14–17": Look.OTHER, "18": Look.SKIPPED, "19": Look.SKIPPED,
    }  # fmt: skip


def test_the_runs_take_their_own_ways(picture: Drawing) -> None:
    by_first_line = {block.id: block.text[0] for block in picture.blocks}
    ways = {(by_first_line[link.source], by_first_line[link.target]): link.way for link in picture.links}
    wait = "8  r = myselect(maxfd, &rfds, NULL, NULL, tvptr)"
    assert ways[wait, "9  r == -1"] is Way.BOTH
    assert ways["10  errno == EINTR", "10  continue"] is Way.INTERRUPTED
    assert ways["10  continue", "3  for (;;)"] is Way.INTERRUPTED
    assert ways["18  gettimeofday(&now, 0)", "19  child_janitor(now)"] is Way.TIMEOUT
    assert ways["9  errno == EAGAIN", "9  continue"] is Way.NEITHER


def test_mermaid(picture: Drawing, golden: Callable[[str, Path], None]) -> None:
    golden(mermaid(picture) + "\n", EXPECTED / "graph.mermaid")


def test_dot(picture: Drawing, golden: Callable[[str, Path], None]) -> None:
    golden(dot(picture) + "\n", EXPECTED / "graph.dot")


def test_colour_is_never_the_only_difference(picture: Drawing) -> None:
    colourless = [re.sub(r"#[0-9a-f]{6}", "", line) for line in mermaid(picture).splitlines() if "linkStyle" in line]
    styles = [line.split(" stroke:")[1] for line in colourless]
    assert len(set(styles)) == 3
    colourless = re.findall(r"k\d+a -> .*", re.sub(r"#[0-9a-f]{6}", "", dot(picture)))
    assert len({line.split("], ")[0].split(", ", 1)[1] for line in colourless}) == 3


def test_hostile_source_stays_text() -> None:
    hostile = 'p("];<b>`#", )'
    text = incident.TEXT.replace("prepare(&rfds)", hostile)
    assert len(text) == len(incident.TEXT)  # the fact's positions hold
    picture = drawing(incident.fact(), incident.source(text=text))
    (line,) = [line for line in mermaid(picture).splitlines() if '"6 ' in line]
    assert re.fullmatch(r'    n\d+\["[^"<>`]*"\]', line)
    assert 'p(\\"];<b>' in dot(picture)


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_svg_holds_every_block(picture: Drawing) -> None:
    image = svg(picture).decode()
    assert image.count('class="node"') == len(picture.blocks) + 6
    assert "SKIPPED when interrupted" in image


def test_svg_without_graphviz_says_so(picture: Drawing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GraphvizError, match="not installed"):
        svg(picture)
