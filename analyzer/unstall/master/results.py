"""What a run of the master measured: plain immutable values, the same from both modes. Times are seconds."""

from dataclasses import dataclass
from typing import Literal

from unstall.master.settings import KernelRule, Policy

STAGES = ("schedule", "reap", "spawn", "wait", "messages", "spawn-on-demand", "clock", "janitor", "alarms")
"""The loop's stages, in the order in which a pass runs them."""

BINS = 300
"""Columns of a time line: a run's seconds are cut into as many equal parts."""

Mode = Literal["simulated", "real"]


@dataclass(frozen=True, slots=True)
class StageResult:
    """How often a stage ran, and for how long it did not although it had work.

    Most stages have work on every pass. The others have it only now and then: schedule while an event is
    due, messages while a status pipe holds some, spawn-on-demand while a connection waits at a listening
    socket that the master watches.
    """

    name: str
    runs: int
    longest_gap: float
    longest_gap_from: float
    """When the longest gap began."""
    mean_gap: float
    """The run's length over the number of intervals between its runs."""
    spent: float
    """Time inside the stage."""
    timeline: tuple[int, ...]
    """Runs in each of `BINS` equal parts of the run."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long the clients that were served had waited for their greeting."""

    median: float
    percentile_99: float
    worst: float


@dataclass(frozen=True, slots=True)
class ClientResult:
    """What the clients of one service met with."""

    service: str
    tried: int
    served: int
    refused: int
    """The listening socket's queue was full."""
    timed_out: int
    """Gave up unserved."""
    waiting: int
    """Unserved when the run ended."""
    skipped: int
    """Never started: as many clients as allowed were connected (real mode)."""
    latency: Latency | None
    """None where nobody was served."""
    requests: int
    """Requests of connected clients that were answered: those need a worker, and the master for nothing."""
    worst_request: float
    timeline: tuple[int, ...]
    """Clients greeted in each of `BINS` equal parts of the run."""
    denied_timeline: tuple[int, ...]
    """Clients that connected in each part and had not been greeted when the run ended."""

    @property
    def denied(self) -> int:
        """Clients that tried and got no service."""
        return self.refused + self.timed_out + self.waiting


@dataclass(frozen=True, slots=True)
class Counts:
    """The loop's own counters."""

    passes: int = 0
    completed: int = 0
    """Passes that reached the loop's end."""
    interrupts: int = 0
    """Waits that failed with EINTR or EAGAIN (the first of a pass; not those that a policy adds)."""
    faked_timeouts: int = 0
    """Interrupted waits that the loop went on from with r == 0: what acts on a timeout acts too early."""
    empty_reads: int = 0
    """Status pipes read because the results said so, with nothing in them: stale readiness."""
    spurious_spawns: int = 0
    """Workers spawned on demand by stale readiness, for a connection that was not there."""
    forks: int = 0
    fork_failures: int = 0
    events: int = 0
    """Scheduled events that ran."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """One run: one policy under one kernel rule."""

    policy: Policy
    kernel: KernelRule
    mode: Mode
    seed: int
    seconds: float
    counts: Counts
    stages: tuple[StageResult, ...]
    longest_pass: float
    cpu: float
    """Processor time of the master, not its workers'."""
    unread: int
    """Messages in the status pipes when time was up."""
    largest_table: int
    """Most entries of the child table at any time."""
    busiest: int
    """Most active workers that the alarms stage, which samples them, ever saw."""
    clients: tuple[ClientResult, ...]

    def stage(self, name: str) -> StageResult:
        """The stage of that name; KeyError where there is none."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise KeyError(name)

    @property
    def starved(self) -> tuple[str, ...]:
        """Stages that had work and were passed over for longer than ten of the longest passes take.

        A stage that runs on every pass never waits for longer than two.
        """
        return tuple(stage.name for stage in self.stages if stage.longest_gap > 10 * self.longest_pass)
