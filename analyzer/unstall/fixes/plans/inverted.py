"""The test is turned round, so that the fatal code stands behind it and the interrupt goes on."""

from collections.abc import Sequence

from unstall.fixes import conditions
from unstall.fixes.plans.common import (
    behind_line,
    closed_up,
    comment_behind,
    else_end,
    fitting,
    given,
    in_scope,
    indented,
    is_of_the_retry,
    line_end,
    merged_condition,
    replaced,
    simple,
    together,
)
from unstall.fixes.site import Site
from unstall.fixes.treatment import Treatment
from unstall.flow.ir import Statement
from unstall.source import Edit, Span

_FEW = 12
"""Statements behind the guard; more would make the patch larger than it helps."""

_LEAVING = ("return", "break", "goto", "raise")
"""Statements behind which nothing follows, so that what ends in one is an arm of its own, whoever else comes to it."""


def inverted(site: Site, treatment: Treatment) -> tuple[Edit, ...]:
    """``if (EINTR) continue; fatal();`` becomes ``if (!EINTR) fatal(); …``, inside of the block of the failure. What a
    comment says of the jump it says of going on now, unless it speaks of starting over.
    """
    arms = site.arms
    fitting(bool(arms) and simple(site, arms) and together(site, arms))
    first, last = given(arms[0].guard), given(arms[-1].guard)
    rest = site.tree.following(last)
    parent = given(site.tree.parent(first))
    fitting(0 < len(rest) <= _FEW and parent.kind in ("block", "handler", "else"))
    fitting(_is_failures(site, first.id) or rest[-1].kind in _LEAVING)
    fitting(not site.has_comment(Span(first.span.start, first.header.end)))
    fitting(not site.has_directive(Span(first.span.start, rest[-1].span.end)))
    layout = site.layout
    indentation = layout.indentation(first.span.start)
    condition = given(first.condition)
    braces = site.fact.language == "c" and _needs_braces(site, rest)
    negation = conditions.negated(merged_condition(site, arms), site.fact.language)
    body = Span(first.header.end, last.span.end)
    opening = layout.bytes_of(layout.opening(indentation)) if braces else b""
    closing = [layout.closing(indentation)] if braces else []
    declared, code = in_scope(site, parent, treatment.code) if treatment.declares else ((), treatment.code)
    said = comment_behind(site, last.span.end) or Span(last.span.end, last.span.end)
    remark = site.text(said).strip()
    fitting("\n" not in remark)
    kept = (remark,) if remark and not is_of_the_retry(site, said) else ()
    lines = [*closing, *layout.write((*kept, *code), indentation)]
    edits = [
        *declared,
        Edit(condition, negation.encode("utf-8", "surrogateescape")),
        Edit(body, opening),
        *([Edit(said, b"")] if remark else []),
        *closed_up(site, said.end),
        *indented(site, last.span.end, rest[-1]),
    ]
    if lines:
        edits.append(behind_line(site, rest[-1], lines))
    return tuple(edits)


def _needs_braces(site: Site, rest: Sequence[Statement]) -> bool:
    simple_kinds = ("expression", "return", "break", "continue", "goto")
    return len(rest) > 1 or rest[0].kind not in simple_kinds or "\n" in site.text(rest[0].span)


def _is_failures(site: Site, statement: int) -> bool:
    """Whether a statement stands in an arm, or an except clause, that is for failures alone."""
    for holder in site.enclosing(site.tree[statement]):
        if holder.kind == "handler" or (holder.kind == "if" and site.only_failures(holder)):
            return True
    return False


