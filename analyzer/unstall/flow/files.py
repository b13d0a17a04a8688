"""What a front end makes of a file: its functions' graphs, and what it shows beside them."""

from collections.abc import Mapping
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
class SignalFacts:
    """What a file shows of signals, found without parsing whole functions."""

    signals: tuple[str, ...] = ()
    """Signals for which a handler is installed, in order of appearance (SIGCHLD, …)."""
    handlers: frozenset[str] = frozenset()
    """Functions that are installed as handlers."""
    flags: frozenset[str] = frozenset()
    """Variables that a handler writes."""
    falling: frozenset[str] = frozenset()
    """Those of `flags` that handlers do nothing with but count them down."""
    ticks: bool = True
    """SIGALRM, where it is handled, may come again and again."""
    woken: frozenset[str] = frozenset()
    """Descriptors that are ready whenever a handler has run, since each writes to a pipe's other end ("self-pipe")."""
    all_end: bool = False
    """The program is the file's, and each of its handlers ends it: no wait of its comes to return EINTR."""
    none_at_all: bool = False
    """The file is a whole program (it has ``main``, and includes no other file of its project) without handlers."""
    program: bool = False
    """It has ``main``, and installs handlers."""
    installers: frozenset[str] = frozenset()
    """The functions that install them."""
    each_sets: tuple[frozenset[str], ...] = ()
    """For each of the handlers that return, the variables that it writes whatever the signal."""
    may_set: frozenset[str] = frozenset()
    """All that these handlers may write; of those that choose, too."""
    none_here: bool = False
    """The file has ``main``, and no word of a handler; if the program has any, another file installs them."""
    installs: bool = False
    """A signal may be given a handler in the file, of its own or another's."""
    whole: bool = False
    """Of a run: it was told to look at folders, and not at single files whose neighbours it doesn't see."""
    installing: frozenset[str] = frozenset()
    """Of a run: the folders of the files that install handlers."""
    threads: frozenset[str] = frozenset()
    """What is handed to calls that start a thread, the functions that they start in among it."""
    aims: bool = False
    """The file sends signals to single threads."""


class Definition(NamedTuple):
    """A macro that a header defines in the configuration chosen for it. A tuple, since there are so many."""

    path: str
    name: str
    parameters: tuple[str, ...] | None
    """None for an object-like macro; a variadic one ends with ``...``."""
    body: str


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
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Python: the file's own classes with the dotted names of their bases, so that a class of the project's that is
    called InterruptedError is not taken for the builtin.
    """
    no_return: frozenset[str] = frozenset()
    """C: functions that the file declares or shows not to return."""
    left_out: frozenset[str] = frozenset()
    """The identifiers of the functions that were not asked for."""
