"""Findings: what a rule reports, with its witness and its fixes; every report format is written from these."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal

from unstall.source import Edit, Span

if TYPE_CHECKING:
    from unstall.flow.facts import WaitFact


class Severity(Enum):
    """How bad, and whether the exit status tells: errors and warnings make it 1, notes don't."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class WitnessPoint:
    """One numbered point of the path that justifies a finding."""

    span: Span
    text: str
    """What happens here, as a clause: ``select fails with EINTR``, ``the test is true``, ``continue``."""


MarkRole = Literal["loop", "wait", "interrupt", "skipped", "skipped-ready", "skipped-other", "reader", "comment"]
"""What a marked place is to the finding: the loop's head, the wait, the jump, a skipped stage (one that an interrupt
owes; one that has work only when something is ready; any other), a place that works from what a stage left, and a
comment to this program."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked place of the excerpt."""

    span: Span
    role: MarkRole
    note: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A patch for one finding in one file."""

    strategy: str
    """The strategy's name: no-event, as-timeout, repoll …"""
    description: str
    """What the patched code does, in one sentence."""
    edits: tuple[Edit, ...]
    proved: bool
    """The patched function was analysed again and is right."""


@dataclass(frozen=True)
class Finding:
    """One defect at one place."""

    code: str
    name: str
    severity: Severity
    path: str
    span: Span
    """The primary place, kept small: the jump."""
    message: str
    """One line, lower-case start, no final full stop; numbers are counted."""
    why: str
    """What it costs, when, in a sentence or two."""
    witness: tuple[WitnessPoint, ...]
    comparison: str
    """What a timeout would have done instead, as a sentence; empty where it doesn't apply."""
    marks: tuple[Mark, ...]
    fact: "WaitFact | None"
    """The wait site; None where the finding is about a comment to this program."""
    fixes: tuple[Fix, ...] = ()
    no_fix: str = ""
    """Why no patch is proposed; empty where there is one."""
    assumes: tuple[str, ...] = ()
    """What the reading of the loop rests on where it holds ``#if`` branches: ``HAVE_PSELECT``, ``!HAVE_SNMP``."""

    @property
    def function(self) -> str:
        """The function it stands in; empty where it isn't about one."""
        return self.fact.graph.name if self.fact else ""


def most_severe(findings: Iterable[Finding], limit: int) -> list[Finding]:
    """At most ``limit`` findings, the most severe of them, in the order they had."""
    numbered = list(enumerate(findings))
    order = list(Severity)
    chosen = sorted(numbered, key=lambda pair: order.index(pair[1].severity))[:limit]
    return [finding for _, finding in sorted(chosen, key=lambda pair: pair[0])]
