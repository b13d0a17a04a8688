"""Verifications as a JSON array, one object a restart and patch."""

import json
from collections.abc import Iterable

from unstall.proof.cases import Case
from unstall.proof.kernels import Kernel
from unstall.proof.starvation import Verdict
from unstall.proof.verification import Verification
from unstall.report.diff import unified
from unstall.report.sites import Json, place
from unstall.report.verify_execution import execution_json
from unstall.report.verify_text import cycle


def cases_json(cases: Iterable[Case]) -> str:
    """All cases."""
    return json.dumps([_case(case) for case in cases], indent=2)


def _case(case: Case) -> Json:
    source = case.before.source
    wait = case.fact.graph.nodes[case.fact.wait].span
    told: Json = {
        "path": source.path,
        "function": case.fact.graph.name,
        **place(wait, source),
        "patch": case.patch,
        "verdict": case.answer.value,
        "refused": case.refused,
    }
    if case.verification is not None and case.after is not None:
        told |= _found(case, case.verification)
        diff = unified(source.path, source.data, case.after.source.data)
        told["execution"] = None if case.execution is None else execution_json(case.execution)
        told["diff"] = diff.decode("utf-8", "surrogateescape")
    return told


def _found(case: Case, found: Verification) -> Json:
    assert case.after is not None
    before, after = case.before.source, case.after.source
    return {
        "stages": [
            {
                **place(report.stage.span, before),
                "label": report.stage.label,
                "owed": report.stage.owed,
                "before": {kernel.value: _verdict(case, verdict, False) for kernel, verdict in report.before.items()},
                "after": {kernel.value: _verdict(case, verdict, True) for kernel, verdict in report.after.items()},
            }
            for report in found.stages
        ],
        "breaches": [
            {"kind": breach.kind, "text": breach.text, **(place(breach.span, after) if breach.span else {})}
            for breach in found.breaches
        ],
        "stale_reads": [
            {**place(read.span, after), "text": read.text, "calls": list(read.acts)} for read in found.stale
        ],
        "busy_loop": bool(found.busy),
        "can_starve_when_ready": [kernel.value for kernel in Kernel if kernel in found.starved_when_ready],
    }


def _verdict(case: Case, verdict: Verdict, patched: bool) -> Json:
    told: Json = {"verdict": verdict.liveness.value, "bound": verdict.bound}
    if verdict.cycle:
        fact = case.verification.patched if patched and case.verification else case.fact
        source = case.after.source if patched and case.after else case.before.source
        assert fact is not None
        told["cycle"] = cycle(verdict.cycle, fact.graph.nodes, source)
    return told
