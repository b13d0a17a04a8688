"""What must hold for any bytes at all."""

import hashlib
import io
import os
import shutil
import subprocess
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from unstall.commands.ignores import at_waits, commented
from unstall.findings.finding import Finding, Fix
from unstall.limits import Limits
from unstall.report.diff import compatible, diffs
from unstall.report.formats import FORMATS, write
from unstall.report.sites import sites_json, sites_text
from unstall.run.pipeline import run
from unstall.run.results import FileResult, RunResult
from unstall.selection.rules import Aim
from unstall.source import Language, Span, apply_edits

LIMITS = Limits(seconds=10)
"""A file that takes longer in one of the two phases is a hang: inputs are far smaller than a megabyte."""
NAMES: dict[Language, str] = {"c": "fuzz.c", "python": "fuzz.py"}
_SELDOM = 4
"""Checks that cost as much as the analysis are made for one input in so many, chosen by its bytes."""
_LARGE = Limits(seconds=2)
"""For inputs of a megabyte, which may be given up on; this shows whether they are."""
_AT_MOST = 10.0
"""Seconds of processor time for a megabyte, with a report of it."""


class BrokenPromiseError(AssertionError):
    """What should hold for any input and doesn't for this one."""


class Held(NamedTuple):
    """What is to be told of an input that held."""

    digest: str
    """See `digest`; empty where there are no findings."""
    traits: frozenset[str]
    """Which rules found something, and what came of it: inputs that have none in common take other ways."""


NOTHING = Held("", frozenset())


def hold(data: bytes, language: Language, everything: bool = False) -> Held:
    """Analyse ``data`` and raise where a promise is broken; faults of ours come through as they are.

    With ``everything`` the checks that are too dear to be made for each input are made, too.
    """
    os.environ["UNSTALL_DEBUG"] = "1"
    everything = everything or zlib.crc32(data) % _SELDOM == 0
    result = _analysed(data, language)
    _stands_in_the_file(result, data)
    reports = texts(result) if result.findings or everything else []  # else they are much the same for all
    if everything and texts(_analysed(data, language)) != reports:
        raise BrokenPromiseError("a second run says something else")
    if everything:
        _agrees_with_the_inventory(result, data, language)
    for finding in result.findings:
        for fix in finding.fixes:
            _is_clean_cut(result, finding, fix, data, language)
    for file in result.files:
        if compatible(file.findings):
            _applies(result, file, data, language)
        if at_waits(file) and everything:
            _can_be_ignored(file, language)
        if file.findings and everything and b"\r" not in data:
            _knows_no_line_endings(file, data, language)
    return Held(_digest(reports), frozenset(map(_trait, result.findings))) if result.findings else NOTHING


def digest(data: bytes, language: Language) -> str:
    """What all reports of an input come to; the same in every process."""
    return _digest(texts(_analysed(data, language)))


def _trait(finding: Finding) -> str:
    return f"{finding.code} {finding.fixes[0].strategy if finding.fixes else finding.no_fix}"


def _digest(reports: list[str]) -> str:
    return hashlib.sha256("\0".join(reports).encode("utf-8", "surrogatepass")).hexdigest()


def holds_when_large(data: bytes, language: Language) -> None:
    """An input of a megabyte is analysed, or given up on, in time, and so is every report of it: one that a person
    asks for, which is what a run writes.
    """
    started = time.process_time()
    result = run([NAMES[language]], contents={NAMES[language]: data}, limits=_LARGE)
    analysed = time.process_time() - started
    for name in FORMATS:
        _in_time(data, analysed, name, partial(write, name, result, io.StringIO()))
    _in_time(data, analysed, "patches", lambda: sum(map(len, diffs(result))))


def _in_time(data: bytes, analysed: float, name: str, report: Callable[[], object]) -> None:
    started = time.process_time()
    report()
    taken = time.process_time() - started
    if analysed + taken > _AT_MOST * max(1.0, len(data) / 1_000_000):
        raise BrokenPromiseError(f"{len(data)} bytes took {analysed:.1f} s, and {taken:.1f} s to write as {name}")


def texts(result: RunResult) -> list[str]:
    """Everything that is written of a result."""
    written = []
    for name in FORMATS:
        if name == "github":  # has a random word in it, so that no source can forge commands
            continue
        stream = io.StringIO()
        write(name, result, stream)
        written.append(stream.getvalue())
    return written


def _analysed(data: bytes, language: Language, aim: Aim = Aim.FINDINGS) -> RunResult:
    path = NAMES[language]
    result = run([path], contents={path: data}, limits=LIMITS, aim=aim)
    reasons = [unread.reason for unread in result.unread]
    reasons += [finding.no_fix for finding in result.findings if finding.no_fix]
    for reason in reasons:
        if "gave up" in reason or "internal error" in reason:
            raise BrokenPromiseError(reason)
    return result


# ------------------------------------------------------------------------------------------------ places


def _stands_in_the_file(result: RunResult, data: bytes) -> None:
    """Whatever is told of a place is told of one in the file."""
    last = data.count(b"\n") + 1
    for unread in result.unread:
        if not 0 <= unread.line <= last:
            raise BrokenPromiseError(f"line {unread.line} of {last} can't be read")
    for span in _spans(result):
        if not 0 <= span.start <= span.end <= len(data):
            raise BrokenPromiseError(f"bytes {span.start}-{span.end} of {len(data)} are spoken of")


