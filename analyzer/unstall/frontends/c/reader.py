"""Reads one C file: bytes to the flow graphs of the functions that are asked for."""

import os
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from unstall.flow.callees import handed_results
from unstall.flow.catalogue import C_WAITS, plain_wrappers
from unstall.flow.files import Definition, Effects, FileFlow, Macros, SignalFacts, Unread, Wanted
from unstall.flow.ir import FlowGraph
from unstall.frontends.c.asked import included_in
from unstall.frontends.c.expand import waits, with_users
from unstall.frontends.c.functions import MAX_BODY, Function
from unstall.frontends.c.headers import defined, is_header
from unstall.frontends.c.macros import coming_to
from unstall.frontends.c.noreturn import no_return
from unstall.frontends.c.signals import effects, signal_facts, threads_of
from unstall.frontends.c.tokens import words_of
from unstall.frontends.c.unit import Unit, read_unit
from unstall.frontends.c.vocabulary import KEYWORDS
from unstall.limits import MAX_OTHER_CONFIGURATIONS
from unstall.source import SourceFile, Span, places

MAX_FILE = 16_000_000
"""Bytes; a larger file is generated, and takes more than ten seconds and half a gigabyte to cut."""

_FEW = 100
"""Words; for more, dividing a function's text into its own takes less time than looking for them in it."""

NO_MACROS = Macros()

_OPENING = re.compile(r"\s*\(", re.ASCII)
_LETTER = re.compile(r"\w", re.ASCII)
_UNTESTED = re.compile(r"E(?:INTR|AGAIN|WOULDBLOCK)\b(?!\s*\)?\s*[=!]=)", re.ASCII)
_GIVEN = re.compile(r"(?:\breturn\b|[^=!<>]=|\?)\s*\(?\s*-?\s*(\w*)\Z", re.ASCII)
"""What stands before an error number that is returned or assigned, not tested: that tells of no wait. Kernels are full
of them.
"""
_BEFORE = 80
"""Letters before an error number that are looked at for that."""


def read(
    source: SourceFile,
    wanted: Wanted,
    macros: Macros = NO_MACROS,
    before: FileFlow | None = None,
    unit: Unit | None = None,
) -> FileFlow:
    """The flow graphs of the functions whose identifiers are `wanted`.

    `macros` are those of the run's other files. Graphs that were made ``before``, with the same macros, are not made
    again, nor is the ``unit`` of `ask`. What can't be read is in `FileFlow.unread`; nothing is raised.
    """
    if len(source.data) > MAX_FILE:
        reason = f"larger than {MAX_FILE // 1_000_000} MB"
        return FileFlow(source.path, "c", (), unread=(Unread(source.path, 1, "", reason),))
    return FileReader(source, wanted, macros, before, unit).flow()


def read_around(source: SourceFile, wanted: Wanted, macros: Macros, place: Span) -> tuple[FlowGraph, ...]:
    """What `read` makes of the function around a place, once for each configuration that it is read under. No other
    function is looked at: a patch is read several times, and a file may have many.
    """
    return FileReader(source, wanted, macros, around=place).graphs_around(place)


def signals_in(source: SourceFile, handlers: bool) -> SignalFacts:
    """What a file shows of signals; without ``handlers``, of the threads that they may come to."""
    if len(source.data) > MAX_FILE:
        return SignalFacts()
    if not handlers:
        return SignalFacts(threads=threads_of(source.data.decode("latin-1")))
    return signal_facts(read_unit(source.data, path=source.path))


def effects_in(data: bytes, path: str, names: frozenset[str]) -> Mapping[str, Effects | None]:
    """What a file's functions of these names do as handlers."""
    return effects(read_unit(data, path=path), names) if len(data) <= MAX_FILE else {}


@dataclass(frozen=True)
class Asked:
    """What a file asks of others, and what they may ask of it."""

    mentioned: frozenset[str] = frozenset()
    """The words of the functions to be read that may be macros."""
    includes: tuple[str, ...] = ()
    """The files that it includes, with the quote or bracket in front of their names."""
    waiting: tuple[Definition, ...] = ()
    """Of a header, the macros that hold a wait or the test of an interrupt."""
    unit: Unit | None = None
    """The file as cut for that; `read` goes on from it."""


