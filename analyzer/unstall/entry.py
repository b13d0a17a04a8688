"""The way in: files that hold nothing for us are told so before anything is imported.

A hook is handed a few files at each commit, and most of them hold no wait at all. The command line, the configuration
and the search for waits take five times as long to import as Python takes to start; this looks for their words and
needs none of them. Whatever is out of the ordinary goes to `cli`, which would say the same of these files.
"""

import os
import sys

from unstall.words import CI, INTERRUPTS, MARK, UNTOLD, WOULD_BLOCK

_LIKEWISE = {"--fix", "--force-exclude", "--isolated", "--no-cache"}
"""Options that change nothing where there is nothing to find, nor a configuration."""
_SUFFIXES = (".c", ".h", ".py")
_SMALL = 300_000
"""Bytes of all files together; looking at more takes longer than the imports."""
_CALLS = tuple(name.encode() for name in UNTOLD)
_ERRORS = tuple({word.encode() for by in (INTERRUPTS, WOULD_BLOCK) for words in by.values() for word in words})


def main() -> int:
    """Run the command line of this process; returns the exit status."""
    try:
        if empty := _empty(sys.argv[1:]):
            print(f"Found nothing. {empty} file{'s'[: empty > 1]}: 0 waits in 0 functions read, 0 functions not read.")
            sys.stdout.flush()
            return 0
    except (OSError, ValueError):
        pass  # to be told in words
    try:
        from unstall import cli
    except KeyboardInterrupt:
        return 130
    return cli.main()


def _empty(words: list[str]) -> int:
    """The number of files that a command line names and that hold nothing for us; 0 where that isn't all there is.

    Raises OSError and ValueError for what is to be told in words.
    """
    os.getcwd()  # noqa: PTH109  (it may be gone)
    files = [word for word in words[1:] if word not in _LIKEWISE]
    folders = {os.path.dirname(os.path.abspath(file)) for file in files}  # noqa: PTH100, PTH120
    if (
        words[:1] != ["check"]
        or not files
        or not all(file.endswith(_SUFFIXES) and file[0] != "-" and os.path.isfile(file) for file in files)  # noqa: PTH113
        or len({os.path.abspath(file) for file in files}) < len(files)  # noqa: PTH100
        or any(os.environ.get(variable) == "true" for variable in CI)
        or sys.stdout is None
        or sys.stdout.isatty()  # with colours
        or ("--isolated" not in words and _is_configured(os.path.commonpath(folders)))
    ):
        return 0
    left = _SMALL
    for file in files:
        with open(file, "rb") as stream:  # noqa: PTH123
            data = stream.read(left + 1)
        left -= len(data)
        if left < 0 or not _is_plain(data) or _speaks(data):
            return 0
    return len(files)


def _is_configured(folder: str) -> bool:
    """Whether a file of this folder, or of one around it, or a build's list of commands may have a say."""
    if os.path.isfile("compile_commands.json"):  # noqa: PTH113
        return True
    while True:
        if os.path.isfile(os.path.join(folder, "unstall.toml")):  # noqa: PTH113, PTH118
            return True
        project = os.path.join(folder, "pyproject.toml")  # noqa: PTH118
        if os.path.isfile(project) and _names_us(project):  # noqa: PTH113
            return True
        around = os.path.dirname(folder)  # noqa: PTH120
        if around == folder:
            return False
        folder = around


def _names_us(project: str) -> bool:
    """Whether a pyproject.toml may configure this program. Raises OSError and ValueError where it can't be read."""
    import tomllib

    with open(project, "rb") as stream:  # noqa: PTH123
        tools = tomllib.load(stream).get("tool", {})
    return not isinstance(tools, dict) or "unstall" in tools


def _is_plain(data: bytes) -> bool:
    """Whether there is nothing to remark on a file as such: it has text, and in UTF-8. Raises UnicodeDecodeError."""
    return b"\0" not in data and bool(data.decode("utf-8").strip())


def _speaks(data: bytes) -> bool:
    """Whether a text may tell an interrupt apart, wait in a way that matters untold, or have a comment for us."""
    lower = data.lower()
    return MARK in data or any(word in lower for word in _ERRORS) or any(_calls(name, data) for name in _CALLS)


def _calls(name: bytes, data: bytes) -> bool:
    """Whether a function may be called, or handed on."""
    at = data.find(name)
    while at >= 0:
        behind = data[at + len(name) : at + len(name) + 80].lstrip()
        if behind[:1] in (b"(", b",", b""):
            return True
        at = data.find(name, at + 1)
    return False
