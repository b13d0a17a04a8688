"""A compilation database: what the build defines for a file chooses the branches that are read."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from unstall.cli import main

LOOP = """\
#include <poll.h>

void serve(struct pollfd *fds, int n)
{
    for (;;) {
        int r = poll(fds, n, 1000);

#ifdef RESTART
        if (r < 0 && errno == EINTR)
            continue;
#endif
#if LEVEL >= 2
        if (r < 0 && errno == EINTR) {
            log_it();
            continue;
        }
#endif
        sweep_sessions();
    }
}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("src").mkdir()
    Path("src/loop.c").write_text(LOOP)
    return tmp_path


Lines = Callable[..., list[int]]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """The lines of the jumps that findings are about."""

    def run(*words: str) -> list[int]:
        assert main(["check", "--select", "UST101", "--output-format", "json", "src", *words]) in (0, 1)
        return sorted(finding["line"] for finding in json.loads(capsys.readouterr().out))

    return run


def database(file: str, *entries: object) -> None:
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text(json.dumps(entries))


def entry(here: Path, *options: str, **more: object) -> dict[str, object]:
    return {"directory": str(here), "file": "src/loop.c", "arguments": ["cc", *options, "-c", "src/loop.c"], **more}


def test_without_one_each_symbol_is_assumed(lines: Lines) -> None:
    assert lines() == [10]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("-URESTART", "-DLEVEL=1"), []),
        (("-DRESTART", "-D", "LEVEL=1"), [10]),
        (("-U", "RESTART", "-DLEVEL=2"), [15]),
        (("-DRESTART", "-URESTART", "-DLEVEL=0x0"), []),
        (("-DLEVEL(x)=1", "-D"), [10]),
    ],
)
def test_what_the_build_defines_is_so(here: Path, lines: Lines, options: tuple[str, ...], expected: list[int]) -> None:
    database("compile_commands.json", entry(here, *options))
    assert lines() == expected
    assert lines("--isolated") == [10]


def test_commands_are_quoted_for_a_shell(here: Path, lines: Lines) -> None:
    command = {"directory": str(here / "src"), "file": "loop.c", "command": "cc '-ULEVEL' \"-URESTART\" -c loop.c"}
    database("compile_commands.json", command)
    assert lines() == []


def test_of_a_file_compiled_twice_what_both_say(here: Path, lines: Lines) -> None:
    database("compile_commands.json", entry(here, "-URESTART", "-DLEVEL=1"), entry(here, "-DRESTART", "-DLEVEL=1"))
    assert lines() == [10]


def test_the_command_line_goes_before_the_configuration_and_that_before_the_root(here: Path, lines: Lines) -> None:
    database("compile_commands.json", entry(here, "-URESTART", "-ULEVEL"))
    database("out/one.json", entry(here, "-DRESTART", "-ULEVEL", directory=".."))
    database("out/two.json", entry(here, "-URESTART", "-DLEVEL=3", directory=str(here)))
    assert lines() == []
    assert lines("--compile-commands", "out/two.json") == [15]
    Path("unstall.toml").write_text('compile-commands = "out/one.json"')
    assert lines() == [10]
    assert lines("--compile-commands", "out/two.json") == [15]


def test_processes_know_it_too(here: Path, lines: Lines) -> None:
    Path("src/long.c").write_text("/* " + "x" * 400_000 + " */\n" + LOOP)
    database("compile_commands.json", entry(here, "-URESTART", "-ULEVEL"))
    assert lines("--jobs", "2") == lines("--jobs", "1") != lines("--jobs", "2", "--isolated")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON: "),
        ("{}", "not a compilation database: must be an array of objects"),
        ("[1]", "not a compilation database: entry 0: must be an object"),
        ('[{"directory": "/"}]', "not a compilation database: entry 0: needs 'command'"),
        ('[{"directory": "/", "file": "a.c", "arguments": "cc"}]', "entry 0: arguments: must be an array of strings"),
        ('[{"directory": 1, "file": "a.c", "command": "cc"}]', "entry 0: directory: must be a string"),
        ('[{"directory": "/", "file": "a.c", "command": "cc \'"}]', "entry 0: No closing quotation"),
        ("[" * 100_000, "not JSON: "),
    ],
)
@pytest.mark.parametrize("words", [(), ("--compile-commands", "compile_commands.json")])
def test_a_broken_one_is_an_error(
    text: str, reason: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("compile_commands.json").write_text(text)
    assert main(["check", "src", *words]) == 2
    error = capsys.readouterr().err
    assert "compile_commands.json: " in error
    assert reason in error


def test_one_that_is_not_there_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "src", "--compile-commands", "none.json"]) == 2
    assert "none.json: can't be read: No such file or directory" in capsys.readouterr().err
