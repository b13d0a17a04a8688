"""Who reads and writes what: names per node, regions in which a definition holds, liveness at a loop's head."""

from dataclasses import dataclass
from functools import cached_property

from unstall.flow import by_name
from unstall.flow.ir import (
    Assign,
    Binary,
    Branch,
    Call,
    Expr,
    FlowGraph,
    ForEach,
    Index,
    Items,
    Jump,
    Member,
    Name,
    Node,
    Opaque,
    Switch,
    Temp,
    Unary,
)
from unstall.flow.kept import kept
from unstall.flow.loops import Loop
from unstall.flow.places import names_in, place_of, root_of, temps_in


@dataclass(frozen=True, slots=True)
class Uses:
    """The variables (by root name, temporaries as ``$n``) that a node reads, and those it writes."""

    reads: frozenset[str]
    writes: frozenset[str]
    indirect: bool
    """It writes through a pointer or into a member or element, so that the root itself isn't overwritten."""


ASSIGNMENTS = 2
"""So many assignments deep is followed what is worked out from a variable: ``left = due - now; if (left > 0)``."""


def mentioned(expr: Expr) -> frozenset[str]:
    """The variables and temporaries (``$n``) in an expression."""
    return names_in(expr) | {f"${index}" for index in temps_in(expr)}


def mentioned_by(call: Call) -> frozenset[str]:
    """The variables and temporaries in a call's arguments, but for those given by keyword."""
    return frozenset[str]().union(*map(mentioned, call.args))


def _targets(target: Expr) -> list[Expr]:
    return [leaf for item in target.items for leaf in _targets(item)] if isinstance(target, Items) else [target]


def uses_of(node: Node) -> Uses:
    """What a node reads and writes."""
    match node.effect:
        case Assign(target, value, op):
            reads = mentioned(value)
            writes: frozenset[str] = frozenset()
            indirect = False
            for leaf in _targets(target):
                place = place_of(leaf)
                whole = isinstance(leaf, Name | Temp)
                indirect = indirect or not whole
                if place is not None:
                    writes |= {root_of(place)}
                if not whole or op:
                    reads |= mentioned(leaf) if op else _subscripts(leaf)
            return Uses(reads, writes, indirect)
        case Call(result=result, args=args, keywords=keywords, receiver=receiver):
            read = [mentioned(a) for a in args] + [mentioned(v) for _, v in keywords]
            if receiver is not None:
                read.append(mentioned(receiver))
            written = {root_of(place) for a in args if (place := _by_address(a)) is not None}
            return Uses(frozenset().union(*read), frozenset({f"${result.index}", *written}), bool(written))
        case Branch(condition):
            return Uses(mentioned(condition), frozenset(), False)
        case Switch(subject):
            return Uses(mentioned(subject), frozenset(), False)
        case ForEach(targets, iterable):
            names = {root_of(p) for t in targets for leaf in _targets(t) if (p := place_of(leaf)) is not None}
            return Uses(mentioned(iterable), frozenset(names), False)
        case Jump(value=value) if value is not None:
            return Uses(mentioned(value), frozenset(), False)
        case Opaque(names=names_):
            return Uses(frozenset(names_), frozenset(names_), True)
    return Uses(frozenset(), frozenset(), False)


def _subscripts(target: Expr) -> frozenset[str]:
    match target:
        case Index(base, index):
            return mentioned(index) | _subscripts(base)
        case Member(base, _) | Unary(_, base):
            return _subscripts(base)
    return frozenset()


def _by_address(argument: Expr) -> str | None:
    return place_of(argument.operand) if isinstance(argument, Unary) and argument.op == "&" else None


def expressions_of(node: Node) -> tuple[Expr, ...]:
    """The expressions of a node, targets of assignments included."""
    match node.effect:
        case Assign(target, value):
            return (target, value)
        case Call(args=args, keywords=keywords, receiver=receiver):
            return (*args, *(value for _, value in keywords), *((receiver,) if receiver is not None else ()))
        case Branch(expr) | Switch(expr):
            return (expr,)
        case ForEach(_, iterable):
            return (iterable,)
        case Jump(value=value) if value is not None:
            return (value,)
    return ()


