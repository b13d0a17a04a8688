"""What a front end makes of a file: its functions' graphs, and what it shows beside them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from unstall.source import Language

if TYPE_CHECKING:
    from unstall.flow.ir import FlowGraph


@dataclass(frozen=True, slots=True)
class Unread:
    """A function (or whole file: ``function`` empty) that was not analysed, and why."""

    path: str
    line: int
    function: str
    reason: str


@dataclass(frozen=True, slots=True)
class Closed:
    """What a file shows of signals being blocked for good, all of them, as for a signalfd or a thread that takes them
    in with sigwait().
    """

    since: Mapping[str, int] = field(default_factory=dict)
    """The functions that do so, and from where on they have; ``main``, where one that it calls does."""
    awake: frozenset[str] = frozenset()
    """What ``main`` names before that, so that it may be called with signals let in."""
    opened: bool = False
    """A function lets signals in again."""


class Effects(NamedTuple):
    """What a signal handler does."""

    ends: bool
    """It never returns."""
    always: frozenset[str]
    """The variables that it writes whatever the signal."""
    ever: frozenset[str]
    """All that it may write."""


@dataclass(frozen=True, slots=True)
class SignalFacts:
    """What a file shows of signals, found without parsing whole functions; and what `flow.signals` adds of the run
    around it: `elsewhere`, `none_in_run`, `none_in_folder`, `closed_around`, others' threads and handlers.
    """

    signals: tuple[str, ...] = ()
    """Signals for which a handler is installed, in order of appearance (SIGCHLD, …)."""
    flags: frozenset[str] = frozenset()
    """Variables that a handler writes."""
    falling: frozenset[str] = frozenset()
    """Those of `flags` that handlers do nothing with but count them down."""
    alarm_comes_again: bool = True
    """SIGALRM, where it is handled, may come again and again."""
    woken: frozenset[str] = frozenset()
    """Descriptors that are ready whenever a handler has run, since each writes to a pipe's other end ("self-pipe")."""
    complete: bool = False
    """What each of the file's own handlers does is known: those that don't return end the program, and no wait comes to
    return EINTR for them.
    """
    foreign: frozenset[str] = frozenset()
    """Functions of other files that it installs as handlers, as long as nothing is known of them."""
    called_by_main: frozenset[str] = frozenset()
    """What ``main`` calls of other files, where the file has no word of a handler."""
    elsewhere: bool = False
    """Other files install the handlers, for the program that this one is a part of."""
    effects: Mapping[str, Effects | None] = field(default_factory=dict)
    """What functions do that other files install as handlers; None of one that there are several of."""
    none_at_all: bool = False
    """The file is a whole program (it has ``main``, and includes no other file of its project) without handlers."""
    program: bool = False
    """It has ``main``, and installs handlers."""
    installers: frozenset[str] = frozenset()
    """The functions that install them, or call one that does."""
    each_sets: tuple[frozenset[str], ...] = ()
    """For each of the handlers that return, the variables that it writes whatever the signal."""
    may_set: frozenset[str] = frozenset()
    """All that these handlers may write; of those that choose, too."""
    none_here: bool = False
    """The file has ``main``, and no word of a handler; if the program has any, another file installs them."""
    installs: bool = False
    """A signal may be given a handler in the file, of its own or another's."""
    none_in_run: bool = False
    """No file of the folders that the run looks at installs a handler."""
    none_in_folder: bool = False
    """The same of the file's own folder, which may hold more of its program than the rest."""
    threads: frozenset[str] = frozenset()
    """What is handed to calls that start a thread, the functions that they start in among it."""
    signals_threads: bool = False
    """The file sends signals to single threads."""
    closed: Closed = Closed()
    """Where it has them blocked."""
    closed_around: bool = False
    """A program of the same folder blocks them before it does anything else, and nobody there lets them in again."""

    @property
    def matter_elsewhere(self) -> bool:
        """Whether they tell anything that matters in other files."""
        closing = self.closed.since or self.closed.opened
        return bool(self.installs or self.signals or self.foreign or self.threads or closing)


class Definition(NamedTuple):
    """A macro as a file defines it in the configuration chosen for it. A tuple, since there are so many."""

    path: str
    name: str
    parameters: tuple[str, ...] | None
    """None for an object-like macro; a variadic one ends with ``...``."""
    body: str
    is_function: bool = False
    """It is a function that is read like a macro."""


@dataclass(frozen=True, slots=True)
class Macros:
    """C: the macros that the files of a run can see beyond their own; which definition holds in a file is settled there
    (`frontends.c.headers`).
    """

    definitions: Mapping[str, tuple[Definition, ...]] = field(default_factory=dict)
    """By name, in the order of their paths."""
    waiting: frozenset[str] = frozenset()
    """Those that hold a wait or the test of an interrupt: functions that use them matter."""
    loops: frozenset[str] = frozenset()
    """Macros that open a loop, by the configuration; their definitions aren't at hand."""
    symbols: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    """By absolute path, the symbols that the build defines for a file; None for one that it makes undefined."""


@dataclass(frozen=True)
class Wanted:
    """Which functions of a file a front end is to read, by the identifiers in them. Further ones never make a function
    less wanted.
    """

    holds: Callable[[frozenset[str]], bool]
    telling: Callable[[frozenset[str]], frozenset[str]] = frozenset
    """Those of a file's identifiers that count: unless every function is wanted, none without one of them is."""


@dataclass(frozen=True)
class FileFlow:
    """What a front end makes of one file."""

    path: str
    language: Language
    graphs: "tuple[FlowGraph, ...]"
    """Only the functions that were asked for (see the front end's ``read``)."""
    functions_seen: int = 0
    unread: tuple[Unread, ...] = ()
    signals: SignalFacts = SignalFacts()
    configuration: tuple[str, ...] = ()
    """The assumptions about preprocessor symbols that the chosen branches rest on, as ``HAVE_PSELECT`` or
    ``!WIN32``.
    """
    no_return: frozenset[str] = frozenset()
    """C: functions that the file declares or shows not to return."""
    left_out: frozenset[str] = frozenset()
    """The identifiers of the functions that were not asked for."""
