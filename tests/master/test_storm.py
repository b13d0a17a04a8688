"""What the master shows in a storm, in simulation: the relations hold exactly, and agree with the loop's model."""

from dataclasses import replace

import pytest
from unstall.flow.ir import Call, FlowGraph
from unstall.flow.outcomes import Run
from unstall.master import KernelRule, Policy, RunResult, Settings, compare
from unstall.master.presets import PRESETS
from unstall.master.results import STAGES
from unstall.master.settings import Clients, Costs, Event, Service, Signals
from unstall.proof.kernels import Kernel
from unstall.proof.model import Model, model_of
from unstall.proof.policy import Version, policy_of
from unstall.proof.reading import read
from unstall.proof.stale import stale_reads
from unstall.proof.starvation import Liveness, verdict
from unstall.source import SourceFile

STORM = PRESETS["storm"].settings
READY_FIRST, SIGNAL_FIRST = KernelRule.READY_FIRST, KernelRule.SIGNAL_FIRST


@pytest.fixture(scope="module")
def storm() -> dict[tuple[Policy, KernelRule], RunResult]:
    """Every policy under both rules: 24 workers that live up to 4 ms, for 5 s."""
    return {(result.policy, result.kernel): result for result in compare(Policy, KernelRule, STORM)}


Storm = dict[tuple[Policy, KernelRule], RunResult]


def gap(result: RunResult, stage: str) -> float:
    return result.stage(stage).longest_gap


def test_restart_stalls_the_loop_where_signals_come_first(storm: Storm) -> None:
    stalled, sound = storm[Policy.RESTART, SIGNAL_FIRST], storm[Policy.REPOLL, SIGNAL_FIRST]
    assert gap(stalled, "messages") >= 10 * gap(sound, "messages")
    assert stalled.stage("janitor").runs < 0.25 * stalled.counts.passes
    assert stalled.starved == ("schedule", "messages", "spawn-on-demand", "clock", "janitor", "alarms")
    assert stalled.unread > 1000
    # the head of the loop runs, very often, and to no end
    assert stalled.stage("reap").runs == stalled.stage("spawn").runs == stalled.counts.passes


def test_restart_serves_messages_where_descriptors_come_first_but_skips_the_janitor(storm: Storm) -> None:
    result = storm[Policy.RESTART, READY_FIRST]
    assert "messages" not in result.starved
    assert result.counts.interrupts > 0
    assert result.stage("janitor").runs == result.counts.passes - result.counts.interrupts
    assert result.counts.completed == result.stage("janitor").runs


@pytest.mark.parametrize("policy", [Policy.AS_TIMEOUT, Policy.NO_EVENT])
def test_clearing_the_results_saves_the_janitor_and_starves_messages(storm: Storm, policy: Policy) -> None:
    result = storm[policy, SIGNAL_FIRST]
    assert result.starved == ("messages", "spawn-on-demand")
    assert result.stage("janitor").runs == result.counts.passes
    assert storm[policy, READY_FIRST].starved == ()


def test_as_timeout_claims_timeouts_that_no_event_does_not(storm: Storm) -> None:
    for rule in KernelRule:
        assert storm[Policy.AS_TIMEOUT, rule].counts.faked_timeouts == storm[Policy.AS_TIMEOUT, rule].counts.interrupts
        assert storm[Policy.NO_EVENT, rule].counts.faked_timeouts == 0


@pytest.mark.parametrize("rule", KernelRule)
def test_falling_through_starves_nothing_and_acts_on_stale_readiness(storm: Storm, rule: KernelRule) -> None:
    result = storm[Policy.FALL_THROUGH, rule]
    assert result.starved == ()
    assert result.counts.empty_reads > 0
    assert result.counts.spurious_spawns > 0


