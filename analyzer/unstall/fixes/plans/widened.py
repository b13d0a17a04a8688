"""No code: the interrupt is only kept out of the fatal test, or the restart is simply taken out."""

from unstall.fixes import conditions
from unstall.fixes.plans.common import fitting, given, removal, simple
from unstall.fixes.site import Arm, Site
from unstall.fixes.treatment import Treatment
from unstall.flow.ir import Statement
from unstall.source import Edit, Span


def removed(site: Site, treatment: Treatment) -> tuple[Edit, ...]:
    """``if (r == -1 && errno == EINTR) continue;`` is taken out, where no fatal test follows."""
    fitting(bool(site.arms) and not treatment.code and simple(site, site.arms))
    return tuple(removal(site, arm.guard) for arm in site.arms if arm.guard is not None)


def widened(site: Site, treatment: Treatment) -> tuple[Edit, ...]:
    """``if (r == -1) fatal();`` becomes ``if (r == -1 && errno != EINTR) fatal();``, the restart is taken out."""
    fitting(bool(site.arms) and not treatment.code)
    tests = {test.id: test for arm in site.arms if (test := _fatal_test(site, arm)) is not None}
    fitting(len(tests) == 1)
    (test,) = tests.values()
    condition = given(test.condition)  # one that could not be parsed has none
    old = site.text(condition)
    language = site.fact.language
    fitting(not conditions.tells_errno(old))
    negation = conditions.unwrapped(conditions.negated(site.errno_test, language))
    added = conditions.conjunction(("", negation), language)
    if len(conditions.disjuncts(old, language)) > 1 or (language == "python" and " if " in old):
        edits = [Edit(condition, f"({old}){added}".encode("utf-8", "surrogateescape"))]
    else:
        edits = [Edit(Span(condition.end, condition.end), added.encode("utf-8", "surrogateescape"))]
    own = [arm for arm in site.arms if arm.own]
    fitting(simple(site, own) and not _asked_again(site, test, own))
    return (*edits, *(removal(site, arm.guard) for arm in own if arm.guard is not None))


def _asked_again(site: Site, test: Statement, own: list[Arm]) -> bool:
    """Whether the code behind a test asks for the interrupt itself, which would then be asked twice."""
    guards = {arm.guard.id for arm in own if arm.guard is not None}
    return any(
        inner.kind == "if"
        and inner.id not in {*guards, test.id}
        and inner.condition is not None
        and test.span.contains(inner.span)
        and conditions.tells_errno(site.text(inner.condition))
        for inner in site.tree.graph.statements
    )


def _fatal_test(site: Site, arm: Arm) -> Statement | None:
    """The test for errors around an arm, or behind it."""
    if arm.guard is None:
        return None
    if not arm.own:
        return arm.guard if site.only_failures(arm.guard) and arm.positive else None
    for holder in site.enclosing(arm.guard):
        if holder.kind == "if" and site.only_failures(holder):
            then = site.tree.then(holder)
            return holder if then is not None and then.span.contains(arm.guard.span) else None
    following = [s for s in site.tree.following(arm.guard) if s.id not in {a.guard.id for a in site.arms if a.guard}]
    return following[0] if following and site.only_failures(following[0]) else None
