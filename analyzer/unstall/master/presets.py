"""Loads to run the master under.

Each has these two services. *mail* is what people use: long sessions, a few workers kept ready. *delivery*
is the source of the high fork rate: workers that live for a few milliseconds. The master cares for both.
"""

from dataclasses import dataclass, replace
from math import inf

from unstall.master.settings import Clients, Costs, Event, MasterError, Service, Settings

WORKING_DAY = 8 * 3600.0


@dataclass(frozen=True, slots=True)
class Preset:
    """A named load and what it is for."""

    summary: str
    settings: Settings


def with_workers(service: Service, workers: int, fork_rate: float) -> Service:
    """``service`` with ``workers`` kept ready, whose deaths would make ``fork_rate`` forks/s to replace them.

    Lifetimes are drawn evenly from (0, lifetime], so their mean is half of it. A machine that can't fork so
    fast forks as fast as it can. Raises `MasterError` for numbers that make no sense.
    """
    if workers < 1:
        raise MasterError(f"{workers} workers: at least 1 is needed")
    if not 0 < fork_rate < inf:
        raise MasterError(f"a fork rate of {fork_rate:g}/s: it must be above 0 and finite")
    return replace(service, desired=workers, maximum=2 * workers, lifetime=2 * workers / fork_rate)


def fork_rate_of(service: Service) -> float:
    """The fork rate that `with_workers` was given."""
    return 2 * service.desired / service.lifetime


_MAIL = Service("mail", desired=4, maximum=60, clients=Clients(rate=8.0, session=2.0, patience=2.0))
_DELIVERY = Service("delivery", desired=24, maximum=48, uses=1)
_SIEVE = Service(  # nobody is kept ready: each worker is spawned on demand
    "sieve", desired=0, maximum=8, lifetime=1.0, clients=Clients(rate=2.0, session=0.1, patience=2.0)
)

STORM = Preset(
    "delivery workers that live up to 4 ms, while people connect to mail, and some to sieve",
    Settings(services=(_MAIL, with_workers(_DELIVERY, workers=24, fork_rate=12_000.0), _SIEVE)),
)

QUIET = Preset(
    "an ordinary evening: one new client a second, workers that live for minutes",
    Settings(
        services=(
            replace(_MAIL, clients=Clients(rate=1.0, session=20.0), lifetime=600.0),
            with_workers(_DELIVERY, workers=2, fork_rate=0.02),
        ),
        seconds=2000.0,
        events=(Event("checkpoint", 30.0),),
        alarm_period=10.0,
    ),
)


def _burst(name: str) -> Service:
    return Service(
        name,
        desired=6,
        maximum=60,
        uses=1,
        clients=Clients(returning=12, begin=60.0, end=240.0, session=0.02, patience=60.0),
    )


INCIDENT = Preset(
    "18,000 users: 17,000 are connected, more come in; short connections without a pause from 60 s to 240 s",
    # The report gives the number of users, the machine, and "usually at times with high fork rate". The rest is
    # assumed: sessions of a working day; ten new connections a second; four services with connections of 20 ms,
    # more than a large master on that machine can fork workers for (4 ms each). Four, because a stall ends by
    # itself when every status pipe is full: workers then block in write(2), none dies, no signal comes.
    Settings(
        services=(
            Service(
                "mail",
                desired=5,
                maximum=20_000,
                clients=Clients(rate=10.0, session=WORKING_DAY, think=30.0, patience=30.0),
                established=17_000,
                lifetime=WORKING_DAY,
            ),
            *(_burst(name) for name in ("delivery", "pop3", "pop3s", "http")),
        ),
        seconds=300.0,
        events=(Event("checkpoint", 10.0),),
        alarm_period=1.0,
        costs=Costs(fork=4e-3),
    ),
)

PRESETS: dict[str, Preset] = {"storm": STORM, "quiet": QUIET, "incident": INCIDENT}
