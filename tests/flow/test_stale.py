"""What looks like work with results that a failed wait never wrote, and isn't."""

from pathlib import Path

import pytest

from tests.facts import codes_of

LOOP = """
#include <errno.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

void serve(int queue)
{
    struct epoll_event *events = map_events();

    for (;;) {
        int n = epoll_wait(queue, events, 16, 500);

        if (n == -1 && errno != EINTR)
            break;
        %s
    }
}
"""


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("n = epoll_wait(queue, events, 1, 0);", []),
        ("munmap(events, 16 * sizeof(*events)); events = map_events();", []),
        ("take(events);", ["UST105"]),
    ],
)
def test_whoever_fills_or_gives_back_what_is_stale(tmp_path: Path, then: str, expected: list[str]) -> None:
    assert codes_of(tmp_path, LOOP % then) == expected


WATCH = """
#include <errno.h>
#include <poll.h>

static void forget(struct watch *w)
{
    for (int i = 0; i < w->count; i++)
        w->fds[i].revents = 0;
}

int watch_once(struct watch *w)
{
    %s
    for (;;) {
        int r = poll(w->fds, w->count, 1000);

        if (r == -1 && errno != EINTR)
            break;
        %s
    }
    return -1;
}
"""
TAKE = "if (w->fds[0].revents) take(w); if (r > 0) return 0;"


@pytest.mark.parametrize(
    ("before", "behind", "expected"),
    [
        ("", TAKE, ["UST105"]),
        ("forget(w);", TAKE, []),
        ("w->fds[0].revents = 0;", TAKE, []),
        ("forget(others);", TAKE, ["UST105"]),
        ("remember(w);", TAKE, ["UST105"]),
        ("forget(w);", TAKE.replace("return 0", "served++"), ["UST105"]),
    ],
)
def test_results_that_were_cleared_in_front_of_the_loop(
    tmp_path: Path, before: str, behind: str, expected: list[str]
) -> None:
    assert codes_of(tmp_path, WATCH % (before, behind)) == expected


@pytest.mark.parametrize(
    ("behind", "expected"),
    [
        ("dispatch(w->fds, w->count);", ["UST105"]),
        ("dispatch(r, w->fds);", []),
        ("dispatch(w->fds[0].revents && w->open, r);", []),
        ("dispatch(w->fds[0].revents && w->open, w->count);", ["UST105"]),
        ("r = w->count; dispatch(r, w->fds);", ["UST105"]),
    ],
)
def test_a_callee_that_is_given_the_result_as_well(tmp_path: Path, behind: str, expected: list[str]) -> None:
    assert codes_of(tmp_path, WATCH % ("", behind)) == expected


LOOK = """
#include <sys/select.h>

void take_all(int fd)
{
    struct timeval limit = { 0, %s };
    fd_set set;

    signal(SIGHUP, on_hangup);
    FD_ZERO(&set);
    FD_SET(fd, &set);
    do {
        take(fd);
        select(fd + 1, &set, NULL, NULL, &limit);
    } while (FD_ISSET(fd, &set));
}
"""


def test_a_condition_that_looks_at_a_set_counts_nothing(tmp_path: Path) -> None:
    handler = "static void on_hangup(int number) { hangup = 1; }\n"
    assert codes_of(tmp_path, handler + LOOK % "0") == []
    assert codes_of(tmp_path, handler + LOOK % "500") == ["UST105"]


