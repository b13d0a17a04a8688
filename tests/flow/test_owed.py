"""What an interrupt owes, and what looks like it."""

from pathlib import Path

import pytest
from unstall.pipeline import run

HEAD = """
#include <errno.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
"""


def codes(folder: Path, *programs: str) -> list[str]:
    for number, program in enumerate(programs):
        (folder / f"part{number}.c").write_text(HEAD + program)
    return [finding.code for finding in run([str(folder)]).findings]


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
    assert "UST101" not in codes(tmp_path, COPY % "FD_ISSET(from, &set)")


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
    assert codes(tmp_path, WRAPPER % "may_wait" + CALLER) == []
    told = CALLER.replace("r == -1", "r == -1 && errno == EINTR")
    assert codes(tmp_path, WRAPPER % "may_wait" + told) == ["UST101"]
    assert codes(tmp_path, WRAPPER % "0" + CALLER) == ["UST101"]


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
    assert codes(tmp_path, AWAY, SERVE % "NULL") == []
    assert codes(tmp_path, AWAY, SERVE % "&limit") == ["UST101"]
    assert codes(tmp_path, AWAY, SERVE % "null") == []


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
    assert codes(tmp_path, BY_NAME % timeout) == expected


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
    assert codes(tmp_path, SCALED, SERVE_COPY % (timeout, then, behind)) == expected


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
    assert codes(tmp_path, ONE % stage) == []


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
    assert codes(tmp_path, ONE % stage) == ["UST101"]


def test_a_stage_of_a_loop_that_idle_work_ends(tmp_path: Path) -> None:
    stage = "if (FD_ISSET(fd, &set)) take(fd); else idle = 1; sweep();"
    program = (ONE % stage).replace("for (;;) {", "int idle = 0;\n    while (!idle) {").replace(", idle = 0;", ";")
    assert "UST101" in codes(tmp_path, program)


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
    assert codes(tmp_path, AWAY, SET_BY_A_CALL) == ["UST101"]
    assert codes(tmp_path, AWAY, SET_BY_A_CALL.replace("set_time(&left, due);", ";")) == []


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
    assert codes(tmp_path, ROTATE % "fd") == []
    assert codes(tmp_path, ROTATE % "other") == ["UST101"]


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
    assert "UST101" not in codes(tmp_path, PINGS % "continue")
    assert codes(tmp_path, PINGS % "note_quiet()") == ["UST101"]
    assert codes(tmp_path, PINGS % "break") == ["UST101"]
    before = (PINGS % "continue").replace("if (r == 0) {", "sweep_sessions();\n        if (r == 0) {")
    assert codes(tmp_path, before) == ["UST101"]


UNTIL_NOT_INTERRUPTED = """
void serve(int fd)
{
    for (;;) {
        struct pollfd asked = { fd, POLLIN, 0 };
        int r;

        do {
            r = poll(&asked, 1, 1000) == -1 ? errno : 0;
            if (r == EINTR)
                continue;
            sweep_sessions();
            r = asked.revents ? take_in(fd) : 0;
        } while (%s);
    }
}
"""


def test_a_loop_that_comes_round_for_an_interrupt_is_there_to_retry(tmp_path: Path) -> None:
    assert "UST101" not in codes(tmp_path, UNTIL_NOT_INTERRUPTED % "r == EINTR")
    assert "UST101" in codes(tmp_path, UNTIL_NOT_INTERRUPTED % "!stopped")


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
    assert codes(tmp_path, LED_BACK) == ["UST101"]


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
    (tmp_path / "part.c").write_text(HEAD + LABELLED)
    (finding,) = run([str(tmp_path)]).findings
    assert "`now` is refreshed only behind the wait" in finding.why
    assert "`swept`" not in finding.why


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
    assert codes(tmp_path, LOOKS_OR_WAITS % "-1") == []
    assert "UST101" in codes(tmp_path, LOOKS_OR_WAITS % "1000")


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
    assert codes(tmp_path, NOTED % ("0", "got = 1;", "got")) == []
    assert codes(tmp_path, NOTED % ("0", "got = 1;", "got || due")) == ["UST101"]
    assert codes(tmp_path, NOTED % ("woken()", "got = 1;", "got")) == ["UST101"]


TRIES = """
void join_peer(struct sockaddr *peer)
{
    int fd, tries = 5;

again:
    fd = begin_connection(peer);
    struct pollfd asked = { fd, POLLOUT, 0 };
    if (poll(&asked, 1, 1000) == -1)
        goto retry;
    if (note_connection(fd) == 0)
        return;
retry:
    close(fd);
    %s
    goto again;
}
"""


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        ("tries--; if (!tries) return;", []),
        ("if (++tries > 9) return;", []),
        ("tries--; note(tries);", ["UST101"]),
    ],
)
def test_a_retry_that_counts_to_a_limit(tmp_path: Path, count: str, expected: list[str]) -> None:
    assert codes(tmp_path, TRIES % count) == expected


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
    assert "UST101" not in codes(tmp_path, SLEEPS % "pselect(0, NULL, NULL, NULL, &pause, NULL) == -1")
    assert "UST101" in codes(tmp_path, SLEEPS % "report_to(peer) == -1")


