"""What the analysis knows of each wait site: the one value that rules, fixes, proof and reports read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from unstall.flow.files import SignalFacts
from unstall.flow.ir import Call, FlowGraph
from unstall.flow.outcomes import Exit, Handling, Run
from unstall.flow.values import Value
from unstall.flow.waits import WaitSpec
from unstall.source import Language, Span


@dataclass(frozen=True, slots=True)
class Trace:
    """What one run of an iteration can reach, from the wait until it leaves the iteration."""

    run: Run
    nodes: frozenset[int]
    """Nodes that the run may pass, the wait itself not included."""
    exits: frozenset[Exit]
    path: tuple[int, ...]
    """A witness: the shortest way from the wait to the run's exit, as node ids, the wait first."""
    edges: frozenset[tuple[int, int]] = frozenset()
    """The edges that the run may take, the last ones (back edge, loop exit) included; what a drawing colours."""


class Traces(Mapping[Run, Trace]):
    """The traces of some runs, each worked out when it is first asked for: most sites come to no finding, and nobody
    asks.
    """

    def __init__(self, runs: tuple[Run, ...], of: Callable[[Run], Trace]) -> None:
        self._runs = runs
        self._of = of
        self._known: dict[Run, Trace] = {}

    def __getitem__(self, run: Run) -> Trace:
        if run not in self._runs:
            raise KeyError(run)
        if run not in self._known:
            self._known[run] = self._of(run)
        return self._known[run]

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs)

    def __len__(self) -> int:
        return len(self._runs)

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return dict, (dict(self),)


@dataclass(frozen=True, slots=True)
class Feed:
    """A value that a stage writes and the head of the loop reads: ``now = time(NULL)`` behind the wait, say."""

    name: str
    reader: Span
    """The statement before the wait that works from it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A statement of the loop's body behind the wait, as a unit of work."""

    span: Span
    statement: int
    label: str
    """The leading comment, else the functions it calls, else its first line."""
    runs_on: tuple[Run, ...]
    """Runs that can reach it, in the order of `Run`."""
    reads_results: bool
    """It works from what the wait reported, so that it has nothing to do on a timeout."""
    feeds_head: tuple[Feed, ...]
    owed: bool
    """An interrupted wait owes it: a timeout runs it, and it doesn't depend on readiness."""
    answers: tuple[str, ...] = ()
    """Variables that a signal handler writes and that nothing but this stage asks for in the loop."""


@dataclass(frozen=True, slots=True)
class Body:
    """A function that waits, and that may so be the body of a caller's loop."""

    values: tuple[Value, ...]
    """What it returns when the wait is interrupted, and what on a timeout where it returns then at all."""
    writes: frozenset[str] = frozenset()
    """What the interrupted way alone writes and leaves behind: variables of the file's."""
    handed: tuple[tuple[int, Value], ...] = ()
    """What it writes into the caller's variables, each with the number of the parameter that leads there."""
    depth: int = 0
    """How many functions it calls, each by the last, until one waits."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A call that makes a function the body of its caller's loop: ``for (;;) event_loop(-1);``."""

    path: str
    function: str
    line: int
    text: str
    left_by: frozenset[str] = frozenset()
    """The variables of the tests by which that loop is left, on every way from the call to the next."""
    signals: SignalFacts | None = None
    """What its file shows of signals, where a program starts in it and installs handlers."""
    by: str = ""
    """The function that the loop calls, where it comes to the body by way of that; the call is then of it."""


@dataclass(frozen=True, slots=True)
class Particulars:
    """What single rules ask of a site beside how its interrupt is handled."""

    certain: bool = True
    """The wait is known by catalogue or summary, not only by its name; every test for EINTR behind it is decided."""
    told_apart: bool = True
    """The interrupt takes a way that other errors don't."""
    unreported: bool = False
    """That way differs from an error's only in that nothing is reported."""
    has_handlers: bool = True
    """The program installs signal handlers, as far as it is visible."""
    ended_by: frozenset[str] = frozenset()
    """The handlers' flags by which the loop is left when an interrupt has started it over, or before it reads what is
    stale.
    """
    waits_forever: bool = False
    """It has no timeout."""
    only_looks: bool = False
    """Its timeout is zero: next to nothing interrupts it."""
    lasts: float | None = None
    """The seconds after which it is over at the latest, where they are known."""
    stale_reads: tuple[int, ...] = ()
    """The nodes that work from results which the failed wait never wrote."""
    stale_closing: bool = False
    """All of those are the step or the condition of a loop."""
    found_again: bool = False
    """A loop around that of the interrupt waits for many descriptors, and so reports again what was left undone."""
    unseen_flags: tuple[str, ...] = ()
    """Variables that a signal handler writes and an outer loop looks at, but the loop that retries the wait doesn't."""
    deadline_put_off: bool = False
    """An interrupt starts the wait over with its full timeout, and only a wait that times out in full leads on."""
    in_time: bool = False
    """What the interrupt owes is due at a time that the wait's timeout is worked out from: it is late by a pass."""
    goes_on: bool = False
    """A sleep that is interrupted starts over with what is left of its time."""
    gives_up: int | None = None
    """The call by which an interrupt does what otherwise only a passed deadline does."""
    errno_set_by: tuple[int, int] | None = None
    """A call between the wait and the test of errno for EINTR that may set errno, and that test."""


@dataclass(frozen=True)
class WaitFact:
    """One wait and one way in which its interrupt is handled (a call with two handlings has two facts)."""

    path: str
    graph: FlowGraph
    wait: int
    """The Call node."""
    spec: WaitSpec
    handling: Handling
    interrupt: int | None
    """The node at which the interrupt's way parts from the timeout's for good: the jump, else the test; None where
    nothing does.
    """
    interrupt_form: str
    """continue, goto, break, return, nested-if, loop-condition, switch, except-continue, except-pass, fall-through,
    …
    """
    also_interrupts: tuple[int, ...]
    """Further jumps of the same kind to the same place (EAGAIN's beside EINTR's)."""
    loop: Span | None
    """The statement of the loop that the interrupt starts over; None outside of a loop."""
    loop_statement: int | None
    traces: Mapping[Run, Trace]
    stages: tuple[Stage, ...]
    """The loop's stages behind the wait, in source order."""
    skipped: tuple[Stage, ...]
    """Those of `stages` that the interrupted run can't reach."""
    timeout_restarted: bool = False
    why_unknown: str = ""
    errnos: tuple[str, ...] = ("EINTR",)
    """The errno values that take this way: EINTR, EAGAIN."""
    particulars: Particulars = Particulars()
    """What single rules ask for beside the handling."""
    caller: Caller | None = None
    """Where the function is the body of a caller's loop: that call. The loop is then the function itself."""

    @property
    def language(self) -> Language:
        """The language of the file."""
        return self.graph.language

    @property
    def call(self) -> Call:
        """The call that waits; for `callee` there may be none."""
        effect = self.graph.nodes[self.wait].effect
        assert isinstance(effect, Call)
        return effect

    @property
    def callee(self) -> str:
        """What is called, as it is written; the wait's own name where it is no call."""
        call = self.graph.nodes[self.wait].effect
        return call.callee if isinstance(call, Call) else self.spec.name

    @property
    def bypassed(self) -> tuple[Stage, ...]:
        """The stages that an interrupt skips and owes."""
        return tuple(stage for stage in self.skipped if stage.owed)
