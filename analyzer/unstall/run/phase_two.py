"""Phase two over one file: analyse its functions with what the run has learnt, and ask the rules."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from unstall.findings.finding import Finding
from unstall.flow.files import FileFlow, Unread
from unstall.run.phase_one import Survey, guarded
from unstall.run.results import FileResult, Wait
from unstall.selection.rules import Aim, Selection
from unstall.source import SourceFile

if TYPE_CHECKING:
    from unstall.flow.facts import WaitFact
    from unstall.flow.ir import FlowGraph
    from unstall.flow.learnt import ProjectFacts
    from unstall.rule import Context, Rule

_T = TypeVar("_T")
GAVE_UP = "gave up: the file's other functions took too long"


def without_waits(surveyed: Survey, selection: Selection) -> FileResult:
    """The result of a file without functions to analyse."""
    if surveyed.source is None:
        return FileResult(surveyed.candidate.path, note=surveyed.note, unread=surveyed.unread)
    from unstall.selection.suppressions import unused

    stale = unused((), surveyed.source, (), selection)
    source = surveyed.source if stale else None
    return FileResult(surveyed.candidate.path, note=surveyed.note, findings=stale, source=source)


def result(
    surveyed: Survey, project: "ProjectFacts", selection: Selection, is_late: Callable[[], bool] = lambda: False
) -> FileResult:
    """Analyse the functions of one file and ask the rules. ``project`` is what is known in the file; once ``is_late``,
    what is left is given up.
    """
    flow, source = surveyed.flow, surveyed.source
    if flow is None or source is None:
        return without_waits(surveyed, selection)
    from unstall.findings.defects import one_each
    from unstall.flow.signals import signals_within
    from unstall.rule import Context
    from unstall.selection.suppressions import uncovered, unused

    facts, failed = _analysed(flow, source, project, selection.every_wait, is_late)
    context = Context(
        source, signals_within(source, flow.signals, project.signals), flow.configuration, selection.settings
    )
    found, unjudged = _findings(facts, context, selection)
    unread = (*surveyed.unread, *failed, *unjudged)
    reported = one_each(found, source)
    open_ones = uncovered(reported, source, flow.graphs)
    stale = () if unread else unused(reported, source, flow.graphs, selection)
    findings = tuple(
        replace(finding, no_fix=GAVE_UP) if is_late() else _with_patch(finding, context, project)
        for finding in sorted((*open_ones, *stale), key=lambda finding: (finding.span, finding.code))
    )
    kept = facts if selection.aim is Aim.SITES else ()
    return FileResult(
        path=source.path,
        parsed=True,
        note=surveyed.note,
        functions_seen=flow.functions_seen,
        functions_read=len(flow.graphs) - len(failed),
        unread=unread,
        waits=tuple(map(Wait.of, facts)),
        facts=kept,
        findings=findings,
        suppressed=len(reported) - len(open_ones),
        configuration=flow.configuration,
        source=source if kept or findings else None,
    )


def _analysed(
    flow: FileFlow, source: SourceFile, project: "ProjectFacts", every_wait: bool, is_late: Callable[[], bool]
) -> "tuple[tuple[WaitFact, ...], tuple[Unread, ...]]":
    """The facts of a file's functions in source order, and the functions that were given up."""
    from unstall.flow.analysis import analyse

    def facts_of(graph: "FlowGraph") -> "tuple[WaitFact, ...] | Unread":
        place = Unread(source.path, source.line(graph.span.start), graph.name, GAVE_UP)
        work = partial(analyse, graph, source, project, every_wait=every_wait)
        return place if is_late() else guarded(work, place)

    found, failed = _parted(map(facts_of, flow.graphs))
    return tuple(sorted(found, key=_place)), failed


def _place(fact: "WaitFact") -> tuple[int, int, int]:
    nodes = fact.graph.nodes
    return (*nodes[fact.wait].span, -1 if fact.interrupt is None else nodes[fact.interrupt].span.start)


def _findings(
    facts: "Iterable[WaitFact]", context: "Context", selection: Selection
) -> tuple[list[Finding], tuple[Unread, ...]]:
    """What the rules say of the waits, and the waits of which they could say nothing."""
    rules = tuple(selection.rules(context.source.path))

    def findings_of(fact: "WaitFact") -> list[Finding] | Unread:
        place = Unread(fact.path, context.source.line(fact.graph.nodes[fact.wait].span.start), fact.graph.name, "")
        return guarded(partial(_said, fact, rules, context.around(fact), selection), place)

    return _parted(map(findings_of, facts))


def _parted(answers: Iterable[Sequence[_T] | Unread]) -> tuple[list[_T], tuple[Unread, ...]]:
    """All that was answered, and what could give no answer."""
    found: list[_T] = []
    failed: list[Unread] = []
    for answer in answers:
        if isinstance(answer, Unread):
            failed.append(answer)
        else:
            found += answer
    return found, tuple(failed)


def _said(fact: "WaitFact", rules: "Iterable[Rule]", context: "Context", selection: Selection) -> list[Finding]:
    findings = (finding for rule in rules for finding in rule.findings(fact, context))
    return [replace(finding, severity=selection.severity(finding.code, finding.severity)) for finding in findings]


def _with_patch(finding: Finding, context: "Context", project: "ProjectFacts") -> Finding:
    """The finding with the patch that is proved right, or with the reason why there is none."""
    if finding.fact is None or finding.no_fix:
        return finding
    from unstall.fixes import REPAIRS, propose, reanalyser, repair, why_generated

    source = context.source
    if generated := why_generated(source):
        return replace(finding, no_fix=generated)
    place = Unread(source.path, source.line(finding.span.start), finding.function, "")
    again = reanalyser(finding.fact, source, project)
    if finding.name in REPAIRS:
        made = guarded(partial(repair, finding, context, again), place)
    else:
        made = guarded(partial(propose, finding.fact, source, again), place)
    if isinstance(made, Unread):
        return replace(finding, no_fix=made.reason)
    return replace(finding, no_fix=made) if isinstance(made, str) else replace(finding, fixes=made)
