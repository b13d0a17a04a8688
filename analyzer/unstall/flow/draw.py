"""What a picture of a loop shows: its control-flow graph, reduced to what the interrupt's story needs.

What matters is drawn in full: the wait, the tests and jumps of the interrupted run, the loop's head. Every other
statement is one block, a skipped stage always a block of its own.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from unstall.flow.facts import WaitFact
from unstall.flow.ir import Assign, Branch, Caught, Edge, EdgeKind, Jump, Name, Node, Nothing, Switch
from unstall.flow.outcomes import Run
from unstall.source import SourceFile, Span
from unstall.wording import clause

_TEXT = 52
"""Characters of source that a block shows."""


class Look(Enum):
    """How a block is drawn: what it is to the story."""

    PLAIN = "plain"
    HEAD = "head"
    WAIT = "wait"
    TEST = "test"
    SKIPPED = "skipped"
    OTHER = "other"
    """Skipped, but nothing that an interrupt owes."""
    OUT = "out"


class Way(Enum):
    """Which runs take an edge."""

    NEITHER = "neither"
    INTERRUPTED = "interrupted"
    TIMEOUT = "timeout"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Block:
    """A box of the drawing."""

    id: int
    text: tuple[str, ...]
    """Its lines and first words, and the label of a stage."""
    look: Look

    @property
    def name(self) -> str:
        """An identifier for a drawing's language."""
        return f"n{self.id}" if self.id >= 0 else f"out{-self.id}"

    @property
    def caption(self) -> tuple[str, ...]:
        """The text, headed by what the block is where otherwise its look alone would say so."""
        heading = _HEADINGS.get(self.look)
        return (heading, *self.text) if heading else self.text


_HEADINGS = {
    Look.WAIT: "WAIT",
    Look.SKIPPED: "SKIPPED when interrupted",
    Look.OTHER: "skipped, but not owed",
}


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow of the drawing."""

    source: int
    target: int
    label: str
    way: Way


LEGEND = ((Way.INTERRUPTED, "interrupted"), (Way.TIMEOUT, "timeout"), (Way.BOTH, "both"))
INTERRUPTED, TIMEOUT, BOTH = "#d55e00", "#0072b2", "#7b4fa3"
"""Colours of the runs; colour-blind readers can tell them apart, and line styles tell the same."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One loop, ready to be written in any format."""

    title: str
    blocks: tuple[Block, ...]
    links: tuple[Link, ...]

    def ends(self, link: Link) -> tuple[Block, Block]:
        """The blocks at the two ends of a link."""
        by_id = {block.id: block for block in self.blocks}
        return by_id[link.source], by_id[link.target]


def drawing(fact: WaitFact, source: SourceFile) -> Drawing:
    """The loop that the fact speaks of, or the whole function where it speaks of none."""
    owners = _owners(fact)
    heads = {edge.target for edge in fact.graph.edges if edge.target in owners and _starts_loop(fact, edge.target)}
    links = _links(fact, owners)
    hidden = {
        owner
        for owner in set(owners.values())
        if owner not in heads and all(_empty(fact.graph.nodes[n]) for n, o in owners.items() if o == owner)
    }
    links = _spliced(links, hidden)
    used = {end for link in links for end in (link.source, link.target)} | {owners[fact.wait]}
    blocks = [_block(fact, source, owners, owner) for owner in sorted(used) if owner >= 0]
    exits = [Block(out, (text,), Look.OUT) for out, text in _OUTS.items() if out in used]
    first = source.line((fact.loop or fact.graph.span).start)
    title = f"{fact.graph.name}, {fact.path}:{first}: {fact.handling.value}"
    return Drawing(title, (*blocks, *exits), tuple(links))


_LEAVES, _RETURNS, _RAISES = -1, -2, -3
_OUTS = {_LEAVES: "leaves the loop", _RETURNS: "returns", _RAISES: "raises"}


def _owners(fact: WaitFact) -> dict[int, int]:
    """Which block each node of the loop belongs to; a block is known by its first node."""
    graph = fact.graph
    where = fact.loop or graph.span
    inside = [node for node in graph.nodes if where.contains(node.span) and not _edge_of_function(fact, node.id)]
    interrupted = fact.traces.get(Run.INTERRUPTED)
    way = {fact.wait, *fact.also_interrupts, *(interrupted.path if interrupted else ())}
    key = {at for at in way if isinstance(graph.nodes[at].effect, Branch | Switch) or at == fact.wait}
    open_statements = {
        ancestor
        for statement in (*(graph.nodes[at].statement for at in key), *_parents(fact))
        for ancestor in graph.ancestors(statement)
    } | {0 if fact.loop_statement is None else fact.loop_statement}
    first: dict[tuple[str, int], int] = {}
    owners: dict[int, int] = {}
    for node in inside:
        chain = graph.ancestors(node.statement)
        closed = [statement for statement in chain if statement not in open_statements]
        simple = graph.statements[node.statement].kind in ("expression", "declaration")
        if closed:
            unit = ("statement", closed[-1])
        elif simple:
            unit = ("statement", node.statement)
        else:
            unit = ("node", node.id)
        owners[node.id] = first.setdefault(unit, node.id)
    return owners