def else_inverted(site: Site, treatment: Treatment) -> tuple[Edit, ...]:
    """``if (EINTR) continue; else fatal();`` becomes ``if (!EINTR) fatal();``."""
    fitting(len(site.arms) == 1 and not treatment.code)
    arm = site.arms[0]
    fitting(arm.own and arm.alone and arm.positive and not site.has_comment(arm.body.span))
    guard = given(arm.guard)
    otherwise, condition = given(site.tree.otherwise(guard)), given(guard.condition)
    inner = site.tree.children(otherwise)
    fitting(bool(inner) and inner[0].kind != "if")
    negation = conditions.negated(site.text(condition), site.fact.language)
    between = Span(guard.header.end, else_end(site, otherwise))
    fitting(not site.has_comment(between) and not site.has_directive(between))
    return (Edit(condition, negation.encode("utf-8", "surrogateescape")), Edit(between, b""))


def pushed_down(site: Site, treatment: Treatment) -> tuple[Edit, ...]:
    """``if (!EINTR) log(); continue;`` becomes ``if (!EINTR) { log(); continue; } …``: other errors keep the jump."""
    fitting(len(site.arms) == 1)
    arm = site.arms[0]
    fitting(not arm.own)
    parent = given(site.tree.parent(arm.jump))
    siblings = site.tree.children(parent)
    at = [child.id for child in siblings].index(arm.jump.id)
    fitting(at > 0)
    test = siblings[at - 1]
    fitting(test.kind == "if" and site.tree.otherwise(test) is None)
    then = given(site.tree.then(test))
    fitting(conditions.tells_errno(site.text(given(test.condition))))
    layout = site.layout
    indentation = layout.indentation(test.span.start)
    fitting(layout.first_on_line(test.span.start) and layout.first_on_line(arm.jump.span.start))
    jump = site.text(arm.jump.span)
    body = site.tree.body(then)
    fitting(bool(body))
    end = body[-1].span.end
    moved = Edit(Span(end, end), layout.bytes_of(["", layout.deeper(indentation) + jump]))
    edits = [moved]
    if site.fact.language == "c" and then.kind != "block":
        fitting(not layout.braces_indented)  # the statement would have to move, too
        opening = layout.bytes_of(layout.opening(indentation))
        edits = [Edit(Span(test.header.end, test.header.end), opening)]
        edits.append(
            Edit(Span(end, end), layout.bytes_of(["", layout.deeper(indentation) + jump, layout.closing(indentation)]))
        )
    if treatment.code:
        declared, code = in_scope(site, parent, treatment.code) if treatment.declares else ((), treatment.code)
        text = layout.bytes_of(layout.write(code, indentation))[len(indentation.encode()) :]
        return (*edits, *declared, Edit(arm.jump.span, text))
    return (*edits, Edit(given(layout.lines_of(arm.jump.span)), b""))


def else_added(site: Site, treatment: Treatment) -> tuple[Edit, ...]:
    """``if (EINTR) { …; continue; } fatal();`` becomes ``if (EINTR) { …; … } else fatal();``."""
    fitting(len(site.arms) == 1)
    arm = site.arms[0]
    guard = given(arm.guard)
    fitting(arm.own and arm.positive and site.tree.otherwise(guard) is None)
    rest = site.tree.following(guard)
    fitting(0 < len(rest) <= _FEW and _is_failures(site, guard.id) and arm.body.kind == "block")
    between = Span(guard.span.end, rest[0].span.start)
    fitting(not site.has_directive(Span(between.start, rest[-1].span.end)))
    layout = site.layout
    indentation = layout.indentation(guard.span.start)
    edits = [
        *replaced(site, arm, treatment),
        *closed_up(site, guard.span.end),
        *indented(site, guard.span.end, rest[-1]),
    ]
    if site.fact.language == "python":
        end = line_end(site, guard)
        return (*edits, Edit(Span(end, end), layout.bytes_of(["", indentation + "else:"])))
    braces = _needs_braces(site, rest)
    opening = layout.bytes_of(layout.opening(indentation)) if braces else b""
    joint = b" else" if layout.cuddled_else else layout.bytes_of(["", indentation + "else"])
    edits.append(Edit(Span(between.start, between.start), joint + opening))
    if braces:
        end = line_end(site, rest[-1])
        edits.append(Edit(Span(end, end), layout.bytes_of(["", layout.closing(indentation)])))
    return tuple(edits)
