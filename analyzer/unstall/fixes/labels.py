"""Labels of C that a patch leaves no jump to: a compiler would warn of them."""

import re
from collections.abc import Iterator

from unstall.fixes.site import Site
from unstall.source import Edit, Span, apply_edits

_LABEL = re.compile(rb"([A-Za-z_]\w*)[ \t]*:")


def without_labels(site: Site, edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """The edits, and with them each label taken out that they are the end of, where it has a line of its own."""
    if site.fact.language != "c" or not any(arm.jump.kind == "goto" for arm in site.arms):
        return edits
    return tuple(sorted((*edits, *_left_over(site, edits))))


def _left_over(site: Site, edits: tuple[Edit, ...]) -> Iterator[Edit]:
    whole, data = site.fact.graph.span, site.source.data
    before = data[whole.start : whole.end]
    after = apply_edits(before, tuple(edit.moved(-whole.start) for edit in edits if whole.contains(edit.span)))
    for statement in site.tree.graph.statements:
        label = _LABEL.match(data, statement.span.start) if statement.kind == "label" else None
        if label is None:
            continue
        lines, named = site.layout.lines_of(Span(*label.span())), re.compile(rb"\b%b\b" % label[1])
        if lines is None or any(edit.span.start < lines.end and lines.start < edit.span.end for edit in edits):
            continue
        if len(named.findall(after)) == 1 < len(named.findall(before)):
            yield Edit(lines, b"")
