"""The waits of a function that a run knows of, each with its runs."""

from collections.abc import Callable, Iterator

from unstall.flow.evaluator import Evaluator
from unstall.flow.explore import explore
from unstall.flow.ir import Edge, FlowGraph
from unstall.flow.learnt import ProjectFacts
from unstall.flow.loops import natural_loops
from unstall.flow.reach import leading_to
from unstall.flow.runs import Returns, SiteRuns
from unstall.flow.sites import Site, bear, find_sites, written_by
from unstall.flow.state import State


def runs_of_sites(
    graph: FlowGraph, project: ProjectFacts, wanted: Callable[[Site], bool] | None = None
) -> Iterator[SiteRuns]:
    """The runs of each wait of a function that is ``wanted``, in source order.

    Raises TooManyWaitsError.
    """
    sites = find_sites(graph, project.wrappers, project.silent)
    if not sites:
        return
    chosen = [site for site in sites if wanted is None or wanted(site)]
    if not chosen:
        return
    bear(graph, len(chosen))
    loops = natural_loops(graph)
    evaluator = Evaluator(graph, project.no_return, written_by(graph, sites))
    towards = leading_to(graph.edges, (site.node for site in chosen))
    before = explore(evaluator, [(Edge(graph.entry, graph.entry), State())], within=towards, exceptions=True)
    waits = frozenset(site.node for site in sites)
    returns: Returns = {}
    for site in chosen:
        known = before.states.get(site.node, State())
        held_by = tuple(loop for loop in loops if site.node in loop.nodes)
        yield SiteRuns(evaluator, site, held_by, waits, known, returns)
