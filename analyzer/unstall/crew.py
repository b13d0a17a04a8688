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

from unstall.cache import Cache
from unstall.desk import Cost, Desk, Look, Verb, lost
from unstall.discovery import Candidate
from unstall.limits import Limits, collect_seldom, hold_memory
from unstall.options import Settings
from unstall.phase_one import Contents
from unstall.selection import Aim

if TYPE_CHECKING:
    from unstall.flow.project import ProjectFacts

_FLUSH = 0.1
"""Seconds that a process may keep answers to itself."""
_PATIENCE = 3.0
"""How many times its processor time a file may take on the clock before its process is taken for hung."""
_LOTS = 24
"""Into how many lots the work of one process is divided."""
_LOT_FILES = 200
_SCRIPT = "import sys; sys.path[:] = {!r}; from unstall.crew import serve; serve({})"


class Briefing(NamedTuple):
    """A message: what the run has learnt."""

    project: "ProjectFacts"


class Question(NamedTuple):
    """A message: what is to be said of the files that follow."""

    verb: Verb
    more: tuple[object, ...]


@dataclass(eq=False)
class _Worker:
    """One process, seen from outside."""

    process: "subprocess.Popen[bytes]"
    connection: Connection
    lot: list[Candidate] = field(default_factory=list)
    """What it has been given and not answered; empty where it is free."""
    heard: float = 0.0
    """When it was last heard of."""
    numbers: dict[str, int] = field(default_factory=dict)
    """The files that it was ever given, by path: it knows them by number."""
    asked: object = None
    """What it was asked last, of all lots that follow."""


class Crew:
    """A run divided among processes; to be used as a context."""

    def __init__(
        self, jobs: int, settings: Settings, contents: Contents, limits: Limits, cache: Cache | None, aim: Aim
    ) -> None:
        self._jobs = jobs
        self._desk = (settings, dict(contents), limits, cache, aim)
        self._limits = limits
        self.losses = 0
        """Files that were lost with the process that analysed them."""
        self._project: ProjectFacts | None = None
        self._workers: list[_Worker] = []
        self._owners: dict[str, _Worker] = {}
        """Which process keeps what it made of a file."""

    def __enter__(self) -> "Crew":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.process.kill()
            worker.connection.close()
        for worker in self._workers:
            worker.process.wait()

    def brief(self, project: "ProjectFacts") -> None:
        """Let every process know what the run has learnt."""
        self._project = project
        for worker in self._workers:
            self._send(worker, Briefing(project))

    def each(
        self, verb: Verb, candidates: Sequence[Candidate], cost: Cost, *more: object
    ) -> Iterator[tuple[Candidate, Any]]:
        """What the desk's method gives for each file, in any order."""
        own, free = self._divided(candidates, cost)
        question = Question(verb, more)
        while len(self._workers) < min(self._jobs, len(own) + len(free)):
            self._hire(len(self._workers))
        while own or free or any(worker.lot for worker in self._workers):
            for worker in self._workers:
                if not worker.lot and (lot := _next_lot(worker, own, free)):
                    self._give(worker, question, lot)
            for worker in self._speaking():
                answers = self._hear(worker)
                for candidate, answer in answers or ():
                    if answer is not None:  # else it kept nothing of the file
                        self._owners[candidate.path] = worker
                    yield candidate, answer
                if answers is None:
                    yield from self._bury(worker, verb, free)

    def _divided(self, candidates: Sequence[Candidate], cost: Cost) -> "tuple[_Own, deque[list[Candidate]]]":
        """The lots that processes of our own have read before, and the rest, the costliest first."""
        weighed = sorted(zip(map(cost, candidates), candidates, strict=True), key=itemgetter(0), reverse=True)
        size = sum(weight for weight, _ in weighed) // (self._jobs * _LOTS) + 1
        own: _Own = {}
        free: deque[list[Candidate]] = deque()
        weights: dict[_Worker | None, int] = {}
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

    def _give(self, worker: _Worker, question: Question, lot: list[Candidate]) -> None:
        """Ask a process of some more files. What is long is sent once: the question, and each file's path."""
        if worker.asked is not question:
            worker.asked = question
            self._send(worker, question)
        files: list[int | Candidate] = []
        for candidate in lot:
            known = len(worker.numbers)
            number = worker.numbers.setdefault(candidate.path, known)
            files.append(candidate if number == known else number)
            self._owners.setdefault(candidate.path, worker)
        self._send(worker, files)
        worker.lot, worker.heard = lot, monotonic()

    # ---------------------------------------------------------------------------------------- processes

    def _hire(self, place: int) -> None:
        """Start a process, in the place of a dead one or at the end."""
        ours, theirs = socket.socketpair()
        with theirs, _without_interrupts():
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", _SCRIPT.format(_module_path(), theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
            worker = _Worker(process, Connection(ours.detach()))
            self._workers[place : place + 1] = [worker]
        self._send(worker, self._desk)
        if self._project is not None:
            self._send(worker, Briefing(self._project))

    def _send(self, worker: _Worker, message: object) -> None:
        try:
            worker.connection.send(message)
        except OSError:  # it is dead; whoever listens to it next will hear so
            return

    def _speaking(self) -> list[_Worker]:
        """The busy processes that have something to say or have hung up; those that are hung are made to."""
        busy = {worker.connection: worker for worker in self._workers if worker.lot}
        longest = self._limits.seconds * _PATIENCE
        ready = wait(list(busy), min(worker.heard + longest for worker in busy.values()) - monotonic())
        for worker in busy.values():
            if worker.connection not in ready and monotonic() > worker.heard + longest:
                worker.process.kill()
        return [worker for connection, worker in busy.items() if connection in ready]

    def _hear(self, worker: _Worker) -> "list[tuple[Candidate, Any]] | None":
        """The answers of a process; None where it is dead."""
        try:
            answers: list[Any] = worker.connection.recv()
        except (EOFError, OSError):
            return None
        done, worker.lot = worker.lot[: len(answers)], worker.lot[len(answers) :]
        worker.heard = monotonic()
        return list(zip(done, answers, strict=True))

    def _bury(self, worker: _Worker, verb: Verb, free: "deque[list[Candidate]]") -> Iterator[tuple[Candidate, Any]]:
        """Put a new process in a dead one's place; what it had, goes to others, unless it was one file alone."""
        worker.connection.close()
        status = worker.process.wait()
        self._hire(self._workers.index(worker))
        self._owners = {path: owner for path, owner in self._owners.items() if owner is not worker}
        if len(worker.lot) > 1:
            free.extendleft([candidate] for candidate in reversed(worker.lot))
            return
        for candidate in worker.lot:
            self.losses += 1
            result = lost(candidate, f"gave up: the process that analysed it {_end(status)}")
            yield candidate, result if verb == "finish" else Look(result)


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


