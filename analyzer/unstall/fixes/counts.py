"""A wait's result that is reckoned with behind the wait: the -1 of a failed one must not come to it."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from unstall.fixes.deadline import result_names
from unstall.fixes.declarations import type_of
from unstall.fixes.site import Site
from unstall.fixes.treatment import RefusedError
from unstall.flow.dataflow import expressions_of
from unstall.flow.ir import Binary
from unstall.flow.outcomes import Run
from unstall.flow.places import names_in

_SUMS = frozenset({"+", "-", "*"})
_ORDERS = frozenset({"<", "<=", ">", ">="})
_UNSIGNED = re.compile(r"\bunsigned\b|^(?:size_t|nfds_t|u_?int\w*|u_?long|u_short|DWORD)$")
"""The types of C that have no sign, and what projects call them."""


def refuse_where_counted(site: Site) -> None:
    """Raises RefusedError where a timeout comes to a sum with the wait's result, ``end = events + count``, or to a
    comparison of it with what has no sign, in which a -1 is larger than everything.
    """
    fact, results = site.fact, result_names(site.fact)
    for node in fact.traces[Run.TIMEOUT].nodes - {fact.wait}:
        for part in (part for expr in expressions_of(fact.graph.nodes[node]) for part in parts(expr)):
            if not isinstance(part, Binary) or results.isdisjoint(names_in(part)):
                continue
            if part.op in _SUMS:
                raise RefusedError("the -1 of the interrupted wait would be counted with")
            others = names_in(part) - results
            if part.op in _ORDERS and any(_UNSIGNED.search(type_of(site, name)) for name in others):
                raise RefusedError("the -1 of the interrupted wait would be compared with what has no sign")


def parts(value: object) -> Iterator[object]:
    """The expressions that an effect or an expression is made of, inner ones too, itself first."""
    if is_dataclass(value):
        yield value
        for field in fields(value):
            yield from parts(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from parts(item)
