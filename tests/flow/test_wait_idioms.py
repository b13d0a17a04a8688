"""How each idiom of an interrupted wait is judged: small functions in C and Python, through the front ends."""

import textwrap
from pathlib import Path

import pytest
from unstall.flow.analysis import analyse
from unstall.flow.facts import WaitFact
from unstall.flow.files import Wanted
from unstall.flow.learnt import ProjectFacts
from unstall.flow.outcomes import Handling
from unstall.flow.project import learn
from unstall.frontends import c, python
from unstall.source import Language, SourceFile

CASES = Path(__file__).parents[1] / "cases" / "idioms"


def facts_of(code: str, language: Language = "c") -> list[WaitFact]:
    """The facts of all waits of a program, wrappers and callers seen."""
    suffix = {"c": "t.c", "python": "t.py"}[language]
    source = SourceFile(suffix, textwrap.dedent(code).encode(), language)
    front_end = {"c": c.read, "python": python.read}[language]
    flow = front_end(source, Wanted(lambda identifiers: True))
    assert not flow.unread
    project = learn([(source, flow)], ProjectFacts())
    project = learn([(source, flow)], project)
    return [fact for graph in flow.graphs for fact in analyse(graph, source, project)]


def handling_of(code: str, call: str, language: Language = "c") -> Handling:
    """How the interrupt of the wait `call` is handled (the first way, its own jump if it has one)."""
    return next(fact.handling for fact in facts_of(code, language) if fact.spec.name == call)


@pytest.mark.parametrize("name", ["look", "look_ms", "look_poll", "look_select"])
def test_what_a_wrapper_is_called_says_nothing_of_its_timeout(name: str) -> None:
    (fact,) = facts_of(f"""
        static int {name}(struct pollfd *fds, int n, int ms) {{ return poll(fds, n, ms); }}
        void serve(struct pollfd *fds, int n)
        {{
            int r;
            while (!stopped) {{
                do {{ r = {name}(fds, n, 0); }} while (r == -1 && errno == EINTR);
                if (r > 0) serve_ready(fds, n);
            }}
        }}
    """)[-1:]
    assert fact.spec.name == name and not fact.particulars.waits_forever


