"""One scope as a LibCST tree whose nodes know their bytes in the user's file."""

from collections.abc import Mapping
from itertools import takewhile
from typing import cast

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, CodeSpan
from libcst.metadata.span_provider import SpanProvidingCodegenState, byte_length_in_utf8

from unstall.frontends.python.lexer import header_length
from unstall.frontends.python.offsets import OffsetMap
from unstall.frontends.python.python2 import modernise
from unstall.frontends.python.scopes import Scope
from unstall.frontends.python.text import Text
from unstall.source import Edit, Span, apply_edits

_WRAPPER = "if 1:\n"
"""Put in front of an indented function to make a module of it."""


class UnreadableError(Exception):
    """LibCST can't read a scope: ``offset`` in the UTF-8 text says where."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


class _Positions(ByteSpanPositionProvider):
    """LibCST's positions without MetadataWrapper, which copies the tree, or visits it once more for no provider."""

    def of(self, module: cst.Module, source: str) -> Mapping[cst.CSTNode, CodeSpan]:
        """The start and length of every node, in bytes of UTF-8.

        They are those of what LibCST would write. Raises UnreadableError where that is not the ``source``; blank lines
        and comments behind the last statement may be lost.
        """
        state = SpanProvidingCodegenState(
            default_indent=module.default_indent,
            default_newline=module.default_newline,
            provider=self,
            get_length=byte_length_in_utf8,
        )
        try:
            module._codegen(state)
        except KeyError:  # of a child's position, on the way out of a RecursionError
            raise RecursionError from None
        found = cast(Mapping[cst.CSTNode, CodeSpan], self._computed)
        if (written := "".join(state.tokens)) != source:
            same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(written, source, strict=False)))
            common = byte_length_in_utf8(source[:same])
            if any(common < found[statement].start + found[statement].length for statement in module.body[-1:]):
                raise UnreadableError(common)
        return found


class Tree:
    """The syntax tree of one scope. Inner functions have lost their bodies: each is a scope of its own."""

    def __init__(self, text: Text, latin: str, scope: Scope) -> None:
        """``latin`` is the UTF-8 text read as Latin-1. Raises UnreadableError, and RecursionError as LibCST does."""
        self._text = text
        self._start = 0 if scope.is_module else scope.start
        self._headers = {
            line.tokens[0].start: line.tokens[length - 1].end for line in scope.lines if (length := header_length(line))
        }
        own, stubs = _without_inner_bodies(scope, self._start, text.utf8)
        edits = [edit.moved(-self._start) for edit in sorted(modernise(scope.lines, latin) + stubs)]
        self._map = OffsetMap(edits)
        wrapper = _WRAPPER if scope.indent > 0 else ""
        self._prefix = len(wrapper)
        source = wrapper + apply_edits(own, tuple(edits)).decode()
        self.module = self._parse(source)
        try:
            self._spans = _Positions().of(self.module, source)
        except UnreadableError as error:
            raise UnreadableError(self._in_text(Span(error.offset, error.offset)).start) from None

    def _parse(self, source: str) -> cst.Module:
        try:
            return cst.parse_module(source)
        except cst.ParserSyntaxError as error:
            before = source.encode().splitlines(keepends=True)[: error.raw_line - 1]
            offset = sum(map(len, before))
            raise UnreadableError(self._in_text(Span(offset, offset)).start) from None
        except cst.CSTValidationError:  # `except:` before other handlers, say; it tells no place
            raise UnreadableError(self._start) from None

    def function(self) -> cst.FunctionDef:
        """The function that the scope is. Raises UnreadableError where the source holds something else."""
        statement = self.module.body[0]
        if self._prefix and isinstance(statement, cst.If):
            statement = statement.body.body[0]  # type: ignore[assignment]
        if not isinstance(statement, cst.FunctionDef):
            raise UnreadableError(self._start)
        return statement

    def span(self, node: cst.CSTNode) -> Span:
        """The bytes of a node in the user's file, without white space and parentheses around it."""
        return self._in_file(self._in_text(self._span(node)))

    def header(self, statement: cst.CSTNode, body: cst.BaseSuite) -> Span:
        """The bytes of a compound statement, or of a clause of one, up to its colon."""
        start = self._in_text(self._span(statement)).start
        end = self._headers.get(start, self._in_text(self._span(body)).start)
        return self._in_file(Span(start, end))

    def _span(self, node: cst.CSTNode) -> Span:
        found = self._spans[node]
        start = found.start
        if isinstance(node, cst.FunctionDef | cst.ClassDef) and node.decorators:
            start = self._spans[node.decorators[0]].start
        elif isinstance(node, cst.IndentedBlock) and node.body:
            start = self._span(node.body[0]).start
        return Span(start, found.start + found.length)

    def _in_text(self, span: Span) -> Span:
        """From the source that LibCST was given to the UTF-8 text."""
        before = self._map.back(Span(max(span.start - self._prefix, 0), max(span.end - self._prefix, 0)))
        return Span(before.start + self._start, before.end + self._start)

    def _in_file(self, span: Span) -> Span:
        return self._text.origin.back(span)


def _without_inner_bodies(scope: Scope, start: int, utf8: bytes) -> tuple[bytes, list[Edit]]:
    """The scope's bytes with the bodies of inner functions blanked, and edits that give each a ``0`` for a body.

    (On the line of the header: the indentation of a body may be of another kind than the scope's own.)
    """
    text = bytearray(utf8[start : scope.end])
    edits = []
    for inner in scope.inner:
        for at in range(inner.body.start - start, inner.body.end - start):
            if text[at] not in b"\r\n":
                text[at] = ord(" ")
        edits.append(Edit(Span(inner.header.end, inner.header.end), b" 0"))
    return bytes(text), edits
