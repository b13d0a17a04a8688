"""What signal handlers do for the waits that their signals interrupt: end the program, or make a pipe ready."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from unstall.flow.by_name import is_no_return
from unstall.frontends.c.functions import Function
from unstall.frontends.c.shapes import CLOSING, OPENING
from unstall.frontends.c.tokens import Token
from unstall.frontends.c.unit import Unit

_MAKES_PIPE = re.compile(r"pipe|socket_?pair", re.IGNORECASE)
_PATH = frozenset({"ID", "PERIOD", "ARROW"})


def ends_program(unit: Unit, handler: Function, no_return: frozenset[str]) -> bool:
    """Whether a handler never returns: one of the functions that don't, or both arms of its last ``if`` end the
    program, and there is no other way out.
    """
    if handler.name in no_return:
        return True
    tokens = _without_guard(unit.tokens(handler.body_span))
    leaves = handler.resynchronised or any(token.type in ("RETURN", "GOTO") for token in tokens)
    return not leaves and _ends(tokens[1:-1], no_return)


def _without_guard(body: Sequence[Token]) -> Sequence[Token]:
    """A handler's body without what a second signal comes to while the first one ends the program:
    ``if (ending) return; ending = 1; …``.
    """
    for at in range(len(body) - 4):
        if [token.type for token in body[at : at + 4]] == ["IF", "LPAREN", "ID", "RPAREN"]:
            end = _end_of_arm(body, at + 4)
            name = body[at + 2].value
            sets = any(a.value == name and b.type in ("EQUALS", "PLUSPLUS") for a, b in pairwise(body[end:]))
            if sets and body[end].type != "ELSE" and any(token.type == "RETURN" for token in body[at:end]):
                return [*body[:at], *body[end:]]
    return body


def _ends(block: Sequence[Token], no_return: frozenset[str]) -> bool:
    """Whether control doesn't come to the end of a block, whose braces are left out."""
    if not block:
        return False
    if block[-1].type == "SEMI":
        return _is_last_call(block, no_return)
    opening = _opening(block, len(block) - 1)
    if opening < 1 or block[opening - 1].type != "ELSE" or not _ends(block[opening + 1 : -1], no_return):
        return False
    return _arm_ends(block[: opening - 1], no_return)


def without_endings(block: Sequence[Token], no_return: frozenset[str]) -> Sequence[Token]:
    """A handler's block without the arms of ``if`` that end the program: ``if (stopped) exit(1); else stopped = 1;``
    sets ``stopped`` whenever it returns.
    """
    at = next((index for index, token in enumerate(block) if token.type == "IF"), None)
    while at is not None:
        start = min(_closing(block, at + 1) + 1, len(block) - 1)
        end = _end_of_arm(block, start)
        arm = block[start + 1 : end - 1] if block[start].type == "LBRACE" else block[start:end]
        if not arm or not _ends(arm, no_return):
            return block
        end += end < len(block) and block[end].type == "ELSE"
        block = [*block[:at], *block[end:]]
        at = next((index for index, token in enumerate(block) if token.type == "IF"), None)
    return block


def _end_of_arm(block: Sequence[Token], start: int) -> int:
    """Where the statement ends that begins at an index, if it is a block or a simple one."""
    if block[start].type == "LBRACE":
        return _closing(block, start) + 1
    return next((index + 1 for index in range(start, len(block)) if block[index].type == "SEMI"), len(block))


def _closing(tokens: Sequence[Token], opening: int) -> int:
    """The index of the bracket that closes one; the last index where there is none."""
    depth = 0
    for index in range(opening, len(tokens)):
        depth += tokens[index].type in OPENING
        depth -= tokens[index].type in CLOSING
        if depth <= 0:
            return index
    return len(tokens) - 2


def _arm_ends(before: Sequence[Token], no_return: frozenset[str]) -> bool:
    """Whether the braced arm in front of an ``else`` ends, and those of the ``if`` that it is itself an ``else`` of."""
    opening = _opening(before, len(before) - 1)
    if opening < 1 or before[-1].type != "RBRACE" or not _ends(before[opening + 1 : -1], no_return):
        return False
    condition = _opening(before, opening - 1)
    chained = condition >= 2 and before[condition - 2].type == "ELSE"
    return not chained or _arm_ends(before[: condition - 2], no_return)


