"""Reads one Python file: bytes to the flow graphs of the functions that are asked for."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from unstall.flow.files import FileFlow, SignalFacts, Unread, Wanted
from unstall.flow.ir import FlowGraph
from unstall.frontends.python.lexer import TOO_DEEP, Lexer
from unstall.frontends.python.mentions import Mentions
from unstall.frontends.python.names import names_of_file
from unstall.frontends.python.scopes import Scope, cut
from unstall.frontends.python.signals import signal_facts
from unstall.frontends.python.text import Text, decode
from unstall.frontends.python.threads import threads_of
from unstall.frontends.python.versions import oldest
from unstall.source import NotTextError, SourceFile, Span

MAX_FILE = 8_000_000
"""Bytes; a larger file is generated, and takes more than 20 s to lex."""
MAX_SCOPE = 400_000
"""Bytes; LibCST takes some three seconds for so much."""
MAX_PROBLEMS = 20
"""Places of a file that can't be read and are told one by one."""
MAX_INDENTS = 100
"""Levels of indentation, CPython's own limit."""


def read(source: SourceFile, wanted: Wanted) -> FileFlow:
    """The flow graphs of the functions (and the module level) whose identifiers are ``wanted``.

    Identifiers are those of a function's own text, inner functions' bodies left out, together with the names that
    its imported names stand for. What can't be read is in `FileFlow.unread`; nothing is raised.
    """
    if len(source.data) > MAX_FILE:
        return _refused(source, 0, f"larger than {MAX_FILE // 1_000_000} MB")
    try:
        text = decode(source.data)
    except NotTextError as error:
        return _refused(source, 0, str(error))
    return _Reader(source, text).read(wanted)


def read_around(source: SourceFile, wanted: Wanted, place: Span) -> tuple[FlowGraph, ...]:
    """What `read` makes of the functions around a place. No others are parsed: a patch is read several times, and a
    file may have many.
    """
    try:
        return tuple(_Reader(source, decode(source.data)).graphs_around(place, wanted))
    except NotTextError:
        return ()


def _refused(source: SourceFile, offset: int, reason: str) -> FileFlow:
    unread = Unread(source.path, source.line(offset), "", reason)
    return FileFlow(source.path, "python", (), unread=(unread,))


class _Reader:
    """One file, from its text on."""

    def __init__(self, source: SourceFile, text: Text) -> None:
        self.source = source
        self.text = text
        self.lexer = Lexer(text.utf8)
        self.scopes = cut(self.lexer.lines, len(text.utf8))
        self.names = names_of_file(self.scopes[0].lines, self.lexer.lines)

    def read(self, wanted: Wanted) -> FileFlow:
        """See the module's `read`."""
        graphs: list[FlowGraph] = []
        left_out: set[str] = set()
        unread = self._problems()
        for scope in self.scopes:
            identifiers = self.names.behind(scope.identifiers)
            if not wanted.holds(identifiers):
                left_out |= identifiers
                continue
            made = self._scope(scope)
            if isinstance(made, FlowGraph):
                graphs.append(made)
            else:
                unread.append(made)
        return FileFlow(
            self.source.path,
            "python",
            tuple(graphs),
            len(self.scopes) - 1,
            tuple(dict.fromkeys(unread)),
            self._signals(),
            left_out=frozenset(left_out),
        )

    def graphs_around(self, place: Span, wanted: Wanted) -> Iterator[FlowGraph]:
        """The graphs of the wanted scopes that hold a place of the source."""
        for scope in self.scopes:
            own = self.text.origin.back(Span(scope.start, scope.end))
            if own.start < place.end and place.start < own.end and wanted.holds(self.names.behind(scope.identifiers)):
                made = self._scope(scope)
                if isinstance(made, FlowGraph) and made.span.contains(place):
                    yield made

    @cached_property
    def _mentions(self) -> Mentions:
        return Mentions(self.scopes)

    def _signals(self) -> SignalFacts:
        facts, to_one = signal_facts(self.scopes, self.names), b"pthread_kill" in self.text.utf8
        return replace(facts, threads=threads_of(self.scopes), signals_threads=to_one)

    def _problems(self) -> list[Unread]:
        """What the lexer objects to: the first places, and how many follow. A bracket may cost every line behind it."""
        # That something is nested too deeply matters to a scope alone, if that is wanted.
        problems = [problem for problem in self.lexer.problems if problem.reason != TOO_DEEP]
        told = [self._unread(problem.offset, "", problem.reason) for problem in problems[:MAX_PROBLEMS]]
        if more := len(problems) - len(told):
            told[-1] = replace(told[-1], reason=f"{told[-1].reason}, as in {more:,} more places behind it")
        return told

    def _unread(self, offset: int, function: str, reason: str) -> Unread:
        """``offset`` is one of the UTF-8 text."""
        line = self.source.line(self.text.origin.back(Span(offset, offset)).start)
        return Unread(self.source.path, line, function, reason)

    def _scope(self, scope: Scope) -> FlowGraph | Unread:
        from unstall.frontends.python.lowering import lower  # LibCST, 0.27 s
        from unstall.frontends.python.statements import TooLargeError
        from unstall.frontends.python.tree import Tree, UnreadableError

        if self._is_too_deep(scope):
            return self._unread(scope.start, scope.name, TOO_DEEP)
        if sum(line.end - line.start for line in scope.lines) > MAX_SCOPE:
            return self._unread(scope.start, scope.name, f"function larger than {MAX_SCOPE // 1000} kB")
        try:
            graph = lower(Tree(self.text, self.lexer.text, scope), scope, self.names, len(self.source.data))
            return replace(graph, since=self._since, mentioned=self._mentions.of_called(graph.name, graph.calls))
        except UnreadableError as error:
            return self._unread(error.offset, scope.name, "syntax error")
        except (RecursionError, TooLargeError):
            return self._unread(scope.start, scope.name, TOO_DEEP)

    @cached_property
    def _since(self) -> tuple[int, int] | None:
        """What the file's forms tell of the Pythons that read it; nothing where the lexer may have lost its way."""
        return None if self.lexer.problems else oldest(self.lexer.lines)

    def _is_too_deep(self, scope: Scope) -> bool:
        """Whether LibCST's parser might overflow the machine's stack over the scope."""
        offsets = [problem.offset for problem in self.lexer.problems if problem.reason == TOO_DEEP]
        return len({line.indent for line in scope.lines}) > MAX_INDENTS or any(
            line.start <= offset < line.end for offset in offsets for line in scope.lines
        )
