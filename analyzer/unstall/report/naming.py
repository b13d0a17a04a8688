"""Files as other programs want them named: from the root of the repository, with slashes, or as URIs.

Code hosts match these names against their own, so they must not depend on the folder that a run was started in, nor
on links.
"""

import os
from pathlib import Path
from urllib.parse import quote

_ROOTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "BUILD_SOURCESDIRECTORY")
"""Where GitHub, GitLab and Azure say that they checked the repository out."""


def root() -> Path:
    """The root of the repository that the current folder is in: as the CI says, else where `.git` is, else here."""
    here = Path.cwd().resolve()
    for variable in _ROOTS:
        told = os.environ.get(variable)
        if told and here.is_relative_to(Path(told).resolve()):
            return Path(told).resolve()
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)


def relative(path: str, base: Path) -> str:
    """The path from ``base``, with slashes; absolute where it lies outside."""
    resolved = Path(os.path.realpath(path))
    return resolved.relative_to(base).as_posix() if resolved.is_relative_to(base) else resolved.as_posix()


def uri(path: str, base: Path) -> str:
    """A relative URI reference from ``base``, or a file URI where the path lies outside."""
    name = quote(os.fsencode(relative(path, base)), safe="/")
    return f"file://{name}" if name.startswith("/") else name
