"""What must hold for any bytes at all."""

import io
import os

from unstall.findings import Finding, Fix
from unstall.limits import Limits
from unstall.pipeline import run
from unstall.report.formats import FORMATS, write
from unstall.results import RunResult
from unstall.source import apply_edits

LIMITS = Limits(seconds=10)
"""A file that takes longer in one of the two phases is a hang: inputs are far smaller than a megabyte."""
NAMES = {"c": "fuzz.c", "python": "fuzz.py"}


class BrokenPromiseError(AssertionError):
    """What should hold for any input and doesn't for this one."""


def hold(data: bytes, language: str) -> RunResult:
    """Analyse ``data`` and raise where a promise is broken; faults of ours come through as they are."""
    os.environ["UNSTALL_DEBUG"] = "1"
    result = _analysed(data, language)
    reports = _reports(result)
    if _reports(_analysed(data, language)) != reports:
        raise BrokenPromiseError("a second run says something else")
    for finding in result.findings:
        for fix in finding.fixes:
            _is_clean_cut(data, finding, fix, language)
    return result


def _analysed(data: bytes, language: str) -> RunResult:
    path = NAMES[language]
    result = run([path], contents={path: data}, limits=LIMITS)
    reasons = [unread.reason for unread in result.unread]
    reasons += [finding.no_fix for finding in result.findings if finding.no_fix]
    for reason in reasons:
        if "gave up" in reason or "internal error" in reason:
            raise BrokenPromiseError(reason)
    return result


def _reports(result: RunResult) -> list[str]:
    texts = []
    for name in FORMATS:
        if name == "github":  # has a random word in it, so that no source can forge commands
            continue
        stream = io.StringIO()
        write(name, result, stream)
        texts.append(stream.getvalue())
    return texts


def _is_clean_cut(data: bytes, finding: Finding, fix: Fix, language: str) -> None:
    """A fix changes nothing beside its edits, and what it makes can be read and has less to report."""
    fixed = apply_edits(data, fix.edits)
    at = behind = 0
    for edit in sorted(fix.edits):
        kept = edit.span.start - behind
        if fixed[at : at + kept] != data[behind : edit.span.start]:
            raise BrokenPromiseError(f"the fix of {finding.code} changes bytes outside of its edits")
        at, behind = at + kept + len(edit.replacement), edit.span.end
    if fixed[at:] != data[behind:]:
        raise BrokenPromiseError(f"the fix of {finding.code} changes bytes behind its edits")
    before, after = _analysed(data, language), _analysed(fixed, language)
    if len(after.unread) > len(before.unread):
        raise BrokenPromiseError(f"what the fix of {finding.code} makes can't be read: {after.unread[-1].reason}")
    if _count(after, finding) >= _count(before, finding):
        raise BrokenPromiseError(f"the fix of {finding.code} leaves the finding")


def _count(result: RunResult, finding: Finding) -> int:
    return sum((other.code, other.function) == (finding.code, finding.function) for other in result.findings)
