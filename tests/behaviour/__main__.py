"""``python -m tests.behaviour --loops N --seed S``: more loops than a test takes, and what is wrong, if anything is."""

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.behaviour.experiment import KNOWN, trials_in_c, trials_in_python


def main() -> int:
    """Run the experiment; 1 where there is a complaint that is no known miss."""
    parser = argparse.ArgumentParser(prog="python -m tests.behaviour", description=__doc__)
    parser.add_argument("--loops", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--language", choices=("c", "python"), default="c")
    parser.add_argument("--quiet", action="store_true", help="only count")
    arguments = parser.parse_args()
    compiler = shutil.which("cc")
    if compiler is None and arguments.language == "c":
        print("there is no C compiler `cc`", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        if arguments.language == "python":
            done = trials_in_python(Path(folder), arguments.seed, arguments.loops)
        else:
            done = trials_in_c(Path(folder), compiler or "", arguments.seed, arguments.loops)
    counts: Counter[str] = Counter()
    for trial in done:
        for complaint in trial.complaints():
            counts[complaint.split(":")[0].split("[")[0].partition(" changes ")[0]] += 1
            if not arguments.quiet:
                print(f"{complaint} ({', '.join(trial.codes + trial.strategies)})\n{trial.loop.text}")
    found = Counter(code for trial in done for code in trial.codes)
    used = Counter(strategy for trial in done for strategy in trial.strategies)
    print(f"{len(done)} loops; {dict(found)}; patches {dict(used)}; complaints {dict(counts)}")
    return bool(counts.keys() - KNOWN)


if __name__ == "__main__":
    raise SystemExit(main())
