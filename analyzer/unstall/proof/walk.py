"""The loop's own model, executed: a walk through it under a storm, the wait's outcomes and open conditions drawn."""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from unstall.flow.outcomes import Run
from unstall.proof.kernels import Kernel, outcomes
from unstall.proof.model import Configuration, Model
from unstall.proof.policy import Version, way

PASSES = 500
_LONGEST = 10_000
"""Nodes of a pass after which it is given up: the program goes round a loop of its own."""

Edges = frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk met with."""

    passes: int
    completed: int
    """Passes on which every stage ran that an interrupt owes."""
    longest_row: int
    """The most passes in a row on which a stage that serves what is ready did not run, something being ready."""
    stale_reads: int
    """Times that results were read which nothing had filled."""


def walk(version: Version, kernel: Kernel, storm: tuple[Run, ...], busy: bool) -> Walk:
    """Go round the loop while signals come all the time; ``busy``: and something is ready all the time.

    Where the program leaves the loop, it is entered anew. That a stage does not run since a condition turned away from
    it that a timeout comes by, too, is not held against a pass.
    """
    model, draw = version.model, Random(1)
    usual = _edges(model, (Run.TIMEOUT, Run.READY))
    owed = [(work, _leading_to(model, work)) for work in version.owed]
    ready = [(work, _leading_to(model, work)) for work in version.ready]
    reads = {read.path[-1] for read in version.stale}
    at = model.start
    passes = completed = row = longest = stale = 0
    path: list[int] = []
    waited = {at}
    while passes < PASSES:
        outcome = draw.choice(outcomes(model.waits[at[0]], kernel, busy, storm))
        nodes, arrival = _to_the_next_wait(model, at, outcome, draw)
        stale += outcome in storm and not reads.isdisjoint(nodes)
        path += nodes
        at = arrival or model.start
        if model.loop.head in (*nodes[1:], at[0]) or at in waited or arrival is None:  # or for ever in a retry
            passes += 1
            completed += all(_served(path, work, leading, usual) for work, leading in owed)
            row = 0 if all(_served(path, work, leading, usual) for work, leading in ready) else row + 1
            longest = max(longest, row)
            path, waited = [], set()
        waited.add(at)
    return Walk(passes, completed, longest if busy else 0, stale)


def _to_the_next_wait(
    model: Model, at: Configuration, outcome: Run, draw: Random
) -> tuple[list[int], Configuration | None]:
    """The nodes passed, the wait left first, and the wait come to; None where the program leaves the loop."""
    path = [at[0]]
    nexts = [target for target, source in model.segment(at, outcome).parents.items() if source == at]
    while nexts and len(path) < _LONGEST:
        at = draw.choice(nexts)
        if at[0] in model.waits:
            return path, at
        path.append(at[0])
        nexts = list(model.successors(at))
    return path, None


def _served(path: list[int], work: frozenset[int], leading: frozenset[int], usual: Edges) -> bool:
    """Whether a stage ran, or a condition turned away from it for good that a timeout comes by, too."""
    if not work.isdisjoint(path):
        return True
    last = max((at for at, node in enumerate(path) if node in leading), default=-1)
    return 0 <= last < len(path) - 1 and (path[last], path[last + 1]) in usual


def _edges(model: Model, runs: Iterable[Run]) -> Edges:
    """The edges that a pass can take when its wait ends in one of these ways."""
    ways = [(at, way(model, at, run)) for at in model.waiting for run in runs]
    inner = {
        (node[0], after[0]) for _, found in ways for node in found.configurations for after in model.successors(node)
    }
    return frozenset(inner)


def _leading_to(model: Model, work: frozenset[int]) -> frozenset[int]:
    """The nodes from which a pass can still come to a stage."""
    found: set[int] = set()
    pending = [*work]
    while pending:
        node = pending.pop()
        if node in found or node not in model.loop.nodes:
            continue
        found.add(node)
        if node != model.loop.head:
            pending += [edge.source for edge in model.graph.predecessors[node]]
    return frozenset(found)
