"""What one process of a run does: the two phases over single files, within their limits, with what it read kept."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from unstall.discovery import Candidate
from unstall.flow.configured import macros
from unstall.flow.ir import Definition, Unread
from unstall.limits import GaveUp, Limits, timed
from unstall.options import Settings
from unstall.phase_one import Contents, Reading, Survey, survey, unread
from unstall.phase_two import result, without_waits
from unstall.prefilter import may_mention
from unstall.results import FileResult
from unstall.selection import Selection

if TYPE_CHECKING:
    from unstall.flow.project import ProjectFacts, Told

Verb = Literal["look", "look_again", "define", "finish"]
"""The methods of `Desk` that work on one file."""
Cost = Callable[[Candidate], int]

_KEPT = 60_000
"""Nodes of flow graphs that are kept from phase one to phase two; about 1 kB each."""


@dataclass(frozen=True)
class Look:
    """What phase one comes to for one file."""

    settled: FileResult | None = None
    """The file's result, where phase two has nothing to do."""
    told: "Told | None" = None
    cost: int = 0
    """How much phase two has to do: nodes of flow graphs."""
    mentioned: frozenset[str] = frozenset()
    """Names that may be macros of other files."""
    defined: tuple[Definition, ...] = ()
    """Macros that other files may use."""


@dataclass
class Desk:
    """Work on files, one at a time. Results depend on the file, the settings and what the run has learnt alone."""

    settings: Settings
    contents: Contents = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    _project: "ProjectFacts | None" = None
    _kept: "OrderedDict[str, tuple[frozenset[str], Survey]]" = field(default_factory=OrderedDict)
    _nodes: int = 0

    def __post_init__(self) -> None:
        self._selection = Selection(self.settings)
        self._reading = Reading(self.contents)
        self._configured = frozenset(wait.name for wait in self.settings.waits)

    def brief(self, project: "ProjectFacts") -> None:
        """Know what the run has learnt."""
        self._project = project

    def look(self, candidate: Candidate) -> Look:
        """Phase one over a file."""
        names = self._names(candidate.path)
        try:
            with timed(self.limits):
                surveyed = self._survey(candidate, names)
                if surveyed.flow is None or surveyed.source is None:
                    return Look(without_waits(surveyed, self._selection))
                from unstall.flow.project import told

                self._keep(surveyed, names)
                telling = told(surveyed.source, surveyed.flow, self._known(candidate.path))
                flow = surveyed.flow
                return Look(None, telling, _nodes(surveyed), flow.mentioned, flow.waiting)
        except GaveUp as reason:
            return Look(without_waits(unread(candidate, str(reason)), self._selection))

    def look_again(self, candidate: Candidate, new: frozenset[str], own: Mapping[str, frozenset[str]]) -> Look | None:
        """Phase one over a file once more; None where it mentions no ``new`` function, nor a new one of its ``own``."""
        try:
            mentions = may_mention(new | own.get(candidate.path, frozenset()))(self._reading.bytes_of(candidate.path))
        except Exception:  # whatever is wrong with it was told when it was looked at first
            return None
        return self.look(candidate) if mentions else None

    def define(self, candidate: Candidate, names: frozenset[str]) -> Look:
        """The macros of some names that a header defines."""
        from unstall.frontends.c.headers import definitions

        try:
            with timed(self.limits):
                return Look(defined=definitions(candidate.path, self._reading.bytes_of(candidate.path), names))
        except (Exception, GaveUp):  # what is wrong with it was told when it was looked at
            return Look()

    def finish(self, candidate: Candidate) -> FileResult:
        """Phase two over a file."""
        try:
            with timed(self.limits) as is_late:
                return result(self._surveyed(candidate), self._known(candidate.path), self._selection, is_late)
        except GaveUp as reason:
            return lost(candidate, str(reason))

    def _known(self, path: str) -> "ProjectFacts":
        from unstall.flow.configured import configured

        if self._project is None:
            self._project = configured(self.settings)
        return self._project.within(path)

    def _names(self, path: str) -> frozenset[str]:
        return self._configured if self._project is None else self._project.within(path).names

    def _survey(self, candidate: Candidate, names: frozenset[str]) -> Survey:
        known = macros(self.settings) if self._project is None else self._project.macros
        return survey(candidate, names, known, self._reading)

    # ---------------------------------------------------------------------------------------- what is kept

    def _surveyed(self, candidate: Candidate) -> Survey:
        """The survey that phase one made, where it is still here and mentions nothing that was learnt since."""
        names = self._names(candidate.path)
        before, kept = self._kept.pop(candidate.path, (names, None))
        if kept is not None:
            self._nodes -= _nodes(kept)
            if kept.source is not None and not may_mention(names - before)(kept.source.data):
                return kept
        return self._survey(candidate, names)

    def _keep(self, surveyed: Survey, names: frozenset[str]) -> None:
        path = surveyed.candidate.path
        _, former = self._kept.pop(path, (names, None))
        self._nodes += _nodes(surveyed) - (_nodes(former) if former else 0)
        self._kept[path] = (names, surveyed)
        while self._nodes > _KEPT and len(self._kept) > 1:
            _, (_, oldest) = self._kept.popitem(last=False)
            self._nodes -= _nodes(oldest)


@dataclass
class Alone:
    """A run within this process."""

    desk: Desk

    def brief(self, project: "ProjectFacts") -> None:
        """Know what the run has learnt."""
        self.desk.brief(project)

    def each(
        self, verb: Verb, candidates: Sequence[Candidate], cost: Cost, *more: object
    ) -> Iterator[tuple[Candidate, Any]]:
        """What the desk's method gives for each file."""
        work = getattr(self.desk, verb)
        return ((candidate, work(candidate, *more)) for candidate in candidates)


def lost(candidate: Candidate, reason: str) -> FileResult:
    """The result of a file that nothing is known of."""
    return FileResult(candidate.path, unread=(Unread(candidate.path, 0, "", reason),))


def _nodes(surveyed: Survey) -> int:
    return sum(len(graph.nodes) for graph in surveyed.flow.graphs) if surveyed.flow else 0
