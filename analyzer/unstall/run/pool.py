"""The processes that a run over many files is divided among.

Files are handed out in lots, the costliest first, to whichever process is free; what a process has read in phase one it
is given again in phase two. Answers come in any order, and no answer depends on which process gave it. A process that
dies costs nothing but the file it dies of: its lot is tried again, file by file.

The processes are started by ourselves, not by `multiprocessing`, whose children look for modules in the current folder
first: that is the tree under analysis, and nothing of it may ever be imported.
"""

import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from operator import itemgetter
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

from unstall.discovery.walk import Candidate
from unstall.limits import Limits, NoProcessError, collect_seldom, hold_memory
from unstall.options import Settings
from unstall.run.cache import Cache
from unstall.run.phase_one import Contents
from unstall.run.worker import Cost, Look, Verb, Worker, lost
from unstall.selection.rules import Aim

if TYPE_CHECKING:
    from unstall.flow.learnt import ProjectFacts

_FLUSH = 0.1
"""Seconds that a process may keep answers to itself."""
_PATIENCE = 3.0
"""How many times its processor time a file may take on the clock before its process is taken for hung."""
_LOTS = 24
"""Into how many lots the work of one process is divided."""
_LOT_FILES = 200
"""Of files that cost next to nothing, so many make a lot, that the progress of a run is seen to move."""
_SCRIPT = "import sys; sys.path[:] = {!r}; from unstall.run.pool import serve; serve({})"


class Briefing(NamedTuple):
    """A message: what the run has learnt."""

    project: "ProjectFacts"


class Question(NamedTuple):
    """A message: what is to be said of the files that follow."""

    verb: Verb
    more: tuple[object, ...]


@dataclass(eq=False)
class _Process:
    """One process, seen from outside."""

    child: "subprocess.Popen[bytes]"
    connection: Connection
    lot: list[Candidate] = field(default_factory=list)
    """What it has been given and not answered; empty where it is free."""
    heard: float = 0.0
    """When it was last heard of."""
    numbers: dict[str, int] = field(default_factory=dict)
    """The files that it was ever given, by path: it knows them by number."""
    asked: object = None
    """What it was asked last, of all lots that follow."""


