"""The way of an interrupted run as it is told: tests, calls and jumps that a timeout doesn't pass."""

from pathlib import Path

import pytest
from unstall.findings.witness import witness
from unstall.source import Language

from tests.facts import findings_of_c_files, restart_of, source_of


def told(text: str, language: Language = "c") -> list[tuple[int, str]]:
    source = source_of(text, language)
    return [(source.line(point.span.start), point.text) for point in witness(restart_of(source), source)]


LOOP = """\
void serve(struct pollfd *fds, int n)
{
    for (;;) {
        int r = poll(fds, n, 1000);
        RESTART
        sweep_sessions();
    }
}
"""


@pytest.mark.parametrize(
    ("restart", "way"),
    [
        ("if (r < 0 && errno == EINTR) continue;", ["`r < 0 && errno == EINTR` is true", "`continue`"]),
        ("if (r == -1 && why() == EINTR) continue;", ["`r == -1 && why() == EINTR` is true", "`continue`"]),
        ("if (r < 0) { note(r); continue; }", ["`r < 0` is true", "`note` is called", "`continue`"]),
        ("if (r < 0) switch (errno) { case EINTR: case EAGAIN: continue; default: exit(1); }",
         ["`r < 0` is true", "`errno` is EINTR", "`continue`"]),
        ("if (r >= 0)", ["`r >= 0` is false"]),
        ("if (r < 0) { if (stopping) continue; if (errno == EINTR) continue; exit(1); }",
         ["`r < 0` is true", "`stopping` is false", "`errno == EINTR` is true", "`continue`"]),
    ],
)  # fmt: skip
def test_what_sets_the_interrupt_apart_is_told(restart: str, way: list[str]) -> None:
    points = told(LOOP.replace("RESTART", restart))
    assert points[0] == (4, "`poll` fails with EINTR")
    assert points[1:-1] == [(5, text) for text in way]
    assert points[-1] == (3, "back to the head of the loop")


def test_a_handler_catches_it() -> None:
    points = told(
        """\
        import select

        def serve(sessions):
            while True:
                try:
                    ready = select.select(sessions, [], [], 1)
                except InterruptedError:
                    continue
                sweep(sessions)
        """,
        "python",
    )
    assert points == [
        (6, "`select.select` raises EINTR"),
        (7, "`except InterruptedError` catches it"),
        (8, "`continue`"),
        (4, "back to the head of the loop"),
    ]


def test_of_a_way_to_a_place_the_tests_are_told_that_it_depends_on(tmp_path: Path) -> None:
    """Of a use of stale results too: whether it's reached at all is what a reader wants to check."""
    program = """
void serve(fd_set *asked, int fd)
{
    for (;;) {
        fd_set ready = *asked;
        if (select(fd + 1, &ready, 0, 0, 0) < 0 && errno != EINTR)
            return;
        if (verbose)
            note(fd);
        if (paused)
            continue;
        for (int i = 0; i <= fd; i++)
            if (FD_ISSET(i, &ready))
                answer(i);
    }
}
"""
    (finding,) = findings_of_c_files(tmp_path, program)
    assert [point.text for point in finding.witness[2:]] == ["`paused` is false", "comes to `FD_ISSET(i, &ready)`"]
