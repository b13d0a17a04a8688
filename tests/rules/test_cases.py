"""The programs that each rule carries: reported where they should be, and nowhere else."""

from pathlib import Path

import pytest
from unstall.options import Settings
from unstall.rule import Invalid, Rule, Valid, all_rules
from unstall.run.pipeline import run
from unstall.run.results import RunResult

SUFFIX = {"c": "c", "python": "py"}
VALID = [
    pytest.param(rule, case, id=f"{rule.code}-{case.language}-valid-{number}")
    for rule in all_rules()
    for number, case in enumerate(rule.VALID)
]
INVALID = [
    pytest.param(rule, case, id=f"{rule.code}-{case.language}-invalid-{number}")
    for rule in all_rules()
    for number, case in enumerate(rule.INVALID)
]


def check(rule: Rule, case: Valid | Invalid, folder: Path) -> RunResult:
    path = folder / f"case.{SUFFIX[case.language]}"
    path.write_text(case.code)
    alone = not rule.code.startswith("UST0")  # a rule about suppressions needs the findings that they are for
    result = run([str(path)], settings=Settings(select=(rule.code,) if alone else ("ALL",)))
    assert not result.unread and not result.refused
    return result


@pytest.mark.parametrize(("rule", "case"), VALID)
def test_valid_programs_are_not_reported(rule: Rule, case: Valid, tmp_path: Path) -> None:
    result = check(rule, case, tmp_path)
    assert [finding.message for finding in result.findings if finding.code == rule.code] == []


@pytest.mark.parametrize(("rule", "case"), INVALID)
def test_invalid_programs_are_reported_where_they_should(rule: Rule, case: Invalid, tmp_path: Path) -> None:
    result = check(rule, case, tmp_path)
    (source,) = result.sources.values()
    found = [finding for finding in result.findings if finding.code == rule.code]
    assert tuple(source.line(finding.span.start) for finding in found) == case.lines
    if case.skipped:
        stages = [stage for finding in found if finding.fact for stage in finding.fact.bypassed]
        assert tuple(source.line(stage.span.start) for stage in stages) == case.skipped
