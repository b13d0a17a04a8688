"""What a run of the reference master is asked to do: services, clients, events, costs, and the bounds.

All times are seconds, all rates are per second. ``Settings.check`` and ``Settings.check_real`` reject what
can't be run, with a sentence for the user, before anything is forked or opened.
"""

import math
from dataclasses import dataclass, fields
from enum import StrEnum
from random import Random


class MasterError(Exception):
    """The run can't be done as asked; the message is for the user."""


class Policy(StrEnum):
    """How the master's loop handles an interrupted wait; ``policies.py`` has one function for each."""

    RESTART = "restart"
    RETRY = "retry"
    FALL_THROUGH = "fall-through"
    AS_TIMEOUT = "as-timeout"
    NO_EVENT = "no-event"
    BOUNDED_REPOLL = "bounded-repoll"
    REPOLL = "repoll"


class KernelRule(StrEnum):
    """What a mask-swapping wait looks at first: its descriptors, or pending signals."""

    READY_FIRST = "ready-first"
    """Linux and FreeBSD: descriptors first, EINTR only where none is ready."""
    SIGNAL_FIRST = "signal-first"
    """illumos and Solaris (pollsys, under pselect and ppoll): a pending signal the mask lets in comes first."""


@dataclass(frozen=True, slots=True)
class Clients:
    """New clients of one service, between ``begin`` and ``end``: a Poisson stream, and some that keep coming back."""

    rate: float = 0.0
    """Mean number of clients that connect in a second."""
    returning: int = 0
    """Clients that connect again whenever their session has ended, as a mail queue does with its deliveries."""
    begin: float = 0.0
    end: float = math.inf
    session: float = 1.0
    """Mean length of a session, exponentially distributed; the client ends it."""
    think: float = 0.2
    """Time between two requests of a connected client."""
    patience: float = 30.0
    """A client that nobody has greeted after this time gives up."""

    @property
    def any(self) -> bool:
        """Whether there are clients at all."""
        return self.rate > 0 or self.returning > 0

    def next_arrival(self, after: float, rng: Random) -> float:
        """When the next client of the stream after time ``after`` connects (infinity: none will)."""
        if self.rate == 0:
            return math.inf
        at = max(after, self.begin) + rng.expovariate(self.rate)
        return at if at < self.end else math.inf

    def draw_session(self, rng: Random) -> float:
        """Length of one session."""
        return rng.expovariate(1.0 / self.session) if self.session else 0.0


@dataclass(frozen=True, slots=True)
class Service:
    """One service: a listening socket and the workers that the master keeps for it."""

    name: str
    desired: int
    """Ready workers the master aims at; 0 spawns on demand only."""
    maximum: int
    """Active workers (ready and busy) it never exceeds."""
    uses: int = 250
    """Connections after which a worker exits."""
    lifetime: float = 60.0
    """A worker takes no new connection after a time drawn evenly from (0, lifetime]: short means a high fork rate."""
    clients: Clients = Clients()
    established: int = 0
    """Sessions under way, and so busy workers, when the run begins (simulated mode only)."""
    backlog: int = 128
    """Connections the listening socket queues."""

    def draw_lifetime(self, rng: Random) -> float:
        """How long one worker takes connections."""
        return self.lifetime * (1.0 - rng.random())


@dataclass(frozen=True, slots=True)
class Event:
    """A scheduled event: due every ``period`` seconds. The master runs it from its idea of the time."""

    name: str
    period: float


@dataclass(frozen=True, slots=True)
class Signals:
    """SIGCHLDs from outside, ``rate`` per second, evenly spaced between ``begin`` and ``end``.

    A storm that does not depend on what the master does, unlike that of its own dying workers. With a rate
    beyond what the master's system calls take, a signal is pending at every wait: the adversary of the
    executable model, which may interrupt at will.
    """

    rate: float = 0.0
    begin: float = 0.0
    end: float = math.inf


