"""Python source to flow graphs, on LibCST.

    bytes ─▶ text ─▶ tokens ─▶ scopes ─▶ Python 3 ─▶ LibCST ─▶ statement tree ─▶ flow graph
             UTF-8   lexer     one a     rewriting              outline          statements,
                               function                                          expressions

Importing this package is cheap; LibCST is imported when the first wanted function is parsed.
"""

from unstall.frontends.python.reader import read, read_around

__all__ = ["read", "read_around"]
