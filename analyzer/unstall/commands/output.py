"""Where findings go and in which formats: stdout or a file, several at once, and what a CI system expects."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from unstall.cli import UsageError, say
from unstall.report.formats import FORMATS, write
from unstall.report.screen import tolerant
from unstall.run.results import RunResult
from unstall.wording import listing
from unstall.words import CI


def add_output(parser: argparse.ArgumentParser) -> None:
    """How and where to print."""
    parser.add_argument(
        "--output-format", choices=FORMATS, metavar="FORMAT",
        help=f"{', '.join(FORMATS)} (default: full; on GitHub Actions github, in GitLab CI gitlab)",
    )  # fmt: skip
    parser.add_argument("--output-file", metavar="FILE", help="print to a file instead of stdout")
    parser.add_argument(
        "--also", action="append", default=[], metavar="FORMAT=FILE", type=_also,
        help="write this format to a file, too; may be given more than once",
    )  # fmt: skip


def _also(text: str) -> tuple[str, str]:
    name, _, path = text.partition("=")
    if name not in FORMATS or not path:
        raise argparse.ArgumentTypeError(f"{text!r} is not FORMAT=FILE with one of {listing(list(FORMATS), 'or')}")
    return name, path


def chosen_format(arguments: argparse.Namespace) -> str:
    """The format that is asked for, else the one that the CI system reads, else the one for people."""
    if arguments.output_format is not None:
        return str(arguments.output_format)
    return next((name for variable, name in CI.items() if os.environ.get(variable) == "true"), "full")


def check_writable(arguments: argparse.Namespace) -> None:
    """Raises UsageError for an output file that can't be written, before the work is done."""
    paths = list(_files(arguments))
    for number, path in enumerate(paths):
        folder = Path(path).parent
        if path in paths[:number]:
            raise UsageError(f"{path}: can't be written twice")
        if Path(path).is_dir():
            raise UsageError(f"{path}: can't be written: it is a folder")
        if not folder.is_dir():
            raise UsageError(f"{path}: can't be written: there is no folder {folder}")
        if not os.access(path if Path(path).exists() else folder, os.W_OK):
            raise UsageError(f"{path}: can't be written: permission denied")


def _files(arguments: argparse.Namespace) -> Iterator[str]:
    if arguments.output_file is not None:
        yield arguments.output_file
    yield from (path for _, path in arguments.also)


def print_findings(run: RunResult, arguments: argparse.Namespace) -> None:
    """Write the findings in every format that is asked for."""
    name = chosen_format(arguments)
    with _stream(arguments.output_file) as stream:
        write(name, run, stream)
    for other, path in arguments.also:
        with _stream(path) as stream:
            write(other, run, stream)
    if name == "github":
        _summarise(run)
    if name == "gitlab" and arguments.output_format is None:  # nobody asked: the job's log is for people
        write("full", run, sys.stderr)


@contextmanager
def _stream(path: str | None) -> Iterator[TextIO]:
    """A file to write, or stdout where none is named."""
    if path is None:
        yield sys.stdout
        return
    try:
        with Path(path).open("w", encoding="utf-8") as stream:
            tolerant(stream)
            yield stream
    except OSError as error:
        raise UsageError(f"{path}: can't be written: {error.strerror}") from error


def _summarise(run: RunResult) -> None:
    """Add to the job's summary where GitHub says to."""
    from unstall.report.github import summary

    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as stream:
            stream.write(summary(run))
    except OSError as error:
        say(f"{path}: the summary can't be written: {error.strerror}")
