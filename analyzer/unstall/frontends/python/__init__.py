"""Python source to flow graphs, on LibCST.

    bytes ─▶ text ─▶ tokens ─▶ scopes ─▶ Python 3 ─▶ LibCST ─▶ statement tree ─▶ flow graph
             UTF-8   lexer     one a     rewriting              outline          statements,
                               function                                          expressions

Importing this package is cheap; LibCST is imported when the first wanted function is parsed.
"""

import re

from unstall.frontends.python.reader import read

triggers = re.compile(
    rb"EINTR|EAGAIN|EWOULDBLOCK|InterruptedError|BlockingIOError"
    rb"|\b(?:select|e?poll|kqueue|kevent|zmq|accept|recv\w*|wait(?:pid|3|4|id)?|sleep|sigwait\w*|sigtimedwait|pause"
    rb"|flock|lockf|socket\.timeout|Empty)\b"
)
"""A file without a match holds no wait; to be tried on its bytes before anything is imported or lexed."""

__all__ = ["read", "triggers"]
