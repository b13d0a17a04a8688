"""close called once, whatever it says of a signal."""

from collections.abc import Iterator

from unstall.fixes import conditions
from unstall.fixes.plans.common import branch, fitting, given
from unstall.fixes.site import Site
from unstall.flow.ir import Statement
from unstall.source import Edit


def once(site: Site) -> Iterator[tuple[Edit, ...]]:
    """The loop replaced by its call; where its result is kept, EINTR is made a success."""
    loop = site.tree[given(site.fact.loop_statement, "the call is repeated by a jump")]
    fitting(loop.kind in ("do", "while"), "the loop holds more than the call")
    condition = site.text(given(loop.condition, "the loop holds more than the call"))
    fitting(not site.has_comment(loop.span) and not site.has_directive(loop.span), "a comment is in the way")
    fitting(
        not any(node.macro for node in site.fact.graph.nodes if loop.span.contains(node.span)), "a macro is in the way"
    )
    fitting(site.layout.first_on_line(loop.span.start), "something else stands on the line of the loop")
    telling = [part for part in conditions.conjuncts(condition, "c") if conditions.tells_errno(part)]
    fitting(len(telling) == 1 and "EINTR" in telling[0] and "||" not in condition, "other errors are retried, too")
    body = _statements(site, loop)
    indentation = site.layout.indentation(loop.span.start)
    if loop.kind == "do":
        fitting(
            len(body) == 1 and body[0].id == site.wait.id and site.result is not None,
            "the loop holds more than the call",
        )
        again = branch(site, site.interrupted_test, (f"{site.result} = 0;",), indentation)
        call = site.text(body[0].span).encode("utf-8", "surrogateescape")
        yield (Edit(loop.span, call + f"{site.layout.newline}{indentation}".encode() + again),)
    else:
        fitting(not body and site.result is None, "the loop holds more than the call")
        call_span = site.fact.graph.nodes[site.fact.wait].span
        yield (Edit(loop.span, f"(void) {site.text(call_span)};".encode("utf-8", "surrogateescape")),)


def _statements(site: Site, loop: Statement) -> tuple[Statement, ...]:
    """What a loop's body holds, without its braces and empty statements."""
    found = tuple(s for child in site.tree.children(loop) for s in site.tree.body(child))
    return tuple(statement for statement in found if statement.kind not in ("empty", "block"))
