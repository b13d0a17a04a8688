"""What an interrupt owes, and what serves only what is ready and looks like it."""

from pathlib import Path

import pytest

from tests.facts import codes_of_c_files, findings_of_c_files

COPY = """
void copy(int from, int to)
{
    while (copies-- > 0) {
        for (;;) {
            fd_set set;
            struct timeval left = { 1, 0 };
            int r;

            FD_ZERO(&set);
            FD_SET(from, &set);
            r = select(from + 1, &set, NULL, NULL, &left);
            if (r < 0 && errno != EINTR)
                return;
            if (%s) {
                size = read(from, buffer, sizeof buffer);
                if (size == 0)
                    break;
            }
            flush_to(to);
        }
    }
}
"""


def test_a_jump_of_what_looks_ready_is_not_the_interrupts_own(tmp_path: Path) -> None:
    assert "UST101" not in codes_of_c_files(tmp_path, COPY % "FD_ISSET(from, &set)")


ONE = """
void serve(int fd)
{
    for (;;) {
        fd_set set;
        struct timeval left = { 1, 0 };
        int n, idle = 0;
        char *buffer;

        FD_ZERO(&set);
        FD_SET(fd, &set);
        if (select(fd + 1, &set, NULL, NULL, &left) == -1 && errno == EINTR)
            continue;
        %s
    }
}
"""


@pytest.mark.parametrize(
    "stage",
    [
        "passes++;",
        "left.tv_usec = MS_TO_US(INTERVAL);",
        "while (!idle && !is_cancelled(job)) idle = 1;",
        "buffer = spare_buffer(); if (FD_ISSET(fd, &set)) take(fd, buffer);",
        "n = recv(fd, text, sizeof text, 0);",
        "if (FD_ISSET(fd, &set)) take(fd); else idle = 1; if (idle) show_what_came();",
    ],
)
def test_what_is_no_work_of_every_pass(tmp_path: Path, stage: str) -> None:
    assert codes_of_c_files(tmp_path, ONE % stage) == []


@pytest.mark.parametrize(
    "stage",
    [
        "passes++; sweep(passes);",
        "SWEEP(sessions);",
        "SWEEP(ALL);",
        "if (is_due(job)) sweep();",
        "buffer = spare_buffer(); if (FD_ISSET(fd, &set)) take(fd, buffer); give_back(buffer);",
        "last = spare_buffer(); if (FD_ISSET(fd, &set)) take(fd, last);",
        "sweep(); if (FD_ISSET(fd, &set)) take(fd);",
        "n = recv(other, text, sizeof text, 0);",
        "if (FD_ISSET(fd, &set)) take(fd); else idle = 1; if (idle || held) sweep();",
        "run_timers(&queue); if (FD_ISSET(fd, &set)) take(&queue);",
    ],
)
def test_work_of_every_pass_beside_it(tmp_path: Path, stage: str) -> None:
    assert codes_of_c_files(tmp_path, ONE % stage) == ["UST101"]


def test_a_stage_of_a_loop_that_idle_work_ends(tmp_path: Path) -> None:
    stage = "if (FD_ISSET(fd, &set)) take(fd); else idle = 1; sweep();"
    program = (ONE % stage).replace("for (;;) {", "int idle = 0;\n    while (!idle) {").replace(", idle = 0;", ";")
    assert "UST101" in codes_of_c_files(tmp_path, program)


LED_BACK = """
void serve(int fd)
{
    for (;;) {
        struct pollfd asked = { fd, POLLIN, 0 };
        int r = poll(&asked, 1, 1000);

        if (r == -1 && errno == EINTR)
            continue;
work:
        if (reload) {
            load_tables();
            reload = 0;
        }
        if (r > 0) {
            take_in(fd);
            if (r > 1)
                goto work;
            give_back(fd);
        }
    }
}
"""


def test_work_in_front_of_a_test_of_results_that_leads_back_to_it(tmp_path: Path) -> None:
    assert codes_of_c_files(tmp_path, LED_BACK) == ["UST101"]


