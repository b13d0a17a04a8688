"""What type a variable of C has that a function declares for itself."""

import re
from collections.abc import Iterator

from unstall.fixes import conditions
from unstall.fixes.site import Site

_FIRST = re.compile(r"((?:[A-Za-z_]\w*\s+)+)(\**\s*\w+.*)", re.DOTALL)
"""The type in front of the first declarator, and that."""
_WITH_VALUE = re.compile(r"(\w+)\s*(?:=.*)?", re.DOTALL)
_NO_PART = frozenset({"auto", "const", "register", "static", "volatile"})
_NO_NUMBERS = frozenset({"enum", "extern", "struct", "typedef", "union"})


def type_of(site: Site, name: str) -> str:
    """The type of a number by its name, as written: ``unsigned int``; empty where that isn't plain."""
    found = [kind for kind, variable in _declared(site) if variable == name]
    return found[0] if len(found) == 1 else ""


def is_array(site: Site, name: str) -> bool:
    """Whether the function declares an array of this name."""
    return any(re.search(rf"\b{re.escape(name)}\s*\[", text) for text in _declarations(site))


def _declared(site: Site) -> Iterator[tuple[str, str]]:
    """The variables and parameters that are plain numbers, with their types; others with an empty one."""
    for text in _declarations(site):
        declarators = conditions.arguments(text)
        first = _FIRST.fullmatch(declarators[0]) if declarators else None
        if first is None:
            continue
        words = first[1].split()
        kind = "" if _NO_NUMBERS & set(words) else " ".join(word for word in words if word not in _NO_PART)
        for declarator in (first[2], *declarators[1:]):
            plain = _WITH_VALUE.fullmatch(declarator)
            yield (kind, plain[1]) if plain else ("", "".join(re.findall(r"\w+", declarator)[:1]))


def _declarations(site: Site) -> Iterator[str]:
    """The text of each declaration of the function, without its semicolon, and of each of its parameters."""
    for statement in site.tree.graph.statements:
        if statement.kind == "declaration":
            yield site.text(statement.span).rstrip("; \t\r\n")
    head = site.text(site.tree[0].header)
    yield from conditions.arguments(head[head.find("(") + 1 : head.rfind(")")])