_Own = dict[_Worker, "deque[list[Candidate]]"]


def _next_lot(worker: _Worker, own: _Own, free: "deque[list[Candidate]]") -> list[Candidate]:
    """A lot of the process' own, else one that nobody has read, else one of the process that has most left."""
    lots = own.get(worker) or free or max(own.values(), key=len, default=free)
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
    package = str(Path(__file__).parent.parent)
    return [package, *(path for path in sys.path if path not in here)]


def serve(descriptor: int) -> None:
    """The life of a process: take lots from the connection, send back answers, until it is closed."""
    connection = Connection(descriptor)
    try:
        settings, contents, limits, cache, aim = connection.recv()
        hold_memory(limits)
        collect_seldom()
        desk = Desk(settings, contents, limits, cache, aim)
        given: list[Candidate] = []
        while True:
            match connection.recv():
                case Briefing(project):
                    desk.brief(project)
                case Question() as question:
                    pass
                case files:
                    _answer(desk, connection, question, list(_by_number(files, given)))
    except (EOFError, OSError):
        os._exit(0)


def _by_number(files: Iterable[int | Candidate], given: list[Candidate]) -> Iterator[Candidate]:
    """The files of a lot: those ``given`` before are told by their number, a new one takes the next."""
    for file in files:
        if isinstance(file, int):
            yield given[file]
        else:
            given.append(file)
            yield file


def _answer(desk: Desk, connection: Connection, question: Question, lot: list[Candidate]) -> None:
    verb, more = question
    work = getattr(desk, verb)
    answers: list[object] = []
    sent = monotonic()
    for candidate in lot:
        answers.append(work(candidate, *more))
        if monotonic() - sent > _FLUSH:
            connection.send(answers)
            answers, sent = [], monotonic()
    if answers:
        connection.send(answers)