class Pool:
    """A run divided among processes; to be used as a context."""

    def __init__(
        self, jobs: int, settings: Settings, contents: Contents, limits: Limits, cache: Cache | None, aim: Aim
    ) -> None:
        self._jobs = jobs
        self._about = (settings, dict(contents), limits, cache, aim)
        self._limits = limits
        self.losses = 0
        """Files that were lost with the process that analysed them."""
        self._project: ProjectFacts | None = None
        self._processes: list[_Process] = []
        self._owners: dict[str, _Process] = {}
        """Which process keeps what it made of a file."""

    def __enter__(self) -> "Pool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.child.kill()
            process.connection.close()
        for process in self._processes:
            process.child.wait()

    def brief(self, project: "ProjectFacts") -> None:
        """Let every process know what the run has learnt."""
        self._project = project
        for process in self._processes:
            self._send(process, Briefing(project))

    def each(
        self, verb: Verb, candidates: Sequence[Candidate], cost: Cost, *more: object
    ) -> Iterator[tuple[Candidate, Any]]:
        """What the worker's method gives for each file, in any order."""
        own, free = self._divided(candidates, cost)
        question = Question(verb, more)
        while len(self._processes) < min(self._jobs, len(own) + len(free)):
            self._hire(len(self._processes))
        while own or free or any(process.lot for process in self._processes):
            for process in self._processes:
                if not process.lot and (lot := _next_lot(process, own, free)):
                    self._give(process, question, lot)
            for process in self._speaking():
                answers = self._hear(process)
                for candidate, answer in answers or ():
                    if answer is not None:  # else it kept nothing of the file
                        self._owners[candidate.path] = process
                    yield candidate, answer
                if answers is None:
                    yield from self._bury(process, verb, free)

    def _divided(self, candidates: Sequence[Candidate], cost: Cost) -> "tuple[_Own, deque[list[Candidate]]]":
        """The lots that processes of our own have read before, and the rest, the costliest first."""
        weighed = sorted(zip(map(cost, candidates), candidates, strict=True), key=itemgetter(0), reverse=True)
        size = sum(weight for weight, _ in weighed) // (self._jobs * _LOTS) + 1
        own: _Own = {}
        free: deque[list[Candidate]] = deque()
        weights: dict[_Process | None, int] = {}
        for costs, candidate in weighed:
            owner = self._owners.get(candidate.path)
            lots = free if owner is None else own.setdefault(owner, deque())
            weight = weights.get(owner, size)
            if weight >= size or len(lots[-1]) >= _LOT_FILES:
                lots.append([])
                weight = 0
            lots[-1].append(candidate)
            weights[owner] = weight + costs
        return own, free

    def _give(self, process: _Process, question: Question, lot: list[Candidate]) -> None:
        """Ask a process of some more files. What is long is sent once: the question, and each file's path."""
        if process.asked is not question:
            process.asked = question
            self._send(process, question)
        files: list[int | Candidate] = []
        for candidate in lot:
            known = len(process.numbers)
            number = process.numbers.setdefault(candidate.path, known)
            files.append(candidate if number == known else number)
            self._owners.setdefault(candidate.path, process)
        self._send(process, files)
        process.lot, process.heard = lot, monotonic()

    # ---------------------------------------------------------------------------------------- processes

    def _hire(self, place: int) -> None:
        """Start a process, in the place of a dead one or at the end."""
        try:
            ours, theirs = socket.socketpair()
            with theirs, _without_interrupts():
                child = subprocess.Popen(
                    [sys.executable, "-P", "-c", _SCRIPT.format(_module_path(), theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                )
                process = _Process(child, Connection(ours.detach()))
                self._processes[place : place + 1] = [process]
        except OSError as error:
            raise NoProcessError(f"no process can be started: {error.strerror}") from error
        self._send(process, self._about)
        if self._project is not None:
            self._send(process, Briefing(self._project))

    def _send(self, process: _Process, message: object) -> None:
        try:
            process.connection.send(message)
        except OSError:  # it is dead; whoever listens to it next will hear so
            return

    def _speaking(self) -> list[_Process]:
        """The busy processes that have something to say or have hung up; those that are hung are made to."""
        busy = {process.connection: process for process in self._processes if process.lot}
        longest = self._limits.seconds * _PATIENCE
        ready = wait(list(busy), min(process.heard + longest for process in busy.values()) - monotonic())
        for process in busy.values():
            if process.connection not in ready and monotonic() > process.heard + longest:
                process.child.kill()
        return [process for connection, process in busy.items() if connection in ready]

    def _hear(self, process: _Process) -> "list[tuple[Candidate, Any]] | None":
        """The answers of a process; None where it is dead."""
        try:
            answers: list[Any] = process.connection.recv()
        except (EOFError, OSError):
            return None
        done, process.lot = process.lot[: len(answers)], process.lot[len(answers) :]
        process.heard = monotonic()
        return list(zip(done, answers, strict=True))

    def _bury(self, process: _Process, verb: Verb, free: "deque[list[Candidate]]") -> Iterator[tuple[Candidate, Any]]:
        """Put a new process in a dead one's place; what it had, goes to others, unless it was one file alone."""
        process.connection.close()
        status = process.child.wait()
        self._hire(self._processes.index(process))
        self._owners = {path: owner for path, owner in self._owners.items() if owner is not process}
        if len(process.lot) > 1:
            free.extendleft([candidate] for candidate in reversed(process.lot))
            return
        for candidate in process.lot:
            self.losses += 1
            result = lost(candidate, f"gave up: the process that analysed it {_end(status)}")
            match verb:
                case "finish":
                    yield candidate, result
                case "effects":
                    yield candidate, result.unread[0]
                case _:
                    yield candidate, Look(result, unread=result.unread)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Ctrl-C reaches every process of the terminal; one that is started in this block never hears of it, and this one
    hears when the block ends. Whoever is in charge ends the others.
    """
    former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


_Own = dict[_Process, "deque[list[Candidate]]"]


def _next_lot(process: _Process, own: _Own, free: "deque[list[Candidate]]") -> list[Candidate]:
    """A lot of the process' own, else one that nobody has read, else one of the process that has most left."""
    lots = own.get(process) or free or max(own.values(), key=len, default=free)
    lot = lots.popleft() if lots else []
    for owner in [owner for owner, left in own.items() if not left]:
        del own[owner]
    return lot


def _end(status: int) -> str:
    """How a process ended, in words."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was killed ({signal.Signals(-status).name})"
    except ValueError:
        return f"was killed (signal {-status})"


def _module_path() -> list[str]:
    """Where our modules are found, the current folder left out."""
    here = {"", str(Path.cwd())}
    package = str(Path(__file__).parents[2])
    return [package, *(path for path in sys.path if path not in here)]


def serve(descriptor: int) -> None:
    """The life of a process: take lots from the connection, send back answers, until it is closed."""
    connection = Connection(descriptor)
    settings, contents, limits, cache, aim = _received(connection)
    hold_memory(limits)
    collect_seldom()
    worker = Worker(settings, contents, limits, cache, aim)
    given: list[Candidate] = []
    question: Question | None = None
    while True:
        match _received(connection):
            case Briefing(project):
                worker.brief(project)
            case Question() as asked:
                question = asked
            case files if question is not None:
                for answers in _answers(worker, question, list(_by_number(files, given))):
                    _send(connection, answers)


def _received(connection: Connection) -> Any:
    """The next message; where nobody is there to send one, this process ends."""
    try:
        return connection.recv()
    except (EOFError, OSError):
        os._exit(0)


def _send(connection: Connection, message: object) -> None:
    """Send a message; where nobody is there to hear it, this process ends."""
    try:
        connection.send(message)
    except OSError:
        os._exit(0)


def _by_number(files: Iterable[int | Candidate], given: list[Candidate]) -> Iterator[Candidate]:
    """The files of a lot: those ``given`` before are told by their number, a new one takes the next."""
    for file in files:
        if isinstance(file, int):
            yield given[file]
        else:
            given.append(file)
            yield file


def _answers(worker: Worker, question: Question, lot: list[Candidate]) -> Iterator[list[object]]:
    """The answers of a lot in order, as many at a time as take a while."""
    verb, more = question
    work = getattr(worker, verb)
    answers: list[object] = []
    sent = monotonic()
    for candidate in lot:
        answers.append(work(candidate, *more))
        if monotonic() - sent > _FLUSH:
            yield answers
            answers, sent = [], monotonic()
    if answers:
        yield answers
