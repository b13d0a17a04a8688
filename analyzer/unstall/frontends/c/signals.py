"""What a file shows of signals: handlers that it installs, and what they write. Found in tokens, without parsing."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from unstall.flow.files import Effects, SignalFacts
from unstall.frontends.c.functions import Function
from unstall.frontends.c.handlers import ends_program, without_endings, woken
from unstall.frontends.c.masks import closed
from unstall.frontends.c.noreturn import no_return
from unstall.frontends.c.tokens import Token
from unstall.frontends.c.unit import Unit
from unstall.frontends.c.vocabulary import ASSIGNMENT_OPERATORS, TAG_KEYWORDS, TYPE_KEYWORDS

_INSTALLERS = frozenset({"signal", "bsd_signal", "sigset", "ssignal", "sysv_signal"})
_INSTALLING = _INSTALLERS | {"sigaction", "sigvec"}
_HANDLER_MEMBERS = frozenset({"sa_handler", "sa_sigaction", "sa_mask_handler"})
_NO_HANDLER = frozenset({"SIG_IGN", "SIG_DFL", "SIG_ERR", "SIG_HOLD", "NULL"})
_INSTALLATION = re.compile(r"\b(?:sigaction|sa_handler|sa_sigaction|sigvec|sigset|(?:bsd_|sysv_|s)?signal)\b")
_INSTALLING_CALL = re.compile(r"\b(?:sigaction|sigvec|sigset|(?:bsd_|sysv_|s)?signal)\s*\(")
_MEMBER_GIVEN = re.compile(r"\bsa_(?:handler|sigaction)\s*=\s*(?:\([^()]*\)\s*)?(\w+)")
_IGNORED = re.compile(r"\b(?:sigset|(?:bsd_|sysv_|s)?signal)\s*\(\s*SIG\w+\s*,\s*SIG_(?:IGN|DFL)\s*\)")
_TIMER = re.compile(r"\b(?:setitimer|timer_settime|timer_create|ualarm)\b")
_ALARM = re.compile(r"\balarm\s*\(")
_CANCELLED = re.compile(r"\balarm\s*\(\s*0\s*\)")
_THREADS = (  # each starts with letters that are looked for quickly
    re.compile(r"th(?:read_(?:create|new|start)|rd_(?:create|start))\w*\s*\(([^;{}]*)"),
    re.compile(r"_thread(?:(?<=create_thread)|(?<=start_thread))\w*\s*\(([^;{}]*)"),
)
_FOR_VARIABLE = re.compile(
    rf"\b(?:{'|'.join(sorted(_INSTALLERS))})\s*\(\s*+(?!SIG)[^,;()]++,\s*+(?:\([^();]*+\)\s*+)?([A-Za-z_]\w*)\s*\)"
)
_CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_WORD = re.compile(r"[A-Za-z_]\w*")
_LOOPS = frozenset({"FOR", "WHILE", "DO", "GOTO"})
_CHOICES = frozenset({"IF", "SWITCH", "CONDOP", "WHILE", "FOR", "DO", "GOTO", "RETURN", "LAND", "LOR"})
_CHANGES = ASSIGNMENT_OPERATORS | {"PLUSPLUS", "MINUSMINUS"}


def signal_facts(unit: Unit) -> SignalFacts:
    """What a unit shows of signals, and which functions threads start in."""
    text = unit.chosen.text
    facts = _handled(unit)
    known = replace(
        facts,
        installs=facts.installs or _installs(unit),
        threads=threads_of(text),
        signals_threads="pthread_kill" in text,
    )
    return replace(known, closed=closed(unit, known.signals))


def _installs(unit: Unit) -> bool:
    """Whether a unit calls what installs handlers, but to ignore signals."""
    if unit.chosen.words.isdisjoint(_INSTALLING):
        return False
    text, ignoring = unit.chosen.text, _only_ignores(unit)
    calls = [c for c in _INSTALLING_CALL.findall(text) if not (ignoring and c.startswith("sigaction"))]
    return len(calls) > len(_IGNORED.findall(text))


def _only_ignores(unit: Unit) -> bool:
    """Whether a unit gives sigaction() nothing but SIG_IGN and SIG_DFL."""
    given = set() if unit.chosen.words.isdisjoint(_HANDLER_MEMBERS) else set(_MEMBER_GIVEN.findall(unit.chosen.text))
    return bool(given) and given <= _NO_HANDLER


def threads_of(text: str) -> frozenset[str]:
    """The names in `pthread_create(&thread, NULL, name, argument)`, or in a call of something named so."""
    started = (start for pattern in _THREADS for start in pattern.finditer(text))
    return frozenset(word for start in started for word in _WORD.findall(start[1]))


@dataclass(frozen=True, slots=True)
class _Installation:
    """What one function shows of the installation of handlers."""

    function: str
    handlers: tuple[str, ...]
    """What it installs, its own parameters among it."""
    parameters: frozenset[str]
    signals: tuple[str, ...]
    """The signals that it names in front of a handler, or of what may be one."""


def _handled(unit: Unit) -> SignalFacts:
    """The signals that a unit installs handlers for, and the variables that those write.

    `signal(SIGX, handler)`, `….sa_handler = handler` before `sigaction(SIGX, …)`, and wrappers of them that
    are called with a signal and the name of one of the file's functions.
    """
    if "SIG" not in unit.chosen.text:
        return _none_installed(unit, (), named=False)
    own = {function.name: function for function in unit.functions}
    every = tuple(_installations(unit, own))
    installing = [found for found in every if found.handlers]
    signals = tuple(dict.fromkeys(name for found in installing for name in found.signals))
    handlers = tuple(dict.fromkeys(name for found in installing for name in found.handlers if name in own))
    foreign = {name for found in installing for name in set(found.handlers) - own.keys() - found.parameters}
    if not handlers and not foreign:
        return _none_installed(unit, signals, named=any(found.handlers or found.signals for found in every))
    installers = {found.function for found in installing}
    changes = [c for name in handlers for c in _changed(unit.tokens(own[name].body_span), own[name])]
    flags = frozenset(flag for flag, _ in changes)
    known = SignalFacts(
        signals,
        flags,
        flags - {flag for flag, falls in changes if not falls},
        program=unit.starts_program,
        installs=True,
        installers=frozenset(installers) | _callers(unit, installers),
        alarm_comes_again="SIGALRM" not in signals or _ticks(unit, handlers),
        foreign=frozenset(foreign),
    )
    wrappers = {found.function for found in installing if not found.parameters.isdisjoint(found.handlers)}
    if (wrappers and _called_otherwise(unit, wrappers)) or _installs_for_variable(unit):
        return known
    return _with_effects(known, unit, [own[name] for name in handlers])


def _installations(unit: Unit, own: dict[str, Function]) -> Iterator[_Installation]:
    """The functions of a unit that install handlers, or name signals as if they did."""
    ignoring = _only_ignores(unit)
    for function in unit.functions:
        text = unit.chosen.text[function.span.start : function.span.end]
        if "SIG" in text or "sa_handler" in text or "sa_sigaction" in text:
            tokens = unit.tokens(function.body_span)
            handlers = (*_assigned(tokens), *_installed(tokens, own))
            parameters = frozenset(parameter.name for parameter in function.head.parameters)
            yield _Installation(function.name, handlers, parameters, tuple(_signals(tokens, ignoring)))


def _none_installed(unit: Unit, signals: tuple[str, ...], named: bool) -> SignalFacts:
    """What a unit shows that installs no handler; ``named``, where it speaks of signals that others handle."""
    none_here = unit.starts_program and not named
    called = _called_by_main(unit) if none_here else frozenset[str]()
    return SignalFacts(
        signals, none_at_all=_installs_none(unit), none_here=none_here, installs=named, called_by_main=called
    )


def _called_by_main(unit: Unit) -> frozenset[str]:
    """The functions of other files that ``main`` calls."""
    own = {function.name for function in unit.functions}
    bodies = (function.body_span for function in unit.functions if function.name == "main")
    return frozenset(name for body in bodies for name in _CALL.findall(unit.chosen.text, *body)) - own


def _callers(unit: Unit, names: set[str]) -> frozenset[str]:
    """The functions that call one of these."""
    calls = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names)))})\s*\(") if names else None
    bodies = ((function.name, function.body_span) for function in unit.functions)
    return frozenset(name for name, body in bodies if calls and calls.search(unit.chosen.text, body.start, body.end))


def _ticks(unit: Unit, handlers: Iterable[str]) -> bool:
    """Whether SIGALRM may come again and again: from an interval timer, or from an alarm() that a handler or a function
    with a loop sets and doesn't cancel itself.
    """
    text = unit.chosen.text
    if _TIMER.search(text):
        return True
    setters = [f for f in unit.functions if _ALARM.search(text, f.body_span.start, f.body_span.end)]
    setters = [f for f in setters if not _CANCELLED.search(text, f.body_span.start, f.body_span.end)]
    return any(f.name in handlers or any(t.type in _LOOPS for t in unit.tokens(f.body_span)) for f in setters)


def _with_effects(known: SignalFacts, unit: Unit, handlers: Iterable[Function]) -> SignalFacts:
    """What the unit's own handlers do."""
    none_return = no_return(unit)
    effects = [(handler, _effects_of(unit, handler, none_return)) for handler in handlers]
    returning = [(handler, does) for handler, does in effects if not does.ends]
    return replace(
        known,
        woken=frozenset() if known.foreign else woken(unit, [handler for handler, _ in returning]),
        complete=True,
        each_sets=tuple(does.always for _, does in returning),
        may_set=frozenset().union(*(does.ever for _, does in returning)),
    )


