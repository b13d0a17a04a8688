"""Wait sites: which calls of a function wait, by catalogue, by summary, or by how their error is told apart."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from unstall.flow import by_name, catalogue
from unstall.flow.ir import (
    Assign,
    Binary,
    Branch,
    Call,
    Const,
    EdgeKind,
    Expr,
    FlowGraph,
    Matches,
    Member,
    Name,
    Switch,
    Unary,
)
from unstall.flow.kept import kept
from unstall.flow.places import ends_program, is_report, names_in, place_of
from unstall.flow.tested import INTERRUPT, LOOKAHEAD, any_call, keeps_errno, reads_errno, tests_of, told_apart
from unstall.flow.values import Num
from unstall.flow.waits import Reporting, WaitKind, WaitSpec
from unstall.limits import GaveUp


@dataclass(frozen=True, slots=True)
class Site:
    """A call that waits."""

    node: int
    spec: WaitSpec
    certain: bool
    """By catalogue or summary; otherwise by its name and by how its error is tested."""


_MOST_VISITS = 300_000
"""Waits times nodes: about ten seconds of work, and an order of magnitude beyond what people write."""


class TooManyWaitsError(GaveUp):
    """So many waits in one function that no person wrote it; the message is for the user."""


def is_asked(graph: FlowGraph, site: Site) -> bool:
    """Whether an interrupt of a wait can come to a finding: it matters untold, or a test for it may follow, be it
    behind calls that clobber errno; for an error number beside it that is tested so late, too.
    """
    if site.spec.matters_untold:
        return True
    if graph.language == "python" and site.spec.reporting is Reporting.EXCEPTION:
        return _guarded(graph, site.node)
    if told_apart(graph, site.node, INTERRUPT, any_call):
        return True
    return told_apart(graph, site.node, passes=any_call) and not told_apart(graph, site.node, passes=reads_errno)


def bear(graph: FlowGraph, waits: int) -> None:
    """Raises TooManyWaitsError where the runs of so many waits would cost too much."""
    if waits * len(graph.nodes) > _MOST_VISITS:
        raise TooManyWaitsError(f"gave up: {waits} waits in a function")


def written_by(graph: FlowGraph, sites: Iterable[Site]) -> dict[int, tuple[int, ...]]:
    """The arguments that each wait writes what is ready into, by the index of its result."""
    calls = ((graph.nodes[site.node].effect, site.spec) for site in sites)
    return {call.result.index: spec.results for call, spec in calls if isinstance(call, Call)}


def find_sites(
    graph: FlowGraph, wrappers: Mapping[str, WaitSpec], silent: frozenset[str] = frozenset()
) -> tuple[Site, ...]:
    """The waits of a function, in source order. ``silent`` are functions known to let no interrupt through."""
    sites = []
    own = _own_sites(graph)
    for node in graph.nodes:
        if isinstance(node.effect, Call) and (node.effect.name not in silent or _is_systems(graph, node.effect.name)):
            spec = _learnt(graph, node.effect, wrappers)
            site = own.get(node.id) if spec is None else Site(node.id, spec, certain=True)
            if site is not None:
                sites.append(site)
    if graph.language == "python":
        sites += _unnamed_sites(graph, sites)
    return tuple(sorted(sites, key=lambda site: graph.nodes[site.node].span))


def _learnt(graph: FlowGraph, call: Call, wrappers: Mapping[str, WaitSpec]) -> WaitSpec | None:
    """What the run has learnt of the function that is called."""
    if graph.language == "python":
        return wrappers.get(call.callee) or wrappers.get(call.name)
    return wrappers.get(call.name) if call.receiver is None and not _is_systems(graph, call.name) else None


def _is_systems(graph: FlowGraph, name: str) -> bool:
    """Whether a name means a wait of the catalogue: not a function of the file's own that is called the same."""
    return name in catalogue.C_WAITS and name not in graph.own


