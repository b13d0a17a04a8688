"""The comparison with expected outputs, and --bless."""

from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py").read_text(encoding="utf-8")
TEST = """
from pathlib import Path

def test_output(golden):
    golden("found 2\\n", Path("expected.txt"))
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with one test that sees `found 2` and compares it with expected.txt."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TEST)
    return pytester


def test_equal_text_passes(project: pytest.Pytester) -> None:
    (project.path / "expected.txt").write_text("found 2\n")
    project.runpytest().assert_outcomes(passed=1)


def test_different_text_fails_and_shows_both(project: pytest.Pytester) -> None:
    (project.path / "expected.txt").write_text("found 3\n")
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*- found 3*", "*+ found 2*"])


def test_missing_file_fails_with_advice(project: pytest.Pytester) -> None:
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*expected.txt does not exist; pytest --bless writes it*"])


def test_bless_writes_what_was_seen(project: pytest.Pytester) -> None:
    expected = project.path / "expected.txt"
    expected.write_text("found 3\n")
    project.runpytest("--bless").assert_outcomes(passed=1)
    assert expected.read_text() == "found 2\n"
    project.runpytest().assert_outcomes(passed=1)
