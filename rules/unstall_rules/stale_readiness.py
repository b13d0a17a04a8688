"""UST105: after an interrupt the loop works from results that the failed wait never wrote."""

from collections.abc import Iterator
from dataclasses import replace
from textwrap import dedent

from unstall.findings.finding import Finding, Mark, Severity
from unstall.findings.witness import UpTo, waited_for
from unstall.flow import by_name
from unstall.flow.facts import WaitFact
from unstall.flow.ir import Call
from unstall.flow.outcomes import Handling
from unstall.flow.waits import WaitKind
from unstall.rule import Context, Invalid, Rule, Valid
from unstall.source import SourceFile
from unstall.wording import agree, clause, listing

_LISTED = 3


class StaleReadiness(Rule):
    """
    ## What it does
    Looks for code that goes on after an interrupted wait and works from its results (`FD_ISSET` on the sets, `revents`,
    the events, the buffer, a result of -1 taken for a number), without a test of success and without having cleared
    them. In Python: names that only the wait that failed would have set.

    ## Why is this bad?
    A failed `select` leaves the sets as they were passed, so that `FD_ISSET` says *ready* for everything that was asked
    for; `epoll_wait` leaves the events of the last pass, and a failed `read` what was in the buffer. The program then
    reads where there is nothing, and blocks there; it takes a pending connection for a finished one; it adds -1 to a
    length.

    ## Example
    ```c
    r = select(maxfd, &rfds, NULL, NULL, &timeout);
    if (r == -1 && errno != EINTR) fatal("select");
    if (FD_ISSET(listener, &rfds)) accept_client(listener);
    sweep_sessions();
    ```

    ## Use instead
    ```c
    r = select(maxfd, &rfds, NULL, NULL, &timeout);
    if (r == -1) {
        if (errno != EINTR) fatal("select");
        FD_ZERO(&rfds);
    }
    if (FD_ISSET(listener, &rfds)) accept_client(listener);
    sweep_sessions();
    ```

    ## Fix safety
    For `select`, `poll` and their like the patch clears the results of an interrupted wait; it is shown only where the
    patched loop was analysed again, breaks no rule, and treats every other outcome as before. For transfers none is
    proposed: whether an interrupt counts as nothing or as an end is for the author to say.

    ## Known limits
    A stale result that is read and then makes no difference is reported all the same. Linux happens to clear `revents`
    when poll(2) is interrupted; POSIX doesn't promise it and illumos doesn't do it: for `poll` a finding is a warning,
    and a note where `kernel = "ready-first"` is set. Only waits that are known by name or by their summary are looked
    at; where an interrupt isn't told from other errors, only in files that install a signal handler. What a callee does
    with a stale buffer isn't followed, nor what one looks at without being given it, or is read by another pointer than
    the wait has; one that is given the -1 of a `poll`, or a 0, beside its results is trusted to look. In a program of
    one file that installs no handler, or where every signal is blocked before it waits, a finding is a note,
    and a warning where the file that holds `main` installs none. It is silent where the wait only looks (a timeout of
    zero), and where each handler of the program's file ends the program, or sets a flag by which the loop is left
    before anything stale is read.

    ## References
    - POSIX.1-2017, `pselect`: upon failure, the objects pointed to are not modified
    - POSIX.1-2017, `poll`; epoll_wait(2)
    """

    code = "UST105"
    name = "stale-readiness"
    severity = Severity.ERROR
    summary = "After an interrupt, results are read that the failed wait never wrote"

    VALID = (
        Valid(
            dedent("""\
            #include <errno.h>
            #include <sys/select.h>

            void serve(int fd)
            {
                for (;;) {
                    fd_set readable;
                    struct timeval timeout = { 1, 0 };
                    int r;

                    FD_ZERO(&readable);
                    FD_SET(fd, &readable);
                    r = select(fd + 1, &readable, NULL, NULL, &timeout);
                    if (r == -1 && errno != EINTR)
                        fatal("select");
                    if (r > 0 && FD_ISSET(fd, &readable))
                        accept_client(fd);
                    sweep_sessions();
                }
            }
            """)
        ),
        Valid(
            dedent("""\
            #include <errno.h>
            #include <poll.h>

            void serve(struct pollfd *fds, int n)
            {
                for (;;) {
                    int r = poll(fds, n, 1000);

                    if (r == -1 && errno != EINTR)
                        fatal("poll");
                    tell("%d of them ready", r);
                    for (int i = 0; i < n && r > 0; i++)
                        if (fds[i].revents)
                            handle(fds[i].fd);
                    sweep_sessions();
                }
            }
            """)
        ),
        Valid(
            dedent("""\
            #include <poll.h>

            void serve(int fd, int wakeup)
            {
                for (;;) {
                    struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = wakeup, .events = POLLIN } };

                    poll(fds, 2, -1);
                    if (fds[0].revents)
                        handle(fd);
                    if (fds[1].revents)
                        take_word(wakeup);
                }
            }
            """)
        ),
        Valid(
            dedent("""\
            #include <assert.h>
            #include <poll.h>
            #include <signal.h>

            static volatile sig_atomic_t children;

            static void count(int number)
            {
                children++;
            }

            void serve(struct pollfd *fds, int n)
            {
                signal(SIGCHLD, count);
                for (;;) {
                    int r = poll(fds, n, 1000);

                    assert(r >= 0);
                    for (int i = 0; i < n; i++)
                        if (fds[i].revents)
                            handle(fds[i].fd);
                }
            }
            """)
        ),
        Valid(
            dedent("""\
            #include <errno.h>
            #include <stdlib.h>
            #include <unistd.h>

            ssize_t slurp(int fd, size_t size)
            {
                char *buffer = malloc(size);
                ssize_t n = read(fd, buffer, size);

                if (n > 0)
                    take(buffer, n);
                else if (n == -1 && errno != EINTR)
                    report_failure();
                free(buffer);
                return n;
            }
            """)
        ),
        Valid(
            dedent("""\
            import errno
            import select


            def serve(listener, sessions):
                while True:
                    try:
                        readable, _, _ = select.select([listener], [], [], 1.0)
                    except select.error as error:
                        if error.args[0] != errno.EINTR:
                            raise
                        readable = []
                    if listener in readable:
                        sessions.accept(listener)
                    sessions.sweep()
            """),
            "python",
        ),
        Valid(
            dedent("""\
            #include <signal.h>
            #include <sys/select.h>

            static void note(int number)
            {
                ticks++;
            }

            void serve(int fd)
            {
                signal(SIGALRM, note);
                for (;;) {
                    fd_set readable;
                    int r;

                    FD_ZERO(&readable);
                    FD_SET(fd, &readable);
                    r = checked(select(fd + 1, &readable, NULL, NULL, NULL));
                    if (r > 0 && FD_ISSET(fd, &readable))
                        take(fd);
                }
            }
            """)
        ),
        Valid(
            dedent("""            def receive(loop, connection, buffer):
                try:
                    return connection.recv_into(buffer)
                except (BlockingIOError, InterruptedError):
                    pass
                return loop.receive_later(connection, buffer)
            """),
            "python",
        ),
        Valid(
            dedent("""            #include <errno.h>
            #include <unistd.h>

            ssize_t receive(int fd, char *buffer, size_t size)
            {
                ssize_t n = read(fd, buffer, size);

                if (n == -1 && errno == EINTR)
                    return receive_later(fd, buffer, size);
                return n;
            }
            """)
        ),
        Valid(
            dedent("""\
            #include <errno.h>
            #include <sys/select.h>

            void serve(struct session *s, int fd)
            {
                fd_set readable;
                int r;

                for (;;) {
                    FD_ZERO(&readable);
                    FD_SET(fd, &readable);
                    do
                        r = select(fd + 1, &readable, NULL, NULL, NULL);
                    while (r == -1 && errno == EINTR && !quit(s));
                    if (quit(s))
                        break;
                    if (FD_ISSET(fd, &readable))
                        take(fd);
                }
            }
            """)
        ),
    )
    INVALID = (
        Invalid(
            dedent("""\
            #include <errno.h>
            #include <sys/select.h>

            void serve(int fd)
            {
                for (;;) {
                    fd_set readable;
                    struct timeval timeout = { 1, 0 };
                    int r;

                    FD_ZERO(&readable);
                    FD_SET(fd, &readable);
                    r = select(fd + 1, &readable, NULL, NULL, &timeout);
                    if (r == -1 && errno != EINTR)
                        fatal("select");
                    if (FD_ISSET(fd, &readable))
                        accept_client(fd);
                    sweep_sessions();
                }
            }
            """),
            lines=(16,),
        ),
        Invalid(
            dedent("""\
            #include <errno.h>
            #include <sys/select.h>

            void serve(struct session *s, int fd)
            {
                fd_set readable;
                int r;

                for (;;) {
                    FD_ZERO(&readable);
                    FD_SET(fd, &readable);
                    do
                        r = select(fd + 1, &readable, NULL, NULL, NULL);
                    while (r == -1 && errno == EINTR && !quit(s));
                    take_orders(s);
                    if (quit(s))
                        break;
                    if (FD_ISSET(fd, &readable))
                        take(fd);
                }
            }
            """),
            lines=(18,),
        ),
        Invalid(
            dedent("""\
            #include <errno.h>
            #include <unistd.h>

            void take(int fd, struct input *input)
            {
                for (;;) {
                    ssize_t n = read(fd, input->text + input->size, 512);

                    if (n == 0 || (n == -1 && errno != EINTR))
                        break;
                    input->size += n;
                    parse(input);
                }
            }
            """),
            lines=(11,),
        ),
        Invalid(
            dedent("""\
            import errno
            import select


            def serve(listener, sessions):
                while True:
                    try:
                        readable, _, _ = select.select([listener], [], [], 1.0)
                    except select.error as error:
                        if error.args[0] != errno.EINTR:
                            raise
                    if listener in readable:
                        sessions.accept(listener)
                    sessions.sweep()
            """),
            lines=(12,),
            language="python",
        ),
    )

    def check(self, fact: WaitFact, context: Context) -> Iterator[Finding]:
        """One finding for each interrupt after which stale results are read, at the first such place."""
        known = fact.particulars
        reads = sorted(known.stale_reads, key=lambda node: fact.graph.nodes[node].span)
        if fact.handling is not Handling.STALE or not reads or not known.certain:
            return
        if known.stale_closing:
            return  # increment-on-error says it
        if known.only_looks or context.likelihood.only_ends(fact):
            return
        own_loop = fact.loop is not None and fact.caller is None
        if not (known.told_apart or (context.signals.signals and own_loop)):
            return  # nothing tells that an interrupt comes here, or the caller hears of every failure
        source = context.source
        lines = list(dict.fromkeys(str(source.line(fact.graph.nodes[node].span.start)) for node in reads))
        shown = lines if len(lines) <= _LISTED else [*lines[: _LISTED - 1], f"{len(lines) - _LISTED + 1} more"]
        for finding in self.finding(
            fact, context, reads[0],
            f"after a signal during {waited_for(fact)}, `{context.text(fact, reads[0])}` {_work(fact, 'it', 'its')}",
            f"When a signal interrupts {waited_for(fact)}, {_left(fact, reads)}, yet "
            f"{agree(len(lines), 'line', 'lines')} {listing(shown)} {agree(len(lines), 'goes', 'go')} on as if it had "
            f"succeeded. {_remedy(fact)}",
            _marks(fact, reads, source),
            up_to=UpTo(reads[0]),
        ):  # fmt: skip
            harmless = _is_poll(fact) and finding.severity is Severity.ERROR
            linux = context.settings.kernel == "ready-first"
            yield replace(finding, severity=Severity.NOTE if linux else Severity.WARNING) if harmless else finding


