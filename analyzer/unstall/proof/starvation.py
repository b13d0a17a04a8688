"""Whether a stage can starve: a reachable cycle of passes on which it never runs, found on the loop's model.

A pass is *barren* for a stage if no way through it, whatever the program's own conditions come out as, comes to the
stage. A stage starves under a storm if barren passes can follow each other for ever; otherwise the longest row of them
bounds how long it waits.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

import networkx as nx

from unstall.flow.bounds import Bound
from unstall.flow.outcomes import Run
from unstall.proof.kernels import Kernel, outcomes
from unstall.proof.model import Configuration, Model, Segment, is_quiet


class Liveness(Enum):
    """How often a stage runs under a storm."""

    EVERY_PASS = "runs on every pass"
    BOUNDED = "bounded"
    STARVES = "can starve"


@dataclass(frozen=True, slots=True)
class Turn:
    """One wait of a counterexample: what it ended in, and the nodes passed until the next one."""

    outcome: Run
    path: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the model says of one stage."""

    liveness: Liveness
    bound: int = 0
    """The longest row of passes without the stage, where it is bounded."""
    cycle: tuple[Turn, ...] = ()
    """The counterexample, where it can starve: from the wait round to the same configuration."""

    def __str__(self) -> str:
        return f"bounded by {self.bound}" if self.liveness is Liveness.BOUNDED else self.liveness.value


def verdict(
    model: Model, stage: Iterable[int], kernel: Kernel, storm: tuple[Run, ...], needs_readiness: bool
) -> Verdict:
    """The liveness of a stage, given by the nodes that are its work.

    A stage that ``needs_readiness`` is asked about only while something is ready: it has nothing to do otherwise. Any
    other must run whether something is ready or not, and the worse of the two counts.
    """
    work = frozenset(stage)
    worst = Verdict(Liveness.EVERY_PASS)
    for busy in (True,) if needs_readiness else (False, True):
        found = _under(model, work, kernel, storm, busy, needs_readiness)
        if _severity(found) > _severity(worst):
            worst = found
    return worst


def _severity(found: Verdict) -> tuple[int, int]:
    return list(Liveness).index(found.liveness), found.bound


def _under(
    model: Model, work: frozenset[int], kernel: Kernel, storm: tuple[Run, ...], busy: bool, needs_readiness: bool
) -> Verdict:
    barren = nx.MultiDiGraph()
    for at in model.waiting:
        for outcome in outcomes(model.waits[at[0]], kernel, busy, storm):
            segment = model.segment(at, outcome)
            if not (_is_told(model, segment, work) if needs_readiness else segment.nodes & work):
                barren.add_edges_from((at, arrival, outcome) for arrival in segment.arrivals)
    for component in nx.strongly_connected_components(barren):
        here = sorted(at for at in component if at[0] in model.looks)
        if here and (len(component) > 1 or barren.has_edge(here[0], here[0])):
            return Verdict(Liveness.STARVES, cycle=_cycle(model, barren.subgraph(component), here[0]))
    row = _longest_row(model, barren)
    return Verdict(Liveness.BOUNDED, row) if row else Verdict(Liveness.EVERY_PASS)


def _is_told(model: Model, segment: Segment, work: frozenset[int]) -> bool:
    """Whether a stage is come to with anything in the results: a reader of cleared ones has run for nothing."""
    runs = model.waits[model.wait]
    names = runs.result_objects or tuple(place for place, _ in runs.result_variables)
    return any(
        at[0] in work and not (names and all(is_quiet(model.state(at).get(name)) for name in names))
        for at in segment.configurations - segment.arrivals
    )


def _longest_row(model: Model, barren: "nx.MultiDiGraph[Configuration]") -> int:
    """The largest number of whole passes, from the wait to the wait, on a path of the barren graph.

    Cycles that don't come through the wait are no passes of its; they are contracted.
    """
    acyclic = nx.condensation(nx.DiGraph(barren))
    longest: dict[int, int] = {}
    for part in reversed(list(nx.topological_sort(acyclic))):
        here = any(at[0] == model.wait for at in acyclic.nodes[part]["members"])
        behind = max((longest[after] for after in acyclic.successors(part)), default=0)
        longest[part] = behind + here
    return max((count - 1 for part, count in longest.items() if count), default=0)


def _cycle(model: Model, barren: "nx.MultiDiGraph[Configuration]", start: Configuration) -> tuple[Turn, ...]:
    """A shortest cycle through a configuration, as turns."""
    first = min(barren.successors(start), key=lambda at: (nx.shortest_path_length(barren, at, start), at))
    way = [start, *nx.shortest_path(barren, first, start)]
    turns = []
    for at, arrival in pairwise(way):
        outcome = min(barren[at][arrival], key=lambda run: list(Run).index(run))
        turns.append(Turn(outcome, model.segment(at, outcome).path_to(arrival)))
    return tuple(turns)


def busy_loop(model: Model, kernel: Kernel, storm: tuple[Run, ...]) -> tuple[int, ...]:
    """Waits that only look, and that the loop can go round without ever coming to one that blocks."""
    for busy in (False, True):
        looking = nx.DiGraph()
        for at in model.waiting:
            if model.waits[at[0]].bound is Bound.ZERO:
                for outcome in outcomes(model.waits[at[0]], kernel, busy, storm):
                    looking.add_edges_from((at, arrival) for arrival in model.segment(at, outcome).arrivals)
        looking.remove_nodes_from([at for at in looking if model.waits[at[0]].bound is not Bound.ZERO])
        for component in nx.strongly_connected_components(looking):
            if len(component) > 1 or any(looking.has_edge(at, at) for at in component):
                return tuple(sorted({node for node, _ in component}))
    return ()
