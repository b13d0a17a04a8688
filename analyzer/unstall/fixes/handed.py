"""What others get to see, after a patch, of what a failed wait never wrote, and of its -1."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from unstall.fixes.aliased import aliases, fills_events, fills_revents, looked_at, names_of_filled
from unstall.fixes.deadline import result_names, result_places
from unstall.flow import by_name, catalogue
from unstall.flow.dataflow import ASSIGNMENTS
from unstall.flow.facts import WaitFact
from unstall.flow.ir import Assign, Call, Name, Node, Unknown
from unstall.flow.places import names_in, root_of
from unstall.source import Edit, SourceFile

if TYPE_CHECKING:
    from unstall.frontends.c.mentions import Mentions


@dataclass(frozen=True)
class Handing:
    """One wait, and what a patch writes about its results."""

    fact: WaitFact
    source: SourceFile
    edits: tuple[Edit, ...]

    def wrong(self, anew: Iterable[Node]) -> tuple[Node, str] | None:
        """The first of the nodes that an interrupt newly comes to at which it lets others see more than it has, and
        what it would do there. What a patch names it clears.
        """
        anew = tuple(anew)
        if self._left == self._filled and (seen := looked_at(self.fact, anew)) is not None:
            return seen[0], f"look at `{seen[1]}`, which may be what the failed wait never wrote"
        for node in anew:
            if isinstance(node.effect, Call) and self._works(node.effect.name):
                wrong = self._at(node.effect)
                if wrong:
                    return node, wrong
        return None

    def _at(self, call: Call) -> str:
        return self._in_c(call) if self.fact.graph.language == "c" else self._in_python(call)

    def _in_python(self, call: Call) -> str:
        """What a callee gets to see that outlives the function and still is what a wait before this one found. An
        exception leaves all as it was.
        """
        words = self.fact.graph.mentioned.get(call.callee)
        given = (*call.args, *(value for _, value in call.keywords), call.receiver or Unknown())
        names = frozenset[str]().union(*map(names_in, given))
        for place in sorted(result_places(self.fact)):
            root, _, last = place.rpartition(".")
            outlives = root or last not in self.fact.graph.locals
            looks = last in words if words is not None else root_of(place) in names
            if outlives and looks and not _finds(rb"\b%b\b", last, self._written):
                return f"come to `{call.name}`, which may look at `{place}` as it was before the wait"
        return ""

    def _in_c(self, call: Call) -> str:
        given = frozenset[str]().union(*map(names_in, call.args))
        if given & self._told:
            return "" if self._is_told_otherwise else f"hand the -1 of the failed wait to `{call.name}`"
        if given & self._left:
            return f"hand `{min(given & self._left)}` to `{call.name}` as it was before the wait"
        if self._open and call.name not in catalogue.C_WAITS and self._may_look(call.name):
            return f"come to `{call.name}`, which may look at `{min(self._open)}` as it was before the wait"
        return ""

    def _works(self, name: str) -> bool:
        return not (by_name.is_harmless(name, self.fact.graph.language) or by_name.is_set_test(name)
                    or by_name.is_clock(name))  # fmt: skip

    @cached_property
    def _written(self) -> bytes:
        return b" ".join(edit.replacement for edit in self.edits)

    @cached_property
    def _filled(self) -> frozenset[str]:
        return names_of_filled(self.fact)

    @cached_property
    def _left(self) -> frozenset[str]:
        """What is filled and the patch doesn't name."""
        return frozenset(name for name in self._filled if not _finds(rb"\b%b\b", name, self._written))

    @cached_property
    def _told(self) -> frozenset[str]:
        """The variables that hold the -1 or a copy of it, or of which a part does."""
        told = result_names(self.fact)
        for _ in range(ASSIGNMENTS):
            for node in self.fact.graph.nodes:
                match node.effect:
                    case Assign(target, Name(copied), "") if copied in told:
                        told |= names_in(target)
        return told

    @cached_property
    def _is_told_otherwise(self) -> bool:
        """Whether the patch puts another number in the place of the failed wait's."""
        members = (place.rpartition(".")[2] for place in result_places(self.fact))
        return any(_finds(rb"\b%b\s*=(?!=)", member, self._written) for member in members)

    @cached_property
    def _open(self) -> frozenset[str]:
        """What is filled, and not named by the patch, or still holds the -1, and can be looked at without being given:
        what is no local variable. A caller's own, of which it passes the address, isn't known to others either.
        """
        left = aliases(self.fact) if self._left == self._filled and not fills_events(self.fact) else frozenset()
        told = frozenset[str]() if self._is_told_otherwise else self._told
        return (left | told) - self.fact.graph.locals

    def _may_look(self, callee: str) -> bool:
        """Whether a function comes to look at what is open: of what poll() fills, at any ``revents``. Another file's
        is taken to, where what is filled isn't ``static``.
        """
        if callee in self._mentions.defined:
            return callee in self._looking
        filled = self._open - self._told
        return not all(_finds(rb"\bstatic\b[^;{}()=]*\b%b\b", name, self.source.data) for name in filled)

    @cached_property
    def _looking(self) -> frozenset[str]:
        words = self._open
        if fills_revents(self.fact) and words - self._told:
            words = words & self._told | {"revents"}
        return self._mentions.of(words)

    @cached_property
    def _mentions(self) -> "Mentions":
        from unstall.frontends.c.mentions import mentions_in

        return mentions_in(self.source)


def _finds(pattern: bytes, name: str, text: bytes) -> bool:
    return re.search(pattern % re.escape(name.encode()), text) is not None
