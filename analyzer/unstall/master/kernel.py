"""The kernel as the master sees it: a dozen calls, which are all that the two modes don't share.

`simulated.SimulatedKernel` answers them in virtual time; `real.kernel.LinuxKernel` with system calls.
"""

from collections.abc import Set
from dataclasses import dataclass
from enum import IntEnum
from errno import EAGAIN, EINTR
from typing import NamedTuple, Protocol

from unstall.master.settings import Service

NOTHING: frozenset[int] = frozenset()


class Look(NamedTuple):
    """What a wait came back with: select's return value, errno, and the descriptor set as the call left it."""

    r: int
    """Number of ready descriptors; 0 after a timeout; -1 after a failure."""
    errno: int
    ready: Set[int]
    """After a failure this is what was asked for, untouched (POSIX): it says *ready* for every descriptor."""

    @property
    def interrupted(self) -> bool:
        """EINTR, or the EAGAIN that some systems return instead."""
        return self.r == -1 and self.errno in (EINTR, EAGAIN)


TIMED_OUT = Look(0, 0, NOTHING)


class Kind(IntEnum):
    """What a worker tells the master over its status pipe."""

    AVAILABLE = 1
    """Done with a connection, ready for the next."""
    UNAVAILABLE = 2
    """No longer ready: it took a connection, or is about to exit."""
    CONNECTION = 3
    """One more connection is being served."""


class Message(NamedTuple):
    """One worker's message: who, and what."""

    pid: int
    kind: Kind


@dataclass(slots=True)
class Flags:
    """What the signal handlers leave for the loop, which tests and clears it: they do nothing else."""

    child: bool = False
    """SIGCHLD came: a child is dead."""
    terminate: bool = False
    """SIGTERM came: shut down."""


class Endpoints(NamedTuple):
    """A service's two descriptors at the master: its listening socket, the read end of its status pipe."""

    listener: int
    status: int


class Kernel(Protocol):
    """The calls of the master's loop. SIGCHLD is blocked, except inside `wait`; SIGTERM never is."""

    flags: Flags

    def clock(self) -> float:
        """Seconds since the run began, monotonic."""

    def cpu(self) -> float:
        """Processor time the master has used since the run began, its children's not counted."""

    def open_service(self, service: Service) -> Endpoints:
        """Listen for a service's connections and make the status pipe of its workers."""

    def established(self, service: Service) -> list[int]:
        """Pids of the workers that are busy with a session when the run begins."""

    def wait(self, watched: Set[int], timeout: float) -> Look:
        """pselect(2): let SIGCHLD in, wait for a readable descriptor at most ``timeout`` seconds, block it."""

    def glance(self, watched: Set[int]) -> Look:
        """select(2) with a zero timeout: look at once, the signal mask left alone."""

    def fork(self, service: Service) -> int | None:
        """Start a worker; its pid, or None where the system has no room for one."""

    def reap(self) -> int | None:
        """waitpid(2) with WNOHANG: the pid of a dead child, or None when there is none."""

    def read(self, status: int) -> list[Message]:
        """Read what a status pipe holds; empty where it holds nothing (EAGAIN)."""

    def unread(self, status: int) -> int:
        """Messages in a status pipe, left there: for the instruments, not for the loop."""

    def terminate(self, pid: int) -> None:
        """kill(2) with SIGTERM."""
