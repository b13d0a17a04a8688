"""Comments that suppress findings: what they cover, what of them is of no use, and writing them."""

import json
from pathlib import Path

import pytest
from unstall.cli import main

C = """\
#include <errno.h>
#include <poll.h>

/* serves */
static void
serve(struct pollfd *fds, int n)
{
    for (;;) {
        int r = poll(fds, n, 1000);

        if (r == -1 && errno == EINTR)
            continue;
        if (r == -1)
            exit(1);
        sweep_sessions();
    }
}
"""
PYTHON = """\
class Pump:
    @timed
    @retried(
        3)
    def pump(self, poller):
        while True:
            try:
                events = poller.poll(500)
            except InterruptedError:
                continue
            self.timers.run()
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def codes(text: str, name: str, capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """What is reported in a file of this text, as ``line:code``."""
    Path(name).write_text(text)
    main(["check", "--output-format", "json", *words, name])
    return [f"{found['line']}:{found['code']}" for found in json.loads(capsys.readouterr().out)]


def with_line(text: str, number: int, line: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join([*lines[: number - 1], line + "\n", *lines[number - 1 :]])


def behind(text: str, number: int, comment: str) -> str:
    lines = text.splitlines()
    lines[number - 1] += f"  {comment}"
    return "\n".join(lines) + "\n"


def test_they_are_reported_without_comments(capsys: pytest.CaptureFixture[str]) -> None:
    assert codes(C, "x.c", capsys) == ["12:UST101"]
    assert codes(PYTHON, "x.py", capsys) == ["10:UST101"]


@pytest.mark.parametrize("word", ["UST101", "UST1", "restart-skips-stages", "UST101, UST101", "ALL"])
@pytest.mark.parametrize("form", ["/* unstall: ignore[{}] timers may wait */", "// unstall:ignore[{}]"])
def test_c_on_the_line(word: str, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    comment = form.format(word)
    assert codes(behind(C, 12, comment), "x.c", capsys) == []
    assert codes(behind(C, 9, comment), "x.c", capsys) == []  # the wait's line
    assert codes(with_line(C, 12, "            " + comment), "x.c", capsys) == []
    assert codes(with_line(C, 12, comment + "\n\n/* and why */"), "x.c", capsys) == []


@pytest.mark.parametrize("line", [4, 5])
def test_c_at_the_head_of_the_function(line: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert codes(with_line(C, line, "/* unstall: ignore[UST101] */"), "x.c", capsys) == []
    assert codes(behind(C, 6, "/* unstall: ignore[UST101] */"), "x.c", capsys) == []


def test_python_on_the_line_and_at_the_head_of_the_function(capsys: pytest.CaptureFixture[str]) -> None:
    comment = "# unstall: ignore[UST101] timers may wait"
    assert codes(behind(PYTHON, 10, comment), "x.py", capsys) == []
    assert codes(with_line(PYTHON, 10, comment), "x.py", capsys) == []
    for line in (2, 3, 5):  # above the decorators and the definition
        assert codes(with_line(PYTHON, line, "    " + comment), "x.py", capsys) == []


@pytest.mark.parametrize("line", [1, 8, 18])
def test_the_whole_file(line: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert codes(with_line(C, line, "/* unstall: ignore-file[UST101] generated */"), "x.c", capsys) == []


@pytest.mark.parametrize(
    "comment",
    [
        "/* unstall: ignore[UST101] */",
        "/* see: unstall: ignore[UST101] */",
        "/* unstall: off */",
        "/* ignore[UST101] */",
    ],
)
def test_elsewhere_or_otherwise_they_suppress_nothing(comment: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "12:UST101" in codes(behind(C, 15, comment), "x.c", capsys)


def test_a_string_is_no_comment(capsys: pytest.CaptureFixture[str]) -> None:
    line = '        say("/* unstall: ignore-file[UST101] */");'
    assert codes(with_line(C, 15, line), "x.c", capsys) == ["12:UST101"]
    line = '            say("""\n# unstall: ignore-file[UST101]\n""")'
    assert codes(with_line(PYTHON, 11, line), "x.py", capsys) == ["10:UST101"]


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("ignore[UST101] stale", "this comment ignores UST101, and nothing of that is found on this line"),
        ("ignore-file[restart-skips-stages]", None),
        ("ignore[UST999]", "there is no rule UST999 to ignore"),
        ("ignore for now", "this comment names no rule to ignore"),
        ("ignore[]", "this comment names no rule to ignore"),
    ],
)
def test_what_suppresses_nothing_is_reported(
    comment: str, said: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("x.c").write_text(behind(C, 15, f"/* unstall: {comment} */"))
    main(["check", "--output-format", "json", "x.c"])
    messages = [item["message"] for item in json.loads(capsys.readouterr().out) if item["code"] == "UST001"]
    assert messages == ([said] if said else [])


def test_a_file_without_waits_is_looked_at_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert codes("int x;  /* unstall: ignore[UST101] */\n", "x.c", capsys) == ["1:UST001"]
    main(["check", "x.c"])
    assert "unused-suppression" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("int x;\n@\nint y;\n", "int x;\nint y;\n"),
        ("int x;  @\n", "int x;\n"),
        ("int@x;\n", "int x;\n"),
        ("int @ x;\n", "int x;\n"),
        ("    @ int x;\n", "    int x;\n"),
        ("#define X 1 \\\n    @\nint y;\n", "#define X 1 \\\n    \nint y;\n"),
        ("#define X 1 \\\n    @ \\\n    + 2\n", "#define X 1 \\\n    \\\n    + 2\n"),
        ("int x; @", "int x;"),
    ],
)
def test_what_suppresses_nothing_is_taken_out_and_nothing_else(before: str, after: str) -> None:
    Path("x.c").write_text(before.replace("@", "/* unstall: ignore[UST101] */"))
    main(["check", "--fix", "x.c"])
    assert Path("x.c").read_text() == after


