"""``unstall scan``: folders and archives in, a line each out, however often it is killed."""

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from unstall.cli import main
from unstall.scan.archives import ArchiveError, unpack

LOOP = b"""
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


def tree(name: str) -> None:
    Path(name, "src").mkdir(parents=True)
    Path(name, "src", "loop.c").write_bytes(LOOP)


def results(path: str = "out.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def tarball(path: str, *members: tuple[str, bytes], kind: bytes = tarfile.REGTYPE) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.type, member.size = kind, len(data)
            member.linkname = "/etc/passwd" if kind != tarfile.REGTYPE else ""
            archive.addfile(member, io.BytesIO(data))


def test_folders_and_archives_are_projects_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    tree("tree")
    tarball("a.tar.gz", ("a-1/src/loop.c", LOOP), ("a-1/README", b"x"))
    with zipfile.ZipFile("b.zip", "w") as archive:
        archive.writestr("b-1/loop.c", LOOP)
    Path("notes.txt").write_text("hello")
    Path("list").write_text("# what to scan\ntree\na.tar.gz\n\nb.zip\ntree\ngone\nnotes.txt\n")
    assert main(["scan", "list", "--output", "out.jsonl"]) == 2
    found = {result["project"]: result for result in results()}
    assert len(results()) == 4
    places = {name: [(f["path"], f["line"]) for f in result["findings"]] for name, result in found.items()}
    assert places == {
        "tree": [("src/loop.c", 6)], "a.tar.gz": [("a-1/src/loop.c", 6)], "b.zip": [("b-1/loop.c", 6)],
        "notes.txt": [],
    }  # fmt: skip
    assert found["tree"]["statistics"]["waits"] == 1
    assert "a/src/loop.c" in found["tree"]["findings"][0]["fixes"][0]["diff"]
    assert sorted(capsys.readouterr().err.splitlines()) == [
        "unstall: gone: no such file or folder",
        "unstall: notes.txt: neither a folder nor a tar or zip archive",
    ]


def test_what_is_not_there_is_looked_for_again() -> None:
    tree("tree")
    Path("list").write_text("tree\nlate\n")
    assert main(["scan", "list", "--output", "out.jsonl"]) == 2
    tree("late")
    assert main(["scan", "list", "--output", "out.jsonl"]) == 1
    assert [result["project"] for result in results()] == ["tree", "late"]


def test_without_a_file_lines_go_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    tree("tree")
    Path("list").write_text("tree\n")
    assert main(["scan", "list"]) == 1
    assert json.loads(capsys.readouterr().out)["project"] == "tree"


def test_a_scan_goes_on_where_it_was_torn() -> None:
    for name in ("one", "two"):
        tree(name)
    Path("list").write_text("one\ntwo\n")
    main(["scan", "list", "--output", "out.jsonl", "--jobs", "1"])
    whole = Path("out.jsonl").read_bytes()
    first = whole.index(b"\n") + 1
    for torn in (first, first + 1, first + 30, len(whole) - 1):
        Path("out.jsonl").write_bytes(whole[:torn])
        assert main(["scan", "list", "--output", "out.jsonl"]) == 1
        assert Path("out.jsonl").read_bytes() == whole
    modified = Path("out.jsonl").stat().st_mtime_ns
    assert main(["scan", "list", "--output", "out.jsonl"]) == 1
    assert Path("out.jsonl").stat().st_mtime_ns == modified


def test_a_scan_that_is_killed_loses_and_doubles_nothing() -> None:
    names = [f"tree{number}" for number in range(8)]
    for name in names:
        tree(name)
    Path("list").write_text("\n".join(names))
    command = [sys.executable, "-m", "unstall", "scan", "list", "--output", "out.jsonl", "--jobs", "2"]
    for _ in range(2):
        before = len(results()) if Path("out.jsonl").exists() else 0
        process = subprocess.Popen(command)
        while process.poll() is None and (not Path("out.jsonl").exists() or len(results()) <= before):
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command, check=False)
    assert sorted(result["project"] for result in results()) == names


def test_two_scans_do_not_write_to_one_file(capsys: pytest.CaptureFixture[str]) -> None:
    from unstall.scan.journal import Journal

    Path("list").write_text("")
    with Journal("out.jsonl"):
        assert main(["scan", "list", "--output", "out.jsonl"]) == 2
    assert capsys.readouterr().err == "unstall: out.jsonl: another scan is writing to it\n"


@pytest.mark.parametrize("text", ["precious", "precious\n", '{"other": 1}\n'])
def test_a_file_that_is_something_else_is_not_touched(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    tree("tree")
    Path("list").write_text("tree")
    Path("notes").write_text(text)
    assert main(["scan", "list", "--output", "notes"]) == 2
    assert Path("notes").read_text() == text
    assert "not a scan's result" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../evil.c", "/tmp/unstall-evil.c", "a/../../evil.c"])
def test_archives_do_not_leave_their_folder(name: str, tmp_path: Path) -> None:
    tarball("a.tar.gz", (name, LOOP))
    with zipfile.ZipFile("a.zip", "w") as archive:
        archive.writestr(name, LOOP)
    inside = tmp_path / "inside"
    inside.mkdir()
    for path in ("a.tar.gz", "a.zip"):
        unpack(path, inside)
    assert list(inside.rglob("*")) == [] and not list(tmp_path.rglob("*evil.c"))
    assert not Path("/tmp/unstall-evil.c").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_not_unpacked(kind: bytes, tmp_path: Path) -> None:
    tarball("a.tar.gz", ("evil.c", b""), kind=kind)
    unpack("a.tar.gz", tmp_path / "inside")
    assert not (tmp_path / "inside" / "evil.c").exists()


def test_a_bomb_is_bounded(tmp_path: Path) -> None:
    with zipfile.ZipFile("bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.c", b"\n" * 10_000_000)
    with pytest.raises(ArchiveError, match="more than 1 MB"):
        unpack("bomb.zip", tmp_path / "inside", 1_000_000)
    assert sum(path.stat().st_size for path in (tmp_path / "inside").iterdir()) < 1_100_000


def test_broken_archives_are_results(capsys: pytest.CaptureFixture[str]) -> None:
    tarball("a.tar.gz", ("a/loop.c", LOOP * 500))
    Path("torn.tar.gz").write_bytes(Path("a.tar.gz").read_bytes()[:200])
    Path("list").write_text("torn.tar.gz\n")
    assert main(["scan", "list", "--output", "out.jsonl"]) == 2
    assert results()[0]["failed"] and "Traceback" not in capsys.readouterr().err


@pytest.fixture
def cluster() -> Iterator[str]:
    distributed = pytest.importorskip("distributed", reason="the dask extra is not installed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None, host="127.0.0.1", protocol="tcp://"
    ) as running:
        yield running.scheduler_address.removeprefix("tcp://")


def test_a_cluster_gives_the_same_results(cluster: str) -> None:
    for name in ("one", "two"):
        tree(name)
    Path("list").write_text(f"{os.getcwd()}/one\n{os.getcwd()}/two\n")  # noqa: PTH109
    assert main(["scan", "list", "--output", "here.jsonl"]) == 1
    assert main(["scan", "list", "--output", "there.jsonl", "--executor", f"dask://{cluster}"]) == 1
    assert sorted(Path("here.jsonl").read_text().splitlines()) == sorted(Path("there.jsonl").read_text().splitlines())


@pytest.mark.parametrize("name", ["dask://", "spark://x:1"])
def test_an_executor_that_there_is_not(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("list").write_text("")
    assert main(["scan", "list", "--executor", name]) == 2
    assert capsys.readouterr().err == f"unstall: {name}: is not dask://HOST:PORT\n"
