"""Starvation on the model against brute force: every run of random small loops, enumerated over concrete values."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unstall.flow.ir import Call
from unstall.flow.outcomes import Run
from unstall.proof.kernels import Kernel
from unstall.proof.model import Model, model_of
from unstall.proof.reading import read
from unstall.proof.starvation import Liveness, verdict
from unstall.source import SourceFile

STORM = (Run.INTERRUPTED,)
STAGES = ("log_a", "log_b", "log_c")
"""Calls that are known to leave errno as it is."""

# ------------------------------------------------------------------------------------------------ random loops


@dataclass(frozen=True)
class Statement:
    """One statement: its C text, or for an ``if`` its condition with both arms."""

    text: str
    then: tuple["Statement", ...] = ()
    otherwise: tuple["Statement", ...] = ()

    def source(self, depth: int) -> str:
        pad = "    " * depth
        if not self.then:
            return f"{pad}{self.text};\n"
        arms = "".join(s.source(depth + 1) for s in self.then)
        other = "".join(s.source(depth + 1) for s in self.otherwise)
        tail = f"{pad}}} else {{\n{other}" if other else ""
        return f"{pad}if ({self.text}) {{\n{arms}{tail}{pad}}}\n"


CONDITIONS = (
    "r == -1 && errno == EINTR", "r == -1", "r == 0", "r > 0", "r >= 0", "flag", "!flag", "tries > 2", "tries < 2",
    "log_opaque()", "FD_ISSET(fd, &rfds)",
)  # fmt: skip
SIMPLE = (*(f"{stage}()" for stage in STAGES), "continue", "r = 0", "FD_ZERO(&rfds)", "flag = 1", "flag = 0", "tries++",
          "tries = 0")  # fmt: skip
simple = st.sampled_from(SIMPLE).map(Statement)
statements = st.recursive(
    simple,
    lambda inner: st.builds(
        Statement,
        st.sampled_from(CONDITIONS),
        st.lists(inner, min_size=1, max_size=2).map(tuple),
        st.lists(inner, max_size=1).map(tuple),
    ),
    max_leaves=4,
)
bodies = st.lists(statements, min_size=1, max_size=6).map(tuple)


def program(body: tuple[Statement, ...], wait: str) -> str:
    return (
        "void run(int fd)\n{\n    int r, flag = 0, tries = 0;\n    fd_set rfds;\n\n    for (;;) {\n"
        "        FD_ZERO(&rfds);\n        FD_SET(fd, &rfds);\n"
        f"        r = {wait};\n{''.join(s.source(2) for s in body)}    }}\n}}\n"
    )


# ------------------------------------------------------------------------------------------------ brute force


@dataclass(frozen=True)
class Memory:
    """Concrete values; ``errno`` is None where no wait has failed."""

    r: int = 0
    errno: str | None = None
    flag: int = 0
    tries: int = 0
    rfds: str = "asked"


ENDLESS = 1_000_000
Pass = tuple[Memory, frozenset[str]]


def branches(condition: str, memory: Memory) -> set[bool]:
    match condition:
        case "log_opaque()":
            return {True, False}
        case "FD_ISSET(fd, &rfds)":
            return {False} if memory.rfds == "empty" else {True, False}
        case "r == -1 && errno == EINTR":
            return {memory.r == -1 and memory.errno == "EINTR"}
    return {bool(eval(condition.replace("!", "not "), {}, {"r": memory.r, "flag": memory.flag, "tries": memory.tries}))}


def effect(text: str, memory: Memory) -> Memory:
    match text:
        case "r = 0":
            return replace(memory, r=0)
        case "FD_ZERO(&rfds)":
            return replace(memory, rfds="empty")
        case "flag = 1" | "flag = 0":
            return replace(memory, flag=int(text[-1]))
        case "tries++":
            return replace(memory, tries=min(memory.tries + 1, 4))  # beyond 3 no condition tells them apart
        case "tries = 0":
            return replace(memory, tries=0)
    return memory


def runs(body: tuple[Statement, ...], memory: Memory, seen: frozenset[str]) -> Iterator[tuple[Pass, bool]]:
    """Every way through statements: where it ends, what it passed, and whether it went back to the head early."""
    if not body:
        yield (memory, seen), False
        return
    first, rest = body[0], body[1:]
    if first.text == "continue":
        yield (memory, seen), True
    elif first.then:
        for holds in branches(first.text, memory):
            for (reached, passed), early in runs(first.then if holds else first.otherwise, memory, seen):
                if early:
                    yield (reached, passed), True
                else:
                    yield from runs(rest, reached, passed)
    else:
        stage = frozenset({first.text[:-2]}) if first.text.endswith("()") else frozenset()
        yield from runs(rest, effect(first.text, memory), seen | stage)


OUTCOMES = {
    Run.READY: Memory(r=1, rfds="fresh"),
    Run.TIMEOUT: Memory(r=0, rfds="empty"),
    Run.INTERRUPTED: Memory(r=-1, errno="EINTR", rfds="stale"),
    Run.WOULD_BLOCK: Memory(r=-1, errno="EAGAIN", rfds="stale"),
    Run.FAILED: Memory(r=-1, errno="EIO", rfds="stale"),
}


class Enumeration:
    """All passes of a loop."""

    def __init__(self, body: tuple[Statement, ...]) -> None:
        @cache
        def passes(memory: Memory, outcome: Run) -> frozenset[Pass]:
            start = replace(OUTCOMES[outcome], flag=memory.flag, tries=memory.tries)
            found = runs(body, start, frozenset())
            return frozenset((replace(m, r=0, errno=None, rfds="asked"), seen) for (m, seen), _ in found)

        self.passes = passes
        self.memories = {Memory()}
        pending = [Memory()]
        while pending:
            memory = pending.pop()
            for outcome in OUTCOMES:
                for after, _ in passes(memory, outcome):
                    if after not in self.memories:
                        self.memories.add(after)
                        pending.append(after)

    def verdict(self, stage: str, swaps_mask: bool, kernel: Kernel) -> tuple[Liveness, int]:
        signal_first = kernel is Kernel.SIGNAL_FIRST and swaps_mask
        worst = (Liveness.EVERY_PASS, 0)
        for busy in (False, True):
            outcome = Run.READY if busy and not signal_first else Run.INTERRUPTED
            barren: dict[Memory, set[Memory]] = {}
            for memory in self.memories:
                ways = self.passes(memory, outcome)
                if not any(stage in seen for _, seen in ways):
                    barren[memory] = {after for after, _ in ways}
            row = max((self._row(memory, barren, ()) for memory in self.memories), default=0)
            found = (Liveness.BOUNDED, row) if row else (Liveness.EVERY_PASS, 0)
            found = (Liveness.STARVES, 0) if row == ENDLESS else found
            order = list(Liveness)
            worst = max(worst, found, key=lambda pair: (order.index(pair[0]), pair[1]))
        return worst

    def _row(self, memory: Memory, barren: dict[Memory, set[Memory]], on_path: tuple[Memory, ...]) -> int:
        """The longest row of barren passes from here."""
        if memory in on_path:
            return ENDLESS
        if memory not in barren:
            return 0
        behind = [self._row(after, barren, (*on_path, memory)) for after in barren[memory]]
        return ENDLESS if ENDLESS in behind else 1 + max(behind, default=0)


# ------------------------------------------------------------------------------------------------ the tests


def model(text: str) -> Model:
    reading = read(SourceFile("loop.c", text.encode(), "c"))
    (graph,) = reading.graphs
    (wait,) = (n.id for n in graph.nodes if isinstance(n.effect, Call) and n.effect.name in ("select", "pselect"))
    found = model_of(graph, wait, reading.project)
    assert found is not None
    return found


def work(loop: Model, stage: str) -> list[int]:
    return [n.id for n in loop.graph.nodes if isinstance(n.effect, Call) and n.effect.name == stage]


@pytest.mark.parametrize(
    "wait", ["select(fd + 1, &rfds, NULL, NULL, &tv)", "pselect(fd + 1, &rfds, NULL, NULL, &ts, &mask)"]
)
@settings(max_examples=100, deadline=None)
@given(body=bodies)
def test_the_model_agrees_with_brute_force(wait: str, body: tuple[Statement, ...]) -> None:
    loop, every_run = model(program(body, wait)), Enumeration(body)
    for stage in STAGES:
        for kernel in Kernel:
            found = verdict(loop, work(loop, stage), kernel, STORM, False)
            liveness, bound = every_run.verdict(stage, wait.startswith("p"), kernel)
            assert (found.liveness, found.bound) == (liveness, bound), program(body, wait)