@pytest.mark.parametrize(
    ("line", "is_comment"),
    [
        ("x = f'{a['#{}']}'  # unstall: ignore[UST999]", True),
        ("x = f'{a['# unstall: ignore[UST999]']}'", False),
        ("x = f\"{''' # unstall: ignore[UST999] '''}\"", False),
        ("x = rb'\\' # unstall: ignore[UST999]'", False),
        ("x = 'a # unstall: ignore[UST999]", False),
        ("x = 'a'# unstall: ignore[UST999]", True),
    ],
)
def test_what_looks_like_a_comment_in_a_string_is_none(
    line: str, is_comment: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert codes(f"{line}\n", "x.py", capsys) == ["1:UST001"] * is_comment


def test_a_rule_that_is_off_may_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    text = behind(C, 15, "/* unstall: ignore[UST101] */")
    assert codes(text, "x.c", capsys, "--ignore", "UST101") == []
    assert codes(text, "x.c", capsys, "--ignore", "UST001") == ["12:UST101"]


def test_in_a_file_not_read_in_full_nothing_is_called_unused(capsys: pytest.CaptureFixture[str]) -> None:
    text = "/* unstall: ignore-file[UST101] */\nvoid torn(void) { if (poll(fds, 1, -1) {\n"
    Path("x.c").write_text(text)
    main(["check", "--output-format", "concise", "--statistics", "x.c"])
    output = capsys.readouterr()
    assert output.out == "" and "1  functions not analysed" in output.err


def test_statistics_count_what_is_suppressed(capsys: pytest.CaptureFixture[str]) -> None:
    Path("x.c").write_text(behind(C, 12, "/* unstall: ignore[UST101] */"))
    assert main(["check", "--statistics", "x.c"]) == 0
    assert "1  more findings suppressed by comments" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "text", "line"), [("x.c", C, 12), ("x.py", PYTHON, 10)])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_add_ignores_writes_them(
    name: str, text: str, line: int, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(name).write_bytes(text.replace("\n", ending).encode())
    assert main(["check", "--add-ignores", "--reason", "timers may wait", name]) == 0
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "unstall: 1 finding ignored in 1 file\n")
    lines = Path(name).read_bytes().decode().split(ending)
    assert lines[line - 1].strip(" /*#") == "unstall: ignore[UST101] timers may wait"
    assert lines[: line - 1] + lines[line:] == text.split("\n")
    assert main(["check", name]) == 0


def test_add_ignores_leaves_alone_what_a_comment_would_break(capsys: pytest.CaptureFixture[str]) -> None:
    text = PYTHON.replace("                continue\n", "                x = \\\n    1; continue\n")
    assert codes(text, "x.py", capsys) == ["11:UST101"]
    assert main(["check", "--add-ignores", "x.py"]) == 1
    assert Path("x.py").read_text() == text
    assert capsys.readouterr().err.startswith("unstall: x.py: no comment can be written here")


@pytest.mark.parametrize("reason", ["a */ b", "two\nlines"])
def test_a_reason_must_fit_into_a_comment(reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("x.c").write_text(C)
    assert main(["check", "--add-ignores", "--reason", reason, "x.c"]) == 2
    assert Path("x.c").read_text() == C
