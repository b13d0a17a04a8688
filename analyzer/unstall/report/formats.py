"""Every format that findings can be printed in; a module is imported when its format is asked for."""

from collections.abc import Callable
from enum import Enum
from importlib import import_module
from typing import NamedTuple, TextIO

from unstall.report.screen import Screen
from unstall.run.results import RunResult


class Kind(Enum):
    """What a format's function takes and gives."""

    SCREEN = "lines, laid out for the screen they go to"
    LINES = "lines"
    TEXT = "text that another program reads"


class Format(NamedTuple):
    """Where a format's function is: ``function(run)``, with the screen as a second argument for `Kind.SCREEN`."""

    module: str
    function: str
    kind: Kind
    help: str


FORMATS = {
    "full": Format("full", "full", Kind.SCREEN, "for people: excerpt, path and patch"),
    "concise": Format("concise", "concise", Kind.LINES, "one line a finding"),
    "json": Format("json", "findings_json", Kind.TEXT, "an array of findings"),
    "json-lines": Format("json", "findings_json_lines", Kind.TEXT, "one JSON object a line"),
    "html": Format("html", "html", Kind.TEXT, "one page to look at: source, path, graph and patch"),
    "sarif": Format("sarif", "sarif", Kind.TEXT, "SARIF 2.1.0, for code scanning"),
    "github": Format("github", "github", Kind.SCREEN, "annotations of GitHub Actions, and the full report"),
    "gitlab": Format("gitlab", "gitlab", Kind.TEXT, "GitLab's code quality report"),
    "rdjson": Format("rdjson", "rdjson", Kind.TEXT, "reviewdog's diagnostics, with suggestions"),
    "junit": Format("junit", "junit", Kind.TEXT, "JUnit XML: a file is a suite, a finding a failure"),
    "azure": Format("azure", "azure", Kind.LINES, "annotations of Azure Pipelines"),
}


def write(name: str, run: RunResult, stream: TextIO) -> None:
    """Write the findings of a run in the format of that name."""
    chosen = FORMATS[name]
    function: Callable[..., object] = getattr(import_module(f"unstall.report.{chosen.module}"), chosen.function)
    screen = Screen.of(stream)
    match chosen.kind:
        case Kind.SCREEN:
            screen.print(function(run, screen))  # type: ignore[arg-type]
        case Kind.LINES:
            screen.print(function(run))  # type: ignore[arg-type]
        case Kind.TEXT:
            text = function(run)
            stream.write(f"{text}\n" if text else "")
