"""Programs of which nothing is to be said, though a rule once did."""

from pathlib import Path

import pytest
from unstall.run.pipeline import run

CASES = Path(__file__).parents[1] / "cases" / "silent"


@pytest.mark.parametrize("path", sorted(CASES.iterdir()), ids=lambda path: path.name)
def test_nothing_is_found(path: Path) -> None:
    result = run([str(path)])
    assert [(finding.code, finding.message) for finding in result.findings] == []
    assert result.waits or result.files[0].functions_read
