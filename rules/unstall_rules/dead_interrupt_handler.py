"""UST112: Python retries the wait by itself, so that the handling of its interrupt is dead code."""

from collections.abc import Iterator
from textwrap import dedent

from unstall.findings.finding import Finding, Severity
from unstall.findings.pep475 import oldest_python, shown_by_no_python, why_no_older_python
from unstall.findings.witness import waited_for, witness
from unstall.flow.facts import WaitFact
from unstall.flow.outcomes import Handling
from unstall.rule import Context, Invalid, Rule, Valid, places

_DEFECTS = (Handling.RESTART_SKIPS_STAGES, Handling.STALE, Handling.ADVANCE)
"""Handlings that another rule reports."""


class DeadInterruptHandler(Rule):
    """
    ## What it does
    Looks for handling of an interrupted wait around Python's own waits where the project is for Python 3.5 and later,
    where the file holds what no older Python reads (f-strings, `async def`), or where the handler names
    `InterruptedError`, which came with 3.3.

    ## Why is this bad?
    Since 3.5 these calls retry by themselves when a signal interrupts them, with the timeout that is left (PEP 475).
    The handler never runs, so nobody notices when it is wrong; and readers take it for a promise that the loop wakes
    up after a signal, which it doesn't.

    ## Example
    ```python
    while not stopped:
        try:
            readable, _, _ = select.select(sockets, [], [])
        except InterruptedError:
            continue
        serve(readable)
    ```

    ## Use instead
    ```python
    signal.set_wakeup_fd(wake_up.fileno())  # a signal makes the other end readable
    while not stopped:
        readable, _, _ = select.select([woken, *sockets], [], [])
        serve(readable)
    ```

    ## Fix safety
    The clause is removed where it names InterruptedError alone, where the project is known to be for Python 3.5 and
    later (by `requires-python`, `python_requires` or `target-python`, or by what the file is written in), and where its
    file raises no InterruptedError. A signal handler in another file that raises one would no longer be caught here.

    ## Known limits
    Whether a signal handler of the program raises InterruptedError itself, as some do on purpose, is not looked at. It
    says nothing where the project is for Python 2 or 3.4, nor of calls through ctypes, which PEP 475 doesn't cover.
    Where nothing is known of the Python that a project is for and another rule finds the handling itself wrong, that
    rule speaks instead.

    ## References
    - PEP 475, Retry system calls failing with EINTR
    - `signal.set_wakeup_fd` in the library reference
    """

    code = "UST112"
    name = "dead-interrupt-handler"
    severity = Severity.NOTE
    summary = "Python retries the wait by itself, so that the handling of its interrupt is dead code"

    VALID = (
        Valid(
            dedent("""\
            import select


            def serve(listener, sessions):
                while True:
                    readable, _, _ = select.select([listener], [], [], 1.0)
                    if listener in readable:
                        sessions.accept(listener)
                    sessions.sweep()
            """),
            "python",
        ),
        Valid(
            dedent("""\
            import errno
            import select


            def serve(listener, sessions):
                while True:
                    try:
                        readable, _, _ = select.select([listener], [], [], 1.0)
                    except OSError as error:
                        if error.errno == errno.EINTR:
                            continue
                        raise
                    if listener in readable:
                        sessions.accept(listener)
                    sessions.sweep()
            """),
            language="python",
        ),
    )
    INVALID = (
        Invalid(
            dedent("""\
            import select


            def serve(listener, sessions):
                while True:
                    try:
                        readable, _, _ = select.select([listener], [], [], 1.0)
                    except InterruptedError:
                        continue
                    if listener in readable:
                        sessions.accept(listener)
            """),
            lines=(9,),
            language="python",
        ),
        Invalid(
            dedent("""\
            import errno
            import select


            def serve(listener, sessions):
                while True:
                    try:
                        readable, _, _ = select.select([listener], [], [], 1.0)
                    except OSError as error:
                        if error.errno == errno.EINTR:
                            continue
                        raise
                    if listener in readable:
                        sessions.accept(listener)
                    sessions.sweep()
                    sessions.log(f"{len(sessions)} sessions")
            """),
            lines=(11,),
            language="python",
        ),
    )

    def check(self, fact: WaitFact, context: Context) -> Iterator[Finding]:
        """One finding for each handler that no Python of the project's ever runs, where no other rule speaks of it."""
        if not shown_by_no_python(fact, context.settings) or not fact.particulars.told_apart:
            return
        if oldest_python(fact, context.settings) is None and fact.handling in _DEFECTS:
            return
        node = fact.graph.nodes[fact.wait if fact.interrupt is None else fact.interrupt]
        yield Finding(
            self.code, self.name, self.severity, fact.path, node.span,
            f"this handling of an interrupted {waited_for(fact)} is dead code since Python 3.5",
            f"Python repeats {waited_for(fact)} by itself after a signal, with the time that is left (PEP 475), unless "
            "the signal's handler raises; so this code never runs, and a flag that a handler sets is not seen until "
            "the wait ends. Remove it, and where a signal has to wake the loop, use signal.set_wakeup_fd."
            + (f" {known}" if (known := why_no_older_python(fact, context.settings)) else ""),
            witness(fact, context.source), "", places(fact, context.source), fact,
        )  # fmt: skip
