"""What fuzzing once broke something with."""

from pathlib import Path

import pytest
from unstall.source import LANGUAGE_OF_SUFFIX

from tests.fuzz.front import reads
from tests.fuzz.inputs import Inputs, functions
from tests.fuzz.properties import hold

CASES = sorted((Path(__file__).parents[1] / "cases" / "crashes").iterdir())

SEED = b"void f(void) { for (;;) { if (poll(a, b, c) == -1 && errno == EINTR) continue; work(); } }\n"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_what_broke_it_once_does_so_no_more(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSTALL_DEBUG", "1")
    data, language = path.read_bytes(), LANGUAGE_OF_SUFFIX[path.suffix]
    reads(data, language, everything=True)
    hold(data, language, everything=True)


def test_a_few_inputs_of_the_fuzzer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSTALL_DEBUG", "1")
    inputs = Inputs([(SEED, "c")], 1)
    for _ in range(20):
        data, language = inputs.next()
        reads(data, language)
        inputs.keep((data, language), hold(data, language).traits)


def test_large_inputs_of_the_fuzzer_are_as_large_as_asked_for() -> None:
    inputs = Inputs([(SEED, "c")], 1)
    for _ in range(20):
        data, language = inputs.large(10_000)
        assert language in ("c", "python") and 5_000 < len(data) < 20_000


def test_functions_are_cut_out_with_what_they_need() -> None:
    source = b"int x;\n#define WAIT(f) poll(f, 1, 1)\n#define OTHER 1\nint other(void) { return 1; }\n" + SEED
    waiting = source.replace(b"poll(a, b, c)", b"WAIT(poll(a, b, c))")
    assert list(functions((waiting, "c"))) == [
        (b"#define WAIT(f) poll(f, 1, 1)\n" + SEED.replace(b"poll(a, b, c)", b"WAIT(poll(a, b, c))"), "c")
    ]
    python = b"import select\nimport os\n\nclass A:\n    def f(self):\n        select.select(a, b, c)\n"
    assert list(functions((python, "python"))) == [
        (b"import select\nimport os\ndef f(self):\n    select.select(a, b, c)\n", "python")
    ]
