"""The witness of a fact: the way of the interrupted run, told point by point with positions.

Only what sets the interrupt apart is told: the wait, the tests at which its way parts from that of a timeout, the
calls and jumps that a timeout doesn't pass, and where it ends; of a way up to some place also the tests without which
it wouldn't come there.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from unstall.findings.finding import WitnessPoint
from unstall.flow.facts import Trace, WaitFact
from unstall.flow.ir import (
    Branch,
    Call,
    Const,
    EdgeKind,
    Expr,
    FlowGraph,
    Jump,
    Matches,
    Name,
    Node,
    Role,
    Switch,
    Unary,
)
from unstall.flow.outcomes import Exit, Run
from unstall.flow.reach import turning_off
from unstall.flow.runs import LOOP_STATEMENTS
from unstall.flow.waits import Reporting
from unstall.source import SourceFile, Span
from unstall.wording import clause, listing

_FAILS = {
    Reporting.ERRNO: "fails with {errno}",
    Reporting.CODE: "returns {errno}",
    Reporting.NEGATED: "returns the negated {errno}",
    Reporting.REMAINING: "returns early, interrupted",
    Reporting.POINTER: "returns NULL with {errno}",
    Reporting.EXCEPTION: "raises {errno}",
    Reporting.SUMMARY: "reports {errno}",
}

_ENDS = {
    Exit.BACK_EDGE: "back to the head of the loop",
    Exit.LOOP_EXIT: "out of the loop",
    Exit.RETURN: "out of the function",
    Exit.NO_RETURN: "the program ends",
    Exit.RAISE: "an exception leaves the function",
}


class UpTo(NamedTuple):
    """Where a witness ends, if not at the end of the iteration."""

    node: int
    by: tuple[int, ...] = ()
    """Calls that it passes on the way, and tells of whether a timeout passes them or not."""
    errno: str = ""
    """The error that the wait fails with, where it is another than the fact's first."""


def witness(fact: WaitFact, source: SourceFile, up_to: UpTo | None = None) -> tuple[WitnessPoint, ...]:
    """The interrupted run from the wait to the end of its iteration, or up to a node that it comes to; empty where it
    was not traced.
    """
    trace = fact.traces.get(Run.INTERRUPTED)
    if trace is None or not trace.path:
        return ()
    if up_to is not None and (path := _path(trace, (fact.wait, *up_to.by, up_to.node))):
        last = fact.graph.nodes[up_to.node].span
        before = path[1:-1]
        while before and _is_one_condition(fact.graph, before[-1], up_to.node):
            before = before[:-1]
        points = _points(fact, path, before, source, up_to, _deciding(fact.graph, trace, up_to.node))
        return (*points, WitnessPoint(last, f"comes to `{clause(source.text(last))}`"))
    within = trace.path[1:] if trace.path[-1] in trace.nodes else trace.path[1:-1]  # not the head it comes back to
    return (*_points(fact, trace.path, within, source), *_end(fact, trace, source))


def _path(trace: Trace, stops: tuple[int, ...]) -> tuple[int, ...]:
    """A shortest way of a run from stop to stop; empty where there is none."""
    legs = [shortest(trace.edges, start, end) for start, end in pairwise(stops)]
    return (stops[0], *(node for leg in legs for node in leg[1:])) if all(legs) else ()


def waited_for(fact: WaitFact) -> str:
    """The call that waits, by the name that it has in the source."""
    return f"`{fact.callee}`"


def wait_note(fact: WaitFact, source: SourceFile) -> str:
    """What stands beside the wait in a report: of a wrapper or a macro, what it waits by."""
    call = fact.graph.nodes[fact.wait].effect
    wrapped = isinstance(call, Call) and call.name != fact.spec.name.rpartition(".")[2]
    return f"waits ({fact.spec.name})" if wrapped or from_macro(fact, source) else "waits"


def from_macro(fact: WaitFact, source: SourceFile) -> str:
    """The macro whose definition holds the call that waits; empty where the call itself stands in the source."""
    node = fact.graph.nodes[fact.wait]
    is_shown = node.macro and re.search(rf"(?<!\w){re.escape(fact.callee)}\s*\(", source.text(node.span))
    return "" if is_shown else node.macro


def is_expanded(span: Span, node: Node, source: SourceFile) -> bool:
    """Whether a statement stands in the macro that a node comes from: all of it but the semicolon behind the use."""
    rest = source.text(Span(node.span.end, max(node.span.end, span.end)))
    return bool(node.macro) and node.span.start <= span.start and not rest.strip(" \t;")


def counterpart(fact: WaitFact) -> Trace | None:
    """The run that an interrupt is measured against: a timeout, or for a wait without one another descriptor's
    readiness.
    """
    timeout = fact.traces.get(Run.TIMEOUT)
    return timeout if timeout and timeout.path else fact.traces.get(Run.READY_ELSEWHERE)


