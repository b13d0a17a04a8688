"""The command line as users meet it: statuses, streams, and what is imported."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from unstall import __version__
from unstall.cli import COMMANDS, main


def run(*words: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "unstall", *words],
        capture_output=True, text=True, cwd=cwd, env={**os.environ, **(env or {})},
    )  # fmt: skip


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"unstall {__version__}\n"


@pytest.mark.parametrize("words", [[], ["chekc"], ["check", "--no-such-option"], ["explain"], ["graph", "a.c:x"]])
def test_what_cannot_be_understood_is_status_2_on_stderr(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status = main(words)
    except SystemExit as left:
        status = left.code  # type: ignore[assignment]
    output = capsys.readouterr()
    assert status == 2
    assert output.out == "" and output.err != ""


BAD = (Path(__file__).parents[2] / "samples" / "poll-server" / "bad.c").read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fix", "--diff"], "--diff and --fix: only one at a time"),
        (["--add-ignores", "--diff"], "--diff and --add-ignores: only one at a time"),
        (["--fix", "--add-ignores", "--reason", "x"], "--fix and --add-ignores: only one at a time"),
        (["--fix", "--baseline", "b.json", "--update-baseline"], "--fix and --update-baseline: only one at a time"),
        (["--diff-base", "HEAD", "--baseline", "b.json", "--update-baseline"], "--update-baseline: goes without"),
        (["--reason", "x"], "--reason: needs --add-ignores"),
        (["--diff", "--output-file", "out"], "--diff: goes without --output-file"),
        (["--diff", "--output-format", "json"], "--diff: goes without --output-format"),
        (["--add-ignores", "--also", "json=out"], "--add-ignores: goes without --also"),
    ],
)
def test_options_that_contradict_each_other_change_nothing(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.c").write_bytes(BAD)
    assert main(["check", *words, "bad.c"]) == 2
    output = capsys.readouterr()
    assert output.out == "" and output.err.startswith(f"unstall: {said}") and output.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bad.c"] and Path("bad.c").read_bytes() == BAD


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    assert f"usage: unstall {command}" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["UST101", "ust101", "restart-skips-stages"])
def test_explain_by_code_or_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", name]) == 0
    assert capsys.readouterr().out.startswith("# restart-skips-stages (UST101)\n")


@pytest.mark.parametrize("name", ["UST10", "ust1"])
def test_explain_of_the_beginning_of_codes_lists_them(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", name]) == 0
    codes = re.findall(r"^(UST\d+)  ", capsys.readouterr().out, re.MULTILINE)
    assert "UST101" in codes and "UST109" in codes and all(code.startswith(name.upper()) for code in codes)


@pytest.mark.parametrize(
    ("word", "hint"), [("restart-skip-stage", "; did you mean restart-skips-stages?"), ("xyzzy", ""), ("", "")]
)
def test_explain_of_no_rule_says_so_in_short(word: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", word]) == 2
    assert capsys.readouterr().err == f"unstall: {word}: no such rule{hint}; unstall rules lists them\n"


def test_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"^UST101 +restart-skips-stages +error +An interrupted", shown, re.MULTILINE)
    assert re.search(r"^UST108 +interrupt-is-fatal +warning, off by default +An interrupt", shown, re.MULTILINE)
    assert main(["rules", "--output-format", "json"]) == 0
    rules = {rule["code"]: rule for rule in json.loads(capsys.readouterr().out)}
    assert "## What it does" in rules["UST101"]["documentation"]
    assert rules["UST101"]["enabled"] is True and rules["UST108"]["enabled"] is False


def test_a_mistyped_option_shows_the_usage_of_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["waits", "--jbos", "3", "."])
    said = capsys.readouterr().err
    assert left.value.code == 2
    assert said.startswith("usage: unstall waits ") and "unrecognized arguments: --jbos" in said


def test_options_may_stand_between_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.c", "b.c", "c.c"):
        Path(name).write_text("int x;\n")
    assert main(["check", "a.c", "--no-cache", "b.c", "--jobs", "1", "c.c"]) == 0
    assert "3 files" in capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_knows_every_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(name in script for name in COMMANDS) and "diff-base" in script


def imported(*words: str) -> set[str]:
    """The top-level packages that a command line imports."""
    done = subprocess.run([sys.executable, "-X", "importtime", "-m", "unstall", *words], capture_output=True, text=True)
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines() if "|" in line}


HEAVY = {"libcst", "networkx", "pycparser", "rich", "pathspec", "pygls", "yaml"}


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["explain", "UST101"], ["rules"], ["check", "clean.c"]])
def test_what_needs_no_library_imports_none(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("clean.c").write_text("int main(void) { return 0; }\n")
    assert not HEAVY & imported(*words)


@pytest.mark.skipif(os.name != "posix", reason="shells of POSIX close descriptors so")
@pytest.mark.parametrize("closed", [">&-", "2>&-"])
@pytest.mark.parametrize("options", ["", "--jobs 1"])
def test_a_closed_stream_is_no_error(closed: str, options: str, tmp_path: Path) -> None:
    (tmp_path / "clean.c").write_text("int x;\n")
    command = f"{sys.executable} -m unstall check {options} clean.c {closed}"
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as closed:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "unstall", "explain", "UST101"], stdout=closed, stderr=subprocess.PIPE
        )
    assert done.returncode == 141
    assert done.stderr == b""


def test_ctrl_c_leaves_without_a_traceback(tmp_path: Path) -> None:
    pipe = tmp_path / "slow.c"
    script = (
        "import os, signal, unstall.discovery.walk as d\n"
        "def interrupted(paths, chosen):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    yield from ()\n"
        "import unstall.run.pipeline as p\n"
        "p.discover = interrupted\n"
        "from unstall.cli import main\n"
        f"raise SystemExit(main(['check', {str(pipe)!r}]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 128 + signal.SIGINT
    assert done.stderr == "unstall: interrupted\n"


def test_graph_of_a_file_is_that_of_its_only_wait(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.c"
    loop = "for (;;) { if (poll(fds, 1, 1000) < 0 && errno == EINTR) continue; sweep(); }"
    path.write_text(f"void serve(void) {{ {loop} }}\n")
    assert main(["graph", f"{path}"]) == main(["graph", f"{path}:1:1"]) == 0
    assert "flowchart" in capsys.readouterr().out
    path.write_text(f"void serve(void) {{ {loop} }}\nvoid serve_others(void) {{ {loop} }}\n")
    assert main(["graph", f"{path}"]) == 2
    assert "which wait? (FILE:LINE); waits of this file are on lines 1, 2" in capsys.readouterr().err
