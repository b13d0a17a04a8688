"""The short way for files that hold nothing: it says what the long one says, and imports next to nothing."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unstall import cli, entry
from unstall.cli import main
from unstall.flow.catalogue import C_WAITS, PYTHON_WAITS
from unstall.words import CI, UNTOLD

CLEAN = "Found nothing. 1 file: 0 waits in 0 functions read, 0 functions not read.\n"
WAITS = "#include <poll.h>\nint f(struct pollfd *p) { return poll(p, 1, 5); }\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file that holds nothing."""
    monkeypatch.chdir(tmp_path)
    Path("clean.c").write_text("int main(void) { return 0; }\n")
    return tmp_path


@pytest.fixture
def long_way(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines that were handed on."""
    taken: list[list[str]] = []

    def long() -> int:
        taken.append(sys.argv[1:])
        return 0

    monkeypatch.setattr(cli, "main", long)
    return taken


def enter(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run a command line."""
    monkeypatch.setattr(sys, "argv", ["unstall", *words])
    return entry.main()


@pytest.mark.parametrize("more", [[], ["--force-exclude"], ["--fix", "--force-exclude"], ["--no-cache", "--isolated"]])
def test_a_clean_file_is_answered_at_the_entry(
    more: list[str], long_way: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enter(monkeypatch, "check", *more, "clean.c") == 0
    assert capsys.readouterr().out == CLEAN
    assert long_way == []
    assert main(["check", *more, "clean.c"]) == 0
    assert capsys.readouterr().out == CLEAN


def test_several_files_are_counted(
    long_way: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("also.py").write_text("x = 1\n")
    assert enter(monkeypatch, "check", "clean.c", "also.py") == 0
    assert capsys.readouterr().out.startswith("Found nothing. 2 files: ")
    assert long_way == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("wait.c", WAITS),
        ("wait.py", "import select\nselect.select([], [], [], 1)\n"),
        ("handed.py", "from select import select\nretry(select, r, w)\n"),
        ("error.c", "int f(void) { return own() < 0 && errno == EINTR; }\n"),
        ("told.c", "int x; /* unstall: ignore[UST101] */\n"),
        ("empty.c", " \n"),
        ("nul.c", "int x;\0"),
        ("other.txt", "nothing\n"),
        ("large.c", "int x;\n" * 50_000),
    ],
)
def test_what_is_out_of_the_ordinary_goes_the_long_way(
    name: str, content: str, long_way: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(name).write_text(content)
    enter(monkeypatch, "check", "clean.c", name)
    assert long_way == [["check", "clean.c", name]]


@pytest.mark.parametrize(
    "words",
    [
        ["check"],
        ["check", "."],
        ["waits", "clean.c"],
        ["check", "--statistics", "clean.c"],
        ["check", "missing.c"],
        ["check", "clean.c", "./clean.c"],
        ["check", "-", "--stdin-filename", "clean.c"],
        ["--version"],
        [],
    ],
)
def test_whatever_else_is_asked_goes_the_long_way(
    words: list[str], long_way: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(monkeypatch, *words)
    assert long_way == [words]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("unstall.toml", ""),
        ("pyproject.toml", "[tool.unstall]\nwaits = []\n"),
        ("pyproject.toml", '[tool."\\u0075nstall"]\n'),
        ("pyproject.toml", "tool = 3\n"),
        ("pyproject.toml", "<<<<<<< ours\n"),
        ("compile_commands.json", "[]"),
    ],
)
def test_a_configuration_is_heard(
    name: str, content: str, here: Path, long_way: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / name).write_text(content)
    (here / "below").mkdir()
    (here / "below" / "too.c").write_text("int x;\n")
    enter(monkeypatch, "check", "below/too.c")
    assert len(long_way) == 1
    enter(monkeypatch, "check", "--isolated", "below/too.c")
    assert len(long_way) == 1


def test_another_projects_file_has_no_say(
    here: Path, long_way: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "pyproject.toml").write_text('[project]\nname = "some"\n[tool.ruff]\nline-length = 99\n')
    assert enter(monkeypatch, "check", "clean.c") == 0
    assert long_way == []


@pytest.mark.parametrize("variable", CI)
def test_a_ci_system_gets_its_own_format(
    variable: str, long_way: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "true")
    enter(monkeypatch, "check", "clean.c")
    assert long_way


def test_what_is_no_text_is_told_in_words(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    Path("latin.c").write_bytes(b"/* \xe9 */ int x;\n")
    assert enter(monkeypatch, "check", "latin.c") == 0
    assert "latin.c: not UTF-8" in capsys.readouterr().err


def test_next_to_nothing_is_imported() -> None:
    def modules(*words: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-X", "importtime", *words], capture_output=True, text=True, check=True
        )  # fmt: skip
        return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}

    bare = modules("-c", "import runpy, pkgutil")
    assert modules("-m", "unstall", "check", "clean.c") - bare == {"unstall", "unstall.entry", "unstall.words"}


def test_the_words_are_those_of_the_catalogue() -> None:
    untold = {name for name, spec in C_WAITS.items() if spec.matters_untold}
    # A method of Python is taken for a wait only where its error is told apart.
    untold |= {name.rpartition(".")[2] for name, spec in PYTHON_WAITS.items() if "." in name and spec.matters_untold}
    assert set(UNTOLD) == untold


PARTS = (
    *("select", "poll", "epoll_wait", "sigtimedwait", "read", "wait", "signal", "SIGTERM", "control"),
    *("EINTR", "WSAEWOULDBLOCK", "InterruptedError", "errno", "select.select", "unstall: ignore"),
    *("(", ")", "(", ",", ";", "{", "}", "\n", " ", "=", "/*", "*/", "//", "#", '"', "é"),
    *("while (1)", "if", "continue", "int f(void)", "def f():", "except OSError:", "    ", "import select"),
)


@given(
    text=st.lists(st.sampled_from(PARTS), max_size=25).map("".join),
    name=st.sampled_from(["text.c", "text.py", "text.h"]),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_ways_say_the_same(text: str, name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / name).write_text(text, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        status = enter(patch, "check", "--no-cache", name)
    short = capsys.readouterr()
    assert (status, short) == (main(["check", "--no-cache", name]), capsys.readouterr())
