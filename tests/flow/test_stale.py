"""What looks like work with results that a failed wait never wrote, and isn't."""

from pathlib import Path

import pytest
from unstall.pipeline import run

LOOP = """
#include <errno.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

void serve(int queue)
{
    struct epoll_event *events = map_events();

    for (;;) {
        int n = epoll_wait(queue, events, 16, 500);

        if (n == -1 && errno != EINTR)
            break;
        %s
    }
}
"""


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("n = epoll_wait(queue, events, 1, 0);", []),
        ("munmap(events, 16 * sizeof(*events)); events = map_events();", []),
        ("take(events);", ["UST105"]),
    ],
)
def test_whoever_fills_or_gives_back_what_is_stale(tmp_path: Path, then: str, expected: list[str]) -> None:
    path = tmp_path / "case.c"
    path.write_text(LOOP % then)
    assert [finding.code for finding in run([str(path)]).findings] == expected
