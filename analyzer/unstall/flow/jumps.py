"""Where an interrupt's way parts from the timeout's for good: the jump, and the form it has in the source."""

from unstall.flow.explore import Exploration
from unstall.flow.handling import Way
from unstall.flow.ir import Branch, Edge, EdgeKind, Jump, Role, Switch
from unstall.flow.runs import LOOP_STATEMENTS, SiteRuns


def interrupt_of(runs: SiteRuns, run: Exploration, way: Way) -> tuple[int | None, str, tuple[int, ...]]:
    """The node where the interrupt parts from the timeout for good, its form, and others of the kind."""
    others = (runs.timeout, runs.ready_elsewhere, runs.ready)
    taken = set().union(*(other.edges.keys() | other.stopped.keys() for other in others))
    candidates: list[tuple[int, str]] = []
    ends = sorted(way.ends, key=lambda edge: edge.source)
    paths = [[*run.path_to(end.source), end] for end in ends] or [run.path_to(_last_node(run))]
    for edges in paths:
        own = [edge for edge in edges if edge not in taken]
        chosen = _jump_among(runs, own)
        if chosen is not None:
            candidates.append(chosen)
    # A jump that other errors take as well says less of the interrupt than one of its own.
    unique = sorted(dict.fromkeys(candidates), key=lambda candidate: candidate[0] in runs.failed.nodes)
    if not unique:
        tested = _error_test(runs, run)
        return tested, "fall-through", ()
    (node, form), rest = unique[0], unique[1:]
    return node, form, tuple(node for node, _ in rest)


def _last_node(run: Exploration) -> int:
    return next(reversed(run.states), -1)


def _jump_among(runs: SiteRuns, own: list[Edge]) -> tuple[int, str] | None:
    graph = runs.graph
    for edge in reversed(own):
        effect = graph.nodes[edge.source].effect
        if isinstance(effect, Jump) and edge.kind is not EdgeKind.EXCEPTION:
            handler = any(
                graph.statements[s].kind == "handler" for s in graph.ancestors(graph.nodes[edge.source].statement)
            )
            return edge.source, f"except-{effect.word}" if handler else effect.word
    for edge in reversed(own):
        node = graph.nodes[edge.source]
        if isinstance(node.effect, Branch | Switch):
            return edge.source, _form_of_branch(runs, edge)
    return None


def _form_of_branch(runs: SiteRuns, edge: Edge) -> str:
    node = runs.graph.nodes[edge.source]
    statement = runs.graph.statements[node.statement]
    if node.role is Role.HANDLER or statement.kind == "handler":
        return "except-pass"
    if isinstance(node.effect, Switch):
        return "switch"
    if statement.kind in LOOP_STATEMENTS and node.role is Role.CONDITION:
        return "loop-condition"
    return "nested-if"


def _error_test(runs: SiteRuns, run: Exploration) -> int | None:
    """The test that tells the interrupt from other errors (from a timeout, if it is the only error), where the way
    itself has no jump of its own.
    """
    other = runs.failed if runs.failed.nodes else runs.timeout
    for node in run.states:
        if isinstance(runs.graph.nodes[node].effect, Branch | Switch):
            sides = {e for e in run.edges if e.source == node}
            if sides and sides != {e for e in other.edges if e.source == node} and node in other.nodes:
                return node
    return None
