"""Whether what an interrupt owes is due at a time for which the wait is cut short: then it is late by a pass, not lost.

A loop that asks its timers when the next one is due, waits until then and runs them behind the wait comes to no harm
by starting over: once a timer is due, the wait only looks, and next to nothing interrupts that.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from unstall.flow import by_name
from unstall.flow.dataflow import ASSIGNMENTS, mentioned
from unstall.flow.ir import Assign, Binary, Branch, Call, Expr, FlowGraph, Jump, Name, Temp, Unary
from unstall.flow.places import names_in, place_of, temps_in
from unstall.flow.runs import LOOP_STATEMENTS
from unstall.flow.work import Work

_ORDER = frozenset({"<", "<=", ">", ">="})
_TIMER = re.compile(r"sched|time|alarm|expir|deadline|callout|delay")
"""What a queue of timers is named after, be it asked or run."""


def comes_in_time(work: Work, owed: frozenset[int]) -> bool:
    """Whether the timeout of the wait is worked out from the time at which all of the owed nodes are due."""
    dues = Dues(work)
    return bool(owed) and all(map(dues.is_waited_for, owed))


@dataclass(frozen=True)
class Dues:
    """What the timeout of a wait is worked out from in front of it, in the same turn of the loop."""

    work: Work

    @property
    def _graph(self) -> FlowGraph:
        return self.work.graph

    def is_waited_for(self, node: int) -> bool:
        """Whether a node stands behind the test of a time that the timeout comes from, or of what decided on the
        timeout, or runs the queue of timers that was asked for it.
        """
        if any(self._asks_for_waited_time(test) or self._asks_again(test) for test in self._deciding(node)):
            return True
        effect = self._graph.nodes[node].effect
        return isinstance(effect, Call) and any(self._same_queue(asked, effect) for asked in self._asked)

    def _deciding(self, node: int) -> Iterator[int]:
        """The tests of the statements around a node, and of those in front of it that leave a loop around it."""
        graph = self._graph
        around = graph.ancestors(graph.nodes[node].statement)
        for test in graph.nodes:
            if not isinstance(test.effect, Branch):
                continue
            if test.statement in around or self._breaks(test.id, around, node):
                yield test.id

    def _breaks(self, test: int, around: tuple[int, ...], node: int) -> bool:
        """Whether a test can leave an inner loop that a node behind it stands in: ``if (due > now) break; run();``."""
        graph = self._graph
        if graph.nodes[test].span.start > graph.nodes[node].span.start or test not in self._leaving:
            return False
        outer = self.work.runs.loop_statement(self.work.loop)
        inner = [s for s in around if graph.statements[s].kind in LOOP_STATEMENTS and s != outer]
        return any(statement in inner for statement in graph.ancestors(graph.nodes[test].statement))

    @cached_property
    def _leaving(self) -> frozenset[int]:
        """The tests with a side that is nothing but ``break``."""
        graph = self._graph
        breaks = {n.id for n in graph.nodes if isinstance(n.effect, Jump) and n.effect.word == "break"}
        return frozenset(edge.source for edge in graph.edges if edge.target in breaks)

    @cached_property
    def _sources(self) -> tuple[frozenset[str], frozenset[int]]:
        """The variables that the timeout comes from, and the nodes that work it out. A wrapper of which it isn't known
        may take it in any argument.
        """
        at, args = self.work.runs.site.spec.timeout, self.work.runs.call.args
        names = frozenset[str]().union(*map(mentioned, args if at is None else args[at : at + 1]))
        nodes: set[int] = set()
        uses = self.work.dataflow.uses
        found = True
        while found:
            more = {n for n in self.work.head_region - nodes if uses[n].writes & names}
            nodes |= more
            names = names.union(*(uses[n].reads for n in more))
            found = bool(more)
        return names, frozenset(nodes)

    def _asks_for_waited_time(self, node: int) -> bool:
        """``now >= due``, where the timeout was worked out from ``due``."""
        effect = self._graph.nodes[node].effect
        if not (isinstance(effect, Branch) and isinstance(effect.condition, Binary) and effect.condition.op in _ORDER):
            return False
        reads = self.work.dataflow.uses[node].reads
        due = reads - self._now
        return due < reads and bool(due) and due <= self._sources[0]

    @cached_property
    def _now(self) -> frozenset[str]:
        """What holds a reading of the clock, as it was read."""
        uses = self.work.dataflow.uses
        names: frozenset[str] = frozenset()
        for node in self._graph.nodes:
            if isinstance(node.effect, Call) and by_name.is_clock(node.effect.name):
                names |= uses[node.id].writes
        copies = (n for n in self._graph.nodes if isinstance(n.effect, Assign) and place_of(n.effect.value) in names)
        return names.union(*(uses[copy.id].writes for copy in copies))

    def _asks_again(self, node: int) -> bool:
        """``if (events_pending())``, where the same question in front of the wait had the timeout worked out."""
        return any(question in self._questions for question in self._calls_tested(node))

    @cached_property
    def _questions(self) -> frozenset[tuple[object, ...]]:
        """The calls whose answers decided over the timeout, or over what did: ``if (pending()) left = 0;``."""
        graph, uses, head = self._graph, self.work.dataflow.uses, self.work.head_region
        own = graph.nodes[self.work.runs.site.node].statement
        shared = frozenset(graph.ancestors(own)) - {own}
        nodes = self._sources[1]
        tests: frozenset[int] = frozenset()
        for _ in range(ASSIGNMENTS):
            around = {s for n in nodes for s in graph.ancestors(graph.nodes[n].statement)} - shared
            tests = frozenset(n for n in head if graph.nodes[n].statement in around)
            asked = frozenset[str]().union(*(uses[n].reads for n in tests if isinstance(graph.nodes[n].effect, Branch)))
            nodes |= {n for n in head if isinstance(graph.nodes[n].effect, Assign) and uses[n].writes & asked}
        return frozenset(call for test in tests for call in self._calls_tested(test))

    def _calls_tested(self, node: int) -> Iterator[tuple[object, ...]]:
        """The calls whose result a test is of, with what they are given."""
        effect = self._graph.nodes[node].effect
        if isinstance(effect, Branch):
            for index in temps_in(effect.condition):
                call = self._call_for(Temp(index))
                if call is not None and not by_name.is_clock(call.name):
                    yield (call.name, *self._given(call))

    @cached_property
    def _asked(self) -> tuple[Call, ...]:
        """The calls that tell how long to wait."""
        effects = (self._graph.nodes[n].effect for n in self._sources[1])
        return tuple(e for e in effects if isinstance(e, Call) and not by_name.is_clock(e.name))

    def _same_queue(self, asked: Call, run: Call) -> bool:
        """``sched_wait(queue)`` and ``sched_run(queue)``, whatever they are given to write into; or
        ``sweep_prepare(&wakeup)`` and ``sweep_do()``: who is given the time of the next turn says when it's due.
        """
        if self._sets_time(asked) and _part(asked.name) == _part(run.name):
            return True
        named = (set(_TIMER.findall(call.name.lower())) for call in (asked, run))
        if not set.intersection(*named):
            return False
        return list(self._taken(asked)) == list(self._taken(run)) or _owners(asked) == _owners(run) != frozenset()

    def _sets_time(self, call: Call) -> bool:
        """Whether a call gives nothing, and is given the address of what the timeout comes from."""
        if f"${call.result.index}" in self._sources[0]:
            return False
        pointed = (arg.operand for arg in call.args if isinstance(arg, Unary) and arg.op == "&")
        return any(place_of(operand) in self._sources[0] for operand in pointed)

    def _taken(self, call: Call) -> Iterator[object]:
        """What a call works on: its arguments but for addresses of variables, which it may write into."""
        return (arg for arg in self._given(call) if not (isinstance(arg, Unary) and arg.op == "&"))

    def _given(self, call: Call) -> Iterator[object]:
        """A call's arguments, those that are calls themselves by what they call."""
        for argument in call.args:
            inner = self._call_for(argument)
            yield argument if inner is None else (inner.name, *self._given(inner))

    def _call_for(self, argument: Expr) -> Call | None:
        if not isinstance(argument, Temp):
            return None
        effects = (node.effect for node in self._graph.nodes)
        return next((e for e in effects if isinstance(e, Call) and e.result == argument), None)


def _owners(call: Call) -> frozenset[str]:
    """What a call is given, or given parts of: ``m`` of ``timer_wait(&m->timers, &left)`` and of ``run_timers(m)``;
    addresses of variables left out, which it may write into.
    """
    given = (arg.operand if isinstance(arg, Unary) and arg.op == "&" else arg for arg in call.args)
    pointed = {arg.operand for arg in call.args if isinstance(arg, Unary) and isinstance(arg.operand, Name)}
    return frozenset[str]().union(*(names_in(arg) for arg in given if arg not in pointed))


def _part(name: str) -> str:
    """The part of a program that a function belongs to, by its name; the whole of a name that has no parts."""
    return name.partition("_")[0] if len(name.partition("_")[0]) > 2 else name
