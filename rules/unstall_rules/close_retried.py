"""UST111: close is called again when a signal interrupts it."""

from collections.abc import Iterator
from textwrap import dedent

from unstall.findings.finding import Finding, Severity
from unstall.flow.facts import WaitFact
from unstall.flow.ir import Assign, Call
from unstall.flow.outcomes import Handling
from unstall.flow.places import place_of
from unstall.flow.reach import reached
from unstall.rule import Context, Invalid, Rule, Valid


class CloseRetried(Rule):
    """
    ## What it does
    Looks for `close` in a loop that calls it again when it fails with EINTR.

    ## Why is this bad?
    On Linux, the BSDs and most others the descriptor is free as soon as `close` returns, EINTR or not. In a program
    with threads another one may have been given the same number by then, and the second `close` closes its file. In a
    program without threads the second call fails with EBADF, which often counts as an error.

    ## Example
    ```c
    while (close(fd) == -1 && errno == EINTR)
        ;
    ```

    ## Use instead
    ```c
    if (close(fd) == -1 && errno != EINTR)
        perror("close");
    ```

    ## Fix safety
    The loop becomes one call, and where its result is read afterwards, EINTR is made a success, so that what follows
    sees the file closed; a comment on the retry goes with the loop. No patch is proposed for loops that hold more, or
    that retry other errors, too.

    ## Known limits
    HP-UX leaves the descriptor open after EINTR; there the retry is right. Loops within wrappers of `close` that are
    only macros are seen only where the macro is.

    ## References
    - close(2), "Dealing with error returns from close()"
    - POSIX.1-2024, `close`: the state of the descriptor after EINTR, and `posix_close`
    """

    code = "UST111"
    name = "close-retried"
    severity = Severity.WARNING
    summary = "An interrupted close is called again, and may close another thread's file"

    VALID = (
        Valid(
            dedent("""\
            #include <errno.h>
            #include <stdio.h>
            #include <unistd.h>

            void finish(int *fds, int n)
            {
                for (int i = 0; i < n; i++)
                    if (close(fds[i]) == -1 && errno != EINTR)
                        perror("close");
            }
            """)
        ),
    )
    INVALID = (
        Invalid(
            dedent("""\
            #include <errno.h>
            #include <unistd.h>

            int finish(int fd)
            {
                int r;

                do {
                    r = close(fd);
                } while (r == -1 && errno == EINTR);
                return r;
            }
            """),
            lines=(10,),
        ),
    )

    def check(self, fact: WaitFact, context: Context) -> Iterator[Finding]:
        """One finding for each close that is called again."""
        if fact.spec.name != "close" or fact.handling is not Handling.RETRY or not fact.particulars.told_apart:
            return
        if not fact.particulars.certain or _closes_another(fact):
            return
        yield from self.finding(
            fact, context, fact.wait if fact.interrupt is None else fact.interrupt,
            "an interrupted `close` is called again, though its descriptor is free already",
            "On Linux and nearly everywhere else `close` frees the descriptor even where a signal interrupts it: the "
            "second call fails with EBADF or, in a program with threads, closes what another thread has just opened. "
            "Call it once, and take EINTR for success.",
            back="EINTR: closes again",
        )  # fmt: skip


def _closes_another(fact: WaitFact) -> bool:
    """Whether every way back to the call gives its variable another descriptor: ``while ((fd = socket(…)) >= 0)``."""
    graph = fact.graph
    call = graph.nodes[fact.wait].effect
    place = place_of(call.args[0], graph) if isinstance(call, Call) and call.args else None
    given = {n.id for n in graph.nodes if isinstance(n.effect, Assign) and place_of(n.effect.target, graph) == place}
    after = (edge.target for edge in graph.successors[fact.wait])
    return place is not None and fact.wait not in reached(graph.edges, after, lambda node: node not in given)
