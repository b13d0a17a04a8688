"""What a failed wait never wrote is emptied before it is read."""

from collections.abc import Iterator

from unstall.findings import Finding
from unstall.fixes.layout import Code
from unstall.fixes.plans.common import branch, fitting
from unstall.fixes.site import Site
from unstall.fixes.words import words_of
from unstall.flow.ir import Statement
from unstall.flow.waits import WaitKind
from unstall.rule import Context
from unstall.source import Edit, Span


def cleared(site: Site, finding: Finding, context: Context) -> Iterator[tuple[Edit, ...]]:
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
            yield _behind_the_wait(site, code)


def _behind_the_wait(site: Site, code: tuple[Code, ...]) -> tuple[Edit, ...]:
    wait = site.wait
    parent = site.tree.parent(wait)
    fitting(
        wait.kind in ("expression", "declaration")
        and parent is not None
        and parent.kind in ("block", "function", "case"),
        "the wait stands in the test of its result",
    )
    fitting(site.layout.first_on_line(wait.span.start), "something else stands on the line of the wait")
    indentation = site.layout.indentation(wait.span.start)
    text = branch(site, site.interrupted_test, code, indentation)
    return (Edit(Span(wait.span.end, wait.span.end), f"{site.layout.newline}{indentation}".encode() + text),)


def _in_handler(site: Site, code: tuple[Code, ...]) -> tuple[Edit, ...]:
    fitting(site.fact.interrupt is not None and bool(code), "the handler of the interrupt isn't plain")
    assert site.fact.interrupt is not None
    last = site.tree.children(_handler(site, site.tree.of_node(site.fact.interrupt)))[-1]
    lines = site.layout.bytes_of(site.layout.write(code, ""))
    if site.text(last.span) == "pass":
        return (Edit(last.span, lines),)
    indentation = site.layout.indentation(last.span.start)
    return (Edit(Span(last.span.end, last.span.end), f"{site.layout.newline}{indentation}".encode() + lines),)


def _handler(site: Site, statement: Statement) -> Statement:
    holders = (statement, *site.tree.ancestors(statement))
    found = next((holder for holder in holders if holder.kind == "handler"), None)
    fitting(found is not None and bool(site.tree.children(found)), "the handler of the interrupt isn't plain")
    assert found is not None
    return found
