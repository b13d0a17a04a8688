"""The master's loop on a kernel that misbehaves."""

from collections.abc import Set
from dataclasses import replace
from errno import EBADF

import pytest
from unstall.master import KernelRule, MasterError, Policy
from unstall.master.kernel import Look
from unstall.master.loop import Master
from unstall.master.metrics import Meter
from unstall.master.policies import HANDLERS
from unstall.master.presets import PRESETS
from unstall.master.results import RunResult
from unstall.master.settings import Service
from unstall.master.simulated import SimulatedKernel

STORM = replace(PRESETS["storm"].settings, seconds=1.0)


def run(kernel: SimulatedKernel, policy: Policy) -> RunResult:
    meter = Meter(kernel, STORM)
    master = Master(kernel, STORM, HANDLERS[policy], meter)
    master.run()
    assert not any(crew.active for crew in master.crews), "every worker is reaped at the end"
    return meter.result(policy, KernelRule.SIGNAL_FIRST, "simulated", STORM, master.table.largest)


class FullKernel(SimulatedKernel):
    """A system with room for only so many processes."""

    room = 10

    def fork(self, service: Service) -> int | None:
        alive = len(self.world.workers)
        return super().fork(service) if alive < self.room else None


def test_a_fork_that_fails_is_counted_and_tried_again_on_the_next_pass() -> None:
    result = run(FullKernel(KernelRule.SIGNAL_FIRST, STORM), Policy.REPOLL)
    assert result.counts.fork_failures > result.counts.passes
    assert result.counts.forks > FullKernel.room
    assert result.starved == ()


class BrokenKernel(SimulatedKernel):
    """A kernel whose wait fails for good."""

    def wait(self, watched: Set[int], timeout: float) -> Look:
        return Look(-1, EBADF, watched)


@pytest.mark.parametrize("policy", Policy)
def test_another_error_of_the_wait_is_fatal_under_every_policy(policy: Policy) -> None:
    with pytest.raises(MasterError, match="the wait failed: Bad file descriptor"):
        run(BrokenKernel(KernelRule.READY_FIRST, STORM), policy)


@pytest.mark.parametrize("rule", KernelRule)
@pytest.mark.parametrize("policy", Policy)
def test_sigterm_ends_the_loop_under_every_policy(policy: Policy, rule: KernelRule) -> None:
    kernel = SimulatedKernel(rule, STORM)
    run(kernel, policy)
    assert kernel.flags.terminate
    assert not kernel.world.workers, "nobody is left, dead or alive"
    assert STORM.seconds <= kernel.clock() < STORM.seconds + 1.0
