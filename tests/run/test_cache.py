"""The cache: the same results with it as without, whatever has become of it, and nothing run of what it holds."""

import itertools
import os
import pickle
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from unstall.cli import main
from unstall.run.cache import FOLDER, Cache, digest

from tests.programs import SWEEPER, WRAPPER

PADDING = "/* " + "nothing to see here " * 8000 + "*/\n"
DATABASE = Path(FOLDER) / "results.sqlite"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("src").mkdir()
    Path("src/a.c").write_text(SWEEPER.format(number=1, wait="poll") + PADDING)
    Path("src/b.c").write_text(SWEEPER.format(number=2, wait="await_work") + PADDING)
    Path("src/wrapper.c").write_text(WRAPPER)
    return tmp_path


def check(capsys: pytest.CaptureFixture[str], *words: str, output_format: str = "concise") -> str:
    status = main(["check", "--jobs", "1", "--output-format", output_format, *words, "src"])
    output = capsys.readouterr()
    assert (status, output.err) == (1, "")
    return output.out


def settle() -> None:
    """Make the files older than what a run takes for just written."""
    time.sleep(2.1)


def entries() -> int:
    with sqlite3.connect(DATABASE) as connection:
        return int(connection.execute("SELECT count(*) FROM entries").fetchone()[0])


@pytest.mark.parametrize("output_format", ["json", "full", "sarif"])
def test_a_warm_run_says_what_a_cold_one_does(output_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("src/a.c").write_text(SWEEPER.format(number=1, wait="poll"))
    without = check(capsys, "--no-cache", output_format=output_format)
    assert not Path(FOLDER).exists()
    assert check(capsys, output_format=output_format) == without
    made = entries()
    assert made > 0
    assert check(capsys, output_format=output_format) == without
    assert entries() == made


def test_a_tree_in_which_nothing_changed_is_not_analysed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settle()
    cold = check(capsys, output_format="json")
    monkeypatch.setattr("unstall.run.pipeline.Worker.look", None)
    assert check(capsys, output_format="json") == cold


def test_processes_share_it(capsys: pytest.CaptureFixture[str]) -> None:
    settle()
    cold = check(capsys, "--jobs", "2")
    made = entries()
    Path("src/new.c").write_text("int new;\n")
    assert check(capsys, "--jobs", "2") == check(capsys, "--jobs", "1") == cold
    assert entries() <= made + 1  # the run with the new file as a whole


def test_a_folder_that_another_process_makes_meanwhile_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Path.mkdir

    def made_late(folder: Path, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        os.mkdir(folder)  # noqa: PTH102
        made(folder, mode, parents, exist_ok)

    monkeypatch.setattr(Path, "mkdir", made_late)
    cache = Cache(".")
    cache.put(b"key", (1, 2))
    assert cache.get(b"key") == (1, 2)


def test_what_another_file_tells_is_part_of_the_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert "src/b.c" in check(capsys)
    Path("src/wrapper.c").write_text("int nothing;\n")
    assert "src/b.c" not in check(capsys)
    Path("src/wrapper.c").write_text(WRAPPER)
    assert "src/b.c" in check(capsys)


def test_a_change_is_seen_that_leaves_the_size_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    settle()
    before = check(capsys)
    text = Path("src/a.c").read_text()
    Path("src/a.c").write_text(text.replace("serve1", "serve3").replace("continue;", "break;   "))
    assert [line for line in before.splitlines() if "a.c" not in line] == check(capsys).splitlines()


def test_what_was_cut_short_is_not_kept(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    hours = itertools.count(step=3600)
    monkeypatch.setattr("unstall.run.worker.process_time", lambda: next(hours))
    check(capsys)
    assert not DATABASE.exists()


def test_settings_are_part_of_the_key(capsys: pytest.CaptureFixture[str]) -> None:
    settle()
    assert "UST101" in check(capsys)
    Path("unstall.toml").write_text("[severity]\nUST101 = 'note'\n")
    assert main(["check", "src"]) == 0


def test_a_clean_file_leaves_no_folder() -> None:
    Path("clean.c").write_text("int main(void) { return 0; }\n")
    assert main(["check", "clean.c"]) == 0
    assert not Path(FOLDER).exists()


def test_version_control_and_backups_pass_it_over(capsys: pytest.CaptureFixture[str]) -> None:
    check(capsys)
    assert (Path(FOLDER) / ".gitignore").read_text() == "*\n"
    tag = (Path(FOLDER) / "CACHEDIR.TAG").read_text()
    assert tag.startswith("Signature: 8a477f597d28d172789f06886806bc55")


@pytest.mark.parametrize("damage", [b"", b"no database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_one_is_as_good_as_none(damage: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    cold = check(capsys)
    DATABASE.write_bytes(damage)
    assert check(capsys) == cold
    assert check(capsys) == cold
    assert entries() > 0


def test_where_nothing_can_be_written_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    Path(FOLDER).write_text("in the way")
    assert "src/a.c" in check(capsys)
    assert Path(FOLDER).read_text() == "in the way"


def test_a_link_is_not_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "elsewhere").mkdir()
    Path(FOLDER).symlink_to("elsewhere")
    assert "src/a.c" in check(capsys)
    assert list(Path("elsewhere").iterdir()) == []


class Trap:
    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, ("trapped",)


def test_what_it_holds_is_never_run(capsys: pytest.CaptureFixture[str]) -> None:
    cold = check(capsys)
    with sqlite3.connect(DATABASE) as connection:
        connection.execute("UPDATE entries SET value = ?", (pickle.dumps(Trap()),))
    assert check(capsys) == cold
    assert not Path("trapped").exists()


@pytest.mark.parametrize(
    "value",
    [b"cunstall.run.pipeline\nos.system\n.", b"cunstall.flow.ir\nMapping\n.", b"cunstall.run.pool\nPool\n.", b"junk"],
)
def test_only_our_own_values_are_made(value: bytes) -> None:
    cache = Cache(".")
    cache.put(b"key", ("a",))
    assert cache.get(b"key") == ("a",)
    with sqlite3.connect(DATABASE) as connection:
        connection.execute("UPDATE entries SET value = ?", (value,))
    assert cache.get(b"key") is None


def test_two_runs_at_once() -> None:
    words = [sys.executable, "-m", "unstall", "check", "--jobs", "2", "--output-format", "json", "src"]
    runs = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    outputs = [run.communicate() for run in runs]
    assert outputs[0] == outputs[1] == outputs[2]
    assert [run.returncode for run in runs] == [1, 1, 1] and outputs[0][1] == b""


def test_equal_values_have_one_digest_and_others_do_not() -> None:
    one, other = frozenset({"select", "poll", "read"}), frozenset({"read", "poll", "select"})
    assert digest({"a": one, "b": 1}) == digest({"b": 1, "a": other})
    values = ["a", b"a", 1, "1", None, (), ("a",), ("a", "b"), (("a",), "b"), frozenset({"a"}), {"a": "b"}, ("ab",)]
    assert len({digest(value) for value in values}) == len(values)
