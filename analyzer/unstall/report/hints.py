"""What to do next, as commands to paste."""

import os
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from unstall.run.results import RunResult

_PASTED = 300
"""Letters; nobody pastes a command that repeats more (a hook is given hundreds of files)."""


def next_commands(run: RunResult) -> Iterator[str]:
    """The pages of the rules that found something; then how to get the patches, where there are any."""
    findings = run.findings
    yield from (f"unstall explain {code}" for code in sorted({finding.code for finding in findings}))
    patched = {finding.path for finding in findings if finding.fixes}
    request = shlex.join(run.request)
    if patched and 0 < len(request) <= _PASTED:
        yield _patching(request, patched)


def _patching(request: str, patched: Iterable[str]) -> str:
    """The same paths and options as before: single files are seen with other eyes than the folder that they are in."""
    if all(map(_git_finds, patched)):
        # Without -p1, git guesses in src/ that a/src/x.c is the x.c there, and not that of src/src.
        return f"unstall check --diff {request} | git apply -p1"
    return f"unstall check --fix {request}"


def _git_finds(path: str) -> bool:
    """Whether ``git apply`` takes a patch for a file: it lies below the current folder, and behind no link."""
    here = Path.cwd()
    named = Path(os.path.normpath(here / path))
    return named.is_relative_to(here) and named.resolve() == named
