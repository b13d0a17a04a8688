"""errno kept in a variable before the call that may change it."""

import re
from collections.abc import Iterator

from unstall.fixes.plans.common import fitting, given
from unstall.fixes.site import Site
from unstall.fixes.treatment import RefusedError
from unstall.flow.ir import Statement
from unstall.source import Edit, Span

_ERRNO = re.compile(rb"\berrno\b")


def saved(site: Site) -> Iterator[tuple[Edit, ...]]:
    """``int saved_errno = errno;`` before the call, and that name in the tests behind it."""
    setter, test = given(site.fact.particulars.errno_set_by)
    nodes, tree = site.fact.graph.nodes, site.tree
    call, tested = tree.of_node(setter), tree.of_node(test)
    holder = given(tree.parent(call))
    fitting(
        holder.kind in ("block", "function") and call.kind == "expression",
        "the call that may set errno is part of a larger statement",
    )
    fitting(holder.id in site.fact.graph.ancestors(tested.id), "the test of errno stands outside of the call's block")
    fitting(site.layout.first_on_line(call.span.start), "something else stands on the line of the call")
    fitting(not nodes[setter].macro and not nodes[test].macro, "a macro is in the way")
    name = _free_name(site)
    places = [
        Edit(Span(condition.start + found.start(), condition.start + found.end()), name.encode())
        for condition in _conditions(site, tested)
        for found in _ERRNO.finditer(site.source.data[condition.start : condition.end])
    ]
    fitting(bool(places), "errno is tested under another name")
    start, indentation = call.span.start, site.layout.indentation(call.span.start)
    declared = f"int {name} = errno;{site.layout.newline}"
    first = site.fact.graph.nodes and tree.children(holder)[0].id == call.id
    gap = site.layout.newline if first else ""
    yield (Edit(Span(start, start), f"{declared}{gap}{indentation}".encode()), *places)


def _free_name(site: Site) -> str:
    text = site.text(site.fact.graph.span)
    for name in ("saved_errno", "save_errno", "wait_errno"):
        if not re.search(rf"\b{name}\b", text):
            return name
    raise RefusedError("no name is free for a variable")


def _conditions(site: Site, tested: Statement) -> Iterator[Span]:
    """The condition of a test and of what is chained to it by ``else if``."""
    at: Statement | None = tested
    while at is not None and at.condition is not None:
        yield at.condition
        otherwise = site.tree.otherwise(at) if at.kind == "if" else None
        children = site.tree.children(otherwise) if otherwise else ()
        at = children[0] if len(children) == 1 and children[0].kind == "if" else None
