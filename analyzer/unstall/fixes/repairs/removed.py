"""A handler taken out that no Python of the project's ever runs."""

import re
from collections.abc import Iterator

from unstall.findings.pep475 import is_dead
from unstall.fixes.plans.common import fitting, given
from unstall.fixes.site import Site
from unstall.flow.facts import WaitFact
from unstall.flow.ir import Statement
from unstall.options import Settings
from unstall.source import Edit, Span

_ONLY_THE_INTERRUPT = re.compile(r"except\s+(?:builtins\.)?InterruptedError\s*(?:as\s+\w+\s*)?:")
_NO_CLAUSE = "no clause of its own is for the interrupt"


def removed(site: Site) -> Iterator[tuple[Edit, ...]]:
    """The clause alone where the ``try`` has others, else the whole ``try`` around what it holds."""
    fitting(b"raise InterruptedError" not in site.source.data, "the file raises InterruptedError itself")
    handler = given(site.handler, _NO_CLAUSE)
    fitting(_ONLY_THE_INTERRUPT.match(site.text(handler.span)) is not None, "the clause is for other errors, too")
    fitting(not site.has_comment(handler.span), "a comment is in the way")
    whole = given(site.tree.parent(handler), _NO_CLAUSE)
    fitting(whole.kind == "try", _NO_CLAUSE)
    clauses = [child for child in site.tree.children(whole) if child.kind in ("handler", "else", "finally")]
    lines = given(site.layout.lines_of(handler.span), "something else stands on the line")
    if len(clauses) > 1:
        fitting(any(clause.kind == "handler" and clause.id != handler.id for clause in clauses), "the try has an else")
        yield (Edit(lines, b""),)
        return
    yield (_header_removed(site, whole), *_moved_out(site, whole, handler), Edit(lines, b""))


def may_be_shown(fact: WaitFact, settings: Settings) -> str:
    """Why the handler may be needed in a project of these settings; empty where it can't."""
    return "" if is_dead(fact, settings) else "it isn't known that the project is for Python 3.5 and later"


def _header_removed(site: Site, whole: Statement) -> Edit:
    end = site.source.data.find(b"\n", whole.header.end)
    line = Span(site.layout.line_start(whole.span.start), end + 1)
    text = site.source.data[line.start : line.end].strip()
    fitting(text == b"try:", "something else stands on the line of the try")
    return Edit(line, b"")


def _moved_out(site: Site, whole: Statement, handler: Statement) -> Iterator[Edit]:
    """The lines of what was tried, one level further out."""
    data, layout = site.source.data, site.layout
    inside = [child for child in site.tree.children(whole) if child.kind != "handler"]
    outer = len(layout.indentation(whole.span.start))
    inner = len(layout.indentation(inside[0].span.start))
    fitting(layout.first_on_line(inside[0].span.start) and inner > outer, "something else stands on the line")
    at, last = layout.line_start(inside[0].span.start), layout.line_start(handler.span.start)
    fitting(b'"""' not in data[at:last] and b"'''" not in data[at:last], "a text over several lines is in the way")
    while at < last:
        end = data.find(b"\n", at) + 1
        blank = len(data[at:end]) - len(data[at:end].lstrip(b" \t"))
        if data[at:end].strip() and blank >= inner:
            yield Edit(Span(at, at + inner - outer), b"")
        at = end
