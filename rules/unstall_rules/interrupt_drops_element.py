"""UST104: in a for-each, an interrupt goes on to the next element, and this one's work is dropped."""

from collections.abc import Iterator
from dataclasses import replace
from textwrap import dedent

from unstall.findings.finding import Finding, Severity
from unstall.findings.witness import waited_for
from unstall.flow import by_name
from unstall.flow.facts import WaitFact
from unstall.flow.ir import Call
from unstall.flow.outcomes import Handling, Run
from unstall.flow.places import does_nothing, is_report
from unstall.rule import Context, Invalid, Rule, Valid

_LATE = "puts this element off", "leaves this one for the next pass, where it is found ready again: late, not lost."
_LOST = "drops the work of this element", "never comes back to this one: its work is lost, and nobody is told."
"""What becomes of the element, in a word and in a sentence."""


class InterruptDropsElement(Rule):
    """
    ## What it does
    Looks for loops over descriptors, peers or slots that go on to the next element when a signal interrupts the
    transfer of this one.

    ## Why is this bad?
    `continue` reads like *try again*, but in a loop over elements it means *leave this one*. The peer that was to be
    asked is not asked, the datagram that was to be sent is not sent, and nothing says so.

    ## Example
    ```c
    for (i = 0; i < npeers; i++) {
        n = sendto(fd, buf, len, 0, peer[i].addr, peer[i].size);
        if (n == -1 && errno == EINTR) continue;
        if (n == -1) fatal("sendto");
        peer[i].asked = now;
    }
    ```

    ## Use instead
    ```c
    for (i = 0; i < npeers; i++) {
        do {
            n = sendto(fd, buf, len, 0, peer[i].addr, peer[i].size);
        } while (n == -1 && errno == EINTR);
        if (n == -1) fatal("sendto");
        peer[i].asked = now;
    }
    ```

    ## Fix safety
    No patch is proposed: retrying is right for most transfers, but not for `connect`, which goes on in the background
    when interrupted, nor for `close`.

    ## Known limits
    Where a loop around waits for many descriptors, what was left undone is reported again on its next pass; then it
    is only late, and the finding a note. Handling in which an interrupt goes the way of every other error is not
    reported.

    ## References
    - signal(7), "Interruption of system calls and library functions by signal handlers"
    - POSIX.1-2017, `connect`: an interrupted connection is established asynchronously
    """

    code = "UST104"
    name = "interrupt-drops-element"
    severity = Severity.WARNING
    summary = "In a loop over elements, an interrupt goes on to the next one and drops this one's work"

    VALID = (
        Valid(
            dedent("""\
            #include <errno.h>
            #include <sys/socket.h>

            void ask_all(int *peers, int n, const char *question, size_t size)
            {
                for (int i = 0; i < n; i++) {
                    ssize_t sent;

                    do {
                        sent = send(peers[i], question, size, 0);
                    } while (sent == -1 && errno == EINTR);
                    if (sent == -1)
                        fatal("send");
                    note_asked(i);
                }
            }
            """)
        ),
        Valid(
            dedent("""\
            import errno
            import os


            def ask_all(pipes, question):
                for pipe in pipes:
                    while True:
                        try:
                            os.write(pipe, question)
                        except OSError as error:
                            if error.errno == errno.EINTR:
                                continue
                            raise
                        break
                    note_asked(pipe)
            """),
            "python",
        ),
    )
    INVALID = (
        Invalid(
            dedent("""\
            #include <errno.h>
            #include <sys/socket.h>

            void ask_all(int *peers, int n, const char *question, size_t size)
            {
                for (int i = 0; i < n; i++) {
                    ssize_t sent = send(peers[i], question, size, 0);

                    if (sent == -1 && errno == EINTR)
                        continue;
                    if (sent == -1)
                        fatal("send");
                    note_asked(i);
                }
            }
            """),
            lines=(10,),
        ),
        Invalid(
            dedent("""\
            import errno
            import os


            def ask_all(pipes, question):
                for pipe in pipes:
                    try:
                        os.write(pipe, question)
                    except OSError as error:
                        if error.errno == errno.EINTR:
                            continue
                        raise
                    note_asked(pipe)
            """),
            lines=(11,),
            language="python",
        ),
    )

    def check(self, fact: WaitFact, context: Context) -> Iterator[Finding]:
        """One finding for each interrupt that leaves an element behind."""
        known = fact.particulars
        if fact.handling is not Handling.ADVANCE or not (known.certain and known.told_apart):
            return
        if _does_something(fact) or _is_as_any_error(fact):
            return
        what, cost = _LATE if known.found_again else _LOST
        for finding in self.finding(
            fact, context, fact.wait if fact.interrupt is None else fact.interrupt,
            f"a signal during {waited_for(fact)} {what}",
            f"When a signal interrupts {waited_for(fact)} on line {context.line(fact)}, the loop goes on to its next "
            f"element and {cost} {_remedy(fact, known.found_again)}",
            no_fix="whether the call may be repeated is for its author to say",
            back="EINTR: next element",
        ):  # fmt: skip
            yield replace(finding, severity=Severity.NOTE) if known.found_again else finding


def _is_as_any_error(fact: WaitFact) -> bool:
    """Whether the loop leaves an element for every error by the same jump, others being at most reported."""
    own, failed = fact.traces.get(Run.INTERRUPTED), fact.traces.get(Run.FAILED)
    if own is None or failed is None or fact.interrupt not in failed.nodes or not failed.exits <= own.exits:
        return False
    effects = (fact.graph.nodes[node].effect for node in failed.nodes - own.nodes)
    return all(not isinstance(effect, Call) or does_nothing(effect, fact.language) for effect in effects)


def _remedy(fact: WaitFact, late: bool) -> str:
    if fact.spec.name == "connect":
        remedy = "retry by waiting until the connection is made; it goes on in the background."
    else:
        remedy = "repeat the call in a small loop of its own."
    return f"Where late matters, {remedy}" if late else remedy.capitalize()


def _does_something(fact: WaitFact) -> bool:
    """Whether the way of the interrupt calls something for the element: it is seen to, not dropped."""
    language = fact.graph.language
    called = (fact.graph.nodes[node].effect for node in fact.traces[Run.INTERRUPTED].path[1:])
    return any(
        isinstance(call, Call)
        and not (is_report(call) or by_name.is_harmless(call.name, language) or by_name.gives_errno(call.name))
        for call in called
    )
