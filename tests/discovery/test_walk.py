"""Which files a run looks at."""

import os
import shutil
import stat
import subprocess
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unstall.discovery.walk import Candidate, discover
from unstall.flow.files import Unread


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*names: str, text: str = "x\n") -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def found(*paths: str) -> list[str]:
    return [item.path for item in discover(paths) if isinstance(item, Candidate)]


def refused(*paths: str) -> list[str]:
    return [f"{item.path}: {item.reason}" for item in discover(paths) if isinstance(item, Unread)]


def test_c_and_python_by_suffix() -> None:
    make("a.c", "b.h", "c.inc", "d.py", "e.pyi", "F.C", "g.cpp", "h.txt", "sub/i.c")
    assert found(".") == ["F.C", "a.c", "b.h", "c.inc", "d.py", "e.pyi", "sub/i.c"]


def test_paths_are_shown_as_they_were_named() -> None:
    make("src/a.c")
    assert found("src") == ["src/a.c"]
    assert found("./src/") == ["./src/a.c"]
    assert found("src/a.c") == ["src/a.c"]


def test_python_scripts_by_their_first_line() -> None:
    make("tool", "server", text="#!/usr/bin/env python3\n")
    make("shell", text="#!/bin/sh\n")
    for name in ("tool", "shell"):
        Path(name).chmod(0o755)
    assert found(".") == ["tool"]
    assert found("server") == ["server"]  # named, so it need not be executable


def test_a_file_named_twice_is_seen_once() -> None:
    make("src/a.c")
    assert found("src/a.c", "src", "./src/a.c") == ["src/a.c"]


def test_a_link_to_what_is_looked_at_is_not_looked_at_again() -> None:
    make("src/a.c")
    Path("link.c").symlink_to("src/a.c")
    Path("other").symlink_to("src")
    assert found("src", "link.c", "other") == ["src/a.c"]


def test_patterns_that_mean_nothing_are_passed_over() -> None:
    make("a.c", "b.c")
    Path(".gitignore").write_text("!\n/\n[\n\\\nb.c\n!\n")
    assert found(".") == ["a.c"]


def test_a_pattern_of_which_python_would_warn_is_taken_as_git_does(recwarn: pytest.WarningsRecorder) -> None:
    make("a.c", "b.c")
    Path(".gitignore").write_text("[[a].c\n")
    assert found(".") == ["b.c"]
    assert not recwarn.list


def test_a_folder_of_which_all_is_ignored_is_said_to_be() -> None:
    make("a.c", "sub/b.c")
    Path(".gitignore").write_text("/*\n")
    assert refused(".") == [".: no C or Python files in this folder; a.c and others are ignored by .gitignore"]


def test_gitignore_is_honoured_as_git_does() -> None:
    subprocess.run(["git", "init", "-q"], check=True)
    make("a.c", "gen.c", "build/x.c", "deep/gen.c", "deep/keep.c", "deep/keep/y.c", "local.c")
    make(".gitignore", text="gen.c\nbuild/\nkeep*\n")
    make("deep/.gitignore", text="!keep.c\n")
    make(".git/info/exclude", text="local.c\n")
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "*.c"], check=True, capture_output=True, text=True
    )
    assert found(".") == ["a.c", "deep/keep.c"] == listed.stdout.split()
    assert found("deep") == ["deep/keep.c"]


_NAMES = ("a.c", "ab/a.c", "src/a.c", "src/ab/b.c", "src/build/a.c", "src/deep/src/b.c", "build/a.c", "build/src/b.c")


@pytest.mark.parametrize(
    ("top", "inner"),
    [
        ("ab !src/", ""),
        ("*.c", "!src/ build"),
        ("build a.c", "/build/ !*/"),
        ("/a.c /build/ *.tab.[ch]", "/ab"),
        ("**/b.c src//a.c", "!b.c"),
        ("* !*/ !src/**/b.c", "*.c !/a.c"),
        ("[ab].c !/src/a.c", "deep/**"),
        ("s* !src ab/", "a*"),
        ("src/** !src/a.c", ""),
        ("src/** !src/*/", ""),
        ("s[!x]c[!x]a* b[!x]*", ""),
        ("*.[ch] !a.c !*/", "**"),
    ],
)
def test_patterns_mean_what_git_takes_them_for(top: str, inner: str) -> None:
    make(*_NAMES)
    make(".gitignore", text=top.replace(" ", "\n"))
    make("src/.gitignore", text=inner.replace(" ", "\n"))
    subprocess.run(["git", "init", "-q"], check=True)
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"], capture_output=True, text=True, check=True
    )
    assert sorted(found(".")) == sorted(name for name in listed.stdout.split() if name.endswith(".c"))