def assumptions(fact: WaitFact, source: SourceFile, configuration: tuple[str, ...]) -> tuple[str, ...]:
    """Those assumptions about the preprocessor that chose between branches within the fact's loop, or that the whole
    function rests on.
    """
    if not (fact.graph.configuration or configuration):
        return ()
    tests = [test for word, test in _conditionals(source.text(fact.loop or fact.graph.span)) if word in _TESTS]
    tests += _open_at_the_end(source.text(Span(0, fact.graph.span.start)))
    named = set(re.findall(r"\w+", " ".join(tests))) - _given_by_itself(source)
    return tuple(text for text in fact.graph.configuration or configuration if named & set(re.findall(r"\w+", text)))


def _given_by_itself(source: SourceFile) -> set[str]:
    """The symbols that a file defines where nobody else has: those of its include guard and of its defaults."""
    return set(_GIVEN_BY_ITSELF.findall(source.text(Span(0, len(source.data)))))


_GIVEN_BY_ITSELF = re.compile(
    r"^[ \t]*#[ \t]*ifndef[ \t]+(\w+).*(?:\n[^#\n]*)*\n[ \t]*#[ \t]*define[ \t]+\1\b", re.MULTILINE
)
_TESTS = frozenset({"if", "ifdef", "ifndef", "elif"})


def _conditionals(text: str) -> list[tuple[str, str]]:
    """The conditional directives of a text, each with what it tests."""
    return re.findall(r"^[ \t]*#[ \t]*(ifn?def|if|elif|else|endif)\b(.*)", text, re.MULTILINE)


def _open_at_the_end(text: str) -> list[str]:
    """What the conditional directives test that a text opens and doesn't close."""
    around: list[str] = []
    for word, test in _conditionals(text):
        if word == "endif":
            del around[-1:]
        elif word == "elif" and around:
            around[-1] += test
        elif word.startswith("if"):
            around.append(test)
    return around


def _deciding(graph: FlowGraph, trace: Trace, node: int) -> frozenset[int]:
    """The tests where the run may still leave every way to a node. Those of loops are left out: that there is an
    element goes without saying.
    """
    turns = turning_off(trace.edges, node)
    return frozenset(at for at in turns if graph.statements[graph.nodes[at].statement].kind not in LOOP_STATEMENTS)


def _points(
    fact: WaitFact,
    path: tuple[int, ...],
    within: tuple[int, ...],
    source: SourceFile,
    up_to: UpTo | None = None,
    deciding: frozenset[int] = frozenset(),
) -> Iterator[WitnessPoint]:
    graph = fact.graph
    other = counterpart(fact)
    shared = (other.nodes if other else frozenset()).difference(up_to.by if up_to else ())
    errno = (up_to and up_to.errno) or next(iter(fact.errnos), "EINTR")
    yield WitnessPoint(graph.nodes[fact.wait].span, _failure(fact, source, errno))
    for group in _groups(graph, within):
        node = graph.nodes[group[-1]]
        after = _after(path, node.id)
        match node.effect:
            case Branch() | Switch():
                parts = after is not None and after not in shared
                if fact.interrupt in group or parts or not deciding.isdisjoint(group):
                    yield _test(graph, group, after, source)
            case Jump(word) if node.id not in shared:
                yield WitnessPoint(node.span, f"`{clause(source.text(node.span)) if word == 'goto' else word}`")
            case Call(callee=callee) if node.id not in shared:
                yield WitnessPoint(node.span, f"`{callee}` is called")


def _groups(graph: FlowGraph, path: tuple[int, ...]) -> list[list[int]]:
    """The path with all of one condition together (its short-circuit branches, and the calls that they test), and
    all of one use of a macro.
    """
    groups: list[list[int]] = []
    for at in path:
        node = graph.nodes[at]
        before = graph.nodes[groups[-1][-1]] if groups else None
        condition = before and _is_one_condition(graph, before.id, at)
        if condition or (before and node.macro and (node.macro, node.span) == (before.macro, before.span)):
            groups[-1].append(at)
        else:
            groups.append([at])
    return groups


def _is_one_condition(graph: FlowGraph, one: int, other: int) -> bool:
    """Whether two nodes are of the condition of one statement."""
    a, b = graph.nodes[one], graph.nodes[other]
    return a.role is b.role is Role.CONDITION and a.statement == b.statement


def _after(path: tuple[int, ...], node: int) -> int | None:
    """What the path passes next; None at its end."""
    index = path.index(node) + 1
    return path[index] if index < len(path) else None


