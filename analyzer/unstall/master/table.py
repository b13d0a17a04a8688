"""The master's books: which children it has, and how many workers of each service are ready or active.

A worker's state changes by three things only: its fork, its messages, its death. The master never looks at
a worker to learn whether it is busy, so where messages go unread, the books are wrong: workers that serve
somebody are still counted as ready, and nobody spawns more.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from unstall.master.kernel import Endpoints, Kind, Message
from unstall.master.settings import Service

ECHO_TIME = 2.0
"""How long a dead child's entry is kept, seconds: messages it wrote may still be in the pipe."""


class State(Enum):
    """A child as the books have it."""

    READY = auto()
    BUSY = auto()
    DEAD = auto()


@dataclass(slots=True)
class Crew:
    """A service at the master: its descriptors and the count of its workers."""

    service: Service
    ends: Endpoints
    ready: int = 0
    """Workers believed to wait for a connection."""
    active: int = 0
    """Workers believed to live."""

    @property
    def wants_demand(self) -> bool:
        """Whether the listening socket is to be watched: nobody is ready to take a connection, and there is room."""
        return self.ready == 0 and self.active < self.service.maximum

    @property
    def missing(self) -> int:
        """Workers to spawn now to have the desired number ready."""
        return max(0, min(self.service.desired - self.ready, self.service.maximum - self.active))


@dataclass(slots=True)
class Child:
    """An entry of the child table."""

    pid: int
    crew: Crew
    state: State = State.READY


@dataclass(slots=True)
class ChildTable:
    """Children by pid, the dead ones among them until the janitor sweeps them out."""

    children: dict[int, Child] = field(default_factory=dict)
    largest: int = 0
    """Most entries at any time: grows without bound where the janitor never runs."""
    _dead: deque[tuple[float, Child]] = field(default_factory=deque)

    def forked(self, pid: int, crew: Crew) -> None:
        """A new worker: ready until it says otherwise."""
        self.children[pid] = Child(pid, crew)
        self.largest = max(self.largest, len(self.children))
        crew.ready += 1
        crew.active += 1

    def told(self, message: Message) -> None:
        """Account for a worker's message."""
        child = self.children.get(message.pid)
        if child is None:  # the janitor has swept it out
            return
        crew = child.crew
        match message.kind, child.state:
            case Kind.AVAILABLE, State.BUSY:
                child.state = State.READY
                crew.ready += 1
            case ((Kind.UNAVAILABLE | Kind.CONNECTION), State.READY):
                child.state = State.BUSY
                crew.ready -= 1

    def died(self, pid: int, at: float) -> None:
        """A child was reaped; its entry waits for the janitor."""
        child = self.children.get(pid)
        if child is None or child.state is State.DEAD:
            return
        child.crew.active -= 1
        if child.state is State.READY:
            child.crew.ready -= 1
        child.state = State.DEAD
        self._dead.append((at + ECHO_TIME, child))

    def sweep(self, now: float) -> None:
        """The janitor's work: forget the dead whose last messages must have come by ``now``."""
        while self._dead and self._dead[0][0] <= now:
            _, child = self._dead.popleft()
            if self.children.get(child.pid) is child:  # else the pid is a younger child's by now
                del self.children[child.pid]

    def living(self) -> Iterator[int]:
        """Pids of the children not known to be dead."""
        return (pid for pid, child in self.children.items() if child.state is not State.DEAD)
