"""UST109: a call between a wait and the test of errno may have set errno."""

from collections.abc import Iterator
from textwrap import dedent

from unstall.findings.finding import Finding, Mark, Severity
from unstall.findings.witness import UpTo, waited_for
from unstall.flow.errno import errors_asked_for
from unstall.flow.facts import WaitFact
from unstall.flow.ir import Call, FlowGraph
from unstall.rule import Context, Invalid, Rule, Valid


class ErrnoClobbered(Rule):
    """
    ## What it does
    Looks for calls of the C library that may set errno (`printf`, `perror`, `syslog`, `close` …) between a wait that
    failed and the test of errno for EINTR or EAGAIN.

    ## Why is this bad?
    A successful call may change errno, too: `printf` asks whether its output is a terminal, `syslog` connects anew.
    The interrupt is then taken for whatever that call left, often for a fatal error, and only on some systems and only
    when the message is printed.

    ## Example
    ```c
    n = read(fd, buf, sizeof buf);
    if (n == -1) {
        perror("read");
        if (errno == EINTR) continue;
        return -1;
    }
    ```

    ## Use instead
    ```c
    n = read(fd, buf, sizeof buf);
    if (n == -1) {
        if (errno == EINTR) continue;
        perror("read");
        return -1;
    }
    ```

    ## Fix safety
    The patch saves errno in front of the first call that may change it, or of an `#if` around that, and tests the saved
    value; the calls stay. None is proposed where the wait and the call are parts of one statement.

    ## Known limits
    A program's own logging functions are not reported, since many save errno. A call whose own result is tested isn't
    either: the test may be about that call.

    ## References
    - errno(3): the value is only significant right after a call that failed, and a call that succeeds may change it
    - POSIX.1-2017, 2.3, Error Numbers
    """

    code = "UST109"
    name = "errno-clobbered"
    severity = Severity.WARNING
    summary = "A call between a wait and the test of errno for EINTR may have set errno"

    VALID = (
        Valid(
            dedent("""\
            #include <errno.h>
            #include <stdio.h>
            #include <unistd.h>

            ssize_t read_some(int fd, char *buffer, size_t size)
            {
                for (;;) {
                    ssize_t n = read(fd, buffer, size);

                    if (n == -1) {
                        int saved = errno;

                        perror("read");
                        if (saved == EINTR)
                            continue;
                    }
                    return n;
                }
            }
            """)
        ),
        Valid(
            dedent("""\
            #include <errno.h>
            #include <stdio.h>
            #include <unistd.h>

            ssize_t copy_some(int from, int to, char *buffer, size_t size)
            {
                for (;;) {
                    ssize_t n = read(from, buffer, size);

                    if (n == -1 && errno == EINTR)
                        continue;
                    if (n == -1)
                        perror("read");
                    if (close(from) == -1 && errno == EINTR)
                        note_unclosed(from);
                    return n;
                }
            }
            """)
        ),
        Valid(
            dedent("""\
            #include <errno.h>
            #include <stdio.h>
            #include <sys/select.h>

            int look(int fd, fd_set *set, const sigset_t *unblocked, const sigset_t *blocked)
            {
                for (;;) {
                    int r = pselect(fd + 1, set, NULL, NULL, NULL, unblocked);

                    if (pthread_sigmask(SIG_SETMASK, blocked, NULL))
                        perror("pthread_sigmask");
                    if (r == -1 && errno == EINTR)
                        continue;
                    return r;
                }
            }
            """)
        ),
    )
    INVALID = (
        Invalid(
            dedent("""\
            #include <errno.h>
            #include <stdio.h>
            #include <unistd.h>

            ssize_t read_some(int fd, char *buffer, size_t size)
            {
                for (;;) {
                    ssize_t n = read(fd, buffer, size);

                    if (n == -1) {
                        perror("read");
                        if (errno == EINTR)
                            continue;
                    }
                    return n;
                }
            }
            """),
            lines=(12,),
        ),
        Invalid(
            dedent("""\
            #include <errno.h>
            #include <poll.h>
            #include <stdio.h>

            int look_twice(struct pollfd *fds, int n)
            {
                int r = poll(fds, n, 1000);

                if (r < 0) {
                    perror("poll");
                    if (errno != EINTR)
                        return -1;
                }
                r = poll(fds, n, 100);
                if (r < 0 && errno != EINTR)
                    return -1;
                return 0;
            }
            """),
            lines=(11,),
        ),
    )

    def check(self, fact: WaitFact, context: Context) -> Iterator[Finding]:
        """One finding for each test of errno that comes too late."""
        known = fact.particulars
        if known.errno_set_by is None or not known.certain:
            return
        setter, test = known.errno_set_by
        effect = fact.graph.nodes[setter].effect
        name = effect.callee if isinstance(effect, Call) else ""
        error = _asked_for(fact.graph, test)
        happens = f"a signal during {waited_for(fact)}" if error == "EINTR" else f"{error} of {waited_for(fact)}"
        yield from self.finding(
            fact, context, test,
            f"errno is tested for {error} after `{name}`, which may have changed it",
            f"`{name}` on line {context.line(fact, setter)} stands between {waited_for(fact)} and this test, and may "
            f"change errno even where it succeeds; {happens} is then handled as some other error. Test errno before "
            f"`{name}`, or save it there.",
            (Mark(fact.graph.nodes[setter].span, "reader", "may change errno"),),
            up_to=UpTo(test, (setter,), error),
        )  # fmt: skip


def _asked_for(graph: FlowGraph, test: int) -> str:
    """The error that the statement of a test asks for: EINTR where it is among them, else EAGAIN."""
    tests = (node for node in graph.nodes if node.statement == graph.nodes[test].statement)
    named = frozenset[str]().union(*(errors_asked_for(graph, node) for node in tests))
    return "EAGAIN" if "EAGAIN" in named and "EINTR" not in named else "EINTR"
