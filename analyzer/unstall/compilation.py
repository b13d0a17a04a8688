"""What a build defines for each file: ``-D`` and ``-U`` of a compilation database (``compile_commands.json``).

The format is Clang's (clang.llvm.org/docs/JSONCompilationDatabase.html): an array of objects with ``directory``,
``file``, and ``arguments`` or, in a shell's quoting, ``command``.
"""

import json
import os
import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

Symbols = Mapping[str, str | None]
"""Preprocessor symbols and their replacement text; None for one that is not defined."""


class CompilationError(Exception):
    """A compilation database that can't be used; the message names the file."""


def read_commands(file: Path) -> dict[str, Symbols]:
    """By absolute path, what a database says of the symbols of each file. Raises CompilationError.

    Of a file that is compiled more than once, what all its commands agree on.
    """
    try:
        entries = json.loads(file.read_bytes())
    except OSError as error:
        raise CompilationError(f"{file}: can't be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CompilationError(f"{file}: not JSON: {error}") from error
    if not isinstance(entries, list):
        raise CompilationError(f"{file}: not a compilation database: must be an array of objects")
    found: dict[str, Symbols] = {}
    for number, entry in enumerate(entries):
        try:
            path, symbols = _entry(entry, file.parent)
        except (KeyError, TypeError, ValueError) as error:
            raise CompilationError(f"{file}: not a compilation database: entry {number}: {_reason(error)}") from error
        known = found.get(path)
        found[path] = symbols if known is None else dict(known.items() & symbols.items())
    return found


def _reason(error: Exception) -> str:
    return f"needs {error}" if isinstance(error, KeyError) else str(error)


def _entry(entry: Any, beside: Path) -> tuple[str, Symbols]:
    """A file and its symbols. Raises KeyError, TypeError and ValueError."""
    if not isinstance(entry, dict):
        raise TypeError("must be an object")
    if "arguments" in entry:
        words = entry["arguments"]
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise TypeError("arguments: must be an array of strings")
    else:
        words = shlex.split(_string(entry, "command"))
    folder = os.path.join(os.path.abspath(beside), _string(entry, "directory"))  # noqa: PTH100, PTH118  (no disk access)
    return os.path.normpath(os.path.join(folder, _string(entry, "file"))), dict(_symbols(words))  # noqa: PTH118


def _string(entry: Mapping[str, Any], key: str) -> str:
    if not isinstance(entry[key], str):
        raise TypeError(f"{key}: must be a string")
    return str(entry[key])


def _symbols(words: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """``-DX``, ``-D X=1``, ``-UX``; of one symbol the last holds. Macros with parameters are left out."""
    rest = iter(words)
    for word in rest:
        if word[:2] not in ("-D", "-U"):
            continue
        name, equals, value = (word[2:] or next(rest, "")).partition("=")
        if name and "(" not in name:
            yield name, None if word[1] == "U" else value if equals else "1"
