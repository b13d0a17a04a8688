"""What was executed, as a table and a sentence, and as JSON."""

from collections.abc import Iterator
from dataclasses import asdict

from unstall.proof.execution import SETTINGS, Execution, Row
from unstall.proof.walk import PASSES
from unstall.report.sites import Json

_HEADS = ("passes", "janitor", "messages' gap", "empty reads", "spurious spawns", "early timeouts")
_MARGIN = " " * 12


def execution_text(executed: Execution) -> Iterator[str]:
    """Whether the rows confirm the verdict, and the rows, before and after."""
    yield f"  execution {statement(executed)}"
    if not executed.confirmed:
        yield from (f"{_MARGIN}not shown: {claim.text}" for claim in executed.claims if not claim.shown)
    width = max(len(_handling(row)) for row in executed.rows)
    yield f"{_MARGIN}{'':14}{'':8}{'policy':{width}}" + "".join(f"  {head}" for head in _HEADS)
    for row in executed.rows:
        yield f"{_MARGIN}{row.kernel.value:14}{row.version:8}{_handling(row):{width}}" + "".join(
            f"  {cell:>{len(head)}}" for head, cell in zip(_HEADS, _cells(row), strict=True)
        )
    if not executed.swaps_mask:
        yield f"{_MARGIN}the wait leaves the signal mask alone: a signal-first kernel, too, looks at descriptors first"
    for claim in executed.possible:
        if not claim.shown:
            yield f"{_MARGIN}what the model allows for did not come about here: {claim.text}"


def statement(executed: Execution) -> str:
    """Whether the verdict is confirmed, and by what."""
    said = "confirmed by execution" if executed.confirmed else "not confirmed by execution"
    models = [row for row in executed.rows if row.mode == "model"]
    master = f"the reference master in a storm of dying workers, {SETTINGS.seconds:g} s a run"
    if not models:
        return f"{said}: {master}"
    own = f"its handling is none of the master's policies, so that the loop's own model ran, {PASSES:,} passes of it"
    if len(models) == len(executed.rows):
        return f"{said}: {own}"
    return f"{said}: {master}; {models[0].version}, {own}"


def _handling(row: Row) -> str:
    return f"{row.handling} (real)" if row.mode == "real" else row.handling


def _cells(row: Row) -> tuple[str, ...]:
    return (
        f"{row.passes:,}",
        _share(row),
        _gap(row),
        f"{row.empty_reads:,}",
        f"{row.spurious_spawns:,}",
        f"{row.early_timeouts:,}",
    )


def _share(row: Row) -> str:
    """Rounded, but never up to all of the passes, nor down to none."""
    percent = round(100 * row.share)
    if percent == 100 and row.janitor < row.passes:
        return "> 99 %"
    return "< 1 %" if percent == 0 and row.janitor else f"{percent} %"


def _gap(row: Row) -> str:
    return f"{row.gap:.0f} passes" if row.mode == "model" else f"{row.gap:.2f} s"


def execution_json(executed: Execution) -> Json:
    """The rows and what they show."""
    return {
        "confirmed": executed.confirmed,
        "seconds": SETTINGS.seconds,
        "seed": SETTINGS.seed,
        "rows": [asdict(row) | {"kernel": row.kernel.value} for row in executed.rows],
        "claims": [asdict(claim) for claim in executed.claims],
        "possible": [asdict(claim) for claim in executed.possible],
        "swaps_mask": executed.swaps_mask,
    }
