"""What the tests of a graph ask of its calls: which error number it was, and whether anybody wants a result at all."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from unstall.flow import by_name
from unstall.flow.ir import Assign, Binary, Branch, Call, EdgeKind, Expr, FlowGraph, Index, Member, Switch, Temp
from unstall.flow.kept import kept
from unstall.flow.places import is_report, names_in, temps_in

LOOKAHEAD = 40
"""Nodes behind a call within which its error must be told apart."""
INTERRUPT = frozenset({"EINTR"})
EITHER = frozenset({"EINTR", "EAGAIN"})


@dataclass(frozen=True)
class Tests:
    """The tests of one graph."""

    errnos: Mapping[int, frozenset[str]]
    """The branches and switches that test for EINTR or EAGAIN, and for which of them."""
    predicates: frozenset[int]
    """The calls that ask for an error number by their name."""
    wanted: frozenset[int]
    """The temporaries that are assigned, or tested."""


@kept
def tests_of(graph: FlowGraph) -> Tests:
    """The tests of a graph."""
    errnos: dict[int, frozenset[str]] = {}
    predicates: set[int] = set()
    wanted: set[int] = set()
    for node in graph.nodes:
        match node.effect:
            case Branch(condition):
                errnos[node.id] = errnos_in(condition)
                wanted |= temps_in(condition)
            case Switch(subject):
                cases = (case for edge in graph.successors[node.id] for case in edge.cases)
                errnos[node.id] = frozenset().union(*map(errnos_in, cases))
                wanted |= temps_in(subject)
            case Assign(value=Temp(index)):
                wanted.add(index)
            case Call(name=name) if by_name.errno_asked(name):
                predicates.add(node.id)
    return Tests({node: asked for node, asked in errnos.items() if asked}, frozenset(predicates), frozenset(wanted))


def any_call(call: Call) -> bool:
    """Passes every call."""
    return True


def reads_errno(call: Call) -> bool:
    """Passes the calls that read errno."""
    return by_name.gives_errno(call.name)


@lru_cache(4096)
def _keeps_errno(name: str) -> bool:
    return by_name.is_harmless(name, "c") or by_name.is_clock(name) or by_name.gives_errno(name)


def keeps_errno(call: Call) -> bool:
    """Whether a test of errno behind this call is still about the wait before it, whatever it does to errno."""
    return _keeps_errno(call.name) or is_report(call)


def told_apart(
    graph: FlowGraph,
    node: int,
    errnos: frozenset[str] = EITHER,
    passes: Callable[[Call], bool] = keeps_errno,
) -> bool:
    """Whether one of ``errnos`` is tested behind the call, with no call in between but those that the search
    ``passes``.
    """
    tests = tests_of(graph)
    if not tests.predicates and all(errnos.isdisjoint(asked) for asked in tests.errnos.values()):
        return False
    seen: set[int] = set()
    pending = deque([node])
    while pending and len(seen) <= LOOKAHEAD:
        at = pending.popleft()
        if at in seen:
            continue
        seen.add(at)
        effect = graph.nodes[at].effect
        if at != node and isinstance(effect, Call):
            if at in tests.predicates:
                return True
            if not passes(effect):
                continue
        if not errnos.isdisjoint(tests.errnos.get(at, ())):
            return True
        pending += [edge.target for edge in graph.successors[at] if edge.kind is not EdgeKind.EXCEPTION]
    return False


def errnos_in(expr: Expr) -> frozenset[str]:
    """Of EINTR and EAGAIN those that an expression names; both of ``in`` a set of the project's."""
    match expr:
        case Binary("in" | "not in", _, right) if any(by_name.ERRNO_SET.search(name) for name in _constants(right)):
            return EITHER
    return EITHER.intersection(filter(None, map(by_name.errno_constant, _constants(expr))))


def _constants(expr: Expr) -> frozenset[str]:
    match expr:
        case Member(base, name):
            return frozenset({name}) | _constants(base)
        case Index(base, index):
            return _constants(base) | _constants(index)
    found: frozenset[str] = names_in(expr)
    for part in ("left", "right", "operand"):
        inner = getattr(expr, part, None)
        if inner is not None:
            found |= _constants(inner)
    for item in getattr(expr, "items", ()):
        found |= _constants(item)
    return found
