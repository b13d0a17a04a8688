"""UST106: an interrupted wait starts over with its full timeout, so that signals keep its deadline from passing."""

from collections.abc import Iterator
from dataclasses import replace
from textwrap import dedent

from unstall.findings.finding import Finding, Severity
from unstall.findings.witness import waited_for
from unstall.flow.facts import WaitFact
from unstall.flow.ir import Const, Name
from unstall.rule import Context, Invalid, Rule, Valid


class TimeoutRestarted(Rule):
    """
    ## What it does
    Looks for waits with a timeout that start over in full when a signal interrupts them, where what stands behind the
    timeout is reached in no other way than by a wait that lasts that long.

    ## Why is this bad?
    A timer that ticks faster than the timeout, or children that die fast enough, keep the deadline from ever passing:
    the peer that has been silent for an hour is not given up, and what was to take a second takes as long as the
    signals last.

    ## Example
    ```c
    do {
        r = poll(&fd, 1, 10000);
    } while (r == -1 && errno == EINTR);
    if (r == 0) return TIMED_OUT;
    ```

    ## Use instead
    ```c
    deadline = now_ms() + 10000;
    do {
        left = deadline - now_ms();
        r = poll(&fd, 1, left > 0 ? left : 0);
    } while (r == -1 && errno == EINTR);
    if (r == 0) return TIMED_OUT;
    ```

    ## Fix safety
    The patch takes the time in front of the loop, and waits for what is left until the deadline; a negative timeout
    still waits for ever. In C it reads `CLOCK_MONOTONIC` and is written for `poll` and `epoll_wait`, in Python it goes
    by the clock that the file reads already. None is proposed where the loop does more than to repeat the wait (where
    its time begins is then for the author to say), nor for `select` in C.

    ## Known limits
    Nothing is said where the retry counts up to a limit. `select` whose timeval is set outside of the retry is not:
    Linux leaves in it what is left of the time, though POSIX promises nothing and other systems don't. Waits that are
    bounded by a point in time (`sem_timedwait`, `TIMER_ABSTIME`) have nothing to work out. It takes signals that come
    again and again: where the file handles none (SIGCHLD, SIGALRM …), a finding is a note.

    ## References
    - signal(7); select(2), "The timeout"
    - PEP 475: Python recomputes the timeout since 3.5
    """

    code = "UST106"
    name = "timeout-restarted"
    severity = Severity.WARNING
    summary = "An interrupted wait starts over with its full timeout, and its deadline may never pass"

    VALID = (
        Valid(
            dedent("""\
            #include <errno.h>
            #include <poll.h>

            int wait_for(struct pollfd *fd, long deadline)
            {
                int r;

                do {
                    long left = deadline - now_ms();

                    r = poll(fd, 1, left > 0 ? left : 0);
                } while (r == -1 && errno == EINTR);
                return r;
            }
            """)
        ),
        Valid(
            dedent("""\
            #include <errno.h>
            #include <time.h>

            void pause_for(struct timespec left)
            {
                while (nanosleep(&left, &left) == -1 && errno == EINTR)
                    ;
            }
            """)
        ),
        Valid(
            dedent("""\
            #include <errno.h>
            #include <poll.h>

            int wait_for(struct pollfd *fd, int *left)
            {
                struct timeval start;
                int r;

                do {
                    read_clock(&start);
                    r = poll(fd, 1, *left);
                    count_down(&start, left);
                } while (r == -1 && errno == EINTR);
                return r;
            }
            """)
        ),
        Valid(
            dedent("""\
            #include <errno.h>
            #include <poll.h>

            int wait_for(struct pollfd *fd)
            {
                int r, tries = 0;

                do {
                    r = poll(fd, 1, 10000);
                    if (r == -1 && tries++ > 5)
                        break;
                } while (r == -1 && errno == EINTR);
                return r;
            }
            """)
        ),
        Valid(
            dedent("""\
            #include <errno.h>
            #include <semaphore.h>

            int take(sem_t *slots, const struct timespec *deadline)
            {
                int r;

                do {
                    r = sem_timedwait(slots, deadline);
                } while (r == -1 && errno == EINTR);
                return r;
            }
            """)
        ),
        Valid(
            dedent("""\
            #include <errno.h>
            #include <poll.h>

            int wait_briefly(struct pollfd *fd)
            {
                double start = monotonic_now(), now = start;

                while (now - start < 0.01) {
                    int r = poll(fd, 1, 10);

                    now = monotonic_now();
                    if (r == -1 && errno == EINTR)
                        continue;
                    return r;
                }
                return 0;
            }
            """)
        ),
        Valid(
            dedent("""\
            #include <errno.h>
            #include <signal.h>

            void take_pending(const sigset_t *set)
            {
                struct timespec none = { 0, 0 };

                while (sigtimedwait(set, NULL, &none) == -1 && errno == EINTR)
                    ;
            }
            """)
        ),
        Valid(
            dedent("""\
            #include <errno.h>
            #include <poll.h>

            int wait_for(struct pollfd *fd, int timeout, int whole_again)
            {
                int r;

                do {
                    r = poll(fd, 1, timeout);
                } while (r == -1 && errno == EINTR && whole_again);
                return r;
            }
            """)
        ),
        Valid(
            dedent("""\
            import errno
            import select
            import time


            def wait_for(descriptor, deadline):
                while True:
                    try:
                        return select.select([descriptor], [], [], max(0, deadline - time.monotonic()))[0]
                    except select.error as error:
                        if error.args[0] != errno.EINTR:
                            raise
            """),
            "python",
        ),
    )
    INVALID = (
        Invalid(
            dedent("""\
            #include <errno.h>
            #include <poll.h>

            int wait_for(struct pollfd *fd)
            {
                int r;

                do {
                    r = poll(fd, 1, 10000);
                } while (r == -1 && errno == EINTR);
                return r;
            }
            """),
            lines=(10,),
        ),
        Invalid(
            dedent("""\
            #include <errno.h>
            #include <sys/select.h>

            int wait_for(int fd)
            {
                for (;;) {
                    fd_set readable;
                    struct timeval timeout;
                    int r;

                    timeout.tv_sec = 10;
                    timeout.tv_usec = 0;
                    FD_ZERO(&readable);
                    FD_SET(fd, &readable);
                    r = select(fd + 1, &readable, NULL, NULL, &timeout);
                    if (r == -1 && errno == EINTR)
                        continue;
                    return r;
                }
            }
            """),
            lines=(17,),
        ),
        Invalid(
            dedent("""\
            import errno
            import select


            def wait_for(descriptor):
                while True:
                    try:
                        return select.select([descriptor], [], [], 10)[0]
                    except select.error as error:
                        if error.args[0] != errno.EINTR:
                            raise
            """),
            lines=(10,),
            language="python",
        ),
    )

    def check(self, fact: WaitFact, context: Context) -> Iterator[Finding]:
        """One finding for each wait whose deadline an interrupt puts off."""
        known = fact.particulars
        if not known.deadline_put_off or not (known.certain and known.told_apart):
            return
        if not context.likelihood.can_storm(fact):
            return
        for finding in self.finding(
            fact, context, fact.wait if fact.interrupt is None else fact.interrupt,
            f"a signal during {waited_for(fact)} starts its timeout{_timeout(fact)} all over again",
            f"When a signal interrupts {waited_for(fact)} on line {context.line(fact)}, it waits again for the whole "
            "of its timeout, so that while signals come faster than that it never times out, and what is to happen "
            "then never does. Work out what is left of the time before waiting again.",
            back="EINTR: waits in full again",
        ):  # fmt: skip
            yield finding if context.likelihood.comes_again else replace(finding, severity=Severity.NOTE)


def _timeout(fact: WaitFact) -> str:
    """The timeout in brackets where it is a plain name or number."""
    call, at = fact.call, fact.spec.timeout
    assert at is not None
    match call.args[at] if at < len(call.args) else None:
        case Name(id=text) | Const(value=int() as text):
            return f" ({text})"
    return ""
