"""UST101: an interrupted wait restarts the loop past stages that a timeout would have run."""

from collections.abc import Iterator
from textwrap import dedent

from unstall.findings.finding import Finding, Severity
from unstall.findings.pep475 import (
    RETRIED,
    RETRIES_SINCE,
    caught_with_everything,
    oldest_python,
    retried_by_python,
    weighed,
)
from unstall.findings.witness import assumptions, witness
from unstall.flow import by_name
from unstall.flow.facts import WaitFact
from unstall.flow.ir import Call
from unstall.flow.outcomes import Handling
from unstall.rule import Context, Invalid, Rule, Valid

from unstall_rules._restart_words import comparison, loss, marks, message, stands_still, unanswered


class RestartSkipsStages(Rule):
    """
    ## What it does
    Looks for loops that wait (`select`, `poll`, `epoll_wait`, `waitpid` …, a wrapper of one, or Python's counterparts)
    and that go back to their head when a signal interrupts the wait, past stages that the same wait would have
    reached had it timed out. The paths of the interrupted and of the timed-out wait are followed and compared, so it
    does not matter whether the jump is a `continue`, a `goto`, an `if (r >= 0) { … }` around the rest of the loop, a
    `switch (errno)`, an `except … : continue`, or a `return` to a caller whose loop calls the function again, be it by
    way of another.

    ## Why is this bad?
    In a small loop around the wait alone, starting over is right. In an event loop it drops everything that stands
    behind the wait and has to run on every pass: reaping, timers, accounting, the refresh of the clock that the
    scheduler at the loop's head works from. While signals arrive faster than a wait completes (many children dying
    at once, an interval timer), the loop runs often and never completes, and the program looks stalled although it is
    busy.

    ## Example
    ```c
    for (;;) {
        spawn_scheduled(now);
        r = select(maxfd, &rfds, NULL, NULL, &timeout);
        if (r == -1 && errno == EINTR) continue;
        if (r == -1) fatal("select");
        serve(&rfds);
        now = time(NULL);
        sweep_children(now);
    }
    ```

    ## Use instead
    ```c
    for (;;) {
        spawn_scheduled(now);
        r = select(maxfd, &rfds, NULL, NULL, &timeout);
        if (r == -1 && errno == EINTR) {
            FD_ZERO(&rfds);     /* a failed select leaves the sets as they were */
            r = 0;
        }
        if (r == -1) fatal("select");
        serve(&rfds);
        now = time(NULL);
        sweep_children(now);
    }
    ```

    ## Fix safety
    Going on after a failed wait is only right when its results are cleared: after an error, `select` leaves the sets
    as they were, so that `FD_ISSET` says *ready* for everything that was asked for, and `epoll_wait` leaves the events
    of the last pass. Where the code behind `r == 0` acts on an expired deadline (it drops a connection, say), treating
    an interrupt as a timeout is a defect of its own. A patch is only shown where the patched loop was analysed again
    and found right.

    ## Known limits
    Both branches of an `#if` are read only where both hold a wait or a jump of their own. A stage behind a condition
    that the analysis can't decide counts as a stage, since it may run. A callee that is handed the results counts as
    one where it stands in the same file and calls what is named after timers, whatever the results say. Waits reached
    through a function pointer are found only by a telling name. It is silent where each handler of the program's file
    ends the program, or sets a flag that ends the loop (its caller's, where the function is the body of that), and
    where each writes to a pipe that the function listens to: the next wait then returns at once. Handlers that other
    files install are seen only where `main` calls the function that does so. In a program of one file that installs
    none, or where the program blocks every signal before it waits (`sigfillset` and `sigprocmask`, the wait having no
    mask of its own), a finding is a note, and so it is in the file that holds `main` where no file of the folders that
    are looked at installs any; where none of them does, or the file that holds `main` installs none, or only for
    signals that come one by one (SIGHUP, SIGTERM …), a warning, unless what such a handler notes is tested nowhere but
    in what is skipped; and so is one in a function that a thread starts in, and one of a wait that is over in less
    than a second, unless the file handles a timer's ticks. It is a note also where the wait's timeout is worked out
    from the time at which the stages are due, or from the question that they stand behind, so that the next pass makes
    up for it, where a function that is called in a loop skips nothing but reading the clock, and where nobody
    told an interrupt apart from other errors and it merely misses an `if (r >= 0) {…}`.
    Python's own waits retry by themselves since 3.5 (PEP 475): for these it says nothing where the project is for 3.5
    and later, and a warning where nothing is known of that and `InterruptedError` is caught by its name.

    ## References
    - POSIX.1-2017, `pselect`, `poll`: the results of a failed call
    - signal(7), "Interruption of system calls and library functions by signal handlers"
    - PEP 475, Retry system calls failing with EINTR
    """

    code = "UST101"
    name = "restart-skips-stages"
    severity = Severity.ERROR
    summary = "An interrupted wait restarts the loop past stages that a timeout would have run"

    VALID = (
        Valid(
            dedent("""\
            #include <errno.h>
            #include <unistd.h>

            ssize_t read_some(int fd, char *buffer, size_t size)
            {
                ssize_t n;

                for (;;) {
                    n = read(fd, buffer, size);
                    if (n == -1 && errno == EINTR)
                        continue;
                    return n;
                }
            }
            """)
        ),
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
                    if (r == -1) {
                        if (errno != EINTR)
                            fatal("select");
                        FD_ZERO(&readable);
                    }
                    if (FD_ISSET(fd, &readable))
                        accept_client(fd);
                    sweep_sessions();
                }
            }
            """)
        ),
        Valid(
            dedent("""\
            #include <errno.h>
            #include <sys/select.h>

            void serve(int fd)
            {
                for (;;) {
                    fd_set readable;
                    struct timeval timeout = { 1, 0 };

                    sweep_sessions();
                    FD_ZERO(&readable);
                    FD_SET(fd, &readable);
                    if (select(fd + 1, &readable, NULL, NULL, &timeout) == -1) {
                        if (errno == EINTR)
                            continue;
                        fatal("select");
                    }
                    if (FD_ISSET(fd, &readable))
                        accept_client(fd);
                }
            }
            """)
        ),
        Valid(
            dedent("""\
            #include <errno.h>
            #include <time.h>
            #include <unistd.h>

            void tick(long period)
            {
                for (;;) {
                    long left = period - microseconds_now() % period;

                    if (usleep(left) == -1 && errno == EINTR)
                        continue;
                    strike();
                }
            }
            """)
        ),
        Valid(
            dedent("""\
            import select


            def serve(listener, sessions):
                while True:
                    try:
                        readable, _, _ = select.select([listener], [], [], 1.0)
                    except InterruptedError:
                        readable = []
                    if listener in readable:
                        sessions.accept(listener)
                    sessions.sweep()
            """),
            "python",
        ),
        Valid(
            dedent("""\
            import errno
            import time


            def keep_watch(sensors):
                while True:
                    try:
                        time.sleep(5)
                    except IOError as e:
                        if e.errno == errno.EINTR:
                            continue
                        raise
                    sensors.read_all()
            """),
            "python",
        ),
    )
    INVALID = (
        Invalid(
            dedent("""\
            #include <errno.h>
            #include <sys/select.h>
            #include <time.h>

            void serve(int fd)
            {
                time_t now = time(NULL);

                for (;;) {
                    fd_set readable;
                    struct timeval timeout = { 1, 0 };
                    int r;

                    run_schedule(now);
                    FD_ZERO(&readable);
                    FD_SET(fd, &readable);
                    r = select(fd + 1, &readable, NULL, NULL, &timeout);
                    if (r == -1 && errno == EINTR)
                        continue;
                    if (r == -1)
                        fatal("select");
                    if (FD_ISSET(fd, &readable))
                        accept_client(fd);
                    now = time(NULL);
                    sweep_sessions(now);
                }
            }
            """),
            lines=(19,),
            skipped=(24, 25),
        ),
        Invalid(
            dedent("""\
            #include <poll.h>

            void serve(struct pollfd *fds, int n)
            {
                for (;;) {
                    int i, ready = poll(fds, n, 1000);

                    if (ready >= 0) {
                        for (i = 0; i < n; i++)
                            if (fds[i].revents)
                                handle(fds[i].fd);
                        sweep_sessions();
                    }
                }
            }
            """),
            lines=(8,),
            skipped=(12,),
        ),
        Invalid(
            dedent("""\
            #include <errno.h>
            #include <sys/epoll.h>

            void serve(int queue)
            {
                struct epoll_event events[16];
                int i, n;

            again:
                n = epoll_wait(queue, events, 16, 500);
                if (n < 0) {
                    if (errno == EINTR)
                        goto again;
                    fatal("epoll_wait");
                }
                for (i = 0; i < n; i++)
                    handle(events[i].data.fd);
                run_timers();
                goto again;
            }
            """),
            lines=(13,),
            skipped=(18,),
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
            """),
            lines=(11,),
            skipped=(15,),
            language="python",
        ),
        Invalid(
            dedent("""\
            def pump(poller, timers):
                while True:
                    try:
                        events = poller.poll(500)
                    except InterruptedError:
                        continue
                    for descriptor, event in events:
                        handle(descriptor, event)
                    timers.run()
            """),
            lines=(6,),
            skipped=(9,),
            language="python",
        ),
        Invalid(
            dedent("""\
            import errno
            import select


            class Loop:
                def run(self):
                    while self.going:
                        self.run_once()

                def run_once(self):
                    try:
                        for descriptor, event in self.poller.poll(self.left()):
                            self.dispatch(descriptor, event)
                        for timer in self.timers:
                            timer.fire_if_due()
                    except select.error as error:
                        if error.args[0] != errno.EINTR:
                            raise
            """),
            lines=(17,),
            skipped=(14,),
            language="python",
        ),
    )

    def check(self, fact: WaitFact, context: Context) -> Iterator[Finding]:
        """One finding for each way in which a wait's interrupt starts its loop over past stages it owes."""
        severity = weighed(fact, context.settings, self._own_severity(fact, context))
        if fact.handling is not Handling.RESTART_SKIPS_STAGES or severity is None:
            return
        if _may_be_any_error(fact) or fact.particulars.goes_on:
            return
        if not context.likelihood.can_storm(fact):
            return
        source = context.source
        yield Finding(
            self.code,
            self.name,
            severity,
            fact.path,
            fact.graph.nodes[fact.wait if fact.interrupt is None else fact.interrupt].span,
            message(fact),
            _why(fact, context),
            witness(fact, source),
            comparison(fact, source),
            tuple(marks(fact, source)),
            fact,
            assumes=assumptions(fact, source, context.configuration),
        )

    def _own_severity(self, fact: WaitFact, context: Context) -> Severity:
        """An error only where nothing speaks against signals coming, and against their mattering."""
        if _by_the_way(fact) or fact.particulars.in_time or _leaves_only_the_clock(fact):
            return Severity.NOTE
        own = context.likelihood.severity(fact, self.severity)
        rare = _is_one_by_one(fact, context) or _is_soon_over(fact, context)
        return Severity.WARNING if rare and own is Severity.ERROR else own


