"""A run over files of which none has changed since a former run: its results at the price of looking at the files.

A file counts as unchanged where its size, its times and its inode are those of before. One that was written just
before the run may be written again without any of them changing; such a run is not kept.
"""

import marshal
import os
from collections.abc import Mapping, Sequence
from time import time

from unstall.discovery.walk import language_of
from unstall.run.cache import Cache, digest
from unstall.run.results import FileResult
from unstall.source import SourceFile

_SETTLED = 2.0
"""Seconds within which a file system may give two writes the same time."""
_WITHOUT_REFERENCES = 2
"""The version of marshal's format in which the same values are always the same bytes."""


Seen = tuple[int, int, int, int]
"""What a file looks like from outside: its bytes, when it was written and changed in any way (ns), and its inode. A
plain tuple, which `marshal` takes.
"""


def seen(path: str) -> Seen:
    """What a file looks like; nothing of one that can't be looked at."""
    try:
        status = os.stat(path)  # noqa: PTH116  (called for every file of a tree)
    except OSError:
        return 0, 0, 0, 0
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def run_key(looks: dict[str, Seen], about: object) -> bytes | None:
    """What a run over files found in folders is kept under, ``about`` being all else that its results follow from;
    None where it is not to be kept.
    """
    settled = (time() - _SETTLED) * 1e9
    if any(written > settled or changed > settled for _, written, changed, _ in looks.values()):
        return None
    return digest("run", about, marshal.dumps(looks, _WITHOUT_REFERENCES))


def keep(cache: Cache, key: bytes, telling: Sequence[FileResult]) -> None:
    """Keep the results of a run: those of the files of which there is anything to tell."""
    cache.put(key, tuple(result._replace(source=None) for result in telling))


def former(cache: Cache, key: bytes, looks: Mapping[str, Seen]) -> tuple[FileResult, ...] | None:
    """What was told of these files by a run that was kept; None where there was none, or where a file that they tell
    of was written since it was looked at.
    """
    kept = cache.get(key)
    if kept is None:
        return None
    try:
        telling = tuple(result._replace(source=_source(result)) for result in kept)
    except OSError:
        return None
    return None if any(seen(result.path) != looks[result.path] for result in telling) else telling


def _source(result: FileResult) -> SourceFile | None:
    """What reports show of a file."""
    language = language_of(result.path, executable=True) if result.facts or result.findings else None
    if language is None:
        return None
    with open(result.path, "rb") as file:  # noqa: PTH123
        return SourceFile(result.path, file.read(), language)
