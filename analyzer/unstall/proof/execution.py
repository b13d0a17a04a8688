"""Confirmation by execution: the reference master, run with the policy that each version of a loop shows.

Where a loop handles its interrupts in none of the master's ways, its own model is executed in the master's place. What
is said to be confirmed is worked out from what the rows measured; nothing else is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property

from unstall.flow.outcomes import Run
from unstall.master import KernelRule, Policy, RunResult, compare
from unstall.master.presets import STORM
from unstall.proof.kernels import Kernel, storm_of
from unstall.proof.policy import Version, policy_of
from unstall.proof.starvation import Liveness
from unstall.proof.verification import Answer, Verification
from unstall.proof.walk import PASSES, walk

SETTINGS = replace(STORM.settings, seconds=2.0)
"""A storm of dying workers, long enough for a stall to stand out from a pass, short enough not to be waited for."""

OWN_MODEL = "own model"
_STARVED_ROW = PASSES // 10


@dataclass(frozen=True, slots=True)
class Row:
    """One execution: one version under one kernel's rule."""

    version: str
    """``before`` or ``after``."""
    kernel: Kernel
    mode: str
    """``simulated`` or ``real``: the reference master; ``model``: the loop's own model."""
    handling: str
    """The policy that the master ran with."""
    passes: int
    janitor: int
    """Passes on which the janitor ran; of the loop's own model, those on which every stage owed could."""
    gap: float
    """The longest that messages went unread, in seconds; of the model, its ready stages unserved, in passes."""
    starved: bool
    """Whether that is beyond what any pass takes."""
    empty_reads: int
    """Reads of what nothing had filled."""
    spurious_spawns: int
    early_timeouts: int
    """Interrupts that passed for timeouts."""

    @property
    def share(self) -> float:
        """The janitor's share of the passes."""
        return self.janitor / max(self.passes, 1)


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that the proof says, and whether the rows show it."""

    text: str
    shown: bool


@dataclass(frozen=True)
class Execution:
    """Before and after, executed."""

    rows: tuple[Row, ...]
    claims: tuple[Claim, ...]
    """What the verdict rests on, as far as it can be executed."""
    possible: tuple[Claim, ...]
    """What the proof says can happen, besides; an execution needn't meet with it."""
    swaps_mask: bool
    """Whether the wait lets signals in, in either version; the kernels' rules make no difference otherwise."""

    @property
    def confirmed(self) -> bool:
        """Whether the rows show all that the verdict rests on."""
        return bool(self.rows) and all(claim.shown for claim in self.claims)


def execute(found: Verification, real: bool = False) -> Execution | None:
    """Execute both versions under both kernels; with ``real``, the real master, too, on this machine.

    None where a version has no model to take a policy from. Raises `MasterError` where the real master can't run.
    """
    if found.old is None or found.new is None:
        return None
    storm = storm_of(found.fact)
    rows = [
        row
        for version, loop in (("before", found.old), ("after", found.new))
        for row in _rows(version, loop, storm, real)
    ]
    rows.sort(key=lambda row: (row.mode == "real", list(Kernel).index(row.kernel)))
    claims = _Claims(found, tuple(rows))
    return Execution(
        tuple(rows), tuple(claims.needed()), tuple(claims.possible()), found.old.swaps_mask or found.new.swaps_mask
    )


def _rows(version: str, loop: Version, storm: tuple[Run, ...], real: bool) -> Iterator[Row]:
    policy = policy_of(loop, storm)
    for kernel in Kernel:
        if policy is None:
            yield _walked(version, loop, kernel, storm)
            continue
        rule = kernel if loop.swaps_mask else Kernel.READY_FIRST
        for simulate in (True, False) if real else (True,):
            yield _measured(version, kernel, _run(policy, KernelRule(rule.value), simulate))


@cache
def _run(policy: Policy, rule: KernelRule, simulate: bool) -> RunResult:
    (result,) = compare([policy], [rule], SETTINGS, simulate=simulate)
    return result


