"""The reports for people, compared with expected output."""

import io
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from unstall.cli import main
from unstall.report.concise import concise
from unstall.report.full import full
from unstall.report.screen import ASCII, UNICODE, Line, Screen, columns, fitted, printable
from unstall.report.sites import sites_text
from unstall.report.statistics import statistics
from unstall.run.results import RunResult

from tests import incident
from tests.report.conftest import EXPECTED, finding, run_of

Golden = Callable[[str, Path], None]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def plain(lines: Iterable[Line]) -> str:
    stream = io.StringIO()
    Screen(stream).print(lines)
    return stream.getvalue()


def test_full_shows_the_finding_with_its_patch(patched: RunResult, golden: Golden) -> None:
    golden(plain(full(patched, Screen(io.StringIO()))), EXPECTED / "full.txt")


def test_full_says_why_there_is_no_patch(unpatched: RunResult, golden: Golden) -> None:
    golden(plain(full(unpatched, Screen(io.StringIO()))), EXPECTED / "full-no-patch.txt")


def test_full_on_a_narrow_dumb_terminal_is_ascii(patched: RunResult, golden: Golden) -> None:
    stream = io.StringIO()
    screen = Screen(stream, 72, ASCII)
    screen.print(full(patched, screen))
    text = stream.getvalue()
    golden(text, EXPECTED / "full-ascii.txt")
    assert text.isascii()


def test_full_counts_what_was_not_read(unread: RunResult, golden: Golden) -> None:
    golden(plain(full(unread, Screen(io.StringIO()))), EXPECTED / "full-unread.txt")


def test_concise_is_the_first_line_of_each_finding(patched: RunResult) -> None:
    assert plain(concise(patched)) == (
        "master.c:10:34: UST101 a signal during `myselect` restarts the loop and skips 3 stages, "
        "2 of which a timeout would run\n"
    )


def test_waits_are_listed_one_a_line(patched: RunResult) -> None:
    assert plain(sites_text(patched)) == (
        "master.c:8:7: restart-skips-stages: myselect in main; EINTR or EAGAIN takes the continue on line 10; "
        "skips 2 stages that it owes\n"
    )


def test_statistics_tell_reasons(unread: RunResult, golden: Golden) -> None:
    golden(plain(statistics(unread)), EXPECTED / "statistics.txt")


def test_elision_never_hides_the_wait_the_jump_or_a_stage() -> None:
    text = incident.TEXT
    for piece in ("\t\tprepare", "\t\tfor (i"):
        text = text.replace(piece, "\n" * 40 + piece)
    source = incident.source(text=text)
    shown = plain(full(run_of(source, finding(source, text)), Screen(io.StringIO())))
    for needed in ("for (;;)", "myselect(maxfd", "EINTR) continue", "for (i = 0", "gettimeofday", "child_janitor"):
        assert needed in shown
    assert shown.count("┊") == 3
    assert len(shown.splitlines()) < 40


def test_colour_only_on_a_terminal_that_can(patched: RunResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = Terminal()
    Screen.of(terminal).print(concise(patched))
    assert "\x1b[" in terminal.getvalue()
    assert not Screen.of(io.StringIO()).colours
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Screen.of(Terminal()).colours
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert Screen.of(Terminal()).drawing is ASCII


def test_drawing_follows_the_encoding_of_the_stream() -> None:
    assert Screen.of(io.TextIOWrapper(io.BytesIO(), "ascii")).drawing is ASCII
    assert Screen.of(io.TextIOWrapper(io.BytesIO(), "utf-8")).drawing is UNICODE


def test_colours_change_no_character(patched: RunResult) -> None:
    from rich.text import Text

    terminal = Terminal()
    Screen(terminal, colours=True).print(full(patched, Screen(terminal)))
    bare = "\n".join(line.rstrip() for line in Text.from_ansi(terminal.getvalue()).plain.splitlines())
    assert bare == plain(full(patched, Screen(io.StringIO()))).rstrip("\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\nb.c", "a\\nb.c"),
        ("\u202etxt", "\\u202etxt"),
        ("caf\u00e9 \u4e16", "caf\u00e9 \u4e16"),
        ("\udcff.c", "\\xff.c"),
        ("a\tb", "a\tb"),
    ],
)
def test_nothing_that_a_terminal_obeys_is_printed(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_hostile_source_and_path_are_escaped() -> None:
    text = incident.TEXT.replace("&now, 0", "\x1b[31m&now, 0").replace("{\n", "{ /* \u202e */\n", 1)
    source = incident.source("evil\x1b]0;\x07\n.c", text.replace("\x1b[31m&now", "&now\x1b[31m"))
    shown = plain(full(run_of(source, finding(source)), Screen(io.StringIO())))
    assert "\x1b" not in shown
    assert shown.startswith("evil\\x1b]0;\\x07\\n.c:")


def test_wide_characters_count_two_columns() -> None:
    assert columns("世界 ok") == 7
    assert fitted("世界世界", 5, "…") == "世界…"


def test_what_a_finding_assumes_is_told_with_what_becomes_of_the_other_branches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    branch = "        if ({call}(fds, n, 1000) == -1 && errno == EINTR)\n            continue;\n"
    Path("serve.c").write_text(
        "#include <errno.h>\n#include <poll.h>\n\nvoid serve(struct pollfd *fds, int n)\n{\n    for (;;) {\n"
        f"#ifdef HAVE_PPOLL\n{branch.format(call='ppoll')}#else\n{branch.format(call='poll')}#endif\n"
        "        sweep_sessions();\n    }\n}\n"
    )
    assert main(["check", "serve.c"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "serve.c:9:13: UST101" in said and "serve.c:12:13: UST101" in said
    for assumed in ("HAVE_PPOLL", "!HAVE_PPOLL"):
        assert (
            f"read with {assumed}; other #if branches are read where they hold waits, in further configurations of the "
            "file, 8 at most"
        ) in said
