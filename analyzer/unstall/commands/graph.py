"""``unstall graph``: the control-flow graph of one loop, drawn."""

import argparse
import sys

from unstall.cli import UsageError
from unstall.commands.analysis import add_tree, place
from unstall.commands.configuration import add_file, loaded
from unstall.flow.draw import drawing
from unstall.flow.facts import WaitFact
from unstall.report.dot import GraphvizError, dot, svg
from unstall.report.mermaid import mermaid
from unstall.selection.rules import Aim
from unstall.source import SourceFile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``graph``."""
    parser.add_argument(
        "place", metavar="FILE:LINE", help="a line of the loop or its function; none where there is one wait"
    )
    parser.add_argument(
        "--format", choices=("mermaid", "dot", "svg"), default="mermaid", help="how to draw; svg needs Graphviz"
    )
    add_tree(parser)
    add_file(parser)


def run(arguments: argparse.Namespace) -> int:
    """Draw the innermost analysed loop around a line."""
    from unstall.run import pipeline

    path, line = place(arguments.place)
    paths = [path, *arguments.tree]
    result = pipeline.run(paths, settings=loaded(paths, arguments).settings, aim=Aim.SITES)
    for refused in (*result.refused, *result.unread):
        if refused.path == path and not refused.function:
            raise UsageError(f"{refused.path}: {refused.reason}")
    source = result.sources.get(path)
    facts = tuple(fact for fact in result.facts if fact.path == path)
    fact = _nearest(facts, line, source) if source else None
    if source is None or fact is None:
        where = f"{path}: which wait? (FILE:LINE)" if line is None else f"{path}:{line}: no wait in a loop here"
        raise UsageError(f"{where}{_suggestion(facts, source)}")
    picture = drawing(fact, source)
    match arguments.format:
        case "mermaid":
            print(mermaid(picture))
        case "dot":
            print(dot(picture))
        case _:
            try:
                sys.stdout.buffer.write(svg(picture))
            except GraphvizError as error:
                raise UsageError(str(error)) from error
    return 0


def _nearest(facts: tuple[WaitFact, ...], line: int | None, source: SourceFile) -> WaitFact | None:
    """The wait on the line, else that of the smallest loop around it, else that of the function; without a line, the
    only one.
    """
    if line is None:
        return facts[0] if len(facts) == 1 else None

    def lines(start: int, end: int) -> range:
        return range(source.line(start), source.line(max(start, end - 1)) + 1)

    def rank(fact: WaitFact) -> tuple[int, int] | None:
        wait = fact.graph.nodes[fact.wait].span
        for order, span in enumerate((wait, fact.loop, fact.graph.span)):
            if span is not None and line in lines(span.start, span.end):
                return order, span.end - span.start
        return None

    ranked = [(place, number) for number, fact in enumerate(facts) if (place := rank(fact)) is not None]
    return facts[min(ranked)[1]] if ranked else None


def _suggestion(facts: tuple[WaitFact, ...], source: SourceFile | None) -> str:
    if source is None or not facts:
        return "; this file has none"
    lines = sorted({source.line(fact.graph.nodes[fact.wait].span.start) for fact in facts})
    return f"; waits of this file are on lines {', '.join(map(str, lines))}"
