"""What a file shows of signals: handlers that it installs, and what they write. Found in tokens, without parsing."""

from collections.abc import Iterable, Iterator

from unstall.flow.files import SignalFacts
from unstall.frontends.python.lexer import Kind, Token, simple_statements
from unstall.frontends.python.names import Names, dotted
from unstall.frontends.python.scopes import Scope

_MUTATORS = frozenset({"set", "clear", "append", "appendleft", "add", "put", "put_nowait", "release", "notify", "stop"})
"""Methods that change what they are called on, as far as handlers use them."""
_NO_HANDLER = frozenset({"SIG_IGN", "SIG_DFL", "default_int_handler", "None"})


def signal_facts(scopes: list[Scope], names: Names) -> SignalFacts:
    """The installations ``signal.signal(number, handler)`` and ``….add_signal_handler(number, handler)`` in a file."""
    signals: dict[str, None] = {}
    handlers: set[str] = set()
    flags: set[str] = set()
    for scope in scopes:
        for number, handler in _installations(scope, names):
            if handler and handler[-1].text not in _NO_HANDLER:
                signals.update(dict.fromkeys(_signals_named(number) or _signals_named(scope.tokens)))
                handlers |= _functions(handler, scope)
                flags |= set(_changed(handler))  # a lambda's body
    for scope in scopes:
        if scope.name in handlers:
            flags |= _written(scope)
    return SignalFacts(tuple(signals), frozenset(handlers), frozenset(flags), installs=bool(signals or handlers))


def _installations(scope: Scope, names: Names) -> Iterator[tuple[list[Token], list[Token]]]:
    """The tokens of the signal number and of the handler of each installation."""
    tokens = scope.tokens
    for index, token in enumerate(tokens[:-1]):
        if tokens[index + 1].text != "(" or token.text not in ("signal", "add_signal_handler", *names.imports):
            continue
        if token.text == "add_signal_handler" or _path(tokens, index, names) == "signal.signal":
            args = _arguments(tokens[index + 2 :])
            if len(args) >= 2:
                yield args[0], args[1]


def _path(tokens: list[Token], last: int, names: Names) -> str | None:
    """The dotted name that ends at a token, in full."""
    first = last
    while first >= 2 and tokens[first - 1].text == "." and tokens[first - 2].kind is Kind.NAME:
        first -= 2
    root = dotted(names.resolve(tokens[first].text))
    return None if root is None else "".join([root, *(token.text for token in tokens[first + 1 : last + 1])])


def _arguments(tokens: list[Token]) -> list[list[Token]]:
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


def _functions(handler: list[Token], scope: Scope) -> set[str]:
    """The qualified names that a handler's expression may refer to: ``stop``, ``self.stop`` within its class."""
    if handler[0].text == "lambda":
        return set()
    words = [token.text for token in handler if token.kind is Kind.NAME]
    outer = scope.name.split(".")
    if words[:1] in (["self"], ["cls"]) and len(words) == 2:
        return {".".join([*outer[:-1], words[1]])}
    if len(words) == 1 and len(handler) == 1:
        return {words[0]} if scope.is_module else {words[0], f"{scope.name}.{words[0]}"}
    return {".".join(words)} if len(handler) == 2 * len(words) - 1 else set()


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
