"""``unstall rules``: what is looked for."""

import argparse
import json
from collections.abc import Iterator, Sequence

from unstall.docs import weight
from unstall.rule import Rule, all_rules


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``rules``."""
    parser.add_argument("--output-format", choices=("text", "json"), default="text", help="how to print")


def run(arguments: argparse.Namespace) -> int:
    """List every rule by code."""
    rules = all_rules()
    if arguments.output_format == "json":
        rows = [
            {"code": rule.code, "name": rule.name, "severity": rule.severity.value, "enabled": rule.enabled,
             "summary": rule.summary, "documentation": rule.documentation()}
            for rule in rules
        ]  # fmt: skip
        print(json.dumps(rows, indent=2))
        return 0
    for line in lines(rules):
        print(line)
    return 0


def lines(rules: Sequence[Rule]) -> Iterator[str]:
    """A line for each rule, in columns."""
    names, weights = (
        max(map(len, words)) for words in zip(*((rule.name, weight(rule)) for rule in rules), strict=True)
    )
    for rule in rules:
        yield f"{rule.code}  {rule.name:<{names}}  {weight(rule):<{weights}}  {rule.summary}"
