"""A real run, from outside: start the master's process, send the clients, stop it, and leave nothing behind.

Three nets catch the processes. The master reaps all its children before it answers. If it does not answer, or
the caller is interrupted, its whole process group is killed. If the caller itself is killed, the kernel kills
the master (`die_with_parent`), and by the same means every worker.
"""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

import unstall
from unstall.master.real.crowd import Crowd
from unstall.master.real.protocol import Failed, Job, Started
from unstall.master.results import RunResult
from unstall.master.settings import KernelRule, MasterError, Policy, Settings

START_LIMIT = 20.0
"""Seconds for the master's process to start, generous for a busy machine."""
STOP_LIMIT = 10.0
"""Seconds for it to shut down."""
_OVERTIME = 0.05
"""SIGTERM comes a little after the time is up, so that the master closes its books by its own clock."""

T = TypeVar("T")
Channel = Connection  # of Job one way, and of RunResult, Started or Failed the other


def real_run(policy: Policy, rule: KernelRule, settings: Settings, progress: Callable[[float], None]) -> RunResult:
    """One run of ``settings.seconds`` with real processes. Raises `MasterError`; nothing outlives the call."""
    _check_limits(settings)
    try:
        return _run(Job(policy, rule, settings), progress)
    except EOFError:
        raise MasterError("the master's process died") from None
    except OSError as error:
        raise MasterError(f"the run failed: {error}") from error


def _run(job: Job, progress: Callable[[float], None]) -> RunResult:
    with _master_process() as (process, channel):
        channel.send(job)
        started = _expect(channel, Started, START_LIMIT)
        with Crowd(job.settings, started.ports, process.pid) as crowd:
            crowd.run(progress, channel)
            clients = crowd.results()
        if not channel.poll(_OVERTIME):
            process.terminate()
        result = _expect(channel, RunResult, STOP_LIMIT)
        with suppress(subprocess.TimeoutExpired):  # then it is killed
            process.wait(STOP_LIMIT)
    return replace(result, clients=clients)


@contextmanager
def _master_process() -> Iterator[tuple["subprocess.Popen[bytes]", Channel]]:
    """The master's process, in a session of its own: Ctrl-C reaches the caller only, which kills the whole group."""
    ours, theirs = Pipe()
    command = [sys.executable, "-P", "-m", "unstall.master.real", str(theirs.fileno()), str(os.getpid())]
    package_root = str(Path(unstall.__file__).parent.parent)
    path = os.pathsep.join(filter(None, (package_root, os.environ.get("PYTHONPATH"))))
    with ours:
        with theirs:
            process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": path},
                start_new_session=True,
            )
        try:
            yield process, ours
        finally:
            if process.returncode is None:  # not reaped, so the group's number is still its own
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _expect(channel: Channel, kind: type[T], limit: float) -> T:
    if not channel.poll(limit):
        raise MasterError(f"the master's process did not answer within {limit:g} s")
    reply = channel.recv()
    if isinstance(reply, Failed):
        raise MasterError(reply.message)
    assert isinstance(reply, kind), reply
    return reply


def _check_limits(settings: Settings) -> None:
    """Refuse what the user's limits don't allow, before half of it is started."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    if allowed != resource.RLIM_INFINITY and settings.processes > allowed:
        raise MasterError(
            f"{settings.processes:,} processes asked for, the user's limit is {allowed:,} (ulimit -u): "
            "ask for fewer workers, or --simulate"
        )
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = settings.max_connections + 64
    if files != resource.RLIM_INFINITY and needed > files:
        raise MasterError(f"{needed:,} open files needed, the user's limit is {files:,} (ulimit -n)")
