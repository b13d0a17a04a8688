"""What a failed wait never wrote is emptied before it is read."""

from collections.abc import Iterator

from unstall.fixes import conditions
from unstall.fixes.layout import Code, declares
from unstall.fixes.plans.common import behind_line, fitting, given, tested, tested_behind_the_wait
from unstall.fixes.site import Site
from unstall.fixes.words import words_of
from unstall.flow.ir import Statement
from unstall.flow.outcomes import Run
from unstall.flow.values import MINUS_ONE
from unstall.flow.waits import WaitKind
from unstall.source import Edit, Span

_CALL = "\0"
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
    block = _block_of_failures(site)
    if block is not None:
        yield _where_it_failed(site, block, words.cleared())
    elif site.text(site.wait.span) == f"{site.text(site.fact.graph.nodes[site.fact.wait].span)};":
        yield _asked(site, words.cleared())
    else:
        for code in (words.cleared(), (*words.cleared(), *words.timed_out())):
            if code:
                yield (tested_behind_the_wait(site, code),)


def _block_of_failures(site: Site) -> Statement | None:
    """The block that a failed wait comes to first, and an interrupted one comes through."""
    interrupted = site.fact.traces[Run.INTERRUPTED].nodes
    for test in (site.wait, *site.tree.following(site.wait)[:1]):
        block = site.tree.then(test) if test.kind == "if" else None
        if block is not None and block.kind == "block" and site.only_failures(test):
            passed = (node for node in site.fact.graph.nodes if block.span.contains(node.span))
            return block if any(node.id in interrupted for node in passed) else None
    return None


def _where_it_failed(site: Site, block: Statement, code: tuple[Code, ...]) -> tuple[Edit, ...]:
    """At the end of the block that only a failed wait comes to: ``if (select(…) < 0) { … }``."""
    body = site.tree.body(block)
    fitting(bool(body) and bool(code) and not declares(code), "clearing the results takes a variable")
    added = behind_line(site, body[-1], site.layout.write(code, site.layout.indentation(body[-1].span.start)))
    fitting(added.span.end < block.span.end, "something else stands on the line")
    return (added,)


def _asked(site: Site, code: tuple[Code, ...]) -> tuple[Edit, ...]:
    """A wait whose result nobody looks at: ``select(…);`` becomes ``if (select(…) == -1 && errno == EINTR) …``."""
    fitting(site.fact.spec.effect(Run.FAILED).result == MINUS_ONE, "how the wait tells of an error isn't known")
    fitting(bool(code) and not declares(code), "clearing the results takes a variable")
    fitting(site.layout.first_on_line(site.wait.span.start), "something else stands on the line of the wait")
    call, end = site.fact.graph.nodes[site.fact.wait].span, site.wait.span.end
    test = conditions.conjunction((f"{_CALL} == -1", site.errno_test), "c")
    before, _, behind = tested(site, test).partition(_CALL)
    lines = site.layout.behind(code, site.layout.indentation(call.start))
    suite = behind.encode() + site.layout.bytes_of(lines)
    return Edit(Span(call.start, call.start), before.encode()), Edit(Span(call.end, end), suite)


def _in_handler(site: Site, code: tuple[Code, ...]) -> tuple[Edit, ...]:
    handler = given(site.handler, _NOT_PLAIN)
    fitting(bool(code) and bool(site.tree.children(handler)), _NOT_PLAIN)
    last = site.tree.children(handler)[-1]
    lines = site.layout.bytes_of(site.layout.write(code, ""))
    if site.text(last.span) == "pass":
        return (Edit(last.span, lines),)
    indentation = site.layout.indentation(last.span.start)
    return (Edit(Span(last.span.end, last.span.end), f"{site.layout.newline}{indentation}".encode() + lines),)
