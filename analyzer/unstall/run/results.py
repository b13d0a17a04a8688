"""What a run over files comes to: a value for each file, and the sums that are told at the end."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from unstall.findings.finding import Finding, Severity
from unstall.flow.files import Unread
from unstall.source import SourceFile, Span

if TYPE_CHECKING:
    from unstall.flow.facts import WaitFact


class Wait(NamedTuple):
    """One wait and one way in which its interrupt is handled, as the sums count them."""

    function: Span
    call: Span
    handling: str

    @classmethod
    def of(cls, fact: "WaitFact") -> "Wait":
        """What the sums count of all that is known of a wait."""
        return cls(fact.graph.span, fact.graph.nodes[fact.wait].span, fact.handling.value)


class FileResult(NamedTuple):
    """What came of one file. A file without a trigger was read but not parsed: it holds no wait. A tuple, since there
    is one for each of the files of a tree.
    """

    path: str
    parsed: bool = False
    note: str = ""
    """What a user who named the file should know; not a reason against the results."""
    functions_seen: int = 0
    """Function definitions in the file; 0 where it was not parsed."""
    functions_read: int = 0
    """Those that hold a candidate and were lowered to a flow graph."""
    unread: tuple[Unread, ...] = ()
    waits: tuple[Wait, ...] = ()
    facts: "tuple[WaitFact, ...]" = ()
    """All that is known of the waits: kept by a run that is after them, not by one that is after findings."""
    findings: tuple[Finding, ...] = ()
    suppressed: int = 0
    """How many more findings comments cover."""
    configuration: tuple[str, ...] = ()
    """The preprocessor symbols that the chosen ``#if`` branches assume."""
    source: SourceFile | None = None
    """Kept where the file has facts or findings, for excerpts and patches."""

    @property
    def unreadable(self) -> bool:
        """Whether nothing of the file could be analysed, though there was something to analyse."""
        return not self.functions_read and bool(self.unread)


_UNTOLD = FileResult("")[1:]
"""A file of which nothing is told, but for its path."""


def _keeping(file: FileResult, wanted: Callable[[Finding], bool]) -> FileResult:
    return file._replace(findings=tuple(filter(wanted, file.findings))) if file.findings else file


@dataclass(frozen=True)
class RunResult:
    """What came of all files, in a stable order, and what of the request could not be done at all."""

    paths: tuple[str, ...]
    """The files that were looked at."""
    telling: tuple[FileResult, ...]
    """Those of which there is anything to tell, in the same order: few of a large tree."""
    refused: tuple[Unread, ...] = ()
    """Paths that could not be read: missing, not a file, unreadable, neither C nor Python."""
    request: tuple[str, ...] = (".",)
    """What was asked for, as words of a command line; nothing where no command can ask for it again."""
    known: int = 0
    """Findings that are left out, being in the baseline."""

    @classmethod
    def of(cls, files: Iterable[FileResult], refused: tuple[Unread, ...] = ()) -> "RunResult":
        """What came of these files."""
        results = tuple(files)
        telling = (file for file in results if file[1:] != _UNTOLD)
        return cls(tuple(file.path for file in results), tuple(telling), refused)

    @cached_property
    def files(self) -> tuple[FileResult, ...]:
        """What came of each file."""
        told = {file.path: file for file in self.telling}
        return tuple(told.get(path) or FileResult(path) for path in self.paths)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, by path and place."""
        return tuple(finding for file in self.telling for finding in file.findings)

    @property
    def waits(self) -> tuple[tuple[str, Wait], ...]:
        """All waits, by path and place."""
        return tuple((file.path, wait) for file in self.telling for wait in file.waits)

    @property
    def facts(self) -> "tuple[WaitFact, ...]":
        """All that is known of wait sites, by path and place, where the run was after them."""
        return tuple(fact for file in self.telling for fact in file.facts)

    @property
    def unread(self) -> tuple[Unread, ...]:
        """Files and functions that were not analysed."""
        return tuple(unread for file in self.telling for unread in file.unread)

    @property
    def files_unread(self) -> tuple[Unread, ...]:
        """Paths and files of which nothing was analysed."""
        return (*self.refused, *(unread for unread in self.unread if not unread.function))

    @property
    def sources(self) -> Mapping[str, SourceFile]:
        """The source of every file that has facts or findings, by path."""
        return {file.path: file.source for file in self.telling if file.source is not None}

    def keeping(self, wanted: Callable[[Finding], bool]) -> "RunResult":
        """The run with only some of its findings."""
        return replace(self, telling=tuple(_keeping(file, wanted) for file in self.telling))

    @property
    def failed(self) -> bool:
        """Whether something counts against the exit status: an error or a warning."""
        return any(finding.severity is not Severity.NOTE for finding in self.findings)

    @property
    def nothing_done(self) -> bool:
        """Whether none of what was asked for could be analysed."""
        if len(self.telling) < len(self.paths):
            return False
        return bool(self.refused or self.paths) and all(file.unreadable for file in self.telling)


@dataclass(frozen=True)
class Statistics:
    """How much was read, and how much was not and why."""

    files: int
    files_parsed: int
    functions_seen: int
    functions_read: int
    functions_with_waits: int
    waits: int
    files_unread: Mapping[str, int] = field(default_factory=dict)
    """How many files were not analysed, by reason."""
    functions_unread: Mapping[str, int] = field(default_factory=dict)
    """How many functions were not analysed, by reason."""
    handlings: Mapping[str, int] = field(default_factory=dict)
    """How many ways of handling an interrupt there are of each kind."""
    findings: Mapping[str, int] = field(default_factory=dict)
    """How many findings each rule has."""
    suppressed: int = 0
    """How many more findings comments cover."""


def statistics(run: RunResult) -> Statistics:
    """The sums of a run."""
    return Statistics(
        files=len(run.paths),
        files_parsed=sum(file.parsed for file in run.telling),
        functions_seen=sum(file.functions_seen for file in run.telling),
        functions_read=sum(file.functions_read for file in run.telling),
        functions_with_waits=len({(path, wait.function) for path, wait in run.waits}),
        waits=len({(path, wait.call) for path, wait in run.waits}),
        files_unread=_tally(unread.reason for unread in run.files_unread),
        functions_unread=_tally(u.reason for u in run.unread if u.function),
        handlings=_tally(wait.handling for _, wait in run.waits),
        findings=_tally(f"{finding.code} {finding.name}" for finding in run.findings),
        suppressed=sum(file.suppressed for file in run.telling),
    )


def _tally(items: Iterable[str]) -> dict[str, int]:
    """Counts, most frequent first, then by name."""
    return dict(sorted(Counter(items).items(), key=lambda pair: (-pair[1], pair[0])))
