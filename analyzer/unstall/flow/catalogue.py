"""The catalogue of waits, and the names by which a function that is not in it tells that it waits.

Sources: POSIX.1-2017 and the Linux man pages (sections 2 and 3) of each call, signal(7) for which of them EINTR ends;
port_getn(3C) of illumos; for Python the library reference and PEP 475.
"""

import math
import re
from collections.abc import Collection, Iterator

from unstall.flow.by_name import NamePattern
from unstall.flow.values import ZERO, Num
from unstall.flow.waits import Reporting, WaitKind, WaitSpec
from unstall.source import places

_M, _T, _C = WaitKind.MULTIPLEX, WaitKind.TRANSFER, WaitKind.CHILD
_S, _G, _L, _Q = WaitKind.SLEEP, WaitKind.SIGNAL, WaitKind.LOCK, WaitKind.MESSAGE
_FD = Num(0, math.inf)


def _transfer(name: str, arguments: int, *results: int, ready: Num | None = None) -> WaitSpec:
    spec = WaitSpec(name, _T, arity=(arguments, arguments), results=results, descriptor=0)
    return spec if ready is None else WaitSpec(name, _T, arity=spec.arity, results=results, descriptor=0, ready=ready)


C_WAITS: dict[str, WaitSpec] = {
    spec.name: spec
    for spec in (
        WaitSpec("select", _M, arity=(5, 5), timeout=4, timeout_keeps_rest=True, results=(1, 2, 3)),
        WaitSpec("pselect", _M, arity=(6, 6), timeout=4, results=(1, 2, 3), swaps_mask=True),
        WaitSpec("poll", _M, arity=(3, 3), timeout=2, timeout_is_number=True, results=(0,)),
        WaitSpec("ppoll", _M, arity=(4, 4), timeout=2, results=(0,), swaps_mask=True),
        WaitSpec("pollts", _M, arity=(4, 4), timeout=2, results=(0,), swaps_mask=True),
        WaitSpec("epoll_wait", _M, arity=(4, 4), timeout=3, timeout_is_number=True, results=(1,)),
        WaitSpec("epoll_pwait", _M, arity=(5, 6), timeout=3, timeout_is_number=True, results=(1,), swaps_mask=True),
        WaitSpec("epoll_pwait2", _M, arity=(5, 5), timeout=3, results=(1,), swaps_mask=True),
        WaitSpec("kevent", _M, arity=(6, 6), timeout=5, results=(3,)),
        WaitSpec("kevent64", _M, arity=(7, 7), timeout=6, results=(3,)),
        WaitSpec("port_getn", _M, arity=(5, 5), timeout=4, results=(1, 3), ready=ZERO, timeout_errno="ETIME"),
        WaitSpec("port_get", _M, arity=(3, 3), timeout=2, results=(1,), ready=ZERO, timeout_errno="ETIME"),
        WaitSpec("io_getevents", _M, Reporting.NEGATED, arity=(5, 5), timeout=4, results=(3,)),
        WaitSpec("event_base_loop", _M, arity=(2, 2), ready=_FD),
        _transfer("accept", 3, ready=_FD),
        _transfer("accept4", 4, ready=_FD),
        _transfer("connect", 3, ready=ZERO),
        _transfer("read", 3, 1),
        _transfer("pread", 4, 1),
        _transfer("readv", 3, 1),
        _transfer("recv", 4, 1),
        _transfer("recvfrom", 6, 1),
        _transfer("recvmsg", 3, 1),
        _transfer("recvmmsg", 5, 1),
        _transfer("write", 3),
        _transfer("pwrite", 4),
        _transfer("writev", 3),
        _transfer("send", 4),
        _transfer("sendto", 6),
        _transfer("sendmsg", 3),
        _transfer("sendmmsg", 4),
        _transfer("sendfile", 4),
        _transfer("splice", 6),
        _transfer("getrandom", 3, 0),
        _transfer("close", 1, ready=ZERO),
        WaitSpec("open", _T, arity=(2, 3), ready=_FD),
        WaitSpec("openat", _T, arity=(3, 4), ready=_FD),
        _transfer("tcdrain", 1, ready=ZERO),
        WaitSpec("fgets", _T, Reporting.POINTER, arity=(3, 3), results=(0,)),
        WaitSpec("fread", _T, arity=(4, 4), results=(0,)),
        WaitSpec("wait", _C, arity=(1, 1), results=(0,)),
        WaitSpec("waitpid", _C, arity=(3, 3), results=(1,)),
        WaitSpec("wait3", _C, arity=(3, 3), results=(0,)),
        WaitSpec("wait4", _C, arity=(4, 4), results=(1,)),
        WaitSpec("waitid", _C, arity=(4, 4), results=(2,), ready=ZERO),
        WaitSpec("nanosleep", _S, arity=(2, 2), timeout=0, ready=ZERO),
        WaitSpec("clock_nanosleep", _S, Reporting.CODE, arity=(4, 4), timeout=2),
        WaitSpec("usleep", _S, arity=(1, 1), timeout=0, timeout_is_number=True, ready=ZERO),
        WaitSpec("sleep", _S, Reporting.REMAINING, arity=(1, 1), timeout=0, timeout_is_number=True),
        WaitSpec("sigwaitinfo", _G, arity=(2, 2), results=(1,)),
        WaitSpec("sigtimedwait", _G, arity=(3, 3), timeout=2, results=(1,), timeout_errno="EAGAIN"),
        WaitSpec("sigwait", _G, Reporting.CODE, arity=(2, 2), results=(1,)),
        WaitSpec("sem_wait", _L, arity=(1, 1), ready=ZERO),
        WaitSpec("sem_timedwait", _L, arity=(2, 2), timeout=1, ready=ZERO, timeout_errno="ETIMEDOUT"),
        WaitSpec("pthread_cond_timedwait", _L, Reporting.CODE, arity=(3, 3), timeout=2),
        WaitSpec("semop", _L, arity=(3, 3), ready=ZERO),
        WaitSpec("semtimedop", _L, arity=(4, 4), timeout=3, ready=ZERO, timeout_errno="EAGAIN"),
        WaitSpec("flock", _L, arity=(2, 2), ready=ZERO),
        WaitSpec("lockf", _L, arity=(3, 3), ready=ZERO),
        WaitSpec("fcntl", _L, arity=(2, 3), ready=_FD),
        WaitSpec("msgrcv", _Q, arity=(5, 5), results=(1,), ready=_FD),
        WaitSpec("msgsnd", _Q, arity=(4, 4), ready=ZERO),
        WaitSpec("mq_receive", _Q, arity=(4, 4), results=(1,), ready=_FD),
        WaitSpec("mq_timedreceive", _Q, arity=(5, 5), timeout=4, results=(1,), ready=_FD, timeout_errno="ETIMEDOUT"),
    )
}