SELECT = """
#include <errno.h>
#include <string.h>
#include <sys/select.h>
#include "project.h"

void serve(int fd)
{
    fd_set set;

    for (;;) {
        int r;

        FD_ZERO(&set);
        FD_SET(fd, &set);
        r = select(fd + 1, &set, NOTHING, NOTHING, NULL);
        if (r == -1 && errno != EINTR)
            break;
        %s
    }
}
"""


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("(*block)(1, NOTHING);", []),
        ("WIPE(set);", []),
        ("WIPE(&set); if (FD_ISSET(fd, &set)) take(fd);", []),
        ('printf("%d: %d", r, FD_ISSET(fd, &set) != 0);', []),
        ("if (FD_ISSET(fd, &set)) take(fd);", ["UST105"]),
        ("if (GROUP_ISSET(fd, &set)) take(fd);", ["UST105"]),
        ("note(r); if (FD_ISSET(fd, &set)) take(fd);", ["UST105"]),
        ("take_all(&set);", ["UST105"]),
        ("use(FD_ISSET(fd, &set));", ["UST105"]),
    ],
)
def test_what_is_done_with_a_set_after_an_interrupt(tmp_path: Path, then: str, expected: list[str]) -> None:
    assert [code for code in codes_of(tmp_path, SELECT % then) if code == "UST105"] == expected


READ = """
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

int take(int fd, int number)
{
    static char buffer[100];
    char *p, *end = buffer;
    int n = read(fd, %s, 99);

    if (n < 0) {
        if (errno != EINTR)
            exit(1);
        %s
    }
    %s
    return 0;
}
"""


@pytest.mark.parametrize(
    ("into", "interrupted", "then", "expected"),
    [
        ("buffer", "n = 0;", 'buffer[n] = 0; if (!strcmp(buffer, "stop")) return 1;', []),
        ("buffer", "n = look();", 'buffer[n] = 0; if (!strcmp(buffer, "stop")) return 1;', []),
        ("buffer", "n = 3;", 'buffer[n] = 0; if (!strcmp(buffer, "stop")) return 1;', ["UST105"]),
        ("buffer", "", 'if (!strcmp(buffer, "stop")) return 1;', ["UST105"]),
        ("buffer", "", "p = buffer; *p++ = 'x'; send_out(buffer);", []),
        ("buffer", "", 'p = buffer; strcpy(p, "x"); send_out(buffer);', []),
        ("buffer", "", 'snprintf(buffer, 99, "%d", number); send_out(buffer);', []),
        ("buffer", "", "p = buffer; send_out(p);", ["UST105"]),
        ("buffer", "", 'p = strdup("x"); strcpy(p, "y"); send_out(buffer);', ["UST105"]),
        ("buffer", "", "memcpy(store, buffer, 9);", ["UST105"]),
        ("buffer", "", "note(LOG_DEBUG, buffer[0]);", []),
        ("buffer", "", "note(OTHER, buffer[0]);", ["UST105"]),
        ("end", "n = 0;", "end += n; parse(buffer, end);", []),
    ],
)
def test_what_is_written_anew_is_not_stale(
    tmp_path: Path, into: str, interrupted: str, then: str, expected: list[str]
) -> None:
    assert [code for code in codes_of(tmp_path, READ % (into, interrupted, then)) if code == "UST105"] == expected


APPEND = """
#include <errno.h>
#include <string.h>
#include <unistd.h>

int wait_for(int fd, const char *word, int length)
{
    char line[512];
    int n, size = 0;

    do {
        n = read(fd, %s, 1);
        if (n < 0) {
            if (errno != EINTR)
                return -1;
            %s
        }
        %s
        if (size >= length && memcmp(&line[size - length], word, length) == 0)
            return 0;
    } while (size < 512);
    return -1;
}
"""


@pytest.mark.parametrize(
    ("into", "interrupted", "then", "expected"),
    [
        ("&line[size]", "n = 0;", "size += n;", []),
        ("line + size", "n = 0;", "size = size + n;", []),
        ("&line[size]", "", "size += n;", ["UST105"]),
        ("line", "n = 0;", "size += n;", ["UST105"]),
    ],
)
def test_what_a_buffer_held_before_more_was_to_come(
    tmp_path: Path, into: str, interrupted: str, then: str, expected: list[str]
) -> None:
    assert [code for code in codes_of(tmp_path, APPEND % (into, interrupted, then)) if code == "UST105"] == expected


