"""Folders made to hurt, and files that are not what they were a moment ago."""

import contextlib
import os
import re
from pathlib import Path

import pytest
from unstall.cli import main
from unstall.report.formats import FORMATS

LOOP = """
void serve(struct pollfd *fds, int n)
{
    for (;;) {
        if (poll(fds, n, 1000) == -1 && errno == EINTR)
            continue;
        sweep_sessions();
    }
}
"""
FOUND = "loop.c:6:13: UST101"
NAMES = {
    "newline": b"a\nb.c",
    "escape": b"\x1b[2J\x1b]0;title\x07.c",
    "carriage return": b"harmless\rfoul.c",
    "invalid UTF-8": b"caf\xe9\xff.c",
    "right to left": "\u202ec.txt.c".encode(),
    "markup": b"<script>&'\".c",
    "commands": b"%0A::error::x.c",
}
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202e\udc80-\udcff]")
"""What a terminal obeys, or no text may hold; line ends are looked at by themselves."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("loop.c").write_text(LOOP)
    return tmp_path


def check(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str]:
    main(["check", "--jobs", "1", "--output-format", "concise", *words])
    out, err = capsys.readouterr()
    assert "internal error" not in err and "Traceback" not in err
    return out, err


def test_links_that_loop_are_not_followed(capsys: pytest.CaptureFixture[str]) -> None:
    Path("below").mkdir()
    for link, target in (("below/up", ".."), ("below/self", "self"), ("self.c", "self.c"), ("gone.c", "nowhere.c")):
        Path(link).symlink_to(target)
    out, err = check(capsys, ".")
    assert out.count("UST101") == 1 and FOUND in out and err == ""
    out, err = check(capsys, "self.c", "gone.c", "loop.c")
    assert FOUND in out
    assert re.fullmatch(
        r"unstall: self\.c: can't be read: .*symbolic links\nunstall: gone\.c: no such file or folder\n", err
    )


def test_pipes_and_devices_are_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo("pipe.c")
    Path("pipe").mkdir()
    Path("zero.c").symlink_to("/dev/zero")
    Path("folder.c").mkdir()
    with contextlib.suppress(PermissionError):
        os.mknod("device.c", 0o20666, os.makedev(1, 5))  # /dev/zero's numbers
    out, err = check(capsys, ".")
    assert out.count("UST101") == 1 and FOUND in out and err == ""
    out, err = check(capsys, "pipe.c", "zero.c", "loop.c")
    assert FOUND in out
    assert err == "unstall: pipe.c: not a regular file\nunstall: zero.c: not a regular file\n"


def test_a_folder_that_cannot_be_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    Path("secret").mkdir(mode=0o000)
    listed = os.scandir

    def scandir(path: str) -> object:  # whoever is root may list everything
        if path == "./secret" or path == "secret":
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr("os.scandir", scandir)
    out, err = check(capsys, ".")
    assert FOUND in out and err == "unstall: secret: can't be read: Permission denied\n"


def test_a_tree_deeper_than_the_stack(capsys: pytest.CaptureFixture[str]) -> None:
    here = os.open(".", os.O_RDONLY)
    above = here
    for _ in range(700):  # names of one letter, since a path has at most 4096 bytes
        os.mkdir("d", dir_fd=above)
        above = os.open("d", os.O_RDONLY, dir_fd=above)
    out, err = check(capsys, ".")
    assert out.count("UST101") == 1 and err == ""


def test_a_file_too_large_is_not_read(capsys: pytest.CaptureFixture[str]) -> None:
    with open("huge.c", "wb") as file:  # noqa: PTH123
        file.truncate(200_000_000)
    out, err = check(capsys, ".")
    assert FOUND in out and err == "unstall: huge.c: gave up: larger than 64 MB\n"


def test_a_generated_file_is_searched_and_not_cut(capsys: pytest.CaptureFixture[str]) -> None:
    Path("tables.c").write_text("int a = 1; /* nothing that waits */\n" * 500_000)
    Path("waits.c").write_text("int a = 1; /* nothing that waits */\n" * 500_000 + LOOP)
    out, err = check(capsys, ".")
    assert FOUND in out and err == "unstall: waits.c:1: larger than 16 MB\n"


@pytest.mark.parametrize("becomes", ["gone", "pipe", "huge", "other", "torn"])
def test_a_file_that_changes_while_it_is_listed(
    becomes: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    victim = Path("victim.c")
    victim.write_text(LOOP)
    opened = os.open

    def open_(path: str, *more: int) -> int:
        if path == "victim.c":
            victim.unlink(missing_ok=True)
            if becomes == "pipe":
                os.mkfifo(victim)
            elif becomes == "huge":
                victim.touch()
                os.truncate(victim, 200_000_000)
            elif becomes == "other":
                victim.write_text("int x;\n")
            elif becomes == "torn":
                victim.write_text(LOOP[:-20])
        return opened(path, *more)

    monkeypatch.setattr("os.open", open_)
    out, err = check(capsys, ".")
    assert out.count("UST101") == 1 and FOUND in out
    said = {"gone": "can't be read: No such file", "pipe": "not a regular file", "huge": "gave up: larger than 64 MB"}
    assert f"unstall: victim.c: {said[becomes]}" in err if becomes in said else True


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
@pytest.mark.parametrize("form", sorted(FORMATS))
def test_names_are_escaped_in_every_format(form: str, name: bytes, tmp_path: Path) -> None:
    Path(os.fsdecode(name)).write_text(LOOP)
    main(["check", "--jobs", "1", "--output-format", form, "--output-file", "report", os.fsdecode(name)])
    report = Path("report").read_bytes().decode("utf-8")
    assert not CONTROLS.search(report.replace("\n", ""))
    assert "<script>&" not in report or form not in ("html", "junit")


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_names_are_escaped_in_what_is_said(name: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path = os.fsdecode(name)
    Path(path).write_bytes(b"\0")
    out, err = check(capsys, path, path + ".gone", "loop.c")
    assert FOUND in out
    assert err.count("\n") == 2 and not CONTROLS.search(err.replace("\n", ""))


def test_a_hostile_name_does_not_become_a_command_of_github(capsys: pytest.CaptureFixture[str]) -> None:
    name = "a\n::error::gotcha.c"
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(LOOP)
    main(["check", "--jobs", "1", "--output-format", "github", name])
    assert not [line for line in capsys.readouterr().out.splitlines() if line.startswith("::error::gotcha")]
