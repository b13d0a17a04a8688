"""The inventory of wait sites, as text and as JSON; docs/json.md describes every field of the latter."""

import json
from collections.abc import Iterator
from typing import Any

from unstall.flow.facts import Stage, Trace, WaitFact
from unstall.flow.outcomes import Exit, Handling, Outcome, Run
from unstall.report.screen import Line, Piece, printable
from unstall.run.results import RunResult
from unstall.source import SourceFile, Span
from unstall.wording import count, listing

Json = dict[str, Any]

_STYLES = {Handling.RESTART_SKIPS_STAGES: "error", Handling.STALE: "error", Handling.UNKNOWN: "dim"}


def sites_json(run: RunResult) -> str:
    """All wait sites as a JSON array, one object a site and handling."""
    sources = run.sources
    return json.dumps([site(fact, sources[fact.path]) for fact in run.facts], indent=2)


def sites_text(run: RunResult) -> Iterator[Line]:
    """All wait sites, one a line: ``path:line:column: handling: what happens``."""
    sources = run.sources
    for fact in run.facts:
        source = sources[fact.path]
        at = fact.graph.nodes[fact.wait].span.start
        place = f"{printable(fact.path)}:{source.line(at)}:{source.column(at)}:"
        yield (
            Piece(place, "path"),
            Piece(" "),
            Piece(fact.handling.value, _STYLES.get(fact.handling, "label")),
            Piece(f": {printable(_story(fact, source))}"),
        )


def _story(fact: WaitFact, source: SourceFile) -> str:
    parts = [f"{fact.callee} in {fact.graph.name}"]
    if fact.interrupt is not None:
        at = source.line(fact.graph.nodes[fact.interrupt].span.start)
        parts.append(f"{listing(fact.errnos, 'or')} takes the {fact.interrupt_form} on line {at}")
    if fact.bypassed:
        parts.append(f"skips {count(len(fact.bypassed), 'stage')} that it owes")
    if fact.timeout_restarted:
        parts.append("the full timeout starts again")
    if fact.why_unknown:
        parts.append(fact.why_unknown)
    return "; ".join(parts)


def site(fact: WaitFact, source: SourceFile) -> Json:
    """One wait site and one way in which its interrupt is handled."""
    span = fact.graph.nodes[fact.wait].span
    return {
        "path": fact.path,
        "function": fact.graph.name,
        "line": source.line(span.start),
        "column": source.column(span.start),
        "end_line": _last_line(span, source),
        "call": fact.callee,
        "kind": fact.spec.kind.value,
        "language": fact.language,
        "handling": fact.handling.value,
        "interrupt_line": (
            None if fact.interrupt is None else source.line(fact.graph.nodes[fact.interrupt].span.start)
        ),
        "interrupt_form": fact.interrupt_form,
        "loop": None if fact.loop is None else _lines(fact.loop, source),
        "outcomes": {
            outcome.value: _outcome(fact, fact.traces[Run(outcome.value)], source)
            for outcome in Outcome
            if Run(outcome.value) in fact.traces
        },
        "stages": [_stage(stage, source) for stage in fact.stages],
        "timeout_restarted": fact.timeout_restarted,
        "why_unknown": fact.why_unknown,
    }


def place(span: Span, source: SourceFile) -> Json:
    """A span as 1-based lines and columns, the end column behind its last character."""
    return {
        "line": source.line(span.start),
        "column": source.column(span.start),
        "end_line": source.line(span.end),
        "end_column": source.column(span.end),
    }


def _lines(span: Span, source: SourceFile) -> Json:
    return {"line": source.line(span.start), "end_line": _last_line(span, source)}


def _last_line(span: Span, source: SourceFile) -> int:
    return source.line(max(span.start, span.end - 1))


def _outcome(fact: WaitFact, trace: Trace, source: SourceFile) -> Json:
    graph = fact.graph
    passed = trace.nodes - {graph.entry, graph.exit, graph.raise_exit}
    return {
        "exit": [exit.value for exit in Exit if exit in trace.exits],
        "lines": sorted({source.line(graph.nodes[node].span.start) for node in passed}),
    }


def _stage(stage: Stage, source: SourceFile) -> Json:
    return {
        **_lines(stage.span, source),
        "label": stage.label,
        "runs_on": [run.value.replace(" ", "_") for run in stage.runs_on],
        "reads_results": stage.reads_results,
        "feeds_head": [{"name": feed.name, "line": source.line(feed.reader.start)} for feed in stage.feeds_head],
    }
