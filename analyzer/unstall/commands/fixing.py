"""``unstall check --fix``: patches made in the files."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from unstall.cli import say
from unstall.commands.writing import write
from unstall.known.fingerprints import by_finding
from unstall.options import Settings
from unstall.report.diff import compatible
from unstall.run.pipeline import run
from unstall.run.results import RunResult
from unstall.source import apply_edits
from unstall.wording import count

_ROUNDS = 10
"""How often what the patches made is patched again: those that overlapped others, and what others brought to light."""


def fix(whole: RunResult, result: RunResult, paths: Sequence[str], settings: Settings) -> RunResult:
    """Make every finding's first patch in its file, and say how many; returns what the files then come to.

    ``result`` is the ``whole`` run without the findings that nobody asked about: those of a baseline, say, which stay
    out. All files are patched and analysed again before the first is written. A file that was changed meanwhile is
    left as it is, and that is said.
    """
    prints = _prints(whole)
    left_out = set(prints.values()) - {prints[id(finding)] for finding in result.findings}
    before = {path: source.data for path, source in result.sources.items()}
    contents: dict[str, bytes] = {}
    fixed: Counter[str] = Counter()
    after = result
    for _ in range(_ROUNDS):
        patched = _patched(after)
        if not patched:
            break
        contents |= patched
        found = after
        after = _without(run(paths, settings=settings, contents=contents), left_out)
        fixed += _gone(found, after)
    left = frozenset(path for path in contents if not _unchanged(path, before[path]))
    for path, data in contents.items():
        if path in left:
            say(f"{path}: changed while it was analysed; left as it is")
        else:
            write(path, data)
    if number := sum(gone for path, gone in fixed.items() if path not in left):
        say(f"{count(number, 'finding')} fixed in {count(len(contents) - len(left), 'file')}")
    originals = {file.path: file for file in result.files}
    files = (originals[file.path] if file.path in left else file for file in after.files)
    return replace(after, telling=RunResult.of(files).telling)


def _without(run: RunResult, left_out: set[str]) -> RunResult:
    prints = _prints(run)
    return run.keeping(lambda finding: prints[id(finding)] not in left_out)


def _gone(before: RunResult, after: RunResult) -> Counter[str]:
    """How many findings of each file are no more. One that a patch brings to light makes up for none."""
    left = set(_prints(after).values())
    prints = _prints(before)
    return Counter(finding.path for finding in before.findings if prints[id(finding)] not in left)


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
