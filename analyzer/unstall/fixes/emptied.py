"""Sets that a patch empties: a wait that comes to them again must not look at nothing."""

from collections.abc import Iterable

from unstall.flow import by_name
from unstall.flow.facts import WaitFact
from unstall.flow.ir import Assign, Call, Expr, Node
from unstall.flow.places import place_of, root_of
from unstall.flow.reach import reached


def waits_for_nothing(fact: WaitFact, own: Iterable[int]) -> bool:
    """Whether a way leads from where one of these nodes empties an fd set of the wait back to the wait, past what
    prepares the set in the function. Where nothing there does, others are taken to.
    """
    own = frozenset(own)
    nodes = fact.graph.nodes
    args = fact.call.args
    sets = {root for at in fact.spec.results if at < len(args) and (root := _root(fact, args[at]))}
    emptied = {
        root: node
        for node in own
        if isinstance(effect := nodes[node].effect, Call) and by_name.clears(effect.name) and effect.args
        if (root := _root(fact, effect.args[0])) in sets
    }
    return any(_comes_to_the_wait(fact, node, root, own) for root, node in emptied.items())


def _comes_to_the_wait(fact: WaitFact, node: int, root: str, own: frozenset[int]) -> bool:
    others = (other for other in fact.graph.nodes if other.id != fact.wait and other.id not in own)
    prepares = {other.id for other in others if _prepares(fact, other, root)}
    after = (edge.target for edge in fact.graph.successors[node])
    return bool(prepares) and fact.wait in reached(fact.graph.edges, after, lambda passed: passed not in prepares)


def _prepares(fact: WaitFact, node: Node, root: str) -> bool:
    match node.effect:
        case Assign(target):
            return _root(fact, target) == root
        case Call(name=name, args=args):
            return not by_name.is_set_test(name) and any(_root(fact, arg) == root for arg in args)
    return False


def _root(fact: WaitFact, expr: Expr) -> str:
    """The variable that an expression is of, or points into; empty where it is none."""
    return root_of(place_of(expr, fact.graph) or "")
