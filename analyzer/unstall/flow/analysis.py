"""From a flow graph to the facts of its waits: the entry point of the middle."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from unstall.flow.bodies import closed
from unstall.flow.dataflow import Dataflow
from unstall.flow.deadlines import starts_over_in_full
from unstall.flow.explore import Exploration
from unstall.flow.facts import Trace, Traces, WaitFact
from unstall.flow.handling import STARTS_OVER, Judge, Way, ways
from unstall.flow.ir import Edge, FlowGraph
from unstall.flow.jumps import interrupt_of
from unstall.flow.learnt import ProjectFacts
from unstall.flow.loops import Loop, looped
from unstall.flow.outcomes import Exit, Handling, Run
from unstall.flow.owed import owed_nodes
from unstall.flow.particulars import particulars
from unstall.flow.places import root_of
from unstall.flow.runs import SiteRuns
from unstall.flow.sites import Site, is_asked
from unstall.flow.stages import stages as stages_of
from unstall.flow.state import State
from unstall.flow.values import Hinge
from unstall.flow.waiting import runs_of_sites
from unstall.flow.waits import WaitKind
from unstall.flow.work import Work
from unstall.source import SourceFile, Span


def analyse(
    graph: FlowGraph, source: SourceFile, project: ProjectFacts, within: Span | None = None, every_wait: bool = True
) -> tuple[WaitFact, ...]:
    """The facts of the waits of a function, or of those within a span, in source order: of every one, or of those
    whose interrupt can come to a finding.
    """
    asked = None if every_wait else partial(is_asked, graph)
    if project.caller_of(graph.name) is None:
        return _facts_in(graph, source, project, within, asked)
    facts = _facts_in(closed(graph), source, project, within, asked)
    skips = {fact.wait for fact in facts if fact.handling is Handling.RESTART_SKIPS_STAGES}
    apart = looped(graph).intersection(fact.wait for fact in facts) - skips
    if not apart:
        return facts
    # To a wait in a loop of its own the caller's loop matters only where the way around by it passes stages.
    alone = _facts_in(graph, source, project, within, lambda site: site.node in apart)
    chosen = [*(fact for fact in facts if fact.wait not in apart), *alone]
    return tuple(sorted(chosen, key=lambda fact: fact.graph.nodes[fact.wait].span))


def _facts_in(
    graph: FlowGraph,
    source: SourceFile,
    project: ProjectFacts,
    within: Span | None,
    wanted: Callable[[Site], bool] | None,
) -> tuple[WaitFact, ...]:
    dataflow = Dataflow(graph)
    facts: list[WaitFact] = []
    for runs in runs_of_sites(graph, project, wanted):
        place = graph.nodes[runs.site.node].span
        if any(span is not None and not span.contains(place) for span in (within, graph.focus)):
            continue
        facts += _facts_of(runs, dataflow, source, project)
    # A ``finally`` body stands in the graph once for each way into it; it is one site to the reader.
    once = {(graph.nodes[fact.wait].span, fact.handling, fact.errnos, fact.loop): fact for fact in reversed(facts)}
    return tuple(reversed(once.values()))


def _facts_of(runs: SiteRuns, dataflow: Dataflow, source: SourceFile, project: ProjectFacts) -> list[WaitFact]:
    """The facts of EINTR, and EAGAIN's where it is told apart and handled otherwise."""
    found = _ways_taken(runs, Run.INTERRUPTED, dataflow, source, project)
    if not runs.would_block.within(runs.failed):
        for other in _ways_taken(runs, Run.WOULD_BLOCK, dataflow, source, project):
            twin = next((i for i, fact in enumerate(found) if _same_handling(fact, other)), None)
            if twin is None:
                found.append(other)
            else:
                found[twin] = _merged(found[twin], other)
    return found


def _ways_taken(
    runs: SiteRuns, run: Run, dataflow: Dataflow, source: SourceFile, project: ProjectFacts
) -> list[WaitFact]:
    """The facts of one failing run: its own jumps, each; where it has none, the way it shares with others.

    Stale results that are read on a way beside its jumps are the defect of the site, and stand for a harmless jump.
    """
    taken = [(way, _fact(runs, run, way, dataflow, source, project)) for way in ways(runs, runs.exploration(run))]
    own = [fact for way, fact in taken if way.own]
    stale = [fact for way, fact in taken if not way.own and fact.handling is Handling.STALE]
    if stale:
        return [*(fact for fact in own if fact.handling is Handling.RESTART_SKIPS_STAGES), stale[0]]
    return own or [taken[0][1]]


