"""UST108: an interrupt is not told from an error, and ends the loop or the program."""

from collections.abc import Iterator
from textwrap import dedent

from unstall.findings.finding import Finding, Severity
from unstall.findings.witness import waited_for
from unstall.flow.facts import WaitFact
from unstall.flow.outcomes import Handling
from unstall.flow.waits import WaitKind
from unstall.rule import Context, Invalid, Rule, Valid
from unstall.wording import agree, listing

_ENDING = frozenset({"SIGINT", "SIGTERM", "SIGQUIT", "SIGABRT", "SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGXCPU"})
"""Signals that ask a program to end, or tell that it can't go on: ending its loop is what they are for."""


class InterruptIsFatal(Rule):
    """
    ## What it does
    Looks for loops around `select`, `poll`, `epoll_wait` and their like that take an interrupt for any other error and
    end, in files that install a handler for a signal which isn't meant to end the program. So does a loop that goes on
    after an interrupt, by `continue` or without, only for its own condition to find the result of -1 and end it.

    ## Why is this bad?
    These calls fail with EINTR after every handler that runs, with SA_RESTART or without. So the first SIGCHLD, SIGHUP
    or SIGALRM ends a server that was doing well.

    ## Example
    ```c
    signal(SIGHUP, note_hangup);
    for (;;) {
        if (poll(fds, n, -1) == -1) {
            perror("poll");
            exit(1);
        }
        serve(fds, n);
    }
    ```

    ## Use instead
    ```c
    signal(SIGHUP, note_hangup);
    for (;;) {
        r = poll(fds, n, -1);
        if (r == -1 && errno != EINTR) {
            perror("poll");
            exit(1);
        }
        if (r > 0) serve(fds, n);
    }
    ```

    ## Fix safety
    No patch is proposed: what is to happen after an interrupt is for the author to say.

    ## Known limits
    Off by default: in real programs about every second finding stands in a process in which the handler isn't
    installed, such as a child before it executes another program. The handlers of the same file count; those of other
    files don't, nor does it know whether a handler is still installed when the loop runs, or in another process than
    the one that loops. Transfers (`read`, `accept` …) are not looked at, since SA_RESTART restarts them. SIGINT,
    SIGTERM and their like don't count.

    ## References
    - signal(7): calls that are never restarted after being interrupted, whatever SA_RESTART says
    """

    code = "UST108"
    name = "interrupt-is-fatal"
    severity = Severity.WARNING
    enabled = False
    every_wait = True
    summary = "An interrupt is not told from an error, and ends the loop or the program"

    VALID = (
        Valid(
            dedent("""\
            #include <errno.h>
            #include <poll.h>
            #include <signal.h>
            #include <stdlib.h>

            static volatile sig_atomic_t hangup;

            static void note(int number)
            {
                hangup = 1;
            }

            void serve(struct pollfd *fds, int n)
            {
                signal(SIGHUP, note);
                for (;;) {
                    int r = poll(fds, n, -1);

                    if (r == -1 && errno != EINTR)
                        exit(1);
                    if (r > 0)
                        serve_ready(fds, n);
                }
            }
            """)
        ),
        Valid(
            dedent("""\
            #include <poll.h>
            #include <signal.h>

            static volatile sig_atomic_t stopped;

            static void stop(int number)
            {
                stopped = 1;
            }

            void serve(struct pollfd *fds, int n)
            {
                signal(SIGTERM, stop);
                while (!stopped) {
                    if (poll(fds, n, -1) == -1)
                        break;
                    serve_ready(fds, n);
                }
            }
            """)
        ),
    )
    INVALID = (
        Invalid(
            dedent("""\
            #include <poll.h>
            #include <signal.h>
            #include <stdlib.h>

            static volatile sig_atomic_t hangup;

            static void note(int number)
            {
                hangup = 1;
            }

            void serve(struct pollfd *fds, int n)
            {
                signal(SIGHUP, note);
                for (;;) {
                    if (poll(fds, n, -1) == -1)
                        exit(1);
                    serve_ready(fds, n);
                }
            }
            """),
            lines=(16,),
        ),
        Invalid(
            dedent("""\
            #include <errno.h>
            #include <poll.h>
            #include <signal.h>

            static volatile sig_atomic_t hangup;

            static void note(int number)
            {
                hangup = 1;
            }

            void serve(struct pollfd *fds, int n)
            {
                int r;

                signal(SIGHUP, note);
                do {
                    r = poll(fds, n, 1000);
                    if (r == -1) {
                        if (errno == EINTR)
                            continue;
                        complain("poll");
                        break;
                    }
                    serve_ready(fds, n);
                } while (r >= 0);
            }
            """),
            lines=(21,),
        ),
    )

    def check(self, fact: WaitFact, context: Context) -> Iterator[Finding]:
        """One finding for each wait whose interrupt ends the loop."""
        if fact.handling is not Handling.FATAL or not fact.particulars.certain:
            return
        if fact.spec.kind is not WaitKind.MULTIPLEX:
            return
        signals = [signal for signal in context.signals.signals if signal not in _ENDING]
        if not signals:
            return
        yield from self.finding(
            fact, context, fact.wait if fact.interrupt is None else fact.interrupt,
            f"a signal during {waited_for(fact)} is taken for an error and ends the loop",
            f"This file handles {listing(signals)}; after {agree(len(signals), 'its handler', 'any of the handlers')} "
            f"has run, {waited_for(fact)} fails with EINTR, even under SA_RESTART, and {_cost(fact)}",
            no_fix="what is to happen after an interrupt is for the author to say",
        )  # fmt: skip


def _cost(fact: WaitFact) -> str:
    if fact.particulars.told_apart:
        return "though EINTR is let go on, the loop's condition finds the result of -1 and ends it. Wait again instead."
    return "the loop ends as if it could never wait again. Test errno for EINTR first, and go on."