_X = Reporting.EXCEPTION
PYTHON_WAITS: dict[str, WaitSpec] = {
    spec.name: spec
    for spec in (
        WaitSpec("select.select", _M, _X, arity=(3, 4), timeout=3, arrays=3),
        WaitSpec("poll", _M, _X, arity=(0, 2), timeout=0),
        WaitSpec("select", _M, _X, arity=(0, 2), timeout=0),
        WaitSpec("control", _M, _X, arity=(2, 3), timeout=2),
        WaitSpec("accept", _T, _X, arity=(0, 0)),
        WaitSpec("recv", _T, _X, arity=(1, 2)),
        WaitSpec("recvfrom", _T, _X, arity=(1, 2)),
        WaitSpec("recv_into", _T, _X, arity=(1, 3), results=(0,)),
        WaitSpec("recvfrom_into", _T, _X, arity=(1, 3), results=(0,)),
        WaitSpec("recvmsg", _T, _X, arity=(1, 3)),
        WaitSpec("recv_multipart", _T, _X, arity=(0, 3)),
        WaitSpec("send", _T, _X, arity=(1, 2)),
        WaitSpec("sendall", _T, _X, arity=(1, 2)),
        WaitSpec("sendto", _T, _X, arity=(2, 3)),
        WaitSpec("connect", _T, _X, arity=(1, 1)),
        WaitSpec("readline", _T, _X, arity=(0, 1)),
        WaitSpec("os.read", _T, _X, arity=(2, 2), descriptor=0),
        WaitSpec("os.write", _T, _X, arity=(2, 2), descriptor=0),
        WaitSpec("os.waitpid", _C, _X, arity=(2, 2)),
        WaitSpec("os.wait", _C, _X, arity=(0, 0)),
        WaitSpec("os.wait3", _C, _X, arity=(1, 1)),
        WaitSpec("os.wait4", _C, _X, arity=(2, 2)),
        WaitSpec("time.sleep", _S, _X, arity=(1, 1), timeout=0),
        WaitSpec("fcntl.flock", _L, _X, arity=(2, 2)),
        WaitSpec("fcntl.lockf", _L, _X, arity=(2, 5)),
        WaitSpec("signal.sigtimedwait", _G, _X, arity=(2, 2), timeout=1),
    )
}
"""Dotted names are functions of a module; bare ones are methods of any receiver."""

