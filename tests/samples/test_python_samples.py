"""The Python samples, run under a storm of signals."""

import errno
import runpy
import select
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

Run = Callable[[Sequence[str | Path]], str]
Shares = Callable[[str], dict[str, float]]

STORM = ["1", "2"]  # seconds, ms between signals

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the samples need POSIX signals")


def test_ctypes_select_is_interrupted_and_starves(samples: Path, run: Run, stage_shares: Shares) -> None:
    output = run([sys.executable, samples / "ctypes-select" / "bad.py", *STORM])
    share = stage_shares(output)
    assert share["schedule"] == 1.0
    assert share["forget"] == share["flush"] < 0.25
    assert "reports 0" in output, "the schedule works from a time that is never refreshed"


def test_fixed_ctypes_select_runs_every_stage(samples: Path, run: Run, stage_shares: Shares) -> None:
    output = run([sys.executable, samples / "ctypes-select" / "fixed.py", *STORM])
    share = stage_shares(output)
    assert share["schedule"] == share["forget"] == share["flush"] == 1.0
    assert share["collect"] < 0.25, "there was a storm"
    assert "sensors forgotten 5, still known 0" in output


@pytest.mark.parametrize("variant", ["bad", "fixed"])
def test_python2_style_handler_is_dead_today(samples: Path, run: Run, stage_shares: Shares, variant: str) -> None:
    output = run([sys.executable, samples / "python2-style" / f"{variant}.py", *STORM])
    share = stage_shares(output)
    assert share["expire"] == share["note"] == 1.0
    assert "members sent away 4" in output


@pytest.mark.parametrize(("variant", "expected"), [("bad", 0.1), ("fixed", 1.0)])
def test_python2_style_under_the_select_of_python_2(
    samples: Path, monkeypatch: pytest.MonkeyPatch, variant: str, expected: float
) -> None:
    """Nine of ten waits fail with EINTR, as Python 2's select does under a storm."""
    sample: dict[str, Any] = runpy.run_path(str(samples / "python2-style" / f"{variant}.py"))
    waits = 0

    def interrupted_select(*_: object) -> tuple[list[object], list[object], list[object]]:
        nonlocal waits
        waits += 1
        if waits % 10:
            raise OSError(errno.EINTR, "Interrupted system call")
        return [], [], []

    monkeypatch.setattr(select, "select", interrupted_select)
    relay = sample["Relay"]([])
    passes = sample["run_loop"](relay, 0.05)
    assert passes > 100
    assert relay.runs["expire"] / passes == pytest.approx(expected, abs=0.02)
