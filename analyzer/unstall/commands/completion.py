"""``unstall completion``: a script with which a shell completes command lines."""

import argparse

from unstall.cli import UsageError, full_parser


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``completion``."""
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"), help="the shell to write for")


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    try:
        import shtab
    except ImportError as error:
        raise UsageError("completion: needs shtab: pip install 'unstall[completion]'") from error
    print(shtab.complete(full_parser(), arguments.shell))
    return 0
