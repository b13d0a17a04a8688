"""How much was read, what was not, where and why, as a small table for ``--statistics``."""

from collections.abc import Iterator, Mapping

from unstall.report.screen import Line, Piece, printable
from unstall.run.results import RunResult
from unstall.run.results import statistics as sums_of

_PLACES = 20
"""Functions that were not analysed, told by their places."""


def statistics(run: RunResult) -> Iterator[Line]:
    """One figure a line: the number, then what it counts; reasons are indented under their sum."""
    sums = sums_of(run)
    yield _row(sums.files, "files")
    yield _row(sums.files_parsed, "of them parsed, since they may hold a wait")
    yield from _section("files not analysed", sums.files_unread)
    yield _row(sums.functions_seen, "functions in the parsed files")
    yield _row(sums.functions_read, "of them read, since they may hold a wait")
    yield from _section("functions not analysed", sums.functions_unread)
    yield from _places(run)
    yield _row(sums.waits, "waits")
    yield from _section("ways in which an interrupt is handled", sums.handlings)
    yield from _section("findings", sums.findings)
    yield _row(sums.suppressed, "more findings suppressed by comments")


def _places(run: RunResult) -> Iterator[Line]:
    """Where the functions stand that were not analysed."""
    parts = [unread for unread in run.unread if unread.function]
    for unread in parts[:_PLACES]:
        yield (Piece(f"{'':>12}  {printable(f'{unread.path}:{unread.line}: {unread.function}')}", "dim"),)
    if len(parts) > _PLACES:
        yield (Piece(f"{'':>12}  and {len(parts) - _PLACES} more", "dim"),)


def _section(title: str, tally: Mapping[str, int]) -> Iterator[Line]:
    yield _row(sum(tally.values()), title)
    for name, number in tally.items():
        yield (Piece(f"{number:>12}  {printable(name)}", "dim"),)


def _row(number: int, text: str) -> Line:
    return (Piece(f"{number:>8}  {text}"),)
