"""What a failed wait never wrote is emptied before it is read."""

from collections.abc import Iterator

from unstall.fixes.layout import Code
from unstall.fixes.plans.common import fitting, given, tested_behind_the_wait
from unstall.fixes.site import Site
from unstall.fixes.words import words_of
from unstall.flow.waits import WaitKind
from unstall.source import Edit, Span

_NOT_PLAIN = "the handler of the interrupt isn't plain"


def cleared(site: Site) -> Iterator[tuple[Edit, ...]]:
    """Behind the wait in C, at the end of the handler in Python."""
    fitting(
        site.fact.spec.kind is WaitKind.MULTIPLEX, "whether an interrupt counts as nothing is for the author to say"
    )
    words = words_of(site)
    if site.fact.language == "python":
        yield _in_handler(site, words.cleared())
        return
    for code in (words.cleared(), (*words.cleared(), *words.timed_out())):
        if code:
            yield (tested_behind_the_wait(site, code),)


def _in_handler(site: Site, code: tuple[Code, ...]) -> tuple[Edit, ...]:
    handler = given(site.handler, _NOT_PLAIN)
    fitting(bool(code) and bool(site.tree.children(handler)), _NOT_PLAIN)
    last = site.tree.children(handler)[-1]
    lines = site.layout.bytes_of(site.layout.write(code, ""))
    if site.text(last.span) == "pass":
        return (Edit(last.span, lines),)
    indentation = site.layout.indentation(last.span.start)
    return (Edit(Span(last.span.end, last.span.end), f"{site.layout.newline}{indentation}".encode() + lines),)
