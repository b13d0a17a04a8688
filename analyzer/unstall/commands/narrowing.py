"""Which findings are reported: all, those of a change, or those that a baseline doesn't know."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from unstall.cli import UsageError, say
from unstall.config import Config
from unstall.discovery.walk import language_of
from unstall.findings.finding import Finding
from unstall.options import OPTIONS, Settings
from unstall.run.results import RunResult
from unstall.source import SourceFile
from unstall.wording import agree, count


def add_narrowing(parser: argparse.ArgumentParser) -> None:
    """Options that leave findings out."""
    group = parser.add_argument_group("what is reported")
    group.add_argument(
        "--diff-base", metavar="REV", help="only what the change since this commit introduces or touches"
    )
    group.add_argument("--baseline", metavar="FILE", help=OPTIONS["baseline"].help)
    group.add_argument("--update-baseline", action="store_true", help="write what is found now into the baseline")


def narrowed(run: RunResult, arguments: argparse.Namespace, config: Config) -> RunResult:
    """The run without what is not to be reported."""
    if arguments.diff_base is not None:
        run = of_change(run, arguments.diff_base, arguments.paths, config.settings)
    if arguments.update_baseline:
        return _update(run, config)
    return _without_known(run, config) if config.settings.baseline else run


# ------------------------------------------------------------------------------------------------ baseline


def _without_known(run: RunResult, config: Config) -> RunResult:
    from unstall.known.baseline import BaselineError, load

    try:
        baseline = load(str(config.settings.baseline))
    except BaselineError as error:
        raise UsageError(str(error)) from error
    new, known, gone = baseline.split(run)
    if known:
        say(f"{count(known, 'known finding')} not shown ({config.settings.baseline})")
    if gone:
        say(f"{count(gone, 'known finding')} {agree(gone, 'is', 'are')} gone; --update-baseline takes them out")
    return replace(new, known=known)


def _update(run: RunResult, config: Config) -> RunResult:
    """Write the baseline; nothing is left to report."""
    from unstall.known.baseline import Baseline, BaselineError, dump, load

    path = config.settings.baseline
    if path is None:
        raise UsageError("--update-baseline: needs a baseline, by --baseline or in the configuration")
    try:
        baseline = load(path) if Path(path).exists() and Path(path).stat().st_size else Baseline(Path(path))
    except BaselineError as error:
        raise UsageError(f"{error}; it is left as it is") from error
    try:
        Path(path).write_text(dump(baseline.updated(run)), "utf-8")
    except OSError as error:
        raise UsageError(f"{path}: can't be written: {error.strerror}") from error
    say(f"{path}: {count(len(run.findings), 'finding')} noted")
    return replace(run.keeping(lambda finding: False), known=len(run.findings))


# ------------------------------------------------------------------------------------------------ changes


def of_change(run: RunResult, revision: str, paths: Sequence[str], settings: Settings) -> RunResult:
    """The findings that a change introduces or touches.

    *Introduced* is what the analysis of the former files doesn't find; since that sees wrappers across files, it may be
    in a file that itself didn't change. *Touched* is what has a changed line on its path or among its marks.
    """
    from unstall.known.changes import GitError, since
    from unstall.known.fingerprints import by_finding
    from unstall.report import naming

    try:
        changes = since(revision, (path for path in paths if Path(path).exists()))
        if not run.findings:
            return run
        root = changes.root.resolve()
        names = {file.path: naming.relative(file.path, root) for file in run.files}
        contents = {
            path: b"" if (before := changes.former[name]) is None else changes.content(before)
            for path, name in names.items()
            if name in changes.former
        }
        deleted = (path for path in changes.deleted if language_of(path, executable=False))
        gone = {os.path.relpath(root / path): changes.content(path) for path in deleted}
        touched = {
            path: {line for lines in changes.lines(names[path]) for line in lines}
            for path in {finding.path for finding in run.findings} & contents.keys()
        }
    except GitError as error:
        raise UsageError(f"--diff-base: {error}") from error
    former = _fingerprints_then([*paths, *gone], settings, {**contents, **gone}, names)
    now = by_finding(run, names)

    def reported(finding: Finding) -> bool:
        return now[id(finding)] not in former or not touched.get(finding.path, set()).isdisjoint(
            lines_of(finding, run.sources[finding.path])
        )

    return run.keeping(reported)


def _fingerprints_then(
    paths: Sequence[str], settings: Settings, contents: dict[str, bytes], names: dict[str, str]
) -> set[str]:
    from unstall.known.fingerprints import by_finding
    from unstall.run import pipeline

    run = pipeline.run(paths, settings=settings, contents=contents)
    return set(by_finding(run, {**{path: path for path in run.sources}, **names}).values())


def lines_of(finding: Finding, source: SourceFile) -> set[int]:
    """The lines that a finding stands on: its place, its path, and the first lines of what it marks."""
    spans = (finding.span, *(point.span for point in finding.witness))
    lines = {line for span in spans for line in range(source.line(span.start), source.line(span.end) + 1)}
    return lines | {source.line(mark.span.start) for mark in finding.marks}