def _may_be_any_error(fact: WaitFact) -> bool:
    """Whether the interrupt goes the way of every other error where that says little: it leaves a function early, or
    comes to a catch-all around one of the waits that Python retries by itself.
    """
    known = fact.particulars
    if fact.caller is not None and known.unreported:
        return True
    anything = retried_by_python(fact) and caught_with_everything(fact)
    return not known.told_apart and (fact.caller is not None or anything)


def _by_the_way(fact: WaitFact) -> bool:
    """Whether nothing but the success of the wait leads to the stages, and nobody thought of an interrupt there."""
    return fact.interrupt_form == "nested-if" and not fact.particulars.told_apart


def _leaves_only_the_clock(fact: WaitFact) -> bool:
    """Whether a function that is called in a loop skips nothing but reading the clock: its caller may do that, too."""
    nodes = [n.effect for stage in fact.bypassed for n in fact.graph.nodes if stage.span.contains(n.span)]
    works = [effect for effect in nodes if isinstance(effect, Call) and not by_name.is_clock(effect.name)]
    return fact.caller is not None and not works and any(isinstance(effect, Call) for effect in nodes)


def _is_one_by_one(fact: WaitFact, context: Context) -> bool:
    """Whether the signals are such as don't come in storms, and no single one of them is left unanswered."""
    if any(stage.answers for stage in fact.bypassed):
        return False
    return context.likelihood.shows_handlers(fact) and not context.likelihood.comes_again


