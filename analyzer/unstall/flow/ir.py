"""The flow graph: the one language that both front ends lower to and everything after them reads.

A function becomes a graph of *nodes*, each with at most one effect (a call, an assignment, a test), and *edges*
that say when control takes them. Expressions inside a node are pure: calls are hoisted into nodes of their own in
the order of evaluation and leave their value in a `Temp`; ``&&``, ``||``, ``?:``, ``and``, ``or``, the conditional
expression and comprehension conditions become branches. So ``if ((r = poll(p, n, t)) < 0 && errno == EINTR)``
lowers to::

    t0 = poll(p, n, t)      Call(Temp(0), "poll", …)
    r = t0                  Assign(Name("r"), Temp(0))
    t0 < 0 ?                Branch(Binary("<", Temp(0), Const(0)))     (an assignment's value is its right side)
    errno == EINTR ?        Branch(Binary("==", Name("errno"), Name("EINTR")))

Beside the graph stands the *statement tree* of the source: it is what stages, labels, excerpts and edits are cut from.
Every node belongs to the innermost statement that holds it.

Python's exceptions: each call (and ``raise``) has an EXCEPTION edge to the chain of handlers around it, or to
`FlowGraph.raise_exit`. A handler clause is a Branch on `Caught` matched with the class names, its true edge leads
into the handler (``as e`` is an Assign of `Caught` to the name), its false edge to the next clause or outwards.
``with suppress(X)`` is a handler with an empty body. ``finally`` bodies are lowered once for each way into them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from unstall.source import Language, Span

# ------------------------------------------------------------------------------------------------ expressions


@dataclass(frozen=True, slots=True)
class Const:
    """A literal. C's NULL is ``Const(0)``; C characters are their code; True/False/None are themselves."""

    value: int | float | str | bytes | bool | None


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, function or macro constant by name (``r``, ``errno``, ``EINTR``)."""

    id: str


@dataclass(frozen=True, slots=True)
class Temp:
    """The value left by one Call node (or by a conditional expression); unique in its graph."""

    index: int


@dataclass(frozen=True, slots=True)
class Member:
    """``base.name`` and ``base->name`` alike."""

    base: "Expr"
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """``base[index]``; a Python slice has `Unknown` as its index."""

    base: "Expr"
    index: "Expr"


@dataclass(frozen=True, slots=True)
class Unary:
    """``op operand``: ``!`` (also Python's not) ``-`` ``+`` ``~`` ``*`` (dereference) ``&`` (address of)."""

    op: str
    operand: "Expr"


@dataclass(frozen=True, slots=True)
class Binary:
    """``left op right``: C's arithmetic, bit and comparison operators, and Python's in, not in, is, is not, //, **."""

    op: str
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class Items:
    """A tuple, list or set display, or a C initialiser list."""

    items: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Caught:
    """The exception that is being handled (Python)."""


@dataclass(frozen=True, slots=True)
class Matches:
    """Whether the exception being handled is an instance of one of these classes; empty for a bare ``except:``.

    Names are dotted as written (``select.error``, ``OSError``).
    """

    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that the front end can't express; ``names`` are the variables it is made of."""

    names: tuple[str, ...] = ()


Expr = Const | Name | Temp | Member | Index | Unary | Binary | Items | Caught | Matches | Unknown

# ------------------------------------------------------------------------------------------------ effects of a node


@dataclass(frozen=True, slots=True)
class Call:
    """A call. ``callee`` is as written (``select.select``, ``ctx->ops->poll``, ``FD_ISSET``); ``name`` is its last
    part.
    """

    result: Temp
    callee: str
    name: str
    args: tuple[Expr, ...]
    keywords: tuple[tuple[str, Expr], ...] = ()
    receiver: Expr | None = None
    """What a method is called on (Python's ``self.poller`` of ``self.poller.poll(1)``), or a function pointer's
    base.
    """


@dataclass(frozen=True, slots=True)
class Assign:
    """``target op= value``; ``op`` is empty for a plain one, ``"+"`` for ``+=`` and ``++``.

    A declaration with an initialiser is one of these. Unpacking assigns an `Items` target.
    """

    target: Expr
    value: Expr
    op: str = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """A test with a TRUE and a FALSE edge. `Unknown` goes both ways."""

    condition: Expr


@dataclass(frozen=True, slots=True)
class Switch:
    """A multi-way test (C ``switch``, Python ``match`` on values): CASE edges with their constants, DEFAULT for the
    rest.
    """

    subject: Expr


@dataclass(frozen=True, slots=True)
class ForEach:
    """The head of a for-each loop: TRUE binds the next element to ``targets``, FALSE is the end.

    C foreach macros and Python's ``for`` alike; ``iterable`` is `Unknown` for a macro.
    """

    targets: tuple[Expr, ...]
    iterable: Expr


@dataclass(frozen=True, slots=True)
class Jump:
    """A jump written in the source; ``word`` is continue, break, goto, return or raise.

    ``target`` is goto's label; ``value`` what return or raise gives.
    """

    word: str
    target: str = ""
    value: Expr | None = None


@dataclass(frozen=True, slots=True)
class Opaque:
    """Source that was not understood. ``jumps`` tells that control flow may hide in it, so nothing behind it is
    certain.
    """

    reason: str
    jumps: bool = False
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Nothing:
    """No effect: entry, exits, joins, labels, ``pass``, empty statements."""


Effect = Call | Assign | Branch | Switch | ForEach | Jump | Opaque | Nothing


class Role(Enum):
    """What part a node plays in the statement it belongs to."""

    BODY = "body"
    CONDITION = "condition"
    """Part of the controlling expression of an if, loop or switch."""
    STEP = "step"
    """Part of the third clause of a C ``for``."""
    INIT = "init"
    """Part of the first clause of a C ``for``."""
    HANDLER = "handler"
    """The test of an except clause."""


@dataclass(frozen=True, slots=True)
class Node:
    """A vertex of the flow graph. ``span`` is the expression or statement it was lowered from."""

    id: int
    effect: Effect
    span: Span
    statement: int
    role: Role = Role.BODY
    macro: str = ""
    """The macro this node was expanded from; its span is then the macro's use."""


class EdgeKind(Enum):
    """When control takes an edge."""

    NEXT = "next"
    TRUE = "true"
    FALSE = "false"
    CASE = "case"
    DEFAULT = "default"
    EXCEPTION = "exception"
    SKIP = "skip"
    """May or may not be taken: a jump hidden in a macro's argument, a statement under a conditional macro prefix."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A directed edge. ``cases`` are the constants of a CASE edge (Const or Name such as EINTR)."""

    source: int
    target: int
    kind: EdgeKind = EdgeKind.NEXT
    cases: tuple[Expr, ...] = ()

    def __hash__(self) -> int:
        return hash((self.source, self.target))  # few edges join the same nodes, and sets of edges are everywhere


# ------------------------------------------------------------------------------------------------ statements


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of the source; ``id`` is its index in `FlowGraph.statements`, ids ascend in source order.

    ``kind``: function, block, if, while, do, for, foreach, switch, case, label, try, handler, finally, else, with,
    match, expression, declaration, continue, break, goto, return, raise, opaque, empty. A C ``{}`` block under an if or
    loop has kind block and lies between the if and its statements; Python's suites likewise (``else`` for the suite of
    an else or the else statement of C, its span starting at the keyword).
    """

    id: int
    parent: int | None
    kind: str
    span: Span
    """From its first byte to its last, the ``;`` or closing brace included."""
    header: Span
    """``if (…)``, ``for (…)``, ``while …:``: the part in front of the body. For simple statements the whole span."""
    condition: Span | None = None
    """The controlling expression without its parentheses, where there is one."""


# ------------------------------------------------------------------------------------------------ the graph


@dataclass(frozen=True)
class FlowGraph:
    """One function (or Python's module level, named ``<module>``; lambdas are part of what holds them)."""

    name: str
    """Qualified in Python: ``Server.run``."""
    language: Language
    span: Span
    nodes: tuple[Node, ...]
    """Indexed by `Node.id`."""
    edges: tuple[Edge, ...]
    entry: int
    exit: int
    """Where return and the end of the body lead."""
    raise_exit: int
    """Where an exception that nobody handles leads (C: unused, but present)."""
    statements: tuple[Statement, ...]
    """Statement 0 is the function itself."""
    parameters: tuple[str, ...] = ()
    locals: frozenset[str] = frozenset()
    """Names declared in the function with automatic storage, parameters included. A C ``static`` is not one of them."""
    address_taken: frozenset[str] = frozenset()
    """Locals whose address is taken other than as a wait's own argument."""
    unknown: tuple[str, ...] = ()
    """Reasons why parts of the graph are not certain, each ``line: reason``."""
    since: tuple[int, int] | None = None
    """Python: the oldest version that reads the file, as far as its forms tell."""
    focus: Span | None = None
    """C: the function was read once more for what the main configuration leaves out; only waits in here count."""
    configuration: tuple[str, ...] = ()
    """C: what this graph assumes of preprocessor symbols (see `FileFlow.configuration`)."""
    clearing: frozenset[str] = frozenset()
    """C: the functions of its file that set ``revents`` to zero in what they are given."""
    sets_asked: frozenset[str] = frozenset()
    """C: the variables of its file that are asked as fd sets, ``FD_ISSET(fd, &ready)``."""
    own: frozenset[str] = frozenset()
    """C: the ``static`` functions of its file that are named like a wait of the catalogue, and meant in its place."""
    mentioned: Mapping[str, frozenset[str]] = field(default_factory=dict, compare=False)
    """Python: all words of the functions of its file that it calls, and of those that these call, by how it calls them
    (``self.sweep``).
    """
    callees: "tuple[FlowGraph, ...]" = ()
    """C: the functions of its file that are handed what a multiplex of this one reports."""
    successors: dict[int, tuple[Edge, ...]] = field(init=False, repr=False, compare=False)
    predecessors: dict[int, tuple[Edge, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        after: dict[int, list[Edge]] = {node.id: [] for node in self.nodes}
        before: dict[int, list[Edge]] = {node.id: [] for node in self.nodes}
        for edge in self.edges:
            after[edge.source].append(edge)
            before[edge.target].append(edge)
        object.__setattr__(self, "successors", {n: tuple(edges) for n, edges in after.items()})
        object.__setattr__(self, "predecessors", {n: tuple(edges) for n, edges in before.items()})

    @cached_property
    def calls(self) -> frozenset[str]:
        """The names of what the function calls, dotted and bare."""
        called = [node.effect for node in self.nodes if isinstance(node.effect, Call)]
        return frozenset(name for call in called for name in (call.name, call.callee))

    def ancestors(self, statement: int) -> tuple[int, ...]:
        """The ids of a statement and all that hold it, innermost first."""
        chain: list[int] = []
        at: int | None = statement
        while at is not None:
            chain.append(at)
            at = self.statements[at].parent
        return tuple(chain)
