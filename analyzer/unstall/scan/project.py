"""One project of a scan: a folder or an archive in, a line of JSON out, in a process of its own.

A process each, since the C parser may not be shared by threads, time limits need a main thread, and a project that
brings its process down shall cost nobody else anything.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from unstall.limits import Limits, hold_memory
from unstall.run.results import FileResult, RunResult, statistics
from unstall.scan.archives import ArchiveError, is_archive, unpack

Result = dict[str, Any]
MISSING = "no such file or folder"
"""Why a project failed that may be there next time."""


def analysed_apart(project: str) -> Result:
    """The result of a project, worked out by a new process. Never raises for what is in the project."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "unstall.scan.project", project],
        stdin=subprocess.DEVNULL, capture_output=True,
    )  # fmt: skip
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().split("\n")[-1]
        how = f"was killed (signal {-done.returncode})" if done.returncode < 0 else f"failed: {last}"
        return _failed(project, f"gave up: the process that analysed it {how}")
    result: Result = json.loads(done.stdout)
    return result


def analysed(project: str) -> Result:
    """The result of a project, worked out here."""
    try:
        if Path(project).is_dir():
            return _result(project, Path(project))
        if not is_archive(project):
            return _failed(project, "neither a folder nor a tar or zip archive")
        with tempfile.TemporaryDirectory(prefix="unstall-") as folder:
            unpack(project, Path(folder))
            return _result(project, Path(folder))
    except FileNotFoundError:
        return _failed(project, MISSING)
    except OSError as error:
        return _failed(project, f"can't be read: {error.strerror or error}")
    except ArchiveError as error:
        return _failed(project, str(error))


def _failed(project: str, reason: str) -> Result:
    return {"project": project, "failed": reason, "statistics": None, "not_analysed": [], "findings": []}


def _result(project: str, folder: Path) -> Result:
    from unstall.report.json import findings_json_lines
    from unstall.run.pipeline import run

    found = _below(folder, run([str(folder)]))
    return {
        "project": project,
        "failed": "",
        "statistics": asdict(statistics(found)),
        "not_analysed": [
            {"path": unread.path, "line": unread.line, "function": unread.function, "reason": unread.reason}
            for unread in found.unread
        ],
        "findings": [json.loads(line) for line in findings_json_lines(found).splitlines()],
    }


def _below(folder: Path, run: RunResult) -> RunResult:
    """The run with its paths relative to the project."""

    def inside(path: str) -> str:
        return os.path.relpath(path, folder)

    def moved(file: FileResult) -> FileResult:
        return file._replace(
            path=inside(file.path),
            source=file.source and replace(file.source, path=inside(file.source.path)),
            unread=tuple(replace(unread, path=inside(unread.path)) for unread in file.unread),
            findings=tuple(replace(finding, path=inside(finding.path)) for finding in file.findings),
        )

    refused = tuple(replace(unread, path=inside(unread.path)) for unread in run.refused)
    return RunResult.of(map(moved, run.files), refused)


if __name__ == "__main__":
    hold_memory(Limits())
    sys.stdout.buffer.write(json.dumps(analysed(sys.argv[1])).encode("ascii"))