def _is_last_call(block: Sequence[Token], no_return: frozenset[str]) -> bool:
    """Whether a statement of its own at the end of a block calls what doesn't return."""
    opening = _opening(block, len(block) - 2)
    if opening < 1 or block[opening - 1].type != "ID":
        return False
    name, alone = block[opening - 1].value, opening == 1 or block[opening - 2].type in ("SEMI", "LBRACE", "RBRACE")
    return alone and (name in no_return or is_no_return(name))


def _opening(tokens: Sequence[Token], close: int) -> int:
    """The index of the bracket that a closing one belongs to; -1 where there is none."""
    depth = 0
    for index in range(close, -1, -1):
        depth += tokens[index].type in CLOSING
        depth -= tokens[index].type in OPENING
        if depth <= 0:
            return index if depth == 0 and index < close else -1
    return -1


def woken(unit: Unit, handlers: Iterable[Function]) -> frozenset[str]:
    """The descriptors that become ready whenever one of these handlers has run: the other ends of the pipes that every
    one of them writes to ("self-pipe"), as places (``fd``, ``pair[0]``).
    """
    writes = [set(_arguments(unit.tokens(handler.body_span))) for handler in handlers]
    pipes = list(_pipes(unit, set[str]().union(*writes)))
    ends = [set[str]().union(*(others for mine, others in pipes if mine & written)) for written in writes]
    return frozenset(set.intersection(*ends) if ends else ())


def _pipes(unit: Unit, written: set[str]) -> Iterator[tuple[set[str], set[str]]]:
    """The names of either end of each pipe that a unit makes, and those of its other end. Where handlers have
    ``written`` to one whose index has a name, as in ``pair[WRITE_END]``, any name stands for the other.
    """
    for function in unit.functions:
        if not _MAKES_PIPE.search(unit.chosen.text, function.body_span.start, function.body_span.end):
            continue
        tokens = unit.tokens(function.body_span)
        for array in _arrays(tokens):
            ends = [{f"{array}[{at}]"} | set(_copies(tokens, f"{array}[{at}]")) for at in (0, 1)]
            yield ends[0], ends[1]
            yield ends[1], ends[0]
            if named := {path for path in written - ends[0] - ends[1] if path.startswith(f"{array}[")}:
                yield named, {f"{array}[*]", f"{array}[0]", f"{array}[1]"}


def _arrays(tokens: Sequence[Token]) -> Iterator[str]:
    """The arguments of calls that make a pipe, as far as they are plain places."""
    for index, token in enumerate(tokens[:-1]):
        if token.type == "ID" and _MAKES_PIPE.search(token.value) and tokens[index + 1].type == "LPAREN":
            end = next((at for at in range(index, len(tokens)) if tokens[at].type in ("SEMI", "LBRACE")), len(tokens))
            yield from (path for path in _arguments(tokens[index:end]) if "[" not in path)


def _copies(tokens: Sequence[Token], path: str) -> Iterator[str]:
    """The variables that a place is assigned to: ``fd = pair[0]``."""
    for index, token in enumerate(tokens[:-1]):
        if token.type == "EQUALS" and _path(tokens, index + 1)[0] == path:
            start = index
            while start and tokens[start - 1].type in _PATH:
                start -= 1
            yield _path(tokens, start)[0]


def _arguments(tokens: Sequence[Token]) -> Iterator[str]:
    """The arguments of calls that are places and nothing else."""
    for index, token in enumerate(tokens[:-1]):
        if token.type in ("LPAREN", "COMMA"):
            path, end = _path(tokens, index + 1)
            if path and end < len(tokens) and tokens[end].type in ("COMMA", "RPAREN"):
                yield path


def _path(tokens: Sequence[Token], start: int) -> tuple[str, int]:
    """The place that is written from an index on (``pair[0]``, ``ctx.fd`` for ``ctx->fd``), and where it ends."""
    parts, at = [], start
    while at < len(tokens) and tokens[at].type in _PATH:
        parts.append("." if tokens[at].type == "ARROW" else tokens[at].value)
        at += 1
    if parts and at + 2 < len(tokens) and tokens[at].type == "LBRACKET" and tokens[at + 2].type == "RBRACKET":
        parts += ["[", tokens[at + 1].value, "]"]
        at += 3
    return "".join(parts), at
