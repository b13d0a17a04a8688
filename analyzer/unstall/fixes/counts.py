"""A wait's result that is reckoned with behind the wait: the -1 of a failed one must not come to it."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from unstall.fixes.deadline import result_names
from unstall.fixes.site import Site
from unstall.fixes.treatment import RefusedError
from unstall.flow.dataflow import expressions_of
from unstall.flow.ir import Binary
from unstall.flow.outcomes import Run
from unstall.flow.places import names_in

_SUMS = frozenset({"+", "-", "*"})


def refuse_where_counted(site: Site) -> None:
    """Raises RefusedError where a timeout comes to a sum with the wait's result: ``end = events + count``."""
    fact, results = site.fact, result_names(site.fact)
    for node in fact.traces[Run.TIMEOUT].nodes - {fact.wait}:
        for expr in expressions_of(fact.graph.nodes[node]):
            if any(
                isinstance(part, Binary) and part.op in _SUMS and not results.isdisjoint(names_in(part))
                for part in parts(expr)
            ):
                raise RefusedError("the -1 of the interrupted wait would be counted with")


def parts(value: object) -> Iterator[object]:
    """The expressions that an effect or an expression is made of, inner ones too, itself first."""
    if is_dataclass(value):
        yield value
        for field in fields(value):
            yield from parts(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from parts(item)