LABELLED = """
void serve(int fd)
{
    time_t now = 0, swept = 0;

    for (;;) {
again:
        run_schedule(now);
        if (asks_kernel) {
            struct pollfd asked = { fd, POLLIN, 0 };

            if (poll(&asked, 1, 1000) == -1)
                goto again;
        } else
            take_message();
        now = time(NULL);
        if (swept + 60 < now) {
            sweep_sessions();
            swept = now;
        }
        if (quiet)
            goto again;
        note_busy();
    }
}
"""


def test_the_head_of_a_loop_with_a_label_ends_at_the_wait(tmp_path: Path) -> None:
    (finding,) = findings_of_c_files(tmp_path, LABELLED)
    assert "`now` is refreshed only behind the wait" in finding.why
    assert "`swept`" not in finding.why


NOTED = """
void serve(struct pollfd *fds, int n)
{
    for (;;) {
        int i, got = %s, ready = poll(fds, n, -1);

        if (ready == -1 && errno == EINTR)
            continue;
        for (i = 0; i < n; i++) {
            struct pollfd *each = &fds[i];

            if (each->revents & POLLIN)
                %s
            else if (each->revents)
                drop(each->fd);
        }
        if (%s)
            reap_children();
    }
}
"""


def test_work_for_what_was_noted_where_something_was_ready(tmp_path: Path) -> None:
    assert codes_of_c_files(tmp_path, NOTED % ("0", "got = 1;", "got")) == []
    assert codes_of_c_files(tmp_path, NOTED % ("0", "got = 1;", "got || due")) == ["UST101"]
    assert codes_of_c_files(tmp_path, NOTED % ("woken()", "got = 1;", "got")) == ["UST101"]


SLEEPS = """
void measure(void)
{
    while (!stopped) {
        struct timespec pause = { 0, 1000 };

        if (pselect(0, NULL, NULL, NULL, &pause, NULL) == -1 && errno == EINTR)
            continue;
        if (%s)
            continue;
    }
}
"""


def test_a_further_wait_is_no_work(tmp_path: Path) -> None:
    assert "UST101" not in codes_of_c_files(tmp_path, SLEEPS % "pselect(0, NULL, NULL, NULL, &pause, NULL) == -1")
    assert "UST101" in codes_of_c_files(tmp_path, SLEEPS % "report_to(peer) == -1")


ANSWERS = """
void serve(int fd)
{
    int running = 1, level;

    while (running) {
        struct pollfd asked;
        int r;

        asked.fd = fd;
        asked.events = POLLPRI;
        r = poll(&asked, 1, 1000);

        if (r >= 0) {
            %s
        }
    }
}
"""


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("lseek(fd, 0, SEEK_SET); if (r) level = HIGH; else level = TIMED_OUT; tell(level);", []),
        ("running = 0;", []),
        ("if (r) level = HIGH; else level = TIMED_OUT; tell(level); sweep();", ["UST101"]),
        ("level = next_level(); tell(level);", ["UST101"]),
        ("running = sweep();", ["UST101"]),
    ],
)
def test_what_is_done_with_the_result_itself(tmp_path: Path, then: str, expected: list[str]) -> None:
    assert codes_of_c_files(tmp_path, ANSWERS % then) == expected


CLIENTS = """
void serve(struct client *clients, int last)
{
    for (;;) {
        fd_set readable, writable;
        struct timeval limit = { 1, 0 };
        int r;

        ask_for_all(clients, &readable, &writable);
        r = select(last + 1, &readable, &writable, NULL, &limit);
        if (r == -1 && errno == EINTR)
            continue;
        flush_some(&writable);
        for (struct client *each = clients; each; each = each->next) {
            if (each->fd < 0)
                continue;
            if (FD_ISSET(each->fd, &readable) || FD_ISSET(each->fd, &writable))
                talk_to(each);
            %s
        }
        %s
    }
}
"""


def test_a_loop_that_does_nothing_but_serve_what_is_ready(tmp_path: Path) -> None:
    assert codes_of_c_files(tmp_path, CLIENTS % ("", "")) == []
    assert codes_of_c_files(tmp_path, CLIENTS % ("expire(each);", "")) == ["UST101"]
    assert codes_of_c_files(tmp_path, CLIENTS % ("", "run_timers();")) == ["UST101"]


