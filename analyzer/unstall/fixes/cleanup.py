"""What an interrupt's own code cleans up on its way out of the pass, and the rest of the pass still needs."""

import re
from collections.abc import Iterable

from unstall.flow import by_name
from unstall.flow.dataflow import expressions_of
from unstall.flow.ir import Assign, Binary, Call, Expr, FlowGraph, Index, Items, Member, Node, Unary
from unstall.flow.places import names_in, place_of

_GIVES_BACK = re.compile(
    r"close|free|destroy|release|delete|unref|unlink|(?:^|_)(?:un|end|finish|leave|put|pop|exit)(?:_|[a-z]*lock|map|$)",
    re.IGNORECASE,
)
"""Names of calls after which what they are given, or what is held meanwhile, is there no more."""


def needed_again(graph: FlowGraph, own: Iterable[Node], rest: Iterable[Node]) -> tuple[Node, Node] | None:
    """A node of the interrupt's ``own`` code that takes away or counts what a node of the ``rest`` works with."""
    others = list(rest)
    for node in own:
        for other in others:
            if _clash(graph, node, other):
                return node, other
    return None


def _clash(graph: FlowGraph, node: Node, other: Node) -> bool:
    match node.effect:
        case Call(name=name, args=(), receiver=receiver) if _gives_back(name):
            return isinstance(other.effect, Call) and (other.effect.name, other.effect.receiver) == (name, receiver)
        case Call(name=name, args=args) if _gives_back(name):
            return _works_with(graph, other, {place for part in args if (place := place_of(part, graph))})
        case Assign(target=target, value=value, op=op) if op or names_in(target) & names_in(value):
            place = place_of(target, graph)
            return place is not None and _works_with(graph, other, {place})
    return False


def _works_with(graph: FlowGraph, node: Node, places: set[str]) -> bool:
    mentioned = {place for expr in expressions_of(node) for place in _places(expr, graph)}
    return bool(places & mentioned)


def _gives_back(name: str) -> bool:
    return bool(_GIVES_BACK.search(name)) and not by_name.is_logging(name)


def _places(expr: Expr, graph: FlowGraph) -> Iterable[str]:
    """The places of an expression and of its parts."""
    place = place_of(expr, graph)
    if place is not None:
        yield place
    match expr:
        case Member(part, _) | Unary(_, part):
            parts: tuple[Expr, ...] = (part,)
        case Binary(_, left, right) | Index(left, right):
            parts = (left, right)
        case Items(items):
            parts = items
        case _:
            parts = ()
    for part in parts:
        yield from _places(part, graph)
