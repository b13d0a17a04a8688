"""UST106: it takes signals that come again and again."""

from pathlib import Path

import pytest
from unstall.findings import Severity
from unstall.pipeline import run

TEXT = """
static void on_signal(int sig) { seen = sig; }
int wait_for(struct pollfd *fd)
{
    int r;

    do {
        r = poll(fd, 1, 10000);
    } while (r == -1 && errno == EINTR);
    return r;
}
void start(void) { %s }
"""


@pytest.mark.parametrize(
    ("install", "severity"),
    [
        ("", Severity.NOTE),
        ("signal(SIGTERM, on_signal); signal(SIGHUP, on_signal);", Severity.NOTE),
        ("signal(SIGTERM, on_signal); signal(SIGCHLD, on_signal);", Severity.WARNING),
        ("signal(SIGUSR1, on_signal);", Severity.WARNING),
        ("signal(SIGALRM, on_signal); alarm(60);", Severity.NOTE),
        ("signal(SIGALRM, on_signal); setitimer(ITIMER_REAL, &every, NULL);", Severity.WARNING),
    ],
)
def test_a_warning_needs_a_signal_that_comes_again(tmp_path: Path, install: str, severity: Severity) -> None:
    path = tmp_path / "case.c"
    path.write_text(TEXT % install)
    (finding,) = run([str(path)]).findings
    assert (finding.code, finding.severity) == ("UST106", severity)
