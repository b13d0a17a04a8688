"""What `unstall check` says of the samples: bad ones as their expected.txt has it, fixed ones and idioms nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from unstall.cli import main

ROOT = Path(__file__).parents[2]
CASES = sorted(path.parent.name for path in ROOT.glob("samples/*/bad.*"))
PROPER = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("*/fixed.*", "idioms/*.c", "idioms/*.py")
    for path in ROOT.glob(f"samples/{pattern}")
)


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("case", CASES)
def test_bad_samples_are_reported_as_expected(
    case: str, golden: Callable[[str, Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    (bad,) = Path("samples", case).glob("bad.*")
    assert main(["check", str(bad)]) == 1
    golden(capsys.readouterr().out, Path("samples", case, "expected.txt"))


def test_fixed_samples_and_idioms_are_silent(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(PROPER) > len(CASES)
    assert main(["check", "--select", "ALL", "--output-format", "concise", *PROPER]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("case", CASES)
def test_the_proposed_patch_silences_the_report(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bad,) = Path("samples", case).glob("bad.*")
    copy = tmp_path / bad.name
    copy.write_bytes(bad.read_bytes())
    assert main(["check", "--fix", "--output-format", "concise", str(copy)]) == 0
    assert capsys.readouterr().out == ""
    assert copy.read_bytes() != bad.read_bytes()
