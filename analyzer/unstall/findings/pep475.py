"""What PEP 475 leaves of a finding in Python: since 3.5 its own waits retry by themselves after a signal.

A handler that raises still ends them, and older versions don't retry. Calls through ctypes and of C extensions aren't
covered at all; the analysis sees those as calls that report by errno, or by a name of their own.
"""

from unstall.findings.finding import Severity
from unstall.flow import catalogue
from unstall.flow.caught import GENERAL
from unstall.flow.facts import WaitFact
from unstall.flow.ir import Branch, Call, Matches
from unstall.flow.outcomes import Run
from unstall.flow.waits import Reporting, WaitKind
from unstall.options import Settings

RETRIES_SINCE = (3, 5)
RETRIED = "Python 3.5 and later retry this wait by themselves (PEP 475), unless a signal handler raises"
"""What to say of a wait that is `retried_by_python`."""
_NEVER_RAISES = "time.sleep"
"""In Python 2 it ends early after a signal, without an exception (Modules/timemodule.c), and since 3.5 it sleeps on."""


def retried_by_python(fact: WaitFact) -> bool:
    """Whether Python itself, since 3.5, retries this wait instead of letting the program see the interrupt."""
    call = fact.graph.nodes[fact.wait].effect
    return (
        fact.language == "python"
        and fact.spec.reporting is Reporting.EXCEPTION
        and "EINTR" in fact.errnos
        and not ("EAGAIN" in fact.errnos and fact.spec.kind is WaitKind.TRANSFER)  # a descriptor that doesn't block
        and isinstance(call, Call)
        and (call.callee in catalogue.PYTHON_WAITS or call.name in catalogue.PYTHON_WAITS)
    )


def oldest_python(fact: WaitFact, settings: Settings) -> tuple[int, int] | None:
    """The oldest Python that the wait may run on: that of the project, or the first that reads the file; None where
    nothing is known.
    """
    return max((version for version in (settings.python(), fact.graph.since) if version), default=None)


def why_no_older_python(fact: WaitFact, settings: Settings) -> str:
    """What `oldest_python` rests on, in a sentence; empty where nothing is known."""
    oldest = oldest_python(fact, settings)
    if oldest is None:
        return ""
    version = ".".join(map(str, oldest))
    if oldest == settings.python():
        return f"The project is for Python {version} and later."
    return f"No Python before {version} reads this file."


def is_dead(fact: WaitFact, settings: Settings) -> bool:
    """Whether no Python that the project is for shows it the interrupt."""
    target = oldest_python(fact, settings)
    return retried_by_python(fact) and target is not None and target >= RETRIES_SINCE


def shown_by_no_python(fact: WaitFact, settings: Settings) -> bool:
    """Like `is_dead`, but where nothing is known of the project's Python, InterruptedError tells that it is 3.3 at
    least.
    """
    return is_dead(fact, settings) or _only_its_class_tells(fact, settings)


def weighed(fact: WaitFact, settings: Settings, own: Severity) -> Severity | None:
    """The severity of a finding about an interrupt, None where Python makes it none.

    Where neither the project nor the file tells which Python it is for, the way that it catches the interrupt does: an
    error number is compared as Python 2 needs it, while InterruptedError came with 3.3 and has had next to no use since
    3.5, so that an error is no more than a warning.
    """
    if is_dead(fact, settings) or fact.spec.name == _NEVER_RAISES:
        return None
    if _only_its_class_tells(fact, settings):
        return Severity.WARNING if own is Severity.ERROR else own
    return own


def _only_its_class_tells(fact: WaitFact, settings: Settings) -> bool:
    """Whether nothing tells of the Python that a retried wait may run on but that the interrupt is caught by its class,
    which came with 3.3.
    """
    if not retried_by_python(fact) or oldest_python(fact, settings) is not None:
        return False
    return any(name.rpartition(".")[2] == "InterruptedError" for classes in _classes_tested(fact) for name in classes)


def caught_with_everything(fact: WaitFact) -> bool:
    """Whether an interrupt ends up in a handler for whatever may go wrong (``except:``, ``except Exception:``,
    ``except OSError:``)."""
    return any(not classes or GENERAL & set(classes) for classes in _classes_tested(fact))


def _classes_tested(fact: WaitFact) -> list[tuple[str, ...]]:
    """The classes of the except clauses that the interrupt comes to."""
    trace = fact.traces.get(Run.INTERRUPTED)
    effects = [fact.graph.nodes[node].effect for node in trace.path] if trace else []
    return [e.condition.classes for e in effects if isinstance(e, Branch) and isinstance(e.condition, Matches)]
