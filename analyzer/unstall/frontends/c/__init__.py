"""C source to flow graphs, on pycparser fed with our own tokens.

    bytes ─▶ directives ─▶ one branch of ─▶ functions ─▶ tokens of one ─▶ rewritten ─▶ AST ─▶ flow graph
             and braces    every #if                     function         tokens
             outline       conditionals     functions,   tokens           normalise    parser  positions,
                                            heads                                              expressions, lower

No build is needed: includes are not followed, types are told by where they stand and macros by their shape, and
every token keeps its place in the user's file. That is done once for the main configuration, and once for each other
that shows waits in branches which the main one leaves out (`limits.MAX_OTHER_CONFIGURATIONS` at most). Importing this
package is cheap; pycparser is imported when the first wanted function is parsed.
"""

from unstall.frontends.c.reader import ask, effects_in, read, read_around, signals_in

__all__ = ["ask", "effects_in", "read", "read_around", "signals_in"]
