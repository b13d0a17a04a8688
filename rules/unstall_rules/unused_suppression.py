"""UST001: a comment that suppresses nothing."""

from collections.abc import Iterator
from textwrap import dedent

from unstall.findings.finding import Finding, Fix, Mark, Severity
from unstall.flow.facts import WaitFact
from unstall.rule import Context, Invalid, Rule, Valid
from unstall.selection.suppressions import Suppression, meant
from unstall.source import Edit, SourceFile, Span
from unstall.wording import listing


class UnusedSuppression(Rule):
    """
    ## What it does
    Looks for comments such as `/* unstall: ignore[UST101] … */` and `# unstall: ignore[UST101] …` that cover no finding
    of the rules they name, and for those that name no rule at all.

    ## Why is this bad?
    Such a comment tells the reader that something dangerous is meant here when nothing dangerous is left. And it waits:
    once the code is changed again, it hides a finding that nobody has judged.

    ## Example
    ```c
    if (r == -1 && errno == EINTR)
        r = 0;  /* unstall: ignore[UST101] nothing behind the wait matters */
    ```

    ## Use instead
    ```c
    if (r == -1 && errno == EINTR)
        r = 0;
    ```

    ## Fix safety
    Only the comment goes, and only where every rule that it names finds nothing.

    ## Known limits
    Nothing is said of rules that are switched off for the file, nor of comments in a file that was not read in full:
    what they are for may be there.

    ## References
    - [Suppressing findings](../suppressions.md)
    """

    code = "UST001"
    name = "unused-suppression"
    severity = Severity.WARNING
    summary = "A comment asks to ignore a finding that there is not"
    VALID = (
        Valid(
            dedent("""\
            #include <errno.h>
            #include <poll.h>

            void serve(struct pollfd *fds, int n)
            {
                for (;;) {
                    if (poll(fds, n, 1000) == -1 && errno == EINTR)
                        continue;  /* unstall: ignore[UST101] the sweep may wait */
                    sweep_sessions();
                }
            }
            """)
        ),
        Valid(
            dedent("""\
            # unstall: ignore[restart-skips-stages] timers are not urgent here
            def pump(poller, timers):
                while True:
                    try:
                        events = poller.poll(500)
                    except InterruptedError:
                        continue
                    timers.run()
            """),
            "python",
        ),
    )
    INVALID = (
        Invalid(
            dedent("""\
            int count;  // unstall: ignore[UST101] it was here once
            """),
            lines=(1,),
        ),
        Invalid(
            dedent("""\
            int count;  // unstall: disable=UST101
            """),
            lines=(1,),
        ),
        Invalid(
            dedent("""\
            def pump(poller, timers):
                while True:
                    try:
                        events = poller.poll(500)
                    except InterruptedError:
                        events = []
                        # unstall: ignore[UST101]
                    timers.run()
            """),
            lines=(7,),
            language="python",
        ),
    )

    def check(self, fact: WaitFact, context: Context) -> Iterator[Finding]:
        """Nothing: what this rule finds stands at no wait; `unused` makes its findings."""
        yield from ()

    def unused(self, comment: Suppression, words: tuple[str, ...], source: SourceFile) -> Finding:
        """The finding at a comment of which these words cover nothing (none: it names no rule)."""
        kept = _why_kept(comment, words, source)
        return Finding(
            self.code, self.name, self.severity, source.path, comment.span, _message(comment, words),
            "A comment that hides nothing today hides the next finding at this place, unseen.",
            (), "", (Mark(comment.span, "comment", "covers nothing"),), None,
            fixes=() if kept else (_removal(comment.span, source),),
            no_fix=kept,
        )  # fmt: skip


def _why_kept(comment: Suppression, words: tuple[str, ...], source: SourceFile) -> str:
    """Why a comment can't be taken out; empty where it can."""
    if comment.other:
        return "what it is to hide can't be told"
    if set(words) != set(comment.words):
        return "other rules that the comment names do find something"
    before = source.data[source.line_starts[source.line(comment.span.start) - 1] : comment.span.start]
    return "without it, the backslash in front would join two lines" if before.rstrip().endswith(b"\\") else ""


def _message(comment: Suppression, words: tuple[str, ...]) -> str:
    if comment.other:
        return f"`{comment.other}` hides nothing; what is meant is written `unstall: ignore[UST101]`"
    if not words:
        return "this comment names no rule to ignore"
    unknown = [word for word in words if not meant(word)]
    if unknown:
        return f"there is no rule {unknown[0]} to ignore"
    return f"this comment ignores {listing(words)}, and nothing of that is found {comment.scope.value}"


def _removal(comment: Span, source: SourceFile) -> Fix:
    """The patch that takes the comment out, with its line where it stands alone; a space where it parts two words."""
    first, last = source.line(comment.start), source.line(comment.end)
    start, end = source.line_starts[first - 1], source.line_span(last).end
    before, behind = source.data[start : comment.start], source.data[comment.end : end]
    space = b""
    if not before.strip() and not behind.strip() and not _ends_macro(start, source):
        span = Span(start, source.line_starts[last] if last < len(source.line_starts) else len(source.data))
    elif not before.strip():
        span = Span(comment.start, comment.end + len(behind) - len(behind.lstrip()))
    else:
        span = Span(comment.start - (len(before) - len(before.rstrip())), comment.end)
        space = b" " if behind[:1].strip() else b""
    return Fix("remove", "takes the comment out", (Edit(span, space),), proved=True)


def _ends_macro(line: int, source: SourceFile) -> bool:
    """Whether the line before goes on in this one, so that without it, it would go on in the next."""
    return source.language == "c" and source.data[max(line - 3, 0) : line].rstrip(b"\r\n").endswith(b"\\")
