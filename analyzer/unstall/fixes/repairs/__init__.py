"""Patches for what is no restart: for each rule a way to write it, proved by asking every rule again.

A repair takes a place and yields edits, the neatest first; it raises RefusedError where it doesn't fit. Edits are only
shown where the patched wait breaks no rule any more that it didn't break before, and where its other runs are as they
were.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from unstall.findings.finding import Finding, Fix
from unstall.fixes.again import Reanalyse
from unstall.fixes.mapping import Moves
from unstall.fixes.obligations import Comparison
from unstall.fixes.repairs.cleared import cleared
from unstall.fixes.repairs.counted import counted
from unstall.fixes.repairs.heeded import flag_set, heeded
from unstall.fixes.repairs.once import once
from unstall.fixes.repairs.remaining import remaining
from unstall.fixes.repairs.removed import may_be_shown, removed
from unstall.fixes.repairs.saved import saved
from unstall.fixes.site import Site
from unstall.fixes.treatment import RefusedError
from unstall.flow.facts import WaitFact
from unstall.flow.outcomes import Run
from unstall.options import Settings
from unstall.rule import Context, all_rules
from unstall.source import Edit, SourceFile, apply_edits


@dataclass(frozen=True, slots=True)
class Repair:
    """A way to mend what one rule reports."""

    name: str
    description: str
    edits: Callable[[Site], Iterator[tuple[Edit, ...]]]
    runs: tuple[Run, ...] | None = None
    """The runs that must be as they were; None for those that any patch owes, with all its other obligations."""
    supposing: Callable[[Site, tuple[Edit, ...]], tuple[Edit, ...]] | None = None
    """The patch as it is under a condition that the analysis can't decide by itself; right under that, too."""
    unfit: Callable[[WaitFact, Settings], str] | None = None
    """Why a project with these settings gets no patch; empty where it gets one."""


REPAIRS: dict[str, Repair] = {
    "errno-clobbered": Repair(
        "save-errno", "keeps errno as the wait left it, and tests that", saved, (Run.READY, Run.TIMEOUT)
    ),
    "stale-readiness": Repair("clear-results", "clears the results of an interrupted wait before it goes on", cleared),
    "increment-on-error": Repair("count-nothing", "counts an interrupted call as 0 instead of -1", counted),
    "retry-deaf-to-signal": Repair(
        "heed-signal", "leaves the retry when the handler has set its flag", heeded, None, flag_set
    ),
    "timeout-restarted": Repair(
        "wait-for-the-rest", "works out what is left of the time before it waits again", remaining
    ),
    "close-retried": Repair("close-once", "closes once, and takes an interrupt for success", once, ()),
    "dead-interrupt-handler": Repair(
        "remove-handler",
        "removes the handler, which Python never runs",
        removed,
        (Run.READY, Run.TIMEOUT),
        unfit=may_be_shown,
    ),
}
"""By the rule's name."""


def repair(finding: Finding, context: Context, reanalyse: Reanalyse) -> tuple[Fix, ...] | str:
    """The patch that is proved for a finding of one of these rules, or in words why there is none."""
    assert finding.fact is not None
    way, site = REPAIRS[finding.name], Site(finding.fact, context.source)
    if way.unfit and (reason := way.unfit(site.fact, context.settings)):
        return reason
    proof = _Proof(finding, context, reanalyse, way.runs)
    reason = "it is written in a way that can't be edited safely"
    try:
        for written in way.edits(site):
            edits = tuple(sorted(written))
            reason = proof.against(edits)
            if not reason and way.supposing is not None:
                reason = proof.against(way.supposing(site, edits))
            if not reason:
                return (Fix(way.name, way.description, edits, True),)
    except RefusedError as refused:
        reason = str(refused)
    return reason


@dataclass(frozen=True)
class _Proof:
    finding: Finding
    context: Context
    reanalyse: Reanalyse
    runs: tuple[Run, ...] | None

    def against(self, edits: tuple[Edit, ...]) -> str:
        """What speaks against a patch; empty where nothing does."""
        fact, source = self.finding.fact, self.context.source
        assert fact is not None
        patched = SourceFile(source.path, apply_edits(source.data, edits), source.language)
        whole, moves = fact.graph.span, Moves.of(edits)
        before = self.reanalyse(source.data, whole)
        after = self.reanalyse(patched.data, moves.region(whole))
        comparison = Comparison(source, fact, before, after, moves)
        if not comparison.patched:
            return "the wait isn't found in the patched file"
        breaches = comparison.breaches() if self.runs is None else comparison.changes(self.runs)
        if breaches:
            return breaches[0].text
        span = fact.graph.nodes[fact.wait].span
        then = replace(self.context, source=patched)
        was = self._said([f for f in before if f.graph.nodes[f.wait].span == span], self.context)
        now = self._said(comparison.patched, then)
        wrong = sorted(now.keys() - (was.keys() - {self.finding.name}))
        if wrong:
            return f"the patched code would still be an instance of {wrong[0]}"
        more = sorted(self._said(after, then) - (self._said(before, self.context) - Counter([self.finding.name])))
        return f"another wait of the function would become an instance of {more[0]}" if more else ""

    def _said(self, facts: Iterable[WaitFact], context: Context) -> Counter[str]:
        """Of each rule how many waits among these break it."""
        rules = [rule for rule in all_rules() if rule.enabled or rule.name == self.finding.name]
        found = ((fact, finding.name) for fact in facts for rule in rules for finding in rule.findings(fact, context))
        return Counter(name for name, _ in {(name, fact.graph.nodes[fact.wait].span) for fact, name in found})
