"""Generated loops before and after their patches: what is found in them, and what happens when they are run."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from tests.behaviour import generate, generate_python
from tests.behaviour.generate import Loop

HARNESS = Path(__file__).parent / "harness.c"
RECORDER = Path(__file__).parent / "recorder.py"
CALM = ("T", "0T1", "TT2E", "012TTE", "E", "110")
STORMY = ("I", "IT", "0I", "0I1T", "II0I", "T0IT", "2IIE", "TI", "1I0", "02I1I")
"""What waits come to, as harness.c reads it; the latter with interrupts."""
MISSED = "no UST105, though an interrupt is misled"
"""A known miss: what another function looks at, or another pointer leads to, isn't held against the wait."""
MISSED_ELSEWHERE = "no UST101, though an interrupt that another function deals with skips something"
"""The same of Python's functions, of which none is looked through."""
KNOWN = frozenset({MISSED, MISSED_ELSEWHERE})
_IN_A_FILE = 25
_RULES = "UST101,UST105,UST106,UST107,UST108"
_WRONG = frozenset("XVL")
_OWED = frozenset("wmi")


@dataclass(frozen=True)
class Outcome:
    """What happened in one loop, by the script that its waits followed."""

    told: Mapping[str, str]

    def passes(self, scripts: Iterable[str], begun: str) -> Iterator[str]:
        """What was done in each pass whose wait came to one of some letters."""
        for script in scripts:
            for one in re.findall(r"[0-9TIE][^0-9TIE]*", self.told[script]):
                if one[0] in begun:
                    yield one[1:]

    @property
    def owed(self) -> frozenset[str]:
        """The stages that every wait which didn't fail comes to."""
        return _OWED.intersection(*map(frozenset, self.passes(CALM, "0123T")))

    @property
    def skipped(self) -> frozenset[str]:
        """Those that an interrupt doesn't come to."""
        return frozenset(stage for one in self.passes(STORMY, "I") for stage in self.owed if stage not in one)

    @property
    def misled(self) -> bool:
        """Whether an interrupt makes it serve what isn't ready, or worse."""
        return any(_WRONG.intersection(one) for one in self.passes(STORMY, "I"))

    @property
    def ended(self) -> bool:
        """Whether an interrupt ends it."""
        return any("F" in one for one in self.passes(STORMY, "I"))


@dataclass(frozen=True)
class Trial:
    """One loop, what was found in it, and what happened before and after the patches that were proposed for it."""

    loop: Loop
    codes: tuple[str, ...]
    strategies: tuple[str, ...]
    unpatched: frozenset[str]
    """The codes of findings without a patch: what these tell is still so afterwards."""
    before: Outcome
    after: Outcome

    def complaints(self) -> Iterator[str]:
        """What is wrong with the findings and the patches, in words."""
        found_or_none = self.loop.retries or "UST101" in self.codes
        if self.before.skipped and not (self.before.misled or self.before.ended or found_or_none):
            skips = f"no UST101, though an interrupt skips {sorted(self.before.skipped)}"
            yield MISSED_ELSEWHERE if self.loop.elsewhere else skips
        if "UST101" in self.codes and (self.before.ended or not self.before.skipped):
            yield "UST101, though an interrupt skips nothing"
        if self.before.misled and not self.before.ended and "UST105" not in self.codes:
            yield MISSED
        if "UST105" in self.codes and not self.before.misled:
            yield "UST105, though no interrupt is misled"
        if self.before.ended and "UST108" not in self.codes:
            yield "no UST108, though an interrupt ends it"
        if "UST108" in self.codes and not self.before.ended:
            yield "UST108, though no interrupt ends it"
        if self.strategies:
            yield from self._of_patch()

    def _of_patch(self) -> Iterator[str]:
        for script in CALM:
            if self.before.told[script] != self.after.told[script]:
                yield f"the patch changes {self.before.told[script]} to {self.after.told[script]}"
        if self.after.misled:
            yield f"the patched loop is misled: {[*self.after.passes(STORMY, 'I')]}"
        if self.after.skipped and not (self.loop.retries or "UST101" in self.unpatched):
            yield f"the patched loop skips {sorted(self.after.skipped)}"
        if self.after.ended:
            yield "the patched loop ends with an interrupt"
        was, now = ([*one.passes(STORMY, "I")] for one in (self.before, self.after))
        if any("d" in one for one in now):
            yield "the patched loop takes an interrupt for the end of a time"
        if any("n" in before and "n" not in after for before, after in zip(was, now, strict=False)):
            yield "the patched loop no longer does what only an interrupt does"


