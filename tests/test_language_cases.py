"""Each construct of C and Python that leads an interrupted wait somewhere, in files that say what is expected.

``expect: HANDLING`` stands on the line of the jump or test that sets the interrupt apart (on the wait's, where there
is none), ``expect@-1: HANDLING`` on the line behind it; ``owed`` on the first line of each stage that is bypassed. A
*known miss* says what it should be instead.
"""

import re
from collections import Counter
from pathlib import Path

import pytest
from unstall.run.pipeline import run
from unstall.selection.rules import Aim

CASES = sorted((Path(__file__).parent / "cases" / "language").glob("*.*"))
EXPECTATION = re.compile(r"(?://|#|/\*.*\*/) .*?expect(?:@(-\d+))?: ([\w-]+)")
OWED = re.compile(r"(?://|#).* owed$")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_waits_are_judged_as_the_file_says(path: Path) -> None:
    lines = list(enumerate(path.read_text("utf-8").splitlines(), 1))
    handlings = [
        (number + int(found[1] or 0), found[2]) for number, line in lines if (found := EXPECTATION.search(line))
    ]
    owed = [number for number, line in lines if OWED.search(line)]
    result = run([str(path)], aim=Aim.SITES)
    (file,) = result.files
    assert not result.unread and file.source
    source = file.source
    seen = []
    for fact in result.facts:
        node = fact.graph.nodes[fact.wait if fact.interrupt is None else fact.interrupt]
        seen.append((source.line(node.span.start), fact.handling.value))
    assert Counter(seen) == Counter(handlings)
    assert sorted(source.line(stage.span.start) for fact in result.facts for stage in fact.bypassed) == owed
