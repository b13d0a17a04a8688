"""``unstall config``: the settings that hold here, and where each comes from."""

import argparse
import json

from unstall.commands.analysis import add_paths
from unstall.commands.configuration import add_configuration, configuration
from unstall.options import OPTIONS, OwnWait, schema
from unstall.report.screen import printable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``config``."""
    add_paths(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--show", action="store_true", help="the settings and their origins (this is the default)")
    what.add_argument("--schema", action="store_true", help="the JSON schema of a configuration file")
    add_configuration(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each option: its value as TOML would have it, and its origin behind a #."""
    if arguments.schema:
        print(json.dumps(schema(), indent=2))
        return 0
    config = configuration(arguments)
    print(f"# {printable(config.file)}" if config.file else "# no configuration file")
    for key in OPTIONS:
        value = getattr(config.settings, key.replace("-", "_"))
        shown = f"{key} = {_toml(key, value)}" if value is not None else f"# {key} is not set"
        print(printable(f"{shown}  # {config.origins[key]}"))
    return 0


def _toml(key: str, value: object) -> str:
    """A setting as TOML writes it (strings as JSON does, which TOML reads)."""
    if isinstance(value, tuple) and OPTIONS[key].type.name.startswith("table"):
        return "{" + ", ".join(f"{json.dumps(name)} = {_inline(item)}" for name, item in value) + "}"
    return _inline(value)


def _inline(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_inline(item) for item in value) + "]"
    if isinstance(value, OwnWait):
        fields = {name.replace("_", "-"): getattr(value, name) for name in OwnWait.__slots__}
        return "{" + ", ".join(f"{name} = {_inline(item)}" for name, item in fields.items() if item is not None) + "}"
    return str(value).lower() if isinstance(value, bool) else json.dumps(value, ensure_ascii=False)
