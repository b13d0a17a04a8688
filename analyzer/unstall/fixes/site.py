"""One restart as it stands in the source: the wait, its result, the jumps and the tests around them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from unstall.fixes import conditions
from unstall.fixes.layout import Layout
from unstall.fixes.treatment import RefusedError
from unstall.fixes.tree import Tree
from unstall.flow.facts import WaitFact
from unstall.flow.ir import Assign, Call, Const, Expr, Jump, Name, Statement, Unary
from unstall.flow.outcomes import Run
from unstall.flow.runs import LOOP_STATEMENTS
from unstall.flow.values import MINUS_ONE, Top
from unstall.source import SourceFile, Span


@dataclass(frozen=True, slots=True)
class Arm:
    """One jump of the restart, and the test that it stands behind."""

    jump: Statement
    guard: Statement | None
    """The ``if`` whose arm holds the jump; None where it stands in a case or an except clause itself."""
    body: Statement
    """What directly belongs to the guard (its block or single statement), or to the clause."""
    positive: bool
    """The jump stands in the ``then`` arm, not in the ``else``."""
    alone: bool
    """The arm holds nothing but the jump."""
    own: bool
    """Other errors don't take this jump."""


@dataclass(frozen=True)
class Site:
    """A fact together with the bytes it was found in."""

    fact: WaitFact
    source: SourceFile

    @cached_property
    def tree(self) -> Tree:
        """The function's statements."""
        return Tree(self.fact.graph)

    @cached_property
    def layout(self) -> Layout:
        """The function's manner."""
        return Layout(self.source, self.tree)

    def text(self, span: Span) -> str:
        """The source of a span; bytes that aren't UTF-8 survive a way back through `Layout.bytes_of`."""
        return self.source.data[span.start : span.end].decode("utf-8", "surrogateescape")

    # ---------------------------------------------------------------------------------------- the wait

    @property
    def call(self) -> Call:
        """The wait."""
        return self.fact.call

    @cached_property
    def wait(self) -> Statement:
        """The statement that holds the wait."""
        return self.tree.of_node(self.fact.wait)

    @cached_property
    def callee(self) -> str:
        """What is called, as written."""
        return self.text(self.fact.graph.nodes[self.fact.wait].span).partition("(")[0].strip()

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """The arguments of the wait as written. Raises RefusedError where a macro hides them."""
        node = self.fact.graph.nodes[self.fact.wait]
        text = self.text(node.span)
        if not text.endswith(")") or "(" not in text:
            raise RefusedError("the wait is hidden in a macro")
        if "/*" in text or "#" in text:
            raise RefusedError("comments or directives stand between the arguments of the wait")
        found = conditions.arguments(text[text.index("(") + 1 : -1])
        if len(found) != len(self.call.args) + len(self.call.keywords):
            raise RefusedError("the arguments of the wait can't be told apart")
        if node.macro and not all(map(_reads_as, found, self.call.args)):
            raise RefusedError("the wait is hidden in a macro")
        return found

    @cached_property
    def results(self) -> tuple[tuple[Assign, Statement], ...]:
        """The assignments of the wait's value, with their statements."""
        return tuple(
            (node.effect, self.tree.of_node(node.id))
            for node in self.fact.graph.nodes
            if isinstance(node.effect, Assign) and node.effect.value == self.call.result
        )

    @cached_property
    def result(self) -> str | None:
        """The variable that holds the wait's value, as written."""
        if not self.results:
            return None
        assign, statement = self.results[0]
        if isinstance(assign.target, Name):
            return assign.target.id
        span = next(node.span for node in self.fact.graph.nodes if node.effect is assign)
        before = self.text(span).partition("=")[0] if span.start < span.end else ""
        return before.strip() if re.fullmatch(r"[\w.\->*\[\]\s]+", before) and statement else None

    # ---------------------------------------------------------------------------------------- the jumps

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """The jumps of the restart in source order; empty where it is made by nesting, without a jump."""
        graph = self.fact.graph
        nodes = [n for n in (self.fact.interrupt, *self.fact.also_interrupts) if n is not None]
        jumps = sorted({n for n in nodes if isinstance(graph.nodes[n].effect, Jump)}) or self._jumps_on_the_way()
        return tuple(sorted((self._arm(n) for n in jumps), key=lambda arm: arm.jump.span))

    def _jumps_on_the_way(self) -> list[int]:
        """Where the analysis names no jump (a success may take it, too, as far as it knows): the one behind a test that
        names the interrupt.
        """
        graph = self.fact.graph
        for node in self.fact.traces[Run.INTERRUPTED].path:
            if isinstance(graph.nodes[node].effect, Jump) and self._arm(node).own:
                return [node]
        return []

    def _arm(self, node: int) -> Arm:
        jump = self.tree.of_node(node)
        if self.fact.graph.nodes[node].macro or not self.text(jump.span).startswith(jump.kind):
            raise RefusedError("the restart is hidden in a macro")
        body, guard, positive = jump, None, True
        for holder in self.tree.ancestors(jump):
            if holder.kind == "block":
                body = holder
                continue
            if holder.kind == "else":
                parent = self.tree.parent(holder)
                guard, positive, body = parent, False, holder
            elif holder.kind == "if":
                guard = holder
            elif holder.kind in ("handler", "case"):
                body = holder
            break
        alone = self.tree.body(body) == (jump,) or body is jump
        own = node not in self.fact.traces[Run.FAILED].nodes or self._names_the_interrupt(guard, positive)
        return Arm(jump, guard, body, positive, alone, own)

    def _names_the_interrupt(self, guard: Statement | None, positive: bool) -> bool:
        """Whether a test is for the interrupt by its wording (a call before it may have changed errno)."""
        if guard is None or guard.condition is None or not positive:
            return False
        parts = conditions.conjuncts(self.text(guard.condition), self.fact.language)
        telling = [part for part in parts if conditions.tells_errno(part)]
        return bool(telling) and not any("!=" in part or part.startswith(("!", "not ")) for part in telling)

    def enclosing(self, statement: Statement) -> Iterator[Statement]:
        """What holds a statement inside the loop, innermost first."""
        for holder in self.tree.ancestors(statement):
            if holder.kind in LOOP_STATEMENTS or holder.kind == "function" or holder.id == self.fact.loop_statement:
                return
            yield holder

    def interrupted_condition(self, arm: Arm) -> str | None:
        """The condition under which an arm is taken; None where it isn't one ``if``'s."""
        if arm.guard is None or arm.guard.condition is None:
            return None
        text = self.text(arm.guard.condition)
        return text if arm.positive else conditions.negated(text, self.fact.language)

    def only_failures(self, branch: Statement) -> bool:
        """Whether an ``if``'s arm is for failures alone: other errors reach it, a success doesn't."""
        then = self.tree.then(branch)
        if then is None or branch.kind != "if":
            return False
        inside = {
            n.id for n in self.fact.graph.nodes if self._within(n.statement, then.id) and then.span.contains(n.span)
        }
        traces = self.fact.traces
        successful = traces[Run.TIMEOUT].nodes
        if not isinstance(self.fact.spec.effect(Run.READY).result, Top):
            successful |= traces[Run.READY].nodes
        return bool(inside & traces[Run.FAILED].nodes) and not inside & successful

    def _within(self, statement: int, holder: int) -> bool:
        return holder in self.fact.graph.ancestors(statement)

    @cached_property
    def handler(self) -> Statement | None:
        """Python's except clause that the interrupt runs into."""
        if self.fact.interrupt is None:
            return None
        at = self.tree.of_node(self.fact.interrupt)
        return next((holder for holder in (at, *self.tree.ancestors(at)) if holder.kind == "handler"), None)

    # ---------------------------------------------------------------------------------------- conditions

    @cached_property
    def errno_test(self) -> str:
        """``errno == EINTR`` and the like: the part of the arms' conditions that tells the interrupt apart."""
        language = self.fact.language
        found = []
        for arm in self.arms:
            condition = self.interrupted_condition(arm) if arm.own else None
            parts = conditions.conjuncts(condition, language) if condition else ()
            telling = [part for part in parts if conditions.tells_errno(part)]
            if telling:
                found.append(conditions.conjunction(telling, language))
        return conditions.merged(found, language) if found else self._spelt_errno_test()

    def _spelt_errno_test(self) -> str:
        if self.fact.language != "c" or not re.search(rb"\berrno\b", self.source.data):
            raise RefusedError("the error number isn't tested in a way that could be written again")
        return " || ".join(f"errno == {errno}" for errno in self.fact.errnos)

    @cached_property
    def failure_test(self) -> str:
        """``r == -1``, in the file's own spelling."""
        if self.result is None:
            raise RefusedError("the result of the wait is kept in no variable")
        pattern = re.compile(rf"{re.escape(self.result)}\s*(?:==\s*-\s*1|<\s*0|<=\s*-1)")
        for statement in self.tree.graph.statements:
            if statement.condition is not None and statement.span.start > self.wait.span.start:
                for part in conditions.conjuncts(self.text(statement.condition), self.fact.language):
                    if pattern.fullmatch(conditions.unwrapped(part)):
                        return conditions.unwrapped(part)
        if self.fact.spec.effect(Run.INTERRUPTED).result != MINUS_ONE:
            raise RefusedError("how the wait tells of a failure isn't plain from its result")
        return f"{self.result} == -1"

    @cached_property
    def interrupted_test(self) -> str:
        """``r == -1 && errno == EINTR``, in the file's own spelling."""
        parts = (self.failure_test, conditions.unwrapped(self.errno_test))
        return conditions.conjunction(parts, self.fact.language)

    # ---------------------------------------------------------------------------------------- obstacles

    def has_comment(self, span: Span) -> bool:
        """Whether a comment stands in a span (to be on the safe side, also where it only looks like one)."""
        text = self.source.data[span.start : span.end]
        marks = (b"#",) if self.fact.language == "python" else (b"/*", b"//")
        return any(mark in text for mark in marks)

    def has_directive(self, span: Span) -> bool:
        """Whether a preprocessor directive stands in a span."""
        if self.fact.language != "c":
            return False
        return re.search(rb"^[ \t]*#", self.source.data[span.start : span.end], re.MULTILINE) is not None


def _reads_as(written: str, argument: Expr) -> bool:
    """Whether a macro's argument is plainly that of the call which the macro stands for."""
    match argument:
        case Name(name):
            return written == name
        case Const(int(number)):
            return written == str(number)
        case Unary("&", Name(name)):
            return written == f"&{name}"
    return False