def _spans(result: RunResult) -> Iterator[Span]:
    for fact in result.facts:
        yield fact.graph.span
        yield from (node.span for node in fact.graph.nodes)
        yield from (statement.span for statement in fact.graph.statements)
    for finding in result.findings:
        yield finding.span
        yield from (point.span for point in finding.witness)
        yield from (mark.span for mark in finding.marks)


def _agrees_with_the_inventory(result: RunResult, data: bytes, language: Language) -> None:
    """``unstall waits`` reads the same file: it lists every wait that there are findings for."""
    sites = _analysed(data, language, Aim.SITES)
    _stands_in_the_file(sites, data)
    sites_json(sites)
    for _ in sites_text(sites):
        pass
    listed = {(fact.graph.span, fact.graph.nodes[fact.wait].span, fact.handling) for fact in sites.facts}
    for fact in (finding.fact for finding in result.findings if finding.fact):
        if (fact.graph.span, fact.graph.nodes[fact.wait].span, fact.handling) not in listed:
            raise BrokenPromiseError(f"a finding's wait in {fact.graph.name} is not in the inventory")


def _knows_no_line_endings(file: FileResult, data: bytes, language: Language) -> None:
    """A file that was written on Windows has the same findings, and the same patches with its own ends of lines. One
    without any end of a line says nothing of what it would have.
    """
    there = _with_cr(data)
    if there == data:
        return
    other = _analysed(there, language).findings
    if [_heading(finding) for finding in file.findings] != [_heading(finding) for finding in other]:
        raise BrokenPromiseError("CR LF changes what is found")
    for here, finding in zip(file.findings, other, strict=True):
        for fix, its in zip(here.fixes, finding.fixes, strict=True):
            if _with_cr(apply_edits(data, fix.edits)) != apply_edits(there, its.edits):
                raise BrokenPromiseError(f"CR LF changes the fix of {finding.code}")


def _with_cr(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r\n")


def _heading(finding: Finding) -> tuple[str, ...]:
    return finding.code, finding.function, finding.message, finding.no_fix


# ------------------------------------------------------------------------------------------------ patches


def _is_clean_cut(result: RunResult, finding: Finding, fix: Fix, data: bytes, language: Language) -> None:
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
    after = _analysed(fixed, language)
    was_read = any(file.parsed for file in result.files)  # without a comment, what seemed to hold no wait may do so
    if was_read and len(after.unread) > len(result.unread):
        raise BrokenPromiseError(f"what the fix of {finding.code} makes can't be read: {after.unread[-1].reason}")
    if _count(after.findings, finding) >= _count(result.findings, finding):
        raise BrokenPromiseError(f"the fix of {finding.code} leaves the finding")


def _count(findings: Iterable[Finding], like: Finding) -> int:
    """How many waits of a function have the defect; of several that one wait has, its one finding names the others."""
    told = (other for other in findings if other.function == like.function)
    return sum(other.code == like.code or f"({like.code})" in other.why for other in told)


def _applies(result: RunResult, file: FileResult, data: bytes, language: Language) -> None:
    """``--diff`` is a patch that git takes and that makes what ``--fix`` makes, which can be read."""
    fixed = apply_edits(data, compatible(file.findings))
    patches = list(diffs(result))
    if shutil.which("git") and _patched(data, b"".join(patches), language) != fixed:
        raise BrokenPromiseError("git makes something else of the diff than its edits do")
    if sum(map(bool, (finding.fixes for finding in file.findings))) > 1:
        after = _analysed(fixed, language)
        if len(after.unread) > len(result.unread):
            raise BrokenPromiseError(f"what the fixes together make can't be read: {after.unread[-1].reason}")


def _patched(data: bytes, patch: bytes, language: Language) -> bytes:
    """What git makes of a patch."""
    with tempfile.TemporaryDirectory(prefix="unstall-fuzz-") as folder:
        file = Path(folder) / NAMES[language]
        file.write_bytes(data)
        environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "HOME": folder}
        words = ("git", "apply", "--whitespace=nowarn", "-")
        done = subprocess.run(words, input=patch, cwd=folder, env=environment, capture_output=True, check=False)
        if done.returncode:
            raise BrokenPromiseError(f"git can't apply the diff: {done.stderr.decode(errors='replace')}")
        return file.read_bytes()


def _can_be_ignored(file: FileResult, language: Language) -> None:
    """What ``--add-ignores`` writes covers the findings, and is of use; where it would do harm it is not written."""
    assert file.source is not None
    data = commented(at_waits(file), file.source, "fuzz")
    after = _analysed(data, language).files[0]
    if at_waits(after) or len(after.unread) != len(file.unread) or len(after.waits) != len(file.waits):
        return  # which is looked at before it is written
    idle = [finding for finding in after.findings if finding.fact is None]
    if len(idle) > len([finding for finding in file.findings if finding.fact is None]):
        raise BrokenPromiseError("a comment that covers a finding is said to cover none")
