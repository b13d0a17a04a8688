"""``unstall rules``: what is looked for."""

import argparse
import json

from unstall.rule import all_rules


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``rules``."""
    parser.add_argument("--output-format", choices=("text", "json"), default="text", help="how to print")


def run(arguments: argparse.Namespace) -> int:
    """List every rule by code."""
    rules = all_rules()
    if arguments.output_format == "json":
        rows = [
            {"code": rule.code, "name": rule.name, "severity": rule.severity.value, "summary": rule.summary,
             "documentation": rule.documentation()}
            for rule in rules
        ]  # fmt: skip
        print(json.dumps(rows, indent=2))
        return 0
    width = max(len(rule.name) for rule in rules)
    for rule in rules:
        print(f"{rule.code}  {rule.name:<{width}}  {rule.severity.value:<7}  {rule.summary}")
    return 0
