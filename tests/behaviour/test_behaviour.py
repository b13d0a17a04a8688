"""What is found in generated loops, and what is proved of their patches, is what happens when they are run."""

import shutil
from pathlib import Path

import pytest

from tests.behaviour.experiment import trials

MISSED = "no UST105, though an interrupt is misled"
"""A known miss: what another function looks at, or another pointer leads to, isn't held against the wait."""


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_said_of_a_loop_is_what_it_does(tmp_path: Path, seed: int) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler: there is no `cc` on the path")
    done = trials(tmp_path, compiler, seed, 60)
    wrong = [(complaint, trial.loop.text) for trial in done for complaint in trial.complaints()]
    assert [one for one in wrong if one[0] != MISSED] == []
    assert any(trial.strategies for trial in done) and any("UST105" in trial.codes for trial in done)
