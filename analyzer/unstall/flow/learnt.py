"""What is known of functions by their names, and of a run: what phase one gathers and phase two reads."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from unstall.flow.facts import Body, Caller
from unstall.flow.files import Macros
from unstall.flow.signals import RunSignals
from unstall.flow.waits import WaitSpec

T = TypeVar("T")


@dataclass(frozen=True)
class Learnt:
    """What is known of functions by their names."""

    wrappers: Mapping[str, WaitSpec] = field(default_factory=dict)
    """Functions that wait inside."""
    silent: frozenset[str] = frozenset()
    """Functions that wait inside and never report an interrupt."""
    bodies: Mapping[str, Body] = field(default_factory=dict)
    """Functions that wait outside of any loop of their own, or leave it when interrupted."""
    callers: Mapping[str, Caller] = field(default_factory=dict)
    """Those of `bodies` that are the body of a caller's loop, whatever they return then."""
    relayed_by: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """For one of `bodies` the functions that call it and return afterwards, whatever it returned: bodies, too."""
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
        ways, seen = [name], {name}
        for called in ways:
            if called in self.callers:
                caller = self.callers[called]
                return caller if called == name or caller.by else replace(caller, by=called)
            ways += sorted(self.relayed_by.get(called, frozenset()) - seen)
            seen.update(ways)
        return None

    def with_more(self, more: "Learnt") -> "Learnt":
        """What both know; of what both speak of, this one is right."""
        relayed = self.relayed_by.keys() | more.relayed_by.keys()
        none = frozenset[str]()
        return Learnt(
            wrappers={**_without(more.wrappers, self.silent), **self.wrappers},
            silent=self.silent | more.silent.difference(self.wrappers),
            bodies={**more.bodies, **self.bodies},
            callers={**more.callers, **self.callers},
            relayed_by={n: self.relayed_by.get(n, none) | more.relayed_by.get(n, none) for n in relayed},
            no_return=self.no_return | more.no_return,
        )

    def beyond(self, known: "Learnt") -> "Learnt":
        """What is not ``known`` yet."""
        none = frozenset[str]()
        return Learnt(
            wrappers=_without(self.wrappers, known.wrappers),
            silent=self.silent - known.silent,
            bodies=_without(self.bodies, known.bodies),
            callers=_without(self.callers, known.callers),
            relayed_by={n: by for n, by in self.relayed_by.items() if not by <= known.relayed_by.get(n, none)},
            no_return=self.no_return - known.no_return,
        )

    def only(self, wanted: Callable[[str], bool]) -> "Learnt":
        """What is known of some functions; of what one knows of another, only where both are ``wanted``."""
        wanted_by = {name: frozenset(filter(wanted, by)) for name, by in self.relayed_by.items() if wanted(name)}
        return Learnt(
            wrappers={name: spec for name, spec in self.wrappers.items() if wanted(name)},
            silent=frozenset(filter(wanted, self.silent)),
            bodies={name: body for name, body in self.bodies.items() if wanted(name)},
            callers={name: caller for name, caller in self.callers.items() if wanted(name)},
            relayed_by={name: by for name, by in wanted_by.items() if by},
            no_return=frozenset(filter(wanted, self.no_return)),
        )


def _without(known: Mapping[str, T], names: Container[str]) -> dict[str, T]:
    return {name: value for name, value in known.items() if name not in names}


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
            relayed_by=learnt.relayed_by,
            no_return=learnt.no_return,
        )
