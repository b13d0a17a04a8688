"""The real mode: real processes, real signals, real select. It shows the stall, and leaves nothing behind."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from unstall.master import KernelRule, MasterError, Policy, RunResult, Settings, compare
from unstall.master.presets import PRESETS
from unstall.master.settings import Clients, Service

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the real mode needs Linux")

STORM = PRESETS["storm"].settings
BRIEF = replace(STORM, seconds=0.5)
READY_FIRST, SIGNAL_FIRST = KernelRule.READY_FIRST, KernelRule.SIGNAL_FIRST
ATTEMPTS = 3


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[int]]]:
    """The pids of all processes that descend from this test: they inherit a variable of its environment."""
    mark = f"unstall-test-{uuid.uuid4()}"
    monkeypatch.setenv("UNSTALL_TEST", mark)

    def pids() -> list[int]:
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark.encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                pass  # it ended meanwhile
        return [pid for pid in found if pid != os.getpid()]

    yield pids
    for pid in pids():
        os.kill(pid, signal.SIGKILL)


def wait_until(condition: Callable[[], bool], seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return met


def holds(relation: Callable[[], None]) -> None:
    """A relation between measured times may fail on a busy machine, but not three times; each failure is reported."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            relation()
            return
        except AssertionError as error:
            if attempt == ATTEMPTS:
                raise
            warnings.warn(f"attempt {attempt} failed: {error}", stacklevel=2)


def run(policy: Policy, rule: KernelRule, settings: Settings = STORM, seconds: float = 2.0) -> RunResult:
    (result,) = compare([policy], [rule], replace(settings, seconds=seconds), simulate=False)
    return result


def gap(result: RunResult, stage: str) -> float:
    return result.stage(stage).longest_gap


def test_restart_stalls_the_loop_where_signals_come_first_and_repoll_does_not() -> None:
    def relation() -> None:
        stalled, sound = run(Policy.RESTART, SIGNAL_FIRST), run(Policy.REPOLL, SIGNAL_FIRST)
        assert gap(stalled, "messages") > 3 * gap(sound, "messages")
        assert stalled.stage("janitor").runs < 0.5 * stalled.counts.passes
        assert sound.stage("janitor").runs == sound.counts.passes == sound.counts.completed
        assert sound.counts.empty_reads == sound.counts.spurious_spawns == 0

    holds(relation)


def test_restart_serves_messages_where_descriptors_come_first_but_skips_the_janitor() -> None:
    def relation() -> None:
        result = run(Policy.RESTART, READY_FIRST)
        assert result.counts.interrupts > 0
        assert result.stage("janitor").runs == result.counts.passes - result.counts.interrupts
        assert "messages" not in result.starved

    holds(relation)


def test_as_timeout_saves_the_janitor_and_starves_messages() -> None:
    def relation() -> None:
        result = run(Policy.AS_TIMEOUT, SIGNAL_FIRST)
        assert result.stage("janitor").runs == result.counts.passes
        assert "janitor" not in result.starved
        assert gap(result, "messages") > 3 * gap(result, "janitor")

    holds(relation)


@pytest.mark.parametrize(
    ("policy", "reads_stale"),
    [(Policy.FALL_THROUGH, True), (Policy.BOUNDED_REPOLL, False)],
    ids=lambda value: str(value),
)
def test_nothing_starves(policy: Policy, reads_stale: bool) -> None:
    def relation() -> None:
        result = run(policy, SIGNAL_FIRST)
        assert result.starved == ()
        assert result.stage("janitor").runs == result.counts.passes
        assert (result.counts.empty_reads > 0) is reads_stale

    holds(relation)


def test_signals_from_outside_interrupt_a_master_with_nothing_to_do() -> None:
    calm = Settings(services=(Service("mail", desired=1, maximum=2),), signals=replace(STORM.signals, rate=200.0))

    def relation() -> None:
        result = run(Policy.RESTART, READY_FIRST, calm, seconds=1.0)
        assert result.counts.interrupts > 50
        assert result.stage("janitor").runs == result.counts.passes - result.counts.interrupts
        assert gap(result, "janitor") > 0.5, "never ready, never a timeout: no pass is completed"

    holds(relation)


