"""The simulated kernel: virtual time, and the two rules by which kernels meet a pending signal.

The master's own work costs what `Costs` says; while it works, and while it sleeps in a wait, the world goes on.
"""

import math
from collections.abc import Set
from errno import EINTR

from unstall.master.kernel import TIMED_OUT, Endpoints, Flags, Look, Message
from unstall.master.settings import KernelRule, Service, Settings
from unstall.master.world import Host, World


class SimulatedKernel:
    """A `Kernel` on virtual time. SIGTERM comes when the run's time is up."""

    def __init__(self, rule: KernelRule, settings: Settings) -> None:
        self.flags = Flags()
        self.world = World(settings)
        self._rule = rule
        self._costs = settings.costs
        self._now = 0.0
        self._busy = 0.0
        self._hosts: dict[str, Host] = {}
        self._by_status: dict[int, Host] = {}
        self._by_listener: dict[int, Host] = {}
        self._storm = Storm(settings)
        self._sigterm_came = False
        self.world.at(settings.seconds, self._sigterm)

    def clock(self) -> float:
        """Virtual seconds since the run began."""
        return self._now

    def cpu(self) -> float:
        """What the master's operations have cost."""
        return self._busy

    def open_service(self, service: Service) -> Endpoints:
        """A service of the world; its clients begin to come."""
        host = self.world.open(service)
        self._hosts[service.name] = host
        self._by_listener[host.ends.listener] = host
        self._by_status[host.ends.status] = host
        return host.ends

    def established(self, service: Service) -> list[int]:
        """Workers forked before the run began: they cost nothing now."""
        return self.world.established(self._hosts[service.name])

    def wait(self, watched: Set[int], timeout: float) -> Look:
        """pselect, under the kernel's rule."""
        self._spend(self._costs.look)
        self._sigterm_came = False  # if it came before, its handler has run before
        deadline = self._now + timeout
        if self._rule is KernelRule.SIGNAL_FIRST and self._take_signal():
            return Look(-1, EINTR, watched)
        while True:
            ready = self._readable(watched)
            if ready:
                return Look(len(ready), 0, ready)
            if self._take_signal() or self._sigterm_came:
                return Look(-1, EINTR, watched)
            if self._now >= deadline:
                return TIMED_OUT
            self._now = min(deadline, self.world.next_time, self._storm.next_time(self._now))
            self.world.run_until(self._now)

    def glance(self, watched: Set[int]) -> Look:
        """select with a zero timeout: SIGCHLD stays blocked, so nothing interrupts it."""
        self._spend(self._costs.look)
        ready = self._readable(watched)
        return Look(len(ready), 0, ready)

    def fork(self, service: Service) -> int | None:
        """A new worker."""
        self._spend(self._costs.fork)
        return self.world.fork(self._hosts[service.name], self._now).pid

    def reap(self) -> int | None:
        """The child that has been dead for longest."""
        self._spend(self._costs.reap)
        if not self.world.dead:
            return None
        pid = self.world.dead.popleft()
        del self.world.workers[pid]
        return pid

    def read(self, status: int) -> list[Message]:
        """All that the pipe holds."""
        self._spend(self._costs.read)
        return self._by_status[status].read(self._now)

    def unread(self, status: int) -> int:
        """Length of the pipe's contents."""
        return len(self._by_status[status].messages)

    def terminate(self, pid: int) -> None:
        """SIGTERM ends a worker at once."""
        worker = self.world.workers.get(pid)
        if worker is not None and not worker.dead:
            worker.die()

    def _spend(self, cost: float) -> None:
        self._now += cost
        self._busy += cost
        self.world.run_until(self._now)

    def _readable(self, watched: Set[int]) -> frozenset[int]:
        return frozenset(
            fd
            for fd in watched
            if (self._by_status[fd].messages if fd in self._by_status else self._by_listener[fd].queue)
        )

    def _take_signal(self) -> bool:
        """Deliver a pending SIGCHLD, if there is one: its handler sets the flag."""
        outside = self._storm.take(self._now)
        if not (outside or self.world.sigchld):
            return False
        self.world.sigchld = False
        self.flags.child = True
        return True

    def _sigterm(self, at: float) -> None:
        self.flags.terminate = True
        self._sigterm_came = True


class Storm:
    """Signals from outside, worked out rather than put on the agenda: there may be millions a second."""

    def __init__(self, settings: Settings) -> None:
        signals = settings.signals
        self._begin = signals.begin
        self._end = min(signals.end, settings.seconds)
        self._interval = 1.0 / signals.rate if signals.rate else math.inf
        self._taken = -1

    def take(self, now: float) -> bool:
        """Whether any came since the last one taken; takes them all, as signals don't queue."""
        latest = self._latest(now)
        if latest <= self._taken:
            return False
        self._taken = latest
        return True

    def next_time(self, now: float) -> float:
        """When the next one comes (infinity: never)."""
        if self._interval == math.inf:
            return math.inf
        time = self._begin + (self._latest(now) + 1) * self._interval
        return time if time < self._end else math.inf

    def _latest(self, now: float) -> int:
        """Number of the last signal that came by ``now``, from 0; -1: none has."""
        if self._interval == math.inf or now < self._begin:
            return -1
        elapsed = min(now, math.nextafter(self._end, 0.0)) - self._begin
        return int(elapsed / self._interval + 1e-6)  # a time from `next_time` must count in spite of rounding
