"""From a fact to the patch that is proved, or to the reason why there is none."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from unstall.findings.finding import Fix
from unstall.fixes.again import Reanalyse
from unstall.fixes.breach import Breach
from unstall.fixes.mapping import Moves
from unstall.fixes.obligations import Comparison
from unstall.fixes.plans import written
from unstall.fixes.site import Site
from unstall.fixes.strategies import default_order, strategy_of
from unstall.fixes.treatment import RefusedError, Treatment
from unstall.flow.facts import WaitFact
from unstall.flow.outcomes import Handling
from unstall.flow.waits import Reporting, WaitKind
from unstall.source import Edit, SourceFile, Span, apply_edits

_UNWRITTEN = "the restart is written in a way that can't be edited safely"


def propose(
    fact: WaitFact, source: SourceFile, reanalyse: Reanalyse, strategy: str | None = None, unsafe: bool = False
) -> tuple[Fix, ...] | str:
    """The patch for a restart that skips stages, or in words why there is none.

    Without a ``strategy`` the first one that is proved right is taken, in the order of `default_order`. With ``unsafe``
    a patch that isn't proved is offered, too, where there is no better one; its description says what speaks against
    it. Raises KeyError for an unknown strategy.
    """
    if fact.handling is not Handling.RESTART_SKIPS_STAGES:
        return "an interrupt skips nothing here"
    attempt = _Attempt(Site(fact, source), reanalyse)
    reasons: dict[str, str] = {}
    unproved: list[Fix] = []
    for name in (strategy,) if strategy else default_order(attempt.site):
        fix, reasons[name] = attempt.of(name)
        if fix is not None and fix.proved:
            return (fix,)
        if fix is not None:
            unproved.append(fix)
    return (unproved[0],) if unsafe and unproved else _why_none(reasons)


def _why_none(reasons: dict[str, str]) -> str:
    if len(set(reasons.values())) == 1:
        return next(iter(reasons.values()))
    return "; ".join(f"{name}: {reason}" for name, reason in reasons.items())


@dataclass(frozen=True)
class _Attempt:
    """Strategies tried at one place."""

    site: Site
    reanalyse: Reanalyse

    @cached_property
    def _region(self) -> Span:
        """The loop that is patched, or the function where it is the iteration."""
        return self.site.fact.loop or self.site.fact.graph.span

    @cached_property
    def _before(self) -> tuple[WaitFact, ...]:
        return self.reanalyse(self.site.source.data, self._region)

    @property
    def _unseen(self) -> str:
        """That a wrapper may keep what it finds ready where its caller has no argument for it."""
        spec = self.site.fact.spec
        if spec.reporting is not Reporting.SUMMARY or spec.results or spec.kind is not WaitKind.MULTIPLEX:
            return ""
        return f"; where `{self.site.fact.callee}` keeps what it finds ready is not seen here"

    @cached_property
    def _left_as_it_is(self) -> str:
        """Where an interrupt has another way around the stages, which no patch of this one closes."""
        wait = self.site.fact.graph.nodes[self.site.fact.wait].span
        ways = [
            fact.graph.nodes[fact.interrupt].span
            for fact in self._before
            if fact.handling is Handling.RETRY and "EINTR" in fact.errnos and fact.interrupt is not None
            if fact.graph.nodes[fact.wait].span == wait
        ]
        if not ways:
            return ""
        return f"; line {self.site.source.line(ways[0].start)} can start the wait over, as before, short of the stages"

    def of(self, name: str) -> tuple[Fix | None, str]:
        """The patch of a strategy, proved where any way of writing it can be, and what speaks against it."""
        strategy = strategy_of(name)
        best: tuple[int, Fix, str] | None = None
        try:
            _ = self.site.arms  # refused where a macro is in the way
            for edits in self._written(strategy.treatment(self.site)):
                breaches = self._breaches(edits)
                if not breaches:
                    return Fix(name, strategy.DESCRIPTION + self._unseen + self._left_as_it_is, edits, True), ""
                reason = breaches[0].text
                if best is None or len(breaches) < best[0]:
                    fix = Fix(name, f"{strategy.DESCRIPTION}; not proved: {reason}", edits, False)
                    best = len(breaches), fix, reason
        except RefusedError as refused:
            return None, str(refused)
        return best[1:] if best else (None, _UNWRITTEN)

    def _written(self, treatment: Treatment) -> Iterator[tuple[Edit, ...]]:
        yield from written(self.site, treatment)
        if treatment.otherwise is not None:
            yield from self._written(treatment.otherwise)

    def _breaches(self, edits: tuple[Edit, ...]) -> tuple[Breach, ...]:
        source, moves = self.site.source, Moves.of(edits)
        after = self.reanalyse(apply_edits(source.data, edits), moves.region(self._region))
        return Comparison(source, self.site.fact, self._before, after, moves).breaches()
