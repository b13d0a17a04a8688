"""The command line: which command is meant, and what every command has in common.

A command is a module with ``add_arguments(parser)`` and ``run(arguments) -> exit status``. Only the one that is asked
for is imported, so that no command pays for another's libraries. Exit status: 0 nothing found, 1 findings, 2 the
request, or a path of it, could not be done; 130 and 141 for Ctrl-C and a closed pipe, as shells have them.
"""

import argparse
import os
import sys
from collections.abc import Collection, Iterable, Sequence
from importlib import import_module
from typing import NamedTuple, Protocol, cast

from unstall import __version__
from unstall.report.screen import printable, tolerant

INTERRUPTED = 130
BROKEN_PIPE = 141


class CommandModule(Protocol):
    """What a command's module offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Describe the command's options."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it. Results go to stdout, messages to stderr; raises `UsageError` for what can't be done at all."""


class Command(NamedTuple):
    """A command's module, and what it does in half a line."""

    module: str
    help: str


class UsageError(Exception):
    """What was asked for can't be done, and why, in one line."""


COMMANDS = {
    "check": Command("unstall.commands.check", "find interrupted waits that restart a loop past its stages"),
    "waits": Command("unstall.commands.waits", "list every wait and how an interrupt is handled there"),
    "scan": Command("unstall.commands.scan", "analyse many source trees or archives into one file of JSON lines"),
    "graph": Command("unstall.commands.graph", "draw the control-flow graph of a loop that waits"),
    "verify": Command("unstall.commands.verify", "prove what a patch does to a loop that starts over"),
    "explain": Command("unstall.commands.explain", "print the documentation of a rule"),
    "config": Command("unstall.commands.config", "show the settings that hold here, and where each comes from"),
    "rules": Command("unstall.commands.rules", "list the rules"),
    "server": Command("unstall.commands.server", "serve editors: findings, paths and patches while one types"),
    "completion": Command("unstall.commands.completion", "print a script for a shell's completion"),
    "master": Command("unstall.commands.master", "run the reference master under a storm of signals"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    for name in ("stdout", "stderr"):  # closed by who started us
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115
    tolerant(sys.stdout)
    tolerant(sys.stderr)
    try:
        os.getcwd()  # noqa: PTH109
    except OSError as error:
        say(f"the current folder can't be used: {error.strerror}")
        return 2
    named = [word for word in words[:1] if word in COMMANDS]
    arguments, unknown = _parser(named or COMMANDS, named or words).parse_known_args(words)
    if hasattr(arguments, "paths") and not any(word.startswith("-") for word in unknown):
        arguments.paths = [*arguments.paths, *unknown]  # those behind an option that came between paths
    elif unknown:
        arguments.refuse(f"unrecognized arguments: {' '.join(unknown)}")
    module = cast(CommandModule, import_module(COMMANDS[arguments.command].module))
    try:
        status = module.run(arguments)
        if not sys.stdout.closed:  # as the language server leaves it
            sys.stdout.flush()
    except UsageError as error:
        say(str(error))
        return 2
    except KeyboardInterrupt:
        say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the results has gone
        _drop_output()
        return BROKEN_PIPE
    except OSError as error:
        if error.filename is not None:
            raise
        say(f"the output can't be written: {error.strerror}")
        _drop_output()
        return 2
    return status


def _drop_output() -> None:
    """Point stdout elsewhere, so that the flush at exit doesn't fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(message: str) -> None:
    """A message for the user, on stderr, in one line."""
    print(f"unstall: {printable(message)}", file=sys.stderr)


def full_parser() -> argparse.ArgumentParser:
    """The parser of every command's options."""
    return _parser(COMMANDS, COMMANDS)


def _parser(commands: Iterable[str], described: Collection[str]) -> argparse.ArgumentParser:
    """One that knows these commands, and the options of those ``described``."""
    parser = argparse.ArgumentParser(
        prog="unstall",
        description="Finds event loops whose interrupted waits skip later stages, and proves the patch.",
        epilog="Exit status: 0 nothing found, 1 findings, 2 the request, or a path of it, could not be done.",
    )
    parser.add_argument("--version", action="version", version=f"unstall {__version__}")
    # Without ``prog`` it would be worked out by the writer of help texts, who wants more modules.
    known = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, prog=parser.prog)
    for name in commands:
        module, text = COMMANDS[name]
        subparser = known.add_parser(name, help=text, description=f"{text.capitalize()}.")
        subparser.set_defaults(refuse=subparser.error)  # with this command's usage, not that of all
        if name in described:
            cast(CommandModule, import_module(module)).add_arguments(subparser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
