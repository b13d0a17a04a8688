"""What was raised, and which except clauses catch it."""

from unstall.flow.outcomes import Run
from unstall.flow.values import TOP, Errno, Raised, Value

GENERAL = frozenset(
    {"OSError", "IOError", "EnvironmentError", "Exception", "BaseException", "StandardError", "WindowsError"}
)
"""Classes that catch every error of a wait, in Python 2 or 3."""
_OTHER_FAULTS = frozenset(
    {"KeyboardInterrupt", "SystemExit", "ValueError", "TypeError", "AttributeError", "KeyError", "IndexError",
     "LookupError", "RuntimeError", "AssertionError", "UnicodeError", "EOFError", "MemoryError"}
)  # fmt: skip
"""Built-in classes that no error number of a wait comes as."""
_SPECIAL = frozenset({"BlockingIOError", "timeout", "TimeoutError", "Again"})
"""Classes that catch one outcome only."""
_OF_OTHER_NUMBERS = frozenset(
    {"ConnectionError", "BrokenPipeError", "ConnectionAbortedError", "ConnectionRefusedError", "ConnectionResetError",
     "ChildProcessError", "FileExistsError", "FileNotFoundError", "IsADirectoryError", "NotADirectoryError",
     "PermissionError", "ProcessLookupError"}
)  # fmt: skip
"""Built-in classes of OSError for error numbers other than EINTR, EAGAIN and ETIMEDOUT (PEP 3151)."""


def errno_of(raised: Raised) -> Value:
    """The error number of what the wait raised; anything where it raised nothing of its own."""
    match raised.run:
        case Run.INTERRUPTED:
            return Errno(frozenset({"EINTR"}))
        case Run.WOULD_BLOCK:
            return Errno(frozenset({"EAGAIN"}))
        case Run.FAILED:
            return Errno(frozenset({"EINTR", "EAGAIN"}), others=True)
    return TOP


def caught_by(classes: tuple[str, ...], raised: Value) -> bool | None:
    """Whether an except clause of these classes catches what was raised."""
    if not isinstance(raised, Raised):
        return None if classes else True
    if not classes:
        return True
    names = {name.rpartition(".")[2] for name in classes}
    dotted = set(classes)
    if names & GENERAL or dotted & {"select.error", "socket.error", "_socket.error", "error"}:
        return True
    if raised.run is not Run.FAILED and names <= _OTHER_FAULTS:
        return False
    if raised.run is Run.INTERRUPTED:
        if any(name.startswith("Interrupted") for name in names):
            return True
        return True if "ZMQError" in names else False if names <= _SPECIAL | _OF_OTHER_NUMBERS else None
    if raised.run is Run.WOULD_BLOCK:
        if all(name.startswith("Interrupted") or name in _OF_OTHER_NUMBERS for name in names):
            return False
        return True if names & {"BlockingIOError", "ZMQError", "Again"} else None
    if all(name.startswith("Interrupted") or name in _SPECIAL for name in names):
        return False
    return None
