"""What must hold where bytes are read first, without the analysis behind it: a few hundred times as fast."""

import ast
import zlib
from collections.abc import Callable, Iterable

from unstall.flow.files import FileFlow, Wanted
from unstall.flow.ir import FlowGraph
from unstall.frontends.c import read as read_c
from unstall.frontends.c.expand import expand
from unstall.frontends.c.normalise import normalise
from unstall.frontends.c.normalise.spelling import respell
from unstall.frontends.c.normalise.statements import NotAStatementError
from unstall.frontends.c.shapes import UnbalancedError
from unstall.frontends.c.tokens import Token as CToken
from unstall.frontends.c.unit import read_unit
from unstall.frontends.python import read as read_python
from unstall.frontends.python.lexer import Lexer
from unstall.frontends.python.lexer import Token as PythonToken
from unstall.frontends.python.python2 import modernise
from unstall.frontends.python.scopes import cut
from unstall.frontends.python.text import decode
from unstall.frontends.python.tree import Tree, UnreadableError
from unstall.limits import timed
from unstall.source import Language, NotTextError, SourceFile, Span, apply_edits

from tests.fuzz.properties import LIMITS, BrokenPromiseError

_SELDOM = 8
"""One input in so many, chosen by its bytes, is parsed and lowered, too."""


def reads(data: bytes, language: Language, everything: bool = False) -> None:
    """Read ``data`` as far as tokens, or with ``everything`` as far as flow graphs, and raise where a promise is
    broken, or where it takes so long that it may never end.
    """
    with timed(LIMITS):
        (_reads_c if language == "c" else _reads_python)(data)
        if everything or zlib.crc32(data) % _SELDOM == 0:
            _lowers(SourceFile("fuzz", data, language))


def _lowers(source: SourceFile) -> None:
    """Flow graphs are of the file, and their statements begin and end with its tokens; those that a rewriting put in,
    ``code, text = e.args`` of an old ``except``, are in front of one and have no text.
    """
    read = read_c if source.language == "c" else read_python
    flow: FileFlow = read(source, Wanted(lambda identifiers: True))
    if not flow.graphs:
        return
    tokens_of = (_tokens_c if source.language == "c" else _tokens_python)(source)
    for graph in flow.graphs:
        for span in (graph.span, *(node.span for node in graph.nodes)):
            _within(span, len(source.data))
        tokens = tokens_of(graph)
        for statement in graph.statements[1:] if tokens else ():  # the first is the function, with its white space
            start, end = statement.span
            if start not in tokens or (-end not in tokens and start < end):
                raise BrokenPromiseError(f"a statement is cut at {statement.span}")


def _ends(tokens: Iterable[CToken | PythonToken]) -> set[int]:
    """Where tokens begin, and where they end, negative."""
    return {at for token in tokens for at in (token.start, -token.end)}


def _tokens_c(source: SourceFile) -> Callable[[FlowGraph], set[int]]:
    """A function's tokens; none of one that is read in another configuration. The file is cut once for all of them."""
    unit = read_unit(source.data)
    return lambda graph: _ends(unit.tokens(graph.span)) if unit.configuration == graph.configuration else set()


def _tokens_python(source: SourceFile) -> Callable[[FlowGraph], set[int]]:
    """A file's tokens, whatever the function; none of one that is not read as it stands."""
    text = decode(source.data).utf8
    whole = _ends(token for line in Lexer(text).lines for token in line.tokens) if text == source.data else set()
    return lambda graph: whole


def _reads_c(data: bytes) -> None:
    """Functions follow each other, and what is made of their tokens stands for tokens of theirs."""
    unit = read_unit(data)
    _ascend((function.span for function in unit.functions), len(data))
    for function in unit.functions:
        body = unit.tokens(function.body_span)
        _ascend((Span(token.start, token.end) for token in body), len(data))
        expanded, _ = expand(body, unit.macros, unit.telling)
        for tokens in (body, expanded):
            try:
                code = normalise(respell(tokens), unit.macros)
            except (UnbalancedError, NotAStatementError, RecursionError):
                continue
            if not all(-1 <= emitted.origin < len(code.tokens) for emitted in code.emit()):
                raise BrokenPromiseError("a token stands for none of the file")


def _reads_python(data: bytes) -> None:
    """Old forms are rewritten by edits that can all be made; of what Python 3 reads, so is each part with its edits."""
    try:
        text = decode(data)
    except NotTextError:
        return
    lexer = Lexer(text.utf8)
    scopes = cut(lexer.lines, len(text.utf8))
    _ascend((Span(line.start, line.end) for line in lexer.lines), len(text.utf8))
    for scope in scopes:
        modern = apply_edits(text.utf8, tuple(modernise(scope.lines, lexer.text)))
        if scope.is_module and modern != text.utf8 and _is_python(text.utf8):
            try:
                Tree(text, lexer.text, scope)
            except UnreadableError as error:
                raise BrokenPromiseError("Python 3 is rewritten into what is none") from error


def _is_python(data: bytes) -> bool:
    try:
        ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _ascend(spans: Iterable[Span], size: int) -> None:
    """Each stands in the file, and behind the one before."""
    at = 0
    for span in spans:
        if not at <= span.start <= span.end <= size:
            raise BrokenPromiseError(f"bytes {span.start}-{span.end} of {size} come after {at}")
        at = span.end


def _within(span: Span, size: int) -> None:
    if not 0 <= span.start <= span.end <= size:
        raise BrokenPromiseError(f"bytes {span.start}-{span.end} of {size} are spoken of")
