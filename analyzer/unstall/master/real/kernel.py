"""The real kernel: Linux as it is, and Linux with illumos' order of checks."""

import array
import errno
import fcntl
import gc
import os
import signal
import socket
import termios
from collections.abc import Set
from time import monotonic, process_time
from types import FrameType
from typing import NamedTuple

from unstall.master.kernel import Endpoints, Flags, Kind, Look, Message
from unstall.master.real import syscalls
from unstall.master.real.worker import MESSAGE, become_worker
from unstall.master.settings import KernelRule, MasterError, Service, Settings

LOOPBACK = "127.0.0.1"


class _Open(NamedTuple):
    listener: socket.socket
    status: int
    report: int
    """The write end of the status pipe, for the workers."""


class LinuxKernel:
    """A `Kernel` of system calls. It takes over this process's signals and children, so the process is to be its own.

    ``inherited`` are descriptors of the process that workers are not to keep open.
    """

    def __init__(self, rule: KernelRule, settings: Settings, inherited: tuple[int, ...] = ()) -> None:
        self.flags = Flags()
        self._signal_first = rule is KernelRule.SIGNAL_FIRST
        self._settings = settings
        self._inherited = inherited
        self._services: dict[str, _Open] = {}
        self._children: set[int] = set()
        self._forks = 0
        signal.signal(signal.SIGCHLD, self._on_child)
        signal.signal(signal.SIGTERM, self._on_terminate)
        outside = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        self._mask_in_wait = syscalls.signal_set(outside - {signal.SIGCHLD})
        gc.freeze()  # what exists by now stays: no collection that touches, and so copies, the pages children share
        self._began = monotonic()
        self._cpu_began = process_time()

    def start(self) -> None:
        """Set the clock to 0: the run begins."""
        self._began = monotonic()
        self._cpu_began = process_time()

    def clock(self) -> float:
        """CLOCK_MONOTONIC since the run began."""
        return monotonic() - self._began

    def cpu(self) -> float:
        """User and system time of this process."""
        return process_time() - self._cpu_began

    def open_service(self, service: Service) -> Endpoints:
        """Listen on the loopback interface, and make a status pipe that is non-blocking at the master's end."""
        port = self._settings.port and self._settings.port + len(self._services)
        listener = socket.socket()
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((LOOPBACK, port))
            listener.listen(service.backlog)
            listener.setblocking(False)
        except OSError as error:
            listener.close()
            raise MasterError(f"can't listen on port {port} for {service.name}: {error.strerror}") from error
        status, report = os.pipe()
        os.set_blocking(status, False)
        self._services[service.name] = _Open(listener, status, report)
        ends = Endpoints(listener.fileno(), status)
        if max(ends) >= syscalls.FD_SETSIZE:
            raise MasterError(f"too many open files for select: descriptor {max(ends)}")
        return ends

    def ports(self) -> dict[str, int]:
        """The TCP port of each service."""
        return {name: opened.listener.getsockname()[1] for name, opened in self._services.items()}

    def established(self, service: Service) -> list[int]:
        """None: a real run begins with no sessions (`Settings.check_real`)."""
        return []

    def wait(self, watched: Set[int], timeout: float) -> Look:
        """pselect. Signal-first asks beforehand whether a signal is pending, as pollsys does on illumos."""
        if self._signal_first and syscalls.pending_signal(self._mask_in_wait):
            return Look(-1, errno.EINTR, watched)
        return syscalls.pselect(watched, timeout, self._mask_in_wait)

    def glance(self, watched: Set[int]) -> Look:
        """select with a zero timeout."""
        return syscalls.select_now(watched)

    def fork(self, service: Service) -> int | None:
        """fork(2), the worker's body following in the child; None where the system has no room (EAGAIN, ENOMEM)."""
        self._forks += 1
        opened = self._services[service.name]
        master = os.getpid()
        # a SIGTERM that finds the child still with the master's handler would be lost: hold it back meanwhile
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        try:
            pid = os.fork()
            if pid == 0:
                unneeded = (*(item.status for item in self._services.values()), *self._inherited)
                seed = f"{self._settings.seed} {self._forks}"
                become_worker(service, seed, master, opened.listener, opened.report, unneeded)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.ENOMEM):
                return None
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        self._children.add(pid)
        return pid

    def reap(self) -> int | None:
        """waitpid for any child, without blocking."""
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return None
        if pid == 0:
            return None
        self._children.discard(pid)
        return pid

    def read(self, status: int) -> list[Message]:
        """read(2) of as many messages as a page holds."""
        try:
            data = os.read(status, 4096)
        except BlockingIOError:
            return []
        return [Message(pid, Kind(kind)) for pid, kind in MESSAGE.iter_unpack(data)]

    def unread(self, status: int) -> int:
        """FIONREAD of the pipe, in messages."""
        waiting = array.array("i", [0])
        fcntl.ioctl(status, termios.FIONREAD, waiting)
        return waiting[0] // MESSAGE.size

    def terminate(self, pid: int) -> None:
        """SIGTERM to a worker."""
        self._kill(pid, signal.SIGTERM)

    def close(self) -> None:
        """Kill and reap every child, close every descriptor. Safe to call at any point, also after a failure."""
        for pid in self._children:
            self._kill(pid, signal.SIGKILL)
        while self._children:
            try:
                pid, _ = os.waitpid(-1, 0)
            except ChildProcessError:
                break
            self._children.discard(pid)
        for opened in self._services.values():
            opened.listener.close()
            os.close(opened.status)
            os.close(opened.report)
        self._services.clear()

    def _kill(self, pid: int, number: signal.Signals) -> None:
        if pid in self._children:  # not reaped yet, so the pid is still that child's
            os.kill(pid, number)

    def _on_child(self, number: int, frame: FrameType | None) -> None:
        self.flags.child = True

    def _on_terminate(self, number: int, frame: FrameType | None) -> None:
        self.flags.terminate = True
