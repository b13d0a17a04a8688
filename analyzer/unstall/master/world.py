"""The simulated world around the master: workers, clients, status pipes, and the agenda of what they do next.

Workers and clients run beside the master on processors of their own; only the master's own work takes the
master's time. Every source of chance is one seeded generator, so a run is a function of its settings.
"""

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from math import inf
from random import Random

from unstall.master.clients import ClientTally
from unstall.master.kernel import Endpoints, Kind, Message
from unstall.master.settings import Service, Settings

PIPE_CAPACITY = 65_536 // 8
"""Messages a status pipe holds: 64 KiB (pipe(7)), 8 bytes each as in the real mode. A writer blocks when it is full."""

Action = Callable[[float], None]
"""Something that happens at a given time."""


class World:
    """Agenda, chance, and the dead children that wait to be reaped.

    Clients draw from a generator of their own, so that the same clients come whatever the master does.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.rng = Random(settings.seed)
        self.hosts: list[Host] = []
        self.workers: dict[int, Worker] = {}
        self.dead: deque[int] = deque()
        self.sigchld = False
        """A SIGCHLD is pending. A second one changes nothing: standard signals do not queue (signal(7))."""
        self._agenda: list[tuple[float, int, Action]] = []
        self._order = count()
        self._pids = count(1000)

    def at(self, time: float, action: Action) -> None:
        """Put ``action`` on the agenda; those of one moment happen in the order they were put there."""
        heappush(self._agenda, (time, next(self._order), action))

    @property
    def next_time(self) -> float:
        """When the agenda's next action is due (infinity: it is empty)."""
        return self._agenda[0][0] if self._agenda else inf

    def run_until(self, time: float) -> None:
        """Let happen what is due by ``time``."""
        agenda = self._agenda
        while agenda and agenda[0][0] <= time:
            due, _, action = heappop(agenda)
            action(due)

    def open(self, service: Service) -> "Host":
        """A new service, whose clients begin to come."""
        host = Host(self, service, Endpoints(2 * len(self.hosts), 2 * len(self.hosts) + 1))
        self.hosts.append(host)
        return host

    def fork(self, host: "Host", at: float) -> "Worker":
        """A new worker, which looks for its first connection after the start-up time."""
        worker = Worker(next(self._pids), host)
        self.workers[worker.pid] = worker
        self.at(at + self.settings.costs.startup, worker.start)
        return worker

    def established(self, host: "Host") -> list[int]:
        """Workers that are busy since before the run began."""
        pids = []
        for _ in range(host.service.established):
            worker = Worker(next(self._pids), host)
            self.workers[worker.pid] = worker
            worker.retires_at = host.service.draw_lifetime(self.rng)
            worker.hold(0.0, host.service.clients.draw_session(self.rng))
            pids.append(worker.pid)
        return pids


class Host:
    """A service in the world: its queue of connections, its idle workers, its status pipe, its clients."""

    def __init__(self, world: World, service: Service, ends: Endpoints) -> None:
        self.world = world
        self.service = service
        self.ends = ends
        self.queue: deque[Client] = deque()
        self.idle: dict[int, Worker] = {}
        self.messages: deque[Message] = deque()
        self.blocked: deque[tuple[Worker, Message, Action]] = deque()
        self.tally = ClientTally(service.name, world.settings.seconds)
        self.rng = Random(f"{world.settings.seed} {service.name}")
        self._expect_client(0.0)
        for _ in range(service.clients.returning):
            world.at(service.clients.begin, self.client_returns)

    def write(self, worker: "Worker", kind: Kind, at: float, then: Action) -> None:
        """A worker writes to the status pipe and goes on with ``then``: at once, or when there is room again."""
        message = Message(worker.pid, kind)
        if len(self.messages) < PIPE_CAPACITY:
            self.messages.append(message)
            then(at)
        else:
            self.blocked.append((worker, message, then))

    def read(self, at: float) -> list[Message]:
        """The master takes all that the pipe holds; blocked writers go on."""
        batch = list(self.messages)
        self.messages.clear()
        while self.blocked and len(self.messages) < PIPE_CAPACITY:
            worker, message, then = self.blocked.popleft()
            if not worker.dead:
                self.messages.append(message)
                then(at)
        return batch

    def _expect_client(self, after: float) -> None:
        time = self.service.clients.next_arrival(after, self.rng)
        if time < self.world.settings.seconds:
            self.world.at(time, self._client_connects)

    def client_returns(self, at: float) -> None:
        """One of the clients that keep coming back does so, unless their time is over."""
        if at < min(self.service.clients.end, self.world.settings.seconds):
            self._connect(Client(self, at, returns=True), at)

    def _client_connects(self, at: float) -> None:
        self._expect_client(at)
        self._connect(Client(self, at, returns=False), at)

    def _connect(self, client: "Client", at: float) -> None:
        self.tally.came(at)
        if self.idle:
            pid = next(iter(self.idle))  # the one that has waited longest
            self.idle.pop(pid).serve(client, at)
        elif len(self.queue) < self.service.backlog:
            self.queue.append(client)
            client.wait_patiently()
        else:
            self.tally.refused += 1


