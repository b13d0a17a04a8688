"""UST110: an interrupt runs the loop's step or condition, which counts the -1 of the failed call."""

from collections.abc import Iterator
from textwrap import dedent

from unstall.findings.finding import Finding, Mark, Severity
from unstall.findings.witness import UpTo, waited_for
from unstall.flow.facts import WaitFact
from unstall.flow.outcomes import Handling
from unstall.rule import Context, Invalid, Rule, Valid


class IncrementOnError(Rule):
    """
    ## What it does
    Looks for `continue` after an interrupted call in a `for` loop whose step, or a `do … while` loop whose condition,
    works from what the call returned or should have filled.

    ## Why is this bad?
    `continue` does not skip these parts. In `for (…; left -= n, p += n)` an interrupted `write` has set `n` to -1: the
    pointer goes back by one, and a byte is sent twice.

    ## Example
    ```c
    for (p = buf; left > 0; p += n, left -= n) {
        n = write(fd, p, left);
        if (n == -1 && errno == EINTR) continue;
        if (n == -1) return -1;
    }
    ```

    ## Use instead
    ```c
    for (p = buf; left > 0; p += n, left -= n) {
        n = write(fd, p, left);
        if (n == -1 && errno != EINTR) return -1;
        if (n == -1) n = 0;
    }
    ```

    ## Fix safety
    The patch sets the result of an interrupted transfer to 0 before `continue`, so that the loop counts nothing. It is
    proposed only for transfers, where the patched loop was analysed again and every other run of it is as it was.

    ## Known limits
    Only a step or condition that works from the call's own result or buffer is reported, not one that works from what
    another variable was computed from. Where EAGAIN doesn't come the same way, a finding is a note in a program of one
    file that installs no handler, and a warning where the file that holds `main` installs none.

    ## References
    - ISO C, 6.8.6.2: `continue` jumps to the loop-continuation portion
    """

    code = "UST110"
    name = "increment-on-error"
    severity = Severity.ERROR
    summary = "An interrupt runs the step or condition of a loop, which works from the failed call's -1"

    VALID = (
        Valid(
            dedent("""\
            #include <errno.h>
            #include <unistd.h>

            int write_all(int fd, const char *text, size_t left)
            {
                while (left > 0) {
                    ssize_t n = write(fd, text, left);

                    if (n == -1 && errno == EINTR)
                        continue;
                    if (n == -1)
                        return -1;
                    text += n;
                    left -= n;
                }
                return 0;
            }
            """)
        ),
        Valid(
            dedent("""\
            #include <errno.h>
            #include <unistd.h>

            int write_all(int fd, const char *text, size_t left)
            {
                ssize_t n;

                for (; left > 0; text += n, left -= n) {
                    n = write(fd, text, left);
                    if (n == -1) {
                        if (errno != EINTR)
                            return -1;
                        n = 0;
                    }
                }
                return 0;
            }
            """)
        ),
    )
    INVALID = (
        Invalid(
            dedent("""\
            #include <errno.h>
            #include <unistd.h>

            int write_all(int fd, const char *text, size_t left)
            {
                ssize_t n;

                for (; left > 0; text += n, left -= n) {
                    n = write(fd, text, left);
                    if (n == -1 && errno == EINTR)
                        continue;
                    if (n == -1)
                        return -1;
                }
                return 0;
            }
            """),
            lines=(11,),
        ),
    )

    def check(self, fact: WaitFact, context: Context) -> Iterator[Finding]:
        """One finding for each interrupt whose -1 the loop's own parts work from."""
        known = fact.particulars
        if fact.handling is not Handling.STALE or not known.certain:
            return
        if not known.stale_closing:
            return  # stale-readiness says it
        first = min(known.stale_reads, key=lambda node: fact.graph.nodes[node].span)
        span = fact.graph.nodes[first].span
        text = context.text(fact, first)
        yield from self.finding(
            fact, context, first if fact.interrupt is None else fact.interrupt,
            f"after a signal during {waited_for(fact)}, `{text}` works from the call that failed",
            f"When a signal interrupts {waited_for(fact)}, it has returned -1 and moved no data, but `{text}` on line "
            f"{context.line(fact, first)} runs on every way round the loop, after `continue` too, and takes that for "
            "data. Set the result to 0 before going round, or repeat the call in a small loop of its own.",
            (Mark(span, "reader", "works from the failed call"),),
            back="EINTR: goes round",
            up_to=UpTo(first),
        )  # fmt: skip
