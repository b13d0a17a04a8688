"""Functions that block every signal, so that no wait behind them returns EINTR: found in tokens, without parsing."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile, pairwise

from unstall.flow.files import Closed
from unstall.frontends.c.expand import arguments
from unstall.frontends.c.noreturn import no_return
from unstall.frontends.c.tokens import Token
from unstall.frontends.c.unit import Unit

_MASKS = frozenset({"sigprocmask", "pthread_sigmask"})
_SAYS_MASK = re.compile(r"\b(?:sigprocmask|pthread_sigmask)\s*\(")


def closed(unit: Unit, handled: Iterable[str]) -> Closed:
    """What a unit's functions block with `sigprocmask` and `pthread_sigmask`: nothing where one of them lets in what it
    didn't block itself, or leaves out a signal that is ``handled``.
    """
    text = unit.chosen.text
    if not any(name in text for name in _MASKS):
        return Closed()
    masking = [f for f in unit.functions if _SAYS_MASK.search(text, f.body_span.start, f.body_span.end)]
    since: dict[str, int] = {}
    ending = no_return(unit) if masking else frozenset()  # what blocks signals for the end, and comes back to no wait
    for function in (function for function in masking if function.name not in ending):
        mask = _mask_left_by(unit.tokens(function.body_span))
        if mask.opened or not mask.let_in.isdisjoint(handled):
            return Closed(opened=mask.opened)
        if mask.since is not None:
            since[function.name] = mask.since
    program = next((f for f in unit.functions if f.name == "main"), None)
    if program is None or not since:
        return Closed(since)
    tokens = unit.tokens(program.body_span)
    calls = [t.start for t, then in pairwise(tokens) if t.value in since and then.type == "LPAREN"]
    if calls:
        since["main"] = min(calls[0], since.get("main", calls[0]))
    if "main" not in since:
        return Closed(since)
    return Closed(since, frozenset(t.value for t in tokens if t.type == "ID" and t.start < since["main"]))


@dataclass
class _Mask:
    """The mask of blocked signals, as far as one function tells."""

    since: int | None = None
    """Where every signal was blocked."""
    let_in: set[str] = field(default_factory=set)
    """Signals that were left out of what was blocked then (`sigdelset`)."""
    opened: bool = False
    """It lets signals in that it didn't block itself: SIG_UNBLOCK, or a mask that it neither filled nor has kept."""


def _mask_left_by(tokens: Sequence[Token]) -> _Mask:
    mask = _Mask()
    full: set[str] = set()
    kept: set[str] = set()
    for call, args in _calls(tokens):
        given = [*args, "", "", ""]
        if call.value == "sigfillset":
            full.add(given[0])
        elif call.value == "sigemptyset":
            full.discard(given[0])
        elif call.value == "sigdelset":
            mask.let_in.add(given[1])
        elif call.value in _MASKS and given[1] not in ("NULL", "0"):
            closes = given[1] in full and given[0] != "SIG_UNBLOCK"
            mask.opened |= given[0] != "SIG_BLOCK" and not closes and given[1] not in kept
            if given[0] != "SIG_BLOCK" or mask.since is None:
                mask.since = call.start if closes else None
            kept.add(given[2])
    return mask


def _calls(tokens: Sequence[Token]) -> Iterator[tuple[Token, tuple[str, ...]]]:
    """The calls of functions that work on sets of signals, with their arguments as text, an ``&`` in front left out."""
    for index, token in enumerate(tokens[:-1]):
        if token.type == "ID" and token.value.startswith(("sig", "pthread_sig")) and tokens[index + 1].type == "LPAREN":
            given, _ = arguments(tokens, index + 1)
            yield token, tuple("".join(part.value for part in dropwhile(_is_address, words)) for words in given)


def _is_address(token: Token) -> bool:
    return token.type == "AND"