def ask(source: SourceFile, wanted: Wanted, macros: Macros = NO_MACROS) -> Asked:
    """What `read` will ask of other files. Nothing is parsed for it."""
    if len(source.data) > MAX_FILE:
        return Asked()
    reader = FileReader(source, wanted, macros)
    return Asked(reader.mentioned(), included_in(source.data), reader.waiting(), reader.unit)


@dataclass(frozen=True)
class _Choice:
    """A function that is to be read under one configuration, all of it or for what stands within ``focus``."""

    unit: Unit
    function: Function
    focus: Span | None


@dataclass(frozen=True)
class FunctionReading:
    """What came of one function under one configuration."""

    unit: Unit
    function: Function
    made: FlowGraph | Unread


class FileReader:
    """One file, under as many configurations as it takes to see each of its waits."""

    def __init__(
        self,
        source: SourceFile,
        wanted: Wanted,
        macros: Macros = NO_MACROS,
        before: FileFlow | None = None,
        unit: Unit | None = None,
        around: Span | None = None,
    ) -> None:
        self.source = source
        self.wanted = wanted
        self.macros = macros
        self.unit = self._unit(None) if unit is None else unit.among(macros)
        self._region = next((f.span for f in self.unit.functions if around and f.span.contains(around)), around)
        """The part of the file that is looked at: a place's function, or the place; None for all of it."""
        self.seen = {function.span for function in self.unit.functions}
        self.main: set[Span] = set()
        """The functions that are read in the main configuration."""
        self._before = {(g.span, g.focus, g.configuration): g for g in before.graphs} if before else {}
        self._words_of: dict[Span, frozenset[str]] = {}
        self._lowered: dict[tuple[tuple[str, ...], Span], FlowGraph | Unread] = {}
        self._chosen: list[_Choice] = []
        self._beyond: tuple[Span, ...] = ()
        self._choose()

    @cached_property
    def readings(self) -> list[FunctionReading]:
        """Of the functions that were wanted, the main configuration's first."""
        return [self._reading(choice) for choice in self._chosen]

    def _unit(self, focus: int | None) -> Unit:
        path = self.source.path
        symbols = self.macros.symbols
        definitions = symbols.get(os.path.abspath(path)) if symbols else None  # noqa: PTH100  (no disk access)
        return read_unit(self.source.data, definitions, focus=focus, path=path, macros=self.macros)

    def _choose(self) -> None:
        """The main configuration first, then others for what it leaves out."""
        for function in self.unit.functions:
            if self._is_looked_at(function.span) and self._is_wanted(self.unit, function.body_span):
                self._add(self.unit, function, None)
        left_out = [span for span in self.unit.dropped if self._is_looked_at(span) and self._may_matter(span)]
        left_out.sort(key=lambda span: not self._speaks_of_interrupts(span))  # where there are too many, these first
        for _ in range(MAX_OTHER_CONFIGURATIONS):
            if not left_out:
                break
            focus = left_out.pop(0)
            other = self._unit(focus.start)
            if any(span.contains(focus) for span in other.dropped):
                continue  # a foreign platform's, or #if 0
            covered = [focus, *(span for span in left_out if not any(d.contains(span) for d in other.dropped))]
            inner = [span for span in other.dropped if focus.contains(span) and self._mentions(span)]
            left_out = [span for span in left_out if span not in covered] + inner
            self._choose_within(other, covered)
        self._beyond = tuple(left_out)

    def _is_looked_at(self, span: Span) -> bool:
        region = self._region
        return region is None or (span.start < region.end and region.start < span.end)

    def _speaks_of_interrupts(self, span: Span) -> bool:
        return self.unit.chosen.text.find("EINTR", span.start, span.end) >= 0

    def _too_many(self) -> tuple[Unread, ...]:
        """The branches that are left when no further configuration is looked into."""
        if not self._beyond:
            return ()
        first = min(self._beyond)
        reason = f"{len(self._beyond)} parts need more than {MAX_OTHER_CONFIGURATIONS} further configurations"
        return (Unread(self.source.path, self.source.line(first.start), "a branch of #if", reason),)

    def _choose_within(self, unit: Unit, spans: list[Span]) -> None:
        """The functions that have a wait within spans that the main configuration leaves out."""
        for function in unit.functions:
            for span in spans:
                start, end = max(span.start, function.body_span.start), min(span.end, function.body_span.end)
                if start < end and self._matters(unit, function, Span(start, end)):
                    self.seen.add(function.span)
                    self._add(unit, function, Span(start, end))

    def _may_matter(self, left_out: Span) -> bool:
        """Whether what is left out is wanted by itself, or makes a function wanted that it is a part of."""
        if self._mentions(left_out):
            return True
        at = bisect_right(self.unit.functions, left_out.start, key=lambda function: function.span.start) - 1
        if at < 0 or not self.unit.functions[at].body_span.contains(left_out):
            return False
        function = self.unit.functions[at]
        return function.span not in self.main and self._mentions(function.body_span)

    def _matters(self, unit: Unit, function: Function, within: Span) -> bool:
        """The same of a function in another configuration, now by its identifiers."""
        if self._is_wanted(unit, within):
            return True
        return function.span not in self.main and self._is_wanted(unit, function.body_span)

    def _mentions(self, span: Span) -> bool:
        """Whether a part of the text, comments and all, has words that are wanted."""
        if self._telling is not None and not any(self.unit.chosen.text.find(w, *span) >= 0 for w in self._telling):
            return False
        return self._asks(self._words(span))

    @cached_property
    def _telling(self) -> frozenset[str] | None:
        """The file's words without which nothing is wanted; None where that doesn't narrow it down."""
        if self._asks(frozenset()):
            return None
        words = self.wanted.telling(self.unit.chosen.words) | self._own_macros
        return words if len(words) <= _FEW else None

    def _words(self, span: Span) -> frozenset[str]:
        """The words of a part of the text; kept, since what is left out is asked for once more."""
        if span not in self._words_of:
            self._words_of[span] = _words_in(self.unit.chosen.text[span.start : span.end])
        return self._words_of[span]

    def _asks(self, identifiers: frozenset[str]) -> bool:
        return self.wanted.holds(identifiers) or not self._own_macros.isdisjoint(identifiers)

    @cached_property
    def _own_macros(self) -> frozenset[str]:
        """The file's own macros that hold a wait or the test of an interrupt."""
        own = [macro for macro in self.unit.macros.values() if macro.chosen]
        return frozenset(with_users(own, waits))

    def _is_wanted(self, unit: Unit, within: Span) -> bool:
        """The words of a function's text first; those of its code alone if they say yes."""
        if not self._mentions(within):
            return False
        if within.end - within.start > MAX_BODY:
            return True  # which is told to be too long
        return self._asks(self._words(within) & _words_in(unit.chosen.code(*within)))

    def _add(self, unit: Unit, function: Function, focus: Span | None) -> None:
        if focus is None:
            self.main.add(function.span)
        self._chosen.append(_Choice(unit, function, focus))

    def graphs_around(self, place: Span) -> tuple[FlowGraph, ...]:
        """The graphs of the functions that were wanted and hold the place; no other is lowered."""
        around = (self._reading(choice).made for choice in self._chosen if choice.function.span.contains(place))
        return tuple(made for made in around if isinstance(made, FlowGraph))

    def _reading(self, choice: _Choice) -> FunctionReading:
        kept = self._before.get((choice.function.span, choice.focus, choice.unit.configuration))
        if kept is not None:
            return FunctionReading(choice.unit, choice.function, kept)
        unit = choice.unit
        made = self._graph(unit, choice.function)
        if isinstance(made, FlowGraph):
            made = replace(
                made,
                focus=choice.focus,
                configuration=unit.configuration,
                clearing=unit.clearing,
                sets_asked=unit.sets_asked,
                own=unit.own_waits,
                callees=self._callees(unit, handed_results(made)),
            )
        return FunctionReading(unit, choice.function, made)

    def _graph(self, unit: Unit, function: Function) -> FlowGraph | Unread:
        """A function, lowered once: it may be wanted itself, and be a callee of several others."""
        key = unit.configuration, function.span
        if key not in self._lowered:
            self._lowered[key] = _graph(self.source, unit, function)
        return self._lowered[key]

    def _callees(self, unit: Unit, names: frozenset[str]) -> tuple[FlowGraph, ...]:
        """The functions of the file by these names."""
        made = (self._graph(unit, function) for function in unit.functions if function.name in names)
        return tuple(graph for graph in made if isinstance(graph, FlowGraph))

    def flow(self) -> FileFlow:
        """What was read."""
        made = [reading.made for reading in self.readings]
        return FileFlow(
            self.source.path,
            "c",
            tuple(graph for graph in made if isinstance(graph, FlowGraph)),
            len(self.seen),
            (*dict.fromkeys(unread for unread in made if isinstance(unread, Unread)), *self._too_many()),
            signal_facts(self.unit),
            self.unit.configuration,
            no_return=no_return(self.unit),
            left_out=self._left_out(),
        )

    def mentioned(self) -> frozenset[str]:
        """What may be other files' macros."""
        spans = {choice.function.body_span for choice in self._chosen}
        text = self.unit.chosen.text
        words = {word for start, end in spans for word in words_of(text[start:end])}
        own = self.unit.macros
        words.update(*(words_of(macro.body) for macro in coming_to(words, own).values()))
        return frozenset(words.difference(KEYWORDS, own))

    def _left_out(self) -> frozenset[str]:
        """The words of the functions that the main configuration does not read, and of the branches it drops."""
        text = self.unit.chosen.text
        unread = (function.body_span for function in self.unit.functions if function.span not in self.main)
        return frozenset(words_of(" ".join(text[start:end] for start, end in (*unread, *self.unit.dropped))))

    def waiting(self) -> tuple[Definition, ...]:
        """What holds a wait or the test of an interrupt, and is seen in other files: macros of a header, and functions
        that are read like macros.
        """
        own = [macro for macro in self.unit.macros.values() if macro.chosen and macro.name in self._own_macros]
        if not is_header(self.source.path):
            shared = {function.name for function in self.unit.functions if not function.is_static} if own else ()
            own = [macro for macro in own if macro.is_function and macro.name in shared]
        return defined(self.source.path, own)