def _same_handling(a: WaitFact, b: WaitFact) -> bool:
    return a.handling is b.handling and a.loop == b.loop


def _merged(fact: WaitFact, other: WaitFact) -> WaitFact:
    """EINTR's fact with EAGAIN's added to it."""
    more = {other.interrupt, *other.also_interrupts} - {fact.interrupt, None}
    also = sorted({*fact.also_interrupts, *(node for node in more if node is not None)})
    return replace(fact, also_interrupts=tuple(also), errnos=tuple(dict.fromkeys((*fact.errnos, *other.errnos))))


def _fact(
    runs: SiteRuns, run: Run, way: Way, dataflow: Dataflow, source: SourceFile, project: ProjectFacts
) -> WaitFact:
    graph = runs.graph
    exploration = runs.exploration(run)
    loop = way.loop or (runs.loops[0] if runs.loops else None)
    # A function of C has its own variables, whatever a handler elsewhere calls its.
    flags = project.signals.flags - (graph.locals if graph.language == "c" else frozenset())
    work = Work(runs, loop, dataflow, flags, project.signals.falling & flags) if loop else None
    judge = Judge(runs, exploration, way, work, bool(project.signals.signals))
    owed = _owed(work, exploration, way) if work and way.loop else frozenset()
    handling, why = judge.handling(owed)
    interrupt, form, also = interrupt_of(runs, exploration, way)
    stages = stages_of(work, way.passed, owed, source) if work and way.loop else ()
    skipped = tuple(stage for stage in stages if Run.TIMEOUT in stage.runs_on or Run.READY in stage.runs_on)
    of_caller = loop is not None and loop.head == graph.entry
    if of_caller and not skipped and handling in (Handling.RESTART, Handling.RETRY):
        handling = Handling.HANDLED  # the caller's loop goes on as if nothing had been ready
    if handling is Handling.RESTART and _only_goes_on(runs, way, interrupt, form):
        handling = Handling.HANDLED
    if handling is not Handling.RESTART_SKIPS_STAGES:
        touched = _touched(graph, way.passed)
        skipped = tuple(stage for stage in skipped if stage.statement not in touched)
    statement = runs.loop_statement(loop) if loop else None
    return WaitFact(
        path=source.path,
        graph=graph,
        wait=runs.site.node,
        spec=runs.site.spec,
        handling=handling,
        interrupt=interrupt,
        interrupt_form=form,
        also_interrupts=also,
        loop=_loop_span(graph, loop, statement),
        loop_statement=statement,
        traces=Traces(_TRACED, partial(_trace, runs, run, way, interrupt)),
        stages=stages,
        skipped=skipped,
        timeout_restarted=_timeout_restarted(runs, handling, way.loop, dataflow),
        why_unknown=why,
        errnos=("EINTR",) if run is Run.INTERRUPTED else ("EAGAIN",),
        particulars=particulars(runs, exploration, way, judge, handling, dataflow, flags, owed),
        caller=project.caller_of(graph.name) if of_caller else None,
    )


def _owed(work: Work, run: Exploration, way: Way) -> frozenset[int]:
    """The nodes that an interrupt owes, those alone that it owes under what its jump was conditional on, too."""
    owed = owed_nodes(work, run, way)
    case = _same_case(work.runs, run, way, work.dataflow) if owed and way.own else None
    return owed & owed_nodes(replace(work, runs=case), run, way) if case else owed


def _only_goes_on(runs: SiteRuns, way: Way, interrupt: int | None, form: str) -> bool:
    """Whether an interrupt that restarts a loop around a multiplex goes on, or leaves an inner loop, and comes to the
    head in the end.
    """
    looks_around = runs.site.spec.kind in (WaitKind.MULTIPLEX, WaitKind.DISPATCH)
    return looks_around and not _leads_to_head(runs.graph, way, interrupt, form)


