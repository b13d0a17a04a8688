"""SARIF 2.1.0 (OASIS), made for GitHub's code scanning and for editors.

GitHub shows the first location, the code flows and the related locations that the message links to, and ignores
fixes; reviewdog and editors take those. It keeps so many of each and no more (docs.github.com, "SARIF support for
code scanning"): what is over its limits is left out here, the least severe first, and the log says so.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from unstall import __version__
from unstall.findings.finding import Finding, Fix, Mark, Severity, WitnessPoint, most_severe
from unstall.flow.files import Unread
from unstall.known.fingerprints import line_hashes, of_run
from unstall.report import naming
from unstall.report.screen import printable
from unstall.report.sites import Json, place
from unstall.rule import Rule, all_rules
from unstall.run.results import RunResult
from unstall.source import SourceFile, Span
from unstall.wording import one_line

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MAX_RESULTS = 25_000
MAX_RELATED = 100
MAX_TEXT = 1024
FINGERPRINT = "unstall/v1"
_BASE = "%SRCROOT%"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}
_LINKED = ("skipped", "skipped-ready", "skipped-other")


def sarif(run: RunResult) -> str:
    """The run as a SARIF log."""
    root = naming.root()
    rules = all_rules()
    findings = run.findings
    kept = most_severe(findings, MAX_RESULTS)
    notices = [_not_analysed(unread, root) for unread in (*run.refused, *run.unread)]
    if len(kept) < len(findings):
        notices.append(_notice(f"{len(findings) - len(kept)} findings left out: {MAX_RESULTS} is the most that fits"))
    driver = {
        "name": "unstall",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in rules],
    }
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "automationDetails": {"id": "unstall/"},
                "originalUriBaseIds": {_BASE: {"description": {"text": "The root of the repository."}}},
                "columnKind": "unicodeCodePoints",
                "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notices}],
                "results": list(_results(kept, run, root, [rule.code for rule in rules])),
            }
        ],
    }
    return json.dumps(log, indent=2)


# ------------------------------------------------------------------------------------------------ rules


def _rule(rule: Rule) -> Json:
    documentation = rule.documentation()
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": f"{rule.summary}."},
        "fullDescription": {"text": _cut(_section(documentation))},
        "help": {"text": documentation, "markdown": documentation},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": ["reliability", "signals", "event-loop"],
            "problem.severity": _PROBLEMS[rule.severity],
        },
    }


def _section(documentation: str) -> str:
    """The text of a page's first section, as a paragraph."""
    return one_line(documentation.partition("\n")[2].partition("\n## ")[0])


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1].rstrip() + "…"


# ------------------------------------------------------------------------------------------------ results


def _results(findings: list[Finding], run: RunResult, root: Path, codes: list[str]) -> Iterator[Json]:
    sources = run.sources
    names = {path: naming.relative(path, root) for path in sources}
    hashes = {path: line_hashes(sources[path].data.decode("utf-8", "replace")) for path in {f.path for f in findings}}
    for finding, fingerprint in zip(findings, of_run(findings, sources, names), strict=True):
        source = sources[finding.path]
        name = naming.uri(finding.path, root)
        line = hashes[finding.path][source.line(finding.span.start) - 1]
        related = _related(finding.marks)
        result: Json = {
            "ruleId": finding.code,
            "ruleIndex": codes.index(finding.code),
            "level": _LEVELS[finding.severity],
            "message": _message(finding, source, related),
            "locations": [_location(finding.span, source, name)],
            "partialFingerprints": {"primaryLocationLineHash": line, FINGERPRINT: fingerprint},
            "relatedLocations": [
                {"id": number, **_location(mark.span, source, name), "message": {"text": mark.note or mark.role}}
                for number, mark in enumerate(related, 1)
            ],
        }
        if finding.witness:
            result["codeFlows"] = [_flow(finding, source, name)]
        if finding.fixes:
            result["fixes"] = [_fix(fix, source, name) for fix in finding.fixes]
        yield result


def _related(marks: tuple[Mark, ...]) -> list[Mark]:
    """The marks that tell more than the primary place: the skipped stages first, since the message links to them."""
    return sorted(
        (mark for mark in marks if mark.role not in ("interrupt", "comment")), key=lambda mark: mark.role not in _LINKED
    )[:MAX_RELATED]


def _message(finding: Finding, source: SourceFile, related: list[Mark]) -> Json:
    """The message, with links to the skipped stages: ``[line 12](1)`` names the related location of that id."""
    text = f"{_escaped(finding.message)}."
    links = [
        f"[line {source.line(mark.span.start)}]({number})"
        for number, mark in enumerate(related, 1)
        if mark.role in _LINKED
    ]
    if links:
        text += f" Skipped: {', '.join(links)}."
    return {"text": f"{text[0].upper()}{text[1:]} {_escaped(finding.why)}"}


def _escaped(text: str) -> str:
    """Text in which brackets are not taken for links (SARIF 3.11.6)."""
    return printable(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _flow(finding: Finding, source: SourceFile, name: str) -> Json:
    """The interrupted run as a code flow."""

    def point(number: int, at: WitnessPoint) -> Json:
        location = {**_location(at.span, source, name), "message": {"text": printable(at.text)}}
        return {"location": location, "executionOrder": number, "importance": "essential"}

    points = [point(number, at) for number, at in enumerate(finding.witness, 1)]
    flow: Json = {"threadFlows": [{"locations": points}]}
    return {"message": {"text": printable(finding.comparison)}, **flow} if finding.comparison else flow


def _fix(fix: Fix, source: SourceFile, name: str) -> Json:
    replacements = [
        {
            "deletedRegion": region(edit.span, source),
            "insertedContent": {"text": edit.replacement.decode("utf-8", "replace")},
        }
        for edit in fix.edits
    ]
    return {
        "description": {"text": f"{fix.strategy}: {fix.description}"},
        "artifactChanges": [{"artifactLocation": _artifact(name), "replacements": replacements}],
    }


def _location(span: Span, source: SourceFile, name: str) -> Json:
    return {"physicalLocation": {"artifactLocation": _artifact(name), "region": region(span, source)}}


def _artifact(name: str) -> Json:
    return {"uri": name} if name.startswith("file:") else {"uri": name, "uriBaseId": _BASE}


def region(span: Span, source: SourceFile) -> Json:
    """A span as SARIF counts: from 1, in characters, the end column behind the last."""
    at = place(span, source)
    return {
        "startLine": at["line"],
        "startColumn": at["column"],
        "endLine": at["end_line"],
        "endColumn": at["end_column"],
    }


# ------------------------------------------------------------------------------------------------ notifications


def _not_analysed(unread: Unread, root: Path) -> Json:
    subject = f"{unread.function} was not analysed" if unread.function else "Not analysed"
    place: Json = {"artifactLocation": _artifact(naming.uri(unread.path, root))}
    if unread.line:
        place["region"] = {"startLine": unread.line}
    return {**_notice(f"{subject}: {unread.reason}"), "locations": [{"physicalLocation": place}]}


def _notice(text: str) -> Json:
    return {"level": "warning", "message": {"text": printable(text)}}