def overlays(graph: FlowGraph, objects: tuple[str, ...]) -> tuple[str, ...]:
    """The pointers through which one of these objects is read as something else, set once and for all:
    ``struct header *h = (struct header *)buffer;``.
    """
    values: dict[str, list[Expr]] = {}
    for node in graph.nodes if graph.language == "c" else ():
        if isinstance(node.effect, Assign) and isinstance(node.effect.target, Name):
            values.setdefault(node.effect.target.id, []).append(node.effect.value)
    wanted = [[Name(place)] for place in objects]
    return tuple(name for name, given in values.items() if given in wanted)


def pointed_into(graph: FlowGraph) -> dict[str, frozenset[str]]:
    """For each pointer the variables that it is given: ``p = buffer + 4``."""
    into: dict[str, set[str]] = {}
    for node in graph.nodes:
        effect = node.effect
        if isinstance(effect, Assign) and isinstance(effect.target, Name | Temp):
            into.setdefault(place_of(effect.target) or "", set()).update(names_in(effect.value))
    for _ in range(ASSIGNMENTS):  # a copy of the pointer, as in ``*p++ = c``
        for given in into.values():
            given |= {name for pointer in given for name in into.get(pointer, ())}
    return {pointer: frozenset(given) for pointer, given in into.items()}


def access_paths(expr: Expr) -> frozenset[str]:
    """The longest access paths in an expression: ``ctx.rfds`` and ``i`` for ``ctx->rfds[i]``'s base and index."""
    place = place_of(expr)
    match expr:
        case Index(base, index):
            return access_paths(base) | access_paths(index)
        case Unary(_, operand):
            return access_paths(operand)
        case Binary(_, left, right):
            return access_paths(left) | access_paths(right)
        case Items(items):
            return frozenset().union(*map(access_paths, items))
    return frozenset() if place is None else frozenset({place})


def paths_read(node: Node) -> frozenset[str]:
    """The access paths that a node mentions, but for what it only assigns to."""
    expressions = expressions_of(node)
    if isinstance(node.effect, Assign) and not node.effect.op:
        expressions = expressions[1:]
    return frozenset[str]().union(*map(access_paths, expressions))


def holders(graph: FlowGraph, result: Temp) -> tuple[tuple[str, int], ...]:
    """The places that a call's value, or an element of it, is assigned to, with the assigning nodes."""
    found: list[tuple[str, int]] = []
    for node in graph.nodes:
        if isinstance(node.effect, Assign) and _indexed(node.effect.value) == result:
            leaves = node.effect.target.items if isinstance(node.effect.target, Items) else (node.effect.target,)
            found += [(place, node.id) for leaf in leaves if (place := place_of(leaf, graph)) is not None]
    return tuple(found)


def _indexed(value: Expr) -> Expr:
    """What an element is taken of: the call in ``select.select(…)[0]``."""
    while isinstance(value, Index):
        value = value.base
    return value


def mentions(graph: FlowGraph, wanted: frozenset[str]) -> bool:
    """Whether a function uses one of these places, elements of arrays (``pair[0]``) included, for more than to give one
    of them to another.
    """
    return any(
        _holds(expr, wanted)
        for node in graph.nodes
        if not (isinstance(node.effect, Assign) and place_of(node.effect.target) in wanted)
        for expr in expressions_of(node)
    )


def _holds(expr: Expr, wanted: frozenset[str]) -> bool:
    if place_of(expr) in wanted:
        return True
    match expr:
        case Unary(_, operand):
            return _holds(operand, wanted)
        case Binary(_, left, right):
            return _holds(left, wanted) or _holds(right, wanted)
        case Items(items):
            return any(_holds(item, wanted) for item in items)
    return False


@kept
def _uses(graph: FlowGraph) -> tuple[Uses, ...]:
    return tuple(uses_of(node) for node in graph.nodes)


