"""What a command costs: time on the clock, processor time and memory of it and all that it starts."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from statistics import median
from threading import TIMEOUT_MAX, Timer
from time import monotonic


@dataclass(frozen=True)
class Cost:
    """The medians of several runs."""

    seconds: float
    processor: float
    """Seconds of processor time, of all processes."""
    megabytes: float
    """Of memory, at the peak of the largest process."""


_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Modules are compiled once, as they are where a program is installed."""


def measured(
    command: Sequence[str], runs: int, fresh: bool = False, rehearsed: bool = True, patience: float | None = None
) -> Cost:
    """Run a command several times in an empty folder, and once before that to fill the page cache where it is to be
    ``rehearsed``; ``fresh`` gives each run a folder of its own. Raises RuntimeError where it fails: statuses 0 and 1
    tell whether anything was found; and TimeoutError where one run takes more seconds than there is ``patience`` for.
    """
    with tempfile.TemporaryDirectory() as shared:
        costs = []
        for number in range(-rehearsed, runs):
            with tempfile.TemporaryDirectory() as own:
                cost = _once(command, Path(own if fresh else shared), patience)
            if number >= 0:
                costs.append(cost)
    return Cost(*(median(getattr(cost, name) for cost in costs) for name in ("seconds", "processor", "megabytes")))


def _once(command: Sequence[str], folder: Path, patience: float | None) -> Cost:
    started = monotonic()
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        command, cwd=folder, env=_ENVIRONMENT, stdout=quiet, stderr=quiet, start_new_session=True
    )
    late = Timer(patience or TIMEOUT_MAX, os.killpg, (process.pid, SIGKILL))
    late.daemon = True
    late.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except KeyboardInterrupt:
        os.killpg(process.pid, SIGKILL)
        raise
    finally:
        late.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode == -SIGKILL and patience is not None:
        raise TimeoutError
    if process.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)}: status {process.returncode}")
    return Cost(monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
