"""What the caller and the master's process say to each other: one `Job`, then `Started`, then a result or `Failed`."""

from dataclasses import dataclass

from unstall.master.settings import KernelRule, Policy, Settings


@dataclass(frozen=True, slots=True)
class Job:
    """The run that is asked for."""

    policy: Policy
    rule: KernelRule
    settings: Settings


@dataclass(frozen=True, slots=True)
class Started:
    """The services listen; the run's time begins."""

    ports: dict[str, int]


@dataclass(frozen=True, slots=True)
class Failed:
    """The run could not be done."""

    message: str
