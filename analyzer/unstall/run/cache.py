"""What former runs came to, kept in ``.unstall_cache`` beside the configuration, so that nothing is analysed twice.

An entry is found by a digest of all that it follows from: a file's path and bytes, what the run had learnt, the
settings, and this program. There is nothing to invalidate, then; what is not asked for in a month is dropped. The
entries lie in an SQLite database, which several runs may use at once.

The folder may come with a tree that nobody trusts. So only values of our own classes are made from what it holds, and
it is not used where it is a link. A cache that can't be read or written is as good as an empty one.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache, cached_property
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

from unstall import __version__

if TYPE_CHECKING:
    from sqlite3 import Connection

FOLDER = ".unstall_cache"
_DAY = 24 * 3600
_MONTH = 30 * _DAY
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Results that unstall keeps, see https://bford.info/cachedir/\n"
_TABLE = "CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, used INTEGER, value BLOB)"


class Cache:
    """The entries of one folder. It can be handed to another process, which opens it for itself."""

    def __init__(self, root: str) -> None:
        self._folder = Path(root) / FOLDER
        self._file = self._folder / "results.sqlite"
        self._usable = True

    def __reduce__(self) -> tuple[object, ...]:
        return Cache, (str(self._folder.parent),)

    def get(self, key: bytes) -> Any:
        """What is kept under a key; None where nothing is."""
        if not self._usable or not self._file.exists():
            return None
        with self._tolerant():
            row = self._connection.execute("SELECT value, used FROM entries WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            if time() - row[1] > _DAY:
                self._connection.execute("UPDATE entries SET used = ? WHERE key = ?", (int(time()), key))
            with suppress(Exception):  # whatever bytes may raise that we did not write
                from unstall.run.packing import unpacked

                return unpacked(row[0])
        return None

    def put(self, key: bytes, value: object) -> None:
        """Keep a value of our own classes."""
        from unstall.run.packing import packed

        with self._tolerant():
            data = packed(value)
            if self._usable and data:
                self._connection.execute("INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", (key, int(time()), data))

    @cached_property
    def _connection(self) -> "Connection":
        from sqlite3 import connect

        if self._folder.is_symlink() or self._file.is_symlink():
            raise OSError
        self._folder.mkdir(exist_ok=True)  # another process may just have made it
        for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", _TAG)):
            if not (self._folder / name).exists():
                (self._folder / name).write_text(text)
        connection = connect(self._file, timeout=10, isolation_level=None)
        connection.execute("PRAGMA synchronous = OFF")  # what a power failure costs is a cache
        connection.execute(_TABLE)
        connection.execute("DELETE FROM entries WHERE used < ?", (int(time()) - _MONTH,))
        return connection

    @contextmanager
    def _tolerant(self) -> Iterator[None]:
        """A block in which the cache may fail: the run goes on without. What is no database is removed, for the next
        run.
        """
        from sqlite3 import Error, OperationalError

        try:
            yield
        except (OSError, Error) as error:
            self._usable = False
            if not isinstance(error, OSError | OperationalError):
                with suppress(OSError):
                    self._file.unlink()


# ---------------------------------------------------------------------------------------------------- keys


def digest(*values: object) -> bytes:
    """A digest of values of our own classes: the same for equal values, in every process, and for this program."""
    parts: list[bytes] = [_program()]
    _spell(values, parts)
    return _hash(b"\0".join(parts))


def _hash(data: bytes) -> bytes:
    from hashlib import blake2b  # OpenSSL, a tenth of the start-up

    return blake2b(data, digest_size=20).digest()


def _spell(value: object, parts: list[bytes]) -> None:
    """The parts of a value in one order, whatever the order of its sets and mappings."""
    parts.append(type(value).__name__.encode())
    if isinstance(value, bytes):
        parts.append(_hash(value))
    elif isinstance(value, Enum):
        parts.append(value.name.encode())
    elif is_dataclass(value):
        for field in fields(value):
            _spell(getattr(value, field.name), parts)
    elif isinstance(value, Mapping):
        _spell_all(sorted(_spelt(item) for item in value.items()), parts)
    elif isinstance(value, set | frozenset):
        _spell_all(sorted(map(_spelt, value)), parts)
    elif isinstance(value, tuple | list):
        parts.append(str(len(value)).encode())
        for item in value:
            _spell(item, parts)
    else:
        parts.append(repr(value).encode("utf-8", "surrogateescape"))


def _spell_all(spelt: Iterable[bytes], parts: list[bytes]) -> None:
    spelt = list(spelt)
    parts.append(str(len(spelt)).encode())
    parts += spelt


def _spelt(value: object) -> bytes:
    parts: list[bytes] = []
    _spell(value, parts)
    return b"\0".join(parts)


@cache
def _program() -> bytes:
    """This program: its version, its files as they are (in a work tree, they change), Python and the libraries."""
    from importlib.util import find_spec

    import unstall_rules

    parts = [__version__, sys.version]
    for name in ("libcst", "networkx", "pathspec", "pycparser"):
        spec = find_spec(name)
        parts.append(_signature(spec.origin) if spec and spec.origin else "")
    for folder in (Path(__file__).parents[1], *map(Path, unstall_rules.__path__)):
        parts += (f"{file.relative_to(folder)} {_signature(file)}" for file in sorted(folder.rglob("*.py")))
    return _hash("\n".join(parts).encode())


def _signature(file: str | Path) -> str:
    status = os.stat(file)  # noqa: PTH116
    return f"{status.st_size} {status.st_mtime_ns}"
