"""``unstall check``: the findings, with witness and patch."""

import argparse
import sys
from dataclasses import replace

from unstall.cli import UsageError
from unstall.commands.analysis import (
    add_jobs,
    add_paths,
    add_statistics,
    add_stdin,
    analysed,
    from_stdin,
    say_statistics,
    status,
)
from unstall.commands.configuration import add_configuration, configuration
from unstall.commands.narrowing import add_narrowing, narrowed
from unstall.commands.output import add_output, check_writable, print_findings
from unstall.commands.request import request
from unstall.run.results import RunResult
from unstall.wording import listing

_ONE_OF = ("--diff", "--fix", "--add-ignores", "--update-baseline")
"""What may be done with the findings instead of reporting them, or before."""
_GOES_WITHOUT = {
    "--diff": ("--output-format", "--output-file", "--also"),
    "--add-ignores": ("--output-file", "--also"),
}
"""What asks for a report where none is written."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``check``."""
    add_paths(parser)
    add_stdin(parser)
    add_output(parser)
    parser.add_argument(
        "--diff", action="store_true", help="print only the patches, as git apply -p1 and patch -p1 take them"
    )
    parser.add_argument("--fix", action="store_true", help="make the patches in the files, then report what they leave")
    parser.add_argument(
        "--add-ignores", action="store_true", help="write a comment above each finding that suppresses it"
    )
    parser.add_argument("--reason", metavar="TEXT", help="what these comments give as reason")
    parser.add_argument(
        "--exit-zero", action="store_true", help="exit with 0 whatever is found, not where a path is not there"
    )
    add_statistics(parser)
    add_jobs(parser)
    add_narrowing(parser)
    add_configuration(parser)


def run(arguments: argparse.Namespace) -> int:
    """Analyse, print, and tell by the exit status whether anything was found."""
    _refuse_contradictions(arguments)
    check_writable(arguments)
    contents = from_stdin(arguments)
    if contents and (arguments.fix or arguments.add_ignores or arguments.diff_base):
        raise UsageError("-: what is on stdin has no file to patch or to compare; --diff prints the patch")
    config = configuration(arguments)
    whole = analysed(arguments, config, contents)
    result = narrowed(whole, arguments, config)
    if arguments.add_ignores:
        from unstall.commands.ignores import add_ignores

        found = add_ignores(result, arguments.paths, arguments.reason or "", config.settings) > 0
    else:
        if arguments.fix:
            from unstall.commands.fixing import fix

            result = fix(whole, result, arguments.paths, config.settings)
        if arguments.diff:
            _print_diffs(result)
        else:
            print_findings(replace(result, request=request(arguments)), arguments)
        found = result.failed
    if arguments.statistics:
        say_statistics(result)
    return status(whole, arguments, contents, found and not arguments.exit_zero)


def _refuse_contradictions(arguments: argparse.Namespace) -> None:
    """Raises UsageError for options of which one would be passed over in silence."""

    def given(*names: str) -> list[str]:
        return [name for name in names if getattr(arguments, name[2:].replace("-", "_")) not in (None, False, [])]

    if len(chosen := given(*_ONE_OF)) > 1:
        raise UsageError(f"{listing(chosen)}: only one at a time; --diff alone shows patches and changes nothing")
    if chosen == ["--update-baseline"] and arguments.diff_base is not None:
        raise UsageError("--update-baseline: goes without --diff-base, since it notes all that is found")
    if arguments.reason is not None and not arguments.add_ignores:
        raise UsageError("--reason: needs --add-ignores, whose comments give it")
    for mode in chosen:
        if unused := given(*_GOES_WITHOUT.get(mode, ())):
            raise UsageError(f"{mode}: goes without {unused[0]}, since it writes no report")


def _print_diffs(result: RunResult) -> None:
    from unstall.report.diff import diffs

    sys.stdout.flush()
    for diff in diffs(result):
        sys.stdout.buffer.write(diff)
    sys.stdout.buffer.flush()
