"""What the head of a loop works from and only what stands behind the wait brings up to date: readings of the clock."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from unstall.flow import catalogue
from unstall.flow.facts import Feed
from unstall.flow.ir import Assign, Call
from unstall.source import SourceFile

if TYPE_CHECKING:
    from unstall.flow.stages import Work


def feeds(work: "Work", nodes: Iterable[int], passed: frozenset[int], source: SourceFile) -> Iterator[Feed]:
    """What some nodes write that the head of the loop works from, and that nothing on the way of an interrupt, which
    has ``passed`` others, writes.

    Only what comes from a clock changes with every pass: what is ready, or what somebody did, changes the rest.
    """
    always = work.runs.timeout.nodes & work.runs.ready_elsewhere.nodes
    for node in nodes:
        effect = work.graph.nodes[node].effect
        if node not in always or not isinstance(effect, Assign | Call) or not _tells_time(work, node):
            continue
        for place in sorted(work.written_by(node)):
            if place.startswith("$") or work.is_argument(place) or work.is_flag(place):  # a handler writes those
                continue
            if any(work.may_write(other, place) for other in passed | work.head_region):
                continue
            readers = [r for r in work.head_readers(place) if r != node and r in work.head_region]
            if readers:
                best = min(readers, key=lambda r: (not isinstance(work.graph.nodes[r].effect, Call), r))
                span = work.graph.nodes[best].span
                name = _as_written(place, source.text(work.graph.nodes[node].span))
                yield Feed(name, span, " ".join(source.text(span).split()))


def _as_written(place: str, assignment: str) -> str:
    """A member's name as its assignment has it: ``ctx->now``."""
    target = assignment.partition("=")[0].strip()
    return target if target.replace("->", ".") == place else place


def _tells_time(work: "Work", node: int) -> bool:
    """Whether a node reads the clock, or computes something from what it gave."""
    effect = work.graph.nodes[node].effect
    if isinstance(effect, Call):
        return catalogue.is_clock(effect.name)
    return isinstance(effect, Assign) and not work.clock_names.isdisjoint(work.dataflow.uses[node].reads)
