"""What a rule is: one class in one file, with its documentation, its examples and its check."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from unstall.findings import Finding, Severity
from unstall.flow.facts import WaitFact
from unstall.source import Language, SourceFile


@dataclass(frozen=True, slots=True)
class Valid:
    """A program that the rule must stay silent on."""

    code: str
    language: Language = "c"


@dataclass(frozen=True, slots=True)
class Invalid:
    """A program that the rule must report, at the lines given."""

    code: str
    lines: tuple[int, ...]
    """1-based lines of the findings."""
    language: Language = "c"
    skipped: tuple[int, ...] = ()
    """Lines at which the bypassed stages start, where the rule speaks of stages."""


class Rule(ABC):
    """A kind of defect. The class docstring is its documentation page, under the headings of `HEADINGS`.

    A rule reads facts and traces only, never syntax.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    """Reads well after "allow …"."""
    severity: ClassVar[Severity]
    summary: ClassVar[str]
    """One sentence, for tables."""
    VALID: ClassVar[tuple[Valid, ...]]
    INVALID: ClassVar[tuple[Invalid, ...]]

    @abstractmethod
    def check(self, fact: WaitFact, source: SourceFile) -> Iterable[Finding]:
        """The findings of this rule at one wait site; fixes are added later."""


HEADINGS = (
    "What it does",
    "Why is this bad?",
    "Example",
    "Use instead",
    "Fix safety",
    "Known limits",
    "References",
)
"""The headings of a rule's documentation, in order; "Use instead" follows the example."""
