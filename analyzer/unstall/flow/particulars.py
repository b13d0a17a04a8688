"""What single rules ask of a site beside how its interrupt is handled."""

from unstall.flow import catalogue
from unstall.flow.dataflow import Dataflow
from unstall.flow.deadlines import gives_up_early, is_put_off
from unstall.flow.errno import asks_for_interrupt, clobbered
from unstall.flow.explore import Exploration
from unstall.flow.facts import Particulars
from unstall.flow.handling import Judge, Way
from unstall.flow.ir import Call
from unstall.flow.loops import Loop
from unstall.flow.outcomes import Handling
from unstall.flow.runs import SiteRuns
from unstall.flow.sites import Bound
from unstall.flow.waits import WaitKind


def particulars(
    runs: SiteRuns, run: Exploration, way: Way, judge: Judge, handling: Handling, dataflow: Dataflow,
    flags: frozenset[str],
) -> Particulars:  # fmt: skip
    """The particulars of one way of one run, for which ``judge`` decided on ``handling``."""
    graph = runs.graph
    return Particulars(
        certain=runs.site.certain and not any(asks_for_interrupt(runs, graph.nodes[node]) for node in run.undecided),
        told_apart=judge.told_apart,
        has_handlers=judge.has_handlers,
        waits_forever=runs.bound is Bound.FOREVER,
        stale_reads=judge.stale_reads if handling is Handling.STALE else (),
        found_again=handling is Handling.ADVANCE and _found_again(runs, way),
        unseen_flags=_unseen(runs, way.loop, dataflow, flags) if handling is Handling.RETRY and way.loop else (),
        deadline_put_off=is_put_off(runs, handling, way, dataflow),
        gives_up=gives_up_early(runs, run, way, dataflow) if handling is Handling.HANDLED else None,
        errno_set_by=clobbered(runs, run),
    )


def _found_again(runs: SiteRuns, way: Way) -> bool:
    """Whether a loop around the interrupt's multiplexes: what was left undone is reported again, level-triggered."""
    outer = [loop for loop in runs.loops if way.loop is not None and way.loop.nodes < loop.nodes]
    return any(_multiplexes(runs, node) for loop in outer for node in loop.nodes & runs.waits)


def _multiplexes(runs: SiteRuns, node: int) -> bool:
    effect = runs.graph.nodes[node].effect
    if not isinstance(effect, Call):
        return False
    spec = catalogue.C_WAITS.get(effect.name) or catalogue.PYTHON_WAITS.get(effect.callee)
    known = spec is not None and spec.kind is WaitKind.MULTIPLEX
    return known or catalogue.TELLING_MULTIPLEX.search(effect.name) is not None


def _unseen(runs: SiteRuns, retry: Loop, dataflow: Dataflow, flags: frozenset[str]) -> tuple[str, ...]:
    """The handlers' flags that a loop around the retry looks at and the retry doesn't."""
    looked_at = {name for node in retry.nodes for name in dataflow.uses[node].reads}
    outer = {node for loop in runs.loops if retry.nodes < loop.nodes for node in loop.nodes}
    outside = {name for node in outer - retry.nodes for name in dataflow.uses[node].reads}
    return tuple(sorted(flags & outside - looked_at))
