"""The time line of the stages as SVG, drawn with matplotlib (the optional extra ``plot``)."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unstall.master.results import BINS, RunResult
from unstall.master.settings import MasterError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_RAN, _SERVED, _STARVED = "#1f5a92", "#2b7a3d", "#b3261e"
_ROW, _HEAD = 0.19, 0.75  # inches: a stage's row, and what a panel has above and below its rows


def check_plot(path: Path) -> None:
    """Raise `MasterError` where `plot` could not draw or write, so that no run is made in vain."""
    if path.suffix.lower() != ".svg":
        raise MasterError(f"{path}: the time line is drawn as SVG, so the name must end in .svg")
    if not path.absolute().parent.is_dir():
        raise MasterError(f"{path}: no such directory")
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise MasterError("--plot needs matplotlib: pip install 'unstall[plot]'") from None


def plot(results: Sequence[RunResult], path: Path) -> None:
    """Draw one panel a run: a row a stage, filled where it ran, hatched where it starved. Raises `MasterError`."""
    import matplotlib
    from matplotlib.figure import Figure

    rows = max(len(_rows(result)) for result in results)
    with matplotlib.rc_context({"svg.hashsalt": "unstall", "svg.fonttype": "none", "font.size": 8}):
        figure = Figure(figsize=(10, len(results) * (rows * _ROW + _HEAD)), layout="constrained")
        panels = figure.subplots(len(results), 1, squeeze=False)
        for axes, result in zip(panels[:, 0], results, strict=True):
            _panel(axes, result)
        panels[-1, 0].set_xlabel("seconds")
        try:
            figure.savefig(path, format="svg", metadata={"Date": None})
        except OSError as error:
            raise MasterError(f"{path}: {error.strerror}") from error


def _rows(result: RunResult) -> list[tuple[str, tuple[int, ...], str]]:
    """Label, time line and colour of each row, from the top."""
    stages = [(stage.name, stage.timeline, _RAN) for stage in result.stages]
    clients = [
        row
        for client in result.clients
        for row in (
            (f"{client.service}: served", client.timeline, _SERVED),
            (f"{client.service}: denied", client.denied_timeline, _STARVED),
        )
    ]
    return stages + clients


def _panel(axes: "Axes", result: RunResult) -> None:
    rows = _rows(result)
    for row, (_, timeline, colour) in enumerate(rows):
        axes.broken_barh(list(_stretches(timeline, result.seconds)), (row - 0.4, 0.8), facecolor=colour)
    for row, stage in enumerate(result.stages):
        if stage.name in result.starved:
            begin, length = stage.longest_gap_from, stage.longest_gap
            axes.broken_barh(
                [(begin, length)], (row - 0.4, 0.8), facecolor="none", edgecolor=_STARVED, hatch="////", linewidth=0.8
            )
            label = {"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none"}
            where = begin + length / 2
            axes.text(where, row, f"{length:.2f} s", color=_STARVED, ha="center", va="center", bbox=label, size=7)
    axes.set_yticks(range(len(rows)), [label for label, _, _ in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, result.seconds)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    counts = result.counts
    verdict = f"starved: {', '.join(result.starved)}" if result.starved else "no stage starved"
    passes = f"{counts.completed:,} of {counts.passes:,} passes completed"
    axes.set_title(f"{result.policy} · {result.kernel} · {result.mode} · {passes} · {verdict}", loc="left", size=8)


def _stretches(timeline: Sequence[int], seconds: float) -> Iterator[tuple[float, float]]:
    """Begin and length of each unbroken stretch in which a stage ran."""
    width = seconds / BINS
    begin = None
    for part, runs in enumerate((*timeline, 0)):
        if runs and begin is None:
            begin = part
        elif not runs and begin is not None:
            yield begin * width, (part - begin) * width
            begin = None
