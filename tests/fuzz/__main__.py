"""``python -m tests.fuzz --minutes 30 [--corpus DIR]``: fuzz until the time is up; every failing input is kept."""

import argparse
import hashlib
import sys
import time
import traceback
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz.inputs import Inputs, seeds, vocabulary
from tests.fuzz.properties import hold

ROOT = Path(__file__).parents[2]
ROUND = 200
"""Inputs of our own mutations, and then token streams of hypothesis, which shrinks those that fail."""


class Session:
    """What has been run and what has failed."""

    def __init__(self, failures: Path, until: float) -> None:
        self.failures = failures
        self.until = until
        self.executions = 0
        self.slowest = 0.0
        self.kinds: dict[str, int] = {}
        """How often each fault was met, by where it was raised."""

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self.until

    def run(self, data: bytes, language: str) -> None:
        """Run one input; raises what it raises, and keeps the first input of each kind of fault."""
        started = time.process_time()
        self.executions += 1
        try:
            hold(data, language)
        except Exception as error:
            self._keep(data, language, error)
            raise
        finally:
            self.slowest = max(self.slowest, time.process_time() - started)

    def _keep(self, data: bytes, language: str, error: Exception) -> None:
        place = traceback.extract_tb(error.__traceback__)[-1]
        kind = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {error}"[:200]
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if self.kinds[kind] > 1:
            return
        self.failures.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(data).hexdigest()[:12] + {"c": ".c", "python": ".py"}[language]
        (self.failures / name).write_bytes(data)
        print(f"{self.failures / name}: {kind}", flush=True)


def mutations(session: Session, inputs: Inputs) -> None:
    """A round of our own."""
    for _ in range(ROUND):
        if session.is_over:
            return
        try:
            session.run(*inputs.next())
        except Exception:  # kept and printed
            continue


def streams(session: Session, language: str) -> None:
    """A round of hypothesis."""

    @settings(
        max_examples=ROUND // 4, deadline=None, database=None, print_blob=False,
        phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.lists(st.sampled_from(vocabulary(language)) | st.text(max_size=3), max_size=80))
    def run(words: list[str]) -> None:
        opening = "void f(void) {for(;;){ " if language == "c" else "import select\ndef f():\n  while x:\n    "
        session.run((opening + " ".join(words) + "\n").encode("utf-8", "surrogatepass"), language)

    try:
        run()
    except Exception:  # kept and printed
        return


def main() -> int:
    """Fuzz; exit status 1 where an input failed."""
    parser = argparse.ArgumentParser(prog="tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--corpus", type=Path, action="append", default=[], help="a folder of more seeds")
    parser.add_argument("--failures", type=Path, default=ROOT / "build" / "fuzz", help="where failing inputs are kept")
    parser.add_argument("--seed", type=int, default=time.time_ns())
    arguments = parser.parse_args()
    sources = seeds([ROOT / "samples", ROOT / "tests" / "cases", *arguments.corpus])
    print(f"{len(sources)} seeds; --seed {arguments.seed}", flush=True)
    session = Session(arguments.failures, time.monotonic() + arguments.minutes * 60)
    inputs = Inputs(sources, arguments.seed)
    while not session.is_over:
        mutations(session, inputs)
        for language in ("c", "python"):
            if not session.is_over:
                streams(session, language)
    print(
        f"{session.executions} executions, {len(session.kinds)} kinds of failure; "
        f"the slowest took {session.slowest:.1f} s"
    )
    return int(bool(session.kinds))


if __name__ == "__main__":
    sys.exit(main())