@kept
def _own_sites(graph: FlowGraph) -> Mapping[int, Site]:
    """The calls that wait as far as their own function shows."""
    spec_of = _python_spec if graph.language == "python" else _c_spec
    calls = ((node.id, node.effect) for node in graph.nodes if isinstance(node.effect, Call))
    specs = ((node, *spec_of(graph, node, call)) for node, call in calls)
    return {node: Site(node, spec, certain) for node, spec, certain in specs if spec is not None}


def _c_spec(graph: FlowGraph, node: int, call: Call) -> tuple[WaitSpec | None, bool]:
    plain = call.receiver is None
    if plain and call.name in graph.own:
        return None, False
    spec = catalogue.C_WAITS.get(call.name)
    if plain and spec is not None and fits(spec, call):
        looks_only = _nonblocking_child(call) or _no_lock_wait(call)
        given = replace(spec, swaps_mask=False) if _keeps_mask(spec, call) else spec
        return (None, False) if looks_only and not told_apart(graph, node) else (given, not looks_only)
    if spec is not None and not plain and not fits(spec, call):
        spec = None
    if is_report(call) or by_name.is_harmless(call.name, "c") or ends_program(call):
        return None, False
    asked = told_apart(graph, node, passes=_passes_behind(graph, call))
    if not asked and not catalogue.PLAIN_WRAPPER.search(call.name):
        return None, False
    if call.result.index not in tests_of(graph).wanted:
        return None, False  # the errno test behind it is about another call
    guess = spec or _guess(graph, call)
    return (replace(guess, reporting=Reporting.CODE) if _result_is_code(graph, call) else guess), False


def _keeps_mask(spec: WaitSpec, call: Call) -> bool:
    """Whether a wait that may swap the signal mask is given NULL in place of one; it stands behind the timeout."""
    at = None if spec.timeout is None else spec.timeout + 1
    return spec.swaps_mask and at is not None and at < len(call.args) and call.args[at] == Const(0)


def _passes_behind(graph: FlowGraph, call: Call) -> Callable[[Call], bool]:
    """What a test of errno that is about this call may stand behind: where the name tells of a wait, calls whose value
    nobody wants, too.
    """
    if not catalogue.TELLING_WAIT.search(call.name):
        return keeps_errno
    wanted = tests_of(graph).wanted
    return lambda other: keeps_errno(other) or other.result.index not in wanted


def _holders(graph: FlowGraph, call: Call) -> set[Expr]:
    """The expressions that stand for what a call returned: its result, and each place that it is assigned to."""
    return {call.result} | {
        node.effect.target
        for node in graph.nodes
        if isinstance(node.effect, Assign) and node.effect.value == call.result
    }


def _result_is_code(graph: FlowGraph, call: Call) -> bool:
    """Whether what the call returns is itself compared with EINTR or EAGAIN: it gives the error number."""
    holders = _holders(graph, call)
    for test in tests_of(graph).errnos:
        match graph.nodes[test].effect:
            case Branch(Binary(_, left, right)):
                if left in holders or right in holders:
                    return True
            case Switch(subject):
                if subject in holders:
                    return True
    return False


def fits(spec: WaitSpec, call: Call) -> bool:
    """Whether the call has a number of arguments that the function of the catalogue takes."""
    return spec.arity[0] <= len(call.args) <= spec.arity[1]


def _nonblocking_child(call: Call) -> bool:
    """waitpid with WNOHANG doesn't wait."""
    options = {"waitpid": 2, "wait3": 1, "wait4": 2, "waitid": 3, "os.waitpid": 1, "os.wait3": 0, "os.wait4": 1}
    at = options.get(call.callee if "." in call.callee else call.name)
    return at is not None and at < len(call.args) and _mentions(call.args[at], "WNOHANG")


def _no_lock_wait(call: Call) -> bool:
    """fcntl waits only with F_SETLKW."""
    return call.name == "fcntl" and not (len(call.args) > 1 and _mentions(call.args[1], "F_SETLKW", "F_OFD_SETLKW"))


def _mentions(expr: Expr, *words: str) -> bool:
    match expr:
        case Name(name):
            return name in words
        case Member(_, name):
            return name in words
    return bool(names_in(expr) & set(words))


