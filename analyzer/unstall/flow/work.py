"""What the nodes of a loop do, and what of it depends on readiness (rules S2 and S3 of `owed.py`)."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from unstall.flow import by_name
from unstall.flow.collected import collected
from unstall.flow.dataflow import ASSIGNMENTS, Dataflow, overlap
from unstall.flow.ir import (
    Assign,
    Branch,
    Call,
    FlowGraph,
    ForEach,
    Index,
    Jump,
    Member,
    Nothing,
    Opaque,
    Unary,
)
from unstall.flow.loops import Loop
from unstall.flow.outcomes import Run
from unstall.flow.places import ends_program, is_constant, is_macro, is_report, is_within, place_of, reports, root_of
from unstall.flow.reach import in_front_of, leading_to
from unstall.flow.runs import SiteRuns
from unstall.source import Span

_STEPS_OUT = 8
"""Nodes that may stand between a test and the way out of the loop: reports, joins, a jump."""


@dataclass(frozen=True)
class Work:
    """What the nodes of one iteration do, seen from one wait in one loop."""

    runs: SiteRuns
    loop: Loop
    dataflow: Dataflow
    flags: frozenset[str]
    """Variables that a signal handler of the program writes."""
    falling: frozenset[str] = frozenset()
    """Those of `flags` that handlers only count down."""
    _readers: dict[str, tuple[int, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What `head_readers` has found: many nodes write the same variable."""

    @property
    def graph(self) -> FlowGraph:
        """The function."""
        return self.runs.graph

    # ---------------------------------------------------------------------------------------- S3: results

    @cached_property
    def result_regions(self) -> dict[str, frozenset[int]]:
        """For each name that holds what the wait reported, or one step derived from it: where it still does."""
        regions: dict[str, set[int]] = {}
        direct: dict[str, set[int]] = {}

        def hold(into: dict[str, set[int]], name: str, definition: int) -> None:
            into.setdefault(name, set()).update(self.dataflow.region(name, definition, self.loop.nodes))

        wait = self.runs.site.node
        for place in (*self.runs.result_objects, *self.runs.outputs, *self._collected):
            hold(direct, root_of(place), wait)
        hold(direct, f"${self.runs.call.result.index}", wait)
        for place, node in self.runs.result_variables:
            hold(direct, root_of(place), node)
        for name, region in direct.items():
            regions.setdefault(name, set()).update(region)
        for node in self.loop.nodes:
            use = self.dataflow.uses[node]
            read = (name for name in use.reads if name in direct and node in direct[name])
            if node != wait and any(name not in self._parts or self._reads_part(node, name) for name in read):
                for name in self._derived(node):
                    hold(regions, name, node)
        return {name: frozenset(region) for name, region in regions.items()}

    def _derived(self, node: int) -> Iterable[str]:
        """The names that a node which reads results derives from them."""
        effect = self.graph.nodes[node].effect
        if isinstance(effect, Assign | ForEach):
            return self.dataflow.uses[node].writes - set(self._objects)
        if isinstance(effect, Call):
            return (f"${effect.result.index}",)
        return ()

    @cached_property
    def _collected(self) -> tuple[str, ...]:
        return collected(self.runs, self.head_region)

    @cached_property
    def _objects(self) -> frozenset[str]:
        return frozenset(root_of(place) for place in self.runs.result_objects)

    def reads_results(self, node: int) -> bool:
        """Whether a node works from what the wait reported."""
        return node in self._looks_at_revents or any(
            node in self.result_regions[name] and (name not in self._parts or self._reads_part(node, name))
            for name in self.dataflow.uses[node].reads
            if name in self.result_regions
        )

    @cached_property
    def _looks_at_revents(self) -> frozenset[int]:
        """The nodes that look at what poll() reports, by whatever pointer they came to it."""
        places = self.dataflow.places
        return frozenset(node for node in self.loop.nodes if any(p.endswith(".revents") for p in places[node]))

    @cached_property
    def _parts(self) -> dict[str, tuple[str, ...]]:
        """The results that are part of something larger (``ctx.rfds``, ``self.ready``), by its name."""
        parts: dict[str, tuple[str, ...]] = {}
        variables = (place for place, _ in self.runs.result_variables)
        for place in (*self.runs.result_objects, *variables, *self._collected):
            if place != root_of(place):
                parts[root_of(place)] = (*parts.get(root_of(place), ()), place)
        return parts

    def _reads_part(self, node: int, name: str) -> bool:
        """Whether a node reads the result inside of a larger object, or hands on the whole of that."""
        places = [place for place in self.dataflow.places[node] if root_of(place) == name]
        parts = [p for p in self._parts[name] if not self._is_left_alone_by(node, p)]
        return any(is_within(place, part) or is_within(part, place) for place in places for part in parts)

    def _is_left_alone_by(self, node: int, part: str) -> bool:
        """Whether a node calls a method that is known, and comes to mention no such attribute of its object."""
        effect = self.graph.nodes[node].effect
        if not isinstance(effect, Call) or effect.receiver is None or effect.callee not in self.graph.mentioned:
            return False
        return part.rpartition(".")[2] not in self.graph.mentioned[effect.callee]

    # ---------------------------------------------------------------------------------------- S2: side effects

    def has_effect(self, node: int) -> bool:
        """Whether skipping the node leaves something undone."""
        effect = self.graph.nodes[node].effect
        match effect:
            case Call(name=name):
                if (
                    node == self.runs.site.node
                    or by_name.is_harmless(name, self.graph.language)
                    or ends_program(effect)
                ):
                    return False
                if self.graph.nodes[node].statement in self._around_blocks:
                    return False  # a macro that runs the block: what that does is the work
                if is_report(effect) or self._computes(effect):
                    return False
                if by_name.gives_errno(name) or by_name.errno_asked(name):
                    return False
                if by_name.is_clock(name):
                    return any(self._lasting(written) for written in self.dataflow.uses[node].writes)
                return True
            case Assign(target):
                return self._stores(target, node)
            case Branch():
                return self._ends_loop_in_time(node)
            case Opaque(names=names):
                return bool(names)
        return False

    def _computes(self, call: Call) -> bool:
        """Whether a call is a macro that makes one constant of others: ``timeout.tv_usec = MS_TO_US(INTERVAL);``."""
        is_read = call.result.index in self.runs.evaluator.results_read
        return is_read and is_macro(call) and bool(call.args) and all(map(is_constant, call.args))

    @cached_property
    def _around_blocks(self) -> frozenset[int]:
        """The statements that are calls and hold a block: ``EACH(list, item, { serve(item); });``."""
        statements = self.graph.statements
        parents = (vertex.parent for vertex in statements if vertex.parent is not None)
        return frozenset(parent for parent in parents if statements[parent].kind == "expression")

    def _ends_loop_in_time(self, node: int) -> bool:
        """A test of the clock, or of a handler's flag, that can end the loop: without it the loop goes on for ever."""
        if not self.dataflow.uses[node].reads & (self.clock_names | self.flags):
            return False
        return any(self._leads_out(edge.target) for edge in self.graph.successors[node])

    @cached_property
    def clock_names(self) -> frozenset[str]:
        """The variables that hold what a clock read in the loop gave, or what is computed from it."""
        names: set[str] = set()
        for node in self.loop.nodes:
            effect = self.graph.nodes[node].effect
            if isinstance(effect, Call) and by_name.is_clock(effect.name):
                names |= self.dataflow.uses[node].writes
        for _ in range(ASSIGNMENTS):
            for node in self.loop.nodes:
                use = self.dataflow.uses[node]
                if isinstance(self.graph.nodes[node].effect, Assign) and use.reads & names:
                    names |= use.writes
        return frozenset(names)

    def _leads_out(self, node: int) -> bool:
        """Whether control leaves the loop from here, or the program ends, and nothing but reports come first."""
        for _ in range(_STEPS_OUT):
            if node not in self.loop.nodes:
                return True
            effect = self.graph.nodes[node].effect
            edges = self.graph.successors[node]
            if isinstance(effect, Call) and self._ends(effect):
                return True
            passes = reports(effect) if isinstance(effect, Call) else isinstance(effect, Jump | Nothing)
            if not passes or len(edges) != 1:
                return False
            node = edges[0].target
        return False

    def _ends(self, call: Call) -> bool:
        """Whether a call ends the program."""
        return ends_program(call) or call.name in self.runs.evaluator.no_return

    def _stores(self, target: object, node: int) -> bool:
        local = self.graph.locals
        for written in self.written_by(node):
            root = root_of(written)
            if root.startswith("$") or root == "errno":
                continue
            if isinstance(target, Member | Index | Unary):
                through_pointer = root not in local or not self._is_own_object(target)
                if through_pointer and root not in self._wait_arguments:
                    return True
            if self._lasting(written):
                return True
        return False

    def _is_own_object(self, target: Member | Index | Unary) -> bool:
        """A member or element of a local aggregate (``tv.tv_sec``), not memory behind a pointer."""
        place = place_of(target)
        return place is not None and "*" not in place.replace("[*]", "")

    def _lasting(self, place: str) -> bool:
        """Whether what is written to a variable, or to a member of one, matters beyond this iteration."""
        name = root_of(place)
        if name.startswith("$") or name in self._wait_arguments or name == "errno":
            return False
        if name not in self.graph.locals:
            return True
        return bool(self.head_readers(place))

    def written_by(self, node: int) -> frozenset[str]:
        """What a node writes: variables, but the member where it assigns to no more (``ctx.now``)."""
        effect = self.graph.nodes[node].effect
        if isinstance(effect, Assign) and isinstance(effect.target, Member):
            place = place_of(effect.target)
            if place is not None and place.replace(".", "").isidentifier():
                return frozenset({place})
        return self.dataflow.uses[node].writes

    def may_write(self, node: int, place: str) -> bool:
        """Whether a node writes a place, the whole that it is part of, or a part of it."""
        return any(overlap(written, place) for written in self.written_by(node))

    def is_argument(self, place: str) -> bool:
        """Whether the wait itself is given what this is, or is part of."""
        return root_of(place) in self._wait_arguments

    def is_flag(self, place: str) -> bool:
        """Whether a handler writes it."""
        return root_of(place) in self.flags

    @cached_property
    def _wait_arguments(self) -> frozenset[str]:
        return frozenset(n for n in self.dataflow.uses[self.runs.site.node].reads if not n.startswith("$"))

    def head_readers(self, place: str) -> tuple[int, ...]:
        """The nodes at the head of the loop, or where an interrupt leads, that work from a variable or a member of one;
        those that only compute the wait's own arguments from it don't count.
        """
        if place not in self._readers:
            met = self.head_region | self.runs.exploration(Run.INTERRUPTED).nodes
            first = [node for node in self.dataflow.first_readers(place, self.loop) if node in met]
            if place != root_of(place):
                first = [node for node in first if not self._is_told(node, place)]
            self._readers[place] = tuple(node for node in first if not self._feeds_wait_only(node, root_of(place), 3))
        return self._readers[place]

    def _is_told(self, node: int, place: str) -> bool:
        """Whether a call that reports something is given the whole object: it may look at any part, and changes
        nothing.
        """
        effect = self.graph.nodes[node].effect
        tells = isinstance(effect, Call) and reports(effect)
        return tells and not any(path.startswith(place) for path in self.dataflow.read_places[node])

    def _feeds_wait_only(self, node: int, name: str, depth: int) -> bool:
        if node == self.runs.site.node:
            return True
        effect = self.graph.nodes[node].effect
        if depth == 0:
            return False
        if isinstance(effect, Assign):
            written = self.dataflow.uses[node].writes
            if name in written:
                return False
            return all(
                target in self._wait_arguments
                or all(self._feeds_wait_only(n, target, depth - 1) for n in self._readers_of(target, node))
                for target in written
                if target in self.graph.locals or target.startswith("$") or target in self._wait_arguments
            ) and all(t in self.graph.locals or t.startswith("$") or t in self._wait_arguments for t in written)
        if isinstance(effect, Branch):
            return self.graph.nodes[node].statement in self._computations
        if isinstance(effect, Call) and (
            by_name.is_pure(effect.name, self.graph.language) or by_name.is_clock(effect.name)
        ):
            return all(
                target in self._wait_arguments
                or all(self._feeds_wait_only(n, target, depth - 1) for n in self._readers_of(target, node))
                for target in self.dataflow.uses[node].writes
            )
        return False

    @cached_property
    def _computations(self) -> frozenset[int]:
        """Statements with a test of the loop that decides over nothing but the wait's own arguments:
        ``if (timeout > max) timeout = max;``.
        """
        graph = self.graph
        tests = {graph.nodes[n].statement for n in self.loop.nodes if isinstance(graph.nodes[n].effect, Branch)}
        return frozenset(statement for statement in tests if self._only_computes(statement))

    def _only_computes(self, statement: int) -> bool:
        span = self.graph.statements[statement].span
        if self.graph.statements[statement].kind not in ("if", "expression", "declaration"):
            return False
        for node in self.nodes_in(span):
            effect = self.graph.nodes[node].effect
            if node == self.runs.site.node or isinstance(effect, Branch | Nothing | Jump):
                continue
            writes = self.dataflow.uses[node].writes
            if isinstance(effect, Assign) and all(w in self._wait_arguments or w.startswith("$") for w in writes):
                continue
            if not (isinstance(effect, Call) and by_name.is_harmless(effect.name, self.graph.language)):
                return False
        return True

    def _readers_of(self, name: str, definition: int) -> list[int]:
        region = self.dataflow.region(name, definition, self.loop.nodes)
        return [node for node in region if name in self.dataflow.uses[node].reads]

    @cached_property
    def head_region(self) -> frozenset[int]:
        """What every iteration passes between the loop's head and the wait (as far as the graph tells)."""
        wait, loop = self.runs.site.node, self.loop
        passed = in_front_of(self.graph, loop, wait)
        edges = (edge for node in passed for edge in self.graph.successors[node])
        ahead = (e for e in edges if e.target != loop.head and (e.source, e.target) not in loop.back_edges)
        return passed & leading_to(ahead, (wait,))

    # ---------------------------------------------------------------------------------------- places

    def nodes_in(self, span: Span) -> list[int]:
        """The loop's nodes within a piece of the source, in order."""
        at = bisect_left(self._starts, span.start)
        upto = bisect_right(self._starts, span.end)
        return [node for (_, end), node in self._by_place[at:upto] if end <= span.end]

    @cached_property
    def _by_place(self) -> list[tuple[Span, int]]:
        """The loop's nodes in the order of the source."""
        return sorted((self.graph.nodes[node].span, node) for node in self.loop.nodes)

    @cached_property
    def _starts(self) -> list[int]:
        return [span.start for span, _ in self._by_place]
