"""The simulated kernel: virtual time, signals that don't queue, and the two rules."""

from errno import EINTR

import pytest
from unstall.master.kernel import Kind, Look
from unstall.master.settings import Clients, Costs, KernelRule, Service, Settings, Signals
from unstall.master.simulated import SimulatedKernel
from unstall.master.world import PIPE_CAPACITY

RULES = list(KernelRule)
COSTS = Costs(fork=1e-3, reap=1e-4, look=1e-5, read=1e-5, startup=0.0)
CALM = Signals()
SHORT = Service("short", desired=1, maximum=9, lifetime=1e-6)


def kernel_with(rule: KernelRule, service: Service, signals: Signals = CALM) -> tuple[SimulatedKernel, int, int]:
    kernel = SimulatedKernel(rule, Settings((service,), seconds=10.0, costs=COSTS, signals=signals))
    ends = kernel.open_service(service)
    return kernel, ends.status, ends.listener


@pytest.mark.parametrize("rule", RULES)
def test_a_timeout_takes_its_time(rule: KernelRule) -> None:
    kernel, status, listener = kernel_with(rule, SHORT)
    assert kernel.wait({status, listener}, 0.5) == Look(0, 0, frozenset())
    assert kernel.clock() == pytest.approx(COSTS.look + 0.5)
    assert kernel.cpu() == pytest.approx(COSTS.look)


@pytest.mark.parametrize("rule", RULES)
def test_a_dying_worker_interrupts_a_wait_that_watches_nothing_ready(rule: KernelRule) -> None:
    kernel, _, listener = kernel_with(rule, SHORT)
    pid = kernel.fork(SHORT)
    assert kernel.wait({listener}, 5.0) == Look(-1, EINTR, {listener})
    assert kernel.flags.child
    assert kernel.reap() == pid
    assert kernel.reap() is None


def test_with_both_a_message_and_a_signal_the_rule_decides_which_comes_first() -> None:
    for rule, first in zip(RULES, (1, -1), strict=True):
        kernel, status, _ = kernel_with(rule, SHORT)
        kernel.fork(SHORT)
        kernel.wait(set(), 0.0)  # the first worker's signal is taken, its message stays
        kernel.fork(SHORT)
        kernel.glance({status})  # time for the second one to die
        assert kernel.wait({status}, 5.0).r == first, rule


@pytest.mark.parametrize("rule", RULES)
def test_a_glance_is_not_interrupted(rule: KernelRule) -> None:
    kernel, status, _ = kernel_with(rule, SHORT)
    kernel.fork(SHORT)
    kernel.glance(set())
    assert kernel.world.sigchld
    assert kernel.glance({status}) == Look(1, 0, {status})
    assert not kernel.flags.child


def test_signals_do_not_queue() -> None:
    kernel, _, listener = kernel_with(KernelRule.SIGNAL_FIRST, SHORT)
    pids = [kernel.fork(SHORT) for _ in range(3)]
    kernel.glance(set())
    assert kernel.wait({listener}, 0.0).r == -1
    assert kernel.wait({listener}, 0.0).r == 0
    assert [kernel.reap() for _ in range(3)] == pids


def test_sigterm_comes_when_the_time_is_up_and_interrupts_a_sleep_once() -> None:
    kernel, status, _ = kernel_with(KernelRule.READY_FIRST, SHORT)
    assert kernel.wait({status}, 60.0) == Look(-1, EINTR, {status})
    assert kernel.clock() == 10.0
    assert kernel.flags.terminate
    assert kernel.wait({status}, 1.0).r == 0


@pytest.mark.parametrize(("rate", "interrupts"), [(3, 1), (7, 1), (1000, 10), (30_000, 300), (1_000_000, 1000)])
def test_every_signal_from_outside_can_interrupt(rate: int, interrupts: int) -> None:
    kernel, status, _ = kernel_with(KernelRule.READY_FIRST, SHORT, Signals(rate, begin=1.0, end=1.01))
    waits = 0
    while kernel.wait({status}, 100.0).r == -1 and not kernel.flags.terminate:
        waits += 1
    # those that come while a system call is under way merge into one: 1000 calls of 10 µs fit into the storm
    assert waits == pytest.approx(interrupts, abs=1)


def test_a_worker_reports_each_connection_and_is_gone_after_its_uses() -> None:
    service = Service("mail", 1, 9, uses=2, lifetime=1e9, clients=Clients(returning=1, session=1e-3))
    kernel, status, listener = kernel_with(KernelRule.READY_FIRST, service)
    assert kernel.wait({listener}, 1.0).ready == {listener}
    pid = kernel.fork(service)
    kernel.wait(set(), 1.0)
    kinds = [message.kind for message in kernel.read(status)]
    assert kinds == [Kind.UNAVAILABLE, Kind.CONNECTION, Kind.AVAILABLE, Kind.UNAVAILABLE, Kind.CONNECTION]
    assert kernel.reap() == pid


def test_a_worker_blocks_on_a_full_status_pipe_and_goes_on_when_it_is_read() -> None:
    service = Service("mail", 1, 1, uses=10**6, lifetime=1e9, clients=Clients(returning=1, session=1e-6))
    kernel, status, _ = kernel_with(KernelRule.READY_FIRST, service)
    kernel.fork(service)
    kernel.wait(set(), 5.0)
    assert kernel.unread(status) == PIPE_CAPACITY
    assert len(kernel.read(status)) == PIPE_CAPACITY
    kernel.wait(set(), 1e-4)
    assert 0 < kernel.unread(status) < PIPE_CAPACITY


def test_clients_give_up_and_a_full_queue_refuses() -> None:
    service = Service("mail", 1, 1, backlog=5, clients=Clients(rate=10.0, patience=1.0))
    kernel, _, _ = kernel_with(KernelRule.READY_FIRST, service)
    while not kernel.flags.terminate:
        kernel.wait(set(), 60.0)
    tally = kernel.world.hosts[0].tally.result()
    assert tally.served == 0
    assert tally.timed_out == 5
    assert tally.refused == tally.tried - 5 > 50
    assert tally.latency is None
    assert sum(tally.denied_timeline) == tally.tried == tally.denied
