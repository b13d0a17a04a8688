"""Fixing where the disk is full, or somebody else fixes too: what was there stays whole."""

import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[2] / "samples" / "poll-server" / "bad.c"
COMMAND = [sys.executable, "-m", "unstall", "check", "--output-format", "concise"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copy(SAMPLE, "bad.c")
    return tmp_path


def no_room() -> None:
    """Let no file grow beyond 1,000 bytes: what a full disk does to a larger one, wherever the tests run."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


def left_behind() -> set[str]:
    """What is in the folder, the cache left out."""
    return {path.name for path in Path().iterdir()} - {".unstall_cache"}


@pytest.mark.parametrize("words", [["--fix"], ["--add-ignores", "--reason", "x"]])
def test_a_full_disk_leaves_the_original(words: list[str]) -> None:
    before = Path("bad.c").read_bytes()
    done = subprocess.run([*COMMAND, *words, "bad.c"], capture_output=True, text=True, preexec_fn=no_room)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "unstall: bad.c: can't be written: File too large"
    assert "Traceback" not in done.stderr
    assert Path("bad.c").read_bytes() == before
    assert left_behind() == {"bad.c"}


@pytest.mark.parametrize("words", [["--output-file", "/dev/full"], ["--also", "sarif=/dev/full"]])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_report_that_does_not_fit_is_told(words: list[str]) -> None:
    done = subprocess.run([*COMMAND, *words, "bad.c"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "unstall: /dev/full: can't be written: No space left on device\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_an_output_that_is_full_is_told_in_a_line() -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run([*COMMAND, "bad.c"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr == "unstall: the output can't be written: No space left on device\n"


def test_two_fixes_at_once_come_to_what_one_does() -> None:
    shutil.copy("bad.c", "alone.c")
    subprocess.run([*COMMAND, "--fix", "alone.c"], capture_output=True, check=True)
    both = [subprocess.Popen([*COMMAND, "--fix", "bad.c"], stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[1] for process in both]
    assert Path("bad.c").read_bytes() == Path("alone.c").read_bytes()
    assert all("Traceback" not in text for text in said)
    assert left_behind() == {"alone.c", "bad.c"}