WALK = """
void serve(struct pollfd *fds, struct peer *peers, int n)
{
    for (;;) {
        int r = poll(fds, n, 1000);
        struct pollfd *each = &fds[0], *control;

        if (r == -1 && errno == EINTR)
            continue;
        control = each++;
        if (control->revents & POLLIN) {
            obey(control->fd);
            continue;
        }
        for (struct peer *peer = peers; peer; peer = peer->next) {
            struct pollfd *mine = each++;

            if (mine->revents & POLLIN)
                talk_to(peer);
            %s
        }
    }
}
"""


def test_a_pointer_that_walks_through_the_results(tmp_path: Path) -> None:
    assert codes_of_c_files(tmp_path, WALK % "") == []
    assert codes_of_c_files(tmp_path, WALK % "expire(peer);") == ["UST101"]


LAST_IN_LOOP = """
void look_up(int standing)
{
    for (;;) {
        fd_set readable;
        int n = 4;

        FD_ZERO(&readable);
        FD_SET(0, &readable);
        if (select(n, &readable, 0, 0, ask_timeout()) == -1) {
            if (errno == EINTR)
                continue;
            return;
        }
        hand_on(n, &readable);
        if (%s)
            read_input();
        %s
    }
}
"""


@pytest.mark.parametrize(
    ("test", "more", "found"),
    [
        ("standing && FD_ISSET(0, &readable)", "", []),
        ("FD_ISSET(0, &readable)", "", []),
        ("standing", "", ["UST101"]),
        ("FD_ISSET(0, &readable)", "sweep_sessions();", ["UST101"]),
    ],
)
def test_the_last_stage_of_a_loop_may_depend_on_what_is_ready_like_any_other(
    test: str, more: str, found: list[str], tmp_path: Path
) -> None:
    assert codes_of_c_files(tmp_path, LAST_IN_LOOP % (test, more)) == found


SENT_AGAIN = """
int request(int closing)
{
    int rc = 0, tried = 0;

again:
    if (rc == -1) {
        tried = 1;
        if (connect_anew() != 0)
            goto end;
        rc = 0;
    }
    if (poll(fds, 1, 2000) < 0) {
        rc = -1;
        goto end;
    }
    if (take_reply() < 0)
        rc = -1;
end:
    if (%s)
        goto again;
    return rc;
}
"""


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ("rc == -1 && !closing && !tried", []),
        ("rc < 0", []),
        ("!(rc >= 0)", []),
        ("!closing", ["UST101"]),
        ("rc == -1 || !closing", ["UST101"]),
    ],
)
def test_a_loop_that_only_sends_a_request_again_has_no_stages(test: str, found: list[str], tmp_path: Path) -> None:
    assert [code for code in codes_of_c_files(tmp_path, SENT_AGAIN % test) if code == "UST101"] == found


EXPECTS_END = """
static int expect_end(struct session *s)
{
    struct pollfd fds[1];
    char c;
    int i, n = 0;

    for (;;) {
        fds[0].fd = s->fd;
        fds[0].events = POLLIN;
        i = poll(fds, 1, s->timeout);
        if (i < 0 && errno == EINTR)
            continue;
        if (i != 1)
            printf("poll = %%d", i);
        %s
        if (n <= 0 && is_end(s, n))
            break;
        note(%s);
    }
    return 0;
}
"""


@pytest.mark.parametrize(
    ("taken", "noted", "expected"),
    [
        ("n = read(s->fd, &c, 1);", "c", []),
        ("if (fds[0].revents) n = read(s->fd, &c, 1);", "c", ["UST101"]),
        ("n = read(s->fd, &c, 1);", "s", ["UST101"]),
        ("n = read(log_fd, &c, 1);", "c", ["UST101"]),
    ],
)
def test_work_on_what_was_taken_in_is_for_what_is_ready(
    tmp_path: Path, taken: str, noted: str, expected: list[str]
) -> None:
    assert codes_of_c_files(tmp_path, EXPECTS_END % (taken, noted)) == expected
