"""``unstall explain``: a rule's documentation."""

import argparse
import sys

from unstall.cli import UsageError
from unstall.commands.rules import lines
from unstall.docs import page
from unstall.options import suggestion
from unstall.report.screen import Screen
from unstall.rule import all_rules, find_rule


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``explain``."""
    parser.add_argument(
        "rule", metavar="CODE", help="a rule's code or name; of the beginning of codes, the rules are listed"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the rule's page: Markdown, laid out on a terminal. Of the beginning of codes, list the rules."""
    rule = find_rule(arguments.rule)
    if rule is not None:
        _print(page(rule))
        return 0
    begun = [rule for rule in all_rules() if rule.code.startswith(arguments.rule.upper())]
    if not begun or not arguments.rule:
        known = dict.fromkeys(name for rule in all_rules() for name in (rule.code, rule.name))
        raise UsageError(f"{arguments.rule}: no such rule{suggestion(arguments.rule, known)}; unstall rules lists them")
    for line in lines(begun):
        print(line)
    return 0


def _print(markdown: str) -> None:
    screen = Screen.of(sys.stdout)
    if not screen.colours:
        print(markdown, end="")
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console(file=sys.stdout, width=min(screen.width, 100)).print(Markdown(markdown))