TELLING_WAIT = NamePattern(
    r"(?:^|_)(?:select|pselect|poll|ppoll|poll_one_fd|epoll_wait|epoll_pwait|kevent|accept4?|recv|recvfrom|recvmsg|read"
    r"|wait|waitpid|waitfor|wait_for|event_wait|queue_wait|nanosleep|usleep|sleep|base_loop|event_loop|io_wait"
    r"|dispatch|wait_for_input|accept_conn|read_socket|connect|write|send|sendmsg|sendto|recv_\w+|send_\w+)\w{0,3}$",
    re.IGNORECASE,
)
"""A function whose name says that it waits; taken for a wait only where its error is told apart as EINTR or EAGAIN."""

_PLAIN = ("select", "poll", "ppoll", "epoll_wait", "event_wait", "queue_wait", "wait_for_input", "pollset_poll")
PLAIN_WRAPPER = NamePattern(rf"(?:^|_)(?:{'|'.join(_PLAIN)})$")
"""A function named like a wait: listed even where its error isn't told apart (but then no stage is owed)."""


def plain_wrappers(names: Collection[str]) -> set[str]:
    """Those of many names that are of functions named like a wait."""
    lines = "\n".join((*names, ""))
    ending = (lines[start:end] for part in _PLAIN for start, end in lines_with(f"{part}\n", lines))
    return {name for name in ending if PLAIN_WRAPPER.search(name)}


def lines_with(part: str, lines: str) -> Iterator[tuple[int, int]]:
    """Where the lines that hold a text are, of names of which each has a line; faster than asking each."""
    return ((lines.rfind("\n", 0, at) + 1, lines.find("\n", at)) for at in places(part, lines))


TELLING_MULTIPLEX = NamePattern(
    r"(?:select|poll|kevent|event_wait|queue_wait|base_loop|event_loop|io_wait|wait_for_input|waitfor\w*fds?|dispatch"
    r"|poll\w{0,4}_wait)(?:_?\w{0,3})$",
    re.IGNORECASE,
)
"""Of those, the ones that look at many descriptors."""

_OPENS = frozenset({"accept", "accept4", "connect", "open", "openat", "close"})


def moves_data(name: str) -> bool:
    """A call that reads or writes what a descriptor has or takes; the last part of a method's name is enough."""
    waits = (C_WAITS.get(name), PYTHON_WAITS.get(name), PYTHON_WAITS.get(f"os.{name}"))
    return any(spec is not None and spec.kind is WaitKind.TRANSFER for spec in waits) and name not in _OPENS
