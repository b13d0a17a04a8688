"""The formats that other programs read: compared with expected output, held to their schemas and limits."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest
from unstall import __version__
from unstall.findings.finding import Fix, Severity
from unstall.known.fingerprints import line_hashes
from unstall.report.formats import FORMATS, write
from unstall.report.github import summary
from unstall.report.rdjson import whole_lines
from unstall.run.results import FileResult, RunResult
from unstall.source import Edit, SourceFile, Span

from tests import incident
from tests.report.conftest import EXPECTED, finding, run_of

Golden = Callable[[str, Path], None]
SUFFIX = {"sarif": "sarif", "github": "txt", "azure": "txt", "junit": "xml", "json-lines": "jsonl"}
SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0-rtm.5.json").read_text("utf-8"))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in no repository."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("secrets.token_hex", lambda size: "0123456789abcdef")
    return tmp_path


def text(name: str, run: RunResult) -> str:
    stream = io.StringIO()
    write(name, run, stream)
    return stream.getvalue()


def stable(shown: str) -> str:
    """The text without SARIF's list of rules and our version, which change for other reasons."""
    shown = re.sub(r'"rules": \[.*?\n          \]', '"rules": […]', shown, flags=re.DOTALL)
    return re.sub(r'"ruleIndex": \d+', '"ruleIndex": …', shown).replace(f'"{__version__}"', '"…"')


def many(number: int) -> RunResult:
    """A file with that many findings, every third of them an error, the others warnings and notes."""
    source = incident.source()
    severities = list(Severity)
    return run_of(source, *(replace(finding(source), severity=severities[-n % 3]) for n in range(number)))


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("full", "concise", "json", "html")])
def test_findings_and_files_that_were_not_analysed(
    name: str, patched: RunResult, unread: RunResult, golden: Golden
) -> None:
    suffix = SUFFIX.get(name, "json")
    golden(stable(text(name, patched)), EXPECTED / f"findings-{name}.{suffix}")
    golden(stable(text(name, unread)), EXPECTED / f"unread-{name}.{suffix}")


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_names_and_text_break_no_format(name: str) -> None:
    source = incident.source("evil\x1b]0;::error ::%\n\udcff,:.c", incident.TEXT.replace("&now, 0", "&now\x1b, 0"))
    found = replace(finding(source), why="Brackets [x](1), 100 % of\nlines, `a|b`, ]]> & <b>; ##vso[task] done.")
    shown = text(name, run_of(source, found))
    assert "\x1b" not in shown
    if FORMATS[name].kind.name == "TEXT" and name != "html":
        ElementTree.fromstring(shown) if name == "junit" else json.loads(shown)


def of_sarif(run: RunResult) -> dict[str, Any]:
    log = json.loads(text("sarif", run))
    jsonschema.Draft4Validator(SCHEMA).validate(log)
    (only,) = log["runs"]
    assert isinstance(only, dict)
    return only


@pytest.mark.parametrize("number", [0, 1, 60])
def test_sarif_keeps_the_official_schema(number: int) -> None:
    assert len(of_sarif(many(number))["results"]) == number


def test_sarif_of_files_not_analysed_keeps_the_schema(unread: RunResult) -> None:
    (invocation,) = of_sarif(unread)["invocations"]
    notices = [notice["message"]["text"] for notice in invocation["toolExecutionNotifications"]]
    assert notices == [
        "Not analysed: no such file or folder", "serve was not analysed: unbalanced braces",
        "Not analysed: Python 2 syntax",
    ]  # fmt: skip


def test_sarif_holds_the_witness_and_the_patch(patched: RunResult) -> None:
    (result,) = of_sarif(patched)["results"]
    (flow,) = result["codeFlows"]
    (thread,) = flow["threadFlows"]
    steps = [
        (at["location"]["physicalLocation"]["region"]["startLine"], at["location"]["message"]["text"])
        for at in thread["locations"]
    ]
    assert steps[0] == (8, "`myselect` fails with EINTR") and steps[-1] == (3, "back to the head of the loop")
    (fix,) = result["fixes"]
    (change,) = fix["artifactChanges"]
    assert sarif_applied(incident.TEXT, change["replacements"]) == fixed(patched)


