"""Summaries of functions that wait inside: what the caller of ``myselect`` sees of an interrupt.

Made bottom-up over the graphs at hand: a function whose own wait is a wrapper gets its summary once the wrapper has
one. A wrapper that never lets an interrupt through (it retries inside) is known as such, so that its callers aren't
suspected.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

from unstall.flow import by_name
from unstall.flow.bounds import Bound, takes_pointer, values_given
from unstall.flow.evaluator import Evaluator
from unstall.flow.explore import Exploration, explore
from unstall.flow.ir import Binary, Call, Const, Edge, Expr, FlowGraph, Jump, Name, Temp, Unary
from unstall.flow.loops import Loop, natural_loops
from unstall.flow.outcomes import Run
from unstall.flow.places import names_in, place_of, root_of
from unstall.flow.reach import leading_to
from unstall.flow.runs import Returns, SiteRuns, returned
from unstall.flow.sites import Site, TooManyWaitsError, bear, find_sites, is_asked, written_by
from unstall.flow.state import State
from unstall.flow.values import TOP, Errno, Raised, Top, Unlike, Value, join
from unstall.flow.waits import Effect, Reporting, WaitKind, WaitSpec

_ROUNDS = 4
"""How deep wrappers of wrappers are followed."""
_ENDLESS = re.compile(r"INF|FOREVER|NEVER|NO_?TIME_?OUT")
"""What a constant is named after that stands for no timeout at all."""
_RUNS = (Run.READY, Run.TIMEOUT, Run.INTERRUPTED, Run.WOULD_BLOCK, Run.FAILED)


@dataclass(frozen=True)
class Summaries:
    """What is known of functions by name."""

    wrappers: Mapping[str, WaitSpec] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    """Functions that wait but never report an interrupt."""


def summarise(
    graphs: Iterable[FlowGraph], known: Summaries, no_return: frozenset[str], new: frozenset[str] | None = None
) -> Summaries:
    """``known`` with the summaries of these functions added; of those alone that call something ``new``, where the
    others have been summarised before. The result doesn't depend on the order of ``graphs``.
    """
    candidates = sorted((g for g in graphs if _may_wrap(g)), key=lambda g: (g.name, g.span))
    wrappers, silent = dict(known.wrappers), set(known.silent)
    for _ in range(_ROUNDS):
        found: dict[str, WaitSpec | None] = {}
        for graph in candidates:
            if graph.name in wrappers or graph.name in silent:
                continue
            if new is not None and new.isdisjoint(graph.calls):
                continue
            summary = _summary(graph, wrappers, frozenset(silent), no_return)
            if summary is not _NOTHING:
                assert summary is None or isinstance(summary, WaitSpec)
                found.setdefault(graph.name, summary)
        if not found:
            break
        for name, spec in found.items():
            if spec is None:
                silent.add(name)
            else:
                wrappers[name] = spec
        new = frozenset(found)
    return Summaries(wrappers, frozenset(silent))


_NOTHING = object()


def _may_wrap(graph: FlowGraph) -> bool:
    return (
        graph.language == "c"
        and graph.name != "main"
        and any(
            isinstance(node.effect, Jump) and node.effect.word == "return" and node.effect.value is not None
            for node in graph.nodes
        )
    )


def _summary(
    graph: FlowGraph, wrappers: Mapping[str, WaitSpec], silent: frozenset[str], no_return: frozenset[str]
) -> WaitSpec | object | None:
    """A function's specification as a wait; None where it waits but hides interrupts; _NOTHING where it is no
    wrapper.
    """
    certain = [site for site in find_sites(graph, wrappers, silent) if site.certain]
    if not certain:
        return _NOTHING
    loops = natural_loops(graph)
    sites = _waited_for(graph, loops, certain)
    if len({site.spec.kind for site in sites}) > 1:
        return _NOTHING
    try:
        bear(graph, len(sites))
    except TooManyWaitsError:
        return _NOTHING
    evaluator = Evaluator(graph, no_return, written_by(graph, certain))
    entry = Edge(graph.entry, graph.entry)
    before = explore(evaluator, [(entry, State())])
    waits = frozenset(site.node for site in sites)
    returns: Returns = {}
    every = []
    for site in sites:
        held_by = tuple(loop for loop in loops if site.node in loop.nodes)
        every.append(SiteRuns(evaluator, site, held_by, waits, before.states.get(site.node, State()), returns))

    towards = leading_to(graph.edges, waits)
    outputs = [(at, name, frozenset(_writers(evaluator, name))) for at, name in _out_parameters(evaluator)]

    def effect(run: Run) -> Effect | None:
        return _effect(evaluator, [runs.exploration(run) for runs in every], towards, outputs)

    # What an interrupt and a ready descriptor come to mostly tells that the function is no wrapper.
    effects = {Run.INTERRUPTED: effect(Run.INTERRUPTED), Run.READY: effect(Run.READY)}
    if effects[Run.INTERRUPTED] is None:
        return None if effects[Run.READY] is not None else _NOTHING
    if not _telling(effects):
        return _NOTHING
    return _spec(graph, sites[0], every[0], {run: effects.get(run) or effect(run) for run in _RUNS})


def _waited_for(graph: FlowGraph, loops: Sequence[Loop], sites: list[Site]) -> list[Site]:
    """The waits that a function may be there for: those for many descriptors, where beside them it only drains one in
    a loop of its own, ``while (read(pipe[0], &c, 1) > 0);``.
    """
    many = [site for site in sites if site.spec.kind is WaitKind.MULTIPLEX]
    drained = {
        site for site in sites
        if site.spec.kind is WaitKind.TRANSFER and not is_asked(graph, site)
        and any(site.node in loop.nodes and not any(other.node in loop.nodes for other in many) for loop in loops)
    }  # fmt: skip
    return [site for site in sites if site not in drained] if many else sites


def _effect(
    evaluator: Evaluator,
    explorations: list[Exploration],
    before: frozenset[int],
    outputs: Sequence[tuple[int, str, frozenset[int]]],
) -> Effect | None:
    """What the function leaves behind on one run behind the nodes ``before`` its wait; None where it doesn't return.
    ``outputs`` are the parameters that it writes through, with their positions and the nodes that may.
    """
    exit_ = evaluator.graph.exit
    results: list[Value] = []
    ends: list[State] = []
    for exploration in explorations:
        value = returned(evaluator, exploration)
        if value is not None:
            results.append(value)
            ends.append(exploration.states[exit_])
    if not results:
        return None
    errno = reduce(join, (end.get("errno") for end in ends))
    written = ((at, reduce(join, (end.get(f"*{name}") for end in ends))) for at, name, _ in outputs)
    out = tuple((at, value) for at, value in written if not isinstance(value, Top | Raised | Unlike))
    nodes = before.union(*(exploration.nodes for exploration in explorations))
    kept = frozenset(at for at, _, writers in outputs if nodes.isdisjoint(writers))
    return Effect(_portable(reduce(join, results)), _portable(errno), out, kept)


def _out_parameters(evaluator: Evaluator) -> Iterator[tuple[int, str]]:
    """The parameters that the function writes through, with their positions."""
    for at, name in enumerate(evaluator.graph.parameters):
        if name in evaluator.written_through:
            yield at, name


def _writers(evaluator: Evaluator, name: str) -> Iterator[int]:
    """The nodes that write through a parameter, or hand it to somebody who may."""
    yield from evaluator.written_through[name]
    for node in evaluator.graph.nodes:
        if isinstance(node.effect, Call) and any(name in names_in(argument) for argument in node.effect.args):
            yield node.id


def _portable(value: Value) -> Value:
    """A value that means the same in the caller."""
    return TOP if isinstance(value, Raised | Unlike) else value


def _telling(effects: Mapping[Run, Effect | None]) -> bool:
    """Whether the caller can tell an interrupt from a timeout and from something ready."""
    interrupted = effects[Run.INTERRUPTED]
    assert interrupted is not None
    if isinstance(interrupted.result, Top):
        return False
    ready = effects[Run.READY]
    return ready is None or ready.result != interrupted.result or isinstance(interrupted.result, Errno)


def _spec(graph: FlowGraph, site: Site, runs: SiteRuns, effects: Mapping[Run, Effect | None]) -> WaitSpec:
    spec = site.spec
    reported = {*runs.result_objects, *_copied_into(graph, runs.result_objects)}
    results = tuple(at for at, name in enumerate(graph.parameters) if name in reported)
    ready = effects[Run.READY]
    known = {run: effect for run, effect in effects.items() if effect is not None}
    if ready is not None:
        # Nothing of the caller's ready: what it returns then is like a timeout's, where READY itself says nothing.
        quiet = effects[Run.TIMEOUT] if isinstance(ready.result, Top) else ready
        known[Run.READY_ELSEWHERE] = quiet or ready
    timeout = _parameter(graph, runs.call, spec.timeout)
    if timeout is None:
        timeout = _carried_over(graph, runs.call, spec.timeout)
    if timeout is None and not takes_pointer(spec, graph.language):
        timeout = _scaled(graph, runs.call, spec.timeout)
    return replace(
        spec,
        name=graph.name,
        origin=spec.origin or spec,
        reporting=Reporting.SUMMARY,
        arity=(len(graph.parameters), 99),
        timeout=timeout,
        bounded=timeout is None and (runs.bound is Bound.SOME or spec.kind is WaitKind.DISPATCH),
        results=results,
        outputs=tuple(at for at, _ in _out_parameters(runs.evaluator)),
        descriptor=_parameter(graph, runs.call, spec.descriptor),
        effects=tuple(known.items()),
    )


def _parameter(graph: FlowGraph, call: Call, at: int | None) -> int | None:
    """Which parameter of the function an argument of its wait is."""
    if at is None or at >= len(call.args):
        return None
    argument: Expr = call.args[at]
    if isinstance(argument, Unary):
        argument = argument.operand
    if isinstance(argument, Name) and argument.id in graph.parameters:
        return graph.parameters.index(argument.id)
    return None


def _carried_over(graph: FlowGraph, call: Call, at: int | None) -> int | None:
    """Which parameter of the function its wait's timeout is a copy of, where a null pointer is handed on as one:
    ``if (limit) { ts.tv_sec = limit->tv_sec; timeout = &ts; }``.
    """
    argument = call.args[at] if at is not None and at < len(call.args) else None
    if not isinstance(argument, Name) or argument.id not in graph.locals:
        return None
    given = values_given(argument, graph)
    copies = [value.operand for value in given if isinstance(value, Unary) and value.op == "&"]
    if Const(0) not in given or not copies:
        return None
    sources = {name for copy in copies for value in values_given(copy, graph) for name in names_in(value)}
    sources &= set(graph.parameters)
    return graph.parameters.index(sources.pop()) if len(sources) == 1 else None


def _copied_into(graph: FlowGraph, objects: tuple[str, ...]) -> frozenset[str]:
    """What a function copies its wait's results into: ``memcpy(fds, mine + 1, size);``."""
    copies = (node.effect for node in graph.nodes if isinstance(node.effect, Call) and len(node.effect.args) > 1)
    results = {root_of(place) for place in objects}
    return frozenset(
        root_of(place)
        for copy in copies
        if by_name.overwrites(copy.name) and names_in(copy.args[1]) & results
        if (place := place_of(copy.args[0])) is not None
    )


def _scaled(graph: FlowGraph, call: Call, at: int | None) -> int | None:
    """Which parameter of the function its wait's timeout is in another unit, where what is negative stays so:
    ``ms = seconds * 1000; if (ms < 0) ms = -1;``.
    """
    argument = call.args[at] if at is not None and at < len(call.args) else None
    given = _units_of(argument, graph) if argument is not None else None
    return graph.parameters.index(next(iter(given))) if given and len(given) == 1 else None


def _units_of(value: Expr, graph: FlowGraph, depth: int = 3) -> frozenset[str] | None:
    """The parameters that a number is a multiple of, or else is negative; None where it may be something else."""
    match value:
        case Name(name) if name in graph.parameters:
            return frozenset({name})
        case Name(name) if name not in graph.locals:
            return frozenset() if _ENDLESS.search(name) else None
        case Name() | Temp() if depth:
            each = [_units_of(given, graph, depth - 1) for given in values_given(value, graph)]
            known = [names for names in each if names is not None]
            return frozenset[str]().union(*known) if each and len(known) == len(each) else None
        case Binary("*", number, Const()) | Binary("*", Const(), number):
            return _units_of(number, graph, depth)
        case Unary("-", Const()) | Const(-1):
            return frozenset()
    return None
