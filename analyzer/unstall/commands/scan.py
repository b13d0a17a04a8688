"""``unstall scan``: many source trees, each a project of its own, into one file of JSON lines."""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unstall.cli import UsageError, say
from unstall.commands.analysis import add_jobs
from unstall.commands.progress import progress
from unstall.scan.executors import ExecutorError, executor
from unstall.scan.journal import Journal, JournalError
from unstall.scan.project import MISSING, Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``scan``."""
    parser.add_argument("list", metavar="LIST", help="a file with a folder or an archive (tar, zip) on each line")
    parser.add_argument(
        "--output",
        metavar="FILE",
        help="add the results to a file, one line each; those that it has are not done again",
    )
    parser.add_argument(
        "--executor", metavar="dask://HOST:PORT", help="analyse on the workers of a dask cluster instead of here"
    )
    add_jobs(parser)


def run(arguments: argparse.Namespace) -> int:
    """Scan, and tell by the exit status whether anything was found; 2 where a project of the list could not be done."""
    projects = _listed(arguments.list)
    try:
        analysed = executor(arguments.executor, arguments.jobs)
        with _sink(arguments.output) as sink, progress(sys.stderr, "projects") as report:
            results = [sink.done[project] for project in projects if project in sink.done]
            for result in analysed([project for project in projects if project not in sink.done]):
                if result["failed"] != MISSING:  # else it would count as done when it is there
                    sink.add(result)
                results.append(result)
                report(len(results), len(projects), sum(len(each["findings"]) for each in results))
    except ExecutorError as error:
        raise UsageError(f"{arguments.executor}: {error}") from error
    except JournalError as error:
        raise UsageError(f"{arguments.output}: {error}") from error
    except OSError as error:
        if arguments.output is None or isinstance(error, BrokenPipeError):
            raise
        raise UsageError(f"{arguments.output}: can't be written: {error.strerror}") from error
    failed = [result for result in results if result["failed"]]
    for result in failed:
        say(f"{result['project']}: {result['failed']}")
    if results and len(failed) == len(results):
        raise UsageError("nothing could be analysed")
    found = any(finding["severity"] != "note" for result in results for finding in result["findings"])
    return 2 if failed else int(found)


def _listed(path: str) -> list[str]:
    """The projects that a list names, each once; blank lines and those that begin with # are none."""
    try:
        lines = os.fsdecode(Path(path).read_bytes()).splitlines()
    except OSError as error:
        raise UsageError(f"{path}: can't be read: {error.strerror}") from error
    return list(dict.fromkeys(line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")))


class _Stdout:
    """Results on stdout, where there is no file to go on with."""

    def __init__(self) -> None:
        self.done: dict[str, Result] = {}

    def add(self, result: Result) -> None:
        """Print a result."""
        print(json.dumps(result), flush=True)


@contextmanager
def _sink(path: str | None) -> Iterator[Journal | _Stdout]:
    if path is None:
        yield _Stdout()
        return
    with Journal(path) as journal:
        yield journal
