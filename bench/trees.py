"""The trees that are measured: those that are named, else Linux's source as Debian packs it, kept outside of here."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

PACKAGE = "linux-source-6.1"
STORE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "unstall-bench"
PARTS = (8, 4, 2)
"""Of a tree, every eighth, fourth and second file."""
_LOOP = """\
void serve_{number}(struct pollfd *fds, int n)
{{
    for (;;) {{
        if (poll(fds, n, 1000) == -1 && errno == EINTR)
            continue;
        sweep_{number}();
    }}
}}

"""


def linux() -> Path:
    """Linux's source. Needs apt, dpkg and a mirror on first use."""
    tree = STORE / PACKAGE
    if not tree.is_dir():
        STORE.mkdir(parents=True, exist_ok=True)
        for command in (
            ["apt-get", "download", PACKAGE],
            ["sh", "-c", f"dpkg-deb --fsys-tarfile {PACKAGE}_*.deb | tar -x --wildcards '*.tar.xz'"],
            ["sh", "-c", f"tar -xf usr/src/{PACKAGE}.tar.xz && rm -r usr {PACKAGE}_*.deb"],
        ):
            print("+", *command, file=sys.stderr)
            subprocess.run(command, cwd=STORE, check=True)
        ignores = tree / ".gitignore"
        ignores.write_text(ignores.read_text().replace("\n/*\n", "\n"))  # Debian's own: all but its packaging
    return tree


def sources(tree: Path) -> list[Path]:
    """The C and Python files of a tree, without links."""
    found = (path for path in tree.rglob("*") if path.suffix in (".c", ".h", ".py"))
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def part(tree: Path, of: int) -> Path:
    """A tree with every ``of``-th C and Python file of another."""
    return _linked(STORE / "parts" / f"{tree.name}-{of}", tree, lambda: sources(tree)[::of])


def named_by_grep(tree: Path) -> Path:
    """A tree with those C and Python files of another in which grep finds EINTR."""

    def named() -> list[Path]:
        done = subprocess.run(["grep", "-rlE", "EINTR", tree], capture_output=True, text=True, check=False)
        names = set(done.stdout.splitlines())
        return [path for path in sources(tree) if str(path) in names]

    return _linked(STORE / "named" / tree.name, tree, named)


def _linked(made: Path, tree: Path, files: Callable[[], list[Path]]) -> Path:
    """A folder with files of a tree, as hard links where that is possible; once it is there, it is kept."""
    if made.is_dir():
        return made
    for file in files():
        target = made / file.relative_to(tree)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(file, target)
        except OSError:  # another file system
            target.write_bytes(file.read_bytes())
    return made


def functions(number: int) -> Path:
    """A file of so many functions, each with a loop that starts over."""
    made = STORE / "functions" / f"{number}.c"
    made.parent.mkdir(parents=True, exist_ok=True)
    body = "".join(_LOOP.format(number=at) for at in range(number))
    made.write_text(f"#include <errno.h>\n#include <poll.h>\n\n{body}")
    return made
