"""as-timeout: the smallest patch that is never wrong, but where an expired deadline is acted upon."""

from unstall.fixes.layout import declares
from unstall.fixes.site import Site
from unstall.fixes.treatment import RefusedError, Treatment
from unstall.fixes.words import words_of
from unstall.flow.ir import Jump
from unstall.flow.outcomes import Run

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
    """The ``goto`` past what only something ready runs that a timeout takes and an interrupt doesn't, as written."""
    traces = site.fact.traces
    for node in traces[Run.TIMEOUT].path:
        effect = site.fact.graph.nodes[node].effect
        if isinstance(effect, Jump) and effect.word == "goto" and node not in traces[Run.INTERRUPTED].nodes:
            return f"goto {effect.target};"
    return None
