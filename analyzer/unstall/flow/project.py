"""What the functions of a run tell of each other: wrappers, functions that are the body of a caller's loop, signals.

This is phase one: a pure function of the graphs at hand, the same whatever their order. Phase two (`analysis`) reads
it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from unstall.flow.evaluator import Evaluator
from unstall.flow.explore import explore
from unstall.flow.facts import Caller
from unstall.flow.files import FileFlow, Macros, SignalFacts
from unstall.flow.ir import Branch, Call, Edge, FlowGraph, Name
from unstall.flow.loops import Loop, natural_loops
from unstall.flow.places import names_in
from unstall.flow.reach import leading_to, reached
from unstall.flow.runs import Returns, SiteRuns, returned
from unstall.flow.signals import RunSignals, signals_of_all
from unstall.flow.sites import Site, TooManyWaitsError, bear, find_sites
from unstall.flow.state import State
from unstall.flow.summaries import Summaries, summarise
from unstall.flow.values import Value
from unstall.flow.waits import WaitKind, WaitSpec
from unstall.source import SourceFile


@dataclass(frozen=True)
class Learnt:
    """What is known of functions by their names."""

    wrappers: Mapping[str, WaitSpec] = field(default_factory=dict)
    """Functions that wait inside."""
    silent: frozenset[str] = frozenset()
    """Functions that wait inside and never report an interrupt."""
    bodies: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    """Functions that wait outside of any loop of their own, or leave it when interrupted: what they return then, and on
    a timeout where they return at all.
    """
    callers: Mapping[str, Caller] = field(default_factory=dict)
    """Those of `bodies` that are the body of a caller's loop, whatever they return then."""
    no_return: frozenset[str] = frozenset()
    """Functions that don't return."""

    @property
    def names(self) -> frozenset[str]:
        """The functions whose callers matter, by what a call names them."""
        return frozenset((*self.wrappers, *map(_called, self.bodies)))

    def searched(self, every_wait: bool) -> frozenset[str]:
        """Those whose callers are looked for: of ``every_wait``, or of those that matter even where their interrupt is
        not told apart.
        """
        waits = (name for name, spec in self.wrappers.items() if every_wait or spec.matters_untold)
        return frozenset((*waits, *map(_called, self.bodies)))

    def with_more(self, more: "Learnt") -> "Learnt":
        """What both know; of what both speak of, this one is right."""
        return Learnt(
            {**{name: spec for name, spec in more.wrappers.items() if name not in self.silent}, **self.wrappers},
            self.silent | more.silent.difference(self.wrappers),
            {**more.bodies, **self.bodies},
            {**more.callers, **self.callers},
            self.no_return | more.no_return,
        )

    def beyond(self, known: "Learnt") -> "Learnt":
        """What is not ``known`` yet."""
        return Learnt(
            {name: spec for name, spec in self.wrappers.items() if name not in known.wrappers},
            self.silent - known.silent,
            {name: values for name, values in self.bodies.items() if name not in known.bodies},
            {name: caller for name, caller in self.callers.items() if name not in known.callers},
            self.no_return - known.no_return,
        )

    def only(self, wanted: Callable[[str], bool]) -> "Learnt":
        """What is known of some functions."""
        return Learnt(
            {name: spec for name, spec in self.wrappers.items() if wanted(name)},
            frozenset(name for name in self.silent if wanted(name)),
            {name: values for name, values in self.bodies.items() if wanted(name)},
            {name: caller for name, caller in self.callers.items() if wanted(name)},
            frozenset(name for name in self.no_return if wanted(name)),
        )


def _called(name: str) -> str:
    """What a call names a function, or a method of a class of Python's."""
    return name.rpartition(".")[2]


NOTHING = Learnt()


@dataclass(frozen=True)
class ProjectFacts(Learnt):
    """What phase one learnt of all files of the run."""

    signals: RunSignals = field(default_factory=RunSignals)
    own: Mapping[str, Learnt] = field(default_factory=dict)
    """By path, what is known of functions that only their own file can call."""
    macros: Macros = field(default_factory=Macros)

    @property
    def names(self) -> frozenset[str]:
        """The functions and macros whose users matter."""
        return super().names | self.macros.waiting

    def searched(self, every_wait: bool) -> frozenset[str]:
        """The functions and macros whose users are looked for."""
        return super().searched(every_wait) | self.macros.waiting

    def within(self, path: str) -> "ProjectFacts":
        """What is known in one file."""
        return self.knowing(self.own[path].with_more(self)) if path in self.own else self

    def knowing(self, learnt: Learnt) -> "ProjectFacts":
        """With other knowledge of functions."""
        return replace(
            self,
            wrappers=learnt.wrappers,
            silent=learnt.silent,
            bodies=learnt.bodies,
            callers=learnt.callers,
            no_return=learnt.no_return,
        )


