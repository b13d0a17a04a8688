"""Whether errno still tells of the wait where it is tested, or a call in between may have set it.

POSIX.1-2017 (2.3, Error Numbers): the value of errno is defined only after a call for which it is stated to be set,
and until the next call of a function; errno(3): a successful call may change it, too.
"""

import re
from collections import deque
from collections.abc import Iterable

from unstall.flow import by_name
from unstall.flow.dataflow import expressions_of
from unstall.flow.explore import Exploration
from unstall.flow.ir import Assign, Branch, Call, Expr, FlowGraph, Node, Switch, Temp
from unstall.flow.places import names_in, place_of, temps_in
from unstall.flow.runs import SiteRuns

_SETS_ERRNO = re.compile(
    r"^(?:v?f?printf|dprintf|puts|fputs|fputc|putc|putchar|fwrite|fflush|perror|v?syslog|openlog|fclose|close|shutdown"
    r"|unlink|kill|ioctl|setsockopt|fsync|system)$"
)
"""Functions of the C library that may set errno even where they succeed, or whose failure nobody looks at; a call whose
own result is tested is not among them. strlen, memset, free (glibc ≥ 2.33), alarm, the clock and FD_SET keep it."""


def clobbered(runs: SiteRuns, run: Exploration) -> tuple[int, int] | None:
    """The call that may have set errno and the test of errno for EINTR behind it, as node ids; None where no test of a
    failed wait comes too late. Only C has an errno that is set so.
    """
    graph = runs.graph
    if graph.language != "c":
        return None
    pending: deque[tuple[int, int | None]] = deque()
    seen: set[tuple[int, int | None]] = set()

    def go_on(source: int, setter: int | None) -> None:
        for edge in graph.successors[source]:
            if edge in run.edges and (edge.target, setter) not in seen:
                seen.add((edge.target, setter))
                pending.append((edge.target, setter))

    go_on(runs.site.node, None)
    while pending:
        at, setter = pending.popleft()
        node = graph.nodes[at]
        match node.effect:
            case Branch() | Switch():
                if mentions_errno(node) and asks_for_interrupt(runs, node):
                    if setter is not None:
                        return setter, at
                    continue  # told apart in time: what comes later is about something else
            case Assign(target):
                if place_of(target, graph) == "errno" or mentions_errno(node):
                    continue  # restored, or saved
            case Call(name=name, result=result):
                if at in runs.waits:
                    continue
                if name == "perror" and _is_about_another(runs, node):
                    continue  # that call has failed, and set errno itself
                if _SETS_ERRNO.match(name) and not _is_used(runs, result):
                    go_on(at, at)
                    continue
                if not by_name.is_harmless(name, runs.graph.language) and not by_name.gives_errno(name):
                    continue  # the test behind it may be about this call
        go_on(at, setter)
    return None


def mentions_errno(node: Node) -> bool:
    """Whether a node reads or sets errno by that name."""
    return any("errno" in names_in(expr) for expr in expressions_of(node))


def asks_for_interrupt(runs: SiteRuns, node: Node) -> bool:
    """Whether a test compares with EINTR or EAGAIN."""
    return bool(errors_asked_for(runs.graph, node) & {"EINTR", "EAGAIN"})


def errors_asked_for(graph: FlowGraph, node: Node) -> frozenset[str]:
    """The error numbers that a test compares with, EWOULDBLOCK folded into EAGAIN."""
    if isinstance(node.effect, Switch):
        tested: Iterable[Expr] = [case for edge in graph.successors[node.id] for case in edge.cases]
    else:
        tested = expressions_of(node)
    named = (by_name.errno_constant(name) for expr in tested for name in names_in(expr))
    return frozenset(error for error in named if error)


def _is_about_another(runs: SiteRuns, report: Node) -> bool:
    """Whether a report stands behind the test of another call than the wait: ``if (unblock(&set) == -1) perror(…)``."""
    graph = runs.graph
    calls = {node.id: node.effect.result.index for node in graph.nodes if isinstance(node.effect, Call)}
    others = {result for node, result in calls.items() if node not in runs.waits}
    around = graph.ancestors(report.statement)
    tests = (node.effect for node in graph.nodes if node.statement in around)
    return any(isinstance(test, Branch) and others & temps_in(test.condition) for test in tests)


def _is_used(runs: SiteRuns, result: Temp) -> bool:
    return any(result.index in temps_in(expr) for node in runs.graph.nodes for expr in expressions_of(node))