def _words_in(text: str) -> frozenset[str]:
    """The words of a text, but for those that tell of no wait: an error number that is only given, the name of a wait
    that isn't called.
    """
    words = frozenset(words_of(_without_given(text)))
    waits = plain_wrappers(words) | (words & C_WAITS.keys())
    return words - {wait for wait in waits if not _calls(wait, text)}


def _calls(name: str, text: str) -> bool:
    """Whether there is a call of a function in a text, or what looks like one."""
    called = (at for at in places(name, text) if _OPENING.match(text, at + len(name)))
    return any(not _LETTER.match(text, at - 1, at) for at in called)


def _without_given(text: str) -> str:
    """A text without the error numbers that are only given."""
    pieces: list[str] = []
    last = 0
    for error in _UNTESTED.finditer(text):
        if given := _GIVEN.search(text[max(error.start() - _BEFORE, 0) : error.start()]):
            pieces.append(text[last : error.start() - len(given[1])])
            last = error.end()
    return " ".join((*pieces, text[last:]))


def _graph(source: SourceFile, unit: Unit, function: Function) -> FlowGraph | Unread:
    from unstall.frontends.c.lower import lower  # pycparser, 0.06 s
    from unstall.frontends.c.parser import deep_recursion, parse_function

    def unread(offset: int, reason: str) -> Unread:
        return Unread(source.path, source.line(offset), function.name, reason)

    if function.resynchronised:
        return unread(function.body_span.start, "braces don't match under the chosen #if branches")
    parsed = parse_function(unit, function)
    if parsed.problem:
        return unread(parsed.problem.offset, parsed.problem.reason)
    if parsed.miscounted:
        return unread(function.span.start, "control flow was lost: " + ", ".join(parsed.miscounted))
    try:
        with deep_recursion():
            return lower(parsed, source, unit.limits)
    except RecursionError:
        return unread(function.body_span.start, "nested too deeply")
