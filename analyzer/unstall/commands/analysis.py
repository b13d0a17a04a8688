"""What the commands that analyse files have in common: the paths they take, the run, and what they say of it."""

import argparse
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from unstall.cli import UsageError, say
from unstall.config import Config
from unstall.discovery.walk import language_of
from unstall.flow.files import Unread
from unstall.report.screen import Screen
from unstall.run.results import RunResult
from unstall.selection.rules import Aim, SelectionError


def add_paths(parser: argparse.ArgumentParser) -> None:
    """The files and folders to analyse."""
    parser.add_argument("paths", nargs="*", metavar="PATH", default=["."], help="files or folders (default: here)")


def place(text: str) -> tuple[str, int | None]:
    """The file and the line of FILE, FILE:LINE or FILE:LINE:COLUMN; a file whose own name ends like that wins."""
    found = re.fullmatch(r"(.+?):(\d+)(?::\d+)?", text)
    return (found[1], int(found[2])) if found and not Path(text).exists() else (text, None)


def add_tree(parser: argparse.ArgumentParser) -> None:
    """What is read beside the one file that a command is about."""
    parser.add_argument(
        "--tree", action="append", default=[], metavar="PATH",
        help="a file or folder that is read, too: FILE may call what it holds, or be called (may be given more than "
        "once)",
    )  # fmt: skip


def add_stdin(parser: argparse.ArgumentParser) -> None:
    """What stdin is called, where it is one of the paths."""
    parser.add_argument("--stdin-filename", metavar="FILE", help="what stdin is called, where PATH is -")


def from_stdin(arguments: argparse.Namespace) -> dict[str, bytes]:
    """What stdin holds, by the name it is given, which takes the place of - among the paths."""
    name = getattr(arguments, "stdin_filename", None)
    if "-" not in arguments.paths:
        if name is not None:
            raise UsageError("--stdin-filename: needs - as PATH")
        return {}
    if name is None:
        raise UsageError("-: needs --stdin-filename, since the name tells C from Python")
    if language_of(name, executable=False) is None:
        raise UsageError(f"{name}: neither C nor Python by its name")
    arguments.paths = [name if path == "-" else path for path in arguments.paths]
    return {name: sys.stdin.buffer.read()}


def add_statistics(parser: argparse.ArgumentParser) -> None:
    """Whether to tell how much was read."""
    parser.add_argument(
        "--statistics", action="store_true", help="tell how much was read, and what was not and why, on stderr"
    )


def add_jobs(parser: argparse.ArgumentParser) -> None:
    """Among how many processes the files are divided."""
    parser.add_argument(
        "--jobs",
        "-j",
        metavar="N",
        type=_jobs,
        default=_processors(),
        help="processes to use (default: one a processor)",
    )


def _jobs(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes, 1 or more")
    return int(text)


def _processors() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def analysed(
    arguments: argparse.Namespace, config: Config, contents: Mapping[str, bytes], aim: Aim = Aim.FINDINGS
) -> RunResult:
    """Analyse the paths asked for and say what could not be; raises UsageError where nothing could."""
    from unstall.commands.progress import progress
    from unstall.limits import NoProcessError, collect_seldom
    from unstall.run import pipeline
    from unstall.run.cache import Cache

    collect_seldom()
    debugging = "UNSTALL_DEBUG" in os.environ  # then a fault of ours is to come through, not what was kept of it
    cache = Cache(config.settings.root) if config.settings.cache and not debugging else None
    try:
        with progress(sys.stderr) as report:
            run = pipeline.run(arguments.paths, report, config.settings, contents, arguments.jobs, cache=cache, aim=aim)
    except SelectionError as error:
        raise UsageError(f"{config.origins[error.option]}: {error}") from error
    except NoProcessError as error:
        raise UsageError(f"{error}; --jobs 1 needs none") from error
    for refused in run.refused:
        say(_line(refused))
    for file in run.telling:
        if file.note:
            say(f"{file.path}: {file.note}")
    nothing_done = run.nothing_done
    for file in run.telling:
        whole = [unread for unread in file.unread if not unread.function]
        # In a folder, functions are only counted, unless there is nothing else to tell.
        parts = file.unread if file.path in arguments.paths or nothing_done else ()
        for unread in whole or parts:
            say(_line(unread))
    if nothing_done:
        if getattr(arguments, "statistics", False):
            say_statistics(run)
        raise UsageError("nothing could be analysed")
    return run


def status(run: RunResult, arguments: argparse.Namespace, contents: Mapping[str, bytes], found: bool) -> int:
    """The exit status: 2 where a path that was named isn't there or can't be opened, however much else was analysed;
    else whether something was found.
    """
    named = set(arguments.paths) - contents.keys()
    lost = any(unread.path in named and not _may_be_opened(unread.path) for unread in run.files_unread)
    return 2 if lost else int(found)


def _may_be_opened(path: str) -> bool:
    try:
        return os.access(path, os.R_OK)
    except ValueError:  # no file can have this name
        return False


def say_statistics(run: RunResult) -> None:
    """The statistics, on stderr: stdout may hold a format that machines read."""
    from unstall.report.statistics import statistics

    Screen.of(sys.stderr).print(statistics(run))


def _line(unread: Unread) -> str:
    place = f"{unread.path}:{unread.line}" if unread.line else unread.path
    function = f"{unread.function} is not analysed: " if unread.function else ""
    return f"{place}: {function}{unread.reason}"