EARLY = """
#include <errno.h>
#include <unistd.h>

void serve(int fd)
{
    char line[512], *end;

    for (;;) {
        int n = read(fd, line, 511);
        %s
        if (n < 0 %s)
            continue;
        if (n <= 0)
            return;
        take(line, n);
    }
}
"""


@pytest.mark.parametrize(
    ("before", "test", "expected"),
    [
        ("line[n] = 0;", "&& errno == EINTR", ["UST105"]),
        ("if (line[n - 1] == 10) n--;", "&& errno == EINTR", ["UST105"]),
        ("line[n + 1] = 0;", "&& errno == EINTR", []),
        ("end = &line[n];", "&& errno == EINTR", []),
        ("if (n >= 0) line[n] = 0;", "&& errno == EINTR", []),
        ("note(n, line);", "&& errno == EINTR", []),
        ("line[n] = 0;", "", []),
    ],
)
def test_an_index_that_is_tested_later(tmp_path: Path, before: str, test: str, expected: list[str]) -> None:
    assert [code for code in codes_of(tmp_path, EARLY % (before, test)) if code == "UST105"] == expected


FEIGNED = """
#include <errno.h>
#include <sys/select.h>

void serve(int max, fd_set *wanted, struct timeval *left)
{
    fd_set ready;
    int r, tries, fresh;

    for (;;) {
        tries = 0;
        do {
            ready = *wanted;
            fresh = 1;
            r = select(max, &ready, NULL, NULL, left);
            if (r == -1 && errno != EINTR)
                die("select");
            if (r == -1 && ++tries > 5) {
                %s
            }
            %s
        } while (%s);
        %s
        take(&ready);
    }
}
"""


@pytest.mark.parametrize(
    ("feigned", "before", "again", "behind", "expected"),
    [
        ("r = 0; FD_ZERO(&ready);", "", "r == -1", "", []),
        ("r = 0; FD_ZERO(&ready);", "", "r < 0", "", []),
        ("FD_ZERO(&ready); fresh = 0;", "", "r == -1 && fresh", "", []),
        ("r = 0; FD_ZERO(&ready);", "note(tries);", "r == -1", "", []),
        ("r = 0; FD_ZERO(&ready);", "", "r == -1 && tries < 3", "if (r == -1) continue;", []),
        ("r = 0;", "", "r == -1", "", ["UST105"]),
        ("r = 0; FD_ZERO(&ready);", "", "r == -1 && tries < 3", "", ["UST105"]),
        ("r = 0; FD_ZERO(&ready);", "r = 0;", "r == -1", "", ["UST105"]),
        ("r = 0; FD_ZERO(&ready);", "count(&r);", "r == -1", "", ["UST105"]),
    ],
)
def test_a_timeout_that_is_feigned_with_nothing_ready(
    tmp_path: Path, feigned: str, before: str, again: str, behind: str, expected: list[str]
) -> None:
    """As in Cyrus IMAP's own first repair of the incident: where r is no longer -1, nothing is ready."""
    codes = codes_of(tmp_path, FEIGNED % (feigned, before, again, behind))
    assert [code for code in codes if code == "UST105"] == expected


def test_the_status_of_a_child_that_was_not_reaped(tmp_path: Path) -> None:
    program = """
void reap(int child)
{
    int status, r;

    signal(SIGCHLD, on_child);
    do {
        r = waitpid(child, &status, 0);
        if (r == -1 && errno == EINTR)
            continue;
        if (r < 0)
            return;
    } while (!WIFEXITED(status));
}
"""
    assert codes_of(tmp_path, program) == ["UST110"]


HANDED_ON = """
void answer(int fd, char *buffer, long length)
{
    long n = read(fd, buffer, length);

    if (n < 0 && errno == EINTR) {
        %s
    }
    if (n > 0)
        store(buffer, n);
    if (n < 0)
        refuse(fd);
}
"""


