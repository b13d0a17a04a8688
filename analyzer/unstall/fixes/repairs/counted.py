"""The result of an interrupted transfer set to 0 before the loop's own parts count it."""

from collections.abc import Iterator

from unstall.fixes.plans.common import fitting, replaced
from unstall.fixes.site import Site
from unstall.fixes.treatment import Treatment
from unstall.flow.waits import WaitKind
from unstall.source import Edit


def counted(site: Site) -> Iterator[tuple[Edit, ...]]:
    """``n = 0;`` in front of the ``continue``."""
    fitting(site.fact.spec.kind is WaitKind.TRANSFER, "whether an interrupt counts as 0 is for the author to say")
    fitting(site.result is not None, "the result of the call is kept in no variable")
    own = [arm for arm in site.arms if arm.own]
    fitting(len(own) == 1 == len(site.arms), "other errors start over in the same way")
    code = (f"{site.result} = 0;", site.text(own[0].jump.span))
    yield replaced(site, own[0], Treatment(code, keeps_failure=False))
