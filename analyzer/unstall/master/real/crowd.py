"""The clients of the real mode: one event loop of the caller's process that connects, asks, and leaves."""

import errno
import os
import selectors
import signal
import socket
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from multiprocessing.connection import Connection
from random import Random
from time import monotonic

from unstall.master.clients import ClientTally
from unstall.master.real.kernel import LOOPBACK
from unstall.master.results import ClientResult
from unstall.master.settings import Service, Settings

_REPORT_EVERY = 0.1


class Crowd:
    """Clients of every service, and the storm of signals from outside. Use as a context: it closes what it opened."""

    def __init__(self, settings: Settings, ports: dict[str, int], master: int) -> None:
        self.settings = settings
        self.selector = selectors.DefaultSelector()
        self.visitors: set[Visitor] = set()
        self._master = master
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._began = monotonic()
        self._streams = [_Stream(self, service, ports[service.name]) for service in settings.services]
        if settings.signals.rate:
            self.at(settings.signals.begin, self._signal)

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *exception: object) -> None:
        for visitor in list(self.visitors):
            visitor.leave()
        self.selector.close()

    def clock(self) -> float:
        """Seconds since the run began."""
        return monotonic() - self._began

    def at(self, time: float, action: Callable[[], None]) -> None:
        """Do something at a time."""
        heappush(self._agenda, (time, next(self._order), action))

    def run(self, progress: Callable[[float], None], master: Connection) -> None:
        """Come and go until the run's time is up, or the master has something to say, which is then bad news."""
        self.selector.register(master, selectors.EVENT_READ)
        reported = 0.0
        while (now := self.clock()) < self.settings.seconds:
            while self._agenda and self._agenda[0][0] <= now:
                heappop(self._agenda)[2]()
            if now - reported >= _REPORT_EVERY:
                reported = now
                progress(now)
            due = self._agenda[0][0] if self._agenda else self.settings.seconds
            timeout = min(due, self.settings.seconds, now + _REPORT_EVERY) - self.clock()
            for key, _ in self.selector.select(max(0.0, timeout)):
                if key.fileobj is master:
                    return
                key.data.read()

    def results(self) -> tuple[ClientResult, ...]:
        """What the clients of each service that has any met with."""
        return tuple(stream.tally.result() for stream in self._streams if stream.service.clients.any)

    def _signal(self) -> None:
        signals = self.settings.signals
        os.kill(self._master, signal.SIGCHLD)
        following = self.clock() + 1.0 / signals.rate
        if following < signals.end:
            self.at(following, self._signal)


class _Stream:
    """The clients of one service, as they arrive."""

    def __init__(self, crowd: Crowd, service: Service, port: int) -> None:
        self.crowd = crowd
        self.service = service
        self.address = (LOOPBACK, port)
        self.tally = ClientTally(service.name, crowd.settings.seconds)
        self._rng = Random(f"{crowd.settings.seed} {service.name}")
        self._expect(0.0)
        for _ in range(service.clients.returning):
            crowd.at(service.clients.begin, self.returns)

    def returns(self) -> None:
        """One of the clients that keep coming back does so, unless their time is over."""
        if self.crowd.clock() < self.service.clients.end:
            self._connect(returns=True)

    def _expect(self, after: float) -> None:
        arrival = self.service.clients.next_arrival(after, self._rng)
        if arrival < self.crowd.settings.seconds:
            self.crowd.at(arrival, lambda: self._arrive(arrival))

    def _arrive(self, scheduled: float) -> None:
        self._expect(scheduled)
        self._connect(returns=False)

    def _connect(self, returns: bool) -> None:
        session = self.service.clients.draw_session(self._rng)
        if len(self.crowd.visitors) >= self.crowd.settings.max_connections:
            self.tally.skipped += 1
        else:
            self.tally.came(self.crowd.clock())
            Visitor(self.crowd, self, session, returns)


class Visitor:
    """One client: connects, waits for its greeting, asks now and then, leaves."""

    def __init__(self, crowd: Crowd, stream: _Stream, session: float, returns: bool) -> None:
        self._crowd = crowd
        self._after = stream.returns if returns else None
        self._tally = stream.tally
        self._clients = stream.service.clients
        self._session = session
        self._greeted = False
        self._since = crowd.clock()
        self._asked = 0.0
        self._socket = socket.socket()
        self._socket.setblocking(False)
        if self._socket.connect_ex(stream.address) not in (0, errno.EINPROGRESS):
            self._tally.refused += 1
            self._socket.close()
            return
        crowd.visitors.add(self)
        crowd.selector.register(self._socket, selectors.EVENT_READ, self)
        crowd.at(self._since + self._clients.patience, self._give_up)

    def read(self) -> None:
        """The greeting, an answer, or the end."""
        now = self._crowd.clock()
        try:
            data = self._socket.recv(64)
        except BlockingIOError:
            return
        except ConnectionRefusedError:
            self._tally.refused += 1
            self.leave()
            return
        except OSError:
            data = b""  # reset: the worker died with the connection open
        if not data:
            self.leave()
        elif not self._greeted:
            self._greeted = True
            self._tally.served(self._since, now)
            self._crowd.at(now + self._session, self.leave)
            self._crowd.at(now + self._clients.think, self._ask)
        else:
            self._tally.answered(1, now - self._asked)
            self._crowd.at(now + self._clients.think, self._ask)

    def leave(self) -> None:
        """Close the connection; once is enough."""
        if self in self._crowd.visitors:
            self._crowd.visitors.remove(self)
            self._crowd.selector.unregister(self._socket)
            self._socket.close()
            if self._after is not None:
                self._crowd.at(self._crowd.clock(), self._after)

    def _ask(self) -> None:
        if self not in self._crowd.visitors:
            return
        self._asked = self._crowd.clock()
        try:
            self._socket.send(b"?")
        except OSError:
            self.leave()

    def _give_up(self) -> None:
        if not self._greeted and self in self._crowd.visitors:
            self._tally.timed_out += 1
            self.leave()
