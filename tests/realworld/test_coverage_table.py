"""The coverage command on a small tree."""

from dataclasses import replace
from pathlib import Path

import pytest
from unstall.discovery.prefilter import wanted
from unstall.flow.ir import FlowGraph
from unstall.frontends.c.reader import FileReader
from unstall.source import SourceFile

from tests.realworld.coverage import Count, Loss, main, measure_all, table
from tests.realworld.keywords import KINDS, unaccounted

SERVER = """\
#define RETRY(call) while ((call) < 0 && errno == EINTR) continue
#define UNLESS(x, statement) if (!(x)) statement

int serve(int fd)
{
    RETRY(read(fd, buffer, 1));
    UNLESS(fd, return -1);
    IF_ENABLED(if (fd > 3)) close(fd);
    do { fd--; } while (fd);
    LIST_FOREACH(item, items) { if (item->done) break; else continue; }
    for (;;) switch (fd) { case 1: goto out; IF_ENABLED(case 2:) default: while (fd) fd--; }
out:
    return fd;
}

int quiet(void) { return 0; }
"""
BROKEN = """\
int late(int fd)
{
    if (poll(fds, 1, 0) < 0) {
        return errno == EINTR;
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in (("server.c", SERVER), ("lib/broken.c", BROKEN), ("none.c", "int f(void) { return 0; }")):
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "project"


def test_what_is_not_read_is_named(tree: Path) -> None:
    counts = measure_all([tree], 1)
    loss = Loss("project/lib/broken.c:2: late", "braces don't match under the chosen #if branches")
    assert counts == {"project": Count(2, 2, (loss,), ())}
    assert counts["project"].share == 0.5
    words = [line.split() for line in table(counts).splitlines()]
    assert words[1] == ["project", "2", "2", "1", "50.00%", "0"]
    assert table(counts).endswith(f"\n{loss.place}: {loss.reason}")


def test_too_little_is_a_failure(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tree)]) == 1
    (tree / "lib" / "broken.c").unlink()
    assert main([str(tree)]) == 0
    assert main([str(tree / "nowhere")]) == 2
    assert capsys.readouterr().err == f"no folder: {tree / 'nowhere'}\n"


@pytest.mark.parametrize("kind", sorted(set(KINDS.values())))
def test_each_kind_of_statement_is_missed(kind: str) -> None:
    [reading] = FileReader(SourceFile("server.c", SERVER.encode(), "c"), wanted("c")).readings
    graph = reading.made
    assert isinstance(graph, FlowGraph)
    body = reading.function.body_span
    assert list(unaccounted(reading.unit, body, graph)) == []
    kept = tuple(statement for statement in graph.statements if statement.kind != kind)
    missing = {token.value for token in unaccounted(reading.unit, body, replace(graph, statements=kept))}
    written = {word for word, own in KINDS.items() if own == kind} | ({"while"} if kind == "do" else set())
    assert missing == written
