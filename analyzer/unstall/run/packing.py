"""Values of our own classes as bytes and back, for the cache: nothing else is ever made from bytes."""

import io
import pickle
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

_DATA = ("unstall.flow.", "unstall.run.results", "unstall.findings.finding", "unstall.source")
"""Modules whose classes are values."""


def packed(value: object) -> bytes:
    """A value as bytes, without what its objects have worked out of themselves; none for one that is too deep."""
    from unstall.flow.ir import FlowGraph
    from unstall.source import SourceFile

    stream = io.BytesIO()
    pickler = pickle.Pickler(stream, protocol=5)
    # Python before 3.11.4 would write members of an Enum as attributes, which are read from nobody's bytes.
    enums = {kind: _by_value for kind in Enum.__subclasses__() if kind.__module__.startswith(_DATA)}
    pickler.dispatch_table = {FlowGraph: _fields, SourceFile: _fields, **enums}
    try:
        pickler.dump(value)
    except (RecursionError, MemoryError):
        return b""
    return stream.getvalue()


def _fields(value: Any) -> tuple[type, tuple[Any, ...]]:
    return type(value), tuple(getattr(value, field.name) for field in fields(value) if field.init)


def _by_value(member: Enum) -> tuple[type[Enum], tuple[Any]]:
    return type(member), (member.value,)


def unpacked(data: bytes) -> Any:
    """The value that bytes stand for. They may be anybody's: raises whatever they bring about."""
    return _Reader(io.BytesIO(data)).load()


class _Reader(pickle.Unpickler):
    """Makes values of our own classes, which hold data and nothing else, and of no others; runs nothing."""

    def find_class(self, module: str, name: str) -> Any:
        """A class of ours, or a value of one, by name. Raises UnpicklingError for all else."""
        if module == "builtins" and name in ("dict", "frozenset"):
            return dict if name == "dict" else frozenset
        if (module, name) == ("unstall.run.worker", "Look") or (module.startswith(_DATA) and "." not in name):
            found = super().find_class(module, name)
            kind = found if isinstance(found, type) else type(found)
            if kind.__module__ == module and (is_dataclass(kind) or issubclass(kind, Enum | tuple)):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no value")
