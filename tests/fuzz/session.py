"""What a run of the fuzzer has done so far: how many inputs, how long they took, and what failed."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from unstall.limits import GaveUp

from tests.fuzz.inputs import SUFFIX, Seed

ROOT = Path(__file__).parents[2]
_ASKED = 100
"""Inputs that another process is asked about at a time; to start it takes as long as some twenty of them."""


class Session:
    """One run, until the time is up."""

    def __init__(self, failures: Path, seconds: float) -> None:
        self.failures = failures
        self.until = time.monotonic() + seconds
        self.executions = 0
        self.slowest = 0.0
        self.kinds: dict[str, int] = {}
        """How often each fault was met, by where it was raised."""
        self._told: list[tuple[Seed, str]] = []
        """Inputs, and what this process says of them, that no other has been asked about yet."""

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self.until

    def run(self, check: Callable[[], object], seed: Seed) -> None:
        """Check one input; raises what that raises, and keeps the first input of each kind of fault."""
        started = time.process_time()
        self.executions += 1
        try:
            check()
        except (Exception, GaveUp) as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            self.keep(seed, f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {error}")
            raise
        finally:
            self._clock(seed, time.process_time() - started)

    def _clock(self, seed: Seed, seconds: float) -> None:
        """The slowest input is kept to be looked at; it is no failure."""
        if seconds > self.slowest:
            self.slowest = seconds
            self._write("slowest" + SUFFIX[seed[1]], seed[0])

    def keep(self, seed: Seed, kind: str) -> None:
        """Note a fault."""
        kind = kind[:200]
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if self.kinds[kind] == 1:
            print(
                f"{self._write(hashlib.sha256(seed[0]).hexdigest()[:12] + SUFFIX[seed[1]], seed[0])}: {kind}",
                flush=True,
            )

    def _write(self, name: str, data: bytes) -> Path:
        self.failures.mkdir(parents=True, exist_ok=True)
        (self.failures / name).write_bytes(data)
        return self.failures / name

    # ------------------------------------------------------------------------------------ other processes

    def tell(self, seed: Seed, digest: str) -> None:
        """Have another process asked what it says of an input: it hashes otherwise, and has other things in its
        caches.
        """
        self._told.append((seed, digest))
        if len(self._told) >= _ASKED:
            self.ask()

    def ask(self) -> None:
        """Ask another process now."""
        told, self._told = self._told[::-1], []
        if not told:
            return
        words = [sys.executable, "-m", "tests.fuzz.opinion"]
        question = "".join(f"{language} {base64.b64encode(data).decode()}\n" for (data, language), _ in told)
        environment = {**os.environ, "PYTHONHASHSEED": str(self.executions % 4_000_000_000)}
        done = subprocess.run(words, input=question, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        answers = done.stdout.split()
        for (seed, digest), answer in zip(told, answers, strict=False):
            if answer != digest:
                self.keep(seed, "another process says something else")
        if len(answers) < len(told):
            self.keep(told[len(answers)][0], f"another process ended with status {done.returncode}")

    def add(self, words: list[str]) -> None:
        """Have a session in a process of its own (see `summary`), and add up what it did."""
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
        *lines, last = done.stdout.splitlines() or [""]
        print("".join(f"{line}\n" for line in lines), end="", flush=True)
        try:
            executions, slowest, kinds = json.loads(last)
        except ValueError:  # it died of a crash of the interpreter, say
            print(f"{last}\n{done.stderr[-3000:]}", flush=True)
            executions, slowest, kinds = 0, 0.0, {f"{' '.join(words[1:4])} ended with status {done.returncode}": 1}
        self.executions += executions
        self.slowest = max(self.slowest, slowest)
        for kind, count in kinds.items():
            self.kinds[kind] = self.kinds.get(kind, 0) + count

    def summary(self) -> str:
        """What `add` reads."""
        return json.dumps([self.executions, self.slowest, self.kinds])
