"""What stale-readiness makes of a wait whose results a kernel may have cleared by itself."""

from pathlib import Path

import pytest
from unstall.findings.finding import Severity
from unstall.options import Settings
from unstall.run.pipeline import run

LOOP = """\
#include <errno.h>
#include <signal.h>

static void noted(int sig) { (void) sig; }

void serve(int fd, struct pollfd *fds, fd_set *all)
{
    signal(SIGCHLD, noted);
    for (;;) {
        fd_set ready = *all;
        int r = %s;

        if (r == -1 && errno != EINTR)
            return;
        if (%s)
            answer(fd);
        sweep();
    }
}
"""
SELECT = "select(fd + 1, &ready, NULL, NULL, NULL)", "FD_ISSET(fd, &ready)"
POLL = "poll(fds, 1, 1000)", "fds[0].revents & POLLIN"


@pytest.mark.parametrize(
    ("wait", "kernel", "severity"),
    [
        (SELECT, "any", Severity.ERROR),
        (SELECT, "ready-first", Severity.ERROR),
        (POLL, "any", Severity.WARNING),
        (POLL, "ready-first", Severity.NOTE),
    ],
)
def test_what_linux_clears_weighs_less(wait: tuple[str, str], kernel: str, severity: Severity, tmp_path: Path) -> None:
    path = tmp_path / "loop.c"
    path.write_text(LOOP % wait)
    (finding,) = run([str(path)], settings=Settings(kernel=kernel)).findings
    assert (finding.code, finding.severity) == ("UST105", severity)
    assert ("Linux clears `revents`" in finding.why) is (wait is POLL)


@pytest.mark.parametrize(
    ("first", "codes"),
    [
        ('log_state("%d", wanted ? FD_ISSET(fd, &ready) : -1);', []),
        ("if (wanted ? FD_ISSET(fd, &ready) : 0) answer(fd);", ["UST105"]),
    ],
)
def test_what_is_only_shown_to_a_reader_does_no_harm(first: str, codes: list[str], tmp_path: Path) -> None:
    path = tmp_path / "case.c"
    guarded = LOOP.replace("        if (%s)\n", f"        {first}\n        if (r > 0 && FD_ISSET(fd, &ready))\n")
    path.write_text(guarded.replace("%s;", "select(fd + 1, &ready, NULL, NULL, NULL);"))
    assert [finding.code for finding in run([str(path)]).findings] == codes


def test_what_is_asked_of_poll_is_no_result_of_it(tmp_path: Path) -> None:
    path = tmp_path / "case.c"
    asked = LOOP.replace(
        "        if (%s)\n", "        unsigned asked = fds[0].events | POLLHUP;\n        if (fds[0].revents & asked)\n"
    )
    path.write_text(asked.replace("%s;", "poll(fds, 1, -1);"))
    (finding,) = run([str(path)]).findings
    assert "`fds[0].revents & asked`" in finding.message
