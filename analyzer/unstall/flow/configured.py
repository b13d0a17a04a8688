"""What a project says of its own functions, as the analysis takes it."""

from typing import TYPE_CHECKING

from unstall.flow.catalogue import C_WAITS
from unstall.flow.files import Macros
from unstall.flow.waits import Reporting, WaitKind, WaitSpec
from unstall.options import OwnWait, Settings

if TYPE_CHECKING:
    from unstall.flow.learnt import ProjectFacts


def macros(settings: Settings) -> Macros:
    """What is known of macros before any header was read."""
    return Macros(loops=frozenset(settings.foreach_macros), symbols=settings.symbols)


def configured(settings: Settings) -> "ProjectFacts":
    """What is known before any file was read."""
    from unstall.flow.learnt import ProjectFacts

    wrappers = {wait.name: _spec(wait) for wait in settings.waits}
    return ProjectFacts(wrappers=wrappers, no_return=frozenset(settings.no_return), macros=macros(settings))


_NUMBERED = frozenset(name.rpartition("_")[2] for name, spec in C_WAITS.items() if spec.timeout_is_number)
"""What the names of waits end in whose timeout is a number: a configuration tells it by the name alone."""


def _spec(wait: OwnWait) -> WaitSpec:
    """Arguments count from 1 in a configuration, from 0 here."""
    kind = WaitKind(wait.kind)
    return WaitSpec(
        wait.name,
        kind,
        Reporting(wait.result),
        timeout=None if wait.timeout is None else wait.timeout - 1,
        timeout_is_number=wait.name.rpartition("_")[2] in _NUMBERED,
        results=tuple(at - 1 for at in wait.results),
        descriptor=0 if kind is WaitKind.TRANSFER else None,
        swaps_mask=wait.swaps_mask,
    )
