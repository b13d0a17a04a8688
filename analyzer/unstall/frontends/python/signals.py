"""What a file shows of signals: handlers that it installs, and what they write. Found in tokens, without parsing."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from unstall.flow.files import SignalFacts
from unstall.frontends.python.lexer import Kind, Token, header_length, simple_statements
from unstall.frontends.python.names import Names, dotted
from unstall.frontends.python.scopes import Scope

_MUTATORS = frozenset({"set", "clear", "append", "appendleft", "add", "put", "put_nowait", "release", "notify", "stop"})
"""Methods that change what they are called on, as far as handlers use them."""
_CHOICES = frozenset({"if", "while", "for", "try", "match", "return"})
_ENDINGS = frozenset({"sys.exit", "os._exit", "exit", "quit", "raiseSystemExit"})
_NO_HANDLER = frozenset({"SIG_IGN", "SIG_DFL", "default_int_handler", "None"})


def signal_facts(scopes: list[Scope], names: Names) -> SignalFacts:
    """The installations ``signal.signal(number, handler)`` and ``….add_signal_handler(number, handler)`` in a file."""
    own = {scope.name for scope in scopes}
    signals: dict[str, None] = {}
    handlers: set[str] = set()
    flags: set[str] = set()
    installers: set[str] = set()
    complete = True
    for scope in scopes:
        for number, handler in _installations(scope, names):
            if handler and handler[-1].text not in _NO_HANDLER:
                functions = may_mean(handler, scope)
                back = _puts_back(number, handler, scope)
                complete &= back or not own.isdisjoint(functions)
                signals.update(dict.fromkeys(_signals_named(number) or _signals_named(scope.tokens)))
                handlers |= functions
                flags |= set(_changed(handler))  # a lambda's body
                installers |= set() if back else {scope.name}
    known = [scope for scope in scopes if scope.name in handlers]
    flags = flags.union(*map(_written, known))
    installs = bool(signals or handlers)
    facts = SignalFacts(tuple(signals), frozenset(flags), installs=installs)
    return _with_effects(facts, scopes, known, installers) if known and complete else facts


def _with_effects(
    facts: SignalFacts, scopes: list[Scope], handlers: list[Scope], installers: set[str]
) -> SignalFacts:  # fmt: skip
    """What the handlers do, where all that are installed are known."""
    returning = [handler for handler in handlers if not _ends_program(handler)]
    calls = {name.rpartition(".")[2] for name in installers}
    callers = {scope.name for scope in scopes if any(name in calls for name in _called(scope))}
    return replace(
        facts,
        installers=frozenset(installers | callers),
        each_sets=tuple(frozenset(() if _chooses(handler) else _written(handler)) for handler in returning),
        may_set=frozenset().union(*map(_written, returning)),
        complete=True,
    )


def _called(scope: Scope) -> Iterator[str]:
    """The last part of the names of what is called in a scope."""
    words = ["", *(token.text for token in scope.tokens)]
    return (b for a, b, c in zip(words, words[1:], words[2:], strict=False) if c == "(" and a != "def")


def _puts_back(number: list[Token], handler: list[Token], scope: Scope) -> bool:
    """Whether handlers that were kept are put back: ``for number, handler in kept: signal.signal(number, handler)``."""
    headers = ([token.text for token in line.tokens] for line in scope.lines if line.starts_with("for"))
    stepped = {word for header in headers if "in" in header for word in header[1 : header.index("in")]}
    return len(handler) == 1 and handler[0].text in stepped and not _signals_named(number)


def _chooses(handler: Scope) -> bool:
    """Whether a handler does one thing or another."""
    return any(token.text in _CHOICES for token in handler.tokens)


def _ends_program(handler: Scope) -> bool:
    """Whether a handler's last statement ends the program, with no way around it."""
    last = handler.lines[-1]
    words = [token.text for token in last.tokens[header_length(last) if len(handler.lines) == 1 else 0 :]]
    path = "".join(words[: words.index("(")] if "(" in words else words)
    outermost = len(handler.lines) == 1 or last.indent == handler.lines[1].indent
    return outermost and path in _ENDINGS and not any(token.text == "return" for token in handler.tokens)


