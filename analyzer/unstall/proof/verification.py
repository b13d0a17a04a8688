"""A restart before and after a patch: what its stages come to under each kernel, and what the patch does besides."""

from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from unstall.fixes.breach import Breach
from unstall.fixes.mapping import Moves
from unstall.fixes.obligations import Comparison
from unstall.flow.facts import Stage, WaitFact
from unstall.flow.ir import Assign, Branch, Call, FlowGraph, Jump, Node
from unstall.flow.outcomes import Handling, Run
from unstall.proof.detour import detour
from unstall.proof.kernels import Kernel, storm_of
from unstall.proof.model import Model, model_of
from unstall.proof.policy import Version
from unstall.proof.reading import Reading
from unstall.proof.retry import endless_retry
from unstall.proof.stale import StaleRead, stale_reads
from unstall.proof.starvation import Liveness, Verdict, busy_loop, verdict


class Answer(Enum):
    """Does the patch help?"""

    FIXES = "fixes it"
    FIXES_WITH_CONSEQUENCES = "fixes it, with consequences"
    DOES_NOT_FIX = "does not fix it"
    BREAKS = "breaks something else"


@dataclass(frozen=True)
class StageReport:
    """One skipped stage, and how often it runs under a storm of signals."""

    stage: Stage
    before: dict[Kernel, Verdict]
    after: dict[Kernel, Verdict]


@dataclass(frozen=True)
class Verification:
    """What a patch does to one restart."""

    fact: WaitFact
    """The restart, in the original."""
    patched: WaitFact | None
    """The same wait in the patched file; None where it isn't found."""
    stages: tuple[StageReport, ...]
    breaches: tuple[Breach, ...]
    stale: tuple[StaleRead, ...]
    busy: tuple[int, ...]
    """Waits of the patched loop that only look and that it can go round without blocking, as it couldn't before."""
    old: Version | None = None
    """The loop as it is; None where it has no model, or where stages are not found in it."""
    new: Version | None = None
    """The patched loop."""
    idle: frozenset[int] = frozenset()
    """The statements of stages that the patch puts behind a timeout alone, so that an interrupt owes them no more."""
    passed_by: tuple[Breach, ...] = ()
    """Where the original starts over past a stage on some condition of the program's own, without starving it."""

    @cached_property
    def answer(self) -> Answer:
        """The sum of it all."""
        kinds = {breach.kind for breach in self.breaches}
        starving = any(
            found.liveness is Liveness.STARVES
            for report in self.stages
            if report.stage.owed and report.stage.statement not in self.idle
            for found in report.after.values()
        )
        if "unknown" in kinds or "stage" in kinds or starving:
            return Answer.DOES_NOT_FIX
        if kinds & {"fatal", "lost", "other-waits", "undeclared"} or self.busy:
            return Answer.BREAKS
        return Answer.FIXES_WITH_CONSEQUENCES if kinds or self.stale else Answer.FIXES

    @property
    def starved_when_ready(self) -> tuple[Kernel, ...]:
        """The kernels under which a stage that serves ready descriptors can still starve (no breach: it can before)."""
        return tuple(
            kernel
            for kernel in Kernel
            if any(
                report.after[kernel].liveness is Liveness.STARVES
                for report in self.stages
                if not report.stage.owed and kernel in report.after
            )
        )


def restarts(reading: Reading, function: str | None) -> tuple[WaitFact, ...]:
    """The restarts of a file that skip stages, in one function or all."""
    facts = reading.facts if function is None else reading.facts_in(function)
    return tuple(fact for fact in facts if fact.handling is Handling.RESTART_SKIPS_STAGES)


