"""``check --fix``: what is written, what is left, and what must not be touched."""

import shutil
import stat
from pathlib import Path

import pytest
from unstall.cli import main

from tests.programs import HIDDEN

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("sample", ["poll-server/bad.c", "ctypes-select/bad.py"])
def test_the_file_is_patched_as_the_diff_says_and_then_clean(
    sample: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    name = Path(sample).name
    shutil.copy(SAMPLES / sample, name)
    Path(name).chmod(0o640)
    main(["check", "--diff", name])
    Path("patch").write_bytes(capfdbinary.readouterr().out)
    assert main(["check", "--fix", name]) == 0
    output = capfdbinary.readouterr()
    assert output.err == b"unstall: 1 finding fixed in 1 file\n"
    assert output.out.startswith(b"Found nothing.")
    fixed = Path(name).read_bytes()
    assert stat.S_IMODE(Path(name).stat().st_mode) == 0o640
    shutil.copy(SAMPLES / sample, name)
    assert shutil.which("patch") is None or patched(name) == fixed


def patched(name: str) -> bytes:
    import subprocess

    subprocess.run(["patch", "-p1", "-i", "patch"], check=True, capture_output=True)
    return Path(name).read_bytes()


def test_a_second_run_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(SAMPLES / "poll-server/bad.c", "bad.c")
    main(["check", "--fix", "bad.c"])
    capsys.readouterr()
    before = Path("bad.c").stat()
    assert main(["check", "--fix", "bad.c"]) == 0
    assert Path("bad.c").stat().st_mtime_ns == before.st_mtime_ns
    assert capsys.readouterr().err == ""


def test_stale_comments_are_taken_out(capsys: pytest.CaptureFixture[str]) -> None:
    text = "/* a */\n  /* unstall: ignore[UST101] */\nint x; // unstall: ignore[UST101] b\nint y;\n"
    Path("x.c").write_text(text)
    assert main(["check", "--fix", "x.c"]) == 0
    assert Path("x.c").read_text() == "/* a */\nint x;\nint y;\n"
    assert capsys.readouterr().err == "unstall: 2 findings fixed in 1 file\n"


def test_a_file_that_changed_meanwhile_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("x.c").write_text("int x; // unstall: ignore[UST101]\n")
    from unstall import pipeline

    again = pipeline.run

    def run(*args: object, **named: object) -> object:
        Path("x.c").write_text("int z;\n")
        return again(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("unstall.commands.fixing.run", run)
    assert main(["check", "--fix", "x.c"]) == 1
    assert Path("x.c").read_text() == "int z;\n"
    assert "x.c: changed while it was analysed" in capsys.readouterr().err


def test_what_a_patch_brings_to_light_is_patched_too(capsys: pytest.CaptureFixture[str]) -> None:
    Path("x.c").write_text(HIDDEN)
    assert main(["check", "--fix", "x.c"]) == 0
    assert capsys.readouterr().err == "unstall: 2 findings fixed in 1 file\n"
    assert "saved_errno != EINTR" in Path("x.c").read_text()
    assert main(["check", "x.c"]) == 0


def test_what_a_patch_brings_to_light_and_cannot_mend_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    Path("x.c").write_text(HIDDEN.replace('perror("poll");', 'failures++; perror("poll");'))
    assert main(["check", "--fix", "--output-format", "concise", "x.c"]) == 1
    output = capsys.readouterr()
    assert output.err == "unstall: 1 finding fixed in 1 file\n"
    assert main(["check", "--output-format", "concise", "x.c"]) == 1
    assert capsys.readouterr().out == output.out != ""


def test_what_a_baseline_knows_is_neither_patched_nor_reported(capsys: pytest.CaptureFixture[str]) -> None:
    Path("old.c").write_text(HIDDEN)
    main(["check", "--baseline", "known.json", "--update-baseline", "."])
    Path("new.c").write_text(HIDDEN)
    assert main(["check", "--fix", "--baseline", "known.json", "."]) == 0
    assert Path("old.c").read_text() == HIDDEN != Path("new.c").read_text()
