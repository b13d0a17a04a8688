"""The jump is replaced by the code, where it stands."""

from unstall.fixes import conditions
from unstall.fixes.plans.common import (
    branch,
    breaks,
    fitting,
    given,
    merged_condition,
    replaced,
    simple,
    suite,
    together,
    with_break,
)
from unstall.fixes.site import Site
from unstall.fixes.treatment import Treatment
from unstall.flow.ir import Statement
from unstall.source import Edit, Span


def replaced_together(site: Site, treatment: Treatment) -> tuple[Edit, ...]:
    """``if (a) continue; if (b) continue;`` becomes ``if (a || b) { … }``; one such guard alone likewise."""
    arms = site.arms
    fitting(bool(arms) and bool(treatment.code) and simple(site, arms) and together(site, arms))
    first, last = given(arms[0].guard), given(arms[-1].guard)
    fitting(not site.has_comment(first.span))
    condition = merged_condition(site, arms)
    if len(arms) == 1:
        fitting("\n" not in condition or not conditions.has_side_effect(condition))
        body = suite(site, with_break(site, arms[0], treatment), site.layout.indentation(first.span.start))
        edits = (Edit(Span(first.header.end, arms[0].body.span.end), body),)
    else:
        fitting(breaks(site, arms[0]) is None)
        text = branch(site, condition, treatment.code, site.layout.indentation(first.span.start))
        edits = (Edit(Span(first.span.start, last.span.end), text),)
    return (*edits, *_passed_by(site, last, treatment))


def _passed_by(site: Site, guard: Statement, treatment: Treatment) -> tuple[Edit, ...]:
    """``else`` in front of the fatal test behind the guard, where the value still tells of a failure."""
    if not treatment.keeps_failure:
        return ()
    following = site.tree.following(guard)
    if not following or not site.only_failures(following[0]):
        return ()  # there may be no fatal test at all
    start = following[0].span.start
    between = Span(guard.span.end, start)
    if site.fact.language == "python":
        fitting(not site.has_comment(between), "a comment stands between the tests")
        return (Edit(Span(start, start), b"el"),)
    fitting(not site.has_directive(between), "a directive stands between the tests")
    bare = not site.source.data[between.start : between.end].strip()
    if bare and site.layout.cuddled_else and len(treatment.code) > 1:
        return (Edit(between, b" else "),)
    return (Edit(Span(start, start), b"else "),)


def replaced_one_by_one(site: Site, treatment: Treatment) -> tuple[Edit, ...]:
    """Each jump by itself, whatever else its arm holds."""
    fitting(bool(site.arms) and all(arm.own for arm in site.arms))
    edits = [edit for arm in site.arms for edit in replaced(site, arm, treatment)]
    if treatment.keeps_failure and site.arms[-1].guard is not None and len(site.arms) == 1:
        edits += _passed_by(site, site.arms[-1].guard, treatment)
    return tuple(edits)
