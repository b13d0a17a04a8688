"""Callees that are handed what a wait reports: whether they run timers beside that."""

from pathlib import Path

import pytest
from unstall.run.pipeline import run

LOOP = """
#include <errno.h>
#include <sys/select.h>
#include "project.h"

%s

void serve(struct state *s)
{
    for (;;) {
        struct timeval limit = { 1, 0 };
        fd_set set;
        int r;

        %s
        FD_ZERO(&set);
        FD_SET(s->fd, &set);
        r = select(s->fd + 1, &set, 0, 0, &limit);
        if (r == -1) {
            if (errno == EINTR)
                continue;
            return;
        }
        %s
    }
}
"""
BOTH = "static void after(struct state *s, const fd_set *set) { run_timeouts(s); %s }"
SERVES = "if (FD_ISSET(s->fd, set)) take(s);"


@pytest.mark.parametrize(
    ("callee", "before", "then", "expected"),
    [
        (BOTH % SERVES, "", "after(s, &set);", ["UST101"]),
        (BOTH % SERVES, "", "if (r > 0) after(s, &set);", []),
        (BOTH % SERVES, "run_timeouts(s);", "after(s, &set);", []),
        (BOTH % SERVES, "", "after(s, &set, 3);", []),
        (SERVES.join(["static void after(struct state *s, const fd_set *set) { ", " }"]), "", "after(s, &set);", []),
        ("static void after(struct state *, const fd_set *);", "", "after(s, &set);", []),
        # What the results ask for, in whatever words.
        ("void after(struct state *s, fd_set *set) { run_timeouts(s, set); }", "", "after(s, &set);", []),
        ("void after(struct state *s, int r) { if (r > 0) run_timeouts(s); }", "", "after(s, r);", []),
        ("void after(struct state *s, int r) { if (r < s->count) run_timeouts(s); }", "", "after(s, r);", []),
        ("void after(struct state *s, int r) { int k = count(s, r); if (!k) return; run_timeouts(s); }", "",
         "after(s, r);", []),
        ("void after(struct state *s, int any) { if (any) run_timeouts(s); }", "",
         "after(s, FD_ISSET(s->fd, &set));", []),
        ("void after(struct state *s, int left) { if (left) run_timeouts(s); }", "",
         "int left = r - 1; after(s, left);", []),
        ("void after(struct state *s, int r) { while (r-- > 0) take(s); run_timeouts(s); }", "", "after(s, r);",
         ["UST101"]),
        # What says or changes when something is due, or is done for who is ready.
        ("void after(struct state *s, fd_set *set) { set_timer(s); }", "", "after(s, &set);", []),
        ("void after(struct state *s, fd_set *set) { s->now = current_time(); }", "", "after(s, &set);", []),
        ("void after(struct state *s, fd_set *set) { take_all(s); }", "", "after(s, &set);", []),
    ],
)  # fmt: skip
def test_what_a_callee_does_beside_looking(
    tmp_path: Path, callee: str, before: str, then: str, expected: list[str]
) -> None:
    path = tmp_path / "case.c"
    path.write_text(LOOP % (callee, before, then))
    assert [finding.code for finding in run([str(path)]).findings if finding.code == "UST101"] == expected
