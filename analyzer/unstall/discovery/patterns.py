"""Patterns of .gitignore in a configuration, and the paths that they are about."""

import os
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_BACKEND = "simple"
"""Of pathspec's; its others compile a database for each file of patterns, which takes longer than a tree's matching."""


def compiled(patterns: Iterable[str]) -> "GitIgnoreSpec":
    """What these patterns match."""
    from pathspec import GitIgnoreSpec

    with warnings.catch_warnings():  # of `[[a]` as a regular expression, which is what it makes of it
        warnings.simplefilter("ignore", FutureWarning)
        return GitIgnoreSpec.from_lines(patterns, backend=_BACKEND)


def below(path: str, root: str) -> str:
    """A path as seen from the folder of the configuration, a slash at its end kept."""
    name = os.path.relpath(os.path.abspath(path), root or None)  # noqa: PTH100
    return name + "/" if path.endswith("/") else name
