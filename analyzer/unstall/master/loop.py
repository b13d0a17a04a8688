"""The reference master: a process that listens for others, forks them, and keeps their books.

A master of this kind (Cyrus IMAP's, and many prefork servers') does not serve anybody. It holds a listening
socket for each service and a pool of workers that accept from it. Workers say over a status pipe whether
they are ready for a connection; the master counts, and forks a worker where too few are ready. While none is
ready, it watches the listening socket itself, and forks one when somebody knocks. Workers die, after so many
connections or of old age; SIGCHLD tells the master, which reaps them.

All of that happens in one loop around one wait::

    head   schedule          run the events that are due, as of the last known time
           reap              if SIGCHLD came: waitpid for every dead child
           spawn             fork workers until each service has the desired number ready
           wait              pselect on the status pipes, and the listening sockets of services with nobody ready
           messages          read the status pipes that are ready, account for what the workers say
           spawn-on-demand   fork one worker for each listening socket that is ready
           clock             what time is it: the schedule works from this
           janitor           forget children that are dead for long enough
           alarms            periodic duties, such as a monitoring agent's samples

SIGCHLD is blocked except inside the wait, so that none can slip in between the test of its flag and the wait,
which would then sleep with a dead child to reap. The price: a signal that comes while the master is busy forking
interrupts the next wait. Where the loop then starts over (`Policy.RESTART`), one pass's forks have begotten the
next pass's interrupt, and in a storm of short-lived workers no pass ever gets beyond the wait: nobody
reads that workers are busy, nobody sweeps, and time stands still. `policies.py` holds the alternatives.

The loop is the same in both modes: a simulated kernel or a real one stands behind `Kernel`.
"""

import heapq
from collections.abc import Callable, Set
from os import strerror
from typing import Concatenate, ParamSpec, TypeVar

from unstall.master.kernel import Kernel, Look
from unstall.master.metrics import Meter
from unstall.master.policies import Handler
from unstall.master.settings import MasterError, Settings
from unstall.master.table import ChildTable, Crew, State

P = ParamSpec("P")
R = TypeVar("R")


def stage(
    name: str,
) -> Callable[[Callable[Concatenate["Master", P], R]], Callable[Concatenate["Master", P], R]]:
    """Count and time a method as the stage ``name``; a run that returns False had nothing to do and is not counted."""

    def decorate(body: Callable[Concatenate["Master", P], R]) -> Callable[Concatenate["Master", P], R]:
        def timed(master: "Master", /, *args: P.args, **kwargs: P.kwargs) -> R:
            begin = master.kernel.clock()
            result = body(master, *args, **kwargs)
            if result is not False:
                master.meter.ran(name, begin, master.kernel.clock())
            return result

        return timed

    return decorate


