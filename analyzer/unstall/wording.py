"""Small helpers for sentences that count and list, so that every message says it the same way."""

from collections.abc import Sequence


def count(number: int, singular: str, plural: str = "") -> str:
    """``1 stage``, ``3 stages``, ``2 patches`` (with its plural given)."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def agree(number: int, singular: str, plural: str) -> str:
    """The word that agrees with a number: ``agree(n, "is", "are")``."""
    return singular if number == 1 else plural


def listing(items: Sequence[str], conjunction: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *head, last = items
    return f"{', '.join(head)} {conjunction} {last}" if head else last


def one_line(text: str) -> str:
    """A text with a blank for each of its line ends, continued lines' among them, and other white space."""
    return " ".join(text.replace("\\\r\n", " ").replace("\\\n", " ").split())


def clause(text: str, limit: int = 60) -> str:
    """Source text on one line, cut to ``limit`` characters with an ellipsis."""
    flat = one_line(text)
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"
