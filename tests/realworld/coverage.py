"""How much of real C the front end reads: a table by project and by reason.

    python -m tests.realworld.coverage [FOLDER…]

Without folders, the Debian source packages of ``packages.txt`` are fetched first (see `debian`). Counted are the
functions that mention an interrupt's error or hold a wait. One is *read* where it has a flow graph that accounts for
each keyword of control flow in the chosen text. Exit code 1 where fewer than REQUIRED are.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from subprocess import CalledProcessError

from unstall.discovery.glance import glance
from unstall.discovery.prefilter import wanted
from unstall.flow.files import Unread
from unstall.frontends.c.reader import FileReader, FunctionReading
from unstall.source import SourceFile

from tests.realworld.debian import NoMirrorError, fetched
from tests.realworld.keywords import unaccounted

REQUIRED = 0.995
_SUFFIXES = frozenset({".c", ".h"})


@dataclass(frozen=True)
class Loss:
    """A function that was not read, or not with certainty."""

    place: str
    """``path:line: function``"""
    reason: str


@dataclass(frozen=True)
class Count:
    """Figures of some files."""

    files: int = 0
    """That may hold a wait."""
    functions: int = 0
    lost: tuple[Loss, ...] = ()
    """One for each function that was not read."""
    doubts: tuple[Loss, ...] = ()
    """One for each function that was read with parts that were not understood, or whose way on is not certain."""

    @property
    def share(self) -> float:
        """Of the functions, those that were read."""
        return 1 - len(self.lost) / self.functions if self.functions else 1.0

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.files + other.files,
            self.functions + other.functions,
            self.lost + other.lost,
            self.doubts + other.doubts,
        )


def measure(path: Path, root: Path) -> Count:
    """The figures of one file; it is named by its place under ``root``."""
    data = path.read_bytes()
    if not glance("c")(data).waits:
        return Count()
    source = SourceFile(path.relative_to(root).as_posix(), data, "c")
    readings = FileReader(source, wanted("c")).readings
    lost = tuple(loss for reading in readings for loss in _losses(source, reading))
    doubts = tuple(loss for reading in readings for loss in _doubts(source, reading))
    return Count(1, len(readings), lost, doubts)


def _losses(source: SourceFile, reading: FunctionReading) -> Iterator[Loss]:
    made = reading.made
    if isinstance(made, Unread):
        yield Loss(f"{source.path}:{made.line}: {made.function}", made.reason)
        return
    missing = list(unaccounted(reading.unit, reading.function.body_span, made))
    if missing:
        place = f"{source.path}:{source.line(missing[0].start)}: {made.name}"
        yield Loss(place, f"not in the graph: {missing[0].value}")


def _doubts(source: SourceFile, reading: FunctionReading) -> Iterator[Loss]:
    if not isinstance(reading.made, Unread) and reading.made.unknown:
        line, _, reason = reading.made.unknown[0].partition(": ")
        yield Loss(f"{source.path}:{line}: {reading.made.name}", reason)


def measure_all(folders: Iterable[Path], jobs: int) -> dict[str, Count]:
    """The figures of each folder, by its name."""
    counts: dict[str, Count] = {}
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:  # a fork may hang where there are threads
        for folder in folders:
            files = sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
            found = pool.map(partial(measure, root=folder.parent), files, chunksize=16)
            counts[folder.name] = sum(found, Count())
    return counts


def table(counts: dict[str, Count]) -> str:
    """By project, then by reason, then each function that was not read."""
    total = sum(counts.values(), Count())
    head = f"{'project':<20} {'files':>6} {'functions':>9} {'not read':>8} {'read':>8} {'doubts':>6}"
    rows = [
        f"{name:<20} {count.files:>6} {count.functions:>9} {len(count.lost):>8} {count.share:>8.2%}"
        f" {len(count.doubts):>6}"
        for name, count in [*counts.items(), (f"{len(counts)} projects", total)]
    ]
    lines = [head, *rows]
    for title, losses in (("not read, by reason", total.lost), ("doubts, by reason", total.doubts)):
        reasons = Counter(loss.reason.partition(": ")[0] for loss in losses)
        lines += ["", title, *(f"{number:>6}  {reason}" for reason, number in reasons.most_common())]
    return "\n".join([*lines, "", *(f"{loss.place}: {loss.reason}" for loss in total.lost)])


def main(arguments: Sequence[str]) -> int:
    """Measure the folders, or the packages; print the table."""
    try:
        folders = [Path(argument) for argument in arguments] or fetched()
        missing = [folder for folder in folders if not folder.is_dir()]
        if missing:
            raise NotADirectoryError(f"no folder: {missing[0]}")
    except (NoMirrorError, NotADirectoryError, CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 2
    counts = measure_all(folders, os.cpu_count() or 1)
    print(table(counts))
    return 0 if sum(counts.values(), Count()).share >= REQUIRED else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
