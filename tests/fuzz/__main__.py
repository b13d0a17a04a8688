"""``python -m tests.fuzz --minutes 30 [--corpus DIR]``: fuzz until the time is up; every failing input is kept."""

import argparse
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from unstall.limits import GaveUp
from unstall.source import Language

from tests.fuzz.front import reads
from tests.fuzz.inputs import SUFFIX, Inputs, Seed, seeds, vocabulary
from tests.fuzz.properties import hold, holds_when_large
from tests.fuzz.session import ROOT, Session

ROUND = 200
"""Inputs of our own mutations, and then token streams of hypothesis, which shrinks those that fail."""
GUIDED = 0.15
"""The share of the time that atheris has for each language, where it is installed; see ``--guided``."""
LARGE = 0.1
"""The share of the time for inputs of a megabyte."""
SIZE = 1_000_000


def attempt(session: Session, inputs: Inputs, seed: Seed) -> None:
    """The whole analysis of one input."""

    def check() -> None:
        reads(*seed)
        held = hold(*seed)
        if held.traits:
            session.tell(seed, held.digest)
            inputs.keep(seed, held.traits)

    session.run(check, seed)


def mutations(session: Session, inputs: Inputs) -> None:
    """A round of our own."""
    for _ in range(ROUND):
        if session.is_over:
            return
        quietly(lambda: attempt(session, inputs, inputs.next()))


def streams(session: Session, inputs: Inputs) -> None:
    """A round of hypothesis."""
    for language in SUFFIX:
        opening = "void f(void) {for(;;){ " if language == "c" else "import select\ndef f():\n  while x:\n    "

        @settings(
            max_examples=ROUND // 4, deadline=None, database=None, print_blob=False,
            phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(st.lists(st.sampled_from(vocabulary(language)) | st.text(max_size=3), max_size=80))
        def run(words: list[str], opening: str = opening, language: Language = language) -> None:
            if not session.is_over:
                attempt(
                    session, inputs, ((opening + " ".join(words) + "\n").encode("utf-8", "surrogatepass"), language)
                )

        quietly(run)


def large(session: Session, inputs: Inputs) -> float:
    """One input of a megabyte; returns how many seconds it took."""
    started = time.monotonic()
    if not session.is_over:
        seed = inputs.large(SIZE)
        quietly(lambda: session.run(lambda: holds_when_large(*seed), seed))
    return time.monotonic() - started


def guided(session: Session, inputs: Inputs, seconds: float, arguments: argparse.Namespace) -> None:
    """What atheris finds, and the inputs that got there as seeds."""
    if find_spec("atheris") is None:
        print("atheris is not installed (pip install '.[fuzz]'): no input is guided by coverage", flush=True)
        return
    for language, suffix in SUFFIX.items():
        corpus = arguments.failures / f"corpus-{language}"
        corpus.mkdir(parents=True, exist_ok=True)
        for number, (data, _) in enumerate(f for f in inputs.functions if f[1] == language):
            (corpus / f"seed-{number}").write_bytes(data)
        words = [sys.executable, "-m", "tests.fuzz.guided", language, "--corpus", str(corpus)]
        words += ["--seconds", str(seconds), "--seed", str(arguments.seed), "--failures", str(arguments.failures)]
        before = session.executions
        session.add(words)
        found = [path for path in corpus.iterdir() if not path.name.startswith("seed-")]
        inputs.functions += [(path.read_bytes(), language) for path in sorted(found)]
        print(f"atheris, {suffix}: {session.executions - before} executions, {len(found)} inputs kept", flush=True)


def quietly(work: Callable[[], object]) -> None:
    """Go on after a failure: it is kept and printed."""
    try:
        work()
    except (Exception, GaveUp):
        return


def main() -> int:
    """Fuzz; exit status 1 where an input failed."""
    parser = argparse.ArgumentParser(prog="tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--corpus", type=Path, action="append", default=[], help="a folder of more seeds")
    parser.add_argument("--failures", type=Path, default=ROOT / "build" / "fuzz", help="where failing inputs are kept")
    parser.add_argument("--guided", type=float, default=GUIDED, help="the share of the time for atheris (twice)")
    parser.add_argument("--seed", type=int, default=time.time_ns())
    arguments = parser.parse_args()
    started = time.monotonic()
    session = Session(arguments.failures.absolute(), arguments.minutes * 60)
    sources = seeds([ROOT / "samples", ROOT / "tests" / "cases", *arguments.corpus])
    inputs = Inputs(sources, arguments.seed)
    print(f"{len(sources)} seeds, {len(inputs.functions)} functions; --seed {arguments.seed}", flush=True)
    if arguments.guided:
        guided(session, inputs, arguments.guided * arguments.minutes * 60, arguments)
    begun, spent = time.monotonic(), 0.0
    while not session.is_over:
        mutations(session, inputs)
        streams(session, inputs)
        if spent <= LARGE * (time.monotonic() - begun):
            spent += large(session, inputs)
    session.ask()
    minutes = (time.monotonic() - started) / 60
    print(
        f"{session.executions} executions in {minutes:.1f} minutes, {len(session.kinds)} kinds of failure; "
        f"the slowest took {session.slowest:.1f} s"
    )
    return int(bool(session.kinds))


if __name__ == "__main__":
    sys.exit(main())