@dataclass(frozen=True)
class Dataflow:
    """Reads and writes over one graph."""

    graph: FlowGraph

    @cached_property
    def uses(self) -> tuple[Uses, ...]:
        """Indexed by node id."""
        return _uses(self.graph)

    @cached_property
    def places(self) -> tuple[frozenset[str], ...]:
        """The access paths that each node mentions, as long as they are written: ``ctx.rfds``. Indexed by node id."""
        return tuple(frozenset().union(*map(access_paths, expressions_of(node))) for node in self.graph.nodes)

    @cached_property
    def read_places(self) -> tuple[frozenset[str], ...]:
        """Like `places`, but without what is only assigned to."""
        return tuple(map(paths_read, self.graph.nodes))

    def region(self, name: str, definition: int, within: frozenset[int]) -> frozenset[int]:
        """The nodes that the value of ``name``, defined at a node, can reach unchanged."""
        reached: set[int] = set()
        stack = [edge.target for edge in self.graph.successors[definition]]
        while stack:
            node = stack.pop()
            if node in reached or node not in within:
                continue
            reached.add(node)
            use = self.uses[node]
            redefined = name in use.writes and not use.indirect
            if not redefined:
                stack += [edge.target for edge in self.graph.successors[node]]
        return frozenset(reached)

    def first_readers(self, place: str, loop: Loop) -> tuple[int, ...]:
        """The nodes of a loop that read a variable or a member of one, coming from its head, before anything writes
        it.
        """
        name = root_of(place)
        readers: list[int] = []
        seen: set[int] = set()
        stack = [loop.head]
        while stack:
            node = stack.pop()
            if node in seen or node not in loop.nodes:
                continue
            seen.add(node)
            use = self.uses[node]
            writes_whole = name in use.writes and (not use.indirect or self._clock_into(node, name))
            if place != name:
                writes_whole = writes_whole or self._assigns(node, place)
            if name in use.reads and not writes_whole and (place == name or self._reads_part(node, place)):
                readers.append(node)
            if not writes_whole:
                stack += [edge.target for edge in self.graph.successors[node]]
        return tuple(sorted(readers))

    def _assigns(self, node: int, place: str) -> bool:
        effect = self.graph.nodes[node].effect
        sets = isinstance(effect, Assign) and not effect.op and place_of(effect.target) == place
        return sets and not self._reads_part(node, place)

    def _reads_part(self, node: int, place: str) -> bool:
        """Whether a node reads a part of an object, or hands on the whole."""
        return any(overlap(read, place) for read in self.read_places[node])

    def _clock_into(self, node: int, name: str) -> bool:
        """A call such as ``gettimeofday(&now, 0)`` writes the whole of what it is given."""
        effect = self.graph.nodes[node].effect
        return isinstance(effect, Call) and (by_name.is_clock(effect.name) or by_name.clears(effect.name))


def overlap(a: str, b: str) -> bool:
    """Whether one of two places is, or may be, part of the other."""
    short, long = sorted((_unindexed(a), _unindexed(b)), key=len)
    return long == short or long.startswith(f"{short}.")


def _unindexed(place: str) -> str:
    """A place without what stands behind its first index."""
    return place.partition("[")[0].lstrip("*&")


@kept
def live_names(graph: FlowGraph) -> tuple[frozenset[str], ...]:
    """For each node the variables whose value it, or a node behind it, may read before they are overwritten.

    Sets are bits of integers while they are worked out: a large function has thousands of temporaries.
    """
    uses = Dataflow(graph).uses
    bits = {name: 1 << i for i, name in enumerate(sorted({n for use in uses for n in use.reads}))}
    reads = [_mask(use.reads, bits) for use in uses]
    kills = [0 if use.indirect else _mask(use.writes, bits) for use in uses]
    live = list(reads)
    pending = list(range(len(uses)))
    while pending:
        node = pending.pop()
        behind = 0
        for edge in graph.successors[node]:
            behind |= live[edge.target]
        now = reads[node] | (behind & ~kills[node])
        if now != live[node]:
            live[node] = now
            pending += [edge.source for edge in graph.predecessors[node]]
    names = list(bits)
    known: dict[int, frozenset[str]] = {}
    return tuple(_unmask(mask, names, known) for mask in live)


def _mask(names: frozenset[str], bits: dict[str, int]) -> int:
    mask = 0
    for name in names:
        mask |= bits.get(name, 0)
    return mask


def _unmask(mask: int, names: list[str], known: dict[int, frozenset[str]]) -> frozenset[str]:
    if mask not in known:
        held = []
        left = mask
        while left:
            lowest = left & -left
            held.append(names[lowest.bit_length() - 1])
            left ^= lowest
        known[mask] = frozenset(held)
    return known[mask]
