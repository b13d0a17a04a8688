"""Phase one over the files of a run: what they tell of each other, in rounds, until nobody has anything new to say.

Files that may hold a wait are looked at first, then the headers that they include, then they tell of their functions;
whoever calls what has come to matter is asked again. The answers are the same whatever the order of the files, or the
process that gives them.
"""

import os.path
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from unstall.discovery.walk import Candidate
from unstall.flow.files import Unread
from unstall.options import Settings
from unstall.run.phase_one import Contents
from unstall.run.results import FileResult
from unstall.run.worker import Alone, Look, Verb

if TYPE_CHECKING:
    from unstall.flow.learnt import ProjectFacts
    from unstall.flow.project import Told
    from unstall.run.pool import Pool

_ROUNDS = 64
"""How often callers of what was learnt are looked for: through how many files wrappers of wrappers are followed."""


@dataclass(frozen=True)
class Learning:
    """Phase one of a run."""

    force: "Alone | Pool"
    candidates: Sequence[Candidate]
    sizes: Mapping[str, int]
    settings: Settings
    contents: Contents
    every_wait: bool
    settle: Callable[[Candidate, FileResult], None]
    """Takes the results that phase two has nothing to add to. One may be given twice: then the last is right."""

    def looks(self) -> dict[str, Look]:
        """What phase one comes to for each file, by path."""
        looks = self._first_looks()
        if not all(look.settled for look in looks.values()):  # else nothing is imported for what is not there
            self._learn(looks)
        return looks

    def _first_looks(self) -> dict[str, Look]:
        looks: dict[str, Look] = {}
        for candidate, answer in self.force.each("look", self.candidates, self._cost):
            look = looks[candidate.path] = answer or Look(FileResult(candidate.path))
            if look.settled:  # unless it turns out to call what another file defines
                self.settle(candidate, look.settled)
        return looks

    def _learn(self, looks: dict[str, Look]) -> None:
        """Ask the files that are not settled, and those that turn out to be concerned."""
        from unstall.flow.configured import configured
        from unstall.flow.project import merged
        from unstall.run.headers import with_headers

        known = configured(self.settings)
        project, unread = with_headers(self.force, self.candidates, self.sizes, looks, self.contents, known)
        self._note(looks, unread)
        whole = not any(candidate.named for candidate in self.candidates)
        project = replace(project, signals=replace(project.signals, whole=whole))
        self.force.brief(project)
        searched = known.searched(self.every_wait)
        tellings = [look.told for look in looks.values() if look.told]
        tellings += self._ask(looks, "tell", self._at_hand(looks))
        tellings += self._handlers_of_others(looks, tellings)
        for _ in range(_ROUNDS):
            before, project = project, merged(project, tellings)
            self.force.brief(project)
            tellings = self._told_again(looks, before, project)
            if not tellings and (late := project.searched(self.every_wait) - searched):
                # Those at hand have told all that they know of each other: now those that seemed to hold no wait.
                searched |= late
                tellings = self._ask(looks, "tell_late", self._seeming_empty(looks), late)
            if not tellings:
                break

    def _handlers_of_others(self, looks: dict[str, Look], tellings: "list[Told]") -> "list[Told]":
        """What files tell of the functions that others install as handlers: those of the installers' own folders, and
        of folders within.
        """
        from unstall.flow.project import Told
        from unstall.flow.signals import folder_of

        installers = [telling for telling in tellings if telling.signals.foreign]
        names = frozenset[str]().union(*(telling.signals.foreign for telling in installers))
        folders = tuple({os.path.join(folder_of(t.path), "") for t in installers})  # noqa: PTH118
        asked = [c for c in self.candidates if c.language == "c" and c.path.startswith(folders)]
        answers = [answer for _, answer in self.force.each("effects", asked, self._cost, names)] if asked else []
        self._note(looks, [answer for answer in answers if isinstance(answer, Unread)])
        return [answer for answer in answers if isinstance(answer, Told)]

    def _note(self, looks: dict[str, Look], unread: Sequence[Unread]) -> None:
        """Add what files could not tell beside their results to these; phase two says it of those without any yet."""
        reasons = {one.path: one for one in unread}
        for candidate in self.candidates if reasons else ():
            look = looks[candidate.path]
            if candidate.path in reasons and look.settled is not None:
                settled = look.settled._replace(unread=(*look.settled.unread, reasons[candidate.path]))
                looks[candidate.path] = replace(look, settled=settled)
                self.settle(candidate, settled)

    def _told_again(self, looks: dict[str, Look], before: "ProjectFacts", project: "ProjectFacts") -> "list[Told]":
        """What files at hand tell of what was learnt since."""
        new = project.names - before.names
        own = {path: project.own[path].names - before.within(path).names for path in project.own}
        return self._ask(looks, "tell_again", self._at_hand(looks), new, own) if new or any(own.values()) else []

    def _at_hand(self, looks: Mapping[str, Look]) -> list[Candidate]:
        """The files that may hold a wait, so that they have no result yet."""
        return [candidate for candidate in self.candidates if looks[candidate.path].settled is None]

    def _seeming_empty(self, looks: Mapping[str, Look]) -> list[Candidate]:
        """The files that were read and seemed to hold no wait."""
        settled = ((candidate, looks[candidate.path].settled) for candidate in self.candidates)
        return [candidate for candidate, result in settled if result is not None and not result.unread]

    def _ask(self, looks: dict[str, Look], verb: Verb, asked: Sequence[Candidate], *more: object) -> "list[Told]":
        """What these files tell."""
        tellings = []
        for candidate, look in self.force.each(verb, asked, self._cost, *more):
            if look is not None:
                looks[candidate.path] = look
                tellings += [look.told] if look.told else []
                if look.settled:
                    self.settle(candidate, look.settled)
        return tellings

    def _cost(self, candidate: Candidate) -> int:
        return self.sizes[candidate.path]