def _guess(graph: FlowGraph, call: Call) -> WaitSpec:
    """The specification of a wait that is known only by its name and by how its error is tested."""
    given = {Name(parameter) for parameter in graph.parameters}  # `&p` of a parameter hands on an array of one
    for suffix in ("pselect", "select", "ppoll", "poll", "epoll_pwait", "epoll_wait", "kevent", "waitpid"):
        known = catalogue.C_WAITS[suffix]
        if call.name.lower().endswith(suffix) and fits(known, call):
            return replace(known, name=call.name)
    by_address = tuple(
        at
        for at, argument in enumerate(call.args)
        if isinstance(argument, Unary) and argument.op == "&" and argument.operand not in given
    )
    multiplex = catalogue.TELLING_MULTIPLEX.search(call.name)
    kind = WaitKind.DISPATCH if multiplex else WaitKind.CHILD if "waitpid" in call.name else WaitKind.TRANSFER
    reporting = Reporting.POINTER if _fails_with_null(graph, call) else Reporting.ERRNO
    ready = Num(1, 2**31) if multiplex else Num(0, float("inf"))
    return WaitSpec(call.name, kind, reporting, results=by_address, ready=ready)


def _fails_with_null(graph: FlowGraph, call: Call) -> bool:
    """Whether the interrupt is asked for where the result is NULL or false, and only there."""
    holders = _holders(graph, call)
    for node in graph.nodes:
        if not isinstance(node.effect, Branch):
            continue
        condition, falsy = node.effect.condition, EdgeKind.FALSE
        if isinstance(condition, Unary) and condition.op == "!":
            condition, falsy = condition.operand, EdgeKind.TRUE
        if condition not in holders:
            continue
        asked = {edge.kind: _comes_to_interrupt_test(graph, edge.target) for edge in graph.successors[node.id]}
        if asked.pop(falsy, False) and not any(asked.values()):
            return True
    return False


def _comes_to_interrupt_test(graph: FlowGraph, start: int) -> bool:
    """Whether EINTR or EAGAIN is tested behind a node, with no further call in between."""
    tests = tests_of(graph).errnos
    seen: set[int] = set()
    stack = [start]
    while stack and len(seen) < LOOKAHEAD:
        at = stack.pop()
        effect = graph.nodes[at].effect
        if at in tests and isinstance(effect, Branch):
            return True
        if at not in seen and not isinstance(effect, Call):
            seen.add(at)
            stack += [edge.target for edge in graph.successors[at]]
    return False


# ------------------------------------------------------------------------------------------------ Python


def _python_spec(graph: FlowGraph, node: int, call: Call) -> tuple[WaitSpec | None, bool]:
    spec = catalogue.PYTHON_WAITS.get(call.callee)
    if spec is not None and fits(spec, call):
        if _nonblocking_child(call) and not _guarded(graph, node):
            return None, False
        return spec, not _nonblocking_child(call)
    handed = _handed_wait(call, place_of)
    if handed is not None:
        return handed, True
    foreign = catalogue.C_WAITS.get(call.name.lstrip("_"))
    if foreign is not None and call.receiver is not None and fits(foreign, call) and told_apart(graph, node):
        return foreign, True  # ctypes: libc.select(…) == -1 and get_errno() == EINTR
    if not _guarded(graph, node):
        return None, False
    spec = catalogue.PYTHON_WAITS.get(call.name)
    if spec is not None and call.receiver is not None and _fits_with_keywords(spec, call):
        return spec, True
    handed = _handed_wait(call, _method_of)
    if handed is not None:
        return handed, False
    if by_name.is_harmless(call.name, "python") or not catalogue.TELLING_WAIT.search(call.name):
        return None, False
    if catalogue.TELLING_MULTIPLEX.search(call.name):
        return WaitSpec(call.callee, WaitKind.DISPATCH, Reporting.EXCEPTION), _is_caught(graph, node, "select.error")
    return WaitSpec(call.callee, WaitKind.TRANSFER, Reporting.EXCEPTION), False


