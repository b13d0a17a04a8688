"""The C samples, built and run under a storm of signals: bad starves its stages, fixed does not."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

Build = Callable[[Path], Path]
Run = Callable[[list[str | Path]], str]
Shares = Callable[[str], dict[str, float]]

MASTER_STORM = ["2", "24", "10"]  # seconds, workers, lifetime in ms
POLL_STORM = ["1", "2"]  # seconds, ms between signals


@pytest.fixture(scope="module")
def master_output(samples: Path, compile_c: Build, run: Run) -> Callable[[str], str]:
    """What the bad or the fixed master prints after a storm; each runs once."""

    @cache
    def output_of(variant: str) -> str:
        return run([compile_c(samples / "master" / f"{variant}.c"), *MASTER_STORM])

    return output_of


def test_master_starves_its_janitor(master_output: Callable[[str], str], stage_shares: Shares) -> None:
    share = stage_shares(master_output("bad"))
    assert share["reap"] > 0.5, "there was a storm"
    assert share["schedule"] == 1.0
    assert share["janitor"] == share["alarms"] < 0.25


def test_fixed_master_runs_its_janitor_on_every_pass(master_output: Callable[[str], str], stage_shares: Shares) -> None:
    share = stage_shares(master_output("fixed"))
    assert share["reap"] > 0.5, "there was a storm"
    assert share["janitor"] == share["alarms"] == share["schedule"] == 1.0
    assert share["messages"] > 0


def test_stale_clock_delays_scheduled_events(master_output: Callable[[str], str]) -> None:
    delay = {}
    for variant in ("bad", "fixed"):
        report = master_output(variant)
        (delay[variant],) = map(int, re.findall(r"event checkpoint .* worst delay (\d+) ms", report))
    assert delay["bad"] > 2 * delay["fixed"]


def test_terminated_master_takes_its_children_with_it(samples: Path, compile_c: Build) -> None:
    program = compile_c(samples / "master" / "bad.c")
    with subprocess.Popen(
        [program, "30", "24", "1000"], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as master:
        time.sleep(0.5)
        master.send_signal(signal.SIGTERM)
        output, _ = master.communicate(timeout=10)
    assert master.returncode == 0
    assert "stage janitor runs" in output
    with pytest.raises(ProcessLookupError):
        os.killpg(master.pid, 0)


def test_poll_server_never_expires_idle_connections(
    samples: Path, compile_c: Build, run: Run, stage_shares: Shares
) -> None:
    output = run([compile_c(samples / "poll-server" / "bad.c"), *POLL_STORM])
    share = stage_shares(output)
    assert share["expire"] == share["statistics"] == share["serve"] < 0.25
    assert "closed for silence 8" not in output


def test_fixed_poll_server_expires_idle_connections(
    samples: Path, compile_c: Build, run: Run, stage_shares: Shares
) -> None:
    output = run([compile_c(samples / "poll-server" / "fixed.c"), *POLL_STORM])
    share = stage_shares(output)
    assert share["expire"] == share["statistics"] == 1.0
    assert share["serve"] < 0.25, "there was a storm"
    assert "closed for silence 8, still open 0" in output


def test_calm_poll_server_has_no_trouble(samples: Path, compile_c: Build, run: Run, stage_shares: Shares) -> None:
    output = run([compile_c(samples / "poll-server" / "bad.c"), "1", "0"])
    assert stage_shares(output)["expire"] == 1.0


@pytest.mark.parametrize(
    ("case", "arguments", "message"),
    [
        ("master", ["0", "24", "10"], "'0' is not a number from 1 to 60"),
        ("master", ["1", "many", "10"], "'many' is not a number from 2 to 200"),
        ("poll-server", ["1"], "usage: poll-server SECONDS STORM_MS"),
    ],
)
def test_wrong_arguments_are_refused(
    samples: Path, compile_c: Build, case: str, arguments: list[str], message: str
) -> None:
    program = compile_c(samples / case / "bad.c")
    refused = subprocess.run([program, *arguments], capture_output=True, text=True)
    assert refused.returncode == 2
    assert message in refused.stderr
