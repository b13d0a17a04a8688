"""What a strategy puts in place of a restart, before it is written into a file."""

from dataclasses import dataclass

from unstall.fixes.layout import Code


class RefusedError(Exception):
    """A strategy, or a way to write it, doesn't fit the place; the message says why."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """The code of the interrupted branch."""

    code: tuple[Code, ...]
    """Empty where the branch has nothing to do but to go on."""
    keeps_failure: bool
    """The result still tells of a failure afterwards, so that the tests for fatal errors must be passed by."""
    declares: bool = False
    """The code begins with a declaration, so that it needs a block of its own."""
    jumps: bool = False
    """The code ends in a jump of its own."""
    otherwise: "Treatment | None" = None
    """What is tried where this can't be proved in any way of writing it."""
