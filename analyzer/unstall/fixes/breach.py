"""What can be wrong with a patch."""

from dataclasses import dataclass
from typing import Literal

from unstall.source import Span

BreachKind = Literal[
    "stage",  # a stage is skipped still, or gone
    "stale",  # results are read that the failed wait never wrote
    "unready",  # what only something ready is known to run would run for nothing
    "deadline",  # an interrupt would pass for an expired deadline
    "idle",  # a stage would run on a timeout alone
    "fatal",  # an interrupt would end the loop or the program
    "lost",  # another outcome would no longer do something
    "gained",  # another outcome would do more
    "detour",  # an interrupt may start the wait over by another jump
    "other-waits",  # another wait would be handled otherwise
    "undeclared",  # a name would be used that isn't declared
    "unknown",  # the patched code can't be seen through
]


@dataclass(frozen=True, slots=True)
class Breach:
    """An obligation that the patched code doesn't meet."""

    kind: BreachKind
    text: str
    """What would happen, as a clause."""
    span: Span | None = None
    """Where, in the patched file."""
