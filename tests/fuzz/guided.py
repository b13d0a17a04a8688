"""``python -m tests.fuzz.guided c …``: atheris steers inputs to where no input has been before.

It is for what reads bytes first and is fast: lexing, cutting and rewriting in C and Python. What it finds worth keeping
is in its corpus afterwards, for the whole analysis to start from.
"""

import argparse
import os
import random
import sys
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["unstall.frontends"]):
    import unstall.frontends.c.lower  # what is imported later is not instrumented
    import unstall.frontends.python.lowering  # noqa: F401
    from unstall.limits import timed
    from unstall.source import Language

    from tests.fuzz.front import reads
    from tests.fuzz.inputs import SUFFIX, Inputs
    from tests.fuzz.properties import LIMITS
    from tests.fuzz.session import Session

_LONGEST = 1500
"""Bytes of an input."""


def main() -> None:
    """Fuzz until the time is up; the last line that is printed is the session's summary."""
    parser = argparse.ArgumentParser(prog="tests.fuzz.guided")
    parser.add_argument("language", choices=tuple(SUFFIX))
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--failures", type=Path, required=True)
    arguments = parser.parse_args()
    language: Language = arguments.language
    session = Session(arguments.failures, arguments.seconds)
    inputs = Inputs([], arguments.seed)

    def change(data: bytes, most: int, seed: int) -> bytes:
        """Tokens half of the time; bytes are libFuzzer's own trade."""
        inputs.random = random.Random(seed)
        if seed % 2:
            return inputs.mutated(data, language, 3)[:most]
        made: bytes = atheris.Mutate(data, most)
        return made

    words = [
        "guided", str(arguments.corpus), f"-max_len={_LONGEST}", f"-seed={arguments.seed % 2**31 or 1}",
        f"-artifact_prefix={arguments.failures}/", f"-timeout={3 * LIMITS.seconds:.0f}", "-verbosity=0",
    ]  # fmt: skip
    atheris.Setup(words, lambda data: _one(data, language, session), custom_mutator=change)
    atheris.Fuzz()


def _one(data: bytes, language: Language, session: Session) -> None:
    if session.is_over:
        print(session.summary(), flush=True)
        os._exit(0)  # libFuzzer has no other way to be left in between

    def check() -> Any:
        with timed(LIMITS):
            reads(data.replace(b"\0", b" "), language)

    try:
        session.run(check, (data, language))
    except BaseException as error:  # kept and printed
        if isinstance(error, KeyboardInterrupt):
            sys.exit(1)


if __name__ == "__main__":
    main()
