"""What is found in generated loops, and what is proved of their patches, is what happens when they are run."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.behaviour.experiment import KNOWN, Outcome, Trial, trials_in_c, trials_in_python


def assert_right(trials: Sequence[Trial]) -> None:
    wrong = [(complaint, trial.loop.text) for trial in trials for complaint in trial.complaints()]
    assert [one for one in wrong if one[0] not in KNOWN] == []
    codes = {code for trial in trials for code in trial.codes}
    looked_through = [trial for trial in trials if not trial.loop.elsewhere]
    patched = sum(bool(trial.strategies) for trial in looked_through)
    assert {"UST101", "UST105"} <= codes and patched > len(looked_through) / 4


@pytest.mark.parametrize("seed", [2, 4])
def test_what_is_said_of_a_loop_in_c_is_what_it_does(tmp_path: Path, compiler: str, seed: int) -> None:
    assert_right(trials_in_c(tmp_path, compiler, seed, 60))


def test_what_is_said_of_a_loop_in_python_is_what_it_does(tmp_path: Path) -> None:
    assert_right(trials_in_python(tmp_path, 1, 50))


def test_a_wrong_patch_would_be_told(tmp_path: Path) -> None:
    (trial, *_) = (trial for trial in trials_in_python(tmp_path, 1, 10) if trial.strategies)
    told = {script: happened.replace("I", "IX") for script, happened in trial.after.told.items()}
    misled = replace(trial, after=Outcome(told))
    assert any("is misled" in complaint for complaint in misled.complaints())
    again = replace(trial, after=trial.before)
    assert any("skips" in complaint for complaint in again.complaints())