def test_clients_are_served_and_answered() -> None:
    quiet = Settings(
        services=(
            Service("mail", desired=2, maximum=9, clients=Clients(rate=30, returning=1, session=0.05, think=0.01)),
        )
    )

    def relation() -> None:
        result = run(Policy.REPOLL, READY_FIRST, quiet, seconds=1.0)
        (mail,) = result.clients
        assert mail.served > 10
        assert mail.refused == mail.timed_out == mail.skipped == 0
        assert mail.requests > 10
        assert mail.latency is not None
        assert 0 < mail.latency.median <= mail.latency.percentile_99 <= mail.latency.worst < 1.0
        assert result.cpu < result.seconds

    holds(relation)


def test_no_more_clients_are_connected_than_allowed() -> None:
    crowded = Settings(
        services=(Service("mail", desired=1, maximum=2, clients=Clients(rate=100, session=60.0)),), max_connections=5
    )
    (mail,) = run(Policy.REPOLL, READY_FIRST, crowded, seconds=1.0).clients
    assert mail.tried == 5
    assert mail.skipped > 0


# --- nothing is left behind --------------------------------------------------------------------------------------


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_run_leaves_no_process_and_no_descriptor(marked: Callable[[], list[int]]) -> None:
    compare([Policy.RESTART], [SIGNAL_FIRST], BRIEF, simulate=False)
    before = open_descriptors()
    compare([Policy.RESTART, Policy.RETRY], KernelRule, BRIEF, simulate=False)
    assert marked() == []
    assert open_descriptors() == before


def test_the_callers_signals_and_children_are_left_alone() -> None:
    handler, mask = signal.getsignal(signal.SIGCHLD), signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with subprocess.Popen([sys.executable, "-c", "raise SystemExit(7)"]) as child:
        compare([Policy.RESTART], [SIGNAL_FIRST], BRIEF, simulate=False)
        assert child.wait() == 7
    assert signal.getsignal(signal.SIGCHLD) == handler
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == mask


@pytest.fixture
def command(marked: Callable[[], list[int]]) -> Iterator["subprocess.Popen[str]"]:
    """The command in the middle of a long run, its workers dying and being forked."""
    arguments = ["--seconds", "60", "--workers", "60", "--fork-rate", "600"]
    with subprocess.Popen(
        [sys.executable, "-m", "unstall", "master", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            assert wait_until(lambda: len(marked()) > 15), "the workers did not come up"
            yield started
        finally:
            started.kill()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -15), (signal.SIGKILL, -9)])
def test_no_process_outlives_a_command_that_is_stopped(
    number: signal.Signals, status: int, command: "subprocess.Popen[str]", marked: Callable[[], list[int]]
) -> None:
    command.send_signal(number)
    _, said = command.communicate(timeout=15)
    assert command.returncode == status
    assert said == ("unstall: interrupted\n" if number is signal.SIGINT else "")
    assert wait_until(lambda: not marked()), "processes are left"


def test_no_worker_outlives_a_master_that_dies(
    command: "subprocess.Popen[str]", marked: Callable[[], list[int]]
) -> None:
    (master,) = Path(f"/proc/{command.pid}/task/{command.pid}/children").read_text().split()
    os.kill(int(master), signal.SIGKILL)
    _, said = command.communicate(timeout=15)
    assert command.returncode == 2
    assert said == "unstall: the master's process died\n"
    assert wait_until(lambda: not marked()), "workers are left"


def test_a_port_in_use_is_an_error(marked: Callable[[], list[int]]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(MasterError, match=f"can't listen on port {port} for mail: Address already in use"):
            compare([Policy.RESTART], [SIGNAL_FIRST], replace(BRIEF, port=port), simulate=False)
    assert marked() == []


def test_more_processes_than_the_users_limit_is_an_error(marked: Callable[[], list[int]]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "unstall", "master"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NPROC, (50, 50)),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"the user's limit is 50" in done.stderr
    assert marked() == []