def effects(unit: Unit, names: frozenset[str]) -> Mapping[str, Effects | None]:
    """What a unit's functions of these names do as handlers that other files install."""
    shared = [f for f in unit.functions if f.name in names and not f.is_static]
    none_return = no_return(unit) if shared else frozenset[str]()
    return {function.name: _effects_of(unit, function, none_return) for function in shared}


def _effects_of(unit: Unit, handler: Function, no_return: frozenset[str]) -> Effects:
    """What a handler does; nothing is certain of one that chooses."""
    tokens = unit.tokens(handler.body_span)
    left = [tokens[0], *without_endings(tokens[1:-1], no_return), tokens[-1]]
    chooses = any(token.type in _CHOICES for token in left)
    always = frozenset[str]() if chooses else frozenset(_written(left, handler))
    return Effects(ends_program(unit, handler, no_return), always, frozenset(_written(tokens, handler)))


def _installs_none(unit: Unit) -> bool:
    """Whether the unit is a whole program, without a word of handlers."""
    whole = unit.starts_program and not unit.includes_own
    return whole and not _INSTALLATION.search(unit.chosen.text)


def _installs_for_variable(unit: Unit) -> bool:
    """Whether a handler is installed for whatever signal a variable holds: ``signal(number, note)``."""
    names = {found[1] for found in _FOR_VARIABLE.finditer(unit.chosen.text)} - _NO_HANDLER
    given = (
        {parameter.name for function in unit.functions for parameter in function.head.parameters} if names else names
    )
    return not names <= given


