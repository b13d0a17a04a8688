"""What becomes of the clients, counted: by the simulated world, and by the real mode's crowd."""

from dataclasses import dataclass, field

from unstall.master.metrics import Timeline
from unstall.master.results import ClientResult, Latency


@dataclass(slots=True)
class ClientTally:
    """The clients of one service."""

    service: str
    seconds: float
    tried: int = 0
    refused: int = 0
    timed_out: int = 0
    skipped: int = 0
    requests: int = 0
    worst_request: float = 0.0
    latencies: list[float] = field(default_factory=list)
    _served: Timeline = field(init=False)
    _unserved: Timeline = field(init=False)

    def __post_init__(self) -> None:
        self._served = Timeline(self.seconds)
        self._unserved = Timeline(self.seconds)

    def came(self, at: float) -> None:
        """A client connects."""
        self.tried += 1
        self._unserved.mark(at, at)

    def served(self, since: float, at: float) -> None:
        """A client that had connected at ``since`` was greeted by a worker."""
        self.latencies.append(at - since)
        self._served.mark(at, at)
        self._unserved.mark(since, since, -1)

    def answered(self, requests: int, delay: float) -> None:
        """Connected clients had requests answered, each after ``delay`` at most."""
        self.requests += requests
        self.worst_request = max(self.worst_request, delay)

    def result(self) -> ClientResult:
        """The figures."""
        served = len(self.latencies)
        return ClientResult(
            service=self.service,
            tried=self.tried,
            served=served,
            refused=self.refused,
            timed_out=self.timed_out,
            waiting=self.tried - served - self.refused - self.timed_out,
            skipped=self.skipped,
            latency=_latency(sorted(self.latencies)),
            requests=self.requests,
            worst_request=self.worst_request,
            timeline=tuple(self._served.bins),
            denied_timeline=tuple(self._unserved.bins),
        )


def _latency(ascending: list[float]) -> Latency | None:
    if not ascending:
        return None
    last = len(ascending) - 1
    return Latency(ascending[round(0.5 * last)], ascending[round(0.99 * last)], ascending[last])
