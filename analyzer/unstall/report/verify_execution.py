"""What was executed, as a table and a sentence, and as JSON."""

from collections.abc import Iterator
from dataclasses import asdict

from unstall.master import Policy
from unstall.proof.execution import SETTINGS, Execution, Row
from unstall.proof.walk import PASSES
from unstall.report.sites import Json

_HEADS = ("passes", "janitor", "messages' gap", "empty reads", "spurious spawns", "early timeouts")
_MARGIN = " " * 12


_STANDS_FOR = (
    "the policy is what this loop's handling of an interrupt amounts to, and what the master ran with; its janitor",
    "stands for the stages that a timeout runs, its messages for what is ready",
)


def execution_text(executed: Execution, patch: str) -> Iterator[str]:
    """Whether the rows confirm the verdict, what ran, and the rows, before and after a patch of that name."""
    yield f"  execution {statement(executed)}"
    if any(row.mode != "model" for row in executed.rows):
        yield from (_MARGIN + line for line in _STANDS_FOR)
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
    if other := _other_name(executed, patch):
        yield f"{_MARGIN}{patch} is how the patch is written, {other} what it amounts to in this loop"


def _other_name(executed: Execution, patch: str) -> str:
    """The policy that a patched loop has, where the strategy of that name wrote something that amounts to another."""
    policies = list(Policy)
    after = {row.handling for row in executed.rows if row.version == "after" and row.mode != "model"}
    return "".join(after) if patch in policies and len(after) == 1 and patch not in after else ""


def statement(executed: Execution) -> str:
    """Whether the verdict is confirmed, and by what; the program itself never runs."""
    said = "confirmed" if executed.confirmed else "not confirmed"
    models = [row for row in executed.rows if row.mode == "model"]
    how = "simulated and for real" if any(row.mode == "real" for row in executed.rows) else "simulated"
    storm = f"{SETTINGS.seconds:g} s a row in a storm of dying workers"
    master = f"on the reference master ({how}), not on this program: {storm}"
    if not models:
        return f"{said} {master}"
    own = f"on the loop's own model, {PASSES:,} passes a row: its handling is none of the master's policies"
    if len(models) == len(executed.rows):
        return f"{said} {own}"
    return f"{said} {master}; {models[0].version}, {own}"


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
