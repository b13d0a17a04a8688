"""The presets: the incident as it was reported, and an ordinary evening."""

from time import process_time

import pytest
from unstall.master import KernelRule, Policy, RunResult, compare
from unstall.master.presets import PRESETS, fork_rate_of, with_workers
from unstall.master.results import BINS, ClientResult
from unstall.master.settings import MasterError, Service

INCIDENT = PRESETS["incident"].settings
BURST_BEGIN, BURST_END = 60.0, 240.0


@pytest.fixture(scope="module")
def before_and_after() -> tuple[RunResult, RunResult]:
    began = process_time()
    restart, repoll = compare([Policy.RESTART, Policy.REPOLL], [KernelRule.SIGNAL_FIRST], INCIDENT)
    assert process_time() - began < 20.0, "10 s for each of the two"
    return restart, repoll


def mail(result: RunResult) -> ClientResult:
    (found,) = (client for client in result.clients if client.service == "mail")
    return found


def denied_share(client: ClientResult, begin: float, end: float) -> float:
    """The share of the clients who connected between two times that got no service."""
    rate = 10.0  # of the preset: how many came is known only on average
    bins = client.denied_timeline[int(begin / INCIDENT.seconds * BINS) : int(end / INCIDENT.seconds * BINS)]
    return sum(bins) / (rate * (end - begin))


def test_under_restart_new_clients_are_denied_for_minutes(before_and_after: tuple[RunResult, RunResult]) -> None:
    restart, _ = before_and_after
    assert denied_share(mail(restart), 0, BURST_BEGIN) == 0
    assert denied_share(mail(restart), BURST_BEGIN + 5, BURST_END - 30) > 0.85
    assert denied_share(mail(restart), BURST_END + 5, INCIDENT.seconds) == 0, "it heals when the burst is over"
    assert restart.stage("messages").longest_gap > 60.0
    assert restart.stage("janitor").runs < 0.5 * restart.counts.passes


def test_connected_clients_are_served_meanwhile(before_and_after: tuple[RunResult, RunResult]) -> None:
    for result in before_and_after:
        assert mail(result).requests > 17_000 * INCIDENT.seconds / 30.0
        assert mail(result).worst_request < 1.0


def test_with_the_wait_repolled_nobody_is_denied(before_and_after: tuple[RunResult, RunResult]) -> None:
    _, repoll = before_and_after
    assert repoll.starved == ()
    for client in repoll.clients:
        assert client.denied == 0
        assert client.latency is not None
        assert client.latency.worst < 1.0


def test_an_ordinary_evening_has_no_stall_and_takes_a_moment() -> None:
    began = process_time()
    (result,) = compare([Policy.RESTART], [KernelRule.SIGNAL_FIRST], PRESETS["quiet"].settings)
    assert result.seconds / (process_time() - began) > 1000, "thousands of seconds in one, halved for a busy machine"
    assert result.starved == ()
    assert mail(result).denied == 0


def test_the_fork_rate_is_a_parameter() -> None:
    service = with_workers(Service("delivery", desired=1, maximum=1), workers=24, fork_rate=4800.0)
    assert (service.desired, service.maximum) == (24, 48)
    assert service.lifetime / 2 * 4800.0 == pytest.approx(24)
    assert fork_rate_of(service) == pytest.approx(4800.0)
    for workers, fork_rate in ((0, 1.0), (-3, 1.0), (1, 0.0), (1, -1.0), (1, float("inf")), (1, float("nan"))):
        with pytest.raises(MasterError):
            with_workers(service, workers, fork_rate)
