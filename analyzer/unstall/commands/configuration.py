"""The options that every analysing command takes from a configuration file or the command line."""

import argparse
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from unstall.cli import UsageError
from unstall.config import Config, ConfigError, load
from unstall.options import OPTIONS, OptionError

NOTHING: Mapping[str, Any] = MappingProxyType({})


def add_configuration(parser: argparse.ArgumentParser) -> None:
    """Where the configuration is, and options that go before it."""
    group = parser.add_argument_group("configuration")
    add_file(group)
    group.add_argument("--select", metavar="RULES", type=_words, help=_help("select"))
    group.add_argument("--ignore", metavar="RULES", type=_words, help=_help("ignore"))
    group.add_argument("--include", metavar="PATTERN", action="append", help=_help("include"))
    group.add_argument("--exclude", metavar="PATTERN", action="append", help=_help("exclude"))
    group.add_argument(
        "--force-exclude", action=argparse.BooleanOptionalAction, default=None, help=_help("force-exclude")
    )
    group.add_argument("--compile-commands", metavar="FILE", help=_help("compile-commands"))
    group.add_argument("--target-python", metavar="VERSION", help=_help("target-python"))
    group.add_argument("--kernel", metavar="KERNEL", help=f"{OPTIONS['kernel'].type.name}: {_help('kernel')}")
    group.add_argument("--time-limit", metavar="SECONDS", type=int, help=_help("time-limit"))
    group.add_argument("--memory-limit", metavar="MB", type=int, help=_help("memory-limit"))
    group.add_argument("--cache", action=argparse.BooleanOptionalAction, default=None, help=_help("cache"))


def add_file(parser: argparse._ActionsContainer) -> None:
    """Which configuration file is read, if any."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--config", metavar="FILE", help="read this file, not the nearest unstall.toml or pyproject.toml"
    )
    which.add_argument("--isolated", action="store_true", default=None, help="read no configuration file")


def _help(key: str) -> str:
    return OPTIONS[key].help.replace("%", "%%")


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def configuration(arguments: argparse.Namespace) -> Config:
    """The configuration of a command's run. Raises UsageError."""
    overrides: dict[str, Any] = {}
    for key, option in OPTIONS.items():
        given = getattr(arguments, key.replace("-", "_"), None)
        if given is not None:
            try:
                overrides[key] = option.type.read(given, f"--{key}")
            except OptionError as error:
                raise UsageError(str(error)) from error
    return loaded(arguments.paths, arguments, overrides)


def loaded(paths: Sequence[str], arguments: argparse.Namespace, overrides: Mapping[str, Any] = NOTHING) -> Config:
    """The configuration for these paths, by the options of `add_file`. Raises UsageError."""
    try:
        return load(paths, overrides, arguments.config, bool(arguments.isolated))
    except ConfigError as error:
        raise UsageError(str(error)) from error
