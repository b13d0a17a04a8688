"""as-timeout: the smallest patch that is never wrong, but where an expired deadline is acted upon."""

from unstall.fixes.deadline import result_names
from unstall.fixes.layout import declares
from unstall.fixes.site import Site
from unstall.fixes.treatment import RefusedError, Treatment
from unstall.fixes.words import words_of
from unstall.flow.ir import Assign, Branch, Jump, Nothing, Switch
from unstall.flow.outcomes import Run
from unstall.flow.places import names_in, temps_in

NAME = "as-timeout"
DESCRIPTION = "goes on after an interrupt as after a timeout, with nothing reported"


def treatment(site: Site) -> Treatment:
    """The jump that a timeout takes, where it has one of its own; else the results are cleared and the value of the
    wait is a timeout's.
    """
    jump = _jump_of_a_timeout(site)
    if jump is None:
        return _made_a_timeout(site)
    try:
        otherwise = _made_a_timeout(site)
    except RefusedError:
        otherwise = None
    return Treatment((jump,), keeps_failure=False, jumps=True, otherwise=otherwise)


def _made_a_timeout(site: Site) -> Treatment:
    words = words_of(site)
    cleared = words.cleared()
    return Treatment((*cleared, *words.timed_out()), keeps_failure=False, declares=declares(cleared))


def _jump_of_a_timeout(site: Site) -> str | None:
    """The ``goto`` that a timeout takes and an interrupt doesn't, as written, where nothing is done before it and the
    wait's result alone decides on it.
    """
    graph, results = site.fact.graph, result_names(site.fact)
    for node in site.fact.traces[Run.TIMEOUT].path[1:]:
        match graph.nodes[node].effect:
            case Jump("goto", target):
                return None if node in site.fact.traces[Run.INTERRUPTED].nodes else f"goto {target};"
            case Branch(tested) | Switch(tested):
                if not (names_in(tested) <= results and temps_in(tested) <= {site.call.result.index}):
                    return None
            case Assign(value=value) if value == site.call.result:
                pass
            case Nothing():
                pass
            case _:
                return None
    return None
