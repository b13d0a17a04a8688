"""Stages that are due at a time for which the wait is cut short: late by a pass, so that a finding is a note."""

from pathlib import Path

import pytest
from unstall.findings.finding import Severity
from unstall.run.pipeline import run

LOOP = """
void serve(int fd)
{
    for (;;) {
        fd_set set;
        struct timeval left = { 5, 0 };
        time_t now;

        FD_ZERO(&set);
        FD_SET(fd, &set);
        %(head)s
        if (select(fd + 1, &set, NULL, NULL, &left) == -1) {
            if (errno == EINTR)
                continue;
            exit(1);
        }
        if (FD_ISSET(fd, &set))
            take(fd);
        %(stage)s
    }
}
"""


def severity(tmp_path: Path, head: str, stage: str) -> Severity:
    path = tmp_path / "case.c"
    path.write_text(LOOP % {"head": head, "stage": stage})
    (finding,) = (finding for finding in run([str(path)]).findings if finding.code == "UST101")
    assert ("late, not lost" in finding.why) is (finding.severity is Severity.NOTE)
    return finding.severity


@pytest.mark.parametrize(
    ("head", "stage"),
    [
        ("left.tv_sec = due - time(NULL);", "if (time(NULL) >= due) sweep();"),
        ("cut_short(&left, due);", "now = time(NULL); if (due && now >= due && !held) { sweep(); due = 0; }"),
        ("left.tv_sec = last + interval - time(NULL);", "now = time(NULL); if (now > last + interval) sweep();"),
        ("left.tv_sec = next_timer(timers);", "run_timers(timers);"),
        ("timers_next_due(&left);", "timers_next_due(&left); if (time(NULL) >= left.tv_sec) sweep();"),
        ("left.tv_sec = sched_wait(queue_of(peer));", "sched_run(queue_of(peer));"),
        ("if (pending(queue)) left.tv_sec = 0;", "if (pending(queue) || woken) run(queue);"),
        ("if (pending(queue)) { looks = 1; } left.tv_sec = looks ? 0 : 5;", "if (pending(queue)) run(queue);"),
        (
            "left.tv_sec = queue->due - time(NULL);",
            "now = time(NULL); while (queue) { if (queue->due > now) break; run(queue); queue = queue->next; }",
        ),
        ("now = time(NULL); left.tv_sec = due - now;", "now = time(NULL); if (now >= due) sweep();"),
        ("left.tv_sec = timer_wait(queue, &found);", "timer_process(queue, &passed);"),
        ("left.tv_sec = timer_wait(&loop->timers, &found);", "timer_process(loop, &passed);"),
        ("wakeup = 60; sweep_prepare(&wakeup); left.tv_sec = wakeup - time(NULL);", "sweep_do();"),
    ],
)
def test_a_stage_that_the_wait_is_cut_short_for(tmp_path: Path, head: str, stage: str) -> None:
    assert severity(tmp_path, head, stage) is Severity.NOTE


@pytest.mark.parametrize(
    ("head", "stage"),
    [
        ("", "if (time(NULL) >= due) sweep();"),
        ("left.tv_sec = interval;", "now = time(NULL); if (now > last + interval) sweep();"),
        ("left.tv_sec = due - time(NULL);", "if (time(NULL) >= due) sweep(); reap();"),
        ("left.tv_sec = next_timer(timers);", "run_timers(others);"),
        ("left.tv_sec = time(NULL);", "run_timers(NULL);"),
        ("left.tv_sec = choose(timers);", "report_to(timers);"),
        ("if (pending(queue)) left.tv_sec = 0;", "if (pending(other)) run(other);"),
        ("if (pending(queue)) note(queue);", "if (pending(queue)) run(queue);"),
        ("left.tv_sec = timer_wait(queue, &found);", "timer_process(other, &passed);"),
        ("left.tv_sec = timer_wait(&loop->timers, &found);", "timer_process(other, &passed);"),
        ("wakeup = 60; sweep_prepare(&wakeup); left.tv_sec = wakeup - time(NULL);", "report_do();"),
        ("wakeup = 60; sweep_prepare(&other); left.tv_sec = wakeup - time(NULL);", "sweep_do();"),
        (
            "left.tv_sec = queue->due - time(NULL);",
            "now = time(NULL); while (queue) { if (queue->due > now) break; queue = queue->next; } run(queue);",
        ),
    ],
)
def test_a_stage_that_the_wait_does_not_know_of(tmp_path: Path, head: str, stage: str) -> None:
    assert severity(tmp_path, head, stage) is Severity.ERROR
