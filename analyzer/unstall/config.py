"""The configuration of a run: command line over file over default, and where each value comes from.

The file is the nearest ``unstall.toml``, or ``pyproject.toml`` with a ``[tool.unstall]``, in the folder that holds
everything that is to be analysed or in one above it. One run has one configuration, since what one file of a run tells
is used in the others.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstall.options import DEFAULTS, OPTIONS, OptionError, Settings, read_options

if TYPE_CHECKING:
    from unstall.compilation import Symbols

DEFAULT = "default"

_PROJECT = "pyproject.toml"
_PROJECTS = (_PROJECT, "setup.cfg", "setup.py")
"""The files of a folder that say for which Python a project is, the one that is asked first in front."""
_COMMANDS = "compile_commands.json"
"""What builds call their list of commands."""


class ConfigError(Exception):
    """A configuration that can't be used; the message names the file and the key."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a run, and the origin of each option: `DEFAULT`, an option of the command line, or a file and its
    key.
    """

    settings: Settings
    origins: Mapping[str, str]
    file: str | None = None
    """The file that was read; None where there is none."""


def load(paths: Iterable[str], overrides: Mapping[str, Any], file: str | None = None, isolated: bool = False) -> Config:
    """The configuration for a run over ``paths``. Raises ConfigError.

    ``overrides`` are the options of the command line by key, ``file`` a file to read instead of the nearest;
    ``isolated`` leaves all files out.
    """
    found = None if isolated else Path(file) if file else nearest(paths)
    values: dict[str, Any] = {key: getattr(DEFAULTS, key.replace("-", "_")) for key in OPTIONS}
    origins = dict.fromkeys(OPTIONS, DEFAULT)
    root = Path.cwd()
    if not isolated and (required := _required_python((Path(file),)) if file else _of_project(paths)):
        values["target-python"], origins["target-python"] = required
    if found is not None:
        prefix, read = _read(found)
        root = found.absolute().parent
        values |= read
        origins |= {key: f"{found}: {prefix}{key}" for key in read}
        for key in ("baseline", "compile-commands"):
            if read.get(key):
                values[key] = os.path.normpath(root / read[key])
    asked = overrides.get("select", ())
    values["ignore"] = tuple(word for word in values["ignore"] if word not in asked)  # who asks for it wants to see it
    values |= overrides
    origins |= {key: f"--{key}" for key in overrides}
    if values["compile-commands"] is None and not isolated and (root / _COMMANDS).is_file():
        values["compile-commands"] = os.path.relpath(root / _COMMANDS)
        origins["compile-commands"] = "found at the root"
    settings = {key.replace("-", "_"): value for key, value in values.items()}
    symbols = _symbols(values["compile-commands"])
    return Config(Settings(**settings, root=str(root), symbols=symbols), origins, str(found) if found else None)


def _symbols(commands: str | None) -> "Mapping[str, Symbols]":
    if not commands:
        return {}
    from unstall.compilation import CompilationError, read_commands

    try:
        return read_commands(Path(commands))
    except CompilationError as error:
        raise ConfigError(str(error)) from error


def nearest(paths: Iterable[str]) -> Path | None:
    """The file that configures a run over these paths; named from here where it lies here or below."""
    for folder in _around(paths):
        for name in ("unstall.toml", _PROJECT):
            file = _from_here(folder / name)
            if file.is_file() and (name == "unstall.toml" or "unstall" in _tools(file)):
                return file
    return None


def _of_project(paths: Iterable[str]) -> tuple[str, str] | None:
    """What the project around these paths says of the Python that it is for, whether it configures this program or
    not.
    """
    folders = ([_from_here(folder / name) for name in _PROJECTS] for folder in _around(paths))
    projects = (files for folder in folders if (files := [file for file in folder if file.is_file()]))
    return _required_python(next(projects, ()))


def _around(paths: Iterable[str]) -> tuple[Path, ...]:
    """The folder that holds all of these paths, and those around it."""
    here = Path.cwd()
    folders = [folder if folder.is_dir() else folder.parent for folder in ((here / path) for path in paths)]
    common = Path(os.path.normpath(os.path.commonpath(folders) if folders else here))
    return (common, *common.parents)


def _from_here(file: Path) -> Path:
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file


def _read(file: Path) -> tuple[str, dict[str, Any]]:
    """The prefix of the options' keys in a file, and the options."""
    project = file.name == _PROJECT
    table = _tools(file).get("unstall", {}) if project else _toml(file)
    prefix = "tool.unstall" if project else ""
    if not isinstance(table, dict):
        raise ConfigError(f"{file}: {prefix}: must be a table")
    if not project and "tool" in table:
        raise ConfigError(f"{file}: tool: no such option; in this file the keys stand without [tool.unstall]")
    try:
        options = read_options(table, prefix)
    except OptionError as error:
        raise ConfigError(f"{file}: {error}") from error
    return f"{prefix}." if prefix else "", options


def _tools(file: Path) -> dict[str, Any]:
    """What a project's file says to tools."""
    tools = _toml(file).get("tool", {})
    if not isinstance(tools, dict):
        raise ConfigError(f"{file}: tool: must be a table")
    return tools


def _toml(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        return _parsed(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not UTF-8 (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not TOML: {error}") from error


@lru_cache(4)
def _parsed(text: str) -> dict[str, Any]:
    """What a text in TOML says; kept, since one file is asked for options and for what its project says."""
    import tomllib

    return tomllib.loads(text)


def _required_python(files: Iterable[Path]) -> tuple[str, str] | None:
    """The lower bound of the first of a project's files that has one, as major and minor, and where it stands."""
    for file in files:
        if file.name == _PROJECT:
            key, required = "project.requires-python", _requires_python(file)
        elif file.name in _PROJECTS:
            key, required = "python_requires", _python_requires(file)
        else:
            continue
        if found := re.search(r"(?:>=|~=|==)\s*([23]\.\d{1,2})", required or ""):
            return found[1], f"{file}: {key}"
    return None


def _requires_python(file: Path) -> str | None:
    """What PEP 621 has for it."""
    project = _toml(file).get("project", {})
    required = project.get("requires-python") if isinstance(project, dict) else None
    return required if isinstance(required, str) else None


def _python_requires(file: Path) -> str | None:
    """What setuptools' older files say, as far as it is written there in so many words; neither is run."""
    try:
        text = file.read_bytes().decode("utf-8", "replace")
    except OSError:
        return None  # it configures nothing of ours
    found = re.search(r"""^[^#\n]*?\bpython_requires["']?\s*[=:]\s*["']?([^"'\n]+)""", text, re.MULTILINE)
    return found[1] if found else None
