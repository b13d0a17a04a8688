"""``unstall check --fix``: patches made in the files."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from unstall.cli import say
from unstall.commands.writing import write
from unstall.fingerprints import by_finding
from unstall.options import Settings
from unstall.pipeline import run
from unstall.report.diff import compatible
from unstall.results import RunResult
from unstall.source import apply_edits
from unstall.wording import count

_ROUNDS = 10
"""How often patches that overlapped others are tried again on what these made."""


def fix(result: RunResult, paths: Sequence[str], settings: Settings) -> RunResult:
    """Make every finding's first patch in its file, and say how many; returns what is found afterwards.

    All files are patched and analysed again before the first is written. A file that was changed meanwhile is left
    as it is, and that is said.
    """
    wanted = set(_prints(result).values())
    before = {path: source.data for path, source in result.sources.items()}
    contents: dict[str, bytes] = {}
    after = result
    for _ in range(_ROUNDS):
        patched = _patched(after)
        if not patched:
            break
        contents |= patched
        after = _only(run(paths, settings=settings, contents=contents), wanted)
    left = frozenset(path for path in contents if not _unchanged(path, before[path]))
    for path, data in contents.items():
        if path in left:
            say(f"{path}: changed while it was analysed; left as it is")
        else:
            write(path, data)
    originals = {file.path: file for file in result.files}
    after = replace(after, files=tuple(originals[f.path] if f.path in left else f for f in after.files))
    fixed = len(result.findings) - len(after.findings)
    if fixed:
        say(f"{count(fixed, 'finding')} fixed in {count(len(contents) - len(left), 'file')}")
    return after


def _only(run: RunResult, wanted: set[str]) -> RunResult:
    """The run with only those findings that it had before: others were left out by a baseline, say."""
    prints = _prints(run)
    return run.keeping(lambda finding: prints[id(finding)] in wanted)


def _prints(run: RunResult) -> dict[int, str]:
    return by_finding(run, {path: path for path in run.sources})


def _patched(result: RunResult) -> dict[str, bytes]:
    return {
        file.path: apply_edits(file.source.data, edits)
        for file in result.files
        if file.source is not None and (edits := compatible(file.findings))
    }


def _unchanged(path: str, data: bytes) -> bool:
    try:
        return Path(path).read_bytes() == data
    except OSError:
        return False
