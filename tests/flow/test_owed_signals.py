"""What an interrupt owes to signals, and to loops that only try again."""

from pathlib import Path

import pytest

from tests.facts import codes_of_c_files

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
    assert "UST101" not in codes_of_c_files(tmp_path, UNTIL_NOT_INTERRUPTED % "r == EINTR")
    assert "UST101" in codes_of_c_files(tmp_path, UNTIL_NOT_INTERRUPTED % "!stopped")


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
    assert codes_of_c_files(tmp_path, TRIES % count) == expected


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
    assert codes_of_c_files(tmp_path, COUNTS % in_loop) == expected


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
    assert codes_of_c_files(tmp_path, TURN % "int take_turn(void)" + TAKEN) == ["UST101"]
    assert codes_of_c_files(tmp_path, TURN % "CHECK(take_turn)" + TAKEN) == []


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
    assert codes_of_c_files(tmp_path, ENDING % (asked, end)) == expected


def test_an_end_in_front_of_a_timeouts_own_jump(tmp_path: Path) -> None:
    end = ("stopped", "farewell(); exit(0);")
    loop = ENDING.replace("n, -1", "n, 1000")
    jump = "if (r == 0) { if (!asked) continue; look_around(); }"
    assert "UST101" in codes_of_c_files(tmp_path, loop.replace("if (fds", jump + "if (fds") % end)
    assert "UST101" not in codes_of_c_files(tmp_path, loop.replace("if (%s)", jump + "if (%s)") % end)


def test_a_flag_that_the_projects_own_helper_has_written_in_another_file(tmp_path: Path) -> None:
    declared = ENDING.replace("static void on_term(int number) { stopped = 1; }", "").replace(
        "static volatile", "extern"
    )
    loop = declared.replace("catch(SIGTERM, on_term);", "") % ("stopped", "exit(0);")
    assert codes_of_c_files(tmp_path, loop) == []
    handler = "static void on_term(int number) { stopped = 1; }\n"
    main = handler + "void start(void) { catch(SIGTERM, on_term); serve(fds, 1); }\n"
    assert codes_of_c_files(tmp_path, loop, main) == ["UST101"]


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
    assert "UST101" not in codes_of_c_files(tmp_path, TESTED_AGAIN % (clock, test, behind))


def test_a_test_that_a_call_stands_in_front_of_may_come_out_otherwise(tmp_path: Path) -> None:
    behind = "if (sync_state() < 0) note(); " + AGAIN.format("errno")
    assert codes_of_c_files(tmp_path, TESTED_AGAIN % ("tick_count()", "errno == EINTR", behind)) == ["UST101"]


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
    assert codes_of_c_files(tmp_path, UNSWITCHED) == []


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
    assert codes_of_c_files(tmp_path, COUNTED % (counts, test)) == found


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
    assert codes_of_c_files(tmp_path, RESTORED % then) == expected


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
    assert codes_of_c_files(tmp_path, STATUS % call) == expected
