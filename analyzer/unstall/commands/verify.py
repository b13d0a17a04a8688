"""``unstall verify``: what a patch does to a loop that starts over when its wait is interrupted."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from unstall.cli import UsageError
from unstall.commands.analysis import add_tree, place
from unstall.commands.configuration import add_file, loaded

if TYPE_CHECKING:
    from unstall.proof.cases import Case


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``verify``."""
    from unstall.fixes.strategies import NAMES

    parser.add_argument("file", metavar="FILE[:LINE]", help="the file as it is; a line of the wait or of its restart")
    patched = parser.add_mutually_exclusive_group()
    patched.add_argument("--patch", metavar="P", help="a unified diff for FILE (-: from stdin)")
    patched.add_argument("--against", metavar="FIXED", help="the file as it is to become")
    patched.add_argument("--strategy", choices=NAMES, help="the patch of this strategy (default: the proposed one)")
    patched.add_argument("--all-strategies", action="store_true", help="the patches of every strategy, as a table")
    parser.add_argument("--function", metavar="F", help="only the waits of this function")
    add_tree(parser)
    add_file(parser)
    parser.add_argument(
        "--run", action="store_true", help="also run the master for real, with processes and signals (Linux)"
    )
    parser.add_argument("--output-format", choices=("text", "json"), default="text", help="how to print")


def run(arguments: argparse.Namespace) -> int:
    """Verify and print; 0 only where every restart asked about gets a patch that fixes it without consequences."""
    if arguments.run and sys.platform != "linux":
        raise UsageError("--run needs Linux; without it the master runs in simulation")
    from unstall.master import MasterError
    from unstall.proof.cases import RequestError, executed
    from unstall.proof.verification import Answer

    try:
        found = [executed(case, arguments.run) for case in _cases(arguments)]
    except (RequestError, MasterError) as error:
        raise UsageError(str(error)) from None
    if arguments.output_format == "json":
        from unstall.report.verify_json import cases_json

        print(cases_json(found))
    else:
        from unstall.report.verify_text import cases_text, table

        print((table if arguments.all_strategies else cases_text)(found))
    fixed = {case.place for case in found if case.answer is Answer.FIXES}
    return int(any(case.place not in fixed for case in found))


def _cases(arguments: argparse.Namespace) -> "Iterable[Case]":
    from unstall.fixes.strategies import NAMES
    from unstall.proof.cases import Request, given, proposed

    path, line = place(arguments.file)
    settings = loaded([path, *arguments.tree], arguments).settings
    request = Request(path, arguments.function, line, settings, tuple(arguments.tree))
    if arguments.patch is not None:
        return given(request, None, sys.stdin.buffer.read() if arguments.patch == "-" else _bytes(arguments.patch))
    if arguments.against is not None:
        return given(request, _bytes(arguments.against), None)
    return proposed(request, NAMES if arguments.all_strategies else (arguments.strategy,))


def _bytes(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: can't be read: {error.strerror}") from None