def _is_caught(graph: FlowGraph, node: int, name: str) -> bool:
    """Whether a clause of the ``try`` around a call names a class: ``select.error`` comes from nothing but waits."""
    clauses = [edge.target for edge in graph.successors[node] if edge.kind is EdgeKind.EXCEPTION]
    for at in clauses:
        effect = graph.nodes[at].effect
        if isinstance(effect, Branch) and isinstance(effect.condition, Matches):
            if name in effect.condition.classes:
                return True
            clauses += [edge.target for edge in graph.successors[at] if edge.kind is EdgeKind.FALSE]
    return False


def _method_of(argument: Expr) -> str | None:
    """The name of a method that is handed on, whatever it is a method of."""
    return argument.name if isinstance(argument, Member) else None


def _handed_wait(call: Call, name_of: Callable[[Expr], str | None]) -> WaitSpec | None:
    """The wait that a helper is given to call: ``_eintr_retry(select.select, r, w, x, timeout)``."""
    for at, argument in enumerate(call.args):
        spec = catalogue.PYTHON_WAITS.get(name_of(argument) or "")
        if spec is not None and spec.arity[0] <= len(call.args) - at - 1 <= spec.arity[1]:
            timeout = None if spec.timeout is None else spec.timeout + at + 1
            return replace(spec, name=call.callee, timeout=timeout, descriptor=None, results=())
    return None


def _unnamed_sites(graph: FlowGraph, known: list[Site]) -> list[Site]:
    """In a ``try`` whose handler tells an interrupt apart, but which holds no known wait: whatever is called there."""
    handled = frozenset(s.parent for s in graph.statements if s.kind == "handler")
    covered = {_try_around(graph, site.node, handled) for site in known}
    found = []
    for node in graph.nodes:
        if not isinstance(node.effect, Call) or by_name.is_harmless(node.effect.name, graph.language):
            continue
        around = _try_around(graph, node.id, handled)
        if around is None or around in covered or by_name.is_clock(node.effect.name):
            continue
        if _guarded(graph, node.id):
            spec = WaitSpec(node.effect.callee, WaitKind.TRANSFER, Reporting.EXCEPTION)
            found.append(Site(node.id, spec, certain=False))
    return found


def _try_around(graph: FlowGraph, node: int, handled: frozenset[int | None]) -> int | None:
    """The innermost of the ``handled`` try statements around a node, where the node is not in one of the handlers."""
    for statement in graph.ancestors(graph.nodes[node].statement):
        kind = graph.statements[statement].kind
        if kind in ("handler", "finally"):
            return None
        if kind == "try" and statement in handled:
            return statement
    return None


def _is_cleaning_up(graph: FlowGraph, node: int) -> bool:
    """Whether a node is part of a finally clause, whose calls leave the exception on its way as it is."""
    return any(graph.statements[around].kind == "finally" for around in graph.ancestors(graph.nodes[node].statement))


def _fits_with_keywords(spec: WaitSpec, call: Call) -> bool:
    return spec.arity[0] <= len(call.args) + len(call.keywords) <= spec.arity[1]


def _guarded(graph: FlowGraph, node: int) -> bool:
    """Whether a handler around the call tells an interrupt (or a would-block, or a timeout) apart."""
    tests = tests_of(graph)
    stack = [edge.target for edge in graph.successors[node] if edge.kind is EdgeKind.EXCEPTION]
    seen: set[int] = set()
    while stack and len(seen) < LOOKAHEAD:
        at = stack.pop(0)
        if at in seen:
            continue
        seen.add(at)
        effect = graph.nodes[at].effect
        if isinstance(effect, Call):
            if at in tests.predicates:
                return True
            passes = by_name.is_harmless(effect.name, graph.language) or by_name.gives_errno(effect.name)
            if not passes and not _is_cleaning_up(graph, at):
                continue
        if isinstance(effect, Branch):
            if isinstance(effect.condition, Matches):
                names = {name.rpartition(".")[2] for name in effect.condition.classes}
                interrupted = any(name.startswith("Interrupted") for name in names)
                if interrupted or "BlockingIOError" in names or "select.error" in effect.condition.classes:
                    return True
            elif at in tests.errnos:
                return True
        stack += [edge.target for edge in graph.successors[at]]
    return False
