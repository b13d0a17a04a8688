"""Results that a failed wait never wrote: who reads them, and who hands them on to a caller that can't tell."""

from collections.abc import Iterator

from unstall.flow import by_name
from unstall.flow.catalogue import C_WAITS
from unstall.flow.dataflow import access_paths, expressions_of, uses_of
from unstall.flow.evaluator import Evaluator
from unstall.flow.explore import Exploration
from unstall.flow.ir import (
    Assign,
    Binary,
    Branch,
    Call,
    Const,
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
    Unary,
)
from unstall.flow.kept import kept
from unstall.flow.places import is_macro, is_report, place_of, reports, root_of
from unstall.flow.runs import SiteRuns
from unstall.flow.state import State
from unstall.flow.values import MINUS_ONE, ZERO, Num, Stale
from unstall.flow.waits import WaitKind


def reads_stale(evaluator: Evaluator, node: int, state: State, results: frozenset[str]) -> bool:
    """Whether a node works from a stale object, or uses a result of -1 as a number of things."""
    effect = evaluator.graph.nodes[node].effect
    match effect:
        case Call(name=name):
            if by_name.clears(name) or by_name.fills(name) or by_name.frees(name):
                return False
            if name == evaluator.graph.name:
                return False  # it does the wait again, into the same buffer
            if only_tells(effect) or is_macro(effect):
                return False
            filled = 1 if by_name.overwrites(name) else 0
            held = [evaluator.value_of_argument(effect, at, state) for at in range(filled, len(effect.args))]
            if by_name.is_set_test(name):
                return bool(held) and isinstance(held[-1], Stale)
            if any(isinstance(value, Stale) for value in held):
                return True
            return not _is_format(effect) and any(
                place_of(argument) in results and value == MINUS_ONE
                for argument, value in zip(effect.args[filled:], held, strict=True)
            )
        case Assign(target, value, op):
            if isinstance(target, Index) and evaluator.value(target.index, state) == MINUS_ONE:
                return place_of(target.index) in results
            if op and place_of(value) in results and evaluator.value(value, state) == MINUS_ONE:
                return True
            return _stale_inside(evaluator, value, state) and not _is_passed(evaluator.graph, value)
        case Branch(condition):
            return _stale_inside(evaluator, condition, state)
        case Switch(subject):
            return _stale_inside(evaluator, subject, state)
        case ForEach(_, iterable):
            return isinstance(evaluator.value(iterable, state), Stale)
    return False


def _is_passed(graph: FlowGraph, value: Expr) -> bool:
    """Whether a value of C is what a wait is passed as its buffer: whoever keeps that keeps where it is, and reads
    nothing of what is in it.
    """
    passed = (node.effect for node in graph.nodes if isinstance(node.effect, Call) and node.effect.name in C_WAITS)
    return graph.language == "c" and any(value in call.args for call in passed)


def counts_by_failure(evaluator: Evaluator, node: int, state: State, results: frozenset[str]) -> bool:
    """Whether a node takes an element at an index that is the failed wait's -1: ``line[n] = 0;``, or ``line[n - 1]``.

    No callee stands between that and what is in front of the array, whatever is tested behind it.
    """
    return any(
        _is_failure(evaluator, index, state, results)
        for expr in expressions_of(evaluator.graph.nodes[node])
        for index in _indices(expr)
    )


def _is_failure(evaluator: Evaluator, index: Expr, state: State, results: frozenset[str]) -> bool:
    value = evaluator.value(index, state)
    return isinstance(value, Num) and value.hi < 0 and bool(access_paths(index) & results)


def _indices(expr: Expr) -> Iterator[Expr]:
    match expr:
        case Index(base, index):
            yield index
            yield from _indices(base)
        case Member(base):
            yield from _indices(base)
        case Unary(op, operand) if op != "&":
            yield from _indices(operand)
        case Binary(_, left, right):
            yield from _indices(left)
            yield from _indices(right)


def only_tells(call: Call) -> bool:
    """A call that shows what it is given to somebody who reads it, and does nothing with it."""
    level = call.args[0] if call.args else None
    leveled = isinstance(level, Name) and by_name.is_level(level.id)
    return reports(call) or leveled


def _is_format(call: Call) -> bool:
    """A call that is given a text with places for values: whoever reads it sees the -1."""
    return any(isinstance(argument, Const) and "%" in str(argument.value) for argument in call.args)


