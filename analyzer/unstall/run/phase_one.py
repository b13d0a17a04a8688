"""Phase one over one file: read its bytes, and lower the functions that may hold a wait."""

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from unstall.discovery.glance import glance, may_install
from unstall.discovery.prefilter import wanted
from unstall.discovery.walk import Candidate
from unstall.flow.files import FileFlow, Macros, SignalFacts, Unread, Wanted
from unstall.limits import MAX_FILE, GaveUp, heard
from unstall.source import NotTextError, SourceFile, check_text

if TYPE_CHECKING:
    from unstall.frontends.c.reader import Asked
    from unstall.frontends.c.unit import Unit

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NONE = Wanted(lambda identifiers: False)
Contents = Mapping[str, bytes]
"""What files hold instead of what is on the disk, by path."""
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Reading:
    """How the files of a run are read."""

    contents: Contents = field(default_factory=dict)

    def bytes_of(self, path: str) -> bytes:
        """What a file holds. Raises OSError and NotTextError."""
        data = self.contents[path] if path in self.contents else _bytes_of(path)
        check_text(data)
        return data


def _bytes_of(path: str) -> bytes:
    """Whatever a path has become since it was listed (a pipe, a device, something huge), this neither blocks nor reads
    on for ever.
    """
    descriptor = os.open(path, _FLAGS)
    try:  # a file object would take three times as long, and most files of a tree are looked at for no more
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise NotTextError("not a regular file")
        if about.st_size > MAX_FILE:
            raise NotTextError(f"gave up: larger than {MAX_FILE // 1_000_000} MB")
        data = os.read(descriptor, about.st_size + 1)
        while len(data) > about.st_size and (more := os.read(descriptor, MAX_FILE)):
            data += more  # it grew, or tells no size, as those of /proc
            if len(data) > MAX_FILE:
                raise NotTextError(f"gave up: larger than {MAX_FILE // 1_000_000} MB")
        return data
    finally:
        os.close(descriptor)


@dataclass(frozen=True)
class Survey:
    """Phase one's view of one file."""

    candidate: Candidate
    note: str = ""
    source: SourceFile | None = None
    """None where nothing is to be looked for in it."""
    flow: FileFlow | None = None
    """None where the file can't hold a wait, or was not analysed."""
    before: FileFlow | None = None
    """What was lowered of it when fewer functions were known to wait."""
    unit: "Unit | None" = None
    """C: the file as cut when it was asked which macros it mentions."""
    unread: tuple[Unread, ...] = ()
    may_wait: bool = False
    """There is something to lower."""
    installer: SourceFile | None = None
    """Given where there is nothing to lower, but signal handlers may be installed, or threads started."""


def opened(candidate: Candidate, names: frozenset[str], reading: Reading, every_wait: bool) -> Survey:
    """Read one file and see whether it may hold a wait, or a call of one of ``names`` (see `glance`)."""
    try:
        data = reading.bytes_of(candidate.path)
    except OSError as error:
        return unread(candidate, f"can't be read: {error.strerror}")
    except NotTextError as error:
        return unread(candidate, str(error))
    holds = glance(candidate.language, names, every_wait)(data)
    if not any(holds) and not candidate.named:
        return Survey(candidate)
    source = SourceFile(candidate.path, data, candidate.language)
    note = _note(source) if candidate.named else ""
    if not holds.waits:
        return Survey(candidate, note, source if holds.marked else None, installer=source if holds.signals else None)
    return Survey(candidate, note, source, may_wait=True)


def signals_of(source: SourceFile) -> SignalFacts:
    """What a file without a wait shows of signals."""
    if source.language == "c":
        from unstall.frontends.c import signals_in

        return signals_in(source, handlers=may_install("c", source.data))
    from unstall.frontends.python import read as read_python

    return read_python(source, _NONE).signals


def asking(survey: Survey, names: frozenset[str], macros: Macros, every_wait: bool) -> "Asked | None":
    """What a C file asks of others before it is lowered; None of one in another language."""
    if survey.source is None or survey.source.language != "c":
        return None
    from unstall.frontends.c import ask

    return ask(survey.source, wanted("c", names, every_wait), macros)


def lowered(survey: Survey, names: frozenset[str], macros: Macros, every_wait: bool) -> Survey:
    """The survey with the functions that may hold a wait, or a call of one of ``names``."""
    if survey.source is None or not survey.may_wait:
        return survey
    functions = wanted(survey.source.language, names, every_wait)
    work = partial(_lowered, survey, functions, macros)
    flow = guarded(work, Unread(survey.candidate.path, 0, "", ""))
    if isinstance(flow, Unread):
        return Survey(survey.candidate, survey.note, unread=(flow,))
    return replace(survey, flow=flow, unread=flow.unread, before=None, unit=None)


def unread(candidate: Candidate, reason: str) -> Survey:
    """The survey of a file that can't be analysed."""
    return Survey(candidate, unread=(Unread(candidate.path, 0, "", reason),))


def _note(source: SourceFile) -> str:
    """What a user who named the file should know of it."""
    if not source.data.strip():
        return "nothing to analyse: the file is empty"
    if source.language == "python":  # declares its encoding, and can't be read in another
        return ""
    try:
        source.data.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"not UTF-8 (byte {error.start}); what is not is shown as \N{REPLACEMENT CHARACTER}"
    return ""


def _lowered(survey: Survey, functions: Wanted, macros: Macros) -> FileFlow:
    assert survey.source is not None
    if survey.source.language == "c":
        from unstall.frontends.c import read as read_c

        return read_c(survey.source, functions, macros, survey.before, survey.unit)
    from unstall.frontends.python import read as read_python

    return read_python(survey.source, functions)


def guarded(work: Callable[[], _Result], place: Unread) -> "_Result | Unread":
    """What ``work`` gives; where it fails by a fault of ours or costs too much, ``place`` with the reason. One file's
    surprise must not cost the others their results. UNSTALL_DEBUG lets the fault through.
    """
    try:
        return work()
    except RecursionError:
        return replace(place, reason="nested too deeply")
    except MemoryError:
        return replace(place, reason="gave up: needs more memory than it may have")
    except GaveUp as reason:
        return replace(place, reason=heard(reason))
    except Exception as error:
        if os.environ.get("UNSTALL_DEBUG"):
            raise
        return replace(place, reason=f"internal error, please report it: {type(error).__name__}: {error}")
