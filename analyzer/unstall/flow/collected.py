"""What a wait collects what is ready into, where neither the catalogue nor a summary says so: a list that each round of
the loop empties in front of it, within what the wait is given (``TAILQ_INIT(&base->active); n = scan(base);``).
"""

from collections.abc import Iterable, Iterator

from unstall.flow import by_name
from unstall.flow.ir import Call
from unstall.flow.places import place_of, root_of
from unstall.flow.runs import SiteRuns


def collected(runs: SiteRuns, in_front: Iterable[int]) -> tuple[str, ...]:
    """The places that nodes ``in_front`` of the wait empty, and that are part of its arguments."""
    places = (place_of(argument, runs.graph) for argument in runs.call.args)
    given = {root_of(place) for place in places if place is not None}
    return tuple(sorted({place for place in _emptied(runs, in_front) if root_of(place) in given}))


def _emptied(runs: SiteRuns, nodes: Iterable[int]) -> Iterator[str]:
    for node in nodes:
        effect = runs.graph.nodes[node].effect
        if isinstance(effect, Call) and effect.args and by_name.empties_list(effect.name):
            place = place_of(effect.args[0], runs.graph)
            if place is not None:
                yield place
