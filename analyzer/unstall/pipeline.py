"""From paths to results, in two phases over the files of a run.

Phase one reads every file that may hold a wait and learns what the functions tell of each other: wrappers, loop
bodies, signal handlers. Phase two analyses each function with that knowledge and asks the rules. Both are pure
functions of the files' bytes; nothing of what is analysed is imported or run.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from unstall.cache import Cache
from unstall.desk import Alone, Desk, Look, Verb
from unstall.discovery import Candidate, Filter, discover, language_of
from unstall.flow.ir import Unread
from unstall.limits import Limits
from unstall.options import DEFAULTS, Settings
from unstall.phase_one import Contents, Reading
from unstall.results import FileResult, RunResult
from unstall.selection import Aim, Selection
from unstall.unchanged import former, keep, run_key, seen

if TYPE_CHECKING:
    from unstall.crew import Crew
    from unstall.flow.project import ProjectFacts, Told

Progress = Callable[[int, int, int], None]
"""Takes files done, files in all, and findings so far."""
NOTHING: Contents = MappingProxyType({})
_ROUNDS = 8
"""How often phase one looks again for callers of what it has learnt: how deep wrappers of wrappers are followed."""
_MACRO_ROUNDS = 4
"""How deep macros of macros are followed through headers."""
_TABLE = 500_000
"""Bytes of a header that is read for macros; a larger one is a table that a program wrote (registers, characters)."""
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
    looks = {candidate.path: seen(candidate.path) for candidate in candidates}
    sizes = {path: len(contents[path]) if path in contents else look.size for path, look in looks.items()}
    limits = limits or Limits(settings.time_limit, settings.memory_limit)
    large = sum(sizes.values()) >= _LARGE
    alone = any(candidate.named for candidate in candidates)  # its headers count, too, and aren't looked at here
    key = run_key(candidates, looks, (settings, limits, aim)) if cache and large and not (contents or alone) else None
    if cache and key and (kept := former(cache, key, candidates)):
        return RunResult(tuple(kept[candidate.path] for candidate in candidates), refused)
    found = _Found(len(candidates), progress)
    with _workforce(jobs if large else 1, settings, contents, limits, cache, aim) as force:
        looked = _looked(force, candidates, sizes, found, settings, contents, every_wait)
        for candidate in candidates:
            if settled := looked[candidate.path].settled:
                found.add(candidate, settled)
        left = [candidate for candidate in candidates if looked[candidate.path].settled is None]
        for candidate, result in force.each("finish", left, lambda candidate: looked[candidate.path].cost):
            found.add(candidate, result)
    results = tuple(found.results[candidate.path] for candidate in candidates)
    if cache and key and not force.losses:
        keep(cache, key, results)
    return RunResult(results, refused)


def surroundings(path: str, settings: Settings) -> "ProjectFacts":
    """What is known of a file before it is analysed alone: what the project says of its own functions, and the macros
    of the headers that it includes.
    """
    from unstall.flow.configured import configured

    known = configured(settings)
    candidates = [Candidate(path, language_of(path, executable=True) or "c", named=True)]
    force = Alone(Desk(settings, aim=Aim.SITES))
    looks = {candidate.path: look for candidate, look in force.each("look", candidates, lambda candidate: 0)}
    if looks[path].settled:
        return known
    return _with_headers(force, _headers(candidates, looks, NOTHING), {}, looks, known)


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
) -> "AbstractContextManager[Alone | Crew]":
    if jobs > 1 and os.name == "posix":
        from unstall.crew import Crew

        return Crew(jobs, settings, contents, limits, cache, aim)
    return nullcontext(Alone(Desk(settings, contents, limits, cache, aim)))


def _looked(
    force: "Alone | Crew",
    candidates: Sequence[Candidate],
    sizes: dict[str, int],
    found: _Found,
    settings: Settings,
    contents: Contents,
    every_wait: bool,
) -> dict[str, Look]:
    """Phase one over all files, and again over those that call a function that came to matter."""
    looks: dict[str, Look] = {}
    for candidate, look in force.each("look", candidates, lambda candidate: sizes[candidate.path]):
        looks[candidate.path] = look
        if look.settled:  # unless it turns out to call what another file defines
            found.add(candidate, look.settled)
    if all(look.settled for look in looks.values()):
        return looks  # nothing is imported for what is not there
    from unstall.flow.configured import configured
    from unstall.flow.project import merged

    def ask(verb: Verb, chosen: Callable[[FileResult | None], bool], *more: object) -> "list[Told]":
        """What files tell, chosen by the results that some of them have already."""
        asked = [candidate for candidate in candidates if chosen(looks[candidate.path].settled)]
        tellings = []
        for candidate, look in force.each(verb, asked, lambda candidate: sizes[candidate.path], *more):
            if look is not None:
                looks[candidate.path] = look
                tellings += [look.told] if look.told else []
        return tellings

    headers = [c for c in _headers(candidates, looks, contents) if sizes.get(c.path, 0) <= _TABLE]
    project = _with_headers(force, headers, sizes, looks, configured(settings))
    force.brief(project)
    searched = configured(settings).searched(every_wait)
    tellings = [look.told for look in looks.values() if look.told]
    tellings += ask("tell", _is_at_hand)
    for _ in range(_ROUNDS):
        before, project = project, merged(project, tellings)
        force.brief(project)
        new = project.names - before.names
        own = {path: project.own[path].names - before.within(path).names for path in project.own}
        tellings = ask("tell_again", _is_at_hand, new, own) if new or any(own.values()) else []
        if not tellings and (late := project.searched(every_wait) - searched):
            # Those at hand have told all that they know of each other: now for those that seemed to hold no wait.
            searched |= late
            tellings = ask("tell_again", _seems_empty, late, {})
        if not tellings:
            break
    return looks


def _is_at_hand(result: FileResult | None) -> bool:
    """Whether a file may hold a wait, so that it has no result yet."""
    return result is None


def _seems_empty(result: FileResult | None) -> bool:
    """Whether a file that was read seemed to hold no wait."""
    return result is not None and not result.unread


def _headers(candidates: Sequence[Candidate], looks: dict[str, Look], contents: Contents) -> list[Candidate]:
    """The headers of the run, and those that the files which were named alone include."""
    from unstall.frontends.c.headers import is_header

    headers = [candidate for candidate in candidates if candidate.language == "c" and is_header(candidate.path)]
    named = [c.path for c in candidates if c.named and c.language == "c" and not looks[c.path].settled]
    if named:
        from unstall.included import included

        headers += included(named, [candidate.path for candidate in candidates], Reading(contents))
    return headers


def _with_headers(
    force: "Alone | Crew",
    headers: Sequence[Candidate],
    sizes: dict[str, int],
    looks: dict[str, Look],
    known: "ProjectFacts",
) -> "ProjectFacts":
    """With what headers tell of the names in the functions that were looked at: macros, which may come to others in
    turn, and functions that don't return.
    """
    from unstall.frontends.c.headers import relevant, words

    found = [definition for look in looks.values() for definition in look.defined]
    no_return = set(known.no_return)
    asked: frozenset[str] = frozenset()
    wanted = words(found).union(*(look.mentioned for look in looks.values()))
    for _ in range(_MACRO_ROUNDS):
        if not (headers and wanted - asked):
            break
        answers = force.each("define", headers, lambda candidate: sizes.get(candidate.path, 0), wanted - asked)
        asked |= wanted
        wanted = frozenset()
        for _, look in answers:
            found += look.defined
            no_return |= look.no_return
            wanted |= words(look.defined)
    return replace(known, macros=relevant(found, known.macros), no_return=frozenset(no_return))


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
