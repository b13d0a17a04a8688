"""close called once, whatever it says of a signal."""

import re
from collections.abc import Iterator

from unstall.fixes import conditions
from unstall.fixes.plans.common import branch, comment_behind, fitting, given, is_of_the_retry, removal
from unstall.fixes.scope import branches, places_of
from unstall.fixes.site import Site
from unstall.flow.dataflow import live_names
from unstall.flow.ir import Statement
from unstall.source import Edit, Span

_MORE = "the loop holds more than the call"


def once(site: Site) -> Iterator[tuple[Edit, ...]]:
    """The loop replaced by its call; where its result is read afterwards, EINTR is made a success."""
    loop = site.tree[given(site.fact.loop_statement, "the call is repeated by a jump")]
    fitting(loop.kind in ("do", "while"), _MORE)
    condition = site.text(given(loop.condition, _MORE))
    fitting(not site.has_comment(loop.span) and not site.has_directive(loop.span), "a comment is in the way")
    macros = (node.macro for node in site.fact.graph.nodes if node.macro and loop.span.contains(node.span))
    macro = min(macros, default="")
    fitting(not macro, f"the macro `{macro}` is in the way")
    body = _statements(site, loop)
    fitting(body == ((site.wait,) if loop.kind == "do" else ()), _MORE)
    telling = [part for part in conditions.conjuncts(condition, "c") if conditions.tells_errno(part)]
    fitting(len(telling) == 1 and "EINTR" in telling[0] and "||" not in condition, "other errors are retried, too")
    call = site.fact.graph.nodes[site.fact.wait].span
    alone = _left_alone(site, loop, call, _cast_to_void(site), "")
    if site.result is None:
        yield alone
    elif _is_read_behind(site, loop):
        yield _left_alone(site, loop, _assignment(site, call), "", _made_a_success(site, loop))
    elif (declaration := _declared_for(site, loop)) is not None:
        yield (*alone, removal(site, declaration))
    elif len(_named_elsewhere(site, loop)) > 1:
        yield alone
    else:  # without it the variable would be there for nothing
        yield _left_alone(site, loop, _assignment(site, call), "", "")


def _cast_to_void(site: Site) -> str:
    """How the file writes that nobody wants a call's result; empty where it writes nothing."""
    cast = re.search(rb"\(void\)[ \t]*(?=\w+[ \t]*\()", site.source.data)
    return cast[0].decode("ascii") if cast else ""


def _statements(site: Site, loop: Statement) -> tuple[Statement, ...]:
    """What a loop's body holds, without its braces and what does nothing."""
    found = tuple(s for child in site.tree.children(loop) for s in site.tree.body(child))
    return tuple(statement for statement in found if statement.kind not in ("empty", "block", "continue"))


def _left_alone(site: Site, loop: Statement, kept: Span, before: str, behind: str) -> tuple[Edit, ...]:
    """A loop of which one expression stays, as a statement; what is said of going round goes with it."""
    end = loop.span.end
    comment = comment_behind(site, end)
    if comment and (not _statements(site, loop) or is_of_the_retry(site, comment)):
        end = comment.end
    return (
        Edit(Span(loop.span.start, kept.start), before.encode()),
        Edit(Span(kept.end, end), b";" + behind.encode("utf-8", "surrogateescape")),
    )


def _assignment(site: Site, call: Span) -> Span:
    """The expression that keeps the call's result."""
    assign, _ = site.results[0]
    span = next(node.span for node in site.fact.graph.nodes if node.effect is assign)
    fitting(span.contains(call) and span.end == call.end, _MORE)
    return span


def _is_read_behind(site: Site, loop: Statement) -> bool:
    graph, name, data = site.fact.graph, given(site.result), site.source.data
    behind = places_of(site, Span(loop.span.end, graph.span.end), name)
    around = branches(data, loop.span.start)
    if name not in graph.locals - graph.address_taken or any(branches(data, at.start) != around for at in behind):
        return True  # others can see it, or it may be read in a branch of #if that isn't read here
    inside = {node.id for node in graph.nodes if loop.span.contains(node.span)}
    left = {edge.target for node in inside for edge in graph.successors[node]} - inside
    return any(name in live_names(graph)[node] for node in left)


def _named_elsewhere(site: Site, loop: Statement) -> list[Span]:
    """Where the result is named outside of the loop; its declaration is one such place."""
    places = places_of(site, site.fact.graph.span, given(site.result))
    return [place for place in places if not loop.span.contains(place)]


def _declared_for(site: Site, loop: Statement) -> Statement | None:
    """The declaration of the result where that is all that names it outside of the loop, and all that it declares."""
    name = given(site.result)
    if len(_named_elsewhere(site, loop)) != 1:
        return None
    alone = re.compile(rf"(?:\w+\s+)+{name}\s*;")
    declarations = (statement for statement in site.tree.graph.statements if statement.kind == "declaration")
    return next((statement for statement in declarations if alone.fullmatch(site.text(statement.span))), None)


def _made_a_success(site: Site, loop: Statement) -> str:
    parent = site.tree.parent(loop)
    fitting(
        parent is not None and parent.kind in ("block", "function", "case", "label"),
        "there is no room for a second statement",
    )
    fitting(site.layout.first_on_line(loop.span.start), "something else stands on the line of the loop")
    indentation = site.layout.indentation(loop.span.start)
    again = branch(site, site.interrupted_test, (f"{site.result} = 0;",), indentation)
    return f"{site.layout.newline}{indentation}{again.decode('utf-8', 'surrogateescape')}"
