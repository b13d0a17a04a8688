"""From paths to results, in two phases over the files of a run.

Phase one reads every file that may hold a wait and learns what the functions tell of each other: wrappers, loop
bodies, signal handlers. Phase two analyses each function with that knowledge and asks the rules. Both are pure
functions of the files' bytes; nothing of what is analysed is imported or run.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from unstall.discovery import Candidate, Filter, discover, language_of
from unstall.findings import Finding
from unstall.flow.facts import WaitFact
from unstall.flow.ir import FileFlow, Unread
from unstall.options import DEFAULTS, Settings
from unstall.prefilter import may_call, may_wait, wanted
from unstall.results import FileResult, RunResult
from unstall.selection import Selection
from unstall.source import SourceFile
from unstall.suppressions import MARK, uncovered, unused

if TYPE_CHECKING:
    from unstall.flow.project import ProjectFacts

Progress = Callable[[int, int, int], None]
"""Takes files done, files in all, and findings so far."""
Contents = Mapping[str, bytes]
"""What files hold instead of what is on the disk, by path."""
NOTHING: Contents = MappingProxyType({})
_Result = TypeVar("_Result")
_ROUNDS = 5
"""How often phase one looks again for callers of what it has learnt: how deep wrappers of wrappers are followed."""


@dataclass(frozen=True)
class Reading:
    """How the files of a run are read."""

    contents: Contents = field(default_factory=dict)
    loops: frozenset[str] = frozenset()
    """Macros that open a loop, whose definitions are elsewhere."""

    def bytes_of(self, path: str) -> bytes:
        """What a file holds. Raises OSError."""
        given = self.contents.get(path)
        return Path(path).read_bytes() if given is None else given


AS_IT_IS = Reading()


@dataclass(frozen=True)
class Survey:
    """Phase one's view of one file."""

    candidate: Candidate
    note: str = ""
    source: SourceFile | None = None
    """None where nothing is to be looked for in it."""
    flow: FileFlow | None = None
    """None where the file can't hold a wait, or was not analysed."""
    unread: tuple[Unread, ...] = ()


def run(
    paths: Iterable[str],
    progress: Progress | None = None,
    settings: Settings = DEFAULTS,
    contents: Contents = NOTHING,
) -> RunResult:
    """Analyse files and folders. What can't be read is in the result, in words; nothing is raised for it.

    ``contents`` is what files hold instead of what is on the disk, by path. Raises SelectionError for settings that
    name a rule that there is not.
    """
    selection = Selection(settings)
    candidates, refused = _candidates(paths, settings, contents)
    names = frozenset(wait.name for wait in settings.waits)
    reading = Reading(contents, frozenset(settings.foreach_macros))
    surveys, project = learnt([survey(candidate, names, reading) for candidate in candidates], settings, reading)
    results: list[FileResult] = []
    findings = 0
    for done, surveyed in enumerate(surveys, 1):
        results.append(result(surveyed, project, selection))
        findings += len(results[-1].findings)
        if progress:
            progress(done, len(surveys), findings)
    return RunResult(tuple(results), refused)


def _candidates(
    paths: Iterable[str], settings: Settings, contents: Contents
) -> tuple[list[Candidate], tuple[Unread, ...]]:
    """The files to analyse, by path, and what is none. A file whose content is given need not exist."""
    chosen = Filter(settings.root, settings.include, settings.exclude, settings.force_exclude)
    candidates: list[Candidate] = []
    elsewhere: list[str] = []
    for path in paths:
        language = language_of(path, executable=False) if path in contents else None
        if language:
            candidates.append(Candidate(path, language, named=True))
        else:
            elsewhere.append(path)
    found = list(discover(elsewhere, chosen))
    candidates += (item for item in found if isinstance(item, Candidate))
    refused = tuple(item for item in found if isinstance(item, Unread))
    return sorted(candidates, key=lambda candidate: candidate.path), refused


# ------------------------------------------------------------------------------------------------ phase one


def survey(candidate: Candidate, names: frozenset[str] = frozenset(), reading: Reading = AS_IT_IS) -> Survey:
    """Read one file and lower its functions that may hold a wait, or a call of one of ``names``."""
    try:
        source = SourceFile(candidate.path, reading.bytes_of(candidate.path), candidate.language)
    except OSError as error:
        return _unread(candidate, f"can't be read: {error.strerror}")
    if b"\0" in source.data:
        encoding = " (UTF-16?)" if source.data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        return _unread(candidate, f"not text: it holds NUL bytes{encoding}")
    note = _note(source) if candidate.named else ""
    if not may_wait(source.language, names)(source.data):
        return Survey(candidate, note, source if MARK in source.data else None)
    flow = guarded(partial(_lowered, source, names, reading.loops), Unread(candidate.path, 0, "", ""))
    if isinstance(flow, Unread):
        return Survey(candidate, note, unread=(flow,))
    return Survey(candidate, note, source, flow, flow.unread)


def _unread(candidate: Candidate, reason: str) -> Survey:
    return Survey(candidate, unread=(Unread(candidate.path, 0, "", reason),))


def _note(source: SourceFile) -> str:
    """What a user who named the file should know of it."""
    if not source.data.strip():
        return "nothing to analyse: the file is empty"
    if source.language == "python":  # declares its encoding, and can't be read in another
        return ""
    try:
        source.data.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"not UTF-8 (byte {error.start}); what is not is shown as \N{REPLACEMENT CHARACTER}"
    return ""