OWN_INDEX = """
static size_t i;

static void on_child(int number)
{
    %s
    for (i = 0; i < 4; i++)
        dying[i] = 1;
}

void begin(void)
{
    signal(SIGCHLD, on_child);
}
"""
COUNTS = """
void serve(int fd)
{
    for (;;) {
        struct pollfd asked = { fd, POLLIN, 0 };
        %s

        if (poll(&asked, 1, -1) == -1 && errno == EINTR)
            continue;
        if (i > 2)
            exercise(i);
    }
}
"""


@pytest.mark.parametrize(
    ("in_handler", "in_loop", "expected"),
    [
        ("", "", ["UST101"]),
        ("size_t i;", "", []),
        ("", "size_t i = next_index();", []),
    ],
)
def test_a_variable_of_the_functions_own_is_no_handlers_flag(
    tmp_path: Path, in_handler: str, in_loop: str, expected: list[str]
) -> None:
    (tmp_path / "handler.c").write_text(OWN_INDEX % in_handler)
    assert codes(tmp_path, COUNTS % in_loop) == expected


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
    assert codes(tmp_path, ANSWERS % then) == expected


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
    assert codes(tmp_path, CLIENTS % ("", "")) == []
    assert codes(tmp_path, CLIENTS % ("expire(each);", "")) == ["UST101"]
    assert codes(tmp_path, CLIENTS % ("", "run_timers();")) == ["UST101"]


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
    assert codes(tmp_path, WALK % "") == []
    assert codes(tmp_path, WALK % "expire(peer);") == ["UST101"]


TURN = """
%s
{
    struct pollfd all[4];

    fill_in(all);
    return poll(all, 4, 100);
}
"""
TAKEN = """
void go_on(void)
{
    while (going) {
        int r = take_turn();

        if (r == -1 && errno == EINTR)
            continue;
        sweep_sessions();
    }
}
"""


def test_a_function_that_a_macro_heads_may_be_called_otherwise(tmp_path: Path) -> None:
    assert codes(tmp_path, TURN % "int take_turn(void)" + TAKEN) == ["UST101"]
    assert codes(tmp_path, TURN % "CHECK(take_turn)" + TAKEN) == []


ENDING = """
static volatile sig_atomic_t stopped;

static void on_term(int number) { stopped = 1; }

void serve(struct pollfd *fds, int n)
{
    catch(SIGTERM, on_term);
    for (;;) {
        int r = poll(fds, n, -1);

        if (r == -1 && errno == EINTR)
            continue;
        if (%s) {
            log_info("ending");
            %s
        }
        if (fds[0].revents)
            take(fds[0].fd);
    }
}
"""


@pytest.mark.parametrize(
    ("asked", "end", "expected"),
    [
        ("stopped", "break;", ["UST101"]),
        ("stopped", "exit(0);", ["UST101"]),
        ("r == 0", "exit(0);", []),
    ],
)
def test_a_flag_behind_which_the_program_ends(tmp_path: Path, asked: str, end: str, expected: list[str]) -> None:
    assert codes(tmp_path, ENDING % (asked, end)) == expected


def test_an_end_in_front_of_a_timeouts_own_jump(tmp_path: Path) -> None:
    end = ("stopped", "farewell(); exit(0);")
    loop = ENDING.replace("n, -1", "n, 1000")
    jump = "if (r == 0) { if (!asked) continue; look_around(); }"
    assert "UST101" in codes(tmp_path, loop.replace("if (fds", jump + "if (fds") % end)
    assert "UST101" not in codes(tmp_path, loop.replace("if (%s)", jump + "if (%s)") % end)


def test_a_flag_that_the_projects_own_helper_has_written_in_another_file(tmp_path: Path) -> None:
    declared = ENDING.replace("static void on_term(int number) { stopped = 1; }", "").replace(
        "static volatile", "extern"
    )
    loop = declared.replace("catch(SIGTERM, on_term);", "") % ("stopped", "exit(0);")
    assert codes(tmp_path, loop) == []
    handler = "static void on_term(int number) { stopped = 1; }\n"
    main = handler + "void start(void) { catch(SIGTERM, on_term); serve(fds, 1); }\n"
    assert codes(tmp_path, loop, main) == ["UST101"]


TESTED_AGAIN = """
void serve(void)
{
    for (;;) {
        int r;

        if (run_timers(now)) {
            do {
                r = poll(fds, n, 1000);
                now = %s;
            } while (r < 0 && %s);
        } else {
            r = poll(fds, n, -1);
        }
        %s
        run_callbacks();
    }
}
"""
AGAIN = "if (r < 0 && {} == EINTR) continue; if (r < 0) return;"


