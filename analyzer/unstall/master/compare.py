"""Run the master under several policies and kernel rules: the entry point for other parts of the tool."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

from unstall.master.loop import Master
from unstall.master.metrics import Meter
from unstall.master.policies import HANDLERS
from unstall.master.presets import STORM
from unstall.master.results import RunResult
from unstall.master.settings import KernelRule, MasterError, Policy, Settings
from unstall.master.simulated import SimulatedKernel

Progress = Callable[[Policy, KernelRule, float], None]
"""Called now and then with the run that is under way, and how many of its seconds are over."""


def compare(
    policies: Iterable[Policy | str],
    kernels: Iterable[KernelRule | str],
    settings: Settings = STORM.settings,
    *,
    simulate: bool = True,
    progress: Progress | None = None,
) -> list[RunResult]:
    """Run every policy under every kernel rule, on the same load; policies in the outer loop.

    The simulated mode runs anywhere and is a function of its arguments. The real mode (``simulate=False``, Linux
    only) forks processes, opens sockets on the loopback interface and takes ``settings.seconds`` for each run.

    Raises `MasterError` where a policy or kernel rule is unknown or the run can't be done as asked.
    """
    pairs = [(_policy(policy), _rule(rule)) for policy in policies for rule in kernels]
    run = simulated_run if simulate else _real_run()
    if simulate:
        settings.check()
    else:
        settings.check_real()
    results = []
    for policy, rule in pairs:

        def report(seconds: float, policy: Policy = policy, rule: KernelRule = rule) -> None:
            if progress is not None:
                progress(policy, rule, seconds)

        results.append(run(policy, rule, settings, report))
    return results


def simulated_run(policy: Policy, rule: KernelRule, settings: Settings, progress: Callable[[float], None]) -> RunResult:
    """One run on virtual time."""
    kernel = SimulatedKernel(rule, settings)
    meter = Meter(kernel, settings, progress)
    master = Master(kernel, settings, HANDLERS[policy], meter)
    master.run()
    result = meter.result(policy, rule, "simulated", settings, master.table.largest)
    return replace(
        result,
        clients=tuple(host.tally.result() for host in kernel.world.hosts if host.service.clients.any),
    )


class _Run(Protocol):
    def __call__(
        self, policy: Policy, rule: KernelRule, settings: Settings, progress: Callable[[float], None]
    ) -> RunResult: ...


def _real_run() -> _Run:
    if sys.platform != "linux":
        raise MasterError("the real mode needs Linux (it uses its system calls): --simulate runs anywhere")
    from unstall.master.real.harness import real_run  # imports what only Unix has

    return real_run


def _policy(name: Policy | str) -> Policy:
    try:
        return Policy(name)
    except ValueError:
        raise MasterError(f"no policy {name}: choose from {', '.join(Policy)}") from None


def _rule(name: KernelRule | str) -> KernelRule:
    try:
        return KernelRule(name)
    except ValueError:
        raise MasterError(f"no kernel rule {name}: choose from {', '.join(KernelRule)}") from None