def _is_soon_over(fact: WaitFact, context: Context) -> bool:
    """Whether a signal delays the stages by less than a second, and no timer is seen to send them faster than that."""
    lasts = fact.particulars.lasts
    return lasts is not None and lasts < 1 and not context.likelihood.has_timer


def _why(fact: WaitFact, context: Context) -> str:
    sentences = (
        loss(fact, context),
        _likelihood(fact, context),
        "An interrupt goes the way of every other error here; nothing tells it apart." if _by_the_way(fact) else "",
        *unanswered(fact, context.source),
        *stands_still(fact, context.source),
        _on_other_kernels(fact, context),
        "Go on behind the wait, with what it reports cleared.",
        _in_python(fact, context),
    )
    return " ".join(filter(None, sentences))


def _likelihood(fact: WaitFact, context: Context) -> str:
    """Why signals come seldom, or matter little, in a sentence; empty where nothing speaks of that."""
    if few := context.likelihood.why_few_handlers(fact):
        return few
    if _is_one_by_one(fact, context):
        return "Signals of these kinds come one by one, as a rule, and each costs a pass."
    if _is_soon_over(fact, context):
        return f"A single signal delays that by {fact.particulars.lasts:.2g} s at most."
    return ""


def _on_other_kernels(fact: WaitFact, context: Context) -> str:
    looks = any(stage.reads_results for stage in fact.skipped)
    if context.settings.kernel == "ready-first" or not (fact.spec.swaps_mask and looks):
        return ""
    return (
        f"Where the kernel looks for signals before descriptors, as illumos and Solaris do in `{fact.spec.name}`, the "
        "stages that serve ready descriptors don't run either."
    )


def _in_python(fact: WaitFact, context: Context) -> str:
    if not retried_by_python(fact):
        return ""
    target = oldest_python(fact, context.settings)
    older = "; older versions don't" if target is None or target < RETRIES_SINCE else ""
    return f"{RETRIED}{older}."
