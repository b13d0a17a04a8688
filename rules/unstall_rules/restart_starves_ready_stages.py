"""UST102: an interrupted wait restarts the loop past stages that serve what is ready, on kernels that look for signals
first.
"""

from collections.abc import Iterator
from textwrap import dedent

from unstall.findings.finding import Finding, Mark, Severity
from unstall.findings.witness import waited_for
from unstall.flow.facts import WaitFact
from unstall.flow.outcomes import Handling
from unstall.rule import Context, Invalid, Rule, Valid
from unstall.wording import agree, count

_WITHOUT_MASK = {
    "pselect": "`select`",
    "ppoll": "`poll`",
    "epoll_pwait": "`epoll_wait`",
    "epoll_pwait2": "`epoll_wait`",
}
"""The same wait under the signal mask as it is."""


class RestartStarvesReadyStages(Rule):
    """
    ## What it does
    Looks for loops that start over when a signal interrupts a wait that swaps the signal mask (`pselect`, `ppoll`,
    `epoll_pwait`), where nothing is skipped but stages that serve ready descriptors.

    ## Why is this bad?
    Linux and BSD look at the descriptors first: what is ready is reported even with a signal pending, and the next
    pass serves it. illumos and Solaris look for a pending signal first, and fail the wait although descriptors are
    ready. A program that blocks SIGCHLD outside of `pselect` and forks in its loop finds one pending on every pass
    there; then nothing is ever served.

    ## Example
    ```c
    for (;;) {
        run_timers();
        r = pselect(maxfd, &rfds, NULL, NULL, &timeout, &unblocked);
        if (r == -1 && errno == EINTR) continue;
        serve(&rfds);
    }
    ```

    ## Use instead
    ```c
    for (;;) {
        run_timers();
        r = pselect(maxfd, &rfds, NULL, NULL, &timeout, &unblocked);
        if (r == -1 && errno == EINTR) {
            struct timeval none = { 0, 0 };
            r = select(maxfd, &rfds, NULL, NULL, &none);    /* look, whatever signals are pending */
        }
        if (r > 0) serve(&rfds);
    }
    ```

    ## Fix safety
    No patch is proposed: on kernels that look at descriptors first there is nothing to repair.

    ## Known limits
    Off by default, since most programs run where descriptors come first; select it for illumos and Solaris. It says
    nothing where `kernel = "ready-first"` is set.

    ## References
    - illumos, usr/src/uts/common/syscall/poll.c: `pollsys` checks for signals before it looks at descriptors
    - [restart-skips-stages](UST101.md), for stages that starve on every kernel
    """

    code = "UST102"
    name = "restart-starves-ready-stages"
    severity = Severity.WARNING
    enabled = False
    summary = "An interrupted wait that swaps the signal mask restarts the loop past what is ready"

    VALID = (
        Valid(
            dedent("""\
            #include <errno.h>
            #include <sys/select.h>

            void serve(int fd, const sigset_t *unblocked)
            {
                for (;;) {
                    fd_set readable;

                    FD_ZERO(&readable);
                    FD_SET(fd, &readable);
                    if (select(fd + 1, &readable, NULL, NULL, NULL) == -1 && errno == EINTR)
                        continue;
                    if (FD_ISSET(fd, &readable))
                        accept_client(fd);
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

            void serve(int fd, const sigset_t *unblocked)
            {
                for (;;) {
                    fd_set readable;

                    FD_ZERO(&readable);
                    FD_SET(fd, &readable);
                    if (pselect(fd + 1, &readable, NULL, NULL, NULL, unblocked) == -1 && errno == EINTR)
                        continue;
                    if (FD_ISSET(fd, &readable))
                        accept_client(fd);
                }
            }
            """),
            lines=(12,),
        ),
    )

    def check(self, fact: WaitFact, context: Context) -> Iterator[Finding]:
        """One finding for each restart that skips nothing but what is ready."""
        ready = [stage for stage in fact.skipped if stage.reads_results]
        if fact.handling is not Handling.RESTART or not ready or not fact.spec.swaps_mask:
            return
        if context.settings.kernel == "ready-first":
            return
        stages = count(len(ready), "stage")
        plain = _WITHOUT_MASK.get(fact.spec.name, "the wait")
        yield from self.finding(
            fact, context, fact.wait if fact.interrupt is None else fact.interrupt,
            f"a signal during {waited_for(fact)} restarts the loop and skips {stages} that "
            f"{agree(len(ready), 'serves', 'serve')} what is ready",
            f"{waited_for(fact)} sets the signal mask for as long as it waits, and illumos and Solaris then look for a "
            "pending signal before they look at any descriptor (Linux and the BSDs look at descriptors first); while "
            f"signals keep coming there, nothing is served. Look once more with {plain} and a zero timeout before "
            "starting over.",
            (Mark(stage.span, "skipped-ready", "skipped; only when ready") for stage in ready),
            "on kernels that look at descriptors first there is nothing to repair",
            back="EINTR: starts over",
        )  # fmt: skip
