"""What fuzzing once broke something with."""

from pathlib import Path

import pytest
from unstall.source import LANGUAGE_OF_SUFFIX

from tests.fuzz.inputs import Inputs
from tests.fuzz.properties import hold

CASES = sorted((Path(__file__).parents[1] / "cases" / "crashes").iterdir())


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_what_broke_it_once_does_so_no_more(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSTALL_DEBUG", "1")
    hold(path.read_bytes(), LANGUAGE_OF_SUFFIX[path.suffix])


def test_a_few_inputs_of_the_fuzzer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSTALL_DEBUG", "1")
    seed = b"void f(void) { for (;;) { if (poll(a, b, c) == -1 && errno == EINTR) continue; work(); } }\n"
    inputs = Inputs([(seed, "c")], 1)
    for _ in range(20):
        hold(*inputs.next())
