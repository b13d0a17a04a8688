"""errno kept in a variable before a call may change it."""

import re
from collections.abc import Iterator
from itertools import takewhile

from unstall.fixes.plans.common import behind_line, fitting, given
from unstall.fixes.scope import Branches, branches, free_name
from unstall.fixes.site import Site
from unstall.flow import by_name
from unstall.flow.errno import mentions_errno
from unstall.flow.ir import Call, Statement
from unstall.flow.outcomes import RUN_OF_ERRNO
from unstall.flow.reach import reached, spread
from unstall.source import Edit, Span

_ERRNO = re.compile(rb"\berrno\b")
_HIDDEN = "the test of errno stands outside of the #if branch that the wait is in"


def saved(site: Site) -> Iterator[tuple[Edit, ...]]:
    """``int saved_errno = errno;`` before the calls on the way to the test, and that name in the tests behind it; or
    ``errno = saved_errno;`` behind the calls, where others read errno after the tests, too.
    """
    setter, test = given(site.fact.particulars.errno_set_by)
    nodes, tested = site.fact.graph.nodes, site.tree.of_node(test)
    fitting(not nodes[setter].macro and not nodes[test].macro, "a macro is in the way")
    holder, first, last = _calls(site, test)
    fitting(not first.span.contains(nodes[site.fact.wait].span), "the wait and the call are parts of one statement")
    fitting(first.kind not in ("case", "label"), "a label stands in front of the call")
    fitting(site.layout.first_on_line(first.span.start), "something else stands on the line of the call")
    name = free_name(site, holder, "saved_errno", "save_errno", "wait_errno", ahead=_ahead(site, holder, tested))
    places = [
        Edit(Span(condition.start + found.start(), condition.start + found.end()), name.encode())
        for condition in _conditions(site, tested)
        for found in _ERRNO.finditer(site.source.data[condition.start : condition.end])
    ]
    fitting(bool(places), "errno is tested under another name")
    if last is not None and _is_read_later(site, test, places):
        again = behind_line(site, last, [site.layout.indentation(first.span.start) + f"errno = {name};"])
        fitting(again.span.end < holder.span.end, "something else stands on the line of the call")
        yield (_kept(site, holder, first, name, [again.span.start]), again)
    yield (_kept(site, holder, first, name, [place.span.start for place in places]), *places)


def _kept(site: Site, holder: Statement, first: Statement, name: str, uses: list[int]) -> Edit:
    """The declaration in front of a statement of a block, where it is seen from its uses."""
    start = _beside_others(site, holder, _seen_from(site, holder, first, uses))
    opens = site.tree.children(holder)[0].span.start >= start
    indentation = site.layout.indentation(first.span.start)
    lines = [indentation + f"int {name} = errno;", *([""] if opens else []), ""]
    return Edit(Span(start, start), site.layout.bytes_of(lines))


def _is_read_later(site: Site, test: int, tests: list[Edit]) -> bool:
    """Whether the error number is asked for behind a test by others than these, until a call sets it anew."""
    nodes, wait = site.fact.graph.nodes, site.fact.wait

    def keeps(at: int) -> bool:
        effect = nodes[at].effect
        return at != wait and (
            not isinstance(effect, Call) or by_name.is_harmless(effect.name, site.fact.graph.language)
        )

    for node in (nodes[at] for at in reached(site.fact.graph.edges, [test], keeps) - {test, wait}):
        if isinstance(node.effect, Call) and node.effect.name == "perror":
            return True
        if mentions_errno(node) and not any(node.span.contains(edit.span) for edit in tests):
            return True
    return False


def _calls(site: Site, test: int) -> tuple[Statement, Statement, Statement | None]:
    """The innermost block that holds the test and all calls on the way to it, and its first and last statement with
    such; no last one where the test is part of that.
    """
    graph = site.fact.graph
    chains = [graph.ancestors(graph.nodes[node].statement) for node in _on_the_way(site, test)]
    tested = graph.ancestors(graph.nodes[test].statement)
    around = [site.tree[at] for at in tested]
    holder = next(at for at in around if at.kind in ("block", "function") and all(at.id in chain for chain in chains))
    within = [chain[chain.index(holder.id) - 1] for chain in chains]
    return holder, site.tree[min(within)], None if max(within) in tested else site.tree[max(within)]


def _on_the_way(site: Site, test: int) -> Iterator[int]:
    """The calls between the wait and the test that may change errno."""
    graph, wait = site.fact.graph, site.fact.wait
    steps = {step for errno in site.fact.errnos for step in site.fact.traces[RUN_OF_ERRNO[errno]].edges}
    steps = {(source, target) for source, target in steps if source != test and target != wait}
    behind, ahead = spread(steps, (wait,)), spread({(target, source) for source, target in steps}, (test,))
    for node in behind & ahead - {wait}:
        effect = graph.nodes[node].effect
        if isinstance(effect, Call) and not (
            by_name.is_pure(effect.name, graph.language) or by_name.gives_errno(effect.name)
        ):
            yield node


def _ahead(site: Site, holder: Statement, tested: Statement) -> int:
    """The tests of errno in front whose patches would declare a variable in the same block."""
    return sum(
        _ERRNO.search(site.source.data, *test.condition) is not None
        for test in site.tree.graph.statements
        if test.condition is not None and test.span.end < tested.span.start and _block(site, test) == holder
    )


def _block(site: Site, statement: Statement) -> Statement | None:
    return next((at for at in site.tree.ancestors(statement) if at.kind in ("block", "function")), None)


def _seen_from(site: Site, holder: Statement, first: Statement, uses: list[int]) -> int:
    """The line in front of a statement, or of the ``#if`` around it that some of the uses stand outside of."""
    data, start = site.source.data, site.layout.line_start(first.span.start)
    around = branches(data, start)
    shared = min(_in_common(around, branches(data, use)) for use in uses)
    if shared == len(around):
        return start
    start = around[shared][0]
    fitting(holder.span.start < start, _HIDDEN)
    fitting(not any(child.span.start < start < child.span.end for child in site.tree.children(holder)), _HIDDEN)
    fitting(site.fact.graph.nodes[site.fact.wait].span.start < start, _HIDDEN)
    return start


def _beside_others(site: Site, holder: Statement, start: int) -> int:
    """The line behind a declaration, where nothing but blank lines parts it from a line."""
    above = len(site.source.data[:start].rstrip())
    if any(child.kind == "declaration" and child.span.end == above for child in site.tree.children(holder)):
        return site.layout.blank_lines(above - 1).start
    return start


def _in_common(some: Branches, others: Branches) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(some, others, strict=False)))


def _conditions(site: Site, tested: Statement) -> Iterator[Span]:
    """The condition of a test and of what is chained to it by ``else if``."""
    at: Statement | None = tested
    while at is not None and at.condition is not None:
        yield at.condition
        otherwise = site.tree.otherwise(at) if at.kind == "if" else None
        children = site.tree.children(otherwise) if otherwise else ()
        at = children[0] if len(children) == 1 and children[0].kind == "if" else None
