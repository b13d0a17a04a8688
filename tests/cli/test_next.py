"""The commands that a report ends with: they do what they say, from wherever they are pasted."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from unstall.cli import main

from tests.programs import PUMP

UNPATCHED = PUMP.replace("InterruptedError", "select.error")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the folder that a user is in."""
    root = tmp_path / "repository"
    (root / "src" / "src").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    monkeypatch.chdir(root / "src")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return root


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The command for the patches; empty where there is none."""
    main(["check", *words])
    found = re.findall(r"^(?:Next:|     ) (unstall check .*)$", capsys.readouterr().out, re.MULTILINE)
    assert len(found) <= 1
    return found[0] if found else ""


def paste(command: str) -> None:
    subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], stdout=subprocess.DEVNULL)


@pytest.mark.parametrize(
    ("files", "words", "command"),
    [
        (["a.py", "b.py", "src/a.py", "x y/c.py"], [], "--diff . | git apply -p1"),
        (["src/a.py", "a.py"], ["src"], "--diff src | git apply -p1"),
        (["src/a.py", "a.py"], ["src/a.py"], "--diff src/a.py | git apply -p1"),
        (["x y/c.py"], ["x y"], "--diff 'x y' | git apply -p1"),
        (["-x/c.py"], ["--", "-x"], "--diff -- -x | git apply -p1"),
        (["../a.py"], [".."], "--fix .."),
        (["../other/a.py", "a.py"], [".", "../other"], "--fix . ../other"),
    ],
)
def test_the_patches_are_where_the_command_says(
    files: list[str], words: list[str], command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in files:
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(PUMP)
    assert told(capsys, *words) == f"unstall check {command}"
    paste(f"unstall check {command}")
    assert main(["check", *words]) == 0


def test_an_absolute_path_below_is_patched_by_git(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(PUMP)
    paste(told(capsys, str(Path.cwd())))
    assert main(["check", "."]) == 0


def test_behind_a_link_git_patches_nothing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("src/a.py").write_text(PUMP)
    Path("link").symlink_to("src")
    assert told(capsys, "link") == "unstall check --fix link"
    paste("unstall check --fix link")
    assert main(["check", "src"]) == 0


def test_options_that_change_what_is_found_are_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(PUMP)
    Path("b.py").write_text(PUMP)
    words = ["--isolated", "--select", "UST101, UST105", "--exclude", "b.*", "--exclude", "c.*", "--kernel", "any"]
    command = told(capsys, *words, "--no-force-exclude", "--jobs", "1", "--no-cache")
    assert command == (
        "unstall check --diff --isolated --select=UST101,UST105 '--exclude=b.*' '--exclude=c.*' --no-force-exclude "
        "--kernel=any . | git apply -p1"
    )
    paste(command)
    assert Path("a.py").read_text() != PUMP == Path("b.py").read_text()


def test_without_a_patch_there_is_none_to_get(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(UNPATCHED)
    assert main(["check", "a.py"]) == 1
    assert "none proposed" in capsys.readouterr().out
    assert told(capsys, "a.py") == ""


def test_no_command_repeats_hundreds_of_files_or_stdin(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"a_file_of_a_commit_{number}.py" for number in range(50)]
    for name in names:
        Path(name).write_text(PUMP)
    assert told(capsys, *names) == ""
    with Path(names[0]).open() as stream:
        monkeypatch.setattr("sys.stdin", stream)
        assert told(capsys, "--stdin-filename", "a.py", "-") == ""


def test_config_and_isolated_contradict_each_other() -> None:
    with pytest.raises(SystemExit) as left:
        main(["check", "--config", "x.toml", "--isolated", "."])
    assert left.value.code == 2
