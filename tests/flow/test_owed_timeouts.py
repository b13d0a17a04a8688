"""What a wait's timeout tells of what an interrupt owes."""

from pathlib import Path

import pytest

from tests.facts import codes_of_c_files

WRAPPER = """
int take_reply(int ms)
{
    int r = poll(fds, 4, ms);

    if (r == -1)
        return %s ? 0 : -1;
    return r > 0 ? parse() : 0;
}
"""
CALLER = """
void ask(void)
{
    for (;;) {
        int r = take_reply(100);

        if (r == -1) {
            note_failure();
            continue;
        }
        let_others_run();
    }
}
"""


def test_an_interrupt_that_may_pass_for_a_timeout_owes_nothing(tmp_path: Path) -> None:
    assert codes_of_c_files(tmp_path, WRAPPER % "may_wait" + CALLER) == []
    told = CALLER.replace("r == -1", "r == -1 && errno == EINTR")
    assert codes_of_c_files(tmp_path, WRAPPER % "may_wait" + told) == ["UST101"]
    assert codes_of_c_files(tmp_path, WRAPPER % "0" + CALLER) == ["UST101"]


AWAY = """
int wait_for(int fd, struct timeval *limit)
{
    struct timespec left, *timeout = NULL;

    if (limit) {
        left.tv_sec = limit->tv_sec;
        left.tv_nsec = limit->tv_usec * 1000;
        timeout = &left;
    }
    return pselect(fd + 1, watched, NULL, NULL, timeout, &unblocked);
}
"""
SERVE = """
void serve(int fd)
{
    for (;;) {
        struct timeval limit = { 1, 0 };

        if (wait_for(fd, %s) < 0 && errno == EINTR)
            continue;
        sweep_sessions();
    }
}
"""


def test_a_timeout_that_a_wrapper_copies_is_its_callers(tmp_path: Path) -> None:
    assert codes_of_c_files(tmp_path, AWAY, SERVE % "NULL") == []
    assert codes_of_c_files(tmp_path, AWAY, SERVE % "&limit") == ["UST101"]
    assert codes_of_c_files(tmp_path, AWAY, SERVE % "null") == []


BY_NAME = """
void serve(struct loop *loop)
{
    for (;;) {
        if (loop_poll(loop, %s) < 0 && errno == EINTR)
            continue;
        sweep_sessions();
    }
}
"""


@pytest.mark.parametrize(("timeout", "expected"), [("-1", []), ("500", ["UST101"])])
def test_a_wait_known_by_its_name_that_is_given_minus_one(tmp_path: Path, timeout: str, expected: list[str]) -> None:
    assert codes_of_c_files(tmp_path, BY_NAME % timeout) == expected


SCALED = """
int wait_until_ready(struct pollfd *fds, int n, double seconds)
{
    struct pollfd mine[MOST];
    int r, ms;

    memcpy(mine + 1, fds, n * sizeof *fds);
    ms = seconds * 1000;
    if (ms < 0)
        ms = NO_TIMEOUT;
    r = poll(mine, n + 1, ms);
    if (r > 0)
        memcpy(fds, mine + 1, n * sizeof *fds);
    return r;
}
"""
SERVE_COPY = """
void serve(struct pollfd *fds, int n)
{
    for (;;) {
        if (wait_until_ready(fds, n, %s) < 0) {
            if (errno == EINTR)
                %s
            break;
        }
        %s
        sweep_sessions();
    }
}
"""


@pytest.mark.parametrize(
    ("timeout", "then", "behind", "expected"),
    [
        ("-1", "continue;", "", []),
        ("0.5", "continue;", "", ["UST101"]),
        ("0.5", "goto on;", "on: if (fds[0].revents & POLLIN) serve_one(fds[0].fd);", ["UST105"]),
    ],
)
def test_a_timeout_that_a_wrapper_computes_and_results_that_it_copies(
    tmp_path: Path, timeout: str, then: str, behind: str, expected: list[str]
) -> None:
    assert codes_of_c_files(tmp_path, SCALED, SERVE_COPY % (timeout, then, behind)) == expected


