"""``unstall check``: the findings, with witness and patch."""

import argparse
import sys

from unstall.commands.analysis import add_paths, add_statistics, analysed, say_statistics
from unstall.report.screen import Screen
from unstall.results import RunResult


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``check``."""
    add_paths(parser)
    parser.add_argument(
        "--output-format", choices=("full", "concise", "json"), default="full", help="how to print (default: full)"
    )
    parser.add_argument(
        "--diff", action="store_true", help="print only the patches, as git apply and patch -p1 take them"
    )
    parser.add_argument("--exit-zero", action="store_true", help="exit with 0 whatever is found")
    add_statistics(parser)


def run(arguments: argparse.Namespace) -> int:
    """Analyse, print, and tell by the exit status whether anything was found."""
    result = analysed(arguments)
    _print(result, arguments)
    if arguments.statistics:
        say_statistics(result)
    return int(result.failed and not arguments.exit_zero)


def _print(result: RunResult, arguments: argparse.Namespace) -> None:
    if arguments.diff:
        from unstall.report.diff import diffs

        sys.stdout.flush()
        for diff in diffs(result):
            sys.stdout.buffer.write(diff)
        sys.stdout.buffer.flush()
        return
    screen = Screen.of(sys.stdout)
    match arguments.output_format:
        case "json":
            from unstall.report.json import findings_json

            print(findings_json(result))
        case "concise":
            from unstall.report.concise import concise

            screen.print(concise(result))
        case _:
            from unstall.report.full import full

            screen.print(full(result, screen))
