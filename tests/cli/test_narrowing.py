"""What a baseline knows, and what a change touches or introduces."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from unstall.cli import main

LOOP = """\
void serve{n}(struct pollfd *fds, int n)
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
HEAD = "#include <errno.h>\n#include <poll.h>\n\n"
RIGHT = LOOP.replace("            continue;", "            r = 0;")


def loop(n: int, text: str = LOOP) -> str:
    return text.replace("{n}", str(n))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "someone")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "someone@example.org")
    return tmp_path


Check = Callable[..., list[str]]


@pytest.fixture
def functions(capsys: pytest.CaptureFixture[str]) -> Check:
    """The functions with findings, as ``path:function``."""

    def check(*words: str) -> list[str]:
        main(["check", "--output-format", "json", *words])
        return [f"{found['path']}:{found['function']}" for found in json.loads(capsys.readouterr().out)]

    return check


def git(*words: str) -> str:
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout


def commit(**files: str) -> None:
    for name, text in files.items():
        Path(name.replace("_", ".")).write_text(text)
    git("add", "-A")
    git("commit", "-qm", "change")


# ------------------------------------------------------------------------------------------------ baseline


def test_a_baseline_hides_what_it_knows_and_nothing_else(functions: Check, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.c").write_text(HEAD + loop(1))
    assert main(["check", "--baseline", "known.json", "--update-baseline", "."]) == 0
    assert capsys.readouterr().out.startswith("Found nothing new.")
    assert functions("--baseline", "known.json", ".") == []
    Path("a.c").write_text(HEAD + loop(2) + loop(1))
    Path("b.c").write_text(HEAD + loop(1))
    assert functions("--baseline", "known.json", ".") == ["a.c:serve2", "b.c:serve1"]


@pytest.mark.parametrize(
    "changed",
    [
        "/* new\n lines */\n" + HEAD + LOOP,
        HEAD + LOOP.replace("    ", "\t"),
        HEAD + LOOP.replace("poll(fds, n, 1000)", "poll(fds,\n                     n, 1000)"),
        HEAD + LOOP.replace("sweep_sessions();", "sweep_sessions();\n        sweep_timers();"),
        (HEAD + LOOP).replace("\n", "\r\n"),
    ],
)
def test_moved_lines_and_reformatting_change_no_fingerprint(
    changed: str, functions: Check, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a.c").write_text(HEAD + LOOP.replace("{n}", ""))
    main(["check", "--baseline", "known.json", "--update-baseline", "."])
    capsys.readouterr()
    Path("a.c").write_bytes(changed.replace("{n}", "").encode())
    assert functions(".") == ["a.c:serve"]
    assert functions("--baseline", "known.json", ".") == []


def test_the_folder_a_run_starts_in_does_not_matter(
    functions: Check, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("src").mkdir()
    Path("src/a.c").write_text(HEAD + loop(1))
    Path("unstall.toml").write_text("baseline = 'known.json'\n")
    main(["check", "--update-baseline", "."])
    monkeypatch.chdir("src")
    capsys.readouterr()
    assert functions("a.c") == [] and functions("--isolated", "a.c") == ["a.c:serve1"]
    assert json.loads(Path("../known.json").read_text())["findings"][0]["path"] == "src/a.c"


def test_updating_keeps_what_was_not_looked_at_and_drops_what_is_gone(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.c", "b.c"):
        Path(name).write_text(HEAD + loop(1) + loop(2))
    main(["check", "--baseline", "known.json", "--update-baseline", "."])
    assert capsys.readouterr().err == "unstall: known.json: 4 findings noted\n"
    Path("a.c").write_text(HEAD + loop(1))
    assert main(["check", "--output-format", "concise", "--baseline", "known.json", "a.c"]) == 0
    assert capsys.readouterr().err == (
        "unstall: 1 known finding not shown (known.json)\n"
        "unstall: 1 known finding is gone; --update-baseline takes them out\n"
    )
    main(["check", "--baseline", "known.json", "--update-baseline", "a.c"])
    known = json.loads(Path("known.json").read_text())["findings"]
    assert [(entry["path"], entry["function"]) for entry in known if entry["path"] == "a.c"] == [("a.c", "serve1")]
    assert len(known) == 3


def test_a_file_that_was_moved_is_known_and_a_copy_is_not(functions: Check, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.c", "b.c", "c.c"):
        Path(name).write_text(HEAD + loop(1) + loop(2))
    main(["check", "--baseline", "known.json", "--update-baseline", "."])
    Path("src").mkdir()
    Path("a.c").rename("src/a.c")  # moved, and added to
    Path("b.c").rename("src/renamed.c")
    Path("c.c").rename("src/c.c")  # moved and mended in part
    Path("src/a.c").write_text(HEAD + loop(3) + loop(1) + loop(2))
    Path("src/c.c").write_text(HEAD + loop(1))
    capsys.readouterr()
    assert functions("--baseline", "known.json", ".") == ["src/a.c:serve3"]
    main(["check", "--baseline", "known.json", "."])
    assert "1 known finding is gone" in capsys.readouterr().err
    main(["check", "--baseline", "known.json", "--update-baseline", "."])
    paths = {entry["path"] for entry in json.loads(Path("known.json").read_text())["findings"]}
    assert paths == {"src/a.c", "src/c.c", "src/renamed.c"}
    Path("copy.c").write_text(HEAD + loop(1))
    capsys.readouterr()
    assert functions("--baseline", "known.json", ".") == ["copy.c:serve1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "known.json: can't be read: No such file or directory"),
        ("{", "known.json: not a baseline: "),
        ("[]", "known.json: not a baseline: it has no array of findings"),
        ('{"version": 7, "findings": []}', "known.json: version: 7 is not 1; "),
        ('{"version": 1, "findings": [{"path": "a.c"}]}', "known.json: not a baseline: a finding has no fingerprint"),
        ('{"version": 1, "findings": ["x"]}', "known.json: not a baseline: a finding has no fingerprint"),
        ("\udcff", "known.json: not a baseline: "),
    ],
)
def test_an_unreadable_baseline_is_one_line(text: str | None, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.c").write_text(HEAD + loop(1))
    if text is not None:
        Path("known.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert main(["check", "--baseline", "known.json", "a.c"]) == 2
    output = capsys.readouterr()
    assert output.out == "" and output.err.startswith(f"unstall: {said}") and output.err.count("\n") == 1


def test_what_is_no_baseline_is_not_written_over(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.c").write_text(HEAD + loop(1))
    Path("b.c").write_text("int kept;\n")
    assert main(["check", "--baseline", "b.c", "--update-baseline", "a.c"]) == 2
    assert "b.c: not a baseline: " in capsys.readouterr().err
    assert Path("b.c").read_text() == "int kept;\n"
    Path("b.c").write_text("")
    assert main(["check", "--baseline", "b.c", "--update-baseline", "a.c"]) == 0


def test_updating_needs_a_file_that_can_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.c").write_text(HEAD + loop(1))
    assert main(["check", "--update-baseline", "a.c"]) == 2
    assert main(["check", "--update-baseline", "--baseline", "gone/known.json", "a.c"]) == 2
    assert "gone/known.json: can't be written" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------------ changes


@pytest.fixture
def repository() -> None:
    git("init", "-q")
    commit(a_c=HEAD + loop(1) + loop(2), b_c=HEAD + loop(3))


@pytest.mark.usefixtures("repository")
def test_only_what_a_commit_introduces(functions: Check) -> None:
    assert functions(".") == ["a.c:serve1", "a.c:serve2", "b.c:serve3"]
    commit(a_c=HEAD + loop(4) + loop(1) + loop(2))
    assert functions("--diff-base", "HEAD~1", ".") == ["a.c:serve4"]
    assert functions("--diff-base", "HEAD", ".") == []


@pytest.mark.usefixtures("repository")
def test_what_a_change_of_the_work_tree_touches(functions: Check) -> None:
    Path("a.c").write_text((HEAD + loop(1) + loop(2)).replace("sweep_sessions();", "sweep_all();", 1))
    assert functions("--diff-base", "HEAD", ".") == ["a.c:serve1"]
    Path("a.c").write_text(HEAD + loop(1) + loop(2) + "int x;\n")
    assert functions("--diff-base", "HEAD", ".") == []


@pytest.mark.usefixtures("repository")
def test_new_untracked_renamed_and_moved_files(functions: Check) -> None:
    Path("new.c").write_text(HEAD + loop(5))
    git("mv", "b.c", "moved.c")
    assert functions("--diff-base", "HEAD", ".") == ["new.c:serve5"]


@pytest.mark.usefixtures("repository")
def test_what_a_change_elsewhere_introduces(functions: Check) -> None:
    """A finding stands in a file that didn't change, since the wrapper that it calls did."""
    wrapper = "int await_work(struct pollfd *fds, int n) { return poll(fds, n, 1000); }\n"
    user = HEAD + loop(6).replace("poll(fds", "await_work(fds")
    silent = wrapper.replace("poll(fds, n, 1000)", "n")
    commit(user_c=user, wrapper_c=HEAD + silent)
    assert functions("user.c", "wrapper.c") == []
    commit(wrapper_c=HEAD + wrapper)
    assert functions("user.c", "wrapper.c") == ["user.c:serve6"]
    assert functions("--diff-base", "HEAD~1", "user.c", "wrapper.c") == ["user.c:serve6"]


@pytest.mark.usefixtures("repository")
def test_a_branch_is_compared_with_where_it_began(functions: Check) -> None:
    git("checkout", "-qb", "topic")
    commit(c_c=HEAD + loop(7))
    git("checkout", "-q", "-")
    commit(a_c=HEAD + loop(1, RIGHT) + loop(2, RIGHT))
    git("checkout", "-q", "topic")
    trunk = git("rev-parse", "@{-1}").strip()
    assert functions("--diff-base", trunk, ".") == ["c.c:serve7"]


@pytest.mark.usefixtures("repository")
def test_from_a_folder_below(functions: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("deep").mkdir()
    Path("deep/d.c").write_text(HEAD + loop(8))
    monkeypatch.chdir("deep")
    assert functions("--diff-base", "HEAD", ".", "../a.c") == ["d.c:serve8"]


@pytest.mark.usefixtures("repository")
def test_nothing_of_the_repository_is_run(functions: Check) -> None:
    Path("spy").write_text(f"#!/bin/sh\ntouch {Path.cwd()}/ran\n")
    Path("spy").chmod(0o755)
    for key in ("diff.external", "core.fsmonitor", "diff.spy.command", "diff.spy.textconv"):
        git("config", key, str(Path.cwd() / "spy"))
    Path(".gitattributes").write_text("*.c diff=spy\n")
    Path("a.c").write_text(HEAD + loop(1) + loop(2) + loop(9))
    Path("ran").unlink(missing_ok=True)
    assert functions("--diff-base", "HEAD", ".") == ["a.c:serve9"]
    assert not Path("ran").exists()


@pytest.mark.parametrize("revision", ["nowhere", "HEAD~99", "--output=ran", ""])
@pytest.mark.usefixtures("repository")
def test_no_such_commit(revision: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", f"--diff-base={revision}", "."]) == 2
    assert f"--diff-base: {revision}: git knows no such commit here" in capsys.readouterr().err
    assert not Path("ran").exists()


def test_outside_of_a_repository(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.c").write_text(HEAD + loop(1))
    assert main(["check", "--diff-base", "HEAD", "."]) == 2
    assert capsys.readouterr().err == "unstall: --diff-base: .: lies in no git repository\n"


@pytest.mark.usefixtures("repository")
def test_the_repository_is_that_of_the_paths(
    functions: Check, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = Path.cwd()
    for name in ("elsewhere", "other"):
        (root / name).mkdir()
    monkeypatch.chdir("other")
    git("init", "-q")
    commit(c_c=HEAD + loop(4))
    Path("c.c").write_text(HEAD + loop(4) + loop(5))
    assert functions("--diff-base", "HEAD", "../a.c") == []
    monkeypatch.chdir(root / "elsewhere")
    Path("lone.c").write_text(HEAD + loop(6))
    assert functions("--diff-base", "HEAD", "../other") == ["../other/c.c:serve5"]
    monkeypatch.setenv("GIT_DIR", str(root / "other" / ".git"))  # as git sets it for its hooks
    assert functions("--diff-base", "HEAD", "../other/c.c") == ["../other/c.c:serve5"]
    assert main(["check", "--diff-base", "HEAD", "../other", "../a.c"]) == 2
    assert capsys.readouterr().err == "unstall: --diff-base: ../other and ../a.c lie in different repositories\n"


def test_every_path_has_to_lie_in_a_repository(
    functions: Check, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("ours").mkdir()
    Path("lone.c").write_text(HEAD + loop(1))
    monkeypatch.chdir("ours")
    git("init", "-q")
    commit(a_c=HEAD + loop(2))
    assert functions("--diff-base", "HEAD", ".") == []
    assert main(["check", "--diff-base", "HEAD", ".", "../lone.c"]) == 2
    assert capsys.readouterr().err == "unstall: --diff-base: ../lone.c: lies in no git repository\n"
