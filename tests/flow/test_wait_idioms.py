"""How each idiom of an interrupted wait is judged: small functions in C and Python, through the front ends."""

import textwrap

import pytest
from unstall.flow.analysis import analyse
from unstall.flow.facts import WaitFact
from unstall.flow.files import Wanted
from unstall.flow.outcomes import Handling
from unstall.flow.project import ProjectFacts, learn
from unstall.frontends import c, python
from unstall.source import Language, SourceFile


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


C_IDIOMS = {
    "continue in a big loop": (
        Handling.RESTART_SKIPS_STAGES,
        """
        void run(void) {
            for (;;) {
                int r = poll(fds, n, 100);
                if (r == -1 && errno == EINTR) continue;
                if (r > 0) serve();
                expire();
            }
        }""",
    ),
    "work in the loop that dies where it can't be done": (
        Handling.RESTART_SKIPS_STAGES,
        """
        void run(struct chan *c) {
            for (;;) {
                dispatch_run_fatal(c, NONBLOCK, 0);
                int r = poll(fds, n, 100);
                if (r == -1 && errno == EINTR) continue;
                expire();
            }
        }""",
    ),
    "goto the head instead of continue": (
        Handling.RESTART_SKIPS_STAGES,
        """
        void run(void) {
        again:
            r = poll(fds, n, 100);
            if (r < 0) { if (errno == EINTR) goto again; die("poll"); }
            expire();
            goto again;
        }""",
    ),
    "the rest of the body nested in an if": (
        Handling.RESTART_SKIPS_STAGES,
        """
        void run(void) {
            while (running) {
                int r = poll(fds, n, 100);
                if (r >= 0) { if (r) serve(); expire(); }
                else if (errno != EINTR) die("poll");
            }
        }""",
    ),
    "switch over errno, with fall-through": (
        Handling.RESTART_SKIPS_STAGES,
        """
        void run(void) {
            for (;;) {
                int r = poll(fds, n, 100);
                if (r < 0) switch (errno) { case EAGAIN: case EINTR: continue; default: die("poll"); }
                expire();
            }
        }""",
    ),
    "break leaves only the switch": (
        Handling.HANDLED,
        """
        void run(void) {
            for (;;) {
                switch (poll(fds, n, 100)) { case -1: if (errno != EINTR) return; break; case 0: break; default:
                serve(); }
                expire();
            }
        }""",
    ),
    "a copy of errno is tested": (
        Handling.RESTART_SKIPS_STAGES,
        """
        void run(void) {
            for (;;) {
                int r = poll(fds, n, 100), saved_errno = errno;
                tidy();
                if (r == -1 && saved_errno == EINTR) continue;
                expire();
            }
        }""",
    ),
    "a tiny loop around the wait": (
        Handling.RETRY,
        """
        int run(void) {
            int r;
            do { r = poll(fds, n, -1); } while (r == -1 && errno == EINTR);
            return r;
        }""",
    ),
    "only what needs a ready descriptor is skipped": (
        Handling.RESTART,
        """
        void run(void) {
            for (;;) {
                expire();
                int r = poll(fds, n, 100);
                if (r < 0 && errno == EINTR) continue;
                if (r > 0) serve();
            }
        }""",
    ),
    "the stage has a twin at the head": (
        Handling.RESTART,
        """
        void run(void) {
            for (;;) {
                expire();
                if (poll(fds, n, 100) < 0 && errno == EINTR) continue;
                expire();
            }
        }""",
    ),
    "an interrupt is taken for a timeout": (
        Handling.HANDLED,
        """
        void run(void) {
            for (;;) {
                int r = poll(fds, n, 100);
                if (r < 0) { if (errno != EINTR) die("poll"); r = 0; }
                if (r > 0) serve();
                expire();
            }
        }""",
    ),
    "the sets are read after a failed select": (
        Handling.STALE,
        """
        void run(void) {
            fd_set rfds;
            for (;;) {
                fill(&rfds);
                if (select(n, &rfds, NULL, NULL, &tv) < 0 && errno != EINTR) die("select");
                if (FD_ISSET(fd, &rfds)) serve();
                expire();
            }
        }""",
    ),
    "the sets are cleared after a failed select": (
        Handling.HANDLED,
        """
        void run(void) {
            fd_set rfds;
            for (;;) {
                fill(&rfds);
                if (select(n, &rfds, NULL, NULL, &tv) < 0) { if (errno != EINTR) die("select"); FD_ZERO(&rfds); }
                if (FD_ISSET(fd, &rfds)) serve();
                expire();
            }
        }""",
    ),
    "the next element of a for-each": (
        Handling.ADVANCE,
        """
        void run(void) {
            for (i = 0; i < n; i++) {
                if (read(clients[i].fd, buf, sizeof buf) < 0 && errno == EINTR) continue;
                serve(i);
            }
        }""",
    ),
    "continue in do-while whose condition is then false": (
        Handling.HANDLED,
        """
        void run(void) {
            for (;;) {
                int r;
                do { r = poll(fds, n, 100); if (r < 0 && errno == EINTR) continue; } while (r > 0);
                expire();
            }
        }""",
    ),
    "a loop left with -1 because its condition says r == 0": (
        Handling.HANDLED,
        """
        int run(void) {
            int res = 0;
            while (res == 0) { res = poll(fds, n, 100); if (res < 0 && errno != EINTR) die("poll"); }
            return res;
        }""",
    ),
    "a wrapper of select": (
        Handling.RESTART_SKIPS_STAGES,
        """
        int mywait(int n, fd_set *r, struct timeval *tv) { return select(n, r, NULL, NULL, tv); }
        void run(void) {
            for (;;) {
                if (mywait(n, &rfds, &tv) < 0 && errno == EINTR) continue;
                expire();
            }
        }""",
    ),
    "a wrapper that gives the error number": (
        Handling.RESTART_SKIPS_STAGES,
        """
        int mywait(int n, fd_set *r, struct timeval *tv) {
            if (select(n, r, NULL, NULL, tv) < 0) return errno;
            return 0;
        }
        void run(void) {
            for (;;) {
                int err = mywait(n, &rfds, &tv);
                if (err == EINTR) continue;
                if (err) die("select");
                expire();
            }
        }""",
    ),
    "a wrapper that hides the interrupt": (
        Handling.RETRY,
        """
        int mywait(struct pollfd *p, int n, int t) {
            int r;
            while ((r = poll(p, n, t)) < 0 && errno == EINTR) ;
            return r;
        }
        void run(void) {
            for (;;) { if (mywait(fds, n, 100) < 0 && errno == EINTR) continue; expire(); }
        }""",
    ),
    "the body of a caller's loop": (
        Handling.RESTART_SKIPS_STAGES,
        """
        static void turn(void) {
            int r = poll(fds, n, 100);
            if (r < 0 && errno == EINTR) return;
            if (r > 0) serve();
            expire();
        }
        int main(void) { for (;;) turn(); }""",
    ),
    "a wait without a timeout owes the work of signals": (
        Handling.RESTART_SKIPS_STAGES,
        """
        static volatile int dead;
        static void on_child(int s) { dead = 1; }
        int main(void) {
            signal(SIGCHLD, on_child);
            for (;;) {
                if (poll(fds, n, -1) < 0 && errno == EINTR) continue;
                serve();
                if (dead) { dead = 0; collect(); }
            }
        }""",
    ),
    "a wait without a timeout owes nothing else": (
        Handling.RESTART,
        """
        int main(void) {
            for (;;) {
                if (poll(fds, n, -1) < 0 && errno == EINTR) continue;
                serve();
            }
        }""",
    ),
    "the remaining time only feeds the wait": (
        Handling.RETRY,
        """
        void run(int timeout) {
            for (;;) {
                int r = poll(fds, n, timeout);
                if (r < 0 && errno == EINTR) continue;
                if (r > 0) { serve(); return; }
                timeout -= elapsed();
            }
        }""",
    ),
    "K&R definition": (
        Handling.RESTART_SKIPS_STAGES,
        """
        run(n) int n; {
            for (;;) { if (select(n, &r, 0, 0, &tv) == -1 && errno == EINTR) continue; expire(); }
        }""",
    ),
    "a stage behind the same test that the interrupt's jump is behind": (
        Handling.RESTART,
        """
        void run(int timeout) {
            for (;;) {
                int n = epoll_wait(ep, events, 8, timeout);
                if (n == -1) {
                    if (errno != EINTR) abort();
                    if (fresh) { timeout = asked; fresh = 0; }
                    if (timeout == -1) continue;
                    goto count_down;
                }
                dispatch(events, n);
                if (timeout == -1) continue;
            count_down:
                timeout -= elapsed();
            }
        }""",
    ),
    "a log between the wait and the test of errno": (
        Handling.RESTART,
        """
        void run(struct server *s) {
            for (;;) {
                int n = epoll_wait(s->ep, s->events, 8, -1);
                server_trace(s, name_of(s), n);
                if (n < 0 && errno == EINTR) continue;
                dispatch(s->events, n);
            }
        }""",
    ),
    "a wait that gives NULL when it fails and reports in other places": (
        Handling.RESTART_SKIPS_STAGES,
        """
        int run(struct channel *c) {
            while (open_(c)) {
                int fd, left = next_due(c);
                struct channel *who = waitfor_nfds(&c, 1, &fd, &left);
                if (!who && fd < 0 && left) {
                    if (errno == EINTR) continue;
                    return -1;
                } else if (fd > -1) {
                    return 1;
                }
                int got = who ? 1 : 0;
                if (got > 0) receive(c);
                run_due(c);
            }
            return 0;
        }""",
    ),
    "goto a label at the very start of a loop's body": (
        Handling.RESTART_SKIPS_STAGES,
        """
        void run(void) {
            while (1) {
                int n;
            again:
                if (stopped) break;
                n = poll(fds, 1, 100);
                if (n < 0 && errno == EINTR) goto again;
                if (n > 0) serve();
                tick();
            }
        }""",
    ),
    "goto a label behind what the loop does first": (
        Handling.RETRY,
        """
        void run(void) {
            while (1) {
                prepare();
            again:
                n = poll(fds, 1, 100);
                if (n < 0 && errno == EINTR) goto again;
                if (n > 0) serve();
                tick();
            }
        }""",
    ),
    "a status and a count of its own, told apart one by one": (
        Handling.RESTART,
        """
        static int look(struct set *in, int until, struct set *out, int *count) {
            *out = *in;
            *count = poll(out->fds, out->n, until);
            return *count < 0 ? errno : 0;
        }
        int serve(struct set *all, struct conn *conns) {
            struct set seen;
            struct conn *c;
            int e = 0, count = 0;
            while (all->n > 0) {
                e = look(all, until(conns), &seen, &count);
                if (e == EINTR) continue;
                if (e != 0) break;
                if (count == 0) return 0;
                for (c = conns; c != 0; c = c->next)
                    if (ready_in(&seen, c->fd) && answer(c)) return 1;
            }
            return e;
        }""",
    ),
    "a wrapper that counts expired timers among what is ready": (
        Handling.HANDLED,
        """
        static int gather(struct list *all, int left) {
            int n = poll(all->fds, all->n, left);
            if (n < 0) {
                if (errno == EINTR) return 0;
                return -1;
            }
            if (n == 0) return 1;
            return n;
        }
        void run(struct list *all) {
            while (all->n > 0) {
                int n = gather(all, 100);
                if (n < 0) break;
                if (n > 0) serve(all);
            }
        }""",
    ),
    "work for whom a wrapper found, and nobody for an interrupt": (
        Handling.RESTART,
        """
        static struct peer *await_peer(struct peer **all, int *left) {
            struct peer *winner = 0;
            int n = poll(fds, 8, *left);
            if (n < 0) {
                if (errno != EINTR) *left = -1;
                return 0;
            }
            winner = overdue(all);
            if (n == 0) { *left = 0; return winner; }
            return all[first_ready()];
        }
        int run(struct peer *p) {
            struct peer *who;
            int left;
            while ((left = remaining())) {
                who = await_peer(&p, &left);
                if (!who && left) {
                    if (errno == EINTR) continue;
                    return -1;
                } else if (who) {
                    receive(who);
                }
            }
            return 0;
        }""",
    ),
    "work that is done only while nothing is ready": (
        Handling.RESTART,
        """
        void run(int fd) {
            for (;;) {
                FD_SET(fd, &set);
                n = select(fd + 1, &set, NULL, NULL, &tv);
                if (n == -1 && errno == EINTR)
                    continue;
                if (FD_ISSET(fd, &set))
                    serve(fd);
                else
                    ping_peer();
            }
        }
        """,
    ),
    "a check of the clock that readiness puts off is owed": (
        Handling.RESTART_SKIPS_STAGES,
        """
        void run(int fd) {
            for (;;) {
                FD_SET(fd, &set);
                n = select(fd + 1, &set, NULL, NULL, &tv);
                if (n == -1 && errno == EINTR)
                    continue;
                if (!FD_ISSET(fd, &set) && now() >= due)
                    ping_peer();
            }
        }
        """,
    ),
    "a restart that a flag which is set makes the loop's end": (
        Handling.RETRY,
        """
        void run(int fd) {
            while (!stop) {
                do {
                    n = poll(&fds, 1, 1000);
                } while ((n == 0 || (n == -1 && errno == EINTR)) && !stop);
                if (n == -1) {
                    log_error("poll");
                    continue;
                }
                serve(fd);
                run_timers();
            }
        }
        """,
    ),
    "the same wait again writes what the failed one didn't": (
        Handling.RESTART,
        """
        void run(int child) {
            for (;;) {
                pid = wait(&status);
                if (pid == -1 && errno == EINTR && die) {
                    stop_child(child);
                    while (pid != child)
                        pid = wait(&status);
                    exit(0);
                }
                if (pid != child)
                    continue;
                note_end(status);
            }
        }
        """,
    ),
    "a macro that reports the failed result": (
        Handling.HANDLED,
        """
        int run(int fd) {
            got = read(fd, buffer, 10);
            if (got == -1 && errno == EINTR)
                NOTED("error", ("interrupted and returned %d", (int) got));
            return got;
        }
        """,
    ),
    "a loop over what is ready behind a macro that runs a block": (
        Handling.RESTART,
        """
        void run(void) {
            for (;;) {
                FD_SET(fd, &set);
                n = select(fd + 1, &set, NULL, NULL, &tv);
                if (n < 0 && errno == EINTR)
                    continue;
                EACH_PEER(peers, peer, {
                    if (FD_ISSET(peer->fd, &set)) { serve(peer); }
                });
            }
        }
        """,
    ),
    "tries that a macro counts": (
        Handling.RETRY,
        """
        #define MAX_TRIES 16
        int run(int fd) {
            int tries = 0;
            do {
                FD_SET(fd, &set);
                n = select(fd + 1, &set, NULL, NULL, &tv);
                if (n < 0 && errno == EINTR) {
                    tries++;
                    continue;
                }
                break;
            } while (tries < MAX_TRIES);
            if (tries >= MAX_TRIES)
                return 0;
            return FD_ISSET(fd, &set);
        }
        """,
    ),
    "errors that are counted up to an exit": (
        Handling.RESTART,
        """
        void run(void) {
            int errors = 0;
            for (;;) {
                struct timeval tv = { 5, 0 };
                if (select(0, NULL, NULL, NULL, &tv) < 0) {
                    errors++;
                    if (errors >= 5)
                        exit(1);
                    continue;
                }
                collect_logs();
            }
        }
        """,
    ),
    "errors whose count is tested as it was before": (
        Handling.RESTART,
        """
        void run(void) {
            int errors = 0;
            for (;;) {
                struct timeval tv = { 5, 0 };
                if (select(0, NULL, NULL, NULL, &tv) < 0) {
                    if (errors++ >= 5)
                        exit(1);
                    continue;
                }
                collect_logs();
            }
        }
        """,
    ),
    "a pointer that is NULL or leads to a timeout of zero": (
        Handling.RESTART,
        """
        void run(void) {
            struct timeval none = { 0., 0. }, *limit;
            for (;;) {
                limit = NULL;
                if (polling)
                    limit = &none;
                FD_SET(fd, &set);
                if (select(fd + 1, &set, NULL, NULL, limit) == -1)
                    continue;
                for (i = 0; i < count; i++)
                    if (FD_ISSET(i, &set) || polled[i])
                        wake(i);
            }
        }
        """,
    ),
    "continue to a condition that an interrupt makes false": (
        Handling.FATAL,
        """
        void on_child(int number) { got = 1; }
        void run(void) {
            signal(SIGCHLD, on_child);
            do {
                r = poll(fds, n, 100);
                switch (r) {
                case -1:
                    if (errno == EINTR) continue;
                    break;
                default:
                    serve(fds);
                }
            } while (r > 0);
        }""",
    ),
    "the same in a program without handlers": (
        Handling.HANDLED,
        """
        void run(void) {
            do {
                r = poll(fds, n, 100);
                switch (r) {
                case -1:
                    if (errno == EINTR) continue;
                    break;
                default:
                    serve(fds);
                }
            } while (r > 0);
        }""",
    ),
    "an interrupt that is let go on, and closes the connection as the loop ends": (
        Handling.FATAL,
        """
        void on_child(int number) { got = 1; }
        void run(int fd) {
            signal(SIGCHLD, on_child);
            for (;;) {
                do {
                    r = poll(fds, 1, 100);
                    if (r == -1 && errno != EINTR) { close_client(fd); return; }
                } while (r == 0);
                if (r < 0) { close_client(fd); return; }
                serve(fds);
            }
        }""",
    ),
    "an interrupt that is let go on, and leaves the loop on purpose": (
        Handling.HANDLED,
        """
        void on_child(int number) { got = 1; }
        void run(int fd) {
            signal(SIGCHLD, on_child);
            for (;;) {
                do {
                    r = poll(fds, 1, 100);
                    if (r == -1 && errno != EINTR) { close_client(fd); return; }
                } while (r == 0);
                if (r < 0) return;
                serve(fds);
            }
        }""",
    ),
    "every error drops the peers and leaves the inner loop": (
        Handling.FATAL,
        """
        void on_child(int number) { got = 1; }
        void run(void) {
            signal(SIGCHLD, on_child);
            while (!stopping) {
                int r = 0;
                while (!r) {
                    fill(fds);
                    r = poll(fds, n, 100);
                    if (r == -1) { disconnect_peers(); break; }
                    if (r) serve(fds);
                }
            }
        }""",
    ),
    "every error leaves the inner loop, and that is all": (
        Handling.HANDLED,
        """
        void on_child(int number) { got = 1; }
        void run(void) {
            signal(SIGCHLD, on_child);
            while (!stopping) {
                int r = 0;
                while (!r) {
                    fill(fds);
                    r = poll(fds, n, 100);
                    if (r == -1) { count_errors(); break; }
                    if (r) serve(fds);
                }
            }
        }""",
    ),
    "a continue to a condition that reads the buffer as something else": (
        Handling.STALE,
        """
        int ask(int fd, int number) {
            char buf[512];
            struct reply *reply = (struct reply *)buf;
            ssize_t n;
            fill(reply, number);
            do {
                n = recv(fd, buf, sizeof(buf), 0);
                if (n < 0) { if (errno == EINTR) continue; return -1; }
            } while (reply->number != number);
            return n;
        }""",
    ),
    "the same behind a test of the result": (
        Handling.RETRY,
        """
        int ask(int fd, int number) {
            char buf[512];
            struct reply *reply = (struct reply *)buf;
            ssize_t n;
            fill(reply, number);
            do {
                n = recv(fd, buf, sizeof(buf), 0);
                if (n < 0) { if (errno == EINTR) continue; return -1; }
            } while (n < 0 || reply->number != number);
            return n;
        }""",
    ),
    "a for-each in which an interrupt passes over what is done with the result": (
        Handling.ADVANCE,
        """
        void pump(struct slot *slots, int n) {
            for (int i = 0; i < n; i++) {
                struct slot *slot = &slots[i];
                if (slot->writes) {
                    ssize_t sent = write(slot->fd, slot->text, slot->left);
                    if (sent < 0) { if (errno != EINTR) drop(slot); }
                    else { slot->text += sent; slot->left -= sent; }
                }
                if (slot->reads) fill(slot);
            }
        }""",
    ),
    "a function that hands its caller's sets back and says nothing": (
        Handling.STALE,
        """
        void wait_for_any(fd_set **readable, int highest) {
            prepare(readable);
            if (select(highest + 1, *readable, NULL, NULL, NULL) < 0) {
                if (errno == EINTR) return;
                complain(errno);
                quit = 1;
            }
        }""",
    ),
    "a function that clears its caller's sets after an interrupt": (
        Handling.HANDLED,
        """
        void wait_for_any(fd_set **readable, int highest) {
            prepare(readable);
            if (select(highest + 1, *readable, NULL, NULL, NULL) < 0) {
                if (errno == EINTR) { FD_ZERO(*readable); return; }
                complain(errno);
                quit = 1;
            }
        }""",
    ),
    "a function that leaves its caller a sign": (
        Handling.HANDLED,
        """
        void wait_for_any(fd_set *readable, int highest, int *ready) {
            *ready = select(highest + 1, readable, NULL, NULL, NULL);
            if (*ready < 0 && errno == EINTR) { *ready = 0; return; }
        }""",
    ),
    "waiting until it is the child that is meant": (
        Handling.RETRY,
        """
        void run(pid_t child) {
            do {
                reaped = waitpid(child, &status, 0);
                if (reaped < 0) { if (errno == EINTR) continue; complain(errno); return; }
            } while (reaped != child);
        }""",
    ),
    "waiting for a child, and seeing to the signal": (
        Handling.HANDLED,
        """
        void run(pid_t child) {
            while (waitpid(child, &status, 0) < 0) {
                if (errno != EINTR) break;
                if (stopping) tell_child(child);
            }
        }""",
    ),
    "counting what comes in": (
        Handling.RETRY,
        """
        void run(int fd, int wanted) {
            int count = 0;
            while (count < wanted) {
                char byte;
                ssize_t n = recv(fd, &byte, 1, 0);
                if (n == -1) { if (errno == EINTR) continue; complain(errno); return; }
                count++;
            }
        }""",
    ),
    "a bounded number of retries, then a timeout": (
        Handling.HANDLED,
        """
        void run(int fd) {
            for (;;) {
                int r, interrupted = 0;
                do {
                    r = poll(fds, n, interrupted ? 0 : 1000);
                    if (r < 0) {
                        if (errno != EINTR) die("poll");
                        if (++interrupted > 5) r = 0;
                    }
                } while (r < 0);
                if (r > 0) serve(fds);
                expire();
            }
        }""",
    ),
    "retrying for what is left of the time, then a timeout": (
        Handling.HANDLED,
        """
        void run(int fd) {
            for (;;) {
                int r, left = 1000;
                for (;;) {
                    r = poll(fds, n, left);
                    if (r >= 0) break;
                    if (errno != EINTR) die("poll");
                    left = time_left();
                    if (left <= 0) { r = 0; break; }
                }
                if (r > 0) serve(fds);
                expire();
            }
        }""",
    ),
    "a note that the head takes anew before it is looked at": (
        Handling.RESTART,
        """
        void run(struct server *server) {
            for (;;) {
                server->knows_time = 0;
                prepare(server);
                int r = poll(fds, n, 100);
                if (r == -1 && errno == EINTR) continue;
                server->knows_time = 0;
                if (r > 0) serve(server);
            }
        }""",
    ),
}

