"""Whether a storm can keep a loop from a stage by a jump that only interrupts take, and only on some condition.

A pass is barren only if *no* way through it comes to the stage. Behind ``if (running && !reconfigure) goto again;`` one
does, and yet the jump may be taken as long as the storm lasts.
"""

from collections.abc import Iterable

import networkx as nx

from unstall.flow.outcomes import Run
from unstall.proof.model import Configuration, Model

Path = tuple[int, ...]


def detour(model: Model, work: frozenset[int], storm: Iterable[Run]) -> Path:
    """A way from the wait back to it that storms can keep up and that never comes to a stage; empty without one.

    What other outcomes pass by, too, depends on the program alone.
    """
    turns: nx.DiGraph[Configuration] = nx.DiGraph()
    paths: dict[tuple[Configuration, Configuration], Path] = {}
    for at in model.waiting:
        if at[0] not in model.looks or any(_around(model, at, run, work) for run in _quiet(model, at)):
            continue
        for outcome in storm:
            for arrival, path in _around(model, at, outcome, work).items():
                turns.add_edge(at, arrival)
                paths[at, arrival] = path
    for component in nx.strongly_connected_components(turns):
        for edge in turns.subgraph(component).edges:
            return paths[edge]
    return ()


def _quiet(model: Model, at: Configuration) -> Iterable[Run]:
    return [run for run in (Run.TIMEOUT, Run.READY) if run in model.outcomes(at[0])]


def _around(model: Model, at: Configuration, outcome: Run, work: frozenset[int]) -> dict[Configuration, Path]:
    """The looks that come next without a stage in between, each with a way to it."""
    starts = [target for target, source in model.segment(at, outcome).parents.items() if source == at]
    ways: dict[Configuration, Path] = {start: (at[0], start[0]) for start in starts}
    pending = list(starts)
    arrivals = {}
    while pending:
        point = pending.pop(0)
        if point[0] in model.waits:
            arrivals.update({point: ways[point]} if point[0] in model.looks else {})
        elif point[0] not in work:
            for target in model.successors(point):
                if target not in ways:
                    ways[target] = (*ways[point], target[0])
                    pending.append(target)
    return arrivals