def _called_otherwise(unit: Unit, wrappers: set[str]) -> bool:
    """Whether a function that installs the handler it is given is called with anything but a signal in front."""
    return any(
        tokens[index].value in wrappers and tokens[index + 1].type == "LPAREN" and not _is_signal(tokens[index + 2])
        for function in unit.functions
        for tokens in (unit.tokens(function.body_span),)
        for index in range(len(tokens) - 2)
    )


def _assigned(tokens: Sequence[Token]) -> Iterator[str]:
    """`sa.sa_handler = name`."""
    for index, token in enumerate(tokens[:-2]):
        if token.value in _HANDLER_MEMBERS and tokens[index + 1].type == "EQUALS":
            name = next((t.value for t in tokens[index + 2 :] if t.type in ("ID", "SEMI", "COMMA")), "")
            if name not in _NO_HANDLER and name not in (";", ","):
                yield name


def _installed(tokens: Sequence[Token], own: dict[str, Function]) -> Iterator[str]:
    """`signal(SIGX, name)`, `wrapper(SIGX, (type) name)`."""
    for index, token in enumerate(tokens[:-4]):
        if token.type == "ID" and tokens[index + 1].type == "LPAREN" and _is_signal(tokens[index + 2]):
            name = _last_name(tokens, index + 4) if tokens[index + 3].type == "COMMA" else ""
            if name in own or (token.value in _INSTALLERS and name not in _NO_HANDLER and name):
                yield name