@dataclass(frozen=True)
class Told:
    """What one file tells."""

    path: str
    shared: Learnt
    own: Learnt
    """Of C's ``static`` functions, no other file's function of that name being meant; and what the file declares."""
    signals: SignalFacts


def told(source: SourceFile, flow: FileFlow, known: ProjectFacts, new: frozenset[str] | None = None) -> Told:
    """What a file tells beyond what is ``known`` in it. Where it was asked before, only what is ``new`` since then can
    make it say more.
    """
    known = replace(known, no_return=known.no_return | flow.no_return)
    summaries = summarise(flow.graphs, Summaries(known.wrappers, known.silent), known.no_return, new)
    found = replace(known, wrappers=summaries.wrappers, silent=summaries.silent)
    concerned = _concerned(flow.graphs, found, known, new)
    found = replace(found, bodies={**_bodies(concerned, found), **known.bodies})
    callers = dict(known.callers)
    for graph in _concerned(flow.graphs, found, known, new):
        for name, offset, asked in _looped_calls(graph, found):
            line = source.line(offset)
            text, signals = source.line_text(line).strip(), flow.signals if flow.signals.program else None
            callers.setdefault(name, Caller(source.path, graph.name, line, text, asked, signals))
    learnt = Learnt(found.wrappers, found.silent, found.bodies, callers).beyond(known)
    # TEST(name, what) {…}: what defines functions is called so, too; and who knows by what name it defines them.
    headed = {graph.name for graph in flow.graphs if _is_headed_by_macro(graph, source)}
    learnt = learnt.only(lambda name: not name.isupper() and name not in headed)
    static = {graph.name for graph in flow.graphs if _is_static(graph, source)}
    return Told(
        source.path,
        learnt.only(lambda name: name not in static),
        replace(learnt.only(static.__contains__), no_return=flow.no_return),
        flow.signals,
    )


def _concerned(
    graphs: Sequence[FlowGraph], found: ProjectFacts, known: ProjectFacts, new: frozenset[str] | None
) -> Sequence[FlowGraph]:
    """The functions that call what is new, or what their own file has told since."""
    if new is None:
        return graphs
    names = new | (found.names - known.names)
    return [graph for graph in graphs if not names.isdisjoint(graph.calls)]


def _is_headed_by_macro(graph: FlowGraph, source: SourceFile) -> bool:
    """Whether a function's name is what a macro is given that defines it: ``THREAD(name) {``."""
    head = source.data[graph.span.start : source.data.find(b"{", graph.span.start)]
    before, _, behind = head.partition(graph.name.encode())
    alone = before.rstrip().endswith(b"(") and behind.lstrip().startswith(b")")
    return alone and b"(" not in behind


_STATIC = re.compile(rb"[^(){};]*\bstatic\b")


def _is_static(graph: FlowGraph, source: SourceFile) -> bool:
    """Whether only this file can call a function: a ``static`` one that doesn't stand in a header, or a method."""
    if graph.language == "python":
        return "." in graph.name
    shared = not source.path.endswith(".c")
    return not shared and _STATIC.match(source.data, graph.span.start) is not None


def merged(known: ProjectFacts, tellings: Iterable[Told]) -> ProjectFacts:
    """``known`` with what files tell added: of two that define the same function, the first by path is right."""
    shared: Learnt = known
    own = dict(known.own)
    ordered = sorted(tellings, key=lambda telling: telling.path)
    for telling in ordered:
        if telling.shared != NOTHING:
            shared = shared.with_more(telling.shared)
        if telling.own != NOTHING:
            own[telling.path] = own.get(telling.path, Learnt()).with_more(telling.own)
    return replace(known.knowing(shared), signals=signals_of_all(known.signals, ordered), own=own)


def learn(files: Sequence[tuple[SourceFile, FileFlow]], known: ProjectFacts) -> ProjectFacts:
    """``known`` with what these files tell added, as it is seen from within them. Call again while it grows: a
    wrapper's caller may be a wrapper.
    """
    project = merged(known, [told(source, flow, known) for source, flow in files])
    for source, _ in files:
        project = project.within(source.path)
    return project


def runs_of_sites(
    graph: FlowGraph, project: ProjectFacts, wanted: Callable[[Site, bool], bool] | None = None
) -> Iterator[SiteRuns]:
    """The runs of each wait of a function, in source order; of those ``wanted``, told whether a loop holds the site.

    Raises TooManyWaitsError.
    """
    sites = find_sites(graph, project.wrappers, project.silent)
    if not sites:
        return
    loops = natural_loops(graph)
    held_by = {site: tuple(loop for loop in loops if site.node in loop.nodes) for site in sites}
    chosen = [site for site in sites if wanted is None or wanted(site, bool(held_by[site]))]
    if not chosen:
        return
    bear(graph, len(chosen))
    evaluator = Evaluator(graph, project.no_return)
    towards = leading_to(graph.edges, (site.node for site in chosen))
    before = explore(evaluator, [(Edge(graph.entry, graph.entry), State())], within=towards, exceptions=True)
    waits = frozenset(site.node for site in sites)
    returns: Returns = {}
    for site in chosen:
        known = before.states.get(site.node, State())
        yield SiteRuns(evaluator, site, held_by[site], waits, known, returns)


