"""The abstract state of a run: what is known of each place. What is not in the state is unknown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from unstall.flow.places import root_of
from unstall.flow.values import STALE, TOP, Hinge, Num, Stale, Top, Value, compare, join, widen

Facts = Mapping[str, Value]
_HINGE = ".|"
"""Between the place of a number and that of an object that is stale by it. As a part of the number's place it is
forgotten when that is assigned.
"""


@dataclass(frozen=True)
class State:
    """What is known at one point of a run."""

    facts: Facts = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(frozenset(self.facts.items()))

    def get(self, place: str) -> Value:
        """What is known of a place itself; what is known of the whole that it is part of isn't looked at."""
        return self.facts.get(place, TOP)

    def put(self, place: str, value: Value) -> "State":
        """The state after ``place = value``; what was known of the place's parts is forgotten."""
        parts = (place + ".", place + "[")
        doomed = [
            p for p in self.facts
            if place in p and (p == place or p.startswith(parts) or (p[0] == "*" and root_of(p) == place))
        ]  # fmt: skip
        if isinstance(value, Top) and not doomed:
            return self
        facts = dict(self.facts)
        for known in doomed:
            del facts[known]
        if not isinstance(value, Top):
            facts[place] = value
        return State(facts)

    def forget(self, doomed: "set[str]") -> "State":
        """The state with nothing known of these places and their parts."""
        roots = {root_of(place) for place in doomed}
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
            if isinstance(value, Hinge):
                continue
            known = theirs.get(place, TOP)
            merged = value if known is value else merge(value, known)
            if merged is not TOP:
                both[place] = merged
        for place, value in theirs.items():
            if isinstance(value, Stale):
                both[place] = STALE
        for place in [place for place, value in both.items() if isinstance(value, Stale)]:
            both.update(_hinges(place, self.facts, theirs))
        return State(both)

    def settled(self, number: str) -> "State":
        """The state once more is known of a number: without what was stale only for others."""
        hinges = [place for place in self.facts if place.startswith(number + _HINGE)]
        facts = dict(self.facts) if hinges else {}
        for place in hinges:
            hinge, stale = facts[place], place.removeprefix(number + _HINGE)
            if isinstance(hinge, Hinge) and compare("==", facts.get(number, TOP), hinge.when) is False:
                if isinstance(facts.get(stale), Stale):
                    facts[stale] = hinge.otherwise
                del facts[place]
        return State({place: value for place, value in facts.items() if value is not TOP}) if hinges else self


def _hinges(place: str, a: Facts, b: Facts) -> Iterator[tuple[str, Hinge]]:
    """By what numbers an object that is stale in one of two states, or both, is so in what they come to together."""
    in_a, in_b = isinstance(a.get(place), Stale), isinstance(b.get(place), Stale)
    if in_a != in_b:
        stale, other = (a, b) if in_a else (b, a)
        for number, value in stale.items():
            if isinstance(value, Num) and compare("==", value, other.get(number, TOP)) is False:
                yield number + _HINGE + place, Hinge(value, other.get(place, TOP))
    for known, hinge in (*a.items(), *b.items()):
        if isinstance(hinge, Hinge) and known.endswith(_HINGE + place):
            number = known.removesuffix(_HINGE + place)
            if all(_holds(hinge, facts, number, place) for facts in (a, b)):
                yield known, hinge


def _holds(hinge: Hinge, facts: Facts, number: str, place: str) -> bool:
    """Whether in a state an object is stale only for those values of a number."""
    known, value = facts.get(number + _HINGE + place) == hinge, facts.get(number, TOP)
    if isinstance(facts.get(place), Stale):
        return known or (isinstance(value, Num) and hinge.when.lo <= value.lo <= value.hi <= hinge.when.hi)
    return facts.get(place, TOP) == hinge.otherwise and (known or compare("==", value, hinge.when) is False)