def _parents(fact: WaitFact) -> Iterator[int]:
    """The statements that hold a skipped stage, which therefore can't be one block."""
    for stage in fact.skipped:
        parent = fact.graph.statements[stage.statement].parent
        if parent is not None:
            yield parent


def _edge_of_function(fact: WaitFact, node: int) -> bool:
    return node in (fact.graph.entry, fact.graph.exit, fact.graph.raise_exit)


def _empty(node: Node) -> bool:
    """Whether a node says nothing that its neighbours don't: joins, and the name that a handler gives."""
    return isinstance(node.effect, Nothing) or (isinstance(node.effect, Assign) and node.effect.value == Caught())


def _starts_loop(fact: WaitFact, node: int) -> bool:
    """Whether a node stands for the head of the loop: the first of those that belong to the loop statement itself."""
    own = [other.id for other in fact.graph.nodes if other.statement == fact.loop_statement]
    return bool(own) and node == min(own)


def _links(fact: WaitFact, owners: dict[int, int]) -> list[Link]:
    graph = fact.graph
    sizes = Counter(owners.values())
    links: dict[tuple[int, int, str], set[Run]] = {}
    for edge in graph.edges:
        if edge.source not in owners:
            continue
        start, end = owners[edge.source], owners.get(edge.target)
        if end is None:
            end = {graph.exit: _RETURNS, graph.raise_exit: _RAISES}.get(edge.target, _LEAVES)
        runs = {run for run in (Run.INTERRUPTED, Run.TIMEOUT) if _takes(fact, run, edge.source, edge.target)}
        jump = isinstance(graph.nodes[edge.source].effect, Jump)
        if start == end or (end == _RAISES and not runs and not jump):  # any call may raise: no news
            continue
        plain = jump or (sizes[start] > 1 and edge.kind is not EdgeKind.EXCEPTION)  # blocks of several tests
        label = "" if plain else _label(edge)
        links.setdefault((start, end, label), set()).update(runs)
    return [Link(start, end, label, _way(runs)) for (start, end, label), runs in links.items()]


_LABELS = {EdgeKind.NEXT: "", EdgeKind.SKIP: "perhaps"}


def _label(edge: Edge) -> str:
    """When control takes an edge."""
    if edge.kind is EdgeKind.CASE:
        return " ".join(["case", *(case.id for case in edge.cases if isinstance(case, Name))])
    return _LABELS.get(edge.kind, str(edge.kind.value))


def _takes(fact: WaitFact, run: Run, source: int, target: int) -> bool:
    """Whether a run may take an edge."""
    trace = fact.traces.get(run)
    return trace is not None and (source, target) in trace.edges


def _way(runs: set[Run]) -> Way:
    if len(runs) == 2:
        return Way.BOTH
    return Way(next(iter(runs)).value) if runs else Way.NEITHER


def _spliced(links: list[Link], hidden: set[int]) -> list[Link]:
    """The links without blocks that hold nothing: what led in leads on to where they led."""
    for block in sorted(hidden):
        into = [link for link in links if link.target == block]
        onward = [link for link in links if link.source == block]
        links = [link for link in links if block not in (link.source, link.target)]
        links += [
            Link(a.source, b.target, a.label, _meet(a.way, b.way))
            for a in into
            for b in onward
            if a.source != b.target or a.source not in hidden
        ]
    return list(dict.fromkeys(links))


def _meet(a: Way, b: Way) -> Way:
    """The runs that take two edges in a row."""
    if Way.BOTH in (a, b):
        return b if a is Way.BOTH else a
    return a if a is b else Way.NEITHER


def _block(fact: WaitFact, source: SourceFile, owners: dict[int, int], owner: int) -> Block:
    graph = fact.graph
    node = graph.nodes[owner]
    nodes = [n for n, o in owners.items() if o == owner]
    stages = {stage.span: stage for stage in fact.skipped}
    statements = [graph.statements[s] for s in graph.ancestors(node.statement)]
    stage = next((stages[s.span] for s in statements if s.span in stages and s.id != fact.loop_statement), None)
    if stage is not None:
        look = Look.SKIPPED if stage.owed else Look.OTHER
        return Block(owner, _text(source, stage.span, stage.label), look)
    if fact.wait in nodes:
        return Block(owner, _text(source, graph.statements[node.statement].header), Look.WAIT)
    if _starts_loop(fact, owner):
        return Block(owner, _text(source, graph.statements[node.statement].header), Look.HEAD)
    if len(nodes) == 1 and isinstance(node.effect, Branch | Switch):
        return Block(owner, _text(source, node.span), Look.TEST)
    unit = next((s for s in reversed(statements) if all(s.span.contains(graph.nodes[n].span) for n in nodes)
                 and {n for n in owners if s.span.contains(graph.nodes[n].span)} == set(nodes)), None)  # fmt: skip
    return Block(owner, _text(source, unit.span if unit else node.span), Look.PLAIN)


def _text(source: SourceFile, span: Span, label: str = "") -> tuple[str, ...]:
    first, last = source.line(span.start), source.line(max(span.start, span.end - 1))
    lines = f"{first}" if first == last else f"{first}–{last}"
    code = clause(source.text(span), _TEXT).removesuffix(";")
    shown = () if not label or label in code else (clause(label, _TEXT),)
    return (f"{lines}  {code}", *shown)