def _is_poll(fact: WaitFact) -> bool:
    """Whether the wait reports in ``revents``, which Linux clears when it is interrupted."""
    return fact.spec.kind is WaitKind.MULTIPLEX and fact.spec.reports_in == (0,)


def _work(fact: WaitFact, wait: str, of_wait: str) -> str:
    """What is done with the results of a failed wait: a call that writes nothing has but its -1."""
    fills = fact.language == "python" or fact.spec.kind is WaitKind.MULTIPLEX or fact.spec.results
    return f"reads what {wait} never wrote" if fills else f"works from {of_wait} -1"


def _left(fact: WaitFact, reads: list[int]) -> str:
    """What an interrupted wait leaves behind, as a clause."""
    effects = (fact.graph.nodes[node].effect for node in reads)
    sets = any(isinstance(effect, Call) and by_name.is_set_test(effect.name) for effect in effects)
    if fact.language == "python":
        return "no result is assigned, and the names hold those of the last pass or none at all"
    if fact.spec.kind is not WaitKind.MULTIPLEX:
        return "it returns -1" + (" and leaves its buffer as it was" if fact.spec.results else "")
    if sets or fact.spec.reports_in == (1, 2, 3):
        return "it leaves the sets as they were passed, so that all that was asked for looks ready"
    if _is_poll(fact):
        return "it reports nothing (Linux clears `revents` then; illumos leaves in it what was, POSIX promises neither)"
    return "it reports nothing and leaves the results of before in place"


def _remedy(fact: WaitFact) -> str:
    if fact.language == "python":
        return "Assign empty results where the interrupt is caught."
    if fact.spec.kind is not WaitKind.MULTIPLEX:
        return "Repeat the call, or use its result only where it isn't -1."
    return "Clear the results after an interrupt, or use them only where the wait returned more than 0."


def _marks(fact: WaitFact, reads: list[int], source: SourceFile) -> Iterator[Mark]:
    work = _work(fact, "the wait", "the call's")
    for node in reads:
        span = fact.graph.nodes[node].span
        yield Mark(span, "reader", f"{work}: {clause(source.text(span), 30)}")
