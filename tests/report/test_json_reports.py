"""The JSON formats: exactly the documented fields, with positions that lead back to the source."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from unstall.report.json import findings_json
from unstall.report.sites import sites_json
from unstall.run.results import RunResult

from tests import incident
from tests.report.conftest import EXPECTED, finding, run_of

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "json.md"
SITE_FIELDS = {
    "path", "function", "line", "column", "end_line", "call", "kind", "language", "handling", "interrupt_line",
    "interrupt_form", "loop", "outcomes", "stages", "timeout_restarted", "why_unknown",
}  # fmt: skip


def test_findings(patched: RunResult, golden: Callable[[str, Path], None]) -> None:
    golden(findings_json(patched) + "\n", EXPECTED / "findings.json")


def test_sites(patched: RunResult, golden: Callable[[str, Path], None]) -> None:
    golden(sites_json(patched) + "\n", EXPECTED / "sites.json")


def test_nothing_found_is_an_empty_array(unread: RunResult) -> None:
    assert json.loads(findings_json(unread)) == json.loads(sites_json(unread)) == []


def test_a_site_has_exactly_the_promised_fields(patched: RunResult) -> None:
    (site,) = json.loads(sites_json(patched))
    assert set(site) == SITE_FIELDS
    assert set(site["loop"]) == {"line", "end_line"}
    assert set(site["stages"][0]) == {"line", "end_line", "label", "runs_on", "reads_results", "feeds_head"}


def test_positions_are_those_of_the_text(patched: RunResult) -> None:
    (found,) = json.loads(findings_json(patched))
    line = incident.TEXT.split("\n")[found["line"] - 1]
    assert line[found["column"] - 1 : found["end_column"] - 1] == "continue"
    (edit,) = found["fixes"][0]["edits"]
    data = incident.TEXT.encode()
    assert data[edit["start"] :].startswith(b"if (r == -1 && errno == EAGAIN)")


def test_paths_and_text_that_are_not_unicode_stay_valid_json() -> None:
    source = incident.source("caf\udce9.c")
    (found,) = json.loads(findings_json(run_of(source, finding(source))))
    assert found["path"] == "caf\udce9.c"


def test_every_field_is_documented(patched: RunResult) -> None:
    documented = set(re.findall(r"`([a-z_]+)`", DOCUMENTATION.read_text("utf-8")))
    assert fields(json.loads(findings_json(patched))) <= documented


def fields(value: Any) -> set[str]:
    """All keys of a JSON value, at any depth."""
    if isinstance(value, list):
        return set().union(*map(fields, value))
    if isinstance(value, dict):
        return set(value).union(*map(fields, value.values()))
    return set()
