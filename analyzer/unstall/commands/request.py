"""What a command line asks for, in words that ask for the same once more."""

import argparse
from collections.abc import Iterator

_REPEATED = (
    "config", "isolated", "select", "ignore", "include", "exclude", "force-exclude", "compile-commands",
    "target-python", "kernel", "time-limit", "memory-limit", "diff-base", "baseline",
)  # fmt: skip
"""The options that change what is found."""
_JOINED = ("select", "ignore")


def request(arguments: argparse.Namespace) -> tuple[str, ...]:
    """The options of ``check`` that change what is found, and the paths as they were given; nothing where one of them
    is stdin, which is not to be had again.
    """
    if arguments.stdin_filename is not None:
        return ()
    options = [word for key in _REPEATED for word in _option(key, getattr(arguments, key.replace("-", "_")))]
    end = ["--"] if any(path.startswith("-") for path in arguments.paths) else []
    return (*options, *end, *arguments.paths)


def _option(key: str, value: object) -> Iterator[str]:
    if isinstance(value, bool):
        yield f"--{key}" if value else f"--no-{key}"
    elif isinstance(value, list):
        yield from (f"--{key}={each}" for each in ([",".join(value)] if key in _JOINED else value))
    elif value is not None:
        yield f"--{key}={value}"
