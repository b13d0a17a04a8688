"""The ways to handle an interrupted wait that a patch can choose between, one a module."""

from importlib import import_module
from typing import Protocol, cast

from unstall.fixes.site import Site
from unstall.fixes.treatment import Treatment


class Strategy(Protocol):
    """What a strategy's module offers."""

    NAME: str
    DESCRIPTION: str
    """What the patched code does, in one sentence without a full stop."""

    def treatment(self, site: Site) -> Treatment:
        """The code for one place. Raises RefusedError where the strategy doesn't fit it."""


NAMES = ("fall-through", "no-event", "as-timeout", "repoll", "bounded-repoll")
"""In the order of preference: what changes least comes first."""


def strategy_of(name: str) -> Strategy:
    """The strategy of a name; KeyError for another."""
    if name not in NAMES:
        raise KeyError(name)
    return cast(Strategy, import_module(f"unstall.fixes.strategies.{name.replace('-', '_')}"))


def default_order(site: Site) -> tuple[str, ...]:
    """Where the wait swaps the signal mask, looking again comes first: only it serves ready descriptors, too, on
    kernels that look for signals first. A bounded re-poll is made on request alone.
    """
    plain = NAMES[:-1]
    return ("repoll", *(n for n in plain if n != "repoll")) if site.fact.spec.swaps_mask else plain