def _installations(scope: Scope, names: Names) -> Iterator[tuple[list[Token], list[Token]]]:
    """The tokens of the signal number and of the handler of each installation."""
    tokens = scope.tokens
    for index, token in enumerate(tokens[:-1]):
        if tokens[index + 1].text != "(" or token.text not in ("signal", "add_signal_handler", *names.imports):
            continue
        if token.text == "add_signal_handler" or _path(tokens, index, names) == "signal.signal":
            args = arguments(tokens[index + 2 :])
            if len(args) >= 2:
                yield args[0], args[1]


def _path(tokens: list[Token], last: int, names: Names) -> str | None:
    """The dotted name that ends at a token, in full."""
    first = last
    while first >= 2 and tokens[first - 1].text == "." and tokens[first - 2].kind is Kind.NAME:
        first -= 2
    root = dotted(names.resolve(tokens[first].text))
    return None if root is None else "".join([root, *(token.text for token in tokens[first + 1 : last + 1])])


def arguments(tokens: Iterable[Token]) -> list[list[Token]]:
    """The arguments of a call whose opening bracket has been passed."""
    depth = 0
    args: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind is Kind.OPERATOR and token.text in ")]}":
            depth -= 1
            if depth < 0:
                break
        if depth == 0 and token.text == ",":
            args.append([])
        else:
            args[-1].append(token)
        depth += token.kind is Kind.OPERATOR and token.text in "([{"
    return args


def _signals_named(tokens: Iterable[Token]) -> list[str]:
    return [token.text for token in tokens if token.text.startswith("SIG") and token.text[3:].isalnum()]


def may_mean(function: list[Token], scope: Scope) -> set[str]:
    """The qualified names that an expression for a function may refer to: ``stop``, ``self.stop`` within its class."""
    words = [token.text for token in function if token.kind is Kind.NAME]
    if words[:1] in ([], ["lambda"]):
        return set()
    outer = scope.name.split(".")
    if words[:1] in (["self"], ["cls"]) and len(words) == 2:
        return {".".join([*outer[:-1], words[1]])}
    if len(words) == 1 and len(function) == 1:
        return {words[0]} if scope.is_module else {words[0], f"{scope.name}.{words[0]}"}
    return {".".join(words)} if len(function) == 2 * len(words) - 1 else set()


def _written(scope: Scope) -> set[str]:
    """Variables that outlive a handler and that it writes: members, globals, and what it calls a mutator of."""
    foreign: set[str] = set()
    found: set[str] = set()
    for line in scope.lines:
        for tokens in simple_statements(line):
            if tokens[0].text in ("global", "nonlocal"):
                foreign.update(token.text for token in tokens[1:] if token.kind is Kind.NAME)
            found.update(_changed(tokens))
            target = _target(tokens)
            if "." in target or target in foreign:
                found.add(target)
    return found


def _target(tokens: list[Token]) -> str:
    """The dotted name in front of an assignment's operator; empty for other statements."""
    for index, token in enumerate(tokens):
        if token.kind is Kind.OPERATOR and token.text != ".":
            is_assignment = token.text.endswith("=") and token.text not in ("==", "!=", "<=", ">=")
            is_element = token.text == "[" and any(other.text.endswith("=") for other in tokens[index:])
            return "".join(other.text for other in tokens[:index]) if is_assignment or is_element else ""
    return ""


def _changed(tokens: list[Token]) -> Iterator[str]:
    """The dotted names that a mutator is called on."""
    for index in range(2, len(tokens) - 1):
        if tokens[index].text in _MUTATORS and tokens[index - 1].text == "." and tokens[index + 1].text == "(":
            first = index - 2
            while first >= 2 and tokens[first - 1].text == "." and tokens[first - 2].kind is Kind.NAME:
                first -= 2
            if tokens[first].kind is Kind.NAME:
                yield "".join(token.text for token in tokens[first : index - 1])