class Client:
    """A connection from somebody who wants to be greeted, and gives up after a while."""

    __slots__ = ("gone", "greeted", "host", "returns", "session", "since")

    def __init__(self, host: Host, at: float, returns: bool) -> None:
        self.host = host
        self.returns = returns
        self.since = at
        self.greeted = False
        self.gone = False
        self.session = host.service.clients.draw_session(host.rng)

    def wait_patiently(self) -> None:
        """Queue, but not for ever."""
        patience = self.since + self.host.service.clients.patience
        if patience < self.host.world.settings.seconds:
            self.host.world.at(patience, self._give_up)

    def _give_up(self, at: float) -> None:
        if not self.greeted:
            self.gone = True
            self.host.tally.timed_out += 1
            if self.returns:
                self.host.client_returns(at)

    def greet(self, at: float) -> float:
        """A worker answers; how long the session will last. A connection whose client has gone is at its end."""
        if self.gone:
            return 0.0
        self.greeted = True
        if at < self.host.world.settings.seconds:
            self.host.tally.served(self.since, at)
        if self.returns:
            self.host.world.at(at + self.session, self.host.client_returns)
        return self.session


class Worker:
    """A worker process: takes connections, says so, and dies of old age, of use, or of SIGTERM."""

    __slots__ = ("dead", "host", "pid", "retires_at", "uses")

    def __init__(self, pid: int, host: Host) -> None:
        self.pid = pid
        self.host = host
        self.uses = 0
        self.retires_at = 0.0
        self.dead = False

    def start(self, at: float) -> None:
        """Begin to look for connections."""
        self.retires_at = at + self.host.service.draw_lifetime(self.host.world.rng)
        self.host.world.at(self.retires_at, self._retire)
        self._look(at)

    def serve(self, client: Client, at: float) -> None:
        """Take a connection: tell the master, greet, stay until the client leaves."""
        write = self.host.write

        def greet(at: float) -> None:
            self.hold(at, client.greet(at))

        write(self, Kind.UNAVAILABLE, at, lambda at: write(self, Kind.CONNECTION, at, greet))

    def hold(self, at: float, session: float) -> None:
        """Answer a connected client's requests for the length of its session."""
        seconds = self.host.world.settings.seconds
        answered = int((min(at + session, seconds) - at) / self.host.service.clients.think)
        self.host.tally.answered(max(0, answered), 0.0)  # nothing stands between a worker and its client
        if at + session < seconds:
            self.host.world.at(at + session, self._done)

    def _look(self, at: float) -> None:
        if self.dead:
            return
        if self.host.queue:
            self.serve(self.host.queue.popleft(), at)
        else:
            self.host.idle[self.pid] = self

    def _done(self, at: float) -> None:
        if self.dead:
            return
        self.uses += 1
        if self.uses >= self.host.service.uses or at >= self.retires_at:
            self.die()
        else:
            self.host.write(self, Kind.AVAILABLE, at, self._look)

    def _retire(self, at: float) -> None:
        if self.host.idle.pop(self.pid, None) is not None:
            self.host.write(self, Kind.UNAVAILABLE, at, lambda _: self.die())

    def die(self) -> None:
        """Become a zombie, and send the master SIGCHLD."""
        world = self.host.world
        self.dead = True
        self.host.idle.pop(self.pid, None)
        world.dead.append(self.pid)
        world.sigchld = True