PYTHON_IDIOMS = {
    "continue in the handler": (
        Handling.RESTART_SKIPS_STAGES,
        """
        def run(self):
            while True:
                try:
                    r, w, x = select.select(self.fds, [], [], 1.0)
                except select.error as e:
                    if e.args[0] == errno.EINTR:
                        continue
                    raise
                for fd in r:
                    self.serve(fd)
                self.expire()
        """,
    ),
    "results preset, handler passes": (
        Handling.HANDLED,
        """
        def run(self):
            while True:
                r = []
                try:
                    r, w, x = select.select(self.fds, [], [], 1.0)
                except InterruptedError:
                    pass
                for fd in r:
                    self.serve(fd)
                self.expire()
        """,
    ),
    "results of the last round": (
        Handling.STALE,
        """
        def run(self):
            while True:
                try:
                    r, w, x = select.select(self.fds, [], [], 1.0)
                except InterruptedError:
                    pass
                for fd in r:
                    self.serve(fd)
                self.expire()
        """,
    ),
    "suppressed": (
        Handling.STALE,
        """
        def run(self):
            while True:
                with contextlib.suppress(InterruptedError):
                    ready = select.select(self.fds, [], [], 1.0)[0]
                for fd in ready:
                    self.serve(fd)
                self.expire()
        """,
    ),
    "a retry loop": (
        Handling.RETRY,
        """
        def run(fd):
            while True:
                try:
                    return os.read(fd, 10)
                except OSError as e:
                    if e.errno != errno.EINTR:
                        raise
        """,
    ),
    "a name that only the try binds, two steps from what was received": (
        Handling.STALE,
        """
        import errno, zmq
        def pump(self):
            try:
                parts = self.socket.recv_multipart(zmq.NOBLOCK)
                load = self.codec.loads(parts[0])
            except zmq.ZMQError as e:
                if e.errno != errno.EINTR:
                    raise
            self.serve(load)
        """,
    ),
    "an empty branch for the interrupt in a loop that nothing starts over": (
        Handling.FATAL,
        """
        signal.signal(signal.SIGTERM, note)

        def wait_for(pid):
            while True:
                try:
                    return os.waitpid(pid, 0)
                except OSError as e:
                    if e.errno == errno.EINTR:
                        pass
                    return -e.errno, 0
        """,
    ),
    "a handler around the rest of the body, which passes": (
        Handling.RESTART,
        """
        def run(self):
            while True:
                try:
                    for fd, event in self.poller.poll():
                        self.serve(fd)
                except select.error as e:
                    if e.args[0] != errno.EINTR:
                        self.complain(e)
        """,
    ),
    "a clause for something else in front": (
        Handling.HANDLED,
        """
        def run(self):
            while True:
                try:
                    r, w, x = select.select(self.fds, [], [], 1.0)
                except KeyboardInterrupt:
                    continue
                except select.error as e:
                    if e.args[0] != errno.EINTR:
                        raise
                    r = []
                for fd in r:
                    self.serve(fd)
                self.expire()
        """,
    ),
    "an exception that a finally clause lets pass to the handler": (
        Handling.RESTART_SKIPS_STAGES,
        """
        def run(self):
            while True:
                try:
                    self.watch(self.poller)
                    try:
                        events = self.poller.poll(1000)
                    finally:
                        self.leave(self.poller)
                except OSError as e:
                    if e.errno == errno.EINTR:
                        continue
                    raise
                for fd, event in events:
                    self.serve(fd)
                self.expire()
        """,
    ),
    "a method that a helper of another module is given to call": (
        Handling.RETRY,
        """
        def take(self):
            while True:
                try:
                    return calls.wrapped(self.sock.recv, 4096)
                except InterruptedError:
                    continue
        """,
    ),
    "results cleared in the handler, with nothing but them to see to": (
        Handling.HANDLED,
        """
        def run(self):
            while True:
                try:
                    r, w, x = select.select(self.fds, [], [], 1.0)
                except InterruptedError:
                    r = []
                for fd in r:
                    self.serve(fd)
        """,
    ),
}


@pytest.mark.parametrize(("expected", "code"), C_IDIOMS.values(), ids=C_IDIOMS.keys())
def test_c_idiom(expected: Handling, code: str) -> None:
    names = [fact.spec.name for fact in facts_of(code)]
    assert handling_of(code, names[-1]) is expected


@pytest.mark.parametrize(("expected", "code"), PYTHON_IDIOMS.values(), ids=PYTHON_IDIOMS.keys())
def test_python_idiom(expected: Handling, code: str) -> None:
    names = [fact.spec.name for fact in facts_of(code, "python")]
    assert handling_of(code, names[-1], "python") is expected


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
    facts = facts_of(C_IDIOMS["the body of a caller's loop"][1])
    assert facts[0].caller is not None
    assert (facts[0].caller.function, facts[0].caller.text) == ("main", "int main(void) { for (;;) turn(); }")


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
    assert [(feed.name, feed.reader_text) for feed in stage.feeds_head] == [("now", "run_events(now)")]


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
