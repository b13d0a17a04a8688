"""What is to be verified: each restart of a file with a patch for it, given or proposed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from unstall.discovery.walk import language_of
from unstall.findings.finding import Fix
from unstall.fixes import propose, reanalyser
from unstall.fixes.mapping import Moves
from unstall.flow.facts import WaitFact
from unstall.options import DEFAULTS, Settings
from unstall.proof import patching
from unstall.proof.execution import Execution, execute
from unstall.proof.reading import Reading, read, read_patched
from unstall.proof.verification import Answer, Verification, restarts, verify
from unstall.run.phase_one import Reading as Files
from unstall.run.pipeline import surroundings
from unstall.source import NotTextError, SourceFile, Span, apply_edits, check_text


class RequestError(Exception):
    """What was asked for can't be verified, and why, in one line."""


@dataclass(frozen=True, slots=True)
class Request:
    """The restarts that are asked about: those of a file, or of a function or a line of it."""

    path: str
    function: str | None = None
    line: int | None = None
    settings: Settings = DEFAULTS
    tree: tuple[str, ...] = ()
    """Files and folders that are read, too: what they call, or what calls them, may stand there."""


@dataclass(frozen=True)
class Case:
    """One restart and one patch; without a patch, the reason why there is none."""

    before: Reading
    fact: WaitFact
    patch: str
    """What the patch is: a strategy's name, or ``the patch``."""
    after: Reading | None = None
    verification: Verification | None = None
    refused: str = ""
    execution: Execution | None = None
    """Both versions, executed; None where that isn't possible."""

    @property
    def answer(self) -> Answer:
        """The verdict; no patch fixes nothing."""
        return self.verification.answer if self.verification else Answer.DOES_NOT_FIX

    @property
    def place(self) -> tuple[str, int]:
        """The wait, as path and line."""
        source = self.before.source
        return source.path, source.line(self.fact.graph.nodes[self.fact.wait].span.start)


def given(request: Request, patched: bytes | None, patch: bytes | None) -> Iterator[Case]:
    """The restarts of a file against its patched version, or against a diff. Raises RequestError."""
    before, path = _reading(request), request.path
    facts = _asked_for(before, request)
    if patch is not None:
        try:
            patched = patching.apply(patch, path, before.source.data)
        except patching.PatchError as error:
            raise RequestError(str(error)) from None
        _within_functions(before.source, patched, facts)
    assert patched is not None
    if patched == before.source.data:
        raise RequestError("the patch changes nothing")
    try:
        check_text(patched)
    except NotTextError as error:
        raise RequestError(f"the patched file is {error}") from None
    after = read(SourceFile(path, patched, before.source.language), before.known)
    for fact in facts:
        name = fact.graph.name.rpartition(".")[2]
        if name.isidentifier() and name.encode() not in patched:  # Python's <module> is always there
            raise RequestError(f"the patched file has no {fact.graph.name}")
        lost = next((unread for unread in after.unread if unread.function in ("", fact.graph.name)), None)
        if lost is not None:
            raise RequestError(f"the patched {fact.graph.name} can't be read: {lost.reason}")
        yield Case(before, fact, "the patch", after, verify(before, after, fact))


def proposed(request: Request, strategies: tuple[str | None, ...]) -> Iterator[Case]:
    """The restarts of a file against the patches of these strategies (None: the default). Raises RequestError."""
    before = _reading(request)
    source = before.source
    for fact in _asked_for(before, request):
        for strategy in strategies:
            again = reanalyser(fact, source, before.project)
            made = propose(fact, source, again, strategy, unsafe=strategy is not None)
            if isinstance(made, str):
                yield Case(before, fact, strategy or "none", refused=made)
                continue
            yield _of(before, fact, made[0])


def of_fix(before: Reading, wait: Span, fix: Fix) -> Case | None:
    """A proposed patch for the restart of the wait at a place; None where the file alone doesn't show that."""
    found = [fact for fact in restarts(before, None) if fact.graph.nodes[fact.wait].span == wait]
    return _of(before, found[0], fix) if found else None


def _of(before: Reading, fact: WaitFact, fix: Fix) -> Case:
    moves, source = Moves.of(fix.edits), before.source
    patched = replace(source, data=apply_edits(source.data, fix.edits))
    place = moves.span(fact.graph.nodes[fact.wait].span)  # None where the patch writes the call anew
    after = read(patched, before.known) if place is None else read_patched(before, patched, place)
    return Case(before, fact, fix.strategy, after, verify(before, after, fact, moves))


def executed(case: Case, real: bool) -> Case:
    """A case with what executing it shows. Raises `MasterError` where the real master can't run."""
    return replace(case, execution=execute(case.verification, real)) if case.verification else case


def _reading(request: Request) -> Reading:
    """A file, analysed with what is known around it. Raises RequestError where it can't be read."""
    path = request.path
    language = language_of(path, executable=True)
    if language is None and Path(path).exists():
        raise RequestError(f"{path}: neither C nor Python, by its name")
    try:
        source = SourceFile(path, Files().bytes_of(path), language or "c")
    except NotTextError as error:
        raise RequestError(f"{path}: {error}") from None
    except OSError as error:
        raise RequestError(f"{path}: can't be read: {error.strerror}") from None
    return read(source, surroundings(path, request.settings, request.tree))


def _asked_for(reading: Reading, request: Request) -> list[WaitFact]:
    """The restarts that a request is about. Raises RequestError where there are none."""
    path, source = reading.source.path, reading.source
    function, line = request.function, request.line
    found = [fact for fact in restarts(reading, function) if line is None or line in _lines(fact, source)]
    if found:
        return found
    unread = [unread for unread in reading.unread if function in (None, unread.function)]
    if unread:
        raise RequestError(
            f"{path}:{unread[0].line}: {unread[0].function or 'the file'} can't be read: {unread[0].reason}"
        )
    more = "" if request.tree else "; what other files tell of is seen with --tree"
    there = [fact for fact in reading.facts if line is not None and line in _lines(fact, source)]
    if there:
        handling = there[0].handling.value
        raise RequestError(
            f"{path}:{line}: an interrupt is handled as `{handling}` here;"
            f" only restarts that skip stages are verified{more}"
        )
    where = f"{path}:{line}" if line else f"{function} in {path}" if function else path
    raise RequestError(f"{where}: no interrupted wait restarts a loop past its stages here{more}")


def _lines(fact: WaitFact, source: SourceFile) -> set[int]:
    nodes = (fact.wait, *fact.also_interrupts, *(() if fact.interrupt is None else (fact.interrupt,)))
    return {source.line(fact.graph.nodes[node].span.start) for node in nodes}


def _within_functions(source: SourceFile, patched: bytes, facts: list[WaitFact]) -> None:
    """A patch that is put to the test may touch only the functions that it is tested on."""
    for edit in Moves.between(source.data, patched).edits:
        if not any(fact.graph.span.start <= edit.span.start and edit.span.end <= fact.graph.span.end for fact in facts):
            names = ", ".join(dict.fromkeys(fact.graph.name for fact in facts))
            raise RequestError(f"the patch touches line {source.line(edit.span.start)}, which is outside of {names}")
