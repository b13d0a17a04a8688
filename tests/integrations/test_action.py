"""The GitHub action: its steps, run as a runner would run them, but for the installation."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout, and a Python whose ``-m venv`` gives an environment that has us already."""
    bin = tmp_path / "temp" / "unstall" / "bin"
    bin.mkdir(parents=True)
    (bin / "python").write_text("#!/bin/sh\nexit 0\n")
    (bin / "unstall").symlink_to(Path(sys.executable).parent / "unstall")
    (bin / "python").chmod(0o755)
    checkout = tmp_path / "checkout"
    (checkout / "src").mkdir(parents=True)
    shutil.copy(ROOT / "samples" / "poll-server" / "bad.c", checkout / "src" / "a server.c")
    shutil.copy(ROOT / "samples" / "poll-server" / "bad.c", checkout / "src" / "server.c")
    monkeypatch.chdir(checkout)
    return tmp_path


def run(runner: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    (step,) = [step for step in ACTION["runs"]["steps"] if "run" in step]
    given = {name: str(spec["default"]) for name, spec in ACTION["inputs"].items()} | inputs
    env = {
        name: given[value.split(".")[-1].split(" ")[0]]
        for name, value in step["env"].items()
        if value.startswith("${{ inputs.")
    }
    env |= {"PYTHON": "true", "RUNNER_TEMP": str(runner / "temp"), "GITHUB_ACTION_PATH": str(ROOT)}
    env |= {"GITHUB_STEP_SUMMARY": str(runner / "summary.md")}
    script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    return subprocess.run(script, capture_output=True, text=True, env={**os.environ, **env})


def test_it_annotates_and_fails(runner: Path) -> None:
    done = run(runner)
    assert done.returncode == 1, done.stderr
    assert done.stdout.count("\n::error file=") == 2
    assert (runner / "summary.md").read_text().startswith("### unstall: 2 findings")


def test_its_inputs_arrive(runner: Path) -> None:
    inputs = {"paths": "src/server.c", "args": "--exit-zero --severity-does-not-exist"}
    assert run(runner, **inputs).returncode == 2
    done = run(runner, **{"paths": "src/server.c", "args": "--exit-zero", "sarif-file": "out dir.sarif"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n::error file=") == 1 and Path("out dir.sarif").exists()


def test_no_input_stands_in_the_script_itself() -> None:
    """What a workflow passes in comes by the environment, so that it can't be run as a command."""
    assert all("${{" not in step["run"] for step in ACTION["runs"]["steps"] if "run" in step)