# ------------------------------------------------------------------------------------------------ bodies of loops


def closed(graph: FlowGraph) -> FlowGraph:
    """The function as the body of an endless loop: an edge from its exit to its entry."""
    return replace(graph, edges=(*graph.edges, Edge(graph.exit, graph.entry)))


def _bodies(graphs: Iterable[FlowGraph], project: ProjectFacts) -> dict[str, tuple[Value, ...]]:
    """The functions that a wait can make the body of a caller's loop."""
    found: dict[str, tuple[Value, ...]] = {}
    for graph in sorted(graphs, key=lambda g: (g.name, g.span)):
        if graph.name in found or graph.name in ("main", "<module>"):
            continue
        with suppress(TooManyWaitsError):  # that is told when the function itself is analysed
            waits = sorted(runs_of_sites(graph, project, _looks_around), key=lambda runs: bool(runs.loops))
            values = next(filter(None, map(_given_back, waits)), None)
            if values is not None:
                found[graph.name] = values
    return found


def _looks_around(site: Site, in_loop: bool) -> bool:
    return site.certain and site.spec.kind in (WaitKind.MULTIPLEX, WaitKind.DISPATCH)


def _given_back(runs: SiteRuns) -> tuple[Value, ...]:
    """What the function returns to a caller when the wait is interrupted, and what on a timeout: it may stay in a loop
    of its own then, which only the interrupt leaves. Empty where it doesn't return.
    """
    if runs.loops and (runs.interrupted.stopped or runs.interrupted.nodes == runs.failed.nodes):
        return ()
    interrupted = returned(runs.evaluator, runs.interrupted)
    timeout = returned(runs.evaluator, runs.timeout)
    if interrupted is None or (timeout is None and not runs.loops):
        return ()
    return (interrupted,) if timeout is None else (interrupted, timeout)


def _looped_calls(graph: FlowGraph, project: ProjectFacts) -> Iterator[tuple[str, int, frozenset[str]]]:
    """The calls in a graph that make their callee the body of a loop: interrupted or not, the loop comes to them
    again. With each, what is asked before it does.
    """
    called = ((node, node.effect) for node in graph.nodes if isinstance(node.effect, Call))
    named = ((node, call, _defined_as(graph, call)) for node, call in called)
    calls = [(node.id, call, name, node.span.start) for node, call, name in named if name in project.bodies]
    if not calls:
        return
    evaluator = Evaluator(graph, project.no_return)
    loops = natural_loops(graph)
    for node, call, name, offset in calls:
        holding = [loop for loop in loops if node in loop.nodes]
        if holding and all(_comes_again(evaluator, holding[0], node, call, value) for value in project.bodies[name]):
            yield name, offset, _asked_before_again(graph, holding[0], node)


def _defined_as(graph: FlowGraph, call: Call) -> str:
    """The name of the function that a call means: ``self.poll()`` in a method means one of the same class."""
    of_self = graph.language == "python" and call.receiver == Name("self")
    return f"{graph.name.rpartition('.')[0]}.{call.name}" if of_self else call.name


def _asked_before_again(graph: FlowGraph, loop: Loop, call: int) -> frozenset[str]:
    """The variables of the tests that can leave a loop, and that no way from a call in it to itself goes around."""
    within = [edge for edge in graph.edges if {edge.source, edge.target} <= loop.nodes]
    leaving = {edge.source for edge in loop.exits(graph.edges)}
    names: set[str] = set()
    for test in leaving:
        effect = graph.nodes[test].effect
        around = (edge for edge in within if test not in (edge.source, edge.target))
        if isinstance(effect, Branch) and not _comes_back(around, call):
            names |= names_in(effect.condition)
    return frozenset(names)


def _comes_back(edges: Iterable[Edge], node: int) -> bool:
    """Whether edges lead from a node to itself."""
    taken = tuple(edges)
    return node in reached(taken, (edge.target for edge in taken if edge.source == node))


def _comes_again(evaluator: Evaluator, loop: Loop, node: int, call: Call, value: Value) -> bool:
    """Whether the loop comes to the call again when it returned ``value``."""
    state = State().put(f"${call.result.index}", value)
    starts = [(edge, state) for edge in evaluator.graph.successors[node] if edge.target in loop.nodes]
    return node in explore(evaluator, starts, within=loop.nodes, until=frozenset({node})).states
