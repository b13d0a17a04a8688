"""What stands behind a wait like work of its own, and is nobody's: an interrupt owes none of it."""

from collections.abc import Iterator

from unstall.flow.dataflow import mentioned
from unstall.flow.ir import Assign, Call, Const, Member, Name, Temp, Unary
from unstall.flow.reach import in_front_of, reached
from unstall.flow.work import Work

_TAKES_IN = frozenset({"accept", "accept4", "lseek", "read", "readv", "recv", "recvfrom", "recvmsg", "recvmmsg"})
_COPIES = 2
"""How often what a node gives is followed from variable to variable."""
_ASKS_FOR = {"FD_SET": 0, "epoll_ctl": 2}
"""Calls that ask for a descriptor, and which argument it is."""


def is_spared(work: Work, node: int) -> bool:
    """Whether a node is work for what is ready, waits once more, keeps a count of the passes that were completed, or
    says what goes on for as long as it does (``busy = 1; …; busy = 0;``).
    """
    effect = work.graph.nodes[node].effect
    if isinstance(effect, Assign):
        return isinstance(effect.value, Const) and (effect.op in ("+", "-") or _comes_and_goes(work, node))
    if not isinstance(effect, Call):
        return False
    again = node in work.runs.waits and effect.name == work.runs.call.name
    return again or _takes_in(work, effect) or _fetches_for_ready(work, node)


def _comes_and_goes(work: Work, node: int) -> bool:
    """Whether the same pass of a timeout assigns one constant to a place, and another one in the same block."""
    statements, nodes, timeout = work.graph.statements, work.graph.nodes, work.runs.timeout
    own, block = nodes[node].effect, statements[nodes[node].statement].parent
    for other in timeout.nodes if node in timeout.nodes else ():
        match own, nodes[other].effect:
            case Assign(target, value, ""), Assign(again, Const() as another, "") if (
                again == target and another != value and statements[nodes[other].statement].parent == block
            ):
                if any(b in reached(timeout.edges, (a,)) for a, b in ((node, other), (other, node))):
                    return True
    return False


def _takes_in(work: Work, call: Call) -> bool:
    """A transfer from a descriptor that the wait asks for, which has nothing unless that is ready."""
    if call.name not in _TAKES_IN or not call.args:
        return False
    return not mentioned(call.args[0]).isdisjoint(_asked_for(work))


def working_from_taken(work: Work) -> frozenset[int]:
    """The nodes that work from how a transfer from what the wait asks for ended, or from a variable that it filled,
    and from nothing else that may be in there.
    """
    takings = (n for n in work.loop.nodes if isinstance(e := work.graph.nodes[n].effect, Call) and _takes_in(work, e))
    return frozenset(
        worker
        for taking in takings
        for name in _given(work, taking)
        for worker in _workers(work, name, taking, _COPIES)
    )


def _given(work: Work, node: int) -> Iterator[str]:
    """The temporary of a call's result, and the variables whose addresses it is given."""
    call = work.graph.nodes[node].effect
    assert isinstance(call, Call)
    yield f"${call.result.index}"
    for argument in call.args:
        match argument:
            case Unary("&", Name(name)) if name in work.graph.locals:
                yield name


def _workers(work: Work, name: str, definition: int, depth: int) -> Iterator[int]:
    """What reads the value that a name is given at a node and can have no other there, copies followed."""
    uses = work.dataflow.uses
    others = [n for n in work.loop.nodes if name in uses[n].writes and n != definition]
    elsewhere = frozenset[int]().union(*(work.dataflow.region(name, other, work.loop.nodes) for other in others))
    elsewhere |= in_front_of(work.graph, work.loop, definition)
    for reader in work.dataflow.region(name, definition, work.loop.nodes) - elsewhere:
        if name in uses[reader].reads:
            yield reader
            match work.graph.nodes[reader].effect:
                case Assign(Name(copy), Temp() | Name(), "") if copy in work.graph.locals and depth > 0:
                    yield from _workers(work, copy, reader, depth - 1)


def _asked_for(work: Work) -> frozenset[str]:
    """The variables of the descriptors that the function asks its wait for."""
    names = frozenset[str]().union(*map(mentioned, work.runs.call.args))
    for node in work.graph.nodes:
        match node.effect:
            case Call(name=name, args=args) if name in _ASKS_FOR and _ASKS_FOR[name] < len(args):
                names |= mentioned(args[_ASKS_FOR[name]])
            case Assign(Member(_, "fd"), value):
                names |= mentioned(value)
    return names


def _fetches_for_ready(work: Work, node: int) -> bool:
    """A call for something that is looked at only where a descriptor is ready: ``buffer = spare_buffer(&size);``."""
    if any(not name.startswith("$") for name in work.dataflow.uses[node].writes.difference(_given(work, node))):
        return False  # it changes what it is given, too
    readers = set(_readers(work, node, _COPIES))
    usual = work.runs.timeout.nodes | work.runs.ready_elsewhere.nodes
    return bool(readers) and readers <= work.runs.ready.nodes - usual


def _readers(work: Work, node: int, depth: int) -> Iterator[int]:
    """What works from what a node gives, copies followed; the node itself where it gives anything to others."""
    uses = work.dataflow.uses
    for name in uses[node].writes:
        if not name.startswith("$") and name not in work.graph.locals:
            yield node
        for reader in work.dataflow.region(name, node, work.loop.nodes):
            if name not in uses[reader].reads or reader == node:
                continue
            copies = isinstance(work.graph.nodes[reader].effect, Assign) and depth > 0
            yield from _readers(work, reader, depth - 1) if copies else (reader,)
