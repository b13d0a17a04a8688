"""The master's process: ``python -m unstall.master.real CHANNEL PARENT``, started by the harness and by nobody else.

CHANNEL is the descriptor of a `multiprocessing.connection.Connection`, PARENT the harness' pid. A process of its own,
because the run takes over the signal handlers, the signal mask and every child of the process that it is in.
"""

import sys
from multiprocessing.connection import Connection

from unstall.master.loop import Master
from unstall.master.metrics import Meter
from unstall.master.policies import HANDLERS
from unstall.master.real.kernel import LinuxKernel
from unstall.master.real.protocol import Failed, Job, Started
from unstall.master.real.syscalls import die_with_parent
from unstall.master.results import RunResult
from unstall.master.settings import MasterError


def run(job: Job, channel: "Connection[RunResult | Started | Failed, Job]") -> RunResult:
    """Run the master until SIGTERM; raises `MasterError` or OSError, with nothing left behind."""
    kernel = LinuxKernel(job.rule, job.settings, inherited=(channel.fileno(),))
    try:
        meter = Meter(kernel, job.settings)
        master = Master(kernel, job.settings, HANDLERS[job.policy], meter)
        channel.send(Started(kernel.ports()))
        kernel.start()
        master.run()
        return meter.result(job.policy, job.rule, "real", job.settings, master.table.largest)
    finally:
        kernel.close()


def main(channel_fd: int, parent: int) -> None:
    """Take one job from the channel and answer it."""
    die_with_parent(parent)
    with Connection(channel_fd) as channel:
        try:
            channel.send(run(channel.recv(), channel))
        except (MasterError, OSError) as error:
            channel.send(Failed(str(error)))


main(int(sys.argv[1]), int(sys.argv[2]))
