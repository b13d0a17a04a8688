"""How jumps, loops and results of every form are judged: one C function for each idiom."""

import pytest
from unstall.flow.outcomes import Handling

from tests.facts import facts_of, source_of

IDIOMS = {
    "continue runs the step of a for, which uses -1": (
        Handling.STALE,
        """
        void fill(int fd, char *at, char *end) {
            int ret;
            for (ret = 0; at < end; at += ret) {
                ret = read(fd, at, end - at);
                if (ret == -1 && errno == EINTR) continue;
                if (ret <= 0) break;
            }
        }""",
    ),
    "continue runs the step of a for, which is a stage": (
        Handling.RESTART,
        """
        void run(void) {
            for (;; expire()) {
                int r = poll(fds, n, 100);
                if (r == -1 && errno == EINTR) continue;
                if (r > 0) serve(fds);
            }
        }""",
    ),
    "a switch over the result": (
        Handling.RESTART_SKIPS_STAGES,
        """
        void run(void) {
            for (;;) {
                switch (select(n, &set, NULL, NULL, &tv)) {
                case -1: if (errno == EINTR) continue; fatal("select");
                case 0: break;
                default: serve(&set);
                }
                expire();
            }
        }""",
    ),
    "a break that leaves only the switch over errno": (
        Handling.HANDLED,
        """
        void run(void) {
            for (;;) {
                int r = poll(fds, n, 100);
                if (r == -1) {
                    switch (errno) { case EAGAIN: case EINTR: break; default: fatal("poll"); }
                }
                if (r > 0) serve(fds);
                expire();
            }
        }""",
    ),
    "goto the middle of the loop": (
        Handling.RETRY,
        """
        void run(void) {
            for (;;) {
                prepare();
            reselect:
                r = select(n, &set, NULL, NULL, &tv);
                if (r == -1 && errno == EINTR) goto reselect;
                if (r > 0) serve(&set);
                expire();
            }
        }""",
    ),
    "a wait in the condition of the loop": (
        Handling.RESTART_SKIPS_STAGES,
        """
        void run(void) {
            int r;
            while ((r = poll(fds, n, 100)) >= 0 || errno == EINTR) {
                if (r < 0) continue;
                if (r > 0) serve(fds);
                expire();
            }
        }""",
    ),
    "a wait in the condition, all else in the body": (
        Handling.HANDLED,
        """
        void run(void) {
            int r;
            while ((r = poll(fds, n, 100)) >= 0 || errno == EINTR) {
                if (r > 0) serve(fds);
                expire();
            }
        }""",
    ),
    "-1 falls into the else of a later test": (
        Handling.STALE,
        """
        void run(void) {
            for (;;) {
                int r = select(n, &set, NULL, NULL, &tv);
                if (r == -1 && errno != EINTR) return;
                if (r == 0) expire();
                else if (FD_ISSET(0, &set)) serve(0);
            }
        }""",
    ),
    "an inner break and an outer continue": (
        Handling.RESTART_SKIPS_STAGES,
        """
        void run(void) {
            for (;;) {
                int again = 0;
                for (;;) {
                    r = poll(fds, n, 100);
                    if (r == -1 && errno == EINTR) { again = 1; break; }
                    if (r > 0) serve(fds);
                    if (r >= 0) break;
                }
                if (again) continue;
                expire();
            }
        }""",
    ),
    "a forward goto over the stages": (
        Handling.RESTART_SKIPS_STAGES,
        """
        void run(void) {
            for (;;) {
                int r = poll(fds, n, 100);
                if (r == -1 && errno == EINTR) goto next;
                if (r > 0) serve(fds);
                expire();
            next:
                ;
            }
        }""",
    ),
    "a forward goto to the stages": (
        Handling.HANDLED,
        """
        void run(void) {
            for (;;) {
                int r = poll(fds, n, 100);
                if (r == -1 && errno == EINTR) goto stages;
                if (r > 0) serve(fds);
            stages:
                expire();
            }
        }""",
    ),
    "an old-style definition": (
        Handling.RESTART_SKIPS_STAGES,
        """
        static int
        run(fds, n)
            struct pollfd *fds;
            register int n;
        {
            register int r;
            for (;;) {
                r = poll(fds, n, 100);
                if (r == -1 && errno == EINTR) continue;
                expire();
            }
        }""",
    ),
}


@pytest.mark.parametrize(("expected", "code"), IDIOMS.values(), ids=IDIOMS)
def test_idiom(expected: Handling, code: str) -> None:
    assert expected in {fact.handling for fact in facts_of(source_of(code))}


@pytest.mark.parametrize("test", ["", "if (r == 0) expire();", "if (!r) continue;"])
def test_a_result_that_is_not_tested_for_failure_is_stale(test: str) -> None:
    code = f"""
        void run(void) {{
            for (;;) {{
                int r = select(n, &set, NULL, NULL, &tv);
                {test}
                if (FD_ISSET(0, &set)) serve(0);
            }}
        }}"""
    assert [fact.handling for fact in facts_of(source_of(code))] == [Handling.STALE]


@pytest.mark.xfail(reason="an iteration ends at its first back edge, and the test of this wait stands behind that")
def test_a_wait_at_the_end_of_the_loop_that_the_interrupts_branch_issues_again() -> None:
    code = """
        void run(void) {
            int r = poll(fds, n, 100);
            for (;;) {
                if (r == -1 && errno == EINTR) { r = poll(fds, n, 100); continue; }
                if (r > 0) serve(fds);
                expire();
                r = poll(fds, n, 100);
            }
        }"""
    assert Handling.RESTART_SKIPS_STAGES in {fact.handling for fact in facts_of(source_of(code))}
