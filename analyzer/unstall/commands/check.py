"""``unstall check``: the findings, with witness and patch."""

import argparse
import sys

from unstall.cli import UsageError
from unstall.commands.analysis import (
    add_jobs,
    add_paths,
    add_statistics,
    add_stdin,
    analysed,
    from_stdin,
    say_statistics,
)
from unstall.commands.configuration import add_configuration, configuration
from unstall.commands.narrowing import add_narrowing, narrowed
from unstall.commands.output import add_output, check_writable, print_findings
from unstall.results import RunResult


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``check``."""
    add_paths(parser)
    add_stdin(parser)
    add_output(parser)
    parser.add_argument(
        "--diff", action="store_true", help="print only the patches, as git apply and patch -p1 take them"
    )
    parser.add_argument("--fix", action="store_true", help="make the patches in the files, then report what is left")
    parser.add_argument(
        "--add-ignores", action="store_true", help="write a comment above each finding that suppresses it"
    )
    parser.add_argument("--reason", metavar="TEXT", default="", help="what these comments give as reason")
    parser.add_argument("--exit-zero", action="store_true", help="exit with 0 whatever is found")
    add_statistics(parser)
    add_jobs(parser)
    add_narrowing(parser)
    add_configuration(parser)


def run(arguments: argparse.Namespace) -> int:
    """Analyse, print, and tell by the exit status whether anything was found."""
    check_writable(arguments)
    contents = from_stdin(arguments)
    if contents and (arguments.fix or arguments.add_ignores or arguments.diff_base):
        raise UsageError("-: what is on stdin has no file to patch or to compare; --diff prints the patch")
    config = configuration(arguments)
    result = narrowed(analysed(arguments, config, contents), arguments, config)
    if arguments.add_ignores:
        from unstall.commands.ignores import add_ignores

        left = add_ignores(result, arguments.paths, arguments.reason, config.settings)
        return int(left > 0 and not arguments.exit_zero)
    if arguments.fix:
        from unstall.commands.fixing import fix

        result = fix(result, arguments.paths, config.settings)
    if arguments.diff:
        _print_diffs(result)
    else:
        print_findings(result, arguments)
    if arguments.statistics:
        say_statistics(result)
    return int(result.failed and not arguments.exit_zero)


def _print_diffs(result: RunResult) -> None:
    from unstall.report.diff import diffs

    sys.stdout.flush()
    for diff in diffs(result):
        sys.stdout.buffer.write(diff)
    sys.stdout.buffer.flush()
