"""What one process of a run does: the two phases over single files, within their limits, with what it read kept."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from time import process_time
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from unstall.discovery.prefilter import last_part, may_mention
from unstall.discovery.walk import Candidate
from unstall.flow.files import Definition, Macros, SignalFacts, Unread
from unstall.limits import GaveUp, Limits, timed
from unstall.options import Settings
from unstall.run.cache import Cache, digest
from unstall.run.phase_one import Contents, Reading, Survey, asking, guarded, lowered, opened, signals_of
from unstall.run.phase_two import result, without_waits
from unstall.run.results import FileResult
from unstall.selection.rules import Aim, Selection
from unstall.source import NotTextError

if TYPE_CHECKING:
    from unstall.flow.learnt import ProjectFacts
    from unstall.flow.project import Told
    from unstall.frontends.c.asked import Header

Verb = Literal["look", "tell", "tell_again", "tell_late", "define", "effects", "finish"]
"""The methods of `Worker` that work on one file."""
Cost = Callable[[Candidate], int]
_Answer = TypeVar("_Answer")

_KEPT = 200_000
"""Nodes of flow graphs that are kept from phase one to phase two; about 1 kB each. Text and its outline count as one
for each 300 bytes.
"""


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
    includes: tuple[str, ...] = ()
    """The files that it includes, with the quote or bracket in front of their names."""
    defined: tuple[Definition, ...] = ()
    """Macros that other files may use."""
    no_return: frozenset[str] = frozenset()
    """Functions that a header declares not to return."""
    unread: tuple[Unread, ...] = ()
    """What could not be told of it, beside its own result."""


@dataclass
class Worker:
    """Work on files, one at a time. Results depend on the file, the settings and what the run has learnt alone."""

    settings: Settings
    contents: Contents = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    cache: Cache | None = None
    aim: Aim = Aim.FINDINGS
    _project: "ProjectFacts | None" = None
    _kept: "OrderedDict[str, tuple[frozenset[str], Survey]]" = field(default_factory=OrderedDict)
    _nodes: int = 0
    _headers: "dict[str, Header]" = field(default_factory=dict)
    _shared: tuple[object, bytes] = (None, b"")
    """What all files know, and its digest."""

    def __post_init__(self) -> None:
        self._selection = Selection(self.settings, self.aim)
        self._reading = Reading(self.contents)
        self._configured = frozenset(wait.name for wait in self.settings.waits)

    def brief(self, project: "ProjectFacts") -> None:
        """Know what the run has learnt."""
        self._project = project

    def look(self, candidate: Candidate) -> Look | None:
        """See whether a file may hold a wait, and which macros of other files it asks for. None where it holds none and
        there is nothing to tell of it.
        """
        survey = self._opened(candidate)
        if survey.may_wait:
            return self._remembered("look", survey, self._look)
        told = self._installed(survey)
        if isinstance(told, Unread):
            return Look(FileResult(candidate.path, unread=(told,)))
        if told is None and survey.source is None and not (survey.note or survey.unread):
            return None
        return Look(without_waits(survey, self._selection), told)

    def _installed(self, survey: Survey) -> "Told | Unread | None":
        """What a file that holds no wait tells of signals; None where that is nothing."""
        if survey.installer is None:
            return None
        from unstall.flow.learnt import NOTHING
        from unstall.flow.project import Told

        path = survey.candidate.path
        signals = self._aside(path, partial(signals_of, survey.installer))
        if isinstance(signals, Unread):
            return signals
        return Told(path, NOTHING, NOTHING, signals) if signals and signals.matter_elsewhere else None

    def _look(self, survey: Survey) -> Look:
        path = survey.candidate.path
        try:
            with timed(self.limits):
                work = partial(asking, survey, self._names(path), self._macros, self._selection.every_wait)
                asked = guarded(work, Unread(path, 0, "", ""))
        except GaveUp as reason:
            return Look(lost(survey.candidate, str(reason)))
        if isinstance(asked, Unread):
            return Look(FileResult(path, unread=(asked,)))
        if asked is None:
            return Look()
        self._keep(replace(survey, unit=asked.unit), self._names(path))
        return Look(mentioned=asked.mentioned, includes=asked.includes, defined=asked.waiting)

    def tell(self, candidate: Candidate) -> Look:
        """Phase one over a file that may hold a wait."""
        return self._told(self._kept_of(candidate) or self._opened(candidate))

    def tell_again(self, candidate: Candidate, new: frozenset[str], own: Mapping[str, frozenset[str]]) -> Look | None:
        """Phase one over a file once more, for what is new since it told; None where it mentions no ``new`` function,
        nor a new one of its ``own``. It is the same whether this process has kept what it made of the file.
        """
        path = candidate.path
        learnt = new | own[path] if path in own else new  # mostly one value, which is searched for by one pattern
        if not self._mentions(candidate, learnt):
            return None
        return self._told(self._kept_of(candidate) or self._opened(candidate), learnt)

    def tell_late(self, candidate: Candidate, new: frozenset[str]) -> Look | None:
        """Phase one over a file that seemed to hold no wait, and has told nothing; None where it mentions no ``new``
        function.
        """
        return self.tell(candidate) if self._mentions(candidate, new) else None

    def _mentions(self, candidate: Candidate, names: frozenset[str]) -> bool:
        """Whether a file may call one of these functions."""
        _, kept = self._kept.get(candidate.path, (None, None))
        try:
            data = kept.source.data if kept and kept.source else self._reading.bytes_of(candidate.path)
            return may_mention(candidate.language, names)(data)
        except (OSError, NotTextError):  # whatever is wrong with it was told when it was looked at first
            return False

    def _told(self, survey: Survey, new: frozenset[str] | None = None) -> Look:
        if not survey.may_wait:
            return Look(without_waits(survey, self._selection))
        return self._remembered("tell", survey, partial(self._tell, new=new), new)

    def _tell(self, survey: Survey, new: frozenset[str] | None) -> Look:
        path = survey.candidate.path
        try:
            with timed(self.limits):
                survey = self._lowered(survey)
                if survey.flow is None or survey.source is None:
                    return Look(without_waits(survey, self._selection))
                from unstall.flow.project import told

                self._keep(survey, self._names(path))
                work = partial(told, survey.source, survey.flow, self.known(path), new)
                telling = guarded(work, Unread(path, 0, "", ""))
                if isinstance(telling, Unread):
                    return Look(FileResult(path, unread=(telling,)))
                return Look(None, telling, _nodes(survey))
        except GaveUp as reason:
            return Look(lost(survey.candidate, str(reason)))

    def define(self, candidate: Candidate, names: frozenset[str]) -> Look | None:
        """What a header tells of some names: the macros among them, and the functions that don't return; when it is
        first asked, what it includes, too. None where it tells of none; it doesn't tell of any twice.
        """
        from unstall.frontends.c.asked import Header, included_in
        from unstall.frontends.c.headers import definitions

        path = candidate.path
        header = self._headers.get(path)
        if header is not None and not header.defines(names) and names.isdisjoint(header.no_return):
            return None

        def told() -> Look:
            data = self._reading.bytes_of(path)
            includes = () if header else included_in(data)
            known = header or Header.of(data)
            defined = definitions(path, data, names) if known.defines(names) else ()
            self._headers[path] = known.without(macro.name for macro in defined) if defined else known
            return Look(includes=includes, defined=defined, no_return=names & known.no_return)

        answer = self._aside(path, told)
        return Look(unread=(answer,)) if isinstance(answer, Unread) else answer

    def effects(self, candidate: Candidate, names: frozenset[str]) -> "Told | Unread | None":
        """What a file tells of functions that others install as handlers; None where it defines none of them."""
        from unstall.flow.learnt import NOTHING
        from unstall.flow.project import Told
        from unstall.frontends.c import effects_in

        path = candidate.path

        def told() -> Told | None:
            data = self._reading.bytes_of(path)
            found = effects_in(data, path, names) if may_mention("c", names)(data) else {}
            return Told(path, NOTHING, NOTHING, SignalFacts(effects=found)) if found else None

        return self._aside(path, told)

    def _aside(self, path: str, work: Callable[[], _Answer]) -> "_Answer | Unread | None":
        """What a file tells beside its own result, or why it can't; None where it isn't to be read, which was told when
        it was looked at.
        """
        place = Unread(path, 0, "", "")
        try:
            with timed(self.limits):
                return guarded(partial(_if_readable, work), place)
        except GaveUp as reason:
            return replace(place, reason=str(reason))

    def finish(self, candidate: Candidate) -> FileResult:
        """Phase two over a file."""
        survey = self._kept_of(candidate) or self._opened(candidate)
        if not survey.may_wait:
            return without_waits(survey, self._selection)
        found = self._remembered("finish", survey, self._finish)
        return found._replace(source=survey.source) if found.facts or found.findings else found

    def _finish(self, survey: Survey) -> FileResult:
        path = survey.candidate.path
        try:
            with timed(self.limits) as is_late:
                found = result(self._lowered(survey), self.known(path), self._selection, is_late)
                return found._replace(source=None)
        except GaveUp as reason:
            return lost(survey.candidate, str(reason))

    def known(self, path: str) -> "ProjectFacts":
        """What the run has learnt, as far as it holds in a file."""
        from unstall.flow.configured import configured

        if self._project is None:
            self._project = configured(self.settings)
        return self._project.within(path)

    def _names(self, path: str) -> frozenset[str]:
        """The functions whose calls are looked for in a file."""
        if self._project is None:
            return self._configured
        return self._project.within(path).searched(self._selection.every_wait)

    def _opened(self, candidate: Candidate) -> Survey:
        return opened(candidate, self._names(candidate.path), self._reading, self._selection.every_wait)

    def _lowered(self, survey: Survey) -> Survey:
        if survey.flow is not None:
            return survey
        return lowered(survey, self._names(survey.candidate.path), self._macros, self._selection.every_wait)

    @property
    def _macros(self) -> Macros:
        if self._project is not None:
            return self._project.macros
        from unstall.flow.configured import macros

        return macros(self.settings)

    # ---------------------------------------------------------------------------------------- what is kept

    def _remembered(
        self, verb: Verb, survey: Survey, work: Callable[[Survey], _Answer], asked: object = None
    ) -> _Answer:
        """What is in the cache for a file, else what the work on it comes to."""
        source = survey.source
        if self.cache is None or source is None or source.path in self.contents:
            return work(survey)
        known = self.known(source.path)
        if self._shared[0] is not self._project:
            self._shared = (self._project, digest(self.settings, self.limits, self.aim, replace(known, own={})))
        own = known.own.get(source.path)
        key = digest(verb, asked, survey.candidate, source.data, own, self._shared[1])
        kept: _Answer | None = self.cache.get(key)
        if kept is None:
            started = process_time()
            kept = work(survey)
            if process_time() - started < self.limits.seconds:  # what was cut short comes to more where there is time
                self.cache.put(key, kept)
        return kept

    def _kept_of(self, candidate: Candidate) -> Survey | None:
        """The survey that phase one made, where it is still here; to be lowered once more where it left out something
        that was learnt since.
        """
        names = self._names(candidate.path)
        before, kept = self._kept.pop(candidate.path, (names, None))
        if kept is None:
            return None
        self._nodes -= _nodes(kept)
        if kept.flow is None or kept.flow.left_out.isdisjoint(map(last_part, names - before)):
            return kept
        return replace(kept, flow=None, before=kept.flow)

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

    worker: Worker
    losses = 0
    """Files that were lost with the process that analysed them."""

    def brief(self, project: "ProjectFacts") -> None:
        """Know what the run has learnt."""
        self.worker.brief(project)

    def each(
        self, verb: Verb, candidates: Sequence[Candidate], cost: Cost, *more: object
    ) -> Iterator[tuple[Candidate, Any]]:
        """What the worker's method gives for each file."""
        work = getattr(self.worker, verb)
        return ((candidate, work(candidate, *more)) for candidate in candidates)


def _if_readable(work: Callable[[], _Answer]) -> _Answer | None:
    try:
        return work()
    except (OSError, NotTextError):
        return None


def lost(candidate: Candidate, reason: str) -> FileResult:
    """The result of a file that nothing is known of."""
    return FileResult(candidate.path, unread=(Unread(candidate.path, 0, "", reason),))


def _nodes(surveyed: Survey) -> int:
    nodes = sum(len(graph.nodes) for graph in surveyed.flow.graphs) if surveyed.flow else 0
    return nodes + (len(surveyed.source.data) // 300 if surveyed.unit and surveyed.source else 0)
