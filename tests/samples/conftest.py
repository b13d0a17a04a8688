"""Builds the sample programs, runs them, and reads the counts they print."""

import os
import re
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "samples"
STAGE = re.compile(r"^stage (\w+) runs (\d+) of (\d+) passes", re.MULTILINE)

RUN_LIMIT = 60.0  # seconds; the programs end by themselves long before


@pytest.fixture(scope="session")
def samples() -> Path:
    return SAMPLES


@pytest.fixture(scope="session")
def compile_c(tmp_path_factory: pytest.TempPathFactory, compiler: str) -> Callable[[Path], Path]:
    """Builds a C program with the warnings that the samples promise to be free of."""
    def build(source: Path) -> Path:
        program = tmp_path_factory.mktemp(source.stem) / source.stem
        flags = ["-Wall", "-Wextra", "-Werror", "-O2"]
        built = subprocess.run([compiler, *flags, "-o", str(program), str(source)], capture_output=True, text=True)
        assert built.returncode == 0, built.stderr
        return program

    return build


@pytest.fixture(scope="session")
def run() -> Callable[[Sequence[str | Path]], str]:
    """Runs a program to its end and returns what it printed; it must leave no process behind."""

    def output_of(command: Sequence[str | Path]) -> str:
        arguments = [str(part) for part in command]
        with subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        ) as program:
            try:
                output, errors = program.communicate(timeout=RUN_LIMIT)
            except subprocess.TimeoutExpired:
                os.killpg(program.pid, signal.SIGKILL)
                raise
        assert program.returncode == 0, errors
        with pytest.raises(ProcessLookupError):
            os.killpg(program.pid, 0)
        return output

    return output_of


@pytest.fixture(scope="session")
def stage_shares() -> Callable[[str], dict[str, float]]:
    """Reads the share of the loop's passes in which each stage ran, from 0 to 1."""

    def shares(output: str) -> dict[str, float]:
        return {name: int(runs) / int(passes) for name, runs, passes in STAGE.findall(output)}

    return shares
