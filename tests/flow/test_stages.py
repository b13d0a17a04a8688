"""How what stands behind a wait is cut into stages."""

from pathlib import Path

from unstall.pipeline import run

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