def trials_in_c(folder: Path, compiler: str, seed: int, count: int) -> list[Trial]:
    """Generate so many loops in C, look for defects, patch them, build both versions and run them."""
    made = list(generate.loops(Random(seed), count))
    return _trials(folder, "c", generate.HEAD, made, partial(_built_and_run, folder, compiler, made=made))


def trials_in_python(folder: Path, seed: int, count: int) -> list[Trial]:
    """The same in Python, in files of a few: each patch reads its file anew."""
    made = list(generate_python.loops(Random(seed), count))
    done: list[Trial] = []
    for at in range(0, count, _IN_A_FILE):
        some = made[at : at + _IN_A_FILE]
        done += _trials(folder, "py", generate_python.HEAD, some, partial(_run_in_python, made=some))
    return done


def _trials(
    folder: Path, suffix: str, head: str, made: Sequence[Loop], run: Callable[[Path], dict[str, dict[str, str]]]
) -> list[Trial]:
    before, after = folder / f"before.{suffix}", folder / f"after.{suffix}"
    for path in (before, after):
        path.write_text(f"{head}\n" + "\n".join(loop.text for loop in made))
    found = json.loads(_unstall("check", "--output-format", "json", str(before)))
    _unstall("check", "--fix", str(after))
    ran = [run(path) for path in (before, after)]
    result = []
    for loop in made:
        own = [finding for finding in found if re.split(r"_(?:turn|wait)$|\.", finding["function"])[0] == loop.name]
        strategies = tuple(fix["strategy"] for finding in own for fix in finding["fixes"])
        codes = tuple(finding["code"] for finding in own)
        unpatched = frozenset(finding["code"] for finding in own if not finding["fixes"])
        result.append(Trial(loop, codes, strategies, unpatched, *(Outcome(one[loop.name]) for one in ran)))
    return result


def _unstall(*arguments: str) -> str:
    options = ("--isolated", "--no-cache", "--exit-zero", "--select", _RULES)
    command = [sys.executable, "-m", "unstall", *arguments, *options]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _built_and_run(folder: Path, compiler: str, source: Path, made: Sequence[Loop]) -> dict[str, dict[str, str]]:
    """What each loop did, by the script."""
    table = folder / f"{source.stem}_table.c"
    declared = "".join(f"void {loop.name}(void);\n" for loop in made)
    entries = "".join(f'\t{{ "{loop.name}", {loop.name} }},\n' for loop in made)
    struct = "struct loop { const char *name; void (*run)(void); };\nextern const struct loop loops[];\n"
    table.write_text(f"{declared}{struct}const struct loop loops[] = {{\n{entries}\t{{ 0, 0 }},\n}};\n")
    program = folder / source.stem
    subprocess.run([compiler, "-w", "-O1", "-o", str(program), *map(str, (source, table, HARNESS))], check=True)
    return _told([str(program), *CALM, *STORMY])


def _run_in_python(source: Path, made: Sequence[Loop]) -> dict[str, dict[str, str]]:
    return _told([sys.executable, str(RECORDER), str(source), *(loop.name for loop in made), "--", *CALM, *STORMY])


def _told(command: list[str]) -> dict[str, dict[str, str]]:
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    told: dict[str, dict[str, str]] = {}
    for line in ran.stdout.splitlines():
        name, script, happened = line.split(" ")
        told.setdefault(name, {})[script] = happened
    return told
