"""The abstract state of a run: what is known of each place. What is not in the state is unknown."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from unstall.flow.places import root_of
from unstall.flow.values import STALE, TOP, Stale, Value, join, widen

Facts = Mapping[str, Value]


@dataclass(frozen=True)
class State:
    """What is known at one point of a run."""

    facts: Facts = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(frozenset(self.facts.items()))

    def get(self, place: str) -> Value:
        """What is known of a place, the knowledge of the whole that it is part of included."""
        return self.facts.get(place, TOP)

    def put(self, place: str, value: Value) -> "State":
        """The state after ``place = value``; what was known of the place's parts is forgotten."""
        parts = (place + ".", place + "[", "*" + place)
        doomed = [p for p in self.facts if place in p and (p == place or p.startswith(parts))]
        if isinstance(value, type(TOP)) and not doomed:
            return self
        facts = dict(self.facts)
        for known in doomed:
            del facts[known]
        if not isinstance(value, type(TOP)):
            facts[place] = value
        return State(facts)

    def forget(self, doomed: "set[str]") -> "State":
        """The state with nothing known of these places and their parts."""
        roots = {root_of(place): place for place in doomed}
        return State({p: v for p, v in self.facts.items() if root_of(p) not in roots})

    def only(self, names: frozenset[str]) -> "State":
        """The state without the variables that nobody will read."""
        if self.facts.keys() <= names:
            return self
        dead = [place for place in self.facts if place not in names and root_of(place) not in names]
        return self if not dead else State({place: value for place, value in self.facts.items() if place not in dead})

    def join(self, other: "State", widening: bool = False) -> "State":
        """What is known in both."""
        merge = widen if widening else join
        both: dict[str, Value] = {}
        theirs = other.facts
        for place, value in self.facts.items():
            known = theirs.get(place, TOP)
            merged = value if known is value else merge(value, known)
            if merged is not TOP:
                both[place] = merged
        for place, value in theirs.items():
            if isinstance(value, Stale):
                both[place] = STALE
        return State(both)