@pytest.mark.parametrize("path", sorted(CASES.glob("*/*.*")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_idiom_is_judged_as_its_folder_is_called(path: Path) -> None:
    language: Language = "python" if path.suffix == ".py" else "c"
    facts = facts_of(path.read_text(), language)
    handled = next(fact for fact in facts if fact.spec.name == facts[-1].spec.name)
    assert handled.handling.value == path.parent.name


def test_each_wait_of_a_try_is_known() -> None:
    code = (CASES / "retry" / "reading_lines_anew_after_an_interrupt.py").read_text()
    assert [fact.spec.name for fact in facts_of(code, "python")] == ["readline", "out.write"]


def test_a_loop_that_serves_what_it_accepts_is_no_retry() -> None:
    code = """
    void run(int listener) {
        for (;;) {
            char question;
            int fd = accept(listener, NULL, NULL);
            if (fd == -1 && errno == EINTR) continue;
            if (fd == -1) die("accept");
            while (read(fd, &question, 1) == 1) write(fd, answer, 10);
            close(fd);
        }
    }"""
    assert handling_of(code, "accept") is Handling.RESTART


def test_eagain_and_eintr_that_go_the_same_way_are_one_fact() -> None:
    code = """
    void run(void) {
        for (;;) {
            int r = poll(fds, n, 100);
            if (r == -1 && errno == EAGAIN) continue;
            if (r == -1 && errno == EINTR) continue;
            expire();
        }
    }"""
    (fact,) = facts_of(code)
    assert set(fact.errnos) == {"EINTR", "EAGAIN"}
    assert len(fact.also_interrupts) == 1


def test_eintr_and_eagain_that_part_are_two_facts() -> None:
    code = """
    void run(void) {
        for (;;) {
            int r = recv(fd, buf, 10, 0);
            if (r == -1 && errno == EINTR) continue;
            if (r == -1 && errno == EAGAIN) return;
            serve(buf, r);
        }
    }"""
    assert [fact.errnos for fact in facts_of(code)] == [("EINTR",), ("EAGAIN",)]


def test_an_error_that_is_not_asked_for_is_no_fact_beside_an_interrupt() -> None:
    code = """
    int run(int limit) {
        for (;;) {
            int r = poll(fds, n, limit);
            if (r == -1 && (errno == EINTR || errno == ENOMEM)) continue;
            if (r == -1) return -1;
            serve(fds, r);
        }
    }"""
    assert [fact.errnos for fact in facts_of(code)] == [("EINTR",)]


def test_a_wait_is_known_by_its_name_where_something_is_undone_behind_it() -> None:
    code = """
    int run(void) {
        for (;;) {
            int r = pollfn(fds, count, timeout);
            restore_pollfds();
            if (r < 0) {
                if (errno == EINTR) continue;
                return -1;
            }
            expire();
            serve(fds, r);
        }
    }"""
    (fact,) = facts_of(code)
    assert (fact.spec.name, fact.handling) == ("pollfn", Handling.RESTART_SKIPS_STAGES)


def test_a_wrapper_that_asks_for_no_error_tells_its_caller_of_each() -> None:
    code = """
    int traced_poll(struct pollfd *fds, int n) {
        int r = poll(fds, n, 100);
        trace(r);
        return r;
    }
    void run(void) {
        for (;;) {
            int r = traced_poll(fds, n);
            if (r == -1 && errno == EINTR) continue;
            if (r == -1 && errno == EAGAIN) return;
            serve(fds, r);
        }
    }"""
    facts = [fact for fact in facts_of(code) if fact.graph.name == "run"]
    assert [fact.errnos for fact in facts] == [("EINTR",), ("EAGAIN",)]


def test_the_caller_of_a_loop_body_is_named() -> None:
    code = (CASES / "restart-skips-stages" / "the_body_of_a_callers_loop.c").read_text()
    facts = facts_of(code)
    assert facts[0].caller is not None
    assert (facts[0].caller.function, facts[0].caller.text) == ("main", "int main(void) { for (;;) turn(); }")


BY_WAY_OF_ANOTHER = """
    static int look(void) {
        int r = poll(fds, n, 100);
        if (r < 0 && errno == EINTR) return 0;
        expire();
        return r > 0;
    }
    static void turn(void) { if (look() == 0) note(); TURN }
    int main(void) { for (;;) turn(); }"""


def test_a_loop_is_found_by_way_of_a_function_that_returns_after_the_body() -> None:
    look = facts_of(BY_WAY_OF_ANOTHER.replace("TURN", ""))[0]
    assert look.handling is Handling.RESTART_SKIPS_STAGES and look.caller is not None
    assert (look.caller.function, look.caller.by) == ("main", "turn")


LOOKS = """
    static int look(void) {
        int r = poll(fds, n, 100);
        if (r < 0 && errno == EINTR) { NOTES return -1; }
        expire();
        return r > 0;
    }"""


@pytest.mark.parametrize(
    ("notes", "rest", "handling"),
    [
        ("", "int main(void) { while (!stop) look(); }", Handling.RESTART_SKIPS_STAGES),
        ("stop = 1;", "int main(void) { while (!stop) look(); }", Handling.HANDLED),
        ("", "static void turn(void) { if (look() < 0) stop = 1; } int main(void) { while (!stop) turn(); }",
         Handling.HANDLED),
        ("", "static void turn(void) { if (look() < 0) late++; } int main(void) { while (!stop) turn(); }",
         Handling.RESTART_SKIPS_STAGES),
        ("", "static void first(void) { look(); } static void turn(void) { look(); }"
         "int main(void) { first(); for (;;) turn(); }", Handling.RESTART_SKIPS_STAGES),
        ("", "static void a(void) { look(); b(); } static void b(void) { look(); a(); }", Handling.HANDLED),
    ],
)  # fmt: skip
def test_what_the_interrupted_way_notes_may_end_the_callers_loop(notes: str, rest: str, handling: Handling) -> None:
    assert handling_of(LOOKS.replace("NOTES", notes) + rest, "poll") is handling


def test_a_caller_may_note_the_end_of_its_loop_in_what_it_hands_down() -> None:
    code = """
    static void turn(struct server *server) {
        int r = poll(fds, n, 100);
        if (r < 0 && errno == EINTR) { NOTES return; }
        expire();
    }
    int main(void) { struct server server; while (!server.stopped) turn(&server); }"""
    assert handling_of(code.replace("NOTES", "server->stopped = 1;"), "poll") is Handling.HANDLED
    assert handling_of(code.replace("NOTES", ""), "poll") is Handling.RESTART_SKIPS_STAGES


@pytest.mark.parametrize(("again", "handling"), [("1", Handling.RESTART_SKIPS_STAGES), ("0", Handling.HANDLED)])
def test_a_body_may_ask_for_another_turn(again: str, handling: Handling) -> None:
    code = """
    static void turn(int *again) {
        int r = poll(fds, n, 100);
        if (r < 0 && errno == EINTR) { *again = AGAIN; return; }
        expire();
    }
    void run(void) { int again; do { again = 0; turn(&again); } while (again); }"""
    assert handling_of(code.replace("AGAIN", again), "poll") is handling


def test_methods_hand_on_to_methods_of_their_class() -> None:
    (look,) = facts_of(
        """
        class Server:
            def look(self):
                try:
                    select.select(self.readers, [], [], 1.0)
                except InterruptedError:
                    return
                self.expire()

            def turn(self):
                self.look()

            def run(self):
                while True:
                    self.turn()
        """,
        "python",
    )
    assert look.caller is not None and (look.caller.function, look.caller.by) == ("Server.run", "Server.turn")


def test_a_function_that_ends_the_program_after_the_body_leads_to_no_loop() -> None:
    assert facts_of(BY_WAY_OF_ANOTHER.replace("TURN", "exit(0);"))[0].caller is None


def test_the_loop_of_a_body_is_not_that_of_its_caller() -> None:
    code = """
    static void session(void) {
        if (poll(&lead, 1, 100) < 0) return;
        while (!done) {
            int r = poll(fds, n, 100);
            if (r < 0 && errno == EINTR) continue;
            if (r > 0) serve();
            expire();
        }
    }
    int main(void) { for (;;) session(); }"""
    own, inner = [fact for fact in facts_of(code) if fact.skipped]
    assert (own.caller is None, inner.caller) == (False, None)


RETURNS_FROM_ITS_LOOP = """
    static int next_packet(struct packet *packet) {
        int r;
        do {
            r = poll(fds, 2, 1000);
            if (r < 0) {
                if (errno == EINTR) return 0;
                fatal("poll");
            }
            if (now() > last_sent + INTERVAL) send_keepalive();
        } while (r == 0);
        return take(packet);
    }
    int main(void) {
        struct packet packet;
        CALLS
    }"""


@pytest.mark.parametrize(
    ("calls", "handling"),
    [
        ("for (;;) { if (next_packet(&packet) == 0) continue; handle(&packet); }", Handling.RESTART_SKIPS_STAGES),
        ("while (next_packet(&packet) != 0) handle(&packet);", Handling.HANDLED),
        ("next_packet(&packet);", Handling.HANDLED),
    ],
)
def test_a_return_out_of_a_loop_starts_over_where_the_caller_calls_again(calls: str, handling: Handling) -> None:
    assert handling_of(RETURNS_FROM_ITS_LOOP.replace("CALLS", calls), "poll") is handling


def test_an_error_that_ends_a_loop_is_no_start_of_the_callers_for_an_interrupt_that_is_not_told_apart() -> None:
    code = """
    static void serve_peer(int fd) {
        int r = 0;
        while (r == 0) {
            r = select(fd + 1, &set, NULL, NULL, &tv);
            if (r == -1) break;
            sweep();
        }
    }
    int main(void) { signal(SIGCHLD, on_child); for (;;) serve_peer(accept_one()); }"""
    assert handling_of(code, "select") is Handling.FATAL


def test_a_stage_that_feeds_the_head_is_marked() -> None:
    code = """
    int main(void) {
        time_t now = time(NULL);
        for (;;) {
            run_events(now);
            if (poll(fds, n, 100) < 0 && errno == EINTR) continue;
            now = time(NULL);
        }
    }"""
    (fact,) = facts_of(code)
    (stage,) = fact.bypassed
    told = [(feed.name, textwrap.dedent(code)[slice(*feed.reader)]) for feed in stage.feeds_head]
    assert told == [("now", "run_events(now)")]


def test_a_test_that_ends_the_program_stands_on_the_interrupts_way_too() -> None:
    code = """
    static void kill_and_leave(int code) { clean_up(); exit(code); }
    void run(int fd) {
        signal(SIGHUP, on_signal);
        for (;;) {
            FD_SET(fd, &set);
            select(fd + 1, &set, NULL, NULL, NULL);
            if (got_signal)
                kill_and_leave(0);
            if (FD_ISSET(fd, &set)) {
                n = read(fd, buffer, 512);
                if (n < 0 && errno != EINTR)
                    kill_and_leave(0);
            }
        }
    }
    static void on_signal(int sig) { got_signal = sig; }
    """
    assert [fact.handling for fact in facts_of(code) if fact.spec.name == "select"] == [Handling.STALE]


def test_what_only_a_positive_result_leads_to_is_not_owed_where_that_of_a_timeout_is_unknown() -> None:
    code = """
    static int server_poll(struct poller *poller, struct timeval *tv) {
        int n = select(poller->max_fd + 1, &poller->active.rfds, &poller->active.wfds, NULL, tv);
        if (n == 0)
            return idle(poller);
        return n;
    }
    void run(struct server *server) {
        while (server->is_running) {
            struct timeval tv = { 1, 0 };
            int n = server_poll(&server->poller, &tv);
            if (n > 0) {
                serve_each(server);
            } else if (n == 0) {
            } else {
                int err = errno;
                if (err != EINTR)
                    return;
            }
        }
    }
    """
    assert Handling.RESTART_SKIPS_STAGES not in {fact.handling for fact in facts_of(code)}


@pytest.mark.parametrize(
    ("into", "expected"),
    [("&line[size]", Handling.HANDLED), ("line + size", Handling.HANDLED), ("line", Handling.STALE)],
)
def test_what_was_read_before_is_looked_at_while_more_is_to_come(into: str, expected: Handling) -> None:
    code = """
    int wait_for(int fd, const char *word) {
        char line[512];
        int n, size = 0;
        do {
            n = read(fd, %s, 1);
            if (n < 0) {
                if (errno != EINTR)
                    return -1;
                n = 0;
            }
            size += n;
            n = strlen(word);
            if (size >= n && memcmp(&line[size - n], word, n) == 0)
                return 0;
        } while (size < 512);
        return -1;
    }
    """
    assert handling_of(code % into, "read") is expected


@pytest.mark.parametrize(
    ("timeout", "expected"),
    [
        ("", Handling.RESTART),
        ("limit.tv_sec = 0;", Handling.RESTART),
        ("limit.tv_sec = left;", Handling.RESTART_SKIPS_STAGES),
        ("limit.tv_usec = 500;", Handling.RESTART_SKIPS_STAGES),
        ("limit = given;", Handling.RESTART_SKIPS_STAGES),
    ],
)
def test_a_member_that_is_set_after_the_whole(timeout: str, expected: Handling) -> None:
    code = """
    void run(int left, struct timeval given) {
        for (;;) {
            struct timeval limit = { 0, 0 };
            fd_set set;
            %s
            FD_ZERO(&set);
            FD_SET(fd, &set);
            if (select(fd + 1, &set, NULL, NULL, &limit) == -1) {
                if (errno == EINTR)
                    continue;
                return;
            }
            expire();
        }
    }
    """
    assert handling_of(code % timeout, "select") is expected


@pytest.mark.parametrize(("kind", "waits"), [("static ", []), ("", ["select"])])
def test_a_static_function_is_meant_by_its_name_though_the_system_has_one_of_it(kind: str, waits: list[str]) -> None:
    facts = facts_of(f"""
    {kind}void select(unsigned *p, unsigned *q, const unsigned *r, const unsigned *s, unsigned b)
    {{
        *p = b ? *r : *s;
        *q = b ? *s : *r;
    }}
    void ladder(unsigned *a, unsigned *b, unsigned key)
    {{
        for (int at = 31; at >= 0; at--)
            select(a, b, a, b, key >> at & 1);
    }}
    """)
    assert [fact.spec.name for fact in facts] == waits


def test_a_static_function_named_like_a_wait_may_be_one() -> None:
    poll, wait = facts_of("""
    static int poll(int ms) { return epoll_wait(queue, events, 64, ms); }
    void run(void)
    {
        for (;;) {
            int n = poll(100);
            if (n < 0 && errno == EINTR) continue;
            expire();
        }
    }
    """)
    assert (poll.spec.name, wait.spec.name, wait.handling) == ("epoll_wait", "poll", Handling.RESTART_SKIPS_STAGES)


@pytest.mark.parametrize("both", ["set(readable) | set(writable)", "readable + writable"])
def test_lists_of_nothing_put_together_hold_nothing(both: str) -> None:
    (fact,) = facts_of(
        f"""
        def serve(engine):
            while True:
                try:
                    readable, writable, _ = select.select(engine.readers, engine.writers, [], 1)
                except InterruptedError:
                    continue
                for fd in {both}:
                    engine.handle(fd)
                engine.fire_timers()
        """,
        "python",
    )
    assert [stage.label for stage in fact.bypassed] == ["fire_timers"]
