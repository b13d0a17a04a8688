"""The instruments on the master's loop: what each stage did, pass by pass, until time is up.

They observe and decide nothing. Memory is bounded whatever the run's length: counters and fixed time lines.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields

from unstall.master.kernel import Kernel
from unstall.master.results import BINS, STAGES, Counts, Mode, RunResult, StageResult
from unstall.master.settings import KernelRule, Policy, Settings
from unstall.master.table import Crew

Progress = Callable[[float], None]
"""Called now and then with the seconds of the run that are over."""

_PROGRESS_PASSES = 256


@dataclass(slots=True)
class Timeline:
    """Occurrences in each of `BINS` equal parts of a run."""

    seconds: float
    bins: list[int] = field(default_factory=lambda: [0] * BINS)

    def mark(self, begin: float, end: float, weight: int = 1) -> None:
        """Something went on from ``begin`` to ``end``; only what lies within the run is kept."""
        first = int(begin / self.seconds * BINS)
        last = min(int(end / self.seconds * BINS), BINS - 1)
        for part in range(first, last + 1):
            self.bins[part] += weight


@dataclass(slots=True)
class StageClock:
    """One stage's runs, and the longest time between two moments at which it was not behind with its work."""

    timeline: Timeline
    runs: int = 0
    spent: float = 0.0
    longest_gap: float = 0.0
    longest_gap_from: float = 0.0
    settled_at: float = 0.0

    def ran(self, begin: float, end: float) -> None:
        """The stage ran from ``begin`` to ``end``."""
        self.runs += 1
        self.spent += end - begin
        self.settled(begin)
        self.settled_at = end
        self.timeline.mark(begin, end)

    def settled(self, at: float) -> None:
        """At this moment the stage was seen to have no work, or began to do it."""
        if at - self.settled_at > self.longest_gap:
            self.longest_gap = at - self.settled_at
            self.longest_gap_from = self.settled_at
        self.settled_at = at


@dataclass(slots=True)
class Counters:
    """`Counts` while the run counts them."""

    passes: int = 0
    completed: int = 0
    interrupts: int = 0
    faked_timeouts: int = 0
    empty_reads: int = 0
    spurious_spawns: int = 0
    forks: int = 0
    fork_failures: int = 0
    events: int = 0

    def frozen(self) -> Counts:
        """The counts so far."""
        return Counts(**{item.name: getattr(self, item.name) for item in fields(self)})


class Meter:
    """All instruments of one run."""

    def __init__(self, kernel: Kernel, settings: Settings, progress: Progress | None = None) -> None:
        self.kernel = kernel
        self.seconds = settings.seconds
        self.counters = Counters()
        self.clocks = {name: StageClock(Timeline(settings.seconds)) for name in STAGES}
        self.busiest = 0
        self._progress = progress
        self._pass_began = 0.0
        self._longest_pass = 0.0
        self._closed: Counts | None = None
        self._cpu = 0.0
        self._unread = 0

    def pass_begins(self, crews: Iterable[Crew]) -> None:
        """Count a pass; on the first one after time is up, close the books."""
        now = self.kernel.clock()
        if self._closed is not None:
            return
        self._longest_pass = max(self._longest_pass, min(now, self.seconds) - self._pass_began)
        self._pass_began = now
        if now >= self.seconds:
            self._close(crews)
            return
        self.counters.passes += 1
        if self._progress is not None and self.counters.passes % _PROGRESS_PASSES == 0:
            self._progress(now)

    def ran(self, stage: str, begin: float, end: float) -> None:
        """A stage ran from ``begin`` to ``end``. The pass under way when time is up is counted whole."""
        if self._closed is None:
            self.clocks[stage].ran(min(begin, self.seconds), min(end, self.seconds))

    def settled(self, stage: str) -> None:
        """A stage has no work at this moment."""
        if self._closed is None:
            self.clocks[stage].settled(min(self.kernel.clock(), self.seconds))

    def result(self, policy: Policy, rule: KernelRule, mode: Mode, settings: Settings, largest_table: int) -> RunResult:
        """The run's figures. What its clients met with is not the master's to know: the caller adds it."""
        assert self._closed is not None, "the loop ends only after the run's time is up"
        return RunResult(
            policy=policy,
            kernel=rule,
            mode=mode,
            seed=settings.seed,
            seconds=settings.seconds,
            counts=self._closed,
            stages=tuple(self._stage(name, clock) for name, clock in self.clocks.items()),
            longest_pass=self._longest_pass,
            cpu=self._cpu,
            unread=self._unread,
            largest_table=largest_table,
            busiest=self.busiest,
            clients=(),
        )

    def _close(self, crews: Iterable[Crew]) -> None:
        self._closed = self.counters.frozen()
        self._cpu = self.kernel.cpu()
        self._unread = sum(self.kernel.unread(crew.ends.status) for crew in crews)
        for clock in self.clocks.values():
            clock.settled(self.seconds)

    def _stage(self, name: str, clock: StageClock) -> StageResult:
        return StageResult(
            name=name,
            runs=clock.runs,
            longest_gap=clock.longest_gap,
            longest_gap_from=clock.longest_gap_from,
            mean_gap=self.seconds / (clock.runs + 1),
            spent=clock.spent,
            timeline=tuple(clock.timeline.bins),
        )
