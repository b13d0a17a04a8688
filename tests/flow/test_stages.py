"""How what stands behind a wait is cut into stages."""

from pathlib import Path

import pytest
from unstall.run.pipeline import run

ENDED = """
#include <errno.h>
#include <poll.h>
#include <signal.h>

static volatile sig_atomic_t running = 1;

static void stop(int number)
{
    running = 0;
}

static void count(int number)
{
    counted++;
}

int main(void)
{
    signal(SIGTERM, stop);
    signal(SIGCHLD, count);
    while (running) {
        int r = poll(fds, n, 1000);

        if (r == -1) {
            if (errno == EINTR)
                continue;
            return 1;
        }
        sweep_sessions();
        if (!take_work(r))
            running = 0;
    }
    return 0;
}
"""


def test_the_test_that_a_loop_starts_with_is_no_stage_though_a_stage_may_make_it_false(tmp_path: Path) -> None:
    (tmp_path / "serve.c").write_text(ENDED)
    (file,) = run([str(tmp_path)]).files
    (finding,) = file.findings
    assert finding.fact is not None and file.source is not None
    lines = [file.source.line_text(file.source.line(stage.span.start)).strip() for stage in finding.fact.stages]
    assert lines == ["sweep_sessions();", "if (!take_work(r))"]
    assert not any(stage.feeds_head for stage in finding.fact.stages), "a handler sets it, too"
    assert "running" not in finding.why


FED = """
#include <errno.h>
#include <poll.h>
#include <time.h>

struct state { time_t now; int written, left; char *buffer; };

void serve(struct state *state, time_t now, time_t due)
{
    int idle = 0, last = 0;

    for (;;) {
        int r;

        run_schedule(%s);
        r = poll(fds, n, 1000);
        if (r == -1) {
            if (errno == EINTR) {
                %s
                continue;
            }
            return;
        }
        %s
        sweep_sessions();
    }
}
"""


@pytest.mark.parametrize(
    ("head", "interrupted", "behind", "fed"),
    [
        ("now", "", "now = time(NULL);", ["now"]),
        ("state->now", "", "state->now = time(NULL);", ["state->now"]),
        ("due", "", "if (time(&now) >= due) { due = now + 60; }", ["due"]),
        ("now", "now = time(NULL);", "now = time(NULL);", []),
        ("now", "", "if (r > 0) now = time(NULL);", []),
        ("now", "", "now = daemon_time();", ["now"]),
        ("state->left", "", "state->now = time(NULL);", []),
        ("last", "", "last = look_around();", []),
        ("idle", "", "if (r == 0) idle++;", []),
        ("now = time(NULL)", "", "now = time(NULL);", []),
    ],
)
def test_a_head_works_from_an_old_value_where_nothing_but_a_skipped_stage_reads_the_clock(
    head: str, interrupted: str, behind: str, fed: list[str], tmp_path: Path
) -> None:
    (tmp_path / "serve.c").write_text(FED % (head, interrupted, behind))
    (finding,) = (f for f in run([str(tmp_path)]).findings if f.code == "UST101")
    assert finding.fact is not None
    assert [feed.name for stage in finding.fact.stages for feed in stage.feeds_head] == fed
    assert all(f"`{name}` is refreshed only behind the wait" in finding.why for name in fed)
    assert ("old value" in finding.why) is bool(fed)


SCRATCH = """
#include <errno.h>
#include <sys/select.h>

struct state { int written, left; char *buffer; };

void serve(struct state *state, int fd)
{
    for (;;) {
        fd_set readable;
        struct timeval timeout = { 2, 0 };

        if (!state->buffer)
            prepare();
        %s
        FD_ZERO(&readable);
        FD_SET(fd, &readable);
        if (select(fd + 1, &readable, NULL, NULL, &timeout) == -1) {
            if (errno == EINTR)
                continue;
            return;
        }
        state->written = 0;
        if (FD_ISSET(fd, &readable))
            take(state, fd);
    }
}
"""


@pytest.mark.parametrize(
    ("head", "found"),
    [
        ("", []),
        ("debug(state);", []),
        ("state->written = count();", []),
        ("if (state->left) write_out();", []),
        ("if (state->written) write_out();", ["UST101"]),
        ("work_on(state);", ["UST101"]),
        ("state->written += 2; write_out(state->left);", ["UST101"]),
    ],
)
def test_a_member_that_the_head_does_not_work_from_is_no_stage(head: str, found: list[str], tmp_path: Path) -> None:
    (tmp_path / "serve.c").write_text(SCRATCH % head)
    assert [finding.code for finding in run([str(tmp_path)]).findings if finding.code == "UST101"] == found


@pytest.mark.parametrize(
    ("call", "found"), [("copy(from, to)", ["copy(from, to);", "note();"]), ("strlen(from)", ["note();"])]
)
def test_a_function_of_c_is_work_though_python_has_a_builtin_of_its_name(
    call: str, found: list[str], tmp_path: Path
) -> None:
    wait = "if (poll(fds, 2, 1000) < 0) {\nif (errno == EINTR) continue;\nreturn;\n}\n"
    (tmp_path / "relay.c").write_text(
        f"void relay(int from, int to)\n{{\nfor (;;) {{\n{wait}{call};\nnote();\n}}\n}}\n"
    )
    (file,) = run([str(tmp_path)]).files
    (finding,) = file.findings
    assert finding.fact is not None and file.source is not None
    stages = [file.source.line_text(file.source.line(stage.span.start)).strip() for stage in finding.fact.stages]
    assert stages == found