@pytest.mark.parametrize("rule", KernelRule)
@pytest.mark.parametrize("policy", [Policy.REPOLL, Policy.BOUNDED_REPOLL])
def test_looking_again_starves_nothing_and_reads_nothing_stale(storm: Storm, policy: Policy, rule: KernelRule) -> None:
    result = storm[policy, rule]
    assert result.starved == ()
    assert result.counts.empty_reads == result.counts.spurious_spawns == 0
    assert result.counts.completed == result.counts.passes


def test_clients_are_denied_by_the_stall_and_by_nothing_else(storm: Storm) -> None:
    for (policy, rule), result in storm.items():
        denied = sum(client.denied for client in result.clients)
        stalls = rule is SIGNAL_FIRST and policy in (Policy.RESTART, Policy.AS_TIMEOUT, Policy.NO_EVENT)
        assert (denied > 10) if stalls else (denied == 0), (policy, rule, denied)


def test_the_same_clients_come_whatever_the_policy(storm: Storm) -> None:
    arrivals = {tuple(client.tried for client in result.clients) for result in storm.values()}
    assert len(arrivals) == 1


def test_a_run_is_a_function_of_its_settings() -> None:
    short = replace(STORM, seconds=0.5)
    first, second = (compare(["restart"], ["signal-first"], short) for _ in range(2))
    assert first == second
    assert first != compare(["restart"], ["signal-first"], replace(short, seed=2))


# --- agreement with the executable model: interrupts at will -----------------------------------------------------

BEGIN, TAIL = 0.05, 0.05
COSTS = Costs(fork=2e-4, look=2e-5)
AT_WILL = 1e6
"""Signals a second: many in each system call, so that one is pending at every look that lets it in."""

CALM = (Service("mail", desired=2, maximum=4),)
"""Nothing is ever ready: every wait can be interrupted under either rule."""

BUSY = (
    Service("mail", desired=2, maximum=4, uses=10**6, clients=Clients(returning=1, session=1e-3)),
    Service("sieve", desired=0, maximum=4, uses=1, clients=Clients(returning=1, session=1e-3, patience=1e-2)),
)
"""There is always a message to read soon, and a client to spawn for."""

FROM_READINESS = {"messages", "spawn-on-demand"}
LOOP = """
void run(int status, int listener)
{{
    int r; time_t now = 0; fd_set rfds; struct timespec timeout;
    for (;;) {{
        run_schedule(now);
        reap_children();
        spawn_workers();
        FD_ZERO(&rfds);
        FD_SET(status, &rfds);
        FD_SET(listener, &rfds);
        r = pselect(listener + 1, &rfds, NULL, NULL, &timeout, &mask);
        {handling}
        if (r == -1) {{ fatal("pselect"); exit(1); }}
        if (FD_ISSET(status, &rfds)) read_messages();
        if (FD_ISSET(listener, &rfds)) spawn_on_demand();
        now = time(NULL);
        sweep_janitor(now);
        raise_alarms();
    }}
}}
"""
"""The master's loop in C, with its interrupts still to be handled."""

AGAIN = "r == -1 && (errno == EINTR || errno == EAGAIN)"
HANDLING = {
    Policy.RESTART: f"if ({AGAIN}) continue;",
    Policy.RETRY: f"while ({AGAIN}) r = pselect(listener + 1, &rfds, NULL, NULL, &timeout, &mask);",
    Policy.FALL_THROUGH: f"if ({AGAIN}) r = 1;",
    Policy.AS_TIMEOUT: f"if ({AGAIN}) {{ FD_ZERO(&rfds); r = 0; }}",
    Policy.NO_EVENT: f"if ({AGAIN}) FD_ZERO(&rfds); else",
    Policy.BOUNDED_REPOLL: f"""if ({AGAIN}) {{
            int tries; struct timespec at_once = {{ 0, 0 }};
            for (tries = 0; tries < 5 && {AGAIN}; tries++)
                r = pselect(listener + 1, &rfds, NULL, NULL, &at_once, &mask);
            if ({AGAIN}) {{ FD_ZERO(&rfds); r = 0; }}
        }}""",
    Policy.REPOLL: f"""if ({AGAIN}) {{
            struct timeval at_once = {{ 0, 0 }};
            r = select(listener + 1, &rfds, NULL, NULL, &at_once);
            if ({AGAIN}) {{ FD_ZERO(&rfds); r = 0; }}
        }}""",
}
WORK = {
    "schedule": "time",  # it runs the events that are due as of the time noted last
    "reap": "reap_children",
    "spawn": "spawn_workers",
    "messages": "read_messages",
    "spawn-on-demand": "spawn_on_demand",
    "clock": "time",
    "janitor": "sweep_janitor",
    "alarms": "raise_alarms",
}
"""What each stage of the master is in the loop."""
STORM_OF_SIGNALS = (Run.INTERRUPTED, Run.WOULD_BLOCK)