def _measured(version: str, kernel: Kernel, result: RunResult) -> Row:
    counts = result.counts
    return Row(
        version,
        kernel,
        result.mode,
        result.policy.value,
        counts.passes,
        result.stage("janitor").runs,
        result.stage("messages").longest_gap,
        "messages" in result.starved,
        counts.empty_reads,
        counts.spurious_spawns,
        counts.faked_timeouts,
    )


def _walked(version: str, loop: Version, kernel: Kernel, storm: tuple[Run, ...]) -> Row:
    idle, busy = (walk(loop, kernel, storm, something) for something in (False, True))
    worst = min(idle, busy, key=lambda one: one.completed)
    row = busy.longest_row
    stale = idle.stale_reads + busy.stale_reads
    return Row(version, kernel, "model", OWN_MODEL, worst.passes, worst.completed, row, row > _STARVED_ROW, stale, 0, 0)


@dataclass(frozen=True)
class _Claims:
    """What the proof says, held against the rows."""

    found: Verification
    rows: tuple[Row, ...]

    def needed(self) -> Iterator[Claim]:
        """What the verdict rests on."""
        for row in self.rows:
            yield self._unconditional(row)
            if not self._can_starve(row, owed=False):
                yield Claim(f"{_place(row)}: messages are read in time", not row.starved or not self._serves)
            elif row.version == "before":
                yield Claim(f"{_place(row)}: messages starve", row.starved)
            if row.version == "after":
                yield from self._after(row)
        yield from self._beyond()

    def possible(self) -> Iterator[Claim]:
        """What a patched loop can still come to."""
        for row in self.rows:
            if row.version == "after" and self._can_starve(row, owed=False):
                yield Claim(f"{_place(row)}: messages starve", row.starved)

    def _unconditional(self, row: Row) -> Claim:
        jumps = "detour" in self._kinds if row.version == "after" else bool(self.found.passed_by)
        if self._can_starve(row, owed=True) or jumps:
            return Claim(f"{_place(row)}: the janitor is passed over", row.janitor < row.passes)
        return Claim(f"{_place(row)}: the janitor runs on every pass", row.janitor == row.passes)

    def _after(self, row: Row) -> Iterator[Claim]:
        stale = row.empty_reads + row.spurious_spawns > 0
        if self.found.stale:
            yield Claim(f"{_place(row)}: something is read that nothing filled", stale)
        else:
            yield Claim(f"{_place(row)}: nothing is read that nothing filled", not stale)
        if "deadline" in self._kinds:
            yield Claim(f"{_place(row)}: a timeout is acted on early", row.early_timeouts > 0)

    def _beyond(self) -> Iterator[Claim]:
        """What speaks against a patch and no row can show."""
        starves = any(self._can_starve(row, owed=True) for row in self.rows if row.version == "after")
        shown = {"stale", "deadline", "detour"} | ({"stage"} if starves else set())
        for breach in self.found.breaches:
            if breach.kind not in shown:
                yield Claim(f"after: {breach.text}", False)
        if self.found.busy:
            yield Claim("after: the loop can go round without blocking", False)
        if self.found.answer is Answer.DOES_NOT_FIX and not starves and not self.found.breaches:
            yield Claim("after: the patch does not help", False)

    @cached_property
    def _kinds(self) -> frozenset[str]:
        return frozenset(breach.kind for breach in self.found.breaches)

    @cached_property
    def _serves(self) -> bool:
        """Whether the loop has stages that serve what is ready, as the master has."""
        return any(not report.stage.owed for report in self.found.stages)

    def _can_starve(self, row: Row, owed: bool) -> bool:
        verdicts = (
            (report.before if row.version == "before" else report.after).get(row.kernel)
            for report in self.found.stages
            if report.stage.owed is owed
        )
        return any(verdict is not None and verdict.liveness is Liveness.STARVES for verdict in verdicts)


def _place(row: Row) -> str:
    mode = " (real)" if row.mode == "real" else ""
    return f"{row.version}, {row.kernel.value}{mode}"
