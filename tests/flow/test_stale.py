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


SELECT = """
#include <errno.h>
#include <string.h>
#include <sys/select.h>
#include "project.h"

void serve(int fd)
{
    fd_set set;

    for (;;) {
        int r;

        FD_ZERO(&set);
        FD_SET(fd, &set);
        r = select(fd + 1, &set, NOTHING, NOTHING, NULL);
        if (r == -1 && errno != EINTR)
            break;
        %s
    }
}
"""


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("(*block)(1, NOTHING);", []),
        ("WIPE(set);", []),
        ("WIPE(&set); if (FD_ISSET(fd, &set)) take(fd);", []),
        ('printf("%d: %d", r, FD_ISSET(fd, &set) != 0);', []),
        ("if (FD_ISSET(fd, &set)) take(fd);", ["UST105"]),
        ("if (GROUP_ISSET(fd, &set)) take(fd);", ["UST105"]),
        ("note(r); if (FD_ISSET(fd, &set)) take(fd);", ["UST105"]),
        ("take_all(&set);", ["UST105"]),
        ("use(FD_ISSET(fd, &set));", ["UST105"]),
    ],
)
def test_what_is_done_with_a_set_after_an_interrupt(tmp_path: Path, then: str, expected: list[str]) -> None:
    path = tmp_path / "case.c"
    path.write_text(SELECT % then)
    assert [finding.code for finding in run([str(path)]).findings if finding.code == "UST105"] == expected


READ = """
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

int take(int fd, int number)
{
    static char buffer[100];
    char *p, *end = buffer;
    int n = read(fd, %s, 99);

    if (n < 0) {
        if (errno != EINTR)
            exit(1);
        %s
    }
    %s
    return 0;
}
"""


@pytest.mark.parametrize(
    ("into", "interrupted", "then", "expected"),
    [
        ("buffer", "n = 0;", 'buffer[n] = 0; if (!strcmp(buffer, "stop")) return 1;', []),
        ("buffer", "n = look();", 'buffer[n] = 0; if (!strcmp(buffer, "stop")) return 1;', []),
        ("buffer", "n = 3;", 'buffer[n] = 0; if (!strcmp(buffer, "stop")) return 1;', ["UST105"]),
        ("buffer", "", 'if (!strcmp(buffer, "stop")) return 1;', ["UST105"]),
        ("buffer", "", "p = buffer; *p++ = 'x'; send_out(buffer);", []),
        ("buffer", "", 'p = buffer; strcpy(p, "x"); send_out(buffer);', []),
        ("buffer", "", 'snprintf(buffer, 99, "%d", number); send_out(buffer);', []),
        ("buffer", "", "p = buffer; send_out(p);", ["UST105"]),
        ("buffer", "", 'p = strdup("x"); strcpy(p, "y"); send_out(buffer);', ["UST105"]),
        ("buffer", "", "memcpy(store, buffer, 9);", ["UST105"]),
        ("buffer", "", "note(LOG_DEBUG, buffer[0]);", []),
        ("buffer", "", "note(OTHER, buffer[0]);", ["UST105"]),
        ("end", "n = 0;", "end += n; parse(buffer, end);", []),
    ],
)
def test_what_is_written_anew_is_not_stale(
    tmp_path: Path, into: str, interrupted: str, then: str, expected: list[str]
) -> None:
    path = tmp_path / "case.c"
    path.write_text(READ % (into, interrupted, then))
    assert [finding.code for finding in run([str(path)]).findings if finding.code == "UST105"] == expected