def _last_name(tokens: Sequence[Token], start: int) -> str:
    """The last identifier of the argument that begins at an index, its parenthesised parts left out."""
    depth = 0
    name = ""
    for token in tokens[start:]:
        depth += (token.type == "LPAREN") - (token.type == "RPAREN")
        if depth < 0 or (depth == 0 and token.type == "COMMA"):
            break
        if depth == 0 and token.type == "ID":
            name = token.value
    return name


def _is_signal(token: Token) -> bool:
    return token.type == "ID" and token.value.startswith("SIG") and token.value[3:].isalnum()


def _signals(tokens: Sequence[Token], ignoring: bool) -> Iterator[str]:
    """`SIGX` as the first argument of a call whose second is not SIG_IGN or SIG_DFL, sigaction()'s being `ignoring`."""
    for index in range(2, len(tokens) - 2):
        if not _is_signal(tokens[index]) or tokens[index - 1].type != "LPAREN" or tokens[index - 2].type != "ID":
            continue
        if ignoring and tokens[index - 2].value == "sigaction":
            continue
        rest = [token.value for token in tokens[index + 2 : index + 4]]
        if tokens[index + 1].type == "COMMA" and not _NO_HANDLER.intersection(rest):
            yield tokens[index].value


def _written(tokens: Sequence[Token], handler: Function) -> Iterator[str]:
    """Variables that a handler, or the part of it that is given, assigns to and doesn't declare."""
    return (name for name, _ in _changed(tokens, handler))


def _changed(tokens: Sequence[Token], handler: Function) -> Iterator[tuple[str, bool]]:
    """The same, each time that one is changed, and whether it's counted down there."""
    local = set(_declared(tokens)) | {parameter.name for parameter in handler.head.parameters}
    for index in range(1, len(tokens) - 1):
        token = tokens[index]
        before, behind = tokens[index - 1].type, tokens[index + 1].type
        changed = behind in _CHANGES or before in ("PLUSPLUS", "MINUSMINUS")
        plain = before not in ("PERIOD", "ARROW", "TIMES")
        if token.type == "ID" and changed and plain and token.value not in local | {"errno"}:
            yield token.value, behind in ("MINUSMINUS", "MINUSEQUAL") or before == "MINUSMINUS"


def _declared(tokens: Iterable[Token]) -> Iterator[str]:
    """Names right behind a type, stars passed over: `int saved_errno`, `struct timeval *tv`, `size_t i`."""
    before = before_that = last = ""
    for token in tokens:
        if token.type == "ID" and (before in TYPE_KEYWORDS or before_that in TAG_KEYWORDS or last == "ID"):
            yield token.value
        if token.type != "TIMES":
            before, before_that = token.type, before
        last = token.type
