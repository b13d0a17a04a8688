"""What the head of a loop works from and only what stands behind the wait brings up to date: readings of the clock."""

import re
from collections.abc import Iterable, Iterator

from unstall.flow import by_name
from unstall.flow.facts import Feed
from unstall.flow.ir import Assign, Call, Expr
from unstall.flow.work import Work
from unstall.source import SourceFile

_TIME = re.compile(r"(?:^|_)(?:time|now|clock|ticks?|uptime)$")


def feeds(work: Work, nodes: Iterable[int], passed: frozenset[int], source: SourceFile) -> Iterator[Feed]:
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
                name = _as_written(place, source.text(work.graph.nodes[node].span))
                yield Feed(name, work.graph.nodes[best].span)


def _as_written(place: str, assignment: str) -> str:
    """A member's name as its assignment has it: ``ctx->now``."""
    target = assignment.partition("=")[0].strip()
    return target if target.replace("->", ".") == place else place


def _tells_time(work: Work, node: int) -> bool:
    """Whether a node reads the clock, or computes something from what it gave."""
    effect = work.graph.nodes[node].effect
    if isinstance(effect, Call):
        return by_name.is_clock(effect.name)
    if not isinstance(effect, Assign):
        return False
    return not work.clock_names.isdisjoint(work.dataflow.uses[node].reads) or _is_asked_for(work, effect.value)


def _is_asked_for(work: Work, value: Expr) -> bool:
    """Whether a function gives this that is named after the time."""
    effects = (work.graph.nodes[node].effect for node in work.loop.nodes)
    return any(isinstance(e, Call) and e.result == value and _TIME.search(e.name) for e in effects)
