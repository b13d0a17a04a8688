"""Options and fixtures that every test may use."""

import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

# A shell that starts the tests in the background ignores SIGINT for them, and children inherit that; the tests that
# press Ctrl-C need it.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["pytester"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--bless",
        action="store_true",
        help="write the expected outputs anew from what the tests see, instead of comparing",
    )


@pytest.fixture(scope="session")
def compiler() -> str:
    """The C compiler; what needs one is skipped where there is none."""
    found = shutil.which("cc")
    if found is None:
        pytest.skip("no C compiler: there is no `cc` on the path")
    return found


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, Path], None]:
    """Compares a text with a file of expected output; with --bless, writes the file."""

    def check(actual: str, expected_file: Path) -> None:
        if request.config.getoption("--bless"):
            expected_file.write_text(actual, encoding="utf-8", newline="")
            return
        if not expected_file.exists():
            pytest.fail(f"{expected_file} does not exist; pytest --bless writes it")
        with expected_file.open(encoding="utf-8", newline="") as stream:
            expected = stream.read()
        assert actual == expected, f"differs from {expected_file}; read the difference, then pytest --bless"

    return check


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a CI system says of itself chooses formats and paths; the tests are to see the same everywhere."""
    for variable in (
        "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "GITLAB_CI", "CI_PROJECT_DIR",
        "BUILD_SOURCESDIRECTORY",
    ):  # fmt: skip
        monkeypatch.delenv(variable, raising=False)
