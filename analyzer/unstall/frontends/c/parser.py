"""Parsing one function: normalised tokens through pycparser, and what to do when it objects."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from typing import Any

from pycparser import c_ast
from pycparser.c_lexer import Token as ParserToken
from pycparser.c_parser import CParser, ParseError

from unstall.frontends.c.expand import Use, expand
from unstall.frontends.c.functions import MAX_BODY, Function
from unstall.frontends.c.heads import Head
from unstall.frontends.c.normalise import normalise
from unstall.frontends.c.normalise.code import OPAQUE, Code, Emitted, Oddity
from unstall.frontends.c.normalise.spelling import respell
from unstall.frontends.c.normalise.statements import NotAStatementError
from unstall.frontends.c.shapes import CLOSING, OPENING, UnbalancedError
from unstall.frontends.c.tokens import Token
from unstall.frontends.c.unit import Unit

MAX_TRIES = 12
MAX_TOKENS = 100_000
"""Of one function; a bytecode interpreter's has some 50,000."""
_RECURSION_LIMIT = 12_000
"""A nested block costs the parser about five frames, a parenthesis eight, an `else if` three."""
_MAX_DEPTH = _RECURSION_LIMIT // 5
"""Brackets in brackets that the parser can't get through in any case."""


@dataclass(frozen=True)
class Problem:
    """Why a function could not be parsed, and where."""

    reason: str
    offset: int


@dataclass(frozen=True)
class Stream:
    """The tokens that the parser was given. A coordinate's `column` in the AST is an index into them."""

    tokens: tuple[Emitted, ...]
    source: Sequence[Token]
    """What `Emitted.origin` counts; -1 stands for the head."""


@dataclass(frozen=True)
class ParsedFunction:
    """A function's AST, or why there is none."""

    function: Function
    tree: c_ast.FuncDef | None
    stream: Stream
    oddities: Mapping[int, Oddity]
    """By index in `Stream.source`: what the graph must know beyond the AST."""
    uses: tuple[Use, ...] = ()
    """The macros' uses that were expanded, in source order."""
    problem: Problem | None = None
    miscounted: tuple[str, ...] = ()
    """Control keywords of the source that the AST does not account for: ``goto 3/2`` (source/AST)."""

    @property
    def clean(self) -> bool:
        """Every token of the function was understood and every control keyword is in the AST."""
        return self.tree is not None and not self.miscounted and not self.function.resynchronised


class _TokenSource:
    """The lexer that CParser is given: hands out ready-made tokens.

    The constructor's arguments differ between versions of pycparser; none of them matters here.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        self.filename = ""
        self.taken = 0
        self._tokens: Iterator[ParserToken] = iter(())

    def input(self, tokens: Iterator[ParserToken], filename: str = "") -> None:
        """Start over with these tokens."""
        self.filename = filename
        self._tokens = tokens
        self.taken = 0

    def token(self) -> ParserToken | None:
        """The next token, None at the end."""
        self.taken += 1
        return next(self._tokens, None)


@lru_cache(maxsize=1)
def _parser() -> Any:
    """The one parser of this process; it keeps state while it parses, so threads may not share it."""
    return CParser(lexer=_TokenSource)


def parse_function(unit: Unit, function: Function) -> ParsedFunction:
    """Parse one function of a unit. Never raises: a function that can't be parsed has a `problem`."""
    start, end = function.body_span
    body = unit.tokens(function.body_span) if end - start <= MAX_BODY else ()
    if not 0 < len(body) <= MAX_TOKENS:
        return _failed(function, body, "function too long", start)
    if _depth(body) > _MAX_DEPTH:
        return _failed(function, body, "nested too deeply", start)
    expanded, uses = expand(body, unit.macros, unit.telling)
    parsed = _attempt(unit, function, respell(expanded))
    if uses and not parsed.clean:  # a macro that only the whole program explains
        without = _attempt(unit, function, respell(body))
        return without if without.clean else parsed
    return replace(parsed, uses=tuple(uses))


def _depth(tokens: Sequence[Token]) -> int:
    """How many brackets stand in each other, where most do."""
    depths = accumulate((token.type in OPENING) - (token.type in CLOSING) for token in tokens)
    return max(depths, default=0)


def _attempt(unit: Unit, function: Function, tokens: Sequence[Token]) -> ParsedFunction:
    try:
        with deep_recursion():
            return _parse(function, normalise(tokens, unit.macros))
    except (UnbalancedError, NotAStatementError) as error:
        return _failed(function, tokens, str(error), tokens[error.index].start)
    except RecursionError:
        return _failed(function, tokens, "nested too deeply", function.body_span.start)


