"""Input that can't be analysed: one clear line each, status 2 only where nothing could be done."""

import os
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from unstall.cli import main
from unstall.findings.finding import Finding
from unstall.flow.facts import WaitFact
from unstall.flow.files import Unread
from unstall.report.formats import FORMATS
from unstall.rule import Context
from unstall.run.pipeline import run
from unstall_rules.restart_skips_stages import RestartSkipsStages

LOOP = """\
#include <errno.h>
#include <poll.h>

void serve(struct pollfd *fds, int n)
{
    for (;;) {
        if (poll(fds, n, 1000) == -1 && errno == EINTR)
            continue;
        sweep_sessions();
    }
}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["check", "--output-format", "concise", *words])
    output = capsys.readouterr()
    return status, output.out, output.err


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("nul.c", b"int x;\0\n", "nul.c: not text: it holds NUL bytes"),
        ("utf16.c", "int x;\n".encode("utf-16"), "utf16.c: not text: it holds NUL bytes (UTF-16?)"),
        ("torn.py", b"import select\nwhile select.select(:\n", "torn.py:2: "),
        ("torn.c", b"void f(void) { if (poll(a, b, c)) {\n", "torn.c:1: f is not analysed: braces don't match"),
        ("odd.c", b"void f(void)\n{\n else poll(a, b, c); }\n", "odd.c:3: f is not analysed: syntax error"),
        ("latin.py", b"import select\nx = '\xe9'\nselect.select([], [], [])\n", "latin.py"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(
    name: str, data: bytes, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(name).write_bytes(data)
    status, out, err = check(capsys, name)
    assert (status, out) == (2, "")
    assert err.count(name) == 1 and said in err
    assert err.splitlines()[-1] == "unstall: nothing could be analysed"


def test_paths_that_are_not_there_or_not_ours(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    os.mkfifo("pipe.c")
    Path("notes.txt").write_text("hello\n")
    status, out, err = check(capsys, "gone.c", "empty", "pipe.c", "notes.txt")
    assert (status, out) == (2, "")
    assert err == (
        "unstall: gone.c: no such file or folder\n"
        "unstall: empty: no C or Python files in this folder\n"
        "unstall: pipe.c: not a regular file\n"
        "unstall: notes.txt: neither C nor Python by its name\n"
        "unstall: nothing could be analysed\n"
    )


def test_an_empty_file_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty.py").write_bytes(b"")
    assert check(capsys, "empty.py") == (0, "", "unstall: empty.py: nothing to analyse: the file is empty\n")


def test_empty_files_of_a_folder_are_not_worth_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("__init__.py").write_bytes(b"")
    assert check(capsys, ".") == (0, "", "")


def test_c_that_is_not_utf8_is_analysed_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    Path("latin.c").write_bytes(b"/* caf\xe9 */\n" + LOOP.encode())
    status, out, err = check(capsys, "latin.c")
    assert status == 1 and out.startswith("latin.c:9:13: UST101 ")
    assert err.startswith("unstall: latin.c: not UTF-8 (byte 6)")


@pytest.mark.parametrize("tail", ["void broken(void) { if (poll(fds, 1, -1) {\n", "}}}\n", "int x = {{{;\n"])
def test_broken_c_does_not_hide_the_rest(tail: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("torn.c").write_text(LOOP + tail)
    status, out, err = check(capsys, "torn.c")
    assert status == 1 and out.startswith("torn.c:8:13: UST101 ")
    assert err.count("\n") == ("poll" in tail)


def test_functions_that_cannot_be_read_are_told_of_named_files_and_counted_in_folders(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("torn.c").write_text("void f(void) { if (poll(a, b, c)) {\n")
    Path("loop.c").write_text(LOOP)
    status, _, err = check(capsys, "torn.c", "loop.c")
    assert (status, err.count("\n")) == (1, 1)
    assert check(capsys, ".")[2] == ""
    status, _, err = check(capsys, "--statistics", ".")
    assert status == 1
    assert re.search(r"1  functions not analysed\n +1  braces don't match[^\n]*\n +torn\.c:1: f\n", err)


def test_any_bytes_are_read_or_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    noise = random.Random(7)
    for number in range(20):
        text = noise.randbytes(2000).replace(b"\0", b"") + b" select poll errno EINTR InterruptedError "
        for name in (f"noise{number}.c", f"noise{number}.py"):
            Path(name).write_bytes(text + noise.randbytes(200).replace(b"\0", b""))
    status, out, err = check(capsys, ".")
    assert (status, out) == (0, "")
    assert "internal error" not in err and err.count(".py") == 20


def test_the_other_files_are_still_analysed(capsys: pytest.CaptureFixture[str]) -> None:
    Path("loop.c").write_text(LOOP)
    Path("torn.py").write_text("import select\nwhile select.select(:\n")
    status, out, err = check(capsys, ".")
    assert status == 1 and out.startswith("loop.c:8:13: UST101 ")
    assert "torn.py:2" in err and "nothing could" not in err


@pytest.mark.parametrize("words", [[], ["--exit-zero"], ["--diff"], ["--fix"], ["--add-ignores"]])
def test_a_mistyped_path_is_status_2_when_the_others_are_done(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("loop.c").write_text(LOOP)
    assert main(["check", *words, "gone.c", "loop.c"]) == 2
    output = capsys.readouterr()
    assert "unstall: gone.c: no such file or folder\n" in output.err and "nothing could" not in output.err
    assert "UST101" in output.out or "+++ b/loop.c" in output.out or Path("loop.c").read_text() != LOOP


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_reports_the_others(format: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("loop.c").write_text(LOOP)
    assert main(["check", "--output-format", format, "gone.c", "loop.c"]) == 2
    assert "loop.c" in capsys.readouterr().out


def test_waits_tells_of_a_mistyped_path_too(capsys: pytest.CaptureFixture[str]) -> None:
    Path("loop.c").write_text(LOOP)
    assert main(["waits", "gone.c", "loop.c"]) == 2
    assert capsys.readouterr().out.startswith("loop.c:7:13: restart-skips-stages")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_a_file_that_may_not_be_opened_is_status_2_only_where_it_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("ours.c").write_text("int x;\n")
    Path("theirs.c").write_text(LOOP)
    Path("theirs.c").chmod(0)
    assert check(capsys, ".")[0] == 0
    status, _, err = check(capsys, "ours.c", "theirs.c")
    assert (status, err) == (2, "unstall: theirs.c: can't be read: Permission denied\n")


@pytest.mark.parametrize(("name", "data"), [("notes.txt", b"hello\n"), ("nul.c", b"int x;\0\n")])
def test_what_is_there_but_not_for_us_is_only_told(name: str, data: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    Path("ours.c").write_text("int x;\n")
    Path(name).write_bytes(data)
    status, _, err = check(capsys, "ours.c", name)
    assert status == 0 and err.startswith(f"unstall: {name}: ")


def test_hostile_names_are_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    name = "evil\x1b[2J\n.c"
    Path(name).write_text(LOOP)
    _, out, err = check(capsys, name, name + ".gone")
    assert out.startswith("evil\\x1b[2J\\n.c:8:13:")
    assert "\x1b" not in out + err and err.count("\n") == 1


def test_an_empty_path_is_no_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", ""]) == 2
    assert capsys.readouterr().err == "unstall: : no such file or folder\nunstall: nothing could be analysed\n"


def test_statistics_are_told_whatever_is_done_with_the_findings(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["--diff"], ["--add-ignores"]):
        Path("loop.c").write_text(LOOP)
        main(["check", "--statistics", *words, "loop.c"])
        assert "ways in which an interrupt is handled" in capsys.readouterr().err


def test_a_fault_of_a_rule_costs_no_other_wait_its_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.c").write_text(LOOP)
    Path("b.c").write_text(LOOP.replace("serve", "broken"))
    check_as_it_is = RestartSkipsStages.check

    def fails(rule: RestartSkipsStages, fact: WaitFact, context: Context) -> Iterator[Finding]:
        if fact.graph.name == "broken":
            raise KeyError("ours")
        return check_as_it_is(rule, fact, context)

    monkeypatch.setattr(RestartSkipsStages, "check", fails)
    result = run(["."])
    assert [finding.path for finding in result.findings] == ["a.c"]
    assert result.unread == (Unread("b.c", 7, "broken", "internal error, please report it: KeyError: 'ours'"),)
