"""What the files of a run tell of each other: wrappers, functions that are the body of a caller's loop, signals.

This is phase one: a pure function of the graphs at hand, the same whatever their order. Phase two (`analysis`) reads
it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from unstall.flow.bodies import bodies_of, looped_calls, relayed_calls
from unstall.flow.facts import Caller
from unstall.flow.files import FileFlow, SignalFacts
from unstall.flow.ir import FlowGraph
from unstall.flow.learnt import NOTHING, Learnt, ProjectFacts
from unstall.flow.signals import signals_of_all
from unstall.flow.summaries import Summaries, summarise
from unstall.source import SourceFile


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
    found = replace(found, bodies={**bodies_of(concerned, found), **known.bodies})
    found = _with_relays(flow.graphs, found, known, new)
    callers = dict(known.callers)
    for graph in _concerned(flow.graphs, found, known, new):
        for name, offset, asked in looped_calls(graph, found):
            line = source.line(offset)
            text, signals = source.line_text(line).strip(), flow.signals if flow.signals.program else None
            callers.setdefault(name, Caller(source.path, graph.name, line, text, asked, signals))
    found = replace(found, callers=callers)
    relayed = {name: caller for name in found.relayed_by if (caller := found.caller_of(name)) is not None}
    learnt = Learnt(found.wrappers, found.silent, found.bodies, {**relayed, **callers}, found.relayed_by).beyond(known)
    # TEST(name, what) {…}: what defines functions is called so, too; and who knows by what name it defines them.
    headed = {graph.name for graph in flow.graphs if _is_headed_by_macro(graph, source)}
    learnt = learnt.only(lambda name: not name.isupper() and name not in headed)
    static = {graph.name for graph in flow.graphs if _is_static(graph, source)}
    shared, own = learnt.only(lambda name: name not in static), learnt.only(static.__contains__)
    relayed_here = {name: by - shared.relayed_by.get(name, frozenset()) for name, by in learnt.relayed_by.items()}
    return Told(
        source.path,
        shared,
        replace(own, no_return=flow.no_return, relayed_by={name: by for name, by in relayed_here.items() if by}),
        flow.signals,
    )


def _with_relays(
    graphs: Sequence[FlowGraph], found: ProjectFacts, known: ProjectFacts, new: frozenset[str] | None
) -> ProjectFacts:
    """``found`` with the functions that return after a body: bodies, too, after which others may return."""
    bodies, relayed_by = dict(found.bodies), dict(found.relayed_by)
    concerned = _concerned(graphs, found, known, new)
    while concerned:
        found = replace(found, bodies=dict(bodies))
        for graph in concerned:
            for name, body in relayed_calls(graph, found):
                own = bodies.get(graph.name, body)
                if graph.name not in known.bodies:  # else its callers have been judged by what it writes
                    own = replace(own, writes=own.writes | body.writes)
                if own.values == body.values and body.writes <= own.writes:
                    bodies[graph.name] = own
                    relayed_by[name] = relayed_by.get(name, frozenset()) | {graph.name}
        added = {name.rpartition(".")[2] for name in bodies.keys() - found.bodies.keys()}
        concerned = [graph for graph in graphs if not added.isdisjoint(graph.calls)]
    return replace(found, bodies=bodies, relayed_by=relayed_by)


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
