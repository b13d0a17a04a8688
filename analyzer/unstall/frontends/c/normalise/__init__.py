"""Rewriting the tokens of a function into what pycparser's grammar accepts."""

from collections.abc import Mapping, Sequence

from unstall.frontends.c.macros import Macro
from unstall.frontends.c.normalise.code import Code
from unstall.frontends.c.normalise.statements import statements
from unstall.frontends.c.tokens import Token


def normalise(body: Sequence[Token], macros: Mapping[str, Macro]) -> Code:
    """Rewrite a function's body, its braces included, after `respell`.

    Raises UnbalancedError where brackets don't match, NotAStatementError where no rule applies.
    """
    code = Code(body, macros)
    code.pending.append((0, len(code.tokens)))
    while code.pending:
        statements(code, *code.pending.pop())
    return code
