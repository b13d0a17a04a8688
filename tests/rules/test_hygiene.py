"""What every rule keeps to, so that its pages and messages read as if one person wrote them."""

import inspect
import re
from pathlib import Path

import pytest
from unstall.docs import generated
from unstall.options import Settings
from unstall.rule import HEADINGS, Rule, all_rules
from unstall.run.pipeline import run

ROOT = Path(__file__).parents[2]
RULES = [pytest.param(rule, id=rule.code) for rule in all_rules()]


def test_rules_are_found_by_listing_the_package() -> None:
    files = {path.stem for path in (ROOT / "rules" / "unstall_rules").glob("[a-z]*.py")}
    assert files == {rule.name.replace("-", "_") for rule in all_rules()}


def test_codes_and_names_are_unique() -> None:
    rules = all_rules()
    assert len({rule.code for rule in rules}) == len({rule.name for rule in rules}) == len(rules)


@pytest.mark.parametrize("rule", RULES)
def test_codes_names_and_summaries_have_their_form(rule: Rule) -> None:
    assert re.fullmatch(r"UST\d{3}", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name)
    assert not re.match(r"(no|dont|disallow|ban|forbid|prefer|use)-", rule.name)  # it reads after "allow …"
    assert re.fullmatch(r"[A-Z].*[^.]", rule.summary) and len(rule.summary) <= 100


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_looks_into_every_wait_is_off_by_default(rule: Rule) -> None:
    assert not (rule.enabled and rule.every_wait)  # what a run costs by default rests on this


@pytest.mark.parametrize("rule", RULES)
def test_documentation_has_every_heading_in_order(rule: Rule) -> None:
    headings = re.findall(r"^## (.+)$", rule.documentation(), re.MULTILINE)
    assert headings == list(HEADINGS)
    for section in re.split(r"^## .+\n", rule.documentation(), flags=re.MULTILINE)[1:]:
        assert section.strip()


@pytest.mark.parametrize("rule", RULES)
def test_rules_have_cases_of_both_kinds_in_each_language_they_speak_of(rule: Rule) -> None:
    assert rule.VALID and {case.language for case in rule.VALID} == {case.language for case in rule.INVALID}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_reads_facts_and_never_syntax(rule: Rule) -> None:
    source = inspect.getsource(inspect.getmodule(type(rule)) or type(rule))
    assert not re.search(r"unstall\.frontends|pycparser|libcst|import ast\b", source)


@pytest.mark.parametrize("rule", RULES)
def test_messages_keep_the_convention(rule: Rule, tmp_path: Path) -> None:
    for number, example in enumerate(rule.INVALID):
        (tmp_path / f"case{number}.{'c' if example.language == 'c' else 'py'}").write_text(example.code)
    found = [f for f in run([str(tmp_path)], settings=Settings(select=(rule.code,))).findings if f.code == rule.code]
    assert found
    for finding in found:
        assert "\n" not in finding.message
        assert re.match(r"[a-z`]", finding.message) and not finding.message.endswith(".")
        assert re.match(r"[A-Z`]", finding.why) and finding.why.endswith(".")
        assert finding.comparison == "" or re.match(r"[a-z].*[^.]$", finding.comparison)
        assert finding.marks and (finding.witness or rule.code == "UST001")
        assert not any(point.text.endswith(".") for point in finding.witness)


def test_generated_pages_are_fresh() -> None:
    stale = [path for path, text in generated(ROOT).items() if not path.exists() or path.read_text("utf-8") != text]
    assert not stale, "make docs writes them anew"
