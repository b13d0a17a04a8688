"""The ways to write a treatment into the source, each a function from a place to edits.

A plan that doesn't fit raises RefusedError or yields nothing. Which of them is *right* is not decided here: every plan
is analysed again before it is shown.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise

from unstall.fixes.labels import without_labels
from unstall.fixes.plans.guarded import before_the_tests, behind_the_wait
from unstall.fixes.plans.inverted import else_added, else_inverted, inverted, pushed_down
from unstall.fixes.plans.replaced import replaced_one_by_one, replaced_together
from unstall.fixes.plans.widened import removed, widened
from unstall.fixes.site import Site
from unstall.fixes.treatment import RefusedError, Treatment
from unstall.source import Edit

Plan = Callable[[Site, Treatment], tuple[Edit, ...]]

PLANS: tuple[Plan, ...] = (
    replaced_together,
    else_inverted,
    removed,
    inverted,
    widened,
    replaced_one_by_one,
    else_added,
    pushed_down,
    before_the_tests,
    behind_the_wait,
)
"""The neatest first."""


def written(site: Site, treatment: Treatment) -> Iterator[tuple[Edit, ...]]:
    """The edits of every plan that fits, the neatest first."""
    seen: list[tuple[Edit, ...]] = []
    for plan in PLANS:
        try:
            edits = tuple(sorted(plan(site, treatment)))
        except RefusedError:
            continue
        if edits and not any(a.span.end > b.span.start for a, b in pairwise(edits)):
            edits = without_labels(site, edits)
            if edits not in seen:
                seen.append(edits)
                yield edits