@dataclass(frozen=True)
class _Side:
    """A version of the loop, and how the stages fare in it."""

    fact: WaitFact
    reading: Reading
    storm: tuple[Run, ...]
    model: Model | None
    stages: tuple[Stage, ...]
    """Those of the original."""
    work: dict[int, frozenset[int]]
    """The nodes of each stage, by its statement; empty where this version has it no more."""

    @cached_property
    def verdicts(self) -> dict[int, dict[Kernel, Verdict]]:
        """How often each stage runs under a storm of signals, by its statement."""
        return {stage.statement: self._verdicts(stage) for stage in self.stages}

    def _verdicts(self, stage: Stage) -> dict[Kernel, Verdict]:
        work = self.work[stage.statement]
        if self.model is None or not work:
            return {}
        if stage.owed and (retry := endless_retry(self.model, work, self.storm, self._flags)):
            return dict.fromkeys(Kernel, Verdict(Liveness.STARVES, cycle=retry))
        return {kernel: verdict(self.model, work, kernel, self.storm, not stage.owed) for kernel in Kernel}

    @property
    def _flags(self) -> frozenset[str]:
        return self.reading.project.signals.flags

    @cached_property
    def stale(self) -> tuple[StaleRead, ...]:
        """Where results are read that nothing has filled."""
        failed = self.fact.traces[Run.FAILED].nodes
        return stale_reads(self.model, self.storm, self.reading.source, failed) if self.model else ()

    @cached_property
    def busy(self) -> tuple[int, ...]:
        """Waits that only look and that it can go round without blocking."""
        return next((b for kernel in Kernel if self.model and (b := busy_loop(self.model, kernel, self.storm))), ())

    @property
    def retried(self) -> tuple[Breach, ...]:
        """Where only a condition that nobody changes meanwhile would end a retry, no pass of the loop tells of it."""
        works = [self.work[stage.statement] for stage in self.stages if stage.owed]
        model = self.model
        if model is None or not any(work and endless_retry(model, work, self.storm, self._flags) for work in works):
            return ()
        span = model.graph.nodes[model.wait].span
        return (Breach("stage", "the wait may be retried for ever, and what stands behind it not run meanwhile", span),)

    @property
    def passed_by(self) -> tuple[Breach, ...]:
        """Where an interrupt has another jump past a stage, which the program may take or not."""
        for stage in self.stages:
            work = self.work[stage.statement]
            starves = any(found.liveness is Liveness.STARVES for found in self.verdicts[stage.statement].values())
            if self.model is None or not work or not stage.owed or starves:
                continue
            if path := detour(self.model, work, self.storm):
                turn = _turn([self.model.graph.nodes[node] for node in path])
                line = self.reading.source.line(turn.span.start)
                text = f"an interrupt may start the wait over by line {line}, past `{stage.label}`"
                return (Breach("detour", text, turn.span),)
        return ()

    @cached_property
    def idle(self) -> tuple[Stage, ...]:
        """The owed stages that run on a timeout, and never where something is ready."""
        if self.model is None:
            return ()
        looking = [at for at in self.model.waiting if at[0] in self.model.looks]
        ready, timeout = (
            frozenset[int]().union(*(self.model.segment(at, run).nodes for at in looking))
            for run in (Run.READY, Run.TIMEOUT)
        )
        owed = [stage for stage in self.stages if stage.owed]
        return tuple(s for s in owed if self.work[s.statement] & timeout and not self.work[s.statement] & ready)

    @property
    def version(self) -> Version | None:
        """What can be executed; None without a model, or where a stage is gone."""
        if self.model is None or not all(self.work.values()):
            return None
        owed, ready = (tuple(self.work[s.statement] for s in self.stages if s.owed is kind) for kind in (True, False))
        return Version(self.model, owed, ready, self.stale)


