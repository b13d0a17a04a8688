"""What headers are asked: once read, a header is read again only for names that it may tell something of."""

import re
from dataclasses import dataclass
from functools import lru_cache

from unstall.flow.ir import Definition
from unstall.frontends.c.headers import definitions
from unstall.frontends.c.noreturn import declared, may_declare

_DEFINED = re.compile(rb"#[ \t]*define[ \t]+([A-Za-z_]\w*)")


@dataclass(frozen=True, slots=True)
class Header:
    """What a header may tell of."""

    defined: bytes
    """The names that it defines, separated by blanks: as one value they take a sixth of the memory."""
    declares: bool
    """It may declare functions not to return."""

    @classmethod
    def of(cls, data: bytes) -> "Header":
        """What a header of this text may tell of."""
        return cls(b" ".join(_DEFINED.findall(data)), may_declare(data))

    def defines(self, names: frozenset[str]) -> bool:
        """Whether it defines one of these names."""
        return not _encoded(names).isdisjoint(self.defined.split())

    def answer(self, path: str, data: bytes, names: frozenset[str]) -> tuple[tuple[Definition, ...], frozenset[str]]:
        """The macros of these names that it defines, and those of the functions that it declares not to return."""
        macros = definitions(path, data, names) if self.defines(names) else ()
        return macros, declared(data, names) if self.declares else frozenset()


@lru_cache(maxsize=4)
def _encoded(names: frozenset[str]) -> frozenset[bytes]:
    return frozenset(map(str.encode, names))
