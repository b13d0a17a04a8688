"""The few C library calls that Python has no counterpart of, or one that hides EINTR (PEP 475)."""

import ctypes
import os
import signal
from collections.abc import Iterable, Set
from errno import EINTR

from unstall.master.kernel import Look

_libc = ctypes.CDLL(None, use_errno=True)

FD_SETSIZE = 1024
_WORD = 8 * ctypes.sizeof(ctypes.c_ulong)
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Timeval(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("microseconds", ctypes.c_long))


class _FdSet(ctypes.Structure):
    _fields_ = (("words", ctypes.c_ulong * (FD_SETSIZE // _WORD)),)


class SignalSet(ctypes.Structure):
    """sigset_t: 1024 bits in glibc and musl, of which the kernel reads the first 64."""

    _fields_ = (("bits", ctypes.c_ulong * (1024 // _WORD)),)


def signal_set(signals: Iterable[int]) -> SignalSet:
    """The set of these signals."""
    made = SignalSet()
    _libc.sigemptyset(ctypes.byref(made))
    for number in signals:
        _libc.sigaddset(ctypes.byref(made), number)
    return made


def pselect(watched: Set[int], timeout: float, mask: SignalSet) -> Look:
    """pselect(2) for reading. Where it fails, the set is as it was handed in, as select leaves it."""
    fds = _fd_set(watched)
    whole = int(timeout)
    limit = _Timespec(whole, int((timeout - whole) * 1e9))
    count = max(watched, default=-1) + 1
    r = _libc.pselect(count, ctypes.byref(fds), None, None, ctypes.byref(limit), ctypes.byref(mask))
    return _look(r, fds, watched)


def pending_signal(mask: SignalSet) -> bool:
    """Deliver what is pending and let in by ``mask``; whether there was anything.

    pselect without descriptors and with a zero timeout fails with EINTR exactly then.
    """
    limit = _Timespec(0, 0)
    r: int = _libc.pselect(0, None, None, None, ctypes.byref(limit), ctypes.byref(mask))
    return r == -1 and ctypes.get_errno() == EINTR


def select_now(watched: Set[int]) -> Look:
    """select(2) for reading with a zero timeout; the signal mask stays as it is."""
    fds = _fd_set(watched)
    limit = _Timeval(0, 0)
    r = _libc.select(max(watched, default=-1) + 1, ctypes.byref(fds), None, None, ctypes.byref(limit))
    return _look(r, fds, watched)


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, however that comes about (prctl(2), PR_SET_PDEATHSIG).

    A parent that ended before this call is noticed by the process having another one by now.
    """
    if _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    if os.getppid() != parent:
        os._exit(1)


def _fd_set(watched: Set[int]) -> _FdSet:
    fds = _FdSet()
    for fd in watched:
        fds.words[fd // _WORD] |= 1 << fd % _WORD
    return fds


def _look(r: int, fds: _FdSet, watched: Set[int]) -> Look:
    ready = frozenset(fd for fd in watched if fds.words[fd // _WORD] >> fd % _WORD & 1)
    return Look(r, ctypes.get_errno() if r == -1 else 0, ready)