def _failure(fact: WaitFact, source: SourceFile, errno: str) -> str:
    macro = from_macro(fact, source)
    wait = waited_for(fact) + (f" in the macro `{macro}`" if macro else "")
    return f"{wait} " + _FAILS[fact.spec.reporting].format(errno=errno)


def _test(graph: FlowGraph, group: list[int], after: int | None, source: SourceFile) -> WitnessPoint:
    """A test as one point, however many short-circuit branches its condition was lowered to."""
    node = graph.nodes[group[-1]]
    statement = graph.statements[node.statement]
    if node.role is Role.HANDLER or (isinstance(node.effect, Branch) and isinstance(node.effect.condition, Matches)):
        header = clause(source.text(statement.header)).removesuffix(":")
        return WitnessPoint(node.span, f"`{header}` catches it")
    one_macro = len({graph.nodes[at].macro for at in group}) == 1 and node.macro
    if one_macro and (len(group) > 1 or is_expanded(statement.span, node, source)):
        return WitnessPoint(node.span, f"`{node.macro}` tests it")
    if isinstance(node.effect, Switch) or node.role is not Role.CONDITION or statement.condition is None:
        return WitnessPoint(node.span, f"`{clause(source.text(node.span))}` {_way(graph, node, after)}")
    condition = clause(source.text(statement.condition))
    if after is None:
        return WitnessPoint(statement.condition, f"`{condition}` {_way(graph, node, after)}")
    truth = "true" if _enters_body(graph, statement.id, after) else "false"
    return WitnessPoint(statement.condition, f"`{condition}` is {truth}")


def _enters_body(graph: FlowGraph, statement: int, node: int) -> bool:
    """Whether a node lies in the body that a true condition leads to, not in the else arm and not behind it."""
    chain = graph.ancestors(graph.nodes[node].statement)
    if statement not in chain:
        return False
    inside = chain[: chain.index(statement)]
    return not inside or graph.statements[inside[-1]].kind != "else"


def _way(graph: FlowGraph, node: Node, after: int | None) -> str:
    """Which of its edges the path takes at a branch or switch; at the end of the path, the false one is meant."""
    edge = next((edge for edge in graph.successors[node.id] if edge.target == after), None)
    if edge is None:
        return "is false"
    match edge.kind:
        case EdgeKind.TRUE:
            return "is true"
        case EdgeKind.FALSE:
            return "is false"
        case EdgeKind.CASE:
            constants = [_constant(case) for case in edge.cases]
            return f"is {listing(constants, 'or')}" if constants and all(constants) else "takes its case"
        case EdgeKind.DEFAULT:
            return "takes the default"
        case _:
            return "goes on"


def _constant(case: Expr) -> str:
    """A constant of a switch as a reader writes it; empty where it is more than that."""
    match case:
        case Name(id=text):
            return text
        case Const(value=int() | str() as value):
            return str(value)
        case Unary("-", Const(value=int() as value)):
            return f"-{value}"
    return ""


def _end(fact: WaitFact, trace: Trace, source: SourceFile) -> Iterator[WitnessPoint]:
    for exit in Exit:
        if exit in trace.exits:
            if exit is Exit.BACK_EDGE:
                yield WitnessPoint(loop_head(fact, source), _again(fact))
            else:
                yield WitnessPoint(fact.graph.nodes[trace.path[-1]].span, _ENDS[exit])
            return


def _again(fact: WaitFact) -> str:
    if fact.caller is None:
        return _ENDS[Exit.BACK_EDGE]
    caller = fact.caller
    way = f" by way of `{caller.by}`" if caller.by else ""
    again = f"whose loop calls `{fact.graph.name}` again{way} ({caller.path}:{caller.line})"
    return f"back in `{caller.function}`, {again}"


def shortest(edges: Iterable[tuple[int, int]], start: int, end: int) -> tuple[int, ...]:
    """The nodes of a shortest way along edges, both ends included; empty where there is none."""
    after: dict[int, list[int]] = {}
    for source, target in sorted(edges):
        after.setdefault(source, []).append(target)
    ways: list[tuple[int, ...]] = [(start,)]
    seen = {start}
    for way in ways:
        if way[-1] == end:
            return way
        for target in after.get(way[-1], ()):
            if target not in seen:
                seen.add(target)
                ways.append((*way, target))
    return ()


def loop_head(fact: WaitFact, source: SourceFile) -> Span:
    """Where the loop that is started over begins: its header, a label's place, or the name of the function that is its
    body.
    """
    if fact.caller is not None:
        head = fact.graph.statements[0].header
        name = source.data.find(fact.graph.name.rpartition(".")[2].encode(), head.start, head.end)
        return Span(name, head.end) if name >= 0 else head
    if fact.loop_statement is not None:
        return fact.graph.statements[fact.loop_statement].header
    return fact.loop or fact.graph.span
