"""What a rule is: one class in one file, with its documentation, its examples and its check."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import ClassVar

from unstall.findings import Finding, Mark, Severity
from unstall.flow.dataflow import mentions
from unstall.flow.facts import WaitFact
from unstall.flow.files import SignalFacts
from unstall.flow.ir import Call
from unstall.flow.signals import folder_of, with_handlers
from unstall.flow.waits import WaitKind
from unstall.options import DEFAULTS, Settings
from unstall.pep475 import retried_by_python, weighed
from unstall.source import Language, SourceFile
from unstall.witness import assumptions, from_macro, loop_head, witness
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


_ONCE = frozenset({
    "SIGHUP", "SIGINT", "SIGTERM", "SIGQUIT", "SIGTSTP", "SIGCONT", "SIGPWR", "SIGINFO", "SIGBREAK",
    "SIGXCPU", "SIGXFSZ", "SIGPIPE", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGSYS", "SIGTRAP",
})  # fmt: skip
"""Signals that are sent by hand, or that tell of the program's own fault."""
_ENDING = frozenset({"SIGINT", "SIGTERM", "SIGQUIT"})
"""Those that ask a program to end."""


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

    def can_storm(self, fact: WaitFact) -> bool:
        """Whether signals can interrupt a wait again and again, for all that the file shows: not where each of its
        handlers ends the program or the loop, nor where each makes a descriptor ready that the function looks at.
        """
        if self.only_ends(fact):
            return False
        return not self.signals.woken or not mentions(fact.graph, self.signals.woken)

    def only_ends(self, fact: WaitFact) -> bool:
        """Whether each of the handlers that the file installs ends the program or the loop."""
        signals = self.signals
        if not signals.complete or signals.foreign or not self.shows_handlers(fact):
            return False
        ending = fact.particulars.ended_by | (fact.caller.left_by if fact.caller else frozenset())
        if all(flags & ending for flags in signals.each_sets):
            return True
        # A handler that chooses by the signal sets one of few flags, or none for a signal that it isn't installed for.
        return _ENDING.issuperset(signals.signals) and bool(signals.may_set) and signals.may_set <= ending

    def shows_handlers(self, fact: WaitFact) -> bool:
        """Whether the handlers that the file installs are likely all: the program starts in it, or the function that
        waits installs them itself.
        """
        return self.signals.program or fact.graph.name in self.signals.installers

    def by_handlers(self, fact: WaitFact, own: Severity) -> Severity:
        """The severity where the file shows that handlers are few: none in a whole program, so that nothing interrupts
        it, or none in the file in which it starts, or in any that the run looks at; where every signal is blocked; or
        where it waits in a thread: what is sent to the process goes to its first one, as a rule, as long as that lets
        it through (Linux, `complete_signal` in kernel/signal.c).
        """
        if fact.spec.kind is WaitKind.TRANSFER and "EAGAIN" in fact.errnos:
            return own  # no signal is needed for that
        if self.none_in_program or self.is_closed(fact):
            return Severity.NOTE
        return Severity.WARNING if own is Severity.ERROR and self.few_handlers(fact) else own

    def is_closed(self, fact: WaitFact) -> bool:
        """Whether every signal is blocked before the function waits, and the wait has no mask of its own."""
        closed, name = self.signals.closed, fact.graph.name
        if fact.spec.swaps_mask:
            return False
        if name in closed.since:
            return fact.graph.nodes[fact.wait].span.start > closed.since[name]
        return "main" in closed.since and name not in closed.awake

    def may_be_closed(self, fact: WaitFact) -> bool:
        """Whether a program in the file's folder blocks every signal, and the file is likely part of that."""
        return self.signals.closed_around and not self.signals.program and not fact.spec.swaps_mask

    def few_handlers(self, fact: WaitFact) -> str:
        """Why signals hardly come to the wait, in a sentence; empty where nothing speaks of that."""
        if self.none_in_program:
            return "This program installs no handler that is visible here; without one, no signal interrupts it."
        if self.is_closed(fact):
            return "Every signal is blocked before it waits; only a stop of the process (SIGSTOP) interrupts it."
        if self.may_be_closed(fact):
            return "The program in this folder blocks every signal; if this is part of it, only a stop interrupts it."
        if self.signals.none_here:
            where, what = ("No file of this folder", "a") if self.none_in_folder else ("This file", "no")
            return f"{where}, in which the program starts, installs {what} handler; others may."
        if self.none_in_run:
            return "No file that was looked at installs a handler; without one, no signal interrupts a wait."
        if self.in_thread(fact):
            return "It waits in a thread, and a signal to the process goes to its first one, as a rule."
        return ""

    @property
    def none_in_program(self) -> bool:
        """Whether a whole program is at hand, and installs no handler."""
        return self.signals.none_at_all or (self.signals.none_here and self.none_in_run)

    @property
    def none_in_run(self) -> bool:
        """Whether no file of the folders that the run looks at installs a handler."""
        return self.signals.whole and not self.signals.installing and self.source.language == "c"

    @property
    def none_in_folder(self) -> bool:
        """The same of the file's own folder, which may hold more of its program than the rest."""
        return self.signals.whole and folder_of(self.source.path) not in self.signals.installing

    def in_thread(self, fact: WaitFact) -> bool:
        """Whether a thread starts in the function that waits, and its file doesn't send signals to single ones."""
        return fact.graph.name in self.signals.threads and not self.signals.aims

    @property
    def comes_again(self) -> bool:
        """Whether the file handles a signal that may come again and again (a child's end, a timer's tick, another
        process's word), and not only those that somebody sends it once.
        """
        once = _ONCE if self.signals.ticks else _ONCE | {"SIGALRM"}
        return not once.issuperset(self.signals.signals)

    @property
    def has_timer(self) -> bool:
        """Whether the file handles the ticks of a timer."""
        signals = set(self.signals.signals)
        return bool(signals & {"SIGVTALRM", "SIGPROF"}) or ("SIGALRM" in signals and self.signals.ticks)

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
        up_to: int | None = None,
    ) -> Iterator[Finding]:
        """A finding at a node of the fact's graph, with the interrupted run as its witness; none where no Python that
        the project is for shows it the interrupt. ``notes`` mark further places beside the loop and the wait; ``back``
        says what the jump does where it leads back in the loop; ``up_to`` is where the witness ends, if not at the
        end of the iteration.
        """
        own = context.by_handlers(fact, self.severity)
        severity = weighed(fact, context.settings, own)
        if severity is None:
            return
        if own is not self.severity and (few := context.few_handlers(fact)):
            why += f" {few}"
        if retried_by_python(fact):
            why += " Python 3.5 and later retry this wait by themselves (PEP 475), unless a signal handler raises."
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
    call = nodes[fact.wait].effect
    wrapped = isinstance(call, Call) and call.name != fact.spec.name.rpartition(".")[2]
    named = wrapped or from_macro(fact, source)
    wait = Mark(nodes[fact.wait].span, "wait", f"waits ({fact.spec.name})" if named else "waits")
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
