"""Verifications as text: the three questions of the incident, answered for one loop."""

from collections.abc import Iterable, Iterator

from unstall.flow.ir import Branch, Call, Jump, Node, Switch
from unstall.proof.cases import Case
from unstall.proof.kernels import Kernel
from unstall.proof.starvation import Liveness, Turn, Verdict
from unstall.proof.verification import Answer, StageReport, Verification
from unstall.report.screen import printable
from unstall.report.verify_execution import execution_text
from unstall.source import SourceFile
from unstall.wording import clause, count, listing

_LABEL = 32
_VERDICTS = 32


def cases_text(cases: Iterable[Case]) -> str:
    """Every case in full."""
    return printable_lines("\n\n".join("\n".join(_case(case)) for case in cases))


def printable_lines(text: str) -> str:
    """Text without control characters but line feeds."""
    return "\n".join(printable(line) for line in text.split("\n"))


def _case(case: Case) -> Iterator[str]:
    path, line = case.place
    yield f"{path}:{line}: {case.fact.graph.name}, {case.fact.callee}"
    if case.verification is None:
        yield f"  no patch: {case.refused}"
        return
    found = case.verification
    yield from _cause(case, found)
    yield from _stages(case, found)
    yield from _obligations(case, found)
    yield f"  verdict   {case.patch}: {verdict_of(found)}"
    if case.execution is None:
        yield "  execution not possible: there is no model of a loop with all of these stages"
        return
    yield from execution_text(case.execution, case.patch)


def verdict_of(found: Verification) -> str:
    """The answer, with what speaks against it."""
    reasons = [breach.text for breach in found.breaches]
    if found.stale:
        reasons.append(f"{count(len(found.stale), 'read')} of results that nothing filled")
    if found.busy:
        reasons.append("the loop can go round without blocking")
    return found.answer.value + (f": {'; '.join(dict.fromkeys(reasons))}" if reasons else "")


def _cause(case: Case, found: Verification) -> Iterator[str]:
    """Is this the cause: what starves, when?"""
    starving = [r for r in found.stages if any(v.liveness is Liveness.STARVES for v in r.before.values())]
    if not starving and found.passed_by:
        yield f"  cause     {found.passed_by[0].text}, for as long as the program's own conditions have it so"
        return
    if not starving:
        yield "  cause     nothing starves here, however many signals come"
        return
    always = [r for r in starving if r.before[Kernel.READY_FIRST].liveness is Liveness.STARVES]
    lines = [str(_line(case.before.source, report)) for report in always]
    if lines:
        yield f"  cause     under a storm of signals, {_of_lines(lines)} can starve on every kernel"
    more = [str(_line(case.before.source, report)) for report in starving if report not in always]
    if more:
        yield f"            {_of_lines(more)} only where signals come first (illumos, Solaris)"
    turns = next(v.cycle for v in starving[0].before.values() if v.cycle)
    yield f"  cycle     {cycle(turns, case.fact.graph.nodes, case.before.source)}, and so on for ever"


def _of_lines(lines: list[str]) -> str:
    return f"the {'stage on line' if len(lines) == 1 else 'stages on lines'} {listing(lines)}"


def cycle(turns: Iterable[Turn], nodes: tuple[Node, ...], source: SourceFile) -> str:
    """A counterexample as a path: the tests and jumps it passes, by line."""
    points: list[str] = []
    for turn in turns:
        first = source.line(nodes[turn.path[0]].span.start)
        points.append(f"{first} {turn.outcome.value}")
        for number in turn.path[1:]:
            node = nodes[number]
            line = source.line(node.span.start)
            if isinstance(node.effect, Jump):
                points[-1:] = [] if points[-1] == str(line) else points[-1:]
                points.append(f"{line} {node.effect.word}")
            elif isinstance(node.effect, Call | Branch | Switch) and points[-1].split()[0] != str(line):
                points.append(str(line))
    shown = points if len(points) <= _POINTS else [*points[: _POINTS - 3], "…", *points[-2:]]
    return " → ".join(shown)


_POINTS = 12


