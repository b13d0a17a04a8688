"""What a patched loop owes: checked on the patched bytes, analysed again from scratch.

The interrupted run must pass every stage that it owed, read nothing stale, and not come to code that acts on an
expired deadline or on a fatal error; every other run must be as it was, and so must every other wait.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from unstall.fixes.breach import Breach, BreachKind
from unstall.fixes.cleanup import needed_again
from unstall.fixes.deadline import acts_on_deadline, timeout_alone
from unstall.fixes.doubt import open_arms, reached, unsure
from unstall.fixes.emptied import waits_for_nothing
from unstall.fixes.handed import Handing
from unstall.fixes.mapping import Moves
from unstall.fixes.scope import foreign, unseen
from unstall.flow import by_name, catalogue
from unstall.flow.dataflow import uses_of
from unstall.flow.facts import Trace, WaitFact
from unstall.flow.ir import Assign, Branch, Call, FlowGraph, ForEach, Jump, Node, Nothing, Role, Switch, Temp, Unknown
from unstall.flow.outcomes import RUN_OF_ERRNO, Exit, Handling, Run
from unstall.flow.places import names_in, place_of, reports
from unstall.flow.waits import WaitKind
from unstall.source import SourceFile, Span, apply_edits

Key = tuple[Span, str, Role]
"""What makes a node of one version findable in the other: its place, the kind of its effect, its role."""

_DEFECTS = {
    Handling.RESTART_SKIPS_STAGES: "an interrupt would still skip stages",
    Handling.STALE: "an interrupt would read results that the failed wait never wrote",
    Handling.FATAL: "an interrupt would be fatal",
    Handling.ADVANCE: "an interrupt would drop an element's work",
    Handling.UNKNOWN: "the patched loop can't be analysed",
}
_KIND_OF: Mapping[Handling, BreachKind] = {Handling.STALE: "stale", Handling.UNKNOWN: "unknown"}
"""What such a defect is; of others, stages are skipped or lost."""


@dataclass(frozen=True)
class Comparison:
    """One wait before and after a patch."""

    source: SourceFile
    """The original."""
    fact: WaitFact
    """The restart, in the original."""
    before: tuple[WaitFact, ...]
    """The facts of the waits of what is compared (the loop, or the function), in the original."""
    after: tuple[WaitFact, ...]
    """The same in the patched file."""
    moves: Moves

    # ---------------------------------------------------------------------------------------- finding places again

    @cached_property
    def patched(self) -> tuple[WaitFact, ...]:
        """The facts of the same wait in the patched file: at the same place, else the only call that reads the same."""
        same = [fact for fact in self.after if fact.graph.name == self.fact.graph.name]
        span = self.moves.span(self.fact.graph.nodes[self.fact.wait].span)
        found = [fact for fact in same if fact.graph.nodes[fact.wait].span == span]
        if not found:
            call = _call(self.fact)
            found = [fact for fact in same if _call(fact) == call]
            found = found if len({fact.wait for fact in found}) == 1 else []
        return tuple(found)

    @cached_property
    def _places(self) -> dict[int, Key]:
        """Where each node of the original is now; nodes that the patch touches have no place."""
        places = {}
        for node in self.fact.graph.nodes:
            span = self.moves.span(node.span)
            if span is not None and not isinstance(node.effect, Nothing):
                places[node.id] = _key(node, span)
        return places

    @cached_property
    def _known(self) -> frozenset[Key]:
        return frozenset(self._places.values())

    def counterparts(self, nodes: Iterable[int]) -> frozenset[int]:
        """The nodes of the patched function that are these of the original."""
        keys = {self._places[node] for node in nodes if node in self._places}
        graph = self.patched[0].graph
        return frozenset(node.id for node in graph.nodes if _key(node, node.span) in keys)

    def _was(self, trace: Trace) -> frozenset[Key]:
        return frozenset(self._places[node] for node in trace.nodes if node in self._places)

    def _is(self, graph: FlowGraph, trace: Trace) -> frozenset[Key]:
        keys = {_key(graph.nodes[node], graph.nodes[node].span) for node in trace.nodes}
        return frozenset(keys) & self._known

    def _failing(self, fact: WaitFact) -> Iterable[Trace]:
        """The traces of the errors that the restart was about."""
        return [fact.traces[RUN_OF_ERRNO[errno]] for errno in self.fact.errnos]

    # ---------------------------------------------------------------------------------------- the obligations

    def breaches(self) -> tuple[Breach, ...]:
        """Everything that is wrong with the patched code; empty where it is right."""
        if not self.patched:
            return (Breach("unknown", "the wait isn't found in the patched file"),)
        if set(self.patched[0].graph.unknown) - set(self.fact.graph.unknown):
            return (Breach("unknown", "the patched function can't be read in full"),)
        return (
            *self._unseen(),
            *self._stages(),
            *self._handling(),
            *self._fatal(),
            *self._deadline(),
            *self._unready(),
            *self._handed_on(),
            *self._cleaned_up(),
            *self._left_undone(),
            *self._emptied(),
            *self._other_runs(),
            *self._other_waits(),
        )

    def changes(self, runs: Iterable[Run]) -> tuple[Breach, ...]:
        """Which of these runs are not as they were."""
        return (*self._unseen(), *self._emptied(), *self._other_runs(runs))

    def _unseen(self) -> Iterable[Breach]:
        """What the patch declares must be declared where it is used: an ``#if`` may take the declaration away."""
        after = self.patched[0].graph
        if after.language == "c":
            data = apply_edits(self.source.data, self.moves.edits)
            for name, place in unseen(data, after, self.moves.edits):
                yield Breach("undeclared", f"`{name}` would be used where it isn't declared", place)
            call = _call(self.fact)
            names = frozenset({call.callee, *(name for arg in call.args for name in names_in(arg))})
            span = self.fact.graph.nodes[self.fact.wait].span
            for name, place in foreign(self.source.data, span, names, self.moves.edits):
                text = f"`{name}` would be used outside of the branch of #if that waits by it"
                yield Breach("undeclared", text, self.moves.span(place))

    def _stages(self) -> Iterable[Breach]:
        for stage in self.fact.bypassed:
            owed = {
                self._places[node]
                for node in self.fact.traces[Run.TIMEOUT].nodes & self.fact.traces[Run.READY].nodes
                if node in self._places and stage.span.contains(self.fact.graph.nodes[node].span)
            }
            failing = zip(self.fact.errnos, self._failing(self.patched[0]), strict=True)
            missed = [errno for errno, trace in failing if not owed <= self._is(self.patched[0].graph, trace)]
            if missed:
                who = "an interrupt" if len(missed) == len(self.fact.errnos) else f"a wait that ends in {missed[0]}"
                yield Breach("stage", f"{who} would still skip `{stage.label}`", self.moves.span(stage.span))

    def _handling(self) -> Iterable[Breach]:
        span = self.fact.graph.nodes[self.fact.wait].span
        others = {fact.handling for fact in self.before if self._at(fact, span) and fact is not self.fact}
        others -= {self.fact.handling}
        for fact in self.patched:
            if fact.handling in _DEFECTS and fact.handling not in others:
                kind = _KIND_OF.get(fact.handling, "stage")
                place = None if fact.interrupt is None else fact.graph.nodes[fact.interrupt].span
                yield Breach(
                    kind, _DEFECTS[fact.handling] + (f": {fact.why_unknown}" if fact.why_unknown else ""), place
                )

    def _at(self, fact: WaitFact, span: Span) -> bool:
        return fact.graph.name == self.fact.graph.name and fact.graph.nodes[fact.wait].span == span

    def _reached_anew(self, nodes: frozenset[int]) -> list[Node]:
        """Which of these nodes of the original an interrupt comes to only in the patched file."""
        was = frozenset().union(*(trace.nodes for trace in self._failing(self.fact)))
        return self._reached(nodes - was)

    def _reached(self, nodes: frozenset[int]) -> list[Node]:
        """Which of these nodes of the original an interrupt comes to in the patched file."""
        keys = {self._places[node]: node for node in nodes if node in self._places}
        found: set[int] = set()
        for trace in self._failing(self.patched[0]):
            found |= {keys[key] for key in self._is(self.patched[0].graph, trace) if key in keys}
        return [self.fact.graph.nodes[node] for node in sorted(found)]

    def _fatal(self) -> Iterable[Breach]:
        """What an interrupt comes to anew must be what a timeout is known to come to, and not merely may."""
        if self._waits_again:
            return  # the second wait may fail for good, and is judged by itself
        traces = self.fact.traces
        sure = traces[Run.TIMEOUT].nodes - unsure(self.fact)
        for node in self._reached_anew(frozenset().union(*(trace.nodes for trace in traces.values())) - sure):
            failed = node.id in traces[Run.FAILED].nodes
            if _does_something(node) and (failed or not self._told_by_results(node)):
                what = "be treated as a fatal error" if failed else "run what only something ready is known to run"
                yield Breach("fatal" if failed else "unready", f"an interrupt would {what}", self.moves.span(node.span))
                return

    def _told_by_results(self, node: Node) -> bool:
        """Whether an interrupt comes to a node only by its results: stale ones, which are told of by themselves, or
        such as the patch has set, whose test is open only because the analysis doesn't know them to be empty.
        """
        if any(fact.handling is Handling.STALE for fact in self.patched):
            return True
        fact, here = self.patched[0], self.counterparts([node.id])
        new = [n for n in fact.graph.nodes if _key(n, n.span) not in self._known and _is_made(fact.graph, n)]
        told = frozenset().union(*(uses_of(node).writes for node in new))
        return all(
            any(here <= arm for arm in open_arms(fact, trace, told))
            for trace in self._failing(fact)
            if here & trace.nodes
        )

    def _deadline(self) -> Iterable[Breach]:
        alone = timeout_alone(self.fact)
        if self.fact.handling is Handling.STALE:  # what was stale looked ready, and now doesn't
            for node in self._reached(alone):
                if _does_something(node) and not _reports(node) and node.effect != Jump("continue"):
                    text = f"an interrupt would come to line {self._line(node)}, which is for a wait that found nothing"
                    yield Breach("deadline", text, self.moves.span(node.span))
                    return
        for node in self._reached_anew(alone):
            acting = acts_on_deadline(self.fact, node)
            if acting is not None:
                text = f"an interrupt would pass for an expired deadline, on which line {self._line(acting)} acts"
                yield Breach("deadline", text, self.moves.span(node.span))
                return

    def _line(self, node: Node) -> int:
        return self.source.line(node.span.start)

    def _unready(self) -> Iterable[Breach]:
        """A transfer on the one descriptor that the wait was for, or behind a wait that only ends when something is
        ready: it has nothing, so that an interrupt would block.
        """
        graph = self.fact.graph
        waited = {place for argument in _call(self.fact).args if (place := place_of(argument, graph))}
        for node in self._reached_anew(self.fact.traces[Run.READY].nodes):
            if not isinstance(node.effect, Call) or self.fact.spec.kind is WaitKind.TRANSFER:
                continue
            spec = catalogue.C_WAITS.get(node.effect.name)
            at = spec.descriptor if spec is not None and spec.kind is WaitKind.TRANSFER else None
            if spec is None or at is None or at >= len(node.effect.args):
                continue
            takes = bool(spec.results) or spec.name.startswith("accept")
            if place_of(node.effect.args[at], graph) in waited or (takes and self.fact.particulars.waits_forever):
                text = f"an interrupt would come to `{node.effect.name}` with nothing ready on its descriptor"
                yield Breach("unready", text, self.moves.span(node.span))
                return

    def _handed_on(self) -> Iterable[Breach]:
        """What the wait would have filled must not come to be seen by those who can't know that it didn't."""
        if self.fact.spec.kind is not WaitKind.MULTIPLEX:
            return
        anew = self._reached_anew(self.fact.traces[Run.READY].nodes | self.fact.traces[Run.TIMEOUT].nodes)
        wrong = Handing(self.fact, self.source, self.moves.edits).wrong(anew)
        if wrong is not None:
            yield Breach("stale", f"an interrupt would {wrong[1]}", self.moves.span(wrong[0].span))

    @cached_property
    def _own(self) -> frozenset[int]:
        """The nodes that only a failed wait comes to in the original: no timeout does, and nothing that is ready."""
        nodes = frozenset[int]().union(*(trace.nodes for trace in self._failing(self.fact)))
        return nodes - self.fact.traces[Run.TIMEOUT].nodes - self.fact.traces[Run.READY].nodes

    @cached_property
    def _still(self) -> frozenset[Key]:
        """What is left of the original in the patched file, of what the errors come to that the restart was about."""
        fact = self.patched[0]
        return frozenset[Key]().union(*(self._is(fact.graph, trace) for trace in self._failing(fact)))

    def _cleaned_up(self) -> Iterable[Breach]:
        """What the interrupt's own code gives back must not be needed by what it goes on to."""
        graph, traces = self.fact.graph, self.fact.traces
        kept = [graph.nodes[node] for node in sorted(self._own) if self._places.get(node) in self._still]
        everything = frozenset().union(*(trace.nodes for trace in traces.values()))
        found = needed_again(graph, kept, self._reached_anew(everything))
        if found is not None:
            node, other = found
            text = f"an interrupt would come to line {self._line(other)} after line {self._line(node)}, as if nothing"
            yield Breach("stage", f"{text} had been cleaned up there", self.moves.span(node.span))

    def _left_undone(self) -> Iterable[Breach]:
        """What only an interrupt does, but for starting over, and what the patch leaves standing it must still do."""
        starts_over = {self.fact.interrupt, *self.fact.also_interrupts}
        own = self._own - self.fact.traces[Run.FAILED].nodes - starts_over
        for node in (self.fact.graph.nodes[at] for at in sorted(own)):
            lost = node.id in self._places and self._places[node.id] not in self._still
            if lost and _does_something(node) and not _reports(node) and node.effect != Jump("continue"):
                text = f"an interrupt would no longer come to line {self._line(node)}"
                yield Breach("stage", text, self.moves.span(node.span))
                return

    def _emptied(self) -> Iterable[Breach]:
        """A set that the patch empties must be filled before the wait looks at it again."""
        graph = self.patched[0].graph
        new = [n.id for n in graph.nodes if _key(n, n.span) not in self._known]
        if waits_for_nothing(self.patched[0], new):
            yield Breach("stage", f"`{self.fact.callee}` would look at sets that an interrupt has emptied")

    def _other_runs(self, runs: Iterable[Run] = (Run.READY, Run.TIMEOUT, Run.FAILED)) -> Iterable[Breach]:
        after = self.patched[0]
        for run in runs:
            was, now = self.fact.traces[run], after.traces[run]
            later, leaves = self._next_pass(now)
            lost = self._was(was) - self._is(after.graph, now) - later
            gained = self._is(after.graph, now) - self._was(was)
            if run is Run.FAILED and self._not_told_apart(was):
                gained -= frozenset().union(*(self._is(after.graph, trace) for trace in self._failing(after)))
                exits_differ = bool(was.exits - now.exits - {Exit.LOOP_EXIT})
            else:
                exits_differ = bool((was.exits ^ now.exits) - {Exit.LOOP_EXIT, *leaves})  # told by the nodes behind
            if lost or gained or exits_differ:
                where = min((key[0] for key in lost | gained), default=None)
                if run is Run.FAILED:  # what is common with good outcomes is no answer to an error, and no loss
                    lost -= self._was(self.fact.traces[Run.READY]) | self._was(self.fact.traces[Run.TIMEOUT])
                yield Breach(
                    "lost" if lost else "gained", f"the way of a wait that ends in {_NAMES[run]} would change", where
                )

    def _next_pass(self, now: Trace) -> tuple[frozenset[Key], frozenset[Exit]]:
        """What a run comes to outside of the loop once it has started over, and before it waits again: a patch may
        have moved the test that leaves the loop to its head.
        """
        fact = self.patched[0]
        graph = fact.graph
        if fact.loop is None or Exit.BACK_EDGE not in now.exits:
            return frozenset(), frozenset()
        steps = [(edge.source, edge.target) for edge in graph.edges if edge.source != fact.wait]
        heads = {target for _, target in now.edges} - now.nodes
        found = [graph.nodes[node] for head in heads for node in (head, *reached(head, steps))]
        keys = frozenset(_key(node, node.span) for node in found if not fact.loop.contains(node.span))
        return keys, frozenset({Exit.RETURN} if graph.nodes[graph.exit] in found else ())

    def _not_told_apart(self, failed: Trace) -> bool:
        """Other errors take the restart, too, as far as the analysis can tell."""
        return self.fact.interrupt in failed.nodes

    # ---------------------------------------------------------------------------------------- other waits

    @cached_property
    def _new(self) -> tuple[WaitFact, ...]:
        """The facts of waits that the patch added to the function."""
        old = {self.moves.span(fact.graph.nodes[fact.wait].span) for fact in self.before}
        return tuple(
            fact
            for fact in self.after
            if fact.graph.name == self.fact.graph.name
            and fact.graph.nodes[fact.wait].span not in old
            and fact not in self.patched
        )

    @property
    def _waits_again(self) -> bool:
        return bool(self._new)

    def _failed_alone(self, reports: bool) -> frozenset[Key]:
        """What only another error of the wait comes to, with its report or without."""
        others = (*self._failing(self.fact), self.fact.traces[Run.TIMEOUT], self.fact.traces[Run.READY])
        alone = self.fact.traces[Run.FAILED].nodes - frozenset().union(*(trace.nodes for trace in others))
        return frozenset(
            self._places[node]
            for node in alone & self._places.keys()
            if _does_something(self.fact.graph.nodes[node]) and (reports or not _reports(self.fact.graph.nodes[node]))
        )

    def _other_waits(self) -> Iterable[Breach]:
        for fact in self._new:
            if fact.handling in _DEFECTS:
                yield Breach(
                    "other-waits", f"the wait that is added would be handled wrongly: {_DEFECTS[fact.handling]}"
                )
            failed, timeout = (self._is(fact.graph, fact.traces[run]) for run in (Run.FAILED, Run.TIMEOUT))
            if not (self._failed_alone(reports=False) <= failed or failed <= timeout):
                yield Breach("other-waits", "another error of the wait that is added would be passed over")
            failing = self.patched[0].traces[Run.FAILED]
            if fact.wait in failing.nodes and not self._not_told_apart(self.fact.traces[Run.FAILED]):
                yield Breach("other-waits", "another error would come to the wait that is added, too")
            if timeout & self._failed_alone(reports=True):
                yield Breach("other-waits", "a second wait that finds nothing would be treated as an error")
        mine = self.fact.graph.nodes[self.fact.wait].span
        for span in {fact.graph.nodes[fact.wait].span for fact in self.before if not self._at(fact, mine)}:
            was = {fact.handling for fact in self.before if fact.graph.nodes[fact.wait].span == span}
            moved = self.moves.span(span)
            now = {fact.handling for fact in self.after if fact.graph.nodes[fact.wait].span == moved}
            if (now - was) & _DEFECTS.keys():
                yield Breach("other-waits", "another wait would be handled wrongly", moved)


def _does_something(node: Node) -> bool:
    match node.effect:
        case Assign(target=target):
            return not isinstance(target, Temp)
        case Call(name=name):
            return not (by_name.is_set_test(name) or by_name.is_clock(name))
        case Branch() | Switch() | ForEach():
            return False
    return True


def _reports(node: Node) -> bool:
    return isinstance(node.effect, Call) and reports(node.effect)


def _is_made(graph: FlowGraph, node: Node) -> bool:
    """Whether something empty is assigned of which the analysis doesn't know that it is: ``{}``, ``FdSet()``."""
    if not isinstance(node.effect, Assign):
        return False
    value = node.effect.value
    calls = (other.effect for other in graph.nodes if isinstance(other.effect, Call))
    return value == Unknown(()) or any(call.result == value and not call.args for call in calls)


def _call(fact: WaitFact) -> Call:
    """The wait, without the number of its result."""
    return replace(fact.call, result=Temp(0))


_NAMES = {Run.READY: "something ready", Run.TIMEOUT: "a timeout", Run.FAILED: "another error"}


def _key(node: Node, span: Span) -> Key:
    kind = type(node.effect).__name__
    return span, kind if not isinstance(node.effect, Assign) else f"Assign {node.effect.op}", node.role
