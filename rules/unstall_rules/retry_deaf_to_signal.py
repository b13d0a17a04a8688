"""UST103: a wait is retried without a look at the flag that the signal's handler has set."""

from collections.abc import Iterator
from textwrap import dedent

from unstall.findings.finding import Finding, Severity
from unstall.findings.witness import waited_for
from unstall.flow.facts import WaitFact
from unstall.flow.outcomes import Handling
from unstall.rule import Context, Invalid, Rule, Valid
from unstall.wording import agree, listing


class RetryDeafToSignal(Rule):
    """
    ## What it does
    Looks for small loops that retry an interrupted wait without a timeout, inside of a loop that looks at a flag which
    a signal handler sets, where the retry itself doesn't look at it.

    ## Why is this bad?
    The handler runs, sets its flag and ends the wait, as it should; but the retry goes straight back to waiting. The
    flag is seen only when something else ends the wait: a SIGTERM that nobody obeys until the next client comes, a
    child that isn't reaped on a quiet night.

    ## Example
    ```c
    while (!stopped) {                  /* set by the handler of SIGTERM */
        do {
            r = poll(fds, n, -1);
        } while (r == -1 && errno == EINTR);
        serve(fds, n);
    }
    ```

    ## Use instead
    ```c
    while (!stopped) {
        r = poll(fds, n, -1);
        if (r == -1 && errno == EINTR)
            continue;                   /* looks at stopped again */
        serve(fds, n);
    }
    ```

    ## Fix safety
    The patch tests the flag in the condition of the retry, and goes back to the loop around where what follows would
    take the interrupt for an error. It is shown only where the code was analysed again with the flag set and without,
    and where the flag is one: a variable that is tested for being set and for nothing else. None is proposed where the
    wait is repeated by a jump.

    ## Known limits
    Off by default: in 35 source packages one of its five findings told of a flag that mattered, and whether the wait
    can last long is often not visible (an `accept` on a descriptor that `poll` has reported doesn't). Flags are looked
    for within one function, and handlers in the files that are checked. A signal that arrives just before the wait is
    missed whatever the retry does; only `pselect`, `ppoll`, `signalfd` or a self-pipe close that gap.

    ## References
    - signal(7), "Interruption of system calls and library functions by signal handlers"
    - select_tut(2), "Practical tips": combining signal and data events
    """

    code = "UST103"
    name = "retry-deaf-to-signal"
    severity = Severity.WARNING
    enabled = False
    summary = "An interrupted wait is retried without a look at the flag that the signal's handler sets"

    VALID = (
        Valid(
            dedent("""\
            #include <errno.h>
            #include <poll.h>
            #include <signal.h>

            static volatile sig_atomic_t stopped;

            static void stop(int number)
            {
                stopped = 1;
            }

            void serve(struct pollfd *fds, int n)
            {
                int r;

                signal(SIGTERM, stop);
                while (!stopped) {
                    do {
                        r = poll(fds, n, -1);
                    } while (r == -1 && errno == EINTR && !stopped);
                    if (r > 0)
                        serve_ready(fds, n);
                }
            }
            """)
        ),
        Valid(
            dedent("""\
            #include <errno.h>
            #include <unistd.h>

            ssize_t read_some(int fd, char *buffer, size_t size)
            {
                ssize_t n;

                do {
                    n = read(fd, buffer, size);
                } while (n == -1 && errno == EINTR);
                return n;
            }
            """)
        ),
    )
    INVALID = (
        Invalid(
            dedent("""\
            #include <errno.h>
            #include <poll.h>
            #include <signal.h>

            static volatile sig_atomic_t stopped;

            static void stop(int number)
            {
                stopped = 1;
            }

            void serve(struct pollfd *fds, int n)
            {
                int r;

                signal(SIGTERM, stop);
                while (!stopped) {
                    do {
                        r = poll(fds, n, -1);
                    } while (r == -1 && errno == EINTR);
                    serve_ready(fds, n);
                }
            }
            """),
            lines=(20,),
        ),
    )

    def check(self, fact: WaitFact, context: Context) -> Iterator[Finding]:
        """One finding for each retry that can't see what the outer loop looks at."""
        known = fact.particulars
        if fact.handling is not Handling.RETRY or not known.unseen_flags or not known.waits_forever:
            return
        if not (known.certain and known.told_apart):
            return
        flags = listing([f"`{flag}`" for flag in known.unseen_flags])
        them = agree(len(known.unseen_flags), "it", "them")
        yield from self.finding(
            fact, context, fact.wait if fact.interrupt is None else fact.interrupt,
            f"{waited_for(fact)} waits again after a signal without a look at {flags}",
            f"A signal handler sets {flags}, and the loop around looks at {them}; but the retry goes straight back to "
            f"{waited_for(fact)}, which has no timeout, so that the signal goes unanswered until something else ends "
            f"the wait. Look at {flags} before waiting again.",
            back="EINTR: waits again",
        )  # fmt: skip
