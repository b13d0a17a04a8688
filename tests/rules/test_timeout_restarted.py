"""UST106: it takes signals that come again and again."""

from pathlib import Path

import pytest
from unstall.findings.finding import Severity
from unstall.run.pipeline import run

from tests.facts import DAEMON_HEADERS, codes_of, facts_of, source_of

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


@pytest.mark.parametrize(
    ("wait", "in_full"),
    [
        ("poll(fd, 1, 10000)", True),
        ("select(1, set, NULL, NULL, left)", False),  # Linux leaves in it what is left
        ("nanosleep(left, left)", False),
        ("clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, until, NULL)", False),
        ("clock_nanosleep(CLOCK_MONOTONIC, 0, until, NULL)", True),
    ],
)
def test_what_is_said_of_a_wait_is_what_the_rule_goes_by(tmp_path: Path, wait: str, in_full: bool) -> None:
    failed = "== EINTR" if wait.startswith("clock") else "== -1 && errno == EINTR"
    text = f"int wait_for(int r) {{ do {{ r = {wait}; }} while (r {failed}); return r; }}\n"
    (fact,) = facts_of(source_of(DAEMON_HEADERS + text))
    assert fact.timeout_restarted is in_full
    assert ("UST106" in codes_of(tmp_path, DAEMON_HEADERS + text)) is in_full


@pytest.mark.parametrize(
    "timeout",
    ["&(struct timespec){ 0, 0 }", "&at_once", "&zero_time"],
)
def test_a_wait_that_only_looks_has_no_timeout_to_start_over(tmp_path: Path, timeout: str) -> None:
    text = f"""
    static void on_child(int sig) {{ }}
    int pending(sigset_t *set)
    {{
        static struct timespec zero_time = {{ 0, 0 }};
        int r;

        do {{
            r = sigtimedwait(set, NULL, {timeout});
        }} while (r == -1 && errno == EINTR);
        return r;
    }}
    void start(void) {{ signal(SIGCHLD, on_child); }}
    """
    assert codes_of(tmp_path, DAEMON_HEADERS + text) == []
    assert codes_of(tmp_path, DAEMON_HEADERS + text.replace(timeout, "&patience")) == ["UST106"]
