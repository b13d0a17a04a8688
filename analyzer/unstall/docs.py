"""Writes what is generated from the rules: a page a rule, and the table of rules in the README.

``python -m unstall.docs ROOT`` writes; ``make docs`` calls it. A test compares, so that nothing goes stale.
"""

import sys
from pathlib import Path

from unstall.rule import Invalid, Rule, Valid, all_rules

_BEGIN, _END = "<!-- rules: begin (make docs) -->", "<!-- rules: end -->"
_FENCES = {"c": "c", "python": "python"}


def page(rule: Rule) -> str:
    """A rule's documentation as a Markdown page."""
    head = f"# {rule.name} ({rule.code})\n\n{rule.summary}. Severity: {rule.severity.value}."
    return f"{head}\n\n{rule.documentation()}\n"


def full_page(rule: Rule) -> str:
    """The page with the rule's examples, for reading in docs/rules/."""
    notice = "<!-- Generated from the rule by `make docs`; edit the rule. -->\n\n"
    reported = [_example(case, f"Reported at line {', '.join(map(str, case.lines))}:") for case in rule.INVALID]
    silent = [_example(case, "Not reported:") for case in rule.VALID]
    return f"{notice}{page(rule)}\n## Cases\nThe tests hold the rule to these.\n\n" + "\n".join(reported + silent)


def _example(case: Valid | Invalid, title: str) -> str:
    return f"{title}\n\n```{_FENCES[case.language]}\n{case.code}```\n"


def table(rules: tuple[Rule, ...]) -> str:
    """The rules as a Markdown table."""
    rows = [
        f"| [{rule.code}](docs/rules/{rule.code}.md) | {rule.name} | {rule.severity.value} | {rule.summary} |"
        for rule in rules
    ]
    return "\n".join(["| code | name | severity | what it finds |", "| --- | --- | --- | --- |", *rows])


def generated(root: Path) -> dict[Path, str]:
    """Every generated file of the repository at ``root`` and what should be in it."""
    rules = all_rules()
    readme = root / "README.md"
    before, _, rest = readme.read_text("utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    files = {root / "docs" / "rules" / f"{rule.code}.md": full_page(rule) for rule in rules}
    return files | {readme: f"{before}{_BEGIN}\n{table(rules)}\n{_END}{after}"}


def main() -> None:
    """Write the generated files below the folder that is named."""
    for path, text in generated(Path(sys.argv[1])).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
