"""What is known of functions by their names, and of a run: what phase one gathers and phase two reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from unstall.flow.facts import Caller
from unstall.flow.files import Macros
from unstall.flow.signals import RunSignals
from unstall.flow.values import Value
from unstall.flow.waits import WaitSpec


@dataclass(frozen=True)
class Learnt:
    """What is known of functions by their names."""

    wrappers: Mapping[str, WaitSpec] = field(default_factory=dict)
    """Functions that wait inside."""
    silent: frozenset[str] = frozenset()
    """Functions that wait inside and never report an interrupt."""
    bodies: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    """Functions that wait outside of any loop of their own, or leave it when interrupted: what they return then, and on
    a timeout where they return at all.
    """
    callers: Mapping[str, Caller] = field(default_factory=dict)
    """Those of `bodies` that are the body of a caller's loop, whatever they return then."""
    relays: Mapping[str, str] = field(default_factory=dict)
    """Functions that call one of `bodies` and return after it, by that body's name: bodies, too."""
    no_return: frozenset[str] = frozenset()
    """Functions that don't return."""

    @property
    def names(self) -> frozenset[str]:
        """The functions whose callers matter, by what a call names them."""
        return frozenset((*self.wrappers, *map(_called, self.bodies)))

    def searched(self, every_wait: bool) -> frozenset[str]:
        """Those whose callers are looked for: of ``every_wait``, or of those that matter even where their interrupt is
        not told apart.
        """
        waits = (name for name, spec in self.wrappers.items() if every_wait or spec.matters_untold)
        return frozenset((*waits, *map(_called, self.bodies)))

    def caller_of(self, name: str) -> Caller | None:
        """The call in whose loop a function is the body, be it by way of others; None where none is known."""
        called, seen = name, {name}
        while called not in self.callers:
            called = self.relays.get(called, name)
            if called in seen:
                return None
            seen.add(called)
        caller = self.callers[called]
        return caller if called == name else replace(caller, by=called)

    def with_more(self, more: "Learnt") -> "Learnt":
        """What both know; of what both speak of, this one is right."""
        return Learnt(
            {**{name: spec for name, spec in more.wrappers.items() if name not in self.silent}, **self.wrappers},
            self.silent | more.silent.difference(self.wrappers),
            {**more.bodies, **self.bodies},
            {**more.callers, **self.callers},
            {**more.relays, **self.relays},
            self.no_return | more.no_return,
        )

    def beyond(self, known: "Learnt") -> "Learnt":
        """What is not ``known`` yet."""
        return Learnt(
            {name: spec for name, spec in self.wrappers.items() if name not in known.wrappers},
            self.silent - known.silent,
            {name: values for name, values in self.bodies.items() if name not in known.bodies},
            {name: caller for name, caller in self.callers.items() if name not in known.callers},
            {name: relay for name, relay in self.relays.items() if name not in known.relays},
            self.no_return - known.no_return,
        )

    def only(self, wanted: Callable[[str], bool]) -> "Learnt":
        """What is known of some functions."""
        return Learnt(
            {name: spec for name, spec in self.wrappers.items() if wanted(name)},
            frozenset(name for name in self.silent if wanted(name)),
            {name: values for name, values in self.bodies.items() if wanted(name)},
            {name: caller for name, caller in self.callers.items() if wanted(name)},
            {name: relay for name, relay in self.relays.items() if wanted(name)},
            frozenset(name for name in self.no_return if wanted(name)),
        )


def _called(name: str) -> str:
    """What a call names a function, or a method of a class of Python's."""
    return name.rpartition(".")[2]


NOTHING = Learnt()


@dataclass(frozen=True)
class ProjectFacts(Learnt):
    """What phase one learnt of all files of the run."""

    signals: RunSignals = field(default_factory=RunSignals)
    own: Mapping[str, Learnt] = field(default_factory=dict)
    """By path, what is known of functions that only their own file can call."""
    macros: Macros = field(default_factory=Macros)

    @property
    def names(self) -> frozenset[str]:
        """The functions and macros whose users matter."""
        return super().names | self.macros.waiting

    def searched(self, every_wait: bool) -> frozenset[str]:
        """The functions and macros whose users are looked for."""
        return super().searched(every_wait) | self.macros.waiting

    def within(self, path: str) -> "ProjectFacts":
        """What is known in one file."""
        return self.knowing(self.own[path].with_more(self)) if path in self.own else self

    def knowing(self, learnt: Learnt) -> "ProjectFacts":
        """With other knowledge of functions."""
        return replace(
            self,
            wrappers=learnt.wrappers,
            silent=learnt.silent,
            bodies=learnt.bodies,
            callers=learnt.callers,
            relays=learnt.relays,
            no_return=learnt.no_return,
        )