def test_what_is_named_is_looked_at_though_ignored() -> None:
    subprocess.run(["git", "init", "-q"], check=True)
    make("build/x.c")
    make(".gitignore", text="build/\n")
    assert found("build/x.c") == ["build/x.c"]
    assert found("build") == ["build/x.c"]


def test_hidden_vendored_and_virtual_environments_are_skipped() -> None:
    make("a.c", ".hidden.c", ".git/x.c", "node_modules/x.c", "__pycache__/x.py", "env/pyvenv.cfg", "env/lib/x.py")
    assert found(".") == ["a.c"]
    assert found("node_modules") == ["node_modules/x.c"]


def test_links_are_not_followed_in_folders() -> None:
    make("real/a.c")
    Path("real/loop").symlink_to("..")
    Path("real/b.c").symlink_to("a.c")
    Path("dangling.c").symlink_to("nowhere.c")
    assert found(".") == ["real/a.c"]
    assert found("real/b.c") == ["real/b.c"]


def test_pipes_and_devices_are_not_opened() -> None:
    make("a.c")
    os.mkfifo("pipe.c")
    assert found(".") == ["a.c"]
    assert refused("pipe.c", "/dev/null") == ["pipe.c: not a regular file", "/dev/null: not a regular file"]


def test_what_cannot_be_read_is_said() -> None:
    make("a.txt")
    Path("empty").mkdir()
    assert refused("gone.c", "a.txt", "empty", "nul\0.c") == [
        "gone.c: no such file or folder",
        "a.txt: neither C nor Python by its name",
        "empty: no C or Python files in this folder",
        "nul\0.c: can't be read: no file can have this name",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_folder_is_said_and_the_others_are_read() -> None:
    make("a.c", "shut/b.c")
    Path("shut").chmod(0)
    try:
        assert found(".") == ["a.c"]
        assert refused(".") == ["shut: can't be read: Permission denied"]
    finally:
        Path("shut").chmod(stat.S_IRWXU)


def test_a_very_deep_tree() -> None:
    deep = Path("/".join(["d"] * 900))
    deep.mkdir(parents=True)
    (deep / "a.c").write_text("x\n")
    assert found(".") == [f"{deep}/a.c"]


def test_names_with_newlines_and_odd_bytes() -> None:
    names = ["new\nline.c", "caf\udce9.c"]
    make(*names)
    assert found(".") == sorted(names)


def test_the_order_is_the_same_every_time() -> None:
    make(*(f"{folder}/{name}.c" for folder in "cab" for name in "zxy"))
    once = found(".")
    assert once == sorted(once) and once == found(".")
    assert only_names(discover(["."])) == once


def only_names(items: Iterable[Candidate | Unread]) -> list[str]:
    return [item.path for item in items]


_WORDS = st.sampled_from(
    [
        "a",
        "b",
        "ab",
        "a.c",
        "b.c",
        "ab.c",
        "*",
        "*.c",
        "a*",
        "*b.c",
        "?.c",
        "[ab].c",
        "**",
        "a*.c",
        "x?y.c",
    ]
)
_LINES = st.builds(
    lambda no, front, words, end: no + front + "/".join(words) + end,
    st.sampled_from(["", "", "", "!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(_WORDS, min_size=1, max_size=3),
    st.sampled_from(["", "", "/"]),
)
# pathspec takes `b/**/` for `b/`; to git it means the folders in there.
_PATTERNS = st.lists(_LINES.filter(lambda line: not line.endswith("**/")), max_size=4).map("\n".join)


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
@settings(deadline=None, max_examples=150)
@given(outer=_PATTERNS, inner=_PATTERNS)
def test_what_is_ignored_is_what_git_ignores(outer: str, inner: str) -> None:
    with TemporaryDirectory() as folder:
        subprocess.run(["git", "init", "-q", folder], check=True)
        tree = Path(folder)
        for name in ("a.c", "ab.c", "x\ny.c", "a/a.c", "a/b.c", "a/b/ab.c", "a/b/b.c", "b/a.c", "b/x\ny.c", "ab/a/b.c"):
            (tree / name).parent.mkdir(exist_ok=True, parents=True)
            (tree / name).touch()
        (tree / ".gitignore").write_text(outer)
        (tree / "a" / ".gitignore").write_text(inner)
        asked = ["git", "-C", folder, "ls-files", "-z", "--others", "--exclude-standard", "*.c"]
        told = subprocess.run(asked, check=True, capture_output=True).stdout.decode().split("\0")
        ours = {os.path.relpath(f.path, folder) for f in discover([folder]) if isinstance(f, Candidate)}
        assert ours == set(filter(None, told))
