"""Each fixed sample is its bad twin with one place repaired, and each folder says how to run it."""

from difflib import SequenceMatcher
from pathlib import Path

import pytest

PAIRS = ["master", "poll-server", "ctypes-select", "python2-style"]


@pytest.mark.parametrize("case", PAIRS)
def test_fixed_differs_in_one_place_behind_the_wait(samples: Path, case: str) -> None:
    (bad,) = (samples / case).glob("bad.*")
    before = bad.read_text(encoding="utf-8").splitlines()
    after = bad.with_stem("fixed").read_text(encoding="utf-8").splitlines()

    matched = SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes()
    changes = [(start, end) for tag, start, end, _, _ in matched if tag != "equal"]

    first, last = changes[0][0], changes[-1][1]
    assert last - first <= 3, "the patch is small"
    assert any("continue" in line for line in before[first:last]), "it removes the restart"
    assert any("select(" in line or "poll(" in line for line in before[first - 4 : first])


@pytest.mark.parametrize("case", [*PAIRS, "idioms"])
def test_readme_names_each_file_and_how_to_run_it(samples: Path, case: str) -> None:
    text = (samples / case / "README.md").read_text(encoding="utf-8")
    for source in [*(samples / case).glob("*.c"), *(samples / case).glob("*.py")]:
        assert f"`{source.name}`" in text
        command = "    cc -Wall -Wextra -Werror -O2" if source.suffix == ".c" else "    python "
        assert command in text
