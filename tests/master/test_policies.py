"""Each policy by itself: what the loop goes on with after an interrupted wait."""

from collections.abc import Set
from errno import EAGAIN, EBADF, EINTR

import pytest
from unstall.master.kernel import NOTHING, TIMED_OUT, Look
from unstall.master.policies import HANDLERS, REPOLLS
from unstall.master.settings import Costs, KernelRule, Policy, Service, Settings
from unstall.master.simulated import SimulatedKernel

WATCHED = frozenset({1, 2})
INTERRUPTED = Look(-1, EINTR, WATCHED)
READY = Look(1, 0, frozenset({2}))


class Script(SimulatedKernel):
    """A kernel whose looks are written down beforehand, and that writes down what it was asked."""

    def __init__(self, *looks: Look) -> None:
        super().__init__(KernelRule.READY_FIRST, Settings(services=(Service("mail", 1, 1),), costs=Costs()))
        self.looks = list(looks)
        self.asked: list[float | str] = []

    def wait(self, watched: Set[int], timeout: float) -> Look:
        assert watched == WATCHED
        self.asked.append(timeout)
        return self.looks.pop(0)

    def glance(self, watched: Set[int]) -> Look:
        assert watched == WATCHED
        self.asked.append("glance")
        return self.looks.pop(0)


def handle(policy: Policy, *looks: Look) -> tuple[Look | None, list[float | str]]:
    script = Script(*looks)
    look = HANDLERS[policy](script, WATCHED, 10.0, INTERRUPTED)
    assert not script.looks, "every look that was written down was taken"
    return look, script.asked


def test_every_policy_has_its_handler() -> None:
    assert set(HANDLERS) == set(Policy)


def test_restart_starts_over() -> None:
    assert handle(Policy.RESTART) == (None, [])


def test_retry_waits_again_with_the_full_timeout_until_something_else_comes() -> None:
    assert handle(Policy.RETRY, INTERRUPTED, INTERRUPTED, READY) == (READY, [10.0, 10.0, 10.0])


def test_fall_through_goes_on_with_the_results_untouched() -> None:
    assert handle(Policy.FALL_THROUGH) == (INTERRUPTED, [])


def test_as_timeout_clears_the_results_and_calls_it_a_timeout() -> None:
    assert handle(Policy.AS_TIMEOUT) == (TIMED_OUT, [])


def test_no_event_clears_the_results_and_leaves_r_alone() -> None:
    assert handle(Policy.NO_EVENT) == (Look(-1, EINTR, NOTHING), [])


def test_bounded_repoll_takes_the_first_look_that_is_not_interrupted() -> None:
    assert handle(Policy.BOUNDED_REPOLL, INTERRUPTED, READY) == (READY, [0.0, 0.0])


def test_bounded_repoll_gives_up_after_so_many_looks() -> None:
    assert handle(Policy.BOUNDED_REPOLL, *[INTERRUPTED] * REPOLLS) == (TIMED_OUT, [0.0] * REPOLLS)


@pytest.mark.parametrize(
    ("second", "after"),
    [(READY, READY), (TIMED_OUT, TIMED_OUT), (INTERRUPTED, TIMED_OUT), (Look(-1, EAGAIN, WATCHED), TIMED_OUT)],
)
def test_repoll_looks_once_with_the_mask_left_alone(second: Look, after: Look) -> None:
    assert handle(Policy.REPOLL, second) == (after, ["glance"])


def test_another_failure_is_passed_on() -> None:
    broken = Look(-1, EBADF, WATCHED)
    for policy in (Policy.RETRY, Policy.BOUNDED_REPOLL, Policy.REPOLL):
        assert handle(policy, broken)[0] == broken
