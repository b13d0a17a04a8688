"""UST107: an interrupt is taken for a deadline that has passed."""

from collections.abc import Iterator
from textwrap import dedent

from unstall.findings.finding import Finding, Mark, Severity
from unstall.findings.witness import UpTo, waited_for
from unstall.flow.facts import WaitFact
from unstall.flow.ir import Call
from unstall.rule import Context, Invalid, Rule, Valid


class EarlyTimeout(Rule):
    """
    ## What it does
    Looks for waits with a timeout whose interrupt goes to code that closes, drops or gives up something when the time
    has passed. Only programs that install signal handlers are looked at, and those that tell the interrupt apart.

    ## Why is this bad?
    Any signal, one that only asks to reopen a log file among them, then does what ten silent minutes should do: it
    disconnects a client or fails a connection that was about to be made.

    ## Example
    ```c
    r = poll(&fd, 1, 600000);
    if (r <= 0) {
        close_session(session);
        return;
    }
    ```

    ## Use instead
    ```c
    r = poll(&fd, 1, 600000);
    if (r == -1 && errno == EINTR) return;      /* the caller waits again, for what is left */
    if (r <= 0) {
        close_session(session);
        return;
    }
    ```

    ## Fix safety
    No patch is proposed: the wait has to go on for what is left of the time, which needs a clock.

    ## Known limits
    That code gives something up is told by the names of its calls. A function that returns the same value for a
    timeout and an interrupt isn't reported, nor is code behind a test of anything but the wait's own result, since
    that test may be of the clock. In Python an empty result stands for both, and nothing is reported.

    ## References
    - signal(7), "Interruption of system calls and library functions by signal handlers"
    - [timeout-restarted](UST106.md), for the opposite mistake
    """

    code = "UST107"
    name = "early-timeout"
    severity = Severity.WARNING
    summary = "An interrupt is taken for a deadline that has passed"

    VALID = (
        Valid(
            dedent("""\
            #include <errno.h>
            #include <poll.h>
            #include <signal.h>

            static volatile sig_atomic_t hangup;

            static void note(int number)
            {
                hangup = 1;
            }

            void serve(struct pollfd *fd, struct session *session)
            {
                signal(SIGHUP, note);
                for (;;) {
                    int r = poll(fd, 1, 600000);

                    if (r == -1 && errno == EINTR) {
                        reopen_log(&hangup);
                        continue;
                    }
                    if (r <= 0) {
                        close_session(session);
                        return;
                    }
                    answer(session);
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

            void serve(struct pollfd *fd, struct session *session)
            {
                signal(SIGTERM, stop);
                for (;;) {
                    if (poll(fd, 1, 600000) <= 0) {
                        if (stopped)
                            break;
                        sweep(session);
                        continue;
                    }
                    answer(session);
                }
                close_session(session);
            }
            """)
        ),
    )
    INVALID = (
        Invalid(
            dedent("""\
            #include <poll.h>
            #include <signal.h>

            static volatile sig_atomic_t hangup;

            static void note(int number)
            {
                hangup = 1;
            }

            void serve(struct pollfd *fd, struct session *session)
            {
                signal(SIGHUP, note);
                for (;;) {
                    if (poll(fd, 1, 600000) <= 0) {
                        close_session(session);
                        return;
                    }
                    answer(session);
                }
            }
            """),
            lines=(16,),
        ),
    )

    def check(self, fact: WaitFact, context: Context) -> Iterator[Finding]:
        """One finding for each interrupt that does what only a deadline should do."""
        known = fact.particulars
        if known.gives_up is None or not known.certain or not (known.has_handlers or known.told_apart):
            return
        node = fact.graph.nodes[known.gives_up]
        name = node.effect.callee if isinstance(node.effect, Call) else ""
        yield from self.finding(
            fact, context, known.gives_up,
            f"a signal during {waited_for(fact)} is taken for a timeout and calls `{name}`",
            f"When a signal interrupts {waited_for(fact)} on line {context.line(fact)}, line "
            f"{context.line(fact, known.gives_up)} calls `{name}` as it does after a timeout, however little of the "
            "time has passed. Tell EINTR apart, and wait again for what is left of the time.",
            (Mark(node.span, "reader", "as if the time had passed"),),
            "the wait has to go on for what is left of the time, which needs a clock",
            up_to=UpTo(known.gives_up),
        )  # fmt: skip
