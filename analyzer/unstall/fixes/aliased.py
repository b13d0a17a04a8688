"""What a wait fills, by other names than it is passed by: a pointer into it, or what a call gave a pointer to.

That an interrupt reads such a thing is no finding: the pointer may be to another. A patch is not proved by it either.
"""

from collections.abc import Iterable, Iterator

from unstall.flow.dataflow import ASSIGNMENTS, paths_read
from unstall.flow.facts import WaitFact
from unstall.flow.ir import Assign, Binary, Call, Const, Expr, Index, Member, Name, Node, Temp, Unary
from unstall.flow.places import is_within, names_in, place_of, root_of


def filled(fact: WaitFact) -> tuple[Expr, ...]:
    """The arguments that the wait reports in, but for those that are NULL."""
    args = fact.call.args
    return tuple(args[at] for at in fact.spec.results if at < len(args) and args[at] != Const(0))


def names_of_filled(fact: WaitFact) -> frozenset[str]:
    """The variables that these arguments mention, or are worked out from: ``list`` of ``fds_of(list)``."""
    names = frozenset[str]().union(*map(names_in, filled(fact)))
    unnamed = [argument for argument in filled(fact) if isinstance(argument, Temp)]
    for node in fact.graph.nodes if unnamed else ():
        match node.effect:
            case Call(result=result, args=args) if result in unnamed:
                names = names.union(*map(names_in, args))
            case Assign(Temp() as target, value) if target in unnamed:
                names |= names_in(value)
    return names


def looked_at(fact: WaitFact, nodes: Iterable[Node]) -> tuple[Node, str] | None:
    """The first of some nodes that looks at what the wait fills by another name, and that name."""
    known = {root for argument in filled(fact) if (root := _root(fact, argument))}
    others = aliases(fact) - known
    for node in nodes:
        for path in sorted(_read(node)):
            found = path.endswith(".revents") and fills_revents(fact) and root_of(path) not in known
            if found or root_of(path) in others:
                return node, path
    return None


def fills_revents(fact: WaitFact) -> bool:
    """Whether the wait reports as poll() does."""
    return fact.spec.reports_in == (0,)


def fills_events(fact: WaitFact) -> bool:
    """Whether the wait reports as epoll_wait() and kevent() do, in an array that holds as much as the result says: a
    timeout leaves that alone, too.
    """
    return fact.spec.reports_in in ((1,), (3,))


def _read(node: Node) -> frozenset[str]:
    """What a node looks at: the place that a pointer is to is not looked at by whoever copies the pointer."""
    match node.effect:
        case Assign(Name(), Name() | Unary("&"), ""):
            return frozenset()
    return paths_read(node)


def aliases(fact: WaitFact) -> frozenset[str]:
    """The variables that are, or may be, pointers to what is filled, and what pointers that are passed are given."""
    places = {place for argument in filled(fact) if (place := place_of(argument, fact.graph))}
    for _ in range(ASSIGNMENTS):
        places |= {found for pointer, meant in _pointers(fact) for found in _new(places, pointer, meant)}
    return frozenset(map(root_of, places))


def _new(places: set[str], pointer: str, meant: str) -> Iterator[str]:
    if any(is_within(meant, place) for place in places):
        yield pointer
    if pointer in places:
        yield meant


def _pointers(fact: WaitFact) -> Iterator[tuple[str, str]]:
    """What variables are set to that may be pointers, as places: ``p`` with ``fds`` of ``p = fds + 1``."""
    for node in fact.graph.nodes if fact.graph.language == "c" else ():
        match node.effect:
            case Assign(Name(pointer), value, "") if meant := _meant(fact, value):
                yield pointer, meant


def _meant(fact: WaitFact, value: Expr) -> str:
    match value:
        case Unary("&", Index(array)):
            return place_of(array, fact.graph) or ""
        case Unary("&") | Name() | Member():
            return place_of(value, fact.graph) or ""
        case Binary("+" | "-", left):
            return _meant(fact, left)
    return ""


def _root(fact: WaitFact, argument: Expr) -> str:
    return root_of(_meant(fact, argument))
