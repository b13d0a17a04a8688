"""Signals across files: who installs whose handlers, what those write, and where all signals are blocked."""

import os.path
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from unstall.flow.files import SignalFacts


class Telling(Protocol):
    """What one file tells."""

    @property
    def path(self) -> str:
        """The file."""

    @property
    def signals(self) -> SignalFacts:
        """What it shows of signals."""


def signals_of_all(known: SignalFacts, tellings: Sequence[Telling]) -> SignalFacts:
    """What files show of signals together: ``known`` with what they tell, in this order."""
    facts = [telling.signals for telling in tellings]
    each = [known, *facts]
    effects = [(name, does) for told in facts for name, does in told.effects.items()]
    writes = (does.ever for _, does in effects if does)
    installed_by = [(name, told if told.complete else None) for told in facts for name in told.installers]
    written = [(told.flags, told.falling) for told in each] + [(names, frozenset[str]()) for names in writes]
    flags = frozenset().union(*(named for named, _ in written))
    return SignalFacts(
        tuple(dict.fromkeys(name for told in each for name in told.signals)),
        flags,
        flags.difference(*(named - falling for named, falling in written)),
        whole=known.whole,
        installing=known.installing | {folder_of(t.path) for t in tellings if t.signals.installs},
        threads=frozenset().union(*(told.threads for told in each)),
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


def signals_within(path: str, own: SignalFacts, around: SignalFacts) -> SignalFacts:
    """What a file shows of signals, with what others tell that matters in it."""
    facts = replace(
        own,
        threads=own.threads | around.threads,
        whole=around.whole,
        installing=around.installing,
        closed_around=folder_of(path) in around.closing - around.opening,
    )
    return _with_foreign(_with_installed(facts, around), around)


def _with_installed(facts: SignalFacts, around: SignalFacts) -> SignalFacts:
    """With the handlers that functions of other files install for a program without any of its own."""
    named = [around.installed_by[name] for name in sorted(facts.asks & around.installed_by.keys())]
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


def _with_foreign(facts: SignalFacts, around: SignalFacts) -> SignalFacts:
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