def _stages(case: Case, found: Verification) -> Iterator[str]:
    heads = "".join(f"{kernel.value}, before and after".ljust(_VERDICTS) for kernel in Kernel).rstrip()
    yield f"  stages    {'line':>5}  {'':{_LABEL}}{heads}"
    for report in found.stages:
        label = clause(report.stage.label, _LABEL - 3) + ("" if report.stage.owed else " *")
        cells = "".join(
            f"{in_short(report.before.get(kernel))} → {in_short(report.after.get(kernel))}".ljust(_VERDICTS)
            for kernel in Kernel
        ).rstrip()
        yield f"            {_line(case.before.source, report):5}  {label:{_LABEL}}{cells}"
    if not all(report.stage.owed for report in found.stages):
        yield f"            {'':5}  * has work only when something is ready, and is asked about only then"


def in_short(verdict: Verdict | None) -> str:
    """A verdict on a stage, in short."""
    return "unknown" if verdict is None else str(verdict).removeprefix("runs on ")


def _line(source: SourceFile, report: StageReport) -> int:
    return source.line(report.stage.span.start)


def _obligations(case: Case, found: Verification) -> Iterator[str]:
    """Are there consequences to the subsequent code?"""
    for at, line in enumerate(consequences(case, found)):
        yield ("            " if at else "  but       ") + line
    if not consequences(case, found) and found.answer is Answer.FIXES:
        yield f"  besides   {NO_CONSEQUENCES}"
    yield from (f"  note      {line}" for line in still_starving(case, found))


NO_CONSEQUENCES = "no stale read, no early deadline, and every other outcome goes its way as before"


def consequences(case: Case, found: Verification) -> list[str]:
    """What speaks against a patch, place by place."""
    assert case.after is not None
    source = case.after.source
    lines = []
    for read in found.stale:
        acts = f"; {listing(list(read.acts))} would run for nothing" if read.acts else ""
        text = f"line {source.line(read.span.start)}: `{clause(read.text, 50)}` reads what nothing filled{acts}"
        lines.append(text)
    for breach in found.breaches:
        place = f"line {source.line(breach.span.start)}: " if breach.span else ""
        lines.append(place + breach.text)
    return lines


def still_starving(case: Case, found: Verification) -> list[str]:
    """Stages that a good patch, too, can leave unserved under some kernel, or of which the model says nothing."""
    told = []
    if any(not report.after for report in found.stages):
        told.append("how often the patched stages run can't be told; the verdict rests on the runs of one pass alone")
    for kernel in found.starved_when_ready:
        lines = [
            str(_line(case.before.source, report))
            for report in found.stages
            if not report.stage.owed and report.after.get(kernel, _FINE).liveness is Liveness.STARVES
        ]
        told.append(f"{_of_lines(lines)} can still starve where something is ready, {kernel.value}")
    return told


_FINE = Verdict(Liveness.EVERY_PASS)


def table(cases: Iterable[Case]) -> str:
    """One line a strategy, for each restart."""
    lines: list[str] = []
    place = None
    for case in cases:
        if case.place != place:
            place = case.place
            lines += ([""] if lines else []) + [f"{place[0]}:{place[1]}: {case.fact.graph.name}, {case.fact.callee}"]
            lines.append(
                "  "
                + "strategy".ljust(16)
                + "stages".ljust(24)
                + "when ready, signal-first".ljust(26)
                + "executed".ljust(15)
                + "verdict"
            )
        if case.verification is None:
            lines.append("  " + case.patch.ljust(16) + "no patch: " + case.refused)
            continue
        owed = _worst(case.verification, True, Kernel)
        ready = _worst(case.verification, False, (Kernel.SIGNAL_FIRST,))
        told = verdict_of(case.verification)
        lines.append(
            "  "
            + case.patch.ljust(16)
            + in_short(owed).ljust(24)
            + in_short(ready).ljust(26)
            + _executed(case).ljust(15)
            + told
        )
    return printable_lines("\n".join(lines))


def _executed(case: Case) -> str:
    if case.execution is None:
        return "not possible"
    return "confirmed" if case.execution.confirmed else "not confirmed"


def _worst(found: Verification, owed: bool, kernels: Iterable[Kernel]) -> Verdict:
    order = list(Liveness)
    asked = list(kernels)
    verdicts = [r.after[k] for r in found.stages if r.stage.owed is owed for k in asked if k in r.after]
    return max(verdicts, key=lambda v: (order.index(v.liveness), v.bound), default=_FINE)
