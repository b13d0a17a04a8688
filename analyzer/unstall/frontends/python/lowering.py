"""From the syntax tree of a scope to its flow graph."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import libcst as cst

from unstall.flow.build import GraphBuilder
from unstall.flow.ir import FlowGraph
from unstall.frontends.python.names import Names
from unstall.frontends.python.outline import Outline
from unstall.frontends.python.scopes import Scope
from unstall.frontends.python.statements import Statements
from unstall.frontends.python.tree import Tree
from unstall.source import Span


def lower(tree: Tree, scope: Scope, names: Names, size: int) -> FlowGraph:
    """The flow graph of a scope in a file of ``size`` bytes. Raises UnreadableError, TooLargeError, RecursionError."""
    if scope.is_module:
        builder = GraphBuilder(scope.name, "python", Span(0, size))
        body: Sequence[cst.CSTNode] = tree.module.body
        parameters: tuple[str, ...] = ()
    else:
        function = tree.function()
        builder = GraphBuilder(scope.name, "python", tree.span(function))
        builder.statements[0] = replace(builder.statements[0], header=tree.header(function, function.body))
        body = function.body.body
        parameters = tuple(_parameters(function.params))
    outline = Outline(builder, tree, body)
    bound = frozenset() if scope.is_module else (outline.bound | set(parameters)) - outline.foreign
    names = names if scope.is_module else names.inside(scope.lines, frozenset(bound))
    statements = Statements(builder, tree, names, outline)
    statements.suite(body)
    if not scope.is_module:
        bound = bound | statements.expressions.bound
    return builder.finish(parameters, frozenset(bound))


def _parameters(params: cst.Parameters) -> Iterator[str]:
    for param in (*params.posonly_params, *params.params, params.star_arg, *params.kwonly_params, params.star_kwarg):
        if isinstance(param, cst.Param):
            yield param.name.value