def _failed(function: Function, body: Sequence[Token], reason: str, offset: int) -> ParsedFunction:
    return ParsedFunction(function, None, Stream((), body), {}, problem=Problem(reason, offset))


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Room for deeply nested source; the parser's frames are Python's own, so the C stack is safe."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def _parse(function: Function, code: Code) -> ParsedFunction:
    """Parse; on an error make the smallest region around it opaque and try again, a bounded number of times."""
    head = _head(function.head)
    problem = Problem("gave up", function.span.start)
    for _ in range(MAX_TRIES):
        emitted = head + code.emit()
        parser = _parser()
        try:
            tree = parser.parse(_parser_tokens(function, emitted, code.tokens)).ext[0]
        except (ParseError, ValueError, AssertionError, AttributeError, TypeError) as error:
            at = emitted[min(_error_index(error, parser.clex.taken), len(emitted) - 1)].origin
            problem = Problem(_reason(error), code.tokens[max(at, 0)].start)
            region = code.smallest_region(at)
            if region is None:
                break
            code.make_opaque(*region)
            continue
        stream = Stream(tuple(emitted), code.tokens)
        return ParsedFunction(function, tree, stream, code.oddities, miscounted=_miscounted(code, tree))
    return ParsedFunction(function, None, Stream((), code.tokens), code.oddities, problem=problem)


def _reason(error: Exception) -> str:
    """What the parser objects to, without its coordinate: ``syntax error before {``."""
    before = str(error).partition(" before: ")[2] if isinstance(error, ParseError) else ""
    return f"syntax error before {before}" if before and before != OPAQUE else "syntax error"


def _error_index(error: Exception, taken: int) -> int:
    """Index of the token that the parser objects to: from the coordinate in its message, else the last one read."""
    words = str(error).split(":")
    if len(words) > 2 and words[2].isdigit():
        return int(words[2])
    return max(taken - 1, 0)


def _head(head: Head) -> list[Emitted]:
    """A plain head of the same name and parameters: `int name(int *a, int b)`."""
    pieces = [("INT", "int"), ("ID", head.name), ("LPAREN", "(")]
    for number, parameter in enumerate(head.parameters):
        pieces += [("COMMA", ",")] * (number > 0)
        pieces += [("INT", parameter.type or "int"), *[("TIMES", "*")] * parameter.stars]
        pieces += [("ID", parameter.name)] * bool(parameter.name)
    if not head.parameters:
        pieces.append(("VOID", "void"))
    pieces.append(("RPAREN", ")"))
    return [Emitted(kind, value, -1) for kind, value in pieces]


def _parser_tokens(function: Function, emitted: list[Emitted], source: Sequence[Token]) -> Iterator[ParserToken]:
    """Line: byte offset in the file. Column: index in the stream."""
    start = function.head_span.start
    for index, (kind, value, origin) in enumerate((e.type, e.value, e.origin) for e in emitted):
        yield ParserToken(kind, value, source[origin].start if origin >= 0 else start, index, "")


_COUNTED: dict[type, str] = {
    c_ast.For: "FOR", c_ast.While: "WHILE", c_ast.DoWhile: "DO", c_ast.Continue: "CONTINUE", c_ast.Break: "BREAK",
    c_ast.Goto: "GOTO", c_ast.Return: "RETURN", c_ast.Switch: "SWITCH", c_ast.If: "IF", c_ast.Case: "CASE",
    c_ast.Default: "DEFAULT",
}  # fmt: skip
_COUNTED_KINDS = frozenset(_COUNTED.values())


def _miscounted(code: Code, tree: c_ast.Node) -> tuple[str, ...]:
    """Compare the control keywords of the source, and those put in for macros, with the AST's nodes."""
    expected = Counter(token.type for token in code.tokens if token.type in _COUNTED_KINDS)
    for kind, count in code.inserted.items():
        expected[kind] += count
    expected["WHILE"] -= expected["DO"]
    found: Counter[str] = Counter()
    stack = [tree]
    while stack:
        node = stack.pop()
        if type(node) in _COUNTED:
            found[_COUNTED[type(node)]] += 1
        stack.extend(child for _, child in node.children())
    return tuple(f"{k.lower()} {expected[k]}/{found[k]}" for k in sorted(_COUNTED_KINDS) if expected[k] != found[k])