@pytest.mark.parametrize(("then", "expected"), [("n = length_so_far(fd);", []), ("store(buffer, n);", ["UST105"])])
def test_a_buffer_that_is_handed_on_with_a_length_of_its_own(tmp_path: Path, then: str, expected: list[str]) -> None:
    assert codes_of(tmp_path, HANDED_ON % then) == expected


AWAITED = """
int start(struct job *job)
{
    pid_t child = %s, ended;
    int status;

    if (child == -1)
        return FAILED;
    if (child == 0)
        _exit(work(job));
    do {
        ended = wait(&status);
        if (ended == -1) {
            if (errno == EINTR)
                continue;
            return FAILED;
        }
    } while (%s);
    return WEXITSTATUS(status);
}
"""


@pytest.mark.parametrize("start", ["fork()", "job->child"])
@pytest.mark.parametrize(("goes_on", "expected"), [("ended != child", []), ("ended != child && --tries", ["UST105"])])
def test_a_child_is_never_the_failed_waits_result(
    tmp_path: Path, start: str, goes_on: str, expected: list[str]
) -> None:
    assert codes_of(tmp_path, AWAITED % (start, goes_on)) == expected


SWITCHED = """
int start(void)
{
    pid_t child, ended;
    int status;

    switch ((child = fork())) {
    case 0:
        _exit(work());
    %s
    }
    do {
        ended = wait(&status);
        if (ended == -1 && errno != EINTR)
            return FAILED;
    } while (ended == -1 && ended < child);
    return WEXITSTATUS(status);
}
"""


@pytest.mark.parametrize(("case", "expected"), [("case -1: return FAILED;", []), ("default: break;", ["UST105"])])
def test_what_a_switch_rules_out_holds_for_what_was_assigned_in_it(
    tmp_path: Path, case: str, expected: list[str]
) -> None:
    assert codes_of(tmp_path, SWITCHED % case) == expected


ONCE_MORE = """
int finish(pid_t child)
{
    int status;
    pid_t ended = waitpid(child, &status, 0);

    if (ended == -1 && errno == EINTR) {
        kill(child, SIGTERM);
        %s
    }
    return ended == -1 ? -1 : WEXITSTATUS(status);
}
"""


@pytest.mark.parametrize(
    ("then", "expected"),
    [("ended = waitpid(child, &status, WNOHANG);", []), ("ended = child; report(child, status);", ["UST105"])],
)
def test_a_further_look_for_a_child_writes_its_status(tmp_path: Path, then: str, expected: list[str]) -> None:
    assert codes_of(tmp_path, ONCE_MORE % then) == expected


TESTED = """
#ifdef _WIN32
#define FAILED (r == WAIT_FAILED)
#else
#define FAILED (n < 0)
#endif
int serve(int fd)
{
    fd_set set;
    int n;

    FD_ZERO(&set);
    FD_SET(fd, &set);
    n = select(fd + 1, &set, NULL, NULL, NULL);
    if (%s && errno == EINTR)
        note_signal();
    if (%s)
        return 1;
    if (FD_ISSET(fd, &set))
        take(fd);
    return 0;
}
"""


@pytest.mark.parametrize(("test", "expected"), [("FAILED", []), ("stopped", ["UST105"])])
def test_a_macro_may_test_its_users_variable(tmp_path: Path, test: str, expected: list[str]) -> None:
    assert codes_of(tmp_path, TESTED % (test, test)) == expected


AGAIN_BY_ITSELF = """
int receive(uint8_t *byte)
{
    ssize_t n = read(fds[0], byte, 1);

    if (n < 0 && errno == EINTR)
        return %s(byte);
    return n < 0 ? -1 : *byte;
}
"""


@pytest.mark.parametrize(("does", "expected"), [("receive", []), ("answer", ["UST105"])])
def test_a_function_that_calls_itself_waits_anew(tmp_path: Path, does: str, expected: list[str]) -> None:
    assert codes_of(tmp_path, AGAIN_BY_ITSELF % does) == expected
