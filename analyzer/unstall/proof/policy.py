"""The policy of the reference master that a loop's own traces show, so that what is executed is what the code does."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from unstall.flow.bounds import Bound
from unstall.flow.ir import Assign, Expr, Unary
from unstall.flow.outcomes import Run
from unstall.flow.places import is_zero, names_in, place_of, root_of
from unstall.flow.runs import SiteRuns
from unstall.master.settings import Policy
from unstall.proof.model import Configuration, Model, is_quiet
from unstall.proof.stale import StaleRead


@dataclass(frozen=True)
class Version:
    """One version of a loop, original or patched: its model, and where in it the work of its stages stands."""

    model: Model
    owed: tuple[frozenset[int], ...]
    """For each stage that an interrupt owes, its nodes."""
    ready: tuple[frozenset[int], ...]
    """For each stage that has work only when something is ready, its nodes."""
    stale: tuple[StaleRead, ...]
    """What an interrupt makes it read of results that nothing filled."""

    @property
    def swaps_mask(self) -> bool:
        """Whether the wait lets signals in by itself; a wait that doesn't is ready-first on every kernel."""
        return self.model.waits[self.model.wait].site.spec.swaps_mask


@dataclass(frozen=True)
class Way:
    """What can follow a wait that ended in one way, within one pass."""

    nodes: frozenset[int]
    configurations: frozenset[Configuration]
    waits: frozenset[Configuration]
    """The waits come to before the pass is over."""
    ends: bool
    """Whether the pass can be over: the head of the loop comes next."""


def way(model: Model, at: Configuration, outcome: Run, around: frozenset[int] = frozenset()) -> Way:
    """The rest of a pass, from a wait on; with ``around``, only what it comes to without these nodes."""
    pending = deque(target for target, source in model.segment(at, outcome).parents.items() if source == at)
    seen: set[Configuration] = set()
    waits: set[Configuration] = set()
    ends = False
    while pending:
        point = pending.popleft()
        if point[0] == model.loop.head:
            ends = True
        elif point[0] in model.waits:
            waits.add(point)
        elif point not in seen and point[0] not in around:
            seen.add(point)
            pending.extend(model.successors(point))
    return Way(frozenset(node for node, _ in seen), frozenset(seen), frozenset(waits), ends)


def policy_of(version: Version, storm: Iterable[Run]) -> Policy | None:
    """What an interrupt comes to, on every pass; None where it is none of the policies."""
    starts = _starts(version.model)
    found = {_policy(version, start, outcome) for start in starts for outcome in storm}
    return found.pop() if len(found) == 1 else None


def _starts(model: Model) -> tuple[Configuration, ...]:
    """The wait's configurations at which a pass's own look is taken, not one that an interrupted look leads to."""
    again = {
        look for at in model.waiting for outcome in model.outcomes(at[0]) for look in way(model, at, outcome).waits
    }
    own = [at for at in model.waiting if at[0] == model.wait and at not in again]
    return tuple(dict.fromkeys((model.start, *own)))


def _policy(version: Version, start: Configuration, outcome: Run) -> Policy | None:
    model = version.model
    owed = frozenset[int]().union(*version.owed)
    looks, quick = [start], [False]
    passed: set[int] = set()
    found = way(model, start, outcome)
    while found.waits:
        passed |= found.nodes
        (look, *others) = found.waits
        if others or found.ends or found.nodes & owed:
            return None
        if look in looks:
            return Policy.RETRY if not any(quick) else None
        quick.append(_only_looks(model.waits[look[0]], model, passed))
        looks.append(look)
        found = way(model, look, outcome)
    if not found.ends or not all(quick[1:]):
        return None
    if not found.nodes & owed:
        return Policy.RESTART if len(looks) == 1 else None
    missed = any(not found.nodes & work for work in version.owed)
    if missed or _skips(version, looks[-1], outcome, owed):
        return None
    if len(looks) == 1:
        return _without_a_look(version, found)
    swapped = any(model.waits[at[0]].site.spec.swaps_mask for at in looks[1:])
    stale = any(read.path[-1] in found.nodes for read in version.stale)
    return None if stale else Policy.BOUNDED_REPOLL if swapped or len(looks) > 2 else Policy.REPOLL


def _skips(version: Version, at: Configuration, outcome: Run, owed: frozenset[int]) -> bool:
    """Whether an interrupt may still pass all stages over where a timeout can't."""
    model = version.model
    others = (Run.TIMEOUT, Run.READY)
    return way(model, at, outcome, owed).ends and not any(way(model, at, other, owed).ends for other in others)


def _without_a_look(version: Version, found: Way) -> Policy:
    """The interrupt goes on at once: with stale results, as a timeout, or as nothing of the kind."""
    if any(read.path[-1] in found.nodes for read in version.stale):
        return Policy.FALL_THROUGH
    return Policy.AS_TIMEOUT if _claims_timeout(version.model, found) else Policy.NO_EVENT


def _claims_timeout(model: Model, found: Way) -> bool:
    """Whether the result is made to say that nothing came in time."""
    results = [place for place, _ in model.waits[model.wait].result_variables]
    return any(is_quiet(model.state(at).get(place)) for at in found.configurations for place in results)


def _only_looks(runs: SiteRuns, model: Model, passed: Iterable[int]) -> bool:
    """Whether a wait's timeout is zero: by its argument, or since the way to it has set it so."""
    if runs.bound is Bound.ZERO:
        return True
    at = runs.site.spec.timeout
    if at is None or at >= len(runs.call.args):
        return False
    names = names_in(runs.call.args[at])
    assigned = [effect for node in model.loop.nodes if isinstance(effect := model.graph.nodes[node].effect, Assign)]
    for effect in assigned:
        if isinstance(effect.value, Unary) and effect.value.op == "&" and _root(effect.target) in names:
            names |= names_in(effect.value.operand)
    values = [
        effect.value
        for node in passed
        if isinstance(effect := model.graph.nodes[node].effect, Assign) and _root(effect.target) in names
    ]
    numbers = [value for value in values if not (isinstance(value, Unary) and value.op == "&")]
    return bool(numbers) and all(map(is_zero, numbers))


def _root(target: Expr) -> str:
    place = place_of(target)
    return "" if place is None else root_of(place)
