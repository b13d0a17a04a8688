"""What a rule is: one class in one file, with its documentation, its examples and its check."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import ClassVar

from unstall.findings.finding import Finding, Mark, Severity
from unstall.findings.likelihood import Likelihood
from unstall.findings.pep475 import RETRIED, retried_by_python, weighed
from unstall.findings.witness import UpTo, assumptions, loop_head, wait_note, witness
from unstall.flow.facts import WaitFact
from unstall.flow.files import SignalFacts
from unstall.flow.signals import with_handlers
from unstall.options import DEFAULTS, Settings
from unstall.source import Language, SourceFile
from unstall.wording import clause


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


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may know beside the fact itself."""

    source: SourceFile
    signals: SignalFacts
    """What the file shows of signals: whose handlers it installs, which flags they set."""
    configuration: tuple[str, ...] = ()
    """What was assumed of preprocessor symbols to choose the ``#if`` branches of the file."""
    settings: Settings = DEFAULTS
    """What the project says of itself: the oldest Python and the kernels that it runs on."""

    @property
    def likelihood(self) -> Likelihood:
        """How likely a signal interrupts a wait of the file."""
        return Likelihood(self.signals)

    def line(self, fact: WaitFact, node: int | None = None) -> int:
        """The line of a node of a fact, of its wait where none is given."""
        return self.source.line(fact.graph.nodes[fact.wait if node is None else node].span.start)

    def around(self, fact: WaitFact) -> "Context":
        """The context of a fact: where the loop around the wait stands in the file in which the program starts, its
        handlers are those of the wait, too, unless the wait's own file installs some.
        """
        shown = fact.caller.signals if fact.caller else None
        if shown is None or self.signals.installs or self.signals.program:
            return self
        return replace(self, signals=with_handlers(self.signals, [shown]))

    def text(self, fact: WaitFact, node: int, limit: int = 40) -> str:
        """The source of a node of a fact on one line."""
        return clause(self.source.text(fact.graph.nodes[node].span), limit)


class Rule(ABC):
    """A kind of defect. The class docstring is its documentation page, under the headings of `HEADINGS`.

    A rule reads facts and traces only, never syntax.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    """Reads well after "allow …"."""
    severity: ClassVar[Severity]
    enabled: ClassVar[bool] = True
    """Whether it applies where nothing is selected."""
    every_wait: ClassVar[bool] = False
    """Whether it has something to say of a transfer whose interrupt nobody tells from other errors. A run looks into
    those only if such a rule is selected; none is enabled by itself.
    """
    summary: ClassVar[str]
    """One sentence, for tables."""
    VALID: ClassVar[tuple[Valid, ...]]
    INVALID: ClassVar[tuple[Invalid, ...]]

    def findings(self, fact: WaitFact, context: Context) -> Iterable[Finding]:
        """The findings of this rule at one wait site; none where only a call that would block goes that way, which is
        no matter of signals.
        """
        return self.check(fact, context) if "EINTR" in fact.errnos else ()

    @abstractmethod
    def check(self, fact: WaitFact, context: Context) -> Iterable[Finding]:
        """What this rule finds of an interrupt at one wait site; fixes are added later."""

    def finding(
        self,
        fact: WaitFact,
        context: Context,
        at: int,
        message: str,
        why: str,
        notes: Iterable[Mark] = (),
        no_fix: str = "",
        *,
        back: str = "",
        up_to: UpTo | None = None,
    ) -> Iterator[Finding]:
        """A finding at a node of the fact's graph, with the interrupted run as its witness; none where no Python that
        the project is for shows it the interrupt. ``notes`` mark further places beside the loop and the wait; ``back``
        says what the jump does where it leads back in the loop; ``up_to`` is where the witness ends, if not at the
        end of the iteration.
        """
        own = context.likelihood.severity(fact, self.severity)
        severity = weighed(fact, context.settings, own)
        if severity is None:
            return
        if own is not self.severity and (few := context.likelihood.why_few_handlers(fact)):
            why += f" {few}"
        if retried_by_python(fact):
            why += f" {RETRIED}."
        yield Finding(
            self.code, self.name, severity, fact.path, fact.graph.nodes[at].span, message, why,
            witness(fact, context.source, up_to), "", (*places(fact, context.source, back), *notes), fact,
            no_fix=no_fix, assumes=assumptions(fact, context.source, context.configuration),
        )  # fmt: skip

    @classmethod
    def documentation(cls) -> str:
        """The class docstring as Markdown, without its indentation."""
        return inspect.getdoc(cls) or ""


def places(fact: WaitFact, source: SourceFile, back: str = "") -> tuple[Mark, ...]:
    """The loop's head, the wait, and the jump where it leads ``back``, as marks."""
    nodes = fact.graph.nodes
    head = (Mark(loop_head(fact, source), "loop", ""),) if fact.loop is not None else ()
    wait = Mark(nodes[fact.wait].span, "wait", wait_note(fact, source))
    jump = (Mark(nodes[fact.interrupt].span, "interrupt", back),) if back and fact.interrupt is not None else ()
    return (*head, wait, *jump)


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


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule of the package `unstall_rules`, by code: one a module, found by listing the package."""
    import unstall_rules

    rules = [
        rule()
        for module in iter_modules(unstall_rules.__path__, "unstall_rules.")
        for rule in vars(import_module(module.name)).values()
        if isinstance(rule, type) and issubclass(rule, Rule) and rule.__module__ == module.name
    ]
    return tuple(sorted(rules, key=lambda rule: rule.code))


def find_rule(name: str) -> Rule | None:
    """The rule with this code or name, in any case; None where there is none."""
    wanted = name.casefold()
    return next((rule for rule in all_rules() if wanted in (rule.code.casefold(), rule.name)), None)