def modelled(policy: Policy) -> Model:
    """The executable model of the loop with that policy's handling written into it."""
    reading = read(SourceFile("loop.c", LOOP.format(handling=HANDLING[policy]).encode(), "c"))
    (graph,) = reading.graphs
    wait = min(node.id for node in graph.nodes if isinstance(node.effect, Call) and node.effect.name == "pselect")
    model = model_of(graph, wait, reading.project, [calls(graph, name) for name in WORK.values()])
    assert model is not None
    return model


def calls(graph: FlowGraph, name: str) -> frozenset[int]:
    return frozenset(node.id for node in graph.nodes if isinstance(node.effect, Call) and node.effect.name == name)


def can_starve(policy: Policy, rule: KernelRule) -> set[str]:
    """The model's verdict: the stages for which there is a cycle through the wait that passes them over."""
    model = modelled(policy)
    found = {
        stage: verdict(model, calls(model.graph, name), Kernel(rule.value), STORM_OF_SIGNALS, stage in FROM_READINESS)
        for stage, name in WORK.items()
    }
    assert {one.liveness for one in found.values()} <= {Liveness.STARVES, Liveness.EVERY_PASS}
    return {stage for stage, one in found.items() if one.liveness is Liveness.STARVES}


@pytest.mark.parametrize("policy", Policy)
def test_the_traces_of_a_loop_show_its_policy(policy: Policy) -> None:
    model = modelled(policy)
    unconditional = tuple(calls(model.graph, name) for name in ("time", "sweep_janitor", "raise_alarms"))
    ready = tuple(calls(model.graph, name) for name in ("read_messages", "spawn_on_demand"))
    source = SourceFile("loop.c", LOOP.format(handling=HANDLING[policy]).encode(), "c")
    stale = stale_reads(model, STORM_OF_SIGNALS, source, frozenset())
    assert policy_of(Version(model, unconditional, ready, stale), STORM_OF_SIGNALS) is policy


def measured_gaps(policy: Policy, rule: KernelRule, length: float) -> dict[str, float]:
    """Each stage's longest gap in a storm of that length, on the load that gives it work to miss."""
    storm = Signals(AT_WILL, BEGIN, BEGIN + length)
    loads = [
        Settings(
            services,
            seconds=BEGIN + length + TAIL,
            signals=storm,
            costs=COSTS,
            events=(Event("checkpoint", 5e-3),),
            alarm_period=5e-3,
        )
        for services in (CALM, BUSY)
    ]
    calm, busy = (compare([policy], [rule], load)[0] for load in loads)
    return {name: gap(busy if name in FROM_READINESS else calm, name) for name in STAGES}


@pytest.mark.parametrize("rule", KernelRule)
@pytest.mark.parametrize("policy", Policy)
def test_a_gap_grows_with_the_storm_where_the_model_says_can_starve_and_nowhere_else(
    policy: Policy, rule: KernelRule
) -> None:
    short, long = (measured_gaps(policy, rule, length) for length in (0.1, 0.3))
    growing = {name for name in STAGES if long[name] - short[name] > 0.19}
    assert growing == can_starve(policy, rule)
    bounded = {name: length for name, length in long.items() if name not in growing}
    assert all(length < 0.02 for length in bounded.values()), bounded
