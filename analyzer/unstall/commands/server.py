"""``unstall server``: a language server on stdin and stdout, for editors."""

import argparse

from unstall.cli import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``server``: none but what every editor passes."""
    parser.add_argument("--stdio", action="store_true", help="talk over stdin and stdout (this is the default)")


def run(arguments: argparse.Namespace) -> int:
    """Serve until the client says exit."""
    try:
        from unstall.server.server import make
    except ImportError as error:
        raise UsageError("server: needs pygls: pip install 'unstall[server]'") from error
    make().start_io()
    return 0
