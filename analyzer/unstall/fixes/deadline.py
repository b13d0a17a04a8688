"""What acts on a deadline having passed: an interrupt that is taken for a timeout must not come to it."""

from unstall.fixes.doubt import reached
from unstall.flow import by_name
from unstall.flow.dataflow import access_paths, holders, uses_of
from unstall.flow.facts import WaitFact
from unstall.flow.giving_up import may_give_up
from unstall.flow.ir import Assign, Branch, Call, Expr, FlowGraph, Jump, Node, Nothing, Statement
from unstall.flow.outcomes import Run
from unstall.flow.places import names_in, reports, temps_in
from unstall.flow.reach import spread
from unstall.flow.runs import LOOP_STATEMENTS


def acts_on_deadline(fact: WaitFact, node: Node) -> Node | None:
    """Where something is given up that a timeout alone comes to: here, or behind a test of what is set or counted here
    (``if (++quiet > 3) break;``, ``while (!expired)``); or where the whole of the timeout is taken for passed
    (``now = last + seconds``).
    """
    if _gives_up(fact.graph, node):
        return None if _returns_as_it_did(fact, node) else node
    if not isinstance(node.effect, Assign):
        return None
    if uses_of(node).reads & _waited(fact):
        return node
    kept = uses_of(node).writes - result_names(fact)
    for test in fact.graph.nodes:
        if isinstance(test.effect, Branch) and uses_of(test).reads & kept:
            statement = fact.graph.statements[test.statement]
            if statement.kind in LOOP_STATEMENTS:
                return test
            if statement.kind == "if" and (acting := _given_up_in(fact, statement)) is not None:
                return acting
    return None


def _returns_as_it_did(fact: WaitFact, node: Node) -> bool:
    """Whether an interrupt has returned the same constant so far, and a timeout does nothing else of its own, so that
    the caller has taken the one for the other all along.
    """
    nodes, effect = fact.graph.nodes, node.effect
    if not (isinstance(effect, Jump) and effect.word == "return") or (effect.value and names_in(effect.value)):
        return False
    own = (nodes[at].effect for at in timeout_alone(fact) - {node.id})
    quiet = all(isinstance(e, Branch | Nothing) or (isinstance(e, Call) and reports(e)) for e in own)
    return quiet and effect in (nodes[at].effect for at in fact.traces[Run.INTERRUPTED].nodes)


def _waited(fact: WaitFact) -> frozenset[str]:
    """The variables that the wait's timeout is made of."""
    call, at = fact.call, fact.spec.timeout
    names = names_in(call.args[at]) if at is not None and at < len(call.args) else frozenset[str]()
    uses = (uses_of(node) for node in fact.graph.nodes if isinstance(node.effect, Assign))
    return spread(((written, read) for use in uses for written in use.writes for read in use.reads), names) - {"NULL"}


def _given_up_in(fact: WaitFact, statement: Statement) -> Node | None:
    inside = (node for node in fact.graph.nodes if statement.span.contains(node.span))
    return next((node for node in inside if _gives_up(fact.graph, node)), None)


def _gives_up(graph: FlowGraph, node: Node) -> bool:
    match node.effect:
        case Jump("break"):
            around = (graph.statements[at].kind for at in graph.ancestors(node.statement))
            return next((kind for kind in around if kind in ("switch", *LOOP_STATEMENTS)), "") != "switch"
        case Jump(word):
            return word in ("return", "raise", "goto")
        case Call(name=name):
            return may_give_up(name) and not by_name.is_logging(name)
    return False


def timeout_alone(fact: WaitFact) -> frozenset[int]:
    """The nodes that a wait comes to only when it times out.

    A test of Python's result as a whole (``if not events``) is open in the READY run, whose results are unknown; there
    the READY run is taken the other way than the timeout. So it is with a wrapper of which the same is unknown, and
    with an else arm for a single descriptor that isn't ready.
    """
    timeout, ready = fact.traces[Run.TIMEOUT], fact.traces[Run.READY]
    graph = fact.graph
    results = result_names(fact)
    sets = {
        node.effect.result.index
        for node in graph.nodes
        if isinstance(node.effect, Call) and by_name.is_set_test(node.effect.name)
    }
    barred = set[tuple[int, int]]()
    for node in timeout.nodes:
        effect = graph.nodes[node].effect
        if isinstance(effect, Branch):
            names = names_in(effect.condition)
            whole = bool(names) and names <= results
            if not (whole or _asks_for_one(effect.condition, sets)):
                continue
            sides, open_ = ({edge for edge in trace.edges if edge[0] == node} for trace in (timeout, ready))
            told = whole or all(_into_else(graph, side) for side in sides)
            barred |= sides if told and len(sides) == 1 and len(open_) > 1 else set()
    steps = {step for step in ready.edges - barred if step[1] in ready.nodes}
    return timeout.nodes - reached(fact.wait, steps)


def _asks_for_one(condition: Expr, sets: set[int]) -> bool:
    """Whether a condition asks whether a single descriptor is ready: by ``FD_ISSET``, or by ``revents``."""
    temps = temps_in(condition)
    return (bool(temps) and temps <= sets) or any(path.endswith(".revents") for path in access_paths(condition))


def _into_else(graph: FlowGraph, step: tuple[int, int]) -> bool:
    """Whether a step leads from the test of an ``if`` into its else arm."""
    tested, chain = graph.nodes[step[0]].statement, graph.ancestors(graph.nodes[step[1]].statement)
    return any(graph.statements[at].kind == "else" and graph.statements[at].parent == tested for at in chain)


def result_names(fact: WaitFact) -> frozenset[str]:
    """The variables that the wait's value is assigned to."""
    names: frozenset[str] = frozenset()
    for node in fact.graph.nodes:
        if isinstance(node.effect, Assign) and node.effect.value == fact.call.result:
            names |= names_in(node.effect.target)
    return names


def result_places(fact: WaitFact) -> frozenset[str]:
    """The places that the wait's value, or an element of it, is assigned to: ``r``, ``self.ready``."""
    return frozenset(place for place, _ in holders(fact.graph, fact.call.result))
