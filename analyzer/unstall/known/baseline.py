"""A file of known findings, so that only new ones are reported.

Findings are told by fingerprint (`fingerprints`), which moved lines and other indentation don't change. Paths are
relative to the folder of the file, so that it means the same from wherever a run is started.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unstall.known.fingerprints import by_finding, of_run
from unstall.report import naming
from unstall.run.results import RunResult

VERSION = 1


class BaselineError(Exception):
    """A baseline that can't be read or written; the message names it."""


@dataclass(frozen=True, slots=True)
class Known:
    """One known finding. Only the fingerprint and the path count; the rest is for whoever reads the file."""

    fingerprint: str
    path: str
    code: str
    function: str
    message: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The known findings of a file."""

    file: Path
    known: tuple[Known, ...] = ()

    def split(self, run: RunResult) -> tuple[RunResult, int, int]:
        """The run without what is known, how many findings that were, and how many known ones are gone."""
        prints = self._prints(run)
        known = {entry.fingerprint for entry in self.known}
        gone = self._paths_gone()
        unknown = {finding.path for finding in run.findings if prints[id(finding)] not in known}
        prints |= self._moved(run, sorted(unknown), gone, known)
        new = run.keeping(lambda finding: prints[id(finding)] not in known)
        looked_at = self._looked_at(run) | gone
        here = {entry.fingerprint for entry in self.known if entry.path in looked_at}
        return new, len(run.findings) - len(new.findings), len(here - set(prints.values()))

    def updated(self, run: RunResult) -> "Baseline":
        """The baseline with what is found now; what is known of other files stays, as long as they are there."""
        prints, names = self._prints(run), self._names(run)
        looked_at = self._looked_at(run) | self._paths_gone()
        found = [
            Known(prints[id(finding)], names[finding.path], finding.code, finding.function, finding.message)
            for finding in run.findings
        ]
        kept = [entry for entry in self.known if entry.path not in looked_at]
        return Baseline(self.file, tuple(sorted((*kept, *found), key=lambda k: (k.path, k.code, k.fingerprint))))

    def _paths_gone(self) -> set[str]:
        """The files of the baseline that are there no more."""
        root = self._root
        return {path for path in {entry.path for entry in self.known} if not (root / path).exists()}

    def _moved(self, run: RunResult, paths: Iterable[str], gone: set[str], known: set[str]) -> dict[int, str]:
        """The fingerprints by which the baseline knows the findings of these files, where they were moved: those that
        they would have under the path of a file that is gone, one that is called the same before others.
        """
        moved: dict[int, str] = {}
        left = set(gone)
        for path in paths:
            findings = [finding for finding in run.findings if finding.path == path]
            for former in sorted(left, key=lambda former: (Path(former).name != Path(path).name, former)):
                prints = zip(findings, of_run(findings, run.sources, {path: former}), strict=True)
                if found := {id(finding): text for finding, text in prints if text in known}:
                    moved |= found
                    left.remove(former)
                    break
        return moved

    def _prints(self, run: RunResult) -> dict[int, str]:
        return by_finding(run, self._names(run))

    def _names(self, run: RunResult) -> dict[str, str]:
        root = self._root
        return {path: naming.relative(path, root) for path in run.sources}

    def _looked_at(self, run: RunResult) -> set[str]:
        root = self._root
        return {naming.relative(file.path, root) for file in run.files if not file.unreadable}

    @property
    def _root(self) -> Path:
        """The folder that paths are relative to."""
        return self.file.absolute().parent.resolve()


def load(path: str) -> Baseline:
    """The baseline in a file. Raises BaselineError."""
    file = Path(path)
    try:
        document = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise BaselineError(f"{path}: can't be read: {error.strerror}") from error
    except ValueError as error:
        raise BaselineError(f"{path}: not a baseline: {error}") from error
    return Baseline(file, tuple(_known(entry, path) for entry in _entries(document, path)))


def _entries(document: Any, path: str) -> Iterable[Any]:
    if not isinstance(document, dict) or not isinstance(document.get("findings"), list):
        raise BaselineError(f"{path}: not a baseline: it has no array of findings")
    if document.get("version") != VERSION:
        raise BaselineError(
            f"{path}: version: {document.get('version')!r} is not {VERSION}; --update-baseline writes it anew"
        )
    findings: list[Any] = document["findings"]
    return findings


def _known(entry: Any, path: str) -> Known:
    fields: Mapping[str, Any] = entry if isinstance(entry, dict) else {}
    values = {name: fields.get(name) for name in Known.__slots__}
    for name, value in values.items():
        if not isinstance(value, str):
            raise BaselineError(f"{path}: not a baseline: a finding has no {name}")
    return Known(**{name: str(value) for name, value in values.items()})


def dump(baseline: Baseline) -> str:
    """The text of a baseline's file: one finding a line, so that versions compare well."""
    rows = [json.dumps({name: getattr(entry, name) for name in Known.__slots__}) for entry in baseline.known]
    body = "".join(f"\n    {row}," for row in rows).removesuffix(",")
    return f'{{\n  "version": {VERSION},\n  "findings": [{body}\n  ]\n}}\n'