def verify(before: Reading, after: Reading, fact: WaitFact, moves: Moves | None = None) -> Verification:
    """What the change from one version to the other does to a restart of the first."""
    moves = moves or Moves.between(before.source.data, after.source.data)
    name = fact.graph.name
    comparison = Comparison(before.source, fact, before.facts_in(name), after.facts_in(name), moves)
    breaches = comparison.breaches()
    if not comparison.patched:
        return Verification(fact, None, (), breaches, (), ())
    old = _original(before, fact)
    new = _counterpart(old, comparison, after)
    gone = [stage for stage in old.stages if old.work[stage.statement] and not new.work[stage.statement]]
    breaches += tuple(Breach("stage", f"`{stage.label}` is gone from the patched function") for stage in gone)
    breaches += tuple(Breach("idle", f"`{stage.label}` would run on a timeout alone") for stage in new.idle)
    breaches += (*new.retried, *new.passed_by)
    return Verification(
        fact,
        new.fact,
        tuple(StageReport(s, old.verdicts[s.statement], new.verdicts[s.statement]) for s in old.stages),
        _without_stale(breaches) if new.model else breaches,
        new.stale,
        new.busy if new.busy and not old.busy else (),
        old.version,
        new.version,
        frozenset(stage.statement for stage in new.idle),
        old.passed_by,
    )


def _original(reading: Reading, fact: WaitFact) -> _Side:
    """The loop as it is."""
    shown = tuple(stage for stage in fact.skipped if stage.owed or stage.reads_results)
    inside = {stage.statement: _inside(fact, stage) for stage in shown}
    model = model_of(fact.graph, fact.wait, reading.project, inside.values())
    work = {stage.statement: _work(fact, stage, inside[stage.statement], model) for stage in shown}
    return _Side(fact, reading, storm_of(fact), model, shown, work)


def _counterpart(old: _Side, comparison: Comparison, reading: Reading) -> _Side:
    """The patched loop, with the stages of the original where they are now."""
    patched = comparison.patched[0]
    work = {
        statement: comparison.counterparts(nodes) or _rewritten(old.fact.graph, nodes, patched.graph)
        for statement, nodes in old.work.items()
    }
    model = model_of(patched.graph, patched.wait, reading.project, work.values())
    return _Side(patched, reading, old.storm, model, old.stages, work)


def _turn(path: list[Node]) -> Node:
    """The jump by which a path goes back, else its last test."""
    for kind in (Jump, Branch):
        if found := [node for node in path if isinstance(node.effect, kind)]:
            return found[-1]
    return path[0]


def _inside(fact: WaitFact, stage: Stage) -> frozenset[int]:
    """The nodes of a stage that do something."""
    ready = fact.traces[Run.READY].nodes
    return frozenset(
        node.id
        for node in fact.graph.nodes
        if isinstance(node.effect, Call | Assign) and stage.span.contains(node.span) and node.id in ready
    )


def _work(fact: WaitFact, stage: Stage, inside: frozenset[int], model: Model | None) -> frozenset[int]:
    """The nodes that are a stage's work: what a timeout runs of it, too; of one that needs readiness, the rest."""
    if stage.owed:
        return inside & fact.traces[Run.TIMEOUT].nodes or inside
    idle = model.segment(model.start, Run.TIMEOUT).nodes if model else frozenset()
    return frozenset(n for n in inside - idle if isinstance(fact.graph.nodes[n].effect, Call)) or inside


def _rewritten(graph: FlowGraph, work: frozenset[int], patched: FlowGraph) -> frozenset[int]:
    """A stage that the patch moves or writes anew: what calls the same, or without calls, assigns the same."""
    does = {doing for node in work if (doing := _doing(graph.nodes[node])) is not None}
    calls = {doing for doing in does if doing[0] is Call}
    return frozenset(node.id for node in patched.nodes if _doing(node) in (calls or does))


def _doing(node: Node) -> tuple[type, object] | None:
    match node.effect:
        case Call(name=name):
            return Call, name
        case Assign(target=target):
            return Assign, target
    return None


def _without_stale(breaches: tuple[Breach, ...]) -> tuple[Breach, ...]:
    """The breaches without the runs' word on stale reads: the model keeps states apart, and knows them one by one."""
    return tuple(breach for breach in breaches if breach.kind != "stale")
