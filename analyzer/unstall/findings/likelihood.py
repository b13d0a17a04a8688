"""How likely signals interrupt a wait, by the handlers that its file and the run around it show, and what that makes of
a finding's severity.
"""

from dataclasses import dataclass

from unstall.findings.finding import Severity
from unstall.flow.dataflow import mentions
from unstall.flow.facts import WaitFact
from unstall.flow.files import SignalFacts
from unstall.flow.waits import WaitKind

_ONCE = frozenset({
    "SIGHUP", "SIGINT", "SIGTERM", "SIGQUIT", "SIGTSTP", "SIGCONT", "SIGPWR", "SIGINFO", "SIGBREAK",
    "SIGXCPU", "SIGXFSZ", "SIGPIPE", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGSYS", "SIGTRAP",
})  # fmt: skip
"""Signals that are sent by hand, or that tell of the program's own fault."""
_ENDING = frozenset({"SIGINT", "SIGTERM", "SIGQUIT"})
"""Those that ask a program to end."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    """What is known of the signals that may come to the waits of a file."""

    signals: SignalFacts

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

    def severity(self, fact: WaitFact, own: Severity) -> Severity:
        """The severity where the file shows that handlers are few: none in a whole program, so that nothing interrupts
        it, or none in the file in which it starts, or in any that the run looks at; where every signal is blocked; or
        where it waits in a thread: what is sent to the process goes to its first one, as a rule, as long as that lets
        it through (Linux, `complete_signal` in kernel/signal.c).
        """
        if fact.spec.kind is WaitKind.TRANSFER and "EAGAIN" in fact.errnos:
            return own  # no signal is needed for that
        if self.none_in_program or self.is_closed(fact):
            return Severity.NOTE
        return Severity.WARNING if own is Severity.ERROR and self.why_few_handlers(fact) else own

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

    def why_few_handlers(self, fact: WaitFact) -> str:
        """Why signals hardly come to the wait, in a sentence; empty where nothing speaks of that."""
        if self.none_in_program:
            return "This program installs no handler that is visible here; without one, no signal interrupts it."
        if self.is_closed(fact):
            return "Every signal is blocked before it waits; only a stop of the process (SIGSTOP) interrupts it."
        if self.may_be_closed(fact):
            return "The program in this folder blocks every signal; if this is part of it, only a stop interrupts it."
        if self.signals.none_here:
            where, what = ("No file of this folder", "a") if self.signals.none_in_folder else ("This file", "no")
            return f"{where}, in which the program starts, installs {what} handler; others may."
        if self.signals.none_in_run:
            return "No file that was looked at installs a handler; without one, no signal interrupts a wait."
        if self.in_thread(fact):
            return "It waits in a thread, and a signal to the process goes to its first one, as a rule."
        return ""

    @property
    def none_in_program(self) -> bool:
        """Whether a whole program is at hand, and installs no handler."""
        return self.signals.none_at_all or (self.signals.none_here and self.signals.none_in_run)

    def in_thread(self, fact: WaitFact) -> bool:
        """Whether a thread starts in the function that waits, and its file doesn't send signals to single ones."""
        return fact.graph.name in self.signals.threads and not self.signals.signals_threads

    @property
    def comes_again(self) -> bool:
        """Whether the file handles a signal that may come again and again (a child's end, a timer's tick, another
        process's word), and not only those that somebody sends it once.
        """
        once = _ONCE if self.signals.alarm_comes_again else _ONCE | {"SIGALRM"}
        return not once.issuperset(self.signals.signals)

    @property
    def has_timer(self) -> bool:
        """Whether the file handles the ticks of a timer."""
        signals = set(self.signals.signals)
        return bool(signals & {"SIGVTALRM", "SIGPROF"}) or ("SIGALRM" in signals and self.signals.alarm_comes_again)