SET_BY_A_CALL = """
void serve(int fd)
{
    for (;;) {
        struct timeval left, *limit = NULL;

        if (scheduled) {
            left.tv_sec = left.tv_usec = 0;
            set_time(&left, due);
            limit = &left;
        }
        if (wait_for(fd, limit) == -1 && errno == EINTR)
            continue;
        sweep_sessions();
    }
}
"""


def test_a_timeout_that_a_function_sets_is_not_always_zero(tmp_path: Path) -> None:
    assert codes_of_c_files(tmp_path, AWAY, SET_BY_A_CALL) == ["UST101"]
    assert codes_of_c_files(tmp_path, AWAY, SET_BY_A_CALL.replace("set_time(&left, due);", ";")) == []


ROTATE = """
void serve(int fd)
{
    for (;;) {
        struct pollfd asked = { fd, POLLIN, 0 };

        if (overdue(&since)) {
            rotate(%s);
            continue;
        }
        if (poll(&asked, 1, 1000) == -1 && errno == EINTR) {
            note_start(&since);
            continue;
        }
        rotate(fd);
    }
}
"""


def test_work_that_is_done_on_time_without_waiting(tmp_path: Path) -> None:
    assert codes_of_c_files(tmp_path, ROTATE % "fd") == []
    assert codes_of_c_files(tmp_path, ROTATE % "other") == ["UST101"]


PINGS = """
void serve(int fd)
{
    for (;;) {
        struct pollfd asked = { fd, POLLIN, 0 };
        int r = poll(&asked, 1, 1000);

        if (r == -1 && errno == EINTR)
            continue;
        if (r == 0) {
            if (pinging)
                ping(fd);
            else
                %s;
        }
        take_in(fd);
    }
}
"""


def test_work_that_a_timeout_leaves_out_by_a_jump_of_its_own(tmp_path: Path) -> None:
    assert "UST101" not in codes_of_c_files(tmp_path, PINGS % "continue")
    assert codes_of_c_files(tmp_path, PINGS % "note_quiet()") == ["UST101"]
    assert codes_of_c_files(tmp_path, PINGS % "break") == ["UST101"]
    before = (PINGS % "continue").replace("if (r == 0) {", "sweep_sessions();\n        if (r == 0) {")
    assert codes_of_c_files(tmp_path, before) == ["UST101"]


LOOKS_OR_WAITS = """
void serve(int fd)
{
    for (;;) {
        struct pollfd asked = { fd, POLLIN, 0 };
        int timeout;

        if (pending(fd))
            timeout = 0;
        else
            timeout = %s;
        if (poll(&asked, 1, timeout) == -1 && errno == EINTR)
            continue;
        forward(fd);
    }
}
"""


def test_a_wait_that_only_looks_or_has_no_timeout(tmp_path: Path) -> None:
    assert codes_of_c_files(tmp_path, LOOKS_OR_WAITS % "-1") == []
    assert "UST101" in codes_of_c_files(tmp_path, LOOKS_OR_WAITS % "1000")


FOREVER_AT_TIMES = """
static void *work(void *unused)
{
    int limit, ready;

    while (running) {
        limit = table_empty() ? -1 : next_due() - now();
        ready = epoll_wait(poller, events, SOME, limit);
        if (ready < 0)
            continue;
        if (limit %s -1)
            rebase(now());
        if (ready == 0)
            continue;
        serve(events, ready);
    }
    return NULL;
}
"""


@pytest.mark.parametrize(("asked", "expected"), [("==", []), ("!=", ["UST101"])])
def test_a_wait_that_has_timed_out_had_a_timeout(tmp_path: Path, asked: str, expected: list[str]) -> None:
    assert codes_of_c_files(tmp_path, FOREVER_AT_TIMES % asked) == expected
