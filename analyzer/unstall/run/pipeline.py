"""From paths to results, in two phases over the files of a run.

Phase one reads every file that may hold a wait and learns what the functions tell of each other: wrappers, loop
bodies, signal handlers. Phase two analyses each function with that knowledge and asks the rules. Both are pure
functions of the files' bytes; nothing of what is analysed is imported or run.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from operator import attrgetter, itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING

from unstall.discovery.walk import Candidate, Filter, discover, language_of
from unstall.flow.files import Unread
from unstall.limits import Limits
from unstall.options import DEFAULTS, Settings
from unstall.run.cache import Cache
from unstall.run.learning import Learning
from unstall.run.phase_one import Contents
from unstall.run.results import FileResult, RunResult
from unstall.run.unchanged import former, keep, run_key, seen
from unstall.run.worker import Alone, Worker
from unstall.selection.rules import Aim, Selection

if TYPE_CHECKING:
    from unstall.flow.learnt import ProjectFacts
    from unstall.run.pool import Pool

Progress = Callable[[int, int, int], None]
"""Takes files done, files in all, and findings so far."""
NOTHING: Contents = MappingProxyType({})
_LARGE = 300_000
"""Bytes of source; with fewer, starting processes takes longer than the work, and so does keeping the whole run."""


def run(
    paths: Iterable[str],
    progress: Progress | None = None,
    settings: Settings = DEFAULTS,
    contents: Contents = NOTHING,
    jobs: int = 1,
    limits: Limits | None = None,
    cache: Cache | None = None,
    aim: Aim = Aim.FINDINGS,
) -> RunResult:
    """Analyse files and folders. What can't be read is in the result, in words; nothing is raised for it.

    ``contents`` is what files hold instead of what is on the disk, by path. With more than one of ``jobs``, files are
    divided among processes where it is worth it; the result is the same. ``limits`` are those of the settings where
    none are given. What the ``cache`` knows from former runs is not done again. Raises SelectionError for settings
    that name a rule that there is not.
    """
    every_wait = Selection(settings, aim).every_wait  # raises here, and in no other process
    candidates, refused = _candidates(paths, settings, contents)
    stats = {path: seen(path) for path in map(attrgetter("path"), candidates)}
    limits = limits or Limits(settings.time_limit, settings.memory_limit)
    large = sum(map(itemgetter(0), stats.values())) >= _LARGE
    alone = any(map(attrgetter("named"), candidates))  # its headers count, too, and aren't looked at here
    key = run_key(stats, (settings, limits, aim)) if cache and large and not (contents or alone) else None
    if cache and key and (kept := former(cache, key, stats)) is not None:
        return RunResult(tuple(stats), kept, refused)
    sizes = {path: len(contents[path]) if path in contents else size for path, (size, *_) in stats.items()}
    found = _Found(len(candidates), progress)
    with _workforce(jobs if large else 1, settings, contents, limits, cache, aim) as force:
        looks = Learning(force, candidates, sizes, settings, contents, every_wait, found.add).looks()
        left = [candidate for candidate in candidates if looks[candidate.path].settled is None]
        for candidate, result in force.each("finish", left, lambda candidate: looks[candidate.path].cost):
            found.add(candidate, result)
    whole = RunResult.of((found.results[candidate.path] for candidate in candidates), refused)
    cut_short = any(one.reason == limits.too_slow for result in whole.telling for one in result.unread)
    if cache and key and not (force.losses or cut_short):
        keep(cache, key, whole.telling)
    return whole


def surroundings(path: str, settings: Settings, tree: Sequence[str] = ()) -> "ProjectFacts":
    """What is known of a file before it is analysed alone: what the project says of its own functions, and the macros
    of the headers that it includes; with a ``tree``, what the files there and it tell of each other.
    """
    from unstall.flow.configured import configured
    from unstall.run.headers import with_headers

    force = Alone(Worker(settings, aim=Aim.SITES))
    if tree:
        candidates, _ = _candidates((path, *tree), settings, NOTHING)
        sizes = {candidate.path: seen(candidate.path)[0] for candidate in candidates}
        Learning(force, candidates, sizes, settings, NOTHING, True, lambda *result: None).looks()
        return force.worker.known(path)
    known = configured(settings)
    candidates = [Candidate(path, language_of(path, executable=True) or "c", named=True)]
    look = force.worker.look(candidates[0])
    if look is None or look.settled:
        return known
    return with_headers(force, candidates, {}, {path: look}, NOTHING, known)[0]


class _Found:
    """The results so far, and who is told of them."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.results: dict[str, FileResult] = {}
        self._total = total
        self._progress = progress
        self._findings = 0

    def add(self, candidate: Candidate, result: FileResult) -> None:
        former = self.results.get(candidate.path)
        self.results[candidate.path] = result
        self._findings += len(result.findings) - (len(former.findings) if former else 0)
        if self._progress:
            self._progress(len(self.results), self._total, self._findings)


def _workforce(
    jobs: int, settings: Settings, contents: Contents, limits: Limits, cache: Cache | None, aim: Aim
) -> "AbstractContextManager[Alone | Pool]":
    if jobs > 1 and os.name == "posix":
        from unstall.run.pool import Pool

        return Pool(jobs, settings, contents, limits, cache, aim)
    return nullcontext(Alone(Worker(settings, contents, limits, cache, aim)))


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
    refused: list[Unread] = []
    for item in discover(elsewhere, chosen):
        if isinstance(item, Unread):
            refused.append(item)
        else:
            candidates.append(item)
    candidates.sort(key=attrgetter("path"))
    return candidates, tuple(refused)
