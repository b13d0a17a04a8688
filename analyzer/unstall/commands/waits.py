"""``unstall waits``: the inventory of wait sites."""

import argparse
import sys

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
from unstall.report.screen import Screen
from unstall.report.sites import sites_json, sites_text
from unstall.selection.rules import Aim


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``waits``."""
    add_paths(parser)
    add_stdin(parser)
    parser.add_argument("--output-format", choices=("text", "json"), default="text", help="how to print")
    add_statistics(parser)
    add_jobs(parser)
    add_configuration(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print every wait site of the files."""
    contents = from_stdin(arguments)
    result = analysed(arguments, configuration(arguments), contents, Aim.SITES)
    if arguments.output_format == "json":
        print(sites_json(result))
    else:
        Screen.of(sys.stdout).print(sites_text(result))
    if arguments.statistics:
        say_statistics(result)
    return status(result, arguments, contents, found=False)
