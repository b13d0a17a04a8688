"""The options of a configuration file: their types and documentation in one table, their defaults in `Settings`.

From it come the check of a file, the JSON schema that editors complete from, the table in the documentation, and
what ``unstall config`` shows.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unstall.compilation import Symbols

Json = dict[str, Any]


class OptionError(Exception):
    """A key or value of a configuration that can't be; the message names it."""


@dataclass(frozen=True, slots=True)
class Type:
    """A kind of value: how TOML's value is checked and made ours, and its JSON schema."""

    name: str
    read: Callable[[Any, str], Any]
    """Takes the value and the key, for messages; raises OptionError."""
    schema: Json


@dataclass(frozen=True, slots=True)
class Option:
    """One option: ``key`` in a file, ``key`` with underscores as a field of `Settings`."""

    type: Type
    help: str


@dataclass(frozen=True, slots=True)
class OwnWait:
    """A wait of the project's own; arguments count from 1, as in a man page's words."""

    name: str
    kind: str = "multiplex"
    result: str = "errno"
    timeout: int | None = None
    results: tuple[int, ...] = ()
    swaps_mask: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of all options, and what they are where nobody sets them; `OPTIONS` tells what they mean."""

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    severity: tuple[tuple[str, str], ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    waits: tuple[OwnWait, ...] = ()
    no_return: tuple[str, ...] = ()
    foreach_macros: tuple[str, ...] = ()
    compile_commands: str | None = None
    target_python: str | None = None
    kernel: str = "any"
    baseline: str | None = None
    time_limit: int = 60
    memory_limit: int = 2048
    cache: bool = True
    root: str = ""
    """The folder that patterns and paths of the configuration are relative to; not an option."""
    symbols: "Mapping[str, Symbols]" = field(default_factory=dict)
    """By absolute path, what the build defines for a file: what `compile_commands` says; not an option."""

    def python(self) -> tuple[int, int] | None:
        """The oldest Python that the project is for; None where nothing is known."""
        if self.target_python is None:
            return None
        major, minor = self.target_python.split(".")
        return int(major), int(minor)


DEFAULTS = Settings()


# ------------------------------------------------------------------------------------------------ types


def _string(value: Any, key: str) -> str:
    if not isinstance(value, str):
        raise OptionError(f"{key}: must be a string, not {_named(value)}")
    return value


def _strings(value: Any, key: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise OptionError(f"{key}: must be an array of strings, not {_named(value)}")
    return tuple(_string(item, f"{key}[{number}]") for number, item in enumerate(value))


def _rules(value: Any, key: str) -> tuple[str, ...]:
    words = _strings(value, key)
    if not words:
        raise OptionError(f"{key}: names no rule; leave it out for those that are on by default")
    return words


def _boolean(value: Any, key: str) -> bool:
    if not isinstance(value, bool):
        raise OptionError(f"{key}: must be true or false, not {_named(value)}")
    return value


def _natural(value: Any, key: str, what: str = "a whole number, 1 or more") -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise OptionError(f"{key}: must be {what}")
    return value


def _number(value: Any, key: str) -> int:
    return _natural(value, key, "an argument's number, counted from 1")


def _numbers(value: Any, key: str) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise OptionError(f"{key}: must be an array of arguments' numbers, counted from 1")
    return tuple(_number(item, f"{key}[{number}]") for number, item in enumerate(value))


def _choice(*words: str) -> Type:
    def read(value: Any, key: str) -> str:
        if value not in words:
            raise OptionError(f"{key}: {_shown(value)} is not one of {', '.join(words)}")
        return str(value)

    return Type(" | ".join(words), read, {"enum": list(words)})


def _version(value: Any, key: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[23]\.\d{1,2}", value):
        raise OptionError(f'{key}: {_shown(value)} is not a version of Python such as "3.11"')
    return value


def _table(of: Type) -> Type:
    def read(value: Any, key: str) -> tuple[tuple[str, Any], ...]:
        if not isinstance(value, dict):
            raise OptionError(f"{key}: must be a table, not {_named(value)}")
        return tuple((name, of.read(item, f"{key}.{name}")) for name, item in value.items())

    return Type(f"table of {of.name}", read, {"type": "object", "additionalProperties": of.schema})


def _waits(value: Any, key: str) -> tuple[OwnWait, ...]:
    if not isinstance(value, list):
        raise OptionError(f"{key}: must be an array of tables, [[{key}]]")
    return tuple(_wait(item, f"{key}[{number}]") for number, item in enumerate(value))


def _wait(value: Any, key: str) -> OwnWait:
    if not isinstance(value, dict):
        raise OptionError(f"{key}: must be a table, not {_named(value)}")
    check_keys(value, WAIT_FIELDS, key)
    if "name" not in value:
        raise OptionError(f"{key}: needs a name")
    read = {name.replace("-", "_"): WAIT_FIELDS[name].type.read(item, f"{key}.{name}") for name, item in value.items()}
    return OwnWait(**read)


STRING = Type("string", _string, {"type": "string"})
STRINGS = Type("array of strings", _strings, {"type": "array", "items": {"type": "string"}})
RULES = Type("array of strings", _rules, {**STRINGS.schema, "minItems": 1})
BOOLEAN = Type("true | false", _boolean, {"type": "boolean"})
VERSION = Type("version", _version, {"type": "string", "pattern": r"^[23]\.\d{1,2}$"})
_ARGUMENT: Json = {"type": "integer", "minimum": 1}
NATURAL = Type("number", _natural, _ARGUMENT)
NUMBER = Type("number", _number, _ARGUMENT)
NUMBERS = Type("array of numbers", _numbers, {"type": "array", "items": _ARGUMENT})

WAIT_FIELDS: Mapping[str, Option] = {
    "name": Option(STRING, "the function, or for Python the function or method"),
    "kind": Option(
        _choice("multiplex", "transfer", "child", "sleep", "signal", "lock", "message"),
        "what it waits for: many descriptors, one descriptor's data, a child, time, a signal, a lock, a message",
    ),
    "result": Option(
        _choice("errno", "code", "negated", "pointer", "exception"),
        "how it tells of an interrupt: -1 and errno, EINTR itself, -EINTR, NULL and errno, or an exception",
    ),
    "timeout": Option(NUMBER, "the argument that bounds the wait; without one it waits for ever"),
    "results": Option(NUMBERS, "the arguments that it writes what is ready into"),
    "swaps-mask": Option(BOOLEAN, "it swaps the signal mask, as pselect and ppoll do"),
}
"""The fields of one of ``waits``."""

_WAITS = Type(
    "array of tables",
    _waits,
    {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                name: {**field.type.schema, "description": field.help} for name, field in WAIT_FIELDS.items()
            },
            "required": ["name"],
            "additionalProperties": False,
        },
    },
)

OPTIONS: Mapping[str, Option] = {
    "select": Option(
        RULES,
        "rules to apply, by code, beginning of codes, or name; ALL for all (default: all but those off by default)",
    ),
    "ignore": Option(
        STRINGS, "rules not to apply, in the same words; goes before select, but not where --select has the same word"
    ),
    "per-file-ignores": Option(_table(STRINGS), "for files that match a pattern, rules not to apply"),
    "severity": Option(
        _table(_choice("error", "warning", "note", "off")), "other severities for rules; notes don't fail a run"
    ),
    "include": Option(STRINGS, "patterns of the files to look at in folders (default: all C and Python files)"),
    "exclude": Option(STRINGS, "patterns of files and folders to leave out, as in .gitignore"),
    "force-exclude": Option(BOOLEAN, "leave out excluded files even where they are named themselves"),
    "waits": Option(_WAITS, "waits and wrappers of the project's own that can't be seen through"),
    "no-return": Option(STRINGS, "functions that don't return"),
    "foreach-macros": Option(STRINGS, "macros that open a loop"),
    "compile-commands": Option(
        STRING,
        "a compilation database, whose -D and -U choose branches of #if (default: compile_commands.json at the root)",
    ),
    "target-python": Option(
        VERSION, "the oldest Python that the project is for (default: from requires-python or python_requires)"
    ),
    "kernel": Option(
        _choice("any", "ready-first", "signal-first"),
        "kernels that the program runs on: Linux and BSD look at descriptors first, illumos and Solaris at signals",
    ),
    "baseline": Option(STRING, "a file of known findings, which are not reported"),
    "time-limit": Option(
        NATURAL, "seconds of processor time that a file may cost in each of the two phases; then it is given up"
    ),
    "memory-limit": Option(
        NATURAL, "megabytes of memory that a process may take, where there is more than one; as time-limit"
    ),
    "cache": Option(BOOLEAN, "keep results for the next run: in .unstall_cache beside the file, else here"),
}  # fmt: skip


def read_options(table: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The options of a table of TOML by key, checked. Raises OptionError."""
    check_keys(table, OPTIONS, where)
    return {key: OPTIONS[key].type.read(value, f"{where}.{key}" if where else key) for key, value in table.items()}


def check_keys(table: Mapping[str, Any], known: Mapping[str, Option], where: str) -> None:
    """Raises OptionError for a key that isn't known, with the one that may be meant."""
    for key in table:
        if key not in known:
            raise OptionError(f"{f'{where}.' if where else ''}{key}: no such option{suggestion(key, known)}")


def suggestion(word: str, known: Mapping[str, Any]) -> str:
    """``; did you mean …?`` where a known word is close."""
    from difflib import get_close_matches

    close = get_close_matches(word.replace("_", "-"), known, 1)
    return f"; did you mean {close[0]}?" if close else ""


def _named(value: Any) -> str:
    names = {
        str: "a string",
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "an array",
        dict: "a table",
    }
    return names.get(type(value), type(value).__name__)


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else _named(value)


def schema() -> Json:
    """The JSON schema of ``unstall.toml`` and of ``[tool.unstall]``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "unstall.toml, or [tool.unstall] of pyproject.toml",
        "type": "object",
        "properties": {key: {**option.type.schema, "description": option.help} for key, option in OPTIONS.items()},
        "additionalProperties": False,
    }
