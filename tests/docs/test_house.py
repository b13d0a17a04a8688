"""The map of the house in CONTRIBUTING.md: every module has its row, and imports none of a row further down."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {"unstall": ROOT / "analyzer" / "unstall", "unstall_rules": ROOT / "rules" / "unstall_rules"}
MODULES = {
    ".".join((name, *path.relative_to(folder).with_suffix("").parts)).removesuffix(".__init__"): path
    for name, folder in PACKAGES.items()
    for path in folder.rglob("*.py")
}


def rows() -> Iterator[list[Path]]:
    """What each row of the table speaks of, from the top."""
    table = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("| --- |")[2].partition("\n\n")[0]
    for line in table.splitlines()[1:]:
        names = re.findall(r"`([^`]+)`", line.split("|")[1])
        yield [ROOT / name if name.startswith("rules/") else PACKAGES["unstall"] / name for name in names]


ROWS = {path: number for number, row in enumerate(rows()) for path in row}


def row_of(module: str) -> int | None:
    """The row of a module: its own, else that of the folder around it. The package itself holds the version only."""
    path = MODULES[module]
    return next((ROWS[at] for at in (path, *path.parents) if at in ROWS), 0 if module == "unstall" else None)


def imported(module: str) -> Iterator[str]:
    """The modules that a module names in its imports, wherever they stand."""
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in MODULES else node.module


def test_the_table_names_what_there_is() -> None:
    assert len(set(ROWS.values())) > 5
    assert [path for path in ROWS if not path.exists()] == []
    assert [module for module in MODULES if row_of(module) is None] == []


@pytest.mark.parametrize("module", sorted(MODULES))
def test_nothing_is_imported_from_a_row_further_down(module: str) -> None:
    own = row_of(module)
    assert own is not None
    assert [name for name in imported(module) if name in MODULES and (row_of(name) or 0) > own] == []


@pytest.mark.parametrize("package", ["unstall.flow", "unstall.run"])
def test_the_list_of_what_is_in_a_folder_is_whole(package: str) -> None:
    listed = re.findall(r"`(\w+)`", ast.get_docstring(ast.parse(MODULES[package].read_text("utf-8"))) or "")
    assert sorted(listed) == sorted(path.stem for path in MODULES[package].parent.glob("[!_]*.py"))
