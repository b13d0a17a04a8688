"""stdin in place of a file, as editors pipe what isn't saved yet."""

import io
import json
import sys
from pathlib import Path

import pytest
from unstall.cli import main

from tests.programs import PUMP


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PUMP.encode())))


def test_it_is_read_under_the_name_that_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--output-format", "concise", "--stdin-filename", "src/pump.py", "-"]) == 1
    assert capsys.readouterr().out.startswith("src/pump.py:6:13: UST101 ")


def test_it_goes_before_the_file_of_that_name(capsys: pytest.CaptureFixture[str]) -> None:
    Path("pump.py").write_text("x = 1\n")
    assert main(["waits", "--output-format", "json", "--stdin-filename", "pump.py", "-"]) == 0
    assert [site["line"] for site in json.loads(capsys.readouterr().out)] == [4]


def test_the_configuration_is_that_of_the_name(capsys: pytest.CaptureFixture[str]) -> None:
    Path("src").mkdir()
    Path("src/unstall.toml").write_text("ignore = ['UST101']\n")
    assert main(["check", "--stdin-filename", "src/pump.py", "-"]) == 0


def test_the_patch_is_printed(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["check", "--diff", "--stdin-filename", "pump.py", "-"]) == 1
    assert capfdbinary.readouterr().out.startswith(b"--- a/pump.py\n+++ b/pump.py\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-"], "-: needs --stdin-filename"),
        (["--stdin-filename", "a.py", "."], "--stdin-filename: needs - as PATH"),
        (["--stdin-filename", "notes.txt", "-"], "notes.txt: neither C nor Python by its name"),
        (["--fix", "--stdin-filename", "a.py", "-"], "-: what is on stdin has no file to patch"),
    ],
)
def test_what_cannot_be_done(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *words]) == 2
    assert capsys.readouterr().err.startswith(f"unstall: {said}")
