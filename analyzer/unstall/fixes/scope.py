"""Where a variable can be seen that a patch declares: in its block, and in C in its branch of ``#if``."""

import re
from collections.abc import Iterable, Iterator

from unstall.fixes.site import Site
from unstall.fixes.treatment import RefusedError
from unstall.flow.ir import FlowGraph, Statement
from unstall.source import Edit, Span

_DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*(if|el|endif)", re.MULTILINE)
_WORD = re.compile(rb"[A-Za-z_]\w*")

Branches = tuple[tuple[int, int], ...]
"""The branches of ``#if`` around a place, outermost first: where the ``#if`` begins, and where its branch does."""


def branches(data: bytes, offset: int) -> Branches:
    """Those around a place in a C file."""
    around: list[tuple[int, int]] = []
    for found in _DIRECTIVE.finditer(data, 0, offset):
        if found[1] == b"if":
            around.append((found.start(), found.start()))
        elif around:
            begin, _ = around.pop()
            if found[1] == b"el":
                around.append((begin, found.start()))
    return tuple(around)


def _is_within(data: bytes, offset: int, around: Branches) -> bool:
    """Whether a place in a C file is compiled only where these branches are."""
    return branches(data, offset)[: len(around)] == around


def free_name(site: Site, holder: Statement, *names: str, ahead: int = 0) -> str:
    """The first of some names that nothing else has where a variable of a block can be seen.

    ``ahead`` others in front may get variables of the same names by patches of their own. Raises RefusedError where no
    name is free.
    """
    for name in names:
        numbered = f"{name}{ahead + 1}" if ahead else name
        if not _is_visible(site, holder, numbered):
            return numbered
    raise RefusedError("no name is free for a variable")


def _is_visible(site: Site, holder: Statement, name: str) -> bool:
    """Whether a name stands in a block, or around it; not in another block that declares it for itself."""
    apart = [
        block.span
        for block in site.tree.graph.statements
        if block.kind == "block"
        and not (block.span.contains(holder.span) or holder.span.contains(block.span))
        and any(
            child.kind == "declaration" and places_of(site, child.span, name) for child in site.tree.children(block)
        )
    ]
    return any(
        not any(block.contains(place) for block in apart) for place in places_of(site, site.fact.graph.span, name)
    )


def places_of(site: Site, span: Span, name: str) -> list[Span]:
    """Where a word stands in a span."""
    return [Span(*found.span()) for found in _WORD.finditer(site.source.data, *span) if found[0] == name.encode()]


def unseen(data: bytes, graph: FlowGraph, edits: Iterable[Edit]) -> Iterator[tuple[str, Span]]:
    """The variables that a patch declares and uses where no declaration can be seen, with the places.

    ``data`` and ``graph`` are the patched ones, ``edits`` the patch.
    """
    written = [place for place in _written(edits) if graph.span.contains(place)]
    declared = [(s, _names(data, graph, s)) for s in graph.statements if s.kind == "declaration"]
    new = frozenset[str]().union(*(names for s, names in declared if any(place.contains(s.span) for place in written)))
    for place in written:
        for word in _WORD.finditer(data, place.start, place.end):
            name, use = word[0].decode(), Span(*word.span())
            known = (statement for statement, names in declared if name in names)
            if name in new.difference(graph.parameters) and not any(_sees(data, graph, s, use) for s in known):
                yield name, use


def foreign(data: bytes, wait: Span, names: frozenset[str], edits: Iterable[Edit]) -> Iterator[tuple[str, Span]]:
    """The ``names`` of a wait in a branch of ``#if`` that edits bring to where other branches come, too, with the
    places: what another branch waits by knows none of them. ``data`` is the text before the edits.
    """
    around, edits = branches(data, wait.start), tuple(edits)
    there = {word for edit in edits for word in _WORD.findall(data, *edit.span)}
    for edit in edits:
        if not _is_within(data, edit.span.start, around):
            for word in _WORD.findall(edit.replacement):
                if word not in there and word.decode() in names:
                    yield word.decode(), edit.span


def _written(edits: Iterable[Edit]) -> Iterator[Span]:
    """Where in the patched file the edits' own text stands."""
    shift = 0
    for edit in sorted(edits):
        start = edit.span.start + shift
        yield Span(start, start + len(edit.replacement))
        shift += edit.growth


def _names(data: bytes, graph: FlowGraph, declaration: Statement) -> frozenset[str]:
    declarator = data[declaration.span.start : declaration.span.end].partition(b"=")[0]
    return graph.locals.intersection(word.decode() for word in _WORD.findall(declarator))


def _sees(data: bytes, graph: FlowGraph, declaration: Statement, use: Span) -> bool:
    block = graph.span if declaration.parent is None else graph.statements[declaration.parent].span
    return (
        declaration.span.start < use.start
        and block.contains(use)
        and _is_within(data, use.start, branches(data, declaration.span.start))
    )