def _leads_to_head(graph: FlowGraph, way: Way, interrupt: int | None, form: str) -> bool:
    """Whether an interrupt's jump leads straight to the head of its loop, as the end of an except clause may do."""
    if form in STARTS_OVER:
        return True
    if interrupt is None or form not in ("nested-if", "except-pass"):
        return False
    chain = graph.ancestors(graph.nodes[interrupt].statement)
    return way.own and any(graph.statements[statement].kind == "handler" for statement in chain)


def _same_case(runs: SiteRuns, run: Exploration, way: Way, dataflow: Dataflow) -> SiteRuns | None:
    """The site's runs under what the interrupt's jump was conditional on, None where it was on nothing else.

    Behind ``if (timeout == -1) continue;`` a stage is owed only if a timeout of *that* wait would have run it.
    """
    results = {root_of(place) for place, _ in runs.result_variables} | {root_of(p) for p in runs.result_objects}
    written = {name for node in way.passed for name in dataflow.uses[node].writes}
    known: State | None = None
    for edge in way.ends:
        state = run.edges.get(edge) or run.stopped.get(edge) or State()
        known = state if known is None else known.join(state)
    before = runs.before
    for place, value in (known or State()).facts.items():
        root = root_of(place)
        mine = root.startswith("$") or root == "errno" or root in results or root in written or isinstance(value, Hinge)
        if not mine and value != before.get(place):
            before = before.put(place, value)
    return None if before == runs.before else replace(runs, before=before)


def _touched(graph: FlowGraph, passed: frozenset[int]) -> frozenset[int]:
    return frozenset(s for node in passed for s in graph.ancestors(graph.nodes[node].statement))


def _loop_span(graph: FlowGraph, loop: Loop | None, statement: int | None) -> Span | None:
    if statement is not None:
        return graph.statements[statement].span
    if loop is None:
        return None
    ends = [graph.nodes[source].span.end for source, _ in loop.back_edges]
    return Span(graph.nodes[loop.head].span.start, max(ends))


def _timeout_restarted(runs: SiteRuns, handling: Handling, loop: Loop | None, dataflow: Dataflow) -> bool:
    """An interrupt starts the wait over, with its full timeout."""
    restarts = handling in (Handling.RETRY, Handling.RESTART, Handling.RESTART_SKIPS_STAGES)
    return restarts and loop is not None and starts_over_in_full(runs, loop, dataflow)


# ------------------------------------------------------------------------------------------------ traces


_TRACED = (Run.READY, Run.TIMEOUT, Run.INTERRUPTED, Run.WOULD_BLOCK, Run.FAILED)


def _trace(runs: SiteRuns, failing: Run, way: Way, interrupt: int | None, run: Run) -> Trace:
    """The trace of a run, for reports; the failing run's witness is that of the way, by the interrupt's jump."""
    exploration = runs.exploration(run)
    ends = sorted(way.ends, key=lambda edge: (edge.source != interrupt, edge.source)) if run is failing else []
    taken = frozenset((edge.source, edge.target) for edge in (*exploration.edges, *exploration.stopped))
    return Trace(run, exploration.nodes, _exits(runs, exploration), _witness(runs, exploration, ends), taken)


def _exits(runs: SiteRuns, run: Exploration) -> frozenset[Exit]:
    graph = runs.graph
    exits = set()
    if run.stopped:
        exits.add(Exit.BACK_EDGE)
    if graph.exit in run.nodes:
        exits.add(Exit.RETURN)
    if graph.raise_exit in run.nodes or any(edge.target == graph.raise_exit for edge in run.edges):
        exits.add(Exit.RAISE)
    if runs.loops and run.nodes - runs.loops[0].nodes:
        exits.add(Exit.LOOP_EXIT)
    sources = {edge.source for edge in run.edges} | {edge.source for edge in run.stopped}
    if run.nodes - sources - {graph.exit, graph.raise_exit}:
        exits.add(Exit.NO_RETURN)
    return frozenset(exits)


def _witness(runs: SiteRuns, run: Exploration, ends: list[Edge]) -> tuple[int, ...]:
    """Node ids from the wait to where the run ends."""
    end = ends[0] if ends else next(iter(run.stopped), None)
    last = end.source if end else next(reversed(run.states), runs.site.node)
    path = [runs.site.node, *(edge.target for edge in run.path_to(last))]
    if end is not None:
        path.append(end.target)
    return tuple(path)
