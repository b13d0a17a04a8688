"""Reads of results that a failed wait never wrote, found on the model, with what happens because of them."""

from dataclasses import dataclass

from unstall.flow import by_name
from unstall.flow.ir import Call
from unstall.flow.outcomes import Run
from unstall.flow.stale import reads_stale
from unstall.proof.model import Model, Segment
from unstall.source import SourceFile, Span
from unstall.wording import one_line


@dataclass(frozen=True, slots=True)
class StaleRead:
    """A place that works from stale results."""

    span: Span
    text: str
    """The source of the read: ``FD_ISSET(x, &rfds)``."""
    acts: tuple[str, ...]
    """What is called because of what the read says."""
    path: tuple[int, ...]
    """The nodes from the wait to the read."""


def stale_reads(
    model: Model, storm: tuple[Run, ...], source: SourceFile, failed: frozenset[int]
) -> tuple[StaleRead, ...]:
    """Every stale read that an interrupted wait of the model can come to, in source order.

    A result of -1 used as a number is one, too, but not where other errors come (``failed``): there it is an error.
    """
    found: dict[Span, StaleRead] = {}
    for at in model.waiting:
        runs = model.waits[at[0]]
        for outcome in storm:
            segment = model.segment(at, outcome)
            for configuration in sorted(segment.configurations - segment.arrivals):
                node = model.graph.nodes[configuration[0]]
                numbers = frozenset() if node.id in failed else runs.result_names
                path = segment.path_to(configuration)
                if model.loop.head in path[1:]:
                    continue  # the next pass asks anew
                if reads_stale(runs.evaluator, node.id, model.state(configuration), numbers):
                    text = one_line(source.text(node.span))
                    read = StaleRead(node.span, text, _acts(model, node.id, segment), path)
                    found.setdefault(node.span, read)
    return tuple(found[span] for span in sorted(found))


def _acts(model: Model, read: int, segment: Segment) -> tuple[str, ...]:
    """The calls inside of the statement that tests what a read says."""
    graph = model.graph
    statement = graph.nodes[read].statement
    inside = [
        effect.name
        for node in sorted(segment.nodes)
        if isinstance(effect := graph.nodes[node].effect, Call)
        and statement in graph.ancestors(graph.nodes[node].statement)[1:]
        and not by_name.is_set_test(effect.name)
        and "log" not in effect.name
    ]
    return tuple(dict.fromkeys(inside))
