"""Stages: the statements of a loop's body that hold its work behind a wait."""

from collections.abc import Iterable

from unstall.flow.counted import side_not_led_to
from unstall.flow.facts import Stage
from unstall.flow.feeds import feeds
from unstall.flow.ir import Assign, Branch, EdgeKind, Switch
from unstall.flow.labels import label
from unstall.flow.outcomes import Run
from unstall.flow.work import Work
from unstall.source import SourceFile

_SHOWN = (Run.READY, Run.TIMEOUT, Run.INTERRUPTED, Run.WOULD_BLOCK, Run.FAILED)
_GROUPS = frozenset({"function", "block", "else", "handler", "finally", "case", "label"})


def stages(work: Work, passed: frozenset[int], owed: frozenset[int], source: SourceFile) -> tuple[Stage, ...]:
    """The statements behind the wait that hold work, each as large as it can be without holding what an interrupt has
    ``passed``; some of their nodes are ``owed``.
    """
    runs, graph = work.runs, work.graph
    behind = (runs.ready.nodes | runs.timeout.nodes | runs.ready_elsewhere.nodes) & work.loop.nodes
    busy = [n for n in behind - _condition(work) if n in owed or _is_work(work, n)]
    touched = {s for node in passed | {runs.site.node} for s in graph.ancestors(graph.nodes[node].statement)}
    members: dict[int, list[int]] = {}
    for node in busy:
        if node not in passed:
            members.setdefault(_unit(work, node, touched), []).append(node)
    found = [_stage(work, statement, nodes, passed, owed, source) for statement, nodes in members.items()]
    return tuple(sorted(found, key=lambda stage: stage.span))


def _condition(work: Work) -> frozenset[int]:
    """The test that a loop starts with, which a pass comes to once more where it has made it false."""
    own = work.runs.loop_statement(work.loop)
    return frozenset(node for node in work.head_region if work.graph.nodes[node].statement == own)


def _is_work(work: Work, node: int) -> bool:
    effect = work.graph.nodes[node].effect
    return work.has_effect(node) and not (isinstance(effect, Assign) and work.reads_results(node))


def _unit(work: Work, node: int, touched: set[int]) -> int:
    """The largest statement around a node of which the interrupted run touches nothing."""
    statements = work.graph.statements
    unit = work.graph.nodes[node].statement
    for statement in work.graph.ancestors(unit):
        if statement in touched or statement == 0:
            break
        if statements[statement].kind not in _GROUPS:
            unit = statement
    return unit


def _stage(
    work: Work, statement: int, nodes: list[int], passed: frozenset[int], owed: frozenset[int], source: SourceFile
) -> Stage:
    span = work.graph.statements[statement].span
    inside = work.nodes_in(span)
    runs = tuple(run for run in _SHOWN if any(node in work.runs.exploration(run).nodes for node in nodes))
    owes = any(node in owed for node in nodes)
    reads = not owes and any(work.reads_results(node) for node in inside)
    fed = tuple(dict.fromkeys(feeds(work, nodes, passed, source)))
    return Stage(
        span, statement, label(work.graph, span, inside, source), runs, reads, fed, owes,
        tuple(sorted(_answered_in(work, frozenset(inside)))),
    )  # fmt: skip


def _answered_in(work: Work, inside: frozenset[int]) -> frozenset[str]:
    """The handlers' flags that are tested by some nodes, and by no others of the loop."""
    return _asked(work, inside) - _asked(work, work.loop.nodes - inside)


def _asked(work: Work, nodes: Iterable[int]) -> frozenset[str]:
    """The handlers' flags that some nodes test."""
    return work.flags & frozenset[str]().union(*(_asks_for(work, node) for node in nodes))


def _asks_for(work: Work, node: int) -> frozenset[str]:
    """What a test asks for that a signal can have made so: nobody counts down to ``children >= limit``."""
    effect, reads = work.graph.nodes[node].effect, work.dataflow.uses[node].reads
    if isinstance(effect, Branch):
        return reads - work.falling if side_not_led_to(effect.condition, work.falling) is EdgeKind.TRUE else reads
    return reads if isinstance(effect, Switch) else frozenset()