@pytest.mark.parametrize(
    ("clock", "test", "behind"),
    [
        ("time(NULL)", "errno == EINTR", AGAIN.format("errno")),
        ("tick_count()", "errno == EINTR", AGAIN.format("errno")),
        ("tick_count()", "SOCK_ERRNO() == EINTR", AGAIN.format("SOCK_ERRNO()")),
        ("tick_count(), error = errno", "error == EINTR", AGAIN.format("error")),
        ("tick_count()", "errno == EINTR", "if (r < 0 && is_eintr(errno)) continue; if (r < 0) return;"),
        ("tick_count()", "errno == EINTR", "if (r < 0) switch (errno) { case EINTR: continue; default: return; }"),
    ],
)
def test_a_test_that_was_false_does_not_hold_behind_the_loop_that_it_ended(
    clock: str, test: str, behind: str, tmp_path: Path
) -> None:
    assert "UST101" not in codes(tmp_path, TESTED_AGAIN % (clock, test, behind))


def test_a_test_that_a_call_stands_in_front_of_may_come_out_otherwise(tmp_path: Path) -> None:
    behind = "if (sync_state() < 0) note(); " + AGAIN.format("errno")
    assert codes(tmp_path, TESTED_AGAIN % ("tick_count()", "errno == EINTR", behind)) == ["UST101"]


UNSWITCHED = """
void serve(void)
{
    for (;;) {
        int r = poll(fds, n, 1000);

        now = tick_count();
        if (r < 0) {
            switch (errno) {
            case EINTR:
                break;
            default:
                if (errno == EINTR)
                    continue;
                return;
            }
        }
        sweep_sessions();
    }
}
"""


def test_what_no_case_of_a_switch_takes_is_none_of_their_error_numbers(tmp_path: Path) -> None:
    assert codes(tmp_path, UNSWITCHED) == []


COUNTED = """
int children;

void on_child(int number)
{
    while (waitpid(-1, 0, WNOHANG) > 0)
        %s;
}

int main(void)
{
    signal(SIGCHLD, on_child);
    for (;;) {
        int client;

        if (poll(fds, 1, -1) == -1) {
            if (errno == EINTR)
                continue;
            return 1;
        }
        client = accept(fds[0].fd, 0, 0);
        %s
        serve(client);
    }
}
"""


@pytest.mark.parametrize(
    ("counts", "test", "found"),
    [
        ("children--", "if (children >= limit) { refuse(client); continue; }", []),
        ("children--", "if (limit && !(children < limit)) { refuse(client); continue; }", []),
        ("children--", "if (limit < children) { refuse(client); continue; }", []),
        ("children -= 1", "if (children < wanted) spawn();", ["UST101"]),
        ("children--", "if (children >= limit) { refuse(client); } else { spawn(); }", ["UST101"]),
        ("dead++", "if (dead > 0) take_note();", ["UST101"]),
        ("children--", "if (children == 0) finish();", ["UST101"]),
    ],
)
def test_what_a_handler_counts_down_asks_for_nothing_behind_a_limit(
    counts: str, test: str, found: list[str], tmp_path: Path
) -> None:
    assert codes(tmp_path, COUNTED % (counts, test)) == found


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
    assert codes(tmp_path, LAST_IN_LOOP % (test, more)) == found


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
    assert [code for code in codes(tmp_path, SENT_AGAIN % test) if code == "UST101"] == found


RESTORED = """
void serve(struct pollfd *fds)
{
    while (!stopped) {
        int ready = poll(fds, 2, -1);

        if (ready < 0) {
            if (errno == EINTR)
                continue;
            break;
        }
        if (fds[0].revents & POLLIN)
            take(fds[0].fd);
        %s
    }
}
"""


@pytest.mark.parametrize(
    ("then", "expected"), [("sigaction(SIGTERM, &stop, NULL);", []), ("handle_signals();", ["UST101"])]
)
def test_handlers_that_are_installed_anew_are_no_work_that_a_signal_asks_for(
    tmp_path: Path, then: str, expected: list[str]
) -> None:
    assert codes(tmp_path, RESTORED % then) == expected


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
    assert codes(tmp_path, FOREVER_AT_TIMES % asked) == expected


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
    assert codes(tmp_path, EXPECTS_END % (taken, noted)) == expected


STATUS = """
void relay(int s)
{
    fd_set set;
    int n;

    signal(SIGCHLD, reap);
    for (;;) {
        FD_ZERO(&set);
        FD_SET(s, &set);
        n = select(s + 1, &set, NULL, NULL, NULL);
        if (n <= 0)
            %s;
        if (FD_ISSET(s, &set))
            forward(s);
    }
}
"""


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("relay_exit(0)", []),
        ("cleanup_exit(EXIT_FAILURE)", []),
        ("clean_up_and_exit(-1)", []),
        ("relay_exit(EX_OSERR)", []),
        ("relay_exit(s)", ["UST105"]),
        ("relay_exit()", ["UST105"]),
        ("request_exit(1)", ["UST105"]),
    ],
)
def test_a_function_called_exit_ends_the_program_where_it_is_given_a_status(
    tmp_path: Path, call: str, expected: list[str]
) -> None:
    assert codes(tmp_path, STATUS % call) == expected