def sarif_applied(text: str, replacements: list[dict[str, Any]]) -> str:
    """What an editor would make of the replacements."""
    starts = [0, *(at.end() for at in re.finditer("\n", text))]
    for change in reversed(replacements):
        region = change["deletedRegion"]
        start = starts[region["startLine"] - 1] + region["startColumn"] - 1
        end = starts[region["endLine"] - 1] + region["endColumn"] - 1
        text = text[:start] + change["insertedContent"]["text"] + text[end:]
    return text


def fixed(run: RunResult) -> str:
    (found,) = run.findings
    ((edit,),) = (fix.edits for fix in found.fixes)
    return incident.TEXT[: edit.span.start] + edit.replacement.decode() + incident.TEXT[edit.span.end :]


def test_sarif_links_lead_to_the_skipped_stages(patched: RunResult) -> None:
    (result,) = of_sarif(patched)["results"]
    lines = {at["id"]: at["physicalLocation"]["region"]["startLine"] for at in result["relatedLocations"]}
    links = re.findall(r"\[line (\d+)\]\((\d+)\)", result["message"]["text"])
    assert [int(line) for line, _ in links] == [14, 18, 19]
    assert all(lines[int(number)] == int(line) for line, number in links)


def test_sarif_has_what_github_requires(patched: RunResult) -> None:
    run = of_sarif(patched)
    for rule in run["tool"]["driver"]["rules"]:
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"] and rule["help"]["markdown"] and len(rule["name"]) <= 255
        assert len(rule["properties"]["tags"]) <= 10
    (result,) = run["results"]
    (location,) = result["locations"]
    region = location["physicalLocation"]["region"]
    assert region == {"startLine": 10, "startColumn": 34, "endLine": 10, "endColumn": 42}
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "master.c"


@pytest.mark.parametrize(
    ("source", "hashes"),
    [
        ("", ["c129715d7a2bc9a3:1"]),
        (" a\nb\n  \t\tc\n d", ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]),
        (
            "Lorem ipsum dolor sit amet.\n" * 10,
            [
                *(f"a7f2ff13bc495cf2:{n}" for n in range(1, 7)),
                *("a7f2ff1481e87703:1", "a9cf91f7bbf1862b:1", "55ec222b86bcae53:1", "cc97dc7b1d7d8f7b:1"),
                "c129715d7a2bc9a3:1",
            ],
        ),
    ],
)
def test_line_hashes_are_those_of_the_upload_action(source: str, hashes: list[str]) -> None:
    assert line_hashes(source) == hashes


@pytest.mark.parametrize("ending", ["\r", "\r\n"])
def test_line_hashes_do_not_depend_on_line_endings_and_blanks(ending: str) -> None:
    assert line_hashes("a b\n\tc\n\nd") == line_hashes(ending.join(["ab", "c ", "", "d"]))


def test_github_stays_within_its_limits() -> None:
    lines = text("github", many(60)).splitlines()
    annotations = [line for line in lines if line.startswith(("::error", "::warning", "::notice"))]
    assert len(annotations) == 10
    assert all(line.startswith("::error ") for line in annotations)  # the most severe of them
    assert lines[-1] == "50 more findings in the log above and in the job's summary."
    assert sum(line.startswith("master.c:10:34: ") for line in lines) == 60  # the log has them all
    assert summary(many(60)).count("UST101") == 60


def test_github_has_no_columns_where_a_finding_has_several_lines() -> None:
    source = incident.source()
    wide = replace(finding(source), span=Span(source.data.index(b"for (i"), source.data.index(b"\t\tgettime")))
    (annotation,) = [line for line in text("github", run_of(source, wide)).splitlines() if line.startswith("::error")]
    assert "line=14,endLine=18," in annotation and "col" not in annotation.partition("::error")[2].split("::")[0]


def test_github_takes_nothing_of_the_source_for_a_command() -> None:
    hostile = incident.TEXT.replace("prepare(&rfds);", "::error::prepare(&rfds);")
    source = incident.source(text=hostile)
    start = source.data.index(b"::error::prepare")
    fix = Fix("x", "y", (Edit(Span(start, start), b"::warning::"),), proved=True)
    report = replace(finding(incident.source()), fixes=(fix,))
    shown = text("github", run_of(source, report))
    before, stopped, rest = shown.partition("::stop-commands::0123456789abcdef\n")
    inside, resumed, after = rest.partition("\n::0123456789abcdef::\n")
    assert not before and stopped and resumed
    assert "::error::prepare" in inside and "prepare" not in after