def _stale_inside(evaluator: Evaluator, expr: object, state: State) -> bool:
    """Whether an expression reads a stale member (``fds[i].revents``) or a stale Python result."""
    match expr:
        case Binary(_, left, right):
            return _stale_inside(evaluator, left, state) or _stale_inside(evaluator, right, state)
        case Unary(op, operand):
            return op != "&" and _stale_inside(evaluator, operand, state)
        case Items(items):
            return any(_stale_inside(evaluator, item, state) for item in items)
        case Member(_, name) if name in ("fd", "events") and _has_revents(evaluator.graph):
            return False  # of a pollfd these are what is asked for
        case Member(Name(pointer)) if isinstance(state.get(f"*{pointer}"), Stale):
            return True
        case Member() | Index():
            return isinstance(evaluator.value(expr, state), Stale)
        case Name():
            python = evaluator.graph.language == "python"
            return python and isinstance(evaluator.value(expr, state), Stale)
    return False


@kept
def _has_revents(graph: FlowGraph) -> bool:
    """Whether a function looks at what poll() found; of epoll's structure `events` is that."""
    return any(map(looks_at_revents, graph.nodes))


def looks_at_revents(node: Node) -> bool:
    """Whether a node works with what poll() found."""
    return any(path.endswith("revents") for expr in expressions_of(node) for path in access_paths(expr))


def is_told(runs: SiteRuns, node: int, state: State) -> bool:
    """Whether a node hands on what the wait should have written, and beside that a result by which the callee can
    tell: the -1 of poll() and its like, the 0 that the way has put in its place, or a length in the place of a
    transfer's.
    """
    effect = runs.graph.nodes[node].effect
    if not isinstance(effect, Call):
        return False
    results = [argument for argument in effect.args if place_of(argument) in runs.result_names]
    values = [runs.evaluator.value(argument, state) for argument in results]
    if runs.site.spec.kind is WaitKind.TRANSFER:
        return any(isinstance(value, Num) and value.lo >= 0 for value in values)
    return runs.site.spec.kind is WaitKind.MULTIPLEX and not {MINUS_ONE, ZERO}.isdisjoint(values)


def hands_on_unmarked(runs: SiteRuns, run: Exploration) -> bool:
    """Whether a function that returns nothing leaves fd sets of a caller's, or such of the file's as others ask, as
    they were passed, and leaves no sign.

    A failed select leaves the sets alone, so that all that was asked for looks ready; and where the interrupted way
    does nothing that the ready one doesn't, whoever looks at the sets has no other choice than to believe it.
    """
    graph = runs.graph
    own = graph.locals.difference(graph.parameters)
    sets = {root_of(place) for place in runs.result_objects} & (
        graph.sets_asked.difference(own) | set(graph.parameters)
    )
    if runs.call.name not in ("select", "pselect") or not sets or any(o.head != graph.entry for o in runs.loops):
        return False
    if any(isinstance(node.effect, Jump) and node.effect.value is not None for node in graph.nodes):
        return False
    ways = run.nodes, runs.ready.nodes
    touched = (uses_of(graph.nodes[node]) for node in (run.nodes | runs.ready.nodes) - {runs.site.node})
    return (
        all(graph.exit in way for way in ways)
        and all(root_of(place) in own for place, _ in runs.result_variables)
        and not any(sets & (uses.reads | uses.writes) for uses in touched)
        and not any(_leaves_a_sign(runs, graph.nodes[node]) for node in run.nodes - runs.ready.nodes)
    )


def _leaves_a_sign(runs: SiteRuns, node: Node) -> bool:
    """Whether a node does something that a caller may come to see."""
    match node.effect:
        case Call(name=name):
            return not (is_report(node.effect) or by_name.is_harmless(name, runs.graph.language))
        case Assign():
            return not uses_of(node).writes <= runs.graph.locals - set(runs.graph.parameters)
    return isinstance(node.effect, Opaque)


def adds_to_its_buffer(runs: SiteRuns) -> bool:
    """Whether a transfer fills its buffer from some place on (``buf + used``, ``&buf[used]``), so that what stands
    before that place is as good as it was.
    """
    if runs.site.spec.kind is not WaitKind.TRANSFER:
        return False
    buffers = [runs.call.args[at] for at in runs.site.spec.results if at < len(runs.call.args)]
    return any(
        isinstance(buffer, Binary)
        or (isinstance(buffer, Unary) and isinstance(buffer.operand, Index) and buffer.operand.index != Const(0))
        or _is_stepped(runs.graph, buffer)
        for buffer in buffers
    )


def _is_stepped(graph: FlowGraph, pointer: Expr) -> bool:
    """Whether a pointer is moved on: ``read(fd, end, left) … end += n;``."""
    effects = (node.effect for node in graph.nodes if isinstance(pointer, Name))
    return any(isinstance(e, Assign) and e.op == "+" and e.target == pointer for e in effects)
