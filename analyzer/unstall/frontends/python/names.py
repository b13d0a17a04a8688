"""What names stand for: imports and constants, read from tokens so that no other scope need be parsed.

An imported name stands for its full dotted name (``from select import error`` makes ``error`` mean ``select.error``),
so that the analysis meets every call and every exception class under one name, whatever the file calls it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from unstall.flow.ir import Const, Expr, Items, Member, Name
from unstall.frontends.python.lexer import Kind, Line, Token, simple_statements

_COLLECTIONS = frozenset({"frozenset", "set", "tuple", "list"})
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def dotted(expr: Expr) -> str | None:
    """``a.b.c`` for a name or a chain of members of one, else None."""
    if isinstance(expr, Name):
        return expr.id
    if isinstance(expr, Member):
        base = dotted(expr.base)
        return None if base is None else f"{base}.{expr.name}"
    return None


def undotted(path: str) -> Expr:
    """The expression that ``path`` is the dotted name of."""
    first, *members = path.split(".")
    expr: Expr = Name(first)
    for member in members:
        expr = Member(expr, member)
    return expr


@dataclass(frozen=True, slots=True)
class Names:
    """What the names of a scope stand for."""

    imports: Mapping[str, str] = field(default_factory=dict)
    """From a name to its full dotted name; relative imports are not among them."""
    constants: Mapping[str, Expr] = field(default_factory=dict)
    """Names bound once in the file, at module level, to a dotted name or a display of them."""
    methods: Mapping[str, str] = field(default_factory=dict)
    """Local names bound once, to a member (``poll = self.poller.poll``). What is called by one is that member; as a
    value the name is itself, since the member may have changed meanwhile.
    """

    def resolve(self, name: str) -> Expr:
        """What a name stands for where nothing nearer binds it."""
        if name in self.imports:
            return undotted(self.imports[name])
        return self.constants.get(name, Name(name))

    def inside(self, lines: Iterable[Line], bound: frozenset[str]) -> "Names":
        """The names within a function that has these lines and binds ``bound`` itself."""
        lines = list(lines)
        own = imports_of(lines)
        outer = Names(
            {name: path for name, path in self.imports.items() if name not in bound} | own,
            {name: value for name, value in self.constants.items() if name not in bound and name not in own},
        )
        members = ((name, dotted(value)) for name, value in _bound_once(lines, lines, outer).items())
        methods = {name: path for name, path in members if path is not None and "." in path}
        return Names(outer.imports, outer.constants, methods)

    def behind(self, identifiers: frozenset[str]) -> frozenset[str]:
        """``identifiers`` and all that are in what they stand for."""
        known = identifiers & (self.imports.keys() | self.constants.keys())
        return identifiers.union(*(_identifiers(self.resolve(name)) for name in known))


def _identifiers(expr: Expr) -> Iterable[str]:
    path = dotted(expr)
    if path is not None:
        yield from path.split(".")
    elif isinstance(expr, Items):
        for item in expr.items:
            yield from _identifiers(item)


def names_of_file(module: Iterable[Line], every: Iterable[Line]) -> Names:
    """The names at module level, given its own lines and those of the whole file."""
    module = list(module)
    names = Names(imports_of(module))
    top = [line for line in module if line.indent == 0]
    return Names(names.imports, _bound_once(top, every, names))


def _bound_once(lines: Iterable[Line], every: Iterable[Line], names: Names) -> dict[str, Expr]:
    """The names that ``lines`` assign a dotted name or a display to, and that ``every`` line binds no second time."""
    times = Counter(name for line in every for name in _bound(line))
    found: dict[str, Expr] = {}
    known = Names(names.imports, found)  # a constant may be made of those before it
    for line in lines:
        for tokens in simple_statements(line):
            if len(tokens) > 2 and tokens[1].text == "=" and times[tokens[0].text] == 1:
                value = _Display(tokens[2:], known).read()
                if value is not None and not isinstance(value, Const):
                    found[tokens[0].text] = value
    return found


def imports_of(lines: Iterable[Line]) -> dict[str, str]:
    """The names that import statements bind, the first of several kept (``except ImportError`` has the substitute)."""
    found: dict[str, str] = {}
    for line in lines:
        for tokens in simple_statements(line):
            words = [token.text for token in tokens]
            if words[0] == "import":
                for name, path in _clauses(words[1:]):
                    found.setdefault(name or path.split(".")[0], path if name else path.split(".")[0])
            elif words[0] == "from" and "import" in words:
                at = words.index("import")
                package = "".join(words[1:at])
                for name, path in _clauses(words[at + 1 :]):
                    if not package.startswith(".") and path != "*":
                        found.setdefault(name or path, f"{package}.{path}")
    return found


def _clauses(words: list[str]) -> Iterable[tuple[str, str]]:
    """``a.b as c, d`` as pairs of the name behind ``as`` (or nothing) and the path."""
    clause: list[str] = []
    for word in [*words, ","]:
        if word not in (",", "(", ")"):
            clause.append(word)
        elif word == "," and clause:
            at = clause.index("as") if "as" in clause else len(clause)
            yield "".join(clause[at + 1 :]), "".join(clause[:at])
            clause = []


def _bound(line: Line) -> Iterable[str]:
    """Plain names that a line may bind. Keyword arguments count too: better one constant less than a wrong one."""
    tokens = line.tokens
    is_loop = any(token.text == "for" for token in tokens)
    is_list = line.starts_with("global") or line.starts_with("import") or line.starts_with("from")
    last = -1 if tokens[:1] and tokens[0].text == "def" else _last_equals(tokens)
    for index, token in enumerate(tokens):
        if token.kind is not Kind.NAME or (index and tokens[index - 1].text == "."):
            continue
        after = tokens[index + 1].text if index + 1 < len(tokens) else ""
        before = tokens[index - 1].text if index else ""
        is_target = (after.endswith("=") and after not in ("==", "!=", "<=", ">=")) or before == "as"
        in_tuple = after == "," and index < last
        if is_target or is_list or (is_loop and after in ("in", ",")) or in_tuple:
            yield token.text


def _last_equals(tokens: Sequence[Token]) -> int:
    """The index of the last ``=``, -1 where there is none."""
    return next((index for index in range(len(tokens) - 1, -1, -1) if tokens[index].text == "="), -1)


class _Display:
    """Reads dotted names, numbers and displays of them; nothing else is a constant here.

    value = dotted | NUMBER | open [value {"," value} [","]] close | collection "(" value ")"
    """

    MAX_DEPTH = 8

    def __init__(self, tokens: list[Token], names: Names) -> None:
        self.tokens = tokens
        self.names = names
        self.at = 0
        self.depth = 0

    def read(self) -> Expr | None:
        """The value, if the tokens are one and nothing follows."""
        value = self._value()
        return value if self.at == len(self.tokens) else None

    def _next(self) -> str:
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def _value(self) -> Expr | None:
        word = self._next()
        if word in _CLOSING:
            self.depth += 1
            return self._items(_CLOSING[word]) if self.depth < self.MAX_DEPTH else None
        if not word or self.tokens[self.at].kind not in (Kind.NAME, Kind.NUMBER):
            return None
        self.at += 1
        if self.tokens[self.at - 1].kind is Kind.NUMBER:
            return Const(int(word)) if word.isdigit() and len(word) < 20 else None
        if word in _COLLECTIONS and self._next() == "(":
            self.depth += 1
            inner = self._items(")")
            return inner.items[0] if isinstance(inner, Items) and len(inner.items) == 1 else inner
        return self._dotted(word)

    def _dotted(self, first: str) -> Expr | None:
        value = self.names.resolve(first)
        while self._next() == "." and self.at + 1 < len(self.tokens):
            value = Member(value, self.tokens[self.at + 1].text)
            self.at += 2
        return value

    def _items(self, close: str) -> Expr | None:
        self.at += 1
        items: list[Expr] = []
        comma = False
        while self._next() not in (close, ""):
            item = self._value()
            if item is None:
                return None
            items.append(item)
            comma = self._next() == ","
            if comma:
                self.at += 1
            elif self._next() != close:
                return None
        self.at += 1
        self.depth -= 1
        return items[0] if close == ")" and len(items) == 1 and not comma else Items(tuple(items))