def test_the_summary_of_github_is_bounded_and_escaped() -> None:
    found = replace(finding(incident.source()), message="x | `y` <b>" + "z" * 2000)
    shown = summary(run_of(incident.source(), *([found] * 1000)))
    assert len(shown.encode()) < 1_000_000
    assert shown.rstrip().endswith("more in the log.")
    assert "x \\| \\`y\\` \\<b\\>" in shown


def test_gitlab_fingerprints_are_distinct_and_survive_moved_lines() -> None:
    def fingerprints(run: RunResult) -> list[str]:
        return [row["fingerprint"] for row in json.loads(text("gitlab", run))]

    once = fingerprints(many(5))
    assert len(set(once)) == 5
    text_below = "/* a new line */\n" + incident.TEXT.replace("\t\tr = my", "\t\t    r = my")
    source, below = incident.source(), incident.source(text=text_below)
    first, later = finding(source), finding(below, text_below)
    assert first.span != later.span
    assert fingerprints(run_of(source, first)) == fingerprints(run_of(below, later))


def test_rdjson_counts_bytes_and_suggests_whole_lines() -> None:
    wide = incident.TEXT.replace(
        "\t\tif (r == -1 && errno == EINTR) continue;", "\t\t/* é世 */ if (r == -1 && errno == EINTR) continue;"
    )
    source = SourceFile("master.c", wide.encode(), "c")
    at = source.data.index(b"continue", source.data.index(b"EINTR"))
    fix = Fix("x", "y", (Edit(Span(at, at + 8), b"{\n}"),), proved=True)
    found = replace(finding(incident.source()), span=Span(at, at + 8), fixes=(fix,), marks=())
    (diagnostic,) = json.loads(text("rdjson", run_of(source, found)))["diagnostics"]
    start = diagnostic["location"]["range"]["start"]
    line = wide.split("\n")[start["line"] - 1].encode()
    assert line[start["column"] - 1 :].startswith(b"continue")
    (suggestion,) = diagnostic["suggestions"]
    assert suggestion["range"] == {"start": {"line": 10}, "end": {"line": 10}}
    assert suggestion["text"] == "\t\t/* é世 */ if (r == -1 && errno == EINTR) {\n};"


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_rdjson_suggestions_keep_line_endings_out(ending: str) -> None:
    data = f"one\r\ntwo{ending}".encode()
    fix = Fix("x", "y", (Edit(Span(5, len(data)), f"2{ending}".encode()),), proved=True)
    suggestion = whole_lines(fix, SourceFile("x.c", data, "c"))
    assert suggestion == {"range": {"start": {"line": 2}, "end": {"line": 2}}, "text": "2"}


def test_junit_passes_clean_files_and_notes() -> None:
    source = incident.source()
    note = replace(finding(source), severity=Severity.NOTE)
    run = RunResult.of((*run_of(source, note).files, FileResult("clean.c")))
    document = ElementTree.fromstring(text("junit", run))
    assert [suite.get("name") for suite in document] == ["master.c", "clean.c"]
    assert document.get("tests") == "2" and document.get("failures") == "0"


@pytest.mark.parametrize("folder", [".", "deep/er"])
def test_paths_are_from_the_root_of_the_repository(folder: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / ".git").mkdir()
    (here / folder).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(here / folder)
    source = incident.source("we ird/é.c")
    run = run_of(source, finding(source))
    prefix = "" if folder == "." else f"{folder}/"
    (result,) = of_sarif(run)["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert unquote(location["uri"]) == f"{prefix}we ird/é.c" and " " not in location["uri"]
    assert json.loads(text("gitlab", run))[0]["location"]["path"] == f"{prefix}we ird/é.c"
    assert f"file={prefix}we ird/é.c,line=10" in text("github", run)


def test_a_path_outside_of_the_repository_is_a_file_uri(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "inside").mkdir()
    monkeypatch.chdir(here / "inside")
    source = incident.source("../out side.c")
    (result,) = of_sarif(run_of(source, finding(source)))["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": f"file://{here.resolve()}/out%20side.c"}


def test_more_findings_than_github_takes_are_cut_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unstall.report.sarif.MAX_RESULTS", 7)
    run = of_sarif(many(20))
    assert [result["level"] for result in run["results"]] == ["error"] * 7
    (notice,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notice["message"]["text"].startswith("13 findings left out")
