"""A new test in front of the fatal ones, or right behind the wait."""

from unstall.fixes import conditions
from unstall.fixes.plans.common import branch, fitting, given, removal, simple, tested_behind_the_wait
from unstall.fixes.site import Arm, Site
from unstall.fixes.treatment import RefusedError, Treatment
from unstall.flow.ir import Statement
from unstall.source import Edit, Span


def before_the_tests(site: Site, treatment: Treatment) -> tuple[Edit, ...]:
    """``if (r < 0) { if (EINTR) continue; … }`` gets ``if (r < 0 && EINTR) { … }`` in front of it."""
    fitting(bool(site.arms) and bool(treatment.code))
    outer = given(_outermost(site, site.arms[0]))
    test = site.text(given(outer.condition))
    fitting(not conditions.has_side_effect(test) and not outer.span.contains(site.wait.span))
    language = site.fact.language
    fails = () if conditions.tells_errno(test) else conditions.conjuncts(test, language)
    fails = fails if all(len(conditions.disjuncts(part, language)) == 1 for part in fails) else (site.failure_test,)
    condition = conditions.conjunction((*(fails or (site.failure_test,)), site.errno_test), language)
    root = outer if treatment.keeps_failure else _root(site, outer)
    fitting(treatment.keeps_failure or site.layout.first_on_line(root.span.start))
    indentation = site.layout.indentation(root.span.start)
    text = branch(site, condition, treatment.code, indentation)
    joined = f"{site.layout.newline}{indentation}{'else ' if treatment.keeps_failure else ''}".encode()
    if language == "python" and treatment.keeps_failure:
        raise RefusedError("the chain of tests can't be extended in front")
    guard = Edit(Span(root.span.start, root.span.start), text + joined)
    own = [arm for arm in site.arms if arm.own]
    fitting(simple(site, own))
    return (guard, *(removal(site, arm.guard) for arm in own if arm.guard is not None))


def _outermost(site: Site, arm: Arm) -> Statement | None:
    """The outermost test around an arm that is for failures alone."""
    holders = [arm.guard] if arm.guard is not None and not arm.own else []
    holders += list(site.enclosing(arm.guard or arm.jump))
    return next((holder for holder in reversed(holders) if holder.kind == "if" and site.only_failures(holder)), None)


def _root(site: Site, statement: Statement) -> Statement:
    """The first ``if`` of the else-if chain that a statement is part of."""
    parent = site.tree.parent(statement)
    while parent is not None and parent.kind == "else":
        holder = given(site.tree.parent(parent))
        statement, parent = holder, site.tree.parent(holder)
    return statement


def behind_the_wait(site: Site, treatment: Treatment) -> tuple[Edit, ...]:
    """Where no jump makes the restart, only tests of the result around the rest of the loop: the result is changed."""
    fitting(not site.arms and bool(treatment.code) and not treatment.keeps_failure)
    return (tested_behind_the_wait(site, treatment.code),)