@dataclass(frozen=True, slots=True)
class Costs:
    """Processor time the simulated master spends on each operation, seconds.

    The defaults are of the order measured with the real mode on a 2-core Linux 6.18 machine (Python's fork
    0.7 ms). ``startup`` is the worker's own: from its fork to its first look at the socket.
    """

    fork: float = 700e-6
    reap: float = 20e-6
    look: float = 5e-6
    read: float = 5e-6
    startup: float = 500e-6


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a run depends on, apart from policy and kernel rule: the same for every row of a comparison."""

    services: tuple[Service, ...]
    seconds: float = 5.0
    seed: int = 1
    events: tuple[Event, ...] = (Event("checkpoint", 0.25),)
    alarm_period: float = 0.1
    signals: Signals = Signals()
    costs: Costs = Costs()
    port: int = 0
    """Real mode: the first service's TCP port, the next one's is one more; 0 lets the system choose."""
    max_connections: int = 256
    """Real mode: clients connected at once; those beyond are not started, and counted."""

    @property
    def processes(self) -> int:
        """Most processes a run may have at once: every worker, the master, and the caller."""
        return sum(service.maximum for service in self.services) + 2

    def check(self) -> None:
        """Raise `MasterError` for what no mode can run."""
        if not self.services or not self.events:
            raise MasterError("at least one service and one scheduled event are needed")
        for part in (self, self.signals, self.costs, *self.events):
            _check_numbers(part)
        _require(0 < self.seconds <= MAX_SECONDS, f"seconds must be above 0 and at most {MAX_SECONDS}")
        _require(self.alarm_period > 0, "the alarms' period must be above 0")
        _require(self.costs.look > 0, "a look must cost something, or a busy loop would take no time")
        _require(0 <= self.port <= 65536 - len(self.services), f"port {self.port} is out of range")
        _require(self.signals.rate <= MAX_SIGNALS, f"at most {MAX_SIGNALS:,} signals a second")
        for event in self.events:
            _require(event.period > 0, f"event {event.name}: the period must be above 0")
        for service in self.services:
            _check_service(service)

    def check_real(self) -> None:
        """Raise `MasterError` for what the real mode refuses: it is bounded in time, processes and clients."""
        self.check()
        _require(self.seconds <= MAX_REAL_SECONDS, f"real mode runs for at most {MAX_REAL_SECONDS} s")
        _require(self.signals.rate <= MAX_REAL_RATE, f"real mode sends at most {MAX_REAL_RATE} signals/s")
        _require(1 <= self.max_connections <= 1024, "connections at once must be from 1 to 1024")
        _require(
            self.processes <= MAX_REAL_PROCESSES,
            f"{self.processes:,} processes asked for, real mode starts at most {MAX_REAL_PROCESSES}: "
            "ask for fewer workers, or --simulate",
        )
        for service in self.services:
            _require(not service.established, f"service {service.name}: established sessions are for --simulate")
            _require(
                service.clients.rate <= MAX_REAL_RATE,
                f"service {service.name}: real mode starts at most {MAX_REAL_RATE} clients/s",
            )


MAX_SECONDS = 86_400
MAX_SIGNALS = 10_000_000
MAX_REAL_SECONDS = 300
MAX_REAL_PROCESSES = 512
MAX_REAL_RATE = 1000


def _check_service(service: Service) -> None:
    name = f"service {service.name}: "
    _check_numbers(service)
    _check_numbers(service.clients)
    _require(service.maximum >= 1, name + "at least 1 worker is needed")
    _require(service.desired <= service.maximum, name + "more workers desired than the maximum allows")
    _require(service.established <= service.maximum, name + "more sessions under way than the maximum allows")
    _require(service.uses >= 1, name + "a worker needs at least 1 use")
    _require(service.lifetime > 0, name + "the lifetime must be above 0")
    _require(service.backlog >= 1, name + "the backlog must be at least 1")
    _require(service.clients.think > 0, name + "the time between requests must be above 0")
    _require(service.clients.patience > 0, name + "the clients' patience must be above 0")


def _check_numbers(part: object) -> None:
    """No number of a run is negative or NaN, and only an end may be infinite."""
    for item in fields(part):  # type: ignore[arg-type]
        value = getattr(part, item.name)
        if not isinstance(value, int | float):
            continue
        owner = type(part).__name__.lower()
        _require(not value < 0, f"{owner}: {item.name} is negative ({value:g})")
        _require(math.isfinite(value) or (item.name == "end" and value > 0), f"{owner}: {item.name} is {value}")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise MasterError(message)
