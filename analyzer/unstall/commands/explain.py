"""``unstall explain``: a rule's documentation."""

import argparse
import sys

from unstall.cli import UsageError
from unstall.docs import page
from unstall.report.screen import Screen
from unstall.rule import all_rules, find_rule
from unstall.wording import listing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``explain``."""
    parser.add_argument("rule", metavar="CODE", help="a rule's code or name")


def run(arguments: argparse.Namespace) -> int:
    """Print the rule's page: Markdown, laid out on a terminal."""
    rule = find_rule(arguments.rule)
    if rule is None:
        codes = listing([rule.code for rule in all_rules()], "or")
        raise UsageError(f"{arguments.rule}: no such rule (try {codes})")
    _print(page(rule))
    return 0


def _print(markdown: str) -> None:
    screen = Screen.of(sys.stdout)
    if not screen.colours:
        print(markdown, end="")
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console(file=sys.stdout, width=min(screen.width, 100)).print(Markdown(markdown))