class Master:
    """The process; `run` is its main loop."""

    def __init__(self, kernel: Kernel, settings: Settings, handler: Handler, meter: Meter) -> None:
        self.kernel = kernel
        self.flags = kernel.flags
        self.meter = meter
        self.count = meter.counters
        self.on_interrupt = handler
        self.table = ChildTable()
        self.crews = [Crew(service, kernel.open_service(service)) for service in settings.services]
        self.now = kernel.clock()
        self.events = settings.events
        self.due = [(self.now + event.period, number) for number, event in enumerate(settings.events)]
        heapq.heapify(self.due)
        self.alarm_period = settings.alarm_period
        self.next_alarm = self.now + settings.alarm_period
        self.stopping = False

    def run(self) -> None:
        """Keep the services manned until SIGTERM has come and every child is reaped."""
        self.adopt()
        while True:
            self.meter.pass_begins(self.crews)
            if self.flags.terminate and not self.stopping:
                self.shut_down()

            self.schedule()
            self.reap()
            self.spawn()
            if self.stopping and not any(crew.active for crew in self.crews):
                break

            look = self.wait(self.watched())
            if look is None:
                continue  # start over: nothing below runs on this pass
            if look.r == -1 and not look.interrupted:
                raise MasterError(f"the wait failed: {strerror(look.errno)}")

            self.messages(look)
            self.spawn_on_demand(look)
            self.clock()
            self.janitor()
            self.alarms()
            self.count.completed += 1

    def adopt(self) -> None:
        """Enter the workers that are busy with a session from before."""
        for crew in self.crews:
            for pid in self.kernel.established(crew.service):
                self.table.forked(pid, crew)
                self.table.children[pid].state = State.BUSY
                crew.ready -= 1

    def shut_down(self) -> None:
        """SIGTERM: no more workers from here on, and those that live are told to end."""
        self.stopping = True
        for pid in list(self.table.living()):
            self.kernel.terminate(pid)

    @stage("schedule")
    def schedule(self) -> bool:
        """Run the events due at `now`, which is the time of the last pass that got as far as `clock`."""
        if self.due[0][0] > self.kernel.clock():
            self.meter.settled("schedule")
        ran = False
        while self.due[0][0] <= self.now:
            _, number = self.due[0]
            heapq.heapreplace(self.due, (self.now + self.events[number].period, number))
            self.count.events += 1
            ran = True
        return ran

    @stage("reap")
    def reap(self) -> None:
        """Collect every dead child. The flag is cleared first: a child that dies from here on sets it anew."""
        if not self.flags.child:
            return
        self.flags.child = False
        while (pid := self.kernel.reap()) is not None:
            self.table.died(pid, self.kernel.clock())

    @stage("spawn")
    def spawn(self) -> None:
        """Fork workers for each service that has fewer ready than desired."""
        if self.stopping:
            return
        for crew in self.crews:
            for _ in range(crew.missing):
                self.fork(crew)

    def fork(self, crew: Crew) -> None:
        """Fork one worker and enter it in the books; a system without room for it is tried again next pass."""
        pid = self.kernel.fork(crew.service)
        if pid is None:
            self.count.fork_failures += 1
            return
        self.count.forks += 1
        self.table.forked(pid, crew)

    def watched(self) -> frozenset[int]:
        """The descriptors to wait for: every status pipe, and a listening socket while nobody is ready to accept."""
        pipes = {crew.ends.status for crew in self.crews}
        listeners = {crew.ends.listener for crew in self.crews if crew.wants_demand and not self.stopping}
        readable = self.kernel.glance(pipes | listeners).ready  # for the instruments; the loop makes no use of it
        if readable.isdisjoint(pipes):
            self.meter.settled("messages")
        if readable.isdisjoint(listeners):
            self.meter.settled("spawn-on-demand")
        return frozenset(pipes | listeners)

    @stage("wait")
    def wait(self, watched: Set[int]) -> Look | None:
        """Wait until the next event is due; None: interrupted, and the policy is to start over."""
        timeout = max(0.0, self.due[0][0] - self.now)
        look = self.kernel.wait(watched, timeout)
        if not look.interrupted:
            return look
        self.count.interrupts += 1
        after = self.on_interrupt(self.kernel, watched, timeout, look)
        if after is not None and after.r == 0:
            self.count.faked_timeouts += 1
        return after

    @stage("messages")
    def messages(self, look: Look) -> bool:
        """Read each status pipe that the wait reports, to its end, and account for what it says."""
        ran = False
        for crew in self.crews:
            if crew.ends.status not in look.ready:
                continue
            ran = True
            batch = self.kernel.read(crew.ends.status)
            if not batch:
                self.count.empty_reads += 1
            while batch:
                for message in batch:
                    self.table.told(message)
                batch = self.kernel.read(crew.ends.status)
        return ran

    @stage("spawn-on-demand")
    def spawn_on_demand(self, look: Look) -> bool:
        """Fork a worker for each service that somebody knocks at and nobody is ready for."""
        ran = False
        for crew in self.crews:
            if crew.ends.listener in look.ready and crew.wants_demand and not self.stopping:
                ran = True
                if look.interrupted and not self.kernel.glance({crew.ends.listener}).ready:
                    self.count.spurious_spawns += 1  # the wait reported nothing: this connection does not exist
                self.fork(crew)
        return ran

    @stage("clock")
    def clock(self) -> None:
        """Note the time. The schedule at the head of the loop works from it."""
        self.now = self.kernel.clock()

    @stage("janitor")
    def janitor(self) -> None:
        """Sweep the child table."""
        self.table.sweep(self.now)

    @stage("alarms")
    def alarms(self) -> None:
        """Periodic duties: here, what a monitoring agent would be told about the number of workers."""
        if self.now >= self.next_alarm:
            self.next_alarm = self.now + self.alarm_period
            self.meter.busiest = max(self.meter.busiest, sum(crew.active for crew in self.crews))
