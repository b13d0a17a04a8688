"""GitLab's code quality report: an array in the form of Code Climate (docs.gitlab.com, "Code Quality").

Its widget compares the reports of two branches by fingerprint, and takes findings of one fingerprint for one: a
fingerprint must not depend on line numbers, and none may occur twice.
"""

import hashlib
import json

from unstall.findings.finding import Severity
from unstall.flow.files import Unread
from unstall.known.fingerprints import of_run
from unstall.report import naming
from unstall.report.screen import printable
from unstall.report.sites import Json
from unstall.run.results import RunResult

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}


def gitlab(run: RunResult) -> str:
    """The findings, and the files that were not analysed as ``info``."""
    root = naming.root()
    sources = run.sources
    names = {path: naming.relative(path, root) for path in sources}
    fingerprints = of_run(run.findings, sources, names)
    rows: list[Json] = [
        {
            "description": printable(finding.message),
            "check_name": f"{finding.code} {finding.name}",
            "fingerprint": fingerprint,
            "severity": _SEVERITIES[finding.severity],
            "location": {
                "path": printable(names[finding.path]),
                "lines": {
                    "begin": sources[finding.path].line(finding.span.start),
                    "end": sources[finding.path].line(finding.span.end),
                },
            },
        }
        for finding, fingerprint in zip(run.findings, fingerprints, strict=True)
    ]
    rows += [_not_analysed(unread, naming.relative(unread.path, root)) for unread in run.files_unread]
    return json.dumps(rows, indent=2)


def _not_analysed(unread: Unread, name: str) -> Json:
    return {
        "description": printable(f"not analysed: {unread.reason}"),
        "check_name": "not-analysed",
        "fingerprint": hashlib.sha256(f"not-analysed\0{name}".encode("utf-8", "surrogateescape")).hexdigest()[:32],
        "severity": "info",
        "location": {"path": printable(name), "lines": {"begin": unread.line or 1}},
    }
