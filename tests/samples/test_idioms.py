"""The proper loops build without a warning, and lose no stage in a storm of signals."""

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

Build = Callable[[Path], Path]
Run = Callable[[Sequence[str | Path]], str]
Shares = Callable[[str], dict[str, float]]

LINUX_ONLY = {"signalfd", "epoll_cleared"}


@pytest.fixture
def run_idiom(samples: Path, compile_c: Build, run: Run) -> Callable[[str], str]:
    def output_of(name: str) -> str:
        if name in LINUX_ONLY and sys.platform != "linux":
            pytest.skip(f"{name} needs Linux")
        return run([compile_c(samples / "idioms" / f"{name}.c")])

    return output_of


@pytest.mark.parametrize("name", ["signalfd", "pselect_guarded", "epoll_cleared"])
def test_housekeeping_runs_on_every_pass(run_idiom: Callable[[str], str], stage_shares: Shares, name: str) -> None:
    assert stage_shares(run_idiom(name)) == {"housekeeping": 1.0}


def test_self_pipe_reaps_every_child(run_idiom: Callable[[str], str]) -> None:
    assert run_idiom("self_pipe") == "reaped 20 of 20\n"


def test_event_dispatch_runs_its_timers(run_idiom: Callable[[str], str]) -> None:
    runs, passes, read = map(int, re.findall(r"\d+", run_idiom("event_dispatch")))
    assert runs >= 10, "of 30 that are due in 300 ms"
    assert passes > runs, "there was a storm"
    assert read == 5


def test_selectors_loop(samples: Path, run: Run, stage_shares: Shares) -> None:
    output = run([sys.executable, samples / "idioms" / "selectors_loop.py"])
    assert stage_shares(output) == {"housekeeping": 1.0}


def test_asyncio_service(samples: Path, run: Run) -> None:
    output = run([sys.executable, samples / "idioms" / "asyncio_service.py"])
    runs, signals, lines = map(int, re.findall(r"\d+", output))
    assert runs >= 3, "of 15 that are due in 300 ms"
    assert signals > 0
    assert lines == 1
