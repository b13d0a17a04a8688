"""Every command line that README and docs show is run, and prints what they show; configurations are read."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from unstall.cli import COMMANDS, full_parser
from unstall.config import load
from unstall.options import read_options

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block of a page."""

    page: str
    language: str
    text: str


def blocks(*languages: str) -> Iterator[Block]:
    for page in PAGES:
        for found in _BLOCK.finditer(page.read_text("utf-8")):
            if found[1] in languages:
                yield Block(page.name, found[1], found[2])


def sessions() -> dict[str, list[str]]:
    """The console blocks of each page, in order: one session a page."""
    pages: dict[str, list[str]] = {}
    for block in blocks("console"):
        pages.setdefault(block.page, []).append(block.text)
    return pages


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each ``$ `` line of a block, and the lines shown below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *shown = part.rstrip("\n").split("\n")
        yield command, shown


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the samples, as a reader has it before them."""
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONUTF8", "1")
    who = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "samples"]):
        subprocess.run(["git", *words], check=True)
    return tmp_path


@pytest.mark.parametrize(("page", "texts"), sessions().items(), ids=sessions().keys())
def test_the_commands_of_a_page_print_what_it_shows(page: str, texts: list[str], clone: Path) -> None:
    for text in texts:
        for command, shown in commands(text):
            words = ["bash", "-o", "pipefail", "-c", command]
            done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            assert done.returncode in (0, 1) and "Traceback" not in done.stdout, f"{command} prints {done.stdout}"
            assert shown_in("\n".join(shown), done.stdout), f"{command} prints {done.stdout}"


def shown_in(shown: str, printed: str) -> bool:
    """Whether what is shown is what is printed; ``…`` stands for what is left out, within a line or for lines."""
    if not shown.strip():
        return True
    lines = ["(?:.*\n)*?" if line == "…" else _line(line) for line in shown.split("\n")]
    return bool(re.fullmatch("".join(lines), printed if printed.endswith("\n") else printed + "\n"))


def _line(line: str) -> str:
    """A shown line; an ellipsis at its end stands for the rest of the line."""
    return (re.escape(line[:-1]) + ".*\n") if line.endswith(" …") else re.escape(line) + " *\n"


def spans() -> Iterator[tuple[str, str]]:
    """Each ``unstall …`` that a page's prose names."""
    for page in PAGES:
        prose = _BLOCK.sub("", page.read_text("utf-8"))
        for found in re.finditer(r"`(unstall [^`]+)`|^    (unstall .+)$", prose, re.MULTILINE):
            yield page.name, (found[1] or found[2]).replace("\\|", "|").split("|")[0].partition("#")[0].strip()


@pytest.mark.parametrize(("page", "text"), list(spans()))
def test_commands_named_in_prose_exist_with_their_options(page: str, text: str) -> None:
    words = text.split()[1:]
    if words[0].startswith("-"):
        return
    assert words[0] in COMMANDS
    options = {word.partition("=")[0] for word in words if word.startswith("--")}
    parser = full_parser()
    actions = next(action for action in parser._actions if action.dest == "command")
    assert isinstance(actions.choices, dict)
    known = {name for action in actions.choices[words[0]]._actions for name in action.option_strings}
    assert options <= known


@pytest.mark.parametrize("block", list(blocks("toml")), ids=lambda block: block.page)
def test_configurations_are_read(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tomllib.loads(block.text)["tool"]["unstall"]
    assert read_options(table, "")
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").write_text(block.text)
    assert load(["."], {}).file == "pyproject.toml"


@pytest.mark.parametrize("block", list(blocks("yaml")), ids=lambda block: block.text.split("\n")[0])
def test_files_of_ci_systems_are_yaml_and_name_what_there_is(block: Block) -> None:
    document = yaml.safe_load(block.text)
    if "repos" in document:
        offered = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
        assert {hook["id"] for repo in document["repos"] for hook in repo["hooks"]} <= offered
    if "jobs" in document:
        inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
        steps = document["jobs"]["unstall"]["steps"]
        (ours,) = [step for step in steps if step["uses"].startswith("unstall/")]
        assert ours["with"].keys() <= inputs.keys()


def test_the_site_builds_without_a_broken_link(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "tutorial" / "index.html").exists()


def test_every_rule_has_its_place_in_the_site() -> None:
    pages = {path.name for path in (ROOT / "docs" / "rules").glob("*.md")}
    assert all(f"rules/{name}" in (ROOT / "mkdocs.yml").read_text() for name in pages)
