"""Signals across files: who installs whose handlers, what those write, and where all signals are blocked."""

import os.path
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from unstall.flow.files import Effects, SignalFacts
from unstall.source import SourceFile


@dataclass(frozen=True, slots=True)
class RunSignals:
    """What the files of a run show of signals together."""

    signals: tuple[str, ...] = ()
    """Those for which one of them installs a handler."""
    flags: frozenset[str] = frozenset()
    """Variables that a handler writes."""
    falling: frozenset[str] = frozenset()
    """Those of `flags` that handlers do nothing with but count them down."""
    threads: frozenset[str] = frozenset()
    """What is handed to calls that start a thread."""
    effects: Mapping[str, Effects | None] = field(default_factory=dict)
    """What functions do that other files install as handlers; None of one that there are several of."""
    installed_by: Mapping[str, SignalFacts | None] = field(default_factory=dict)
    """What files show of signals, by the functions that install handlers; None of ambiguous names."""
    whole: bool = False
    """The run was told to look at folders, and not at single files whose neighbours it doesn't see."""
    installing: frozenset[str] = frozenset()
    """The folders of the files that install handlers."""
    closing: frozenset[str] = frozenset()
    """The folders of programs that have every signal blocked."""
    opening: frozenset[str] = frozenset()
    """The folders of which a function lets them in."""


class Telling(Protocol):
    """What one file tells."""

    @property
    def path(self) -> str:
        """The file."""

    @property
    def signals(self) -> SignalFacts:
        """What it shows of signals."""


def signals_of_all(known: RunSignals, tellings: Sequence[Telling]) -> RunSignals:
    """What files show of signals together: ``known`` with what they tell, in this order."""
    facts = [telling.signals for telling in tellings]
    effects = [(name, does) for told in facts for name, does in told.effects.items()]
    writes = (does.ever for _, does in effects if does)
    installed_by = [(name, told if told.complete else None) for told in facts for name in told.installers]
    written = [(known.flags, known.falling), *((told.flags, told.falling) for told in facts)]
    written += [(names, frozenset[str]()) for names in writes]
    flags = frozenset().union(*(named for named, _ in written))
    return RunSignals(
        tuple(dict.fromkeys((*known.signals, *(name for told in facts for name in told.signals)))),
        flags,
        flags.difference(*(named - falling for named, falling in written)),
        known.threads.union(*(told.threads for told in facts)),
        whole=known.whole,
        installing=known.installing | {folder_of(t.path) for t in tellings if t.signals.installs},
        effects=_unique(known.effects, effects),
        installed_by=_unique(known.installed_by, installed_by),
        closing=known.closing | {folder_of(t.path) for t in tellings if "main" in t.signals.closed.since},
        opening=known.opening | {folder_of(t.path) for t in tellings if t.signals.closed.opened},
    )


_Known = TypeVar("_Known")


def _unique(known: Mapping[str, _Known | None], more: Iterable[tuple[str, _Known | None]]) -> dict[str, _Known | None]:
    """What is known by names, with more: None of a name that means several things."""
    found = dict(known)
    for name, value in more:
        found[name] = value if found.get(name, value) == value else None
    return found


def signals_within(source: SourceFile, own: SignalFacts, around: RunSignals) -> SignalFacts:
    """What a file shows of signals, with what others tell that matters in it."""
    folder = folder_of(source.path)
    facts = replace(
        own,
        threads=own.threads | around.threads,
        none_in_run=around.whole and not around.installing and source.language == "c",
        none_in_folder=around.whole and folder not in around.installing,
        closed_around=folder in around.closing - around.opening,
    )
    return _with_foreign(_with_installed(facts, around), around)


def _with_installed(facts: SignalFacts, around: RunSignals) -> SignalFacts:
    """With the handlers that functions of other files install for a program without any of its own."""
    named = [around.installed_by[name] for name in sorted(facts.called_by_main & around.installed_by.keys())]
    others = [told for told in named if told is not None]
    return with_handlers(facts, others) if others and len(others) == len(named) else facts


def with_handlers(facts: SignalFacts, others: Sequence[SignalFacts]) -> SignalFacts:
    """What a file without handlers shows, with those that other files install for its program."""
    return replace(
        facts,
        signals=tuple(dict.fromkeys(name for told in others for name in told.signals)),
        each_sets=tuple(writes for told in others for writes in told.each_sets),
        may_set=frozenset().union(*(told.may_set for told in others)),
        foreign=frozenset().union(*(told.foreign for told in others)),
        complete=True,
        program=True,
        none_at_all=False,
        none_here=False,
        elsewhere=True,
    )


def _with_foreign(facts: SignalFacts, around: RunSignals) -> SignalFacts:
    """With what is done by the handlers that another file defines, where that is known of all."""
    found = [does for name in sorted(facts.foreign) if (does := around.effects.get(name))]
    if len(found) < len(facts.foreign):
        return facts
    returning = [does for does in found if not does.ends]
    return replace(
        facts,
        foreign=frozenset(),
        each_sets=(*facts.each_sets, *(does.always for does in returning)),
        may_set=facts.may_set.union(*(does.ever for does in returning)),
    )


def folder_of(path: str) -> str:
    """The folder that a file is in."""
    return os.path.dirname(path)  # noqa: PTH120  (called for every file of a run)
