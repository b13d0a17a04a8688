"""A worker process of the real mode: accepts, greets, answers, reports, and exits."""

import os
import signal
import struct
from collections.abc import Iterable
from contextlib import suppress
from random import Random
from select import POLLIN, poll
from socket import socket
from time import monotonic

from unstall.master.kernel import Kind
from unstall.master.real.syscalls import die_with_parent
from unstall.master.settings import Service

MESSAGE = struct.Struct("=ii")
"""A message on a status pipe: pid and kind. Far below PIPE_BUF, so that no two workers' messages mix (pipe(7))."""

GREETING = b"*"


def become_worker(
    service: Service, seed: str, master: int, listener: socket, status: int, to_close: Iterable[int]
) -> None:
    """Never returns: the body of a freshly forked child, whose parent is the process ``master``."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        die_with_parent(master)
        for fd in to_close:
            os.close(fd)
        _serve(service, Random(seed), listener, status)
    except OSError:
        pass  # the master's end of the pipe is closed: the run is over
    finally:
        os._exit(0)


def _serve(service: Service, rng: Random, listener: socket, status: int) -> None:
    me = os.getpid()
    retires_at = monotonic() + service.draw_lifetime(rng)
    for _ in range(service.uses):
        connection = _accept(listener, retires_at)
        os.write(status, MESSAGE.pack(me, Kind.UNAVAILABLE))
        if connection is None:
            return
        os.write(status, MESSAGE.pack(me, Kind.CONNECTION))
        with connection, suppress(ConnectionError):  # a client that has gone is a session that ended
            connection.sendall(GREETING)
            while request := connection.recv(64):
                connection.sendall(request)
        if monotonic() >= retires_at:
            return
        os.write(status, MESSAGE.pack(me, Kind.AVAILABLE))


def _accept(listener: socket, until: float) -> socket | None:
    """A connection, or None when the time is up. The socket is non-blocking: another worker may be quicker."""
    waiter = poll()
    waiter.register(listener, POLLIN)
    while (left := until - monotonic()) > 0:
        if not waiter.poll(left * 1000):
            continue
        with suppress(BlockingIOError):
            connection, _ = listener.accept()
            connection.setblocking(True)
            return connection
    return None
