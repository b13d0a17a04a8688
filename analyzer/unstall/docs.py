"""Writes what is generated: a page a rule, the tables of rules and options, and the output that the README shows.

``python -m unstall.docs ROOT`` writes; ``make docs`` calls it. A test compares, so that nothing goes stale.
"""

import contextlib
import io
import json
import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from unstall.options import OPTIONS, WAIT_FIELDS, Option, schema
from unstall.rule import Invalid, Rule, Valid, all_rules

_TABLE = re.compile(r"(<!-- rules: begin \(make docs\) -->\n).*?(<!-- rules: end -->)", re.DOTALL)
_OUTPUT = re.compile(r"(<!-- output: unstall (.+) \(make docs\) -->\n).*?(<!-- output: end -->)", re.DOTALL)
_OPTIONS = re.compile(r"(<!-- options: begin \(make docs\) -->\n).*?(<!-- options: end -->)", re.DOTALL)
_NAVIGATION = re.compile(r"( +# rules: begin \(make docs\)\n).*?( +# rules: end)", re.DOTALL)
_FENCES = {"c": "c", "python": "python"}


def page(rule: Rule) -> str:
    """A rule's documentation as a Markdown page."""
    head = f"# {rule.name} ({rule.code})\n\n{rule.summary}. Severity: {weight(rule)}."
    return f"{head}\n\n{rule.documentation()}\n"


def weight(rule: Rule) -> str:
    """How severe a rule's findings are, and whether it has to be asked for."""
    return rule.severity.value if rule.enabled else f"{rule.severity.value}, off by default"


def full_page(rule: Rule) -> str:
    """The page with the rule's examples, for reading in docs/rules/."""
    notice = "<!-- Generated from the rule by `make docs`; edit the rule. -->\n\n"
    reported = [_example(case, f"Reported at line {', '.join(map(str, case.lines))}:") for case in rule.INVALID]
    silent = [_example(case, "Not reported:") for case in rule.VALID]
    return f"{notice}{page(rule)}\n## Cases\nThe tests hold the rule to these.\n\n" + "\n".join(reported + silent)


def _example(case: Valid | Invalid, title: str) -> str:
    return f"{title}\n\n```{_FENCES[case.language]}\n{case.code}```\n"


def table(rules: tuple[Rule, ...], pages: str) -> str:
    """The rules as a Markdown table, with links to the folder of their pages."""
    rows = [
        f"| [{rule.code}]({pages}/{rule.code}.md) | {rule.name} | {weight(rule)} | {rule.summary} |" for rule in rules
    ]
    return "\n".join(["| code | name | severity | what it finds |", "| --- | --- | --- | --- |", *rows])


def navigation(rules: tuple[Rule, ...]) -> str:
    """The rules' pages as entries of the site's navigation (YAML)."""
    return "".join(f"      - {rule.code} {rule.name}: rules/{rule.code}.md\n" for rule in rules)


def options_table() -> str:
    """The options of a configuration and the fields of ``waits`` as Markdown tables."""

    def rows(options: Mapping[str, Option]) -> str:
        lines = [
            f"| `{key}` | {option.type.name.replace('|', 'or')} | {option.help} |" for key, option in options.items()
        ]
        return "\n".join(["| key | value | what it says |", "| --- | --- | --- |", *lines])

    return f"{rows(OPTIONS)}\n\nA table of `waits`, whose arguments count from 1:\n\n{rows(WAIT_FIELDS)}"


def generated(root: Path) -> dict[Path, str]:
    """Every generated file of the repository at ``root`` and what should be in it."""
    rules = all_rules()
    readme, index = root / "README.md", root / "docs" / "index.md"
    text = _with_table(readme.read_text("utf-8"), table(rules, "docs/rules"))
    text = _OUTPUT.sub(lambda found: f"{found[1]}{_shown(found[2], root)}{found[3]}", text)
    files = {root / "docs" / "rules" / f"{rule.code}.md": full_page(rule) for rule in rules}
    configuration = root / "docs" / "configuration.md"
    options = _OPTIONS.sub(lambda found: f"{found[1]}{options_table()}\n{found[2]}", configuration.read_text("utf-8"))
    files |= {configuration: options, root / "docs" / "unstall.schema.json": f"{json.dumps(schema(), indent=2)}\n"}
    site = root / "mkdocs.yml"
    pages = _NAVIGATION.sub(lambda found: f"{found[1]}{navigation(rules)}{found[2]}", site.read_text("utf-8"))
    return files | {readme: text, index: _with_table(index.read_text("utf-8"), table(rules, "rules")), site: pages}


def _with_table(text: str, rules: str) -> str:
    return _TABLE.sub(lambda found: f"{found[1]}{rules}\n{found[2]}", text)


def _shown(words: str, root: Path) -> str:
    """A command and what it prints at the root of the repository, as a code block."""
    from unstall.cli import main as command_line

    out = io.TextIOWrapper(io.BytesIO(), "utf-8", newline="")
    with contextlib.chdir(root), contextlib.redirect_stdout(out):
        command_line(shlex.split(words))
    out.seek(0)
    return f"```console\n$ unstall {words}\n{out.read()}```\n"


def main() -> None:
    """Write the generated files below the folder that is named."""
    for path, text in generated(Path(sys.argv[1])).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