def _lowered(source: SourceFile, names: frozenset[str], loops: frozenset[str] = frozenset()) -> FileFlow:
    functions = wanted(source.language, names)
    if source.language == "c":
        from unstall.frontends.c import read as read_c

        return read_c(source, functions, loops)
    from unstall.frontends.python import read as read_python

    return read_python(source, functions)


def learnt(
    surveys: list[Survey], settings: Settings = DEFAULTS, reading: Reading = AS_IT_IS
) -> "tuple[list[Survey], ProjectFacts | None]":
    """What the files tell of each other, and the files read again where they call a function that came to matter.

    Nothing is known, and nothing imported for it, where no file may hold a wait.
    """
    if all(surveyed.flow is None for surveyed in surveys):
        return surveys, None
    from unstall.flow.configured import configured
    from unstall.flow.project import learn

    project = configured(settings)
    for _ in range(_ROUNDS):
        read = [(s.source, s.flow) for s in surveys if s.source is not None and s.flow is not None]
        before, project = project, learn(read, project)
        new = project.names - before.names
        if not new:
            break
        surveys = [_again(surveyed, new, project.names, reading) for surveyed in surveys]
    return surveys, project


def _again(surveyed: Survey, new: frozenset[str], names: frozenset[str], reading: Reading) -> Survey:
    """The file's survey with the functions that call one of the ``new`` names."""
    if surveyed.unread and surveyed.flow is None:
        return surveyed
    data = surveyed.source.data if surveyed.source else _bytes(surveyed.candidate, reading)
    return survey(surveyed.candidate, names, reading) if may_call(new)(data) else surveyed


def _bytes(candidate: Candidate, reading: Reading) -> bytes:
    try:
        return reading.bytes_of(candidate.path)
    except OSError:  # it could be read a moment ago, and had no wait then
        return b""


# ------------------------------------------------------------------------------------------------ phase two


def guarded(work: Callable[[], _Result], place: Unread) -> "_Result | Unread":
    """What ``work`` gives; where it fails by a fault of ours, ``place`` with the reason. One file's surprise must not
    cost the others their results. UNSTALL_DEBUG lets the fault through.
    """
    try:
        return work()
    except RecursionError:
        return replace(place, reason="nested too deeply")
    except Exception as error:
        if os.environ.get("UNSTALL_DEBUG"):
            raise
        return replace(place, reason=f"internal error, please report it: {type(error).__name__}: {error}")


def result(surveyed: Survey, project: "ProjectFacts | None", selection: Selection) -> FileResult:
    """Analyse the functions of one file and ask the rules."""
    flow, source = surveyed.flow, surveyed.source
    if source is None:
        return FileResult(surveyed.candidate.path, note=surveyed.note, unread=surveyed.unread)
    if flow is None or project is None:
        stale = unused((), source, (), selection)
        return FileResult(source.path, note=surveyed.note, findings=stale, source=source if stale else None)
    from unstall.flow.analysis import analyse

    found: list[WaitFact] = []
    failed: list[Unread] = []
    for graph in flow.graphs:
        place = Unread(source.path, source.line(graph.span.start), graph.name, "")
        facts = guarded(partial(analyse, graph, source, project), place)
        if isinstance(facts, Unread):
            failed.append(facts)
        else:
            found += facts
    facts = tuple(sorted(found, key=_place))
    unread = (*surveyed.unread, *failed)
    reported = tuple(_findings(facts, source, flow, selection))
    open_ones = uncovered(reported, source, flow.graphs)
    stale = () if unread else unused(reported, source, flow.graphs, selection)
    findings = tuple(
        _with_patch(finding, source, project)
        for finding in sorted((*open_ones, *stale), key=lambda finding: (finding.span, finding.code))
    )
    return FileResult(
        path=source.path,
        parsed=True,
        note=surveyed.note,
        functions_seen=flow.functions_seen,
        functions_read=len(flow.graphs) - len(failed),
        unread=unread,
        facts=facts,
        findings=findings,
        suppressed=len(reported) - len(open_ones),
        configuration=flow.configuration,
        source=source if facts or findings else None,
    )


def _place(fact: WaitFact) -> tuple[int, int, int]:
    nodes = fact.graph.nodes
    return (*nodes[fact.wait].span, -1 if fact.interrupt is None else nodes[fact.interrupt].span.start)


def _findings(facts: Iterable[WaitFact], source: SourceFile, flow: FileFlow, selection: Selection) -> Iterator[Finding]:
    from unstall.rule import Context

    context = Context(source, flow.signals, flow.configuration, selection.settings)
    rules = tuple(selection.rules(source.path))
    for fact in facts:
        for rule in rules:
            for finding in rule.check(fact, context):
                yield replace(finding, severity=selection.severity(finding.code, finding.severity))


def _with_patch(finding: Finding, source: SourceFile, project: "ProjectFacts") -> Finding:
    """The finding with the patch that is proved right, or with the reason why there is none."""
    if finding.fact is None:
        return finding
    from unstall.fixes import propose, reanalyser

    place = Unread(source.path, source.line(finding.span.start), finding.function, "")
    again = reanalyser(finding.fact, source, project)
    made = guarded(partial(propose, finding.fact, source, again), place)
    if isinstance(made, Unread):
        return replace(finding, no_fix=made.reason)
    return replace(finding, no_fix=made) if isinstance(made, str) else replace(finding, fixes=made)
