"""The results of a comparison as tables for people, and as JSON.

JSON: ``{"preset", "settings", "runs"}``; a run has the fields of `RunResult` and ``starved``. Times are seconds.
An infinite time (a stream of clients without an end) is null.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from unstall.master.results import ClientResult, RunResult
from unstall.master.settings import Settings

_COMPARED_GAPS = {
    "messages": "messages",
    "spawn-on-demand": "on demand",
    "schedule": "schedule",
    "janitor": "janitor",
}


def print_report(console: Console, preset: str, settings: Settings, results: Sequence[RunResult]) -> None:
    """Print what was run, the tables, and which stages starved."""
    mode = results[0].mode
    console.print(f"{mode}, preset {preset}, {settings.seconds:g} s a run, seed {settings.seed}", highlight=False)
    console.print(_loop_table(results), _effects_table(results))
    if len(results) == 1:
        console.print(_stage_table(results[0]))
    for result in results:
        console.print(_verdict(result), soft_wrap=True)
    if any(result.counts.fork_failures for result in results):
        console.print("some forks failed: the system had no room for more processes")


def to_json(preset: str, settings: Settings, results: Sequence[RunResult]) -> str:
    """The whole of it, as a JSON document."""
    runs = [asdict(result) | {"starved": list(result.starved)} for result in results]
    document = {"preset": preset, "settings": asdict(settings), "runs": runs}
    return json.dumps(_finite(document), indent=2)


def _finite(value: Any) -> Any:
    match value:
        case dict():
            return {key: _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case float() if math.isinf(value):
            return None
    return value


def _table(title: str, *numbers: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("policy", no_wrap=True)
    table.add_column("kernel", no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table


def _loop_table(results: Sequence[RunResult]) -> Table:
    gaps = _COMPARED_GAPS.values()
    table = _table("The loop: passes, and longest gap of a stage in seconds", "passes", "completed", "interrupted")
    for heading in (*gaps, "CPU s"):
        table.add_column(heading, justify="right")
    for result in results:
        counts = result.counts
        table.add_row(
            result.policy,
            result.kernel,
            f"{counts.passes:,}",
            _share(counts.completed, counts.passes),
            _share(counts.interrupts, counts.passes),
            *(_gap(result, name) for name in _COMPARED_GAPS),
            f"{result.cpu:.2f}",
        )
    return table


def _effects_table(results: Sequence[RunResult]) -> Table:
    table = _table(
        "Its effects: stale readiness; new clients and the seconds until they were greeted; requests of connected ones",
        "unread",
        "empty reads",
        "spurious spawns",
    )
    for heading in ("clients of", "served", "denied", "median", "99 %", "worst", "answered"):
        table.add_column(heading, justify="right")
    for result in results:
        own = (f"{result.unread:,}", f"{result.counts.empty_reads:,}", f"{result.counts.spurious_spawns:,}")
        table.add_row(result.policy, result.kernel, *own, *_clients(result.clients[:1]))
        for client in result.clients[1:]:
            table.add_row("", "", "", "", "", *_clients([client]))
    return table


def _clients(clients: Sequence[ClientResult]) -> tuple[str, ...]:
    """The cells of one service's clients; dashes where there are none."""
    if not clients:
        return ("-",) * 7
    client = clients[0]
    latency = client.latency
    times = (latency.median, latency.percentile_99, latency.worst) if latency else ()
    shown = tuple(f"{time:.3f}" for time in times) or ("-",) * 3
    return (client.service, f"{client.served:,}", f"{client.denied:,}", *shown, f"{client.requests:,}")


def _stage_table(result: RunResult) -> Table:
    table = Table(title="The stages", title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("stage", no_wrap=True)
    for heading in ("runs", "of passes", "longest gap s", "mean gap s", "time spent s"):
        table.add_column(heading, justify="right")
    for stage in result.stages:
        table.add_row(
            stage.name,
            f"{stage.runs:,}",
            f"{stage.runs / max(result.counts.passes, 1):.0%}",
            _gap(result, stage.name),
            f"{stage.mean_gap:.4f}",
            f"{stage.spent:.3f}",
        )
    return table


def _gap(result: RunResult, name: str) -> Text:
    """The longest gap, with a mark that doesn't depend on colour where the stage starved."""
    text = f"{result.stage(name).longest_gap:.3f}"
    return Text(f"! {text}", style="bold red") if name in result.starved else Text(text)


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({part / max(whole, 1):.0%})"


def _verdict(result: RunResult) -> Text:
    starved = result.starved
    sentence = f"! starved: {', '.join(starved)}" if starved else "no stage starved"
    return Text(f"{result.policy:14}  {result.kernel:12}  ") + Text(sentence, style="bold red" if starved else "green")
