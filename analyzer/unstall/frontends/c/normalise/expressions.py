"""Expressions: one scan from left to right, which knows whether it stands behind an operand.

That bit tells a cast from a call, a unary `&&` from a binary one, and a macro between two operands
from an operand. Nothing recurses: brackets are entered and left, and blocks inside of expressions are
queued as statements of their own.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

from unstall.frontends.c.normalise.code import (
    CLOSE,
    CLOSE_BLOCK,
    EMPTY,
    OPEN,
    OPEN_BLOCK,
    Code,
    Oddity,
    OddityKind,
)
from unstall.frontends.c.normalise.types import TypeName, type_name
from unstall.frontends.c.vocabulary import (
    ASSIGNMENT_OPERATORS,
    BINARY_OPERATORS,
    LITERALS,
    MACRO_NAME,
    QUALIFIERS,
    STATEMENT_KEYWORDS,
    STORAGE_CLASSES,
    TAG_KEYWORDS,
    TYPE_KEYWORDS,
)

_ONE = ("INT_CONST_DEC", "1")
_NOT_IN_EXPRESSIONS = STATEMENT_KEYWORDS | TYPE_KEYWORDS | TAG_KEYWORDS | QUALIFIERS | STORAGE_CLASSES
_UNARY = frozenset({"PLUS", "MINUS", "TIMES", "AND", "LNOT", "NOT", "LAND"})
_NEVER_FIRST = (BINARY_OPERATORS - _UNARY) | ASSIGNMENT_OPERATORS | {"CONDOP", "COLON", "PERIOD", "ARROW"}
NEVER_LAST = BINARY_OPERATORS | ASSIGNMENT_OPERATORS | {"CONDOP", "COLON", "PERIOD", "ARROW", "LNOT", "NOT"}
"""Types of tokens that an expression can't end with."""
_CAST_OPERAND = LITERALS | {"ID", "LNOT", "NOT", "SIZEOF", "LBRACE", "__BUILTIN_VA_ARG"}
_OPERAND_LETTERS = frozenset('iMTn"PFED!z')
_AMBIGUOUS_OPERAND = frozenset({"LPAREN", "PLUS", "MINUS", "TIMES", "AND", "PLUSPLUS", "MINUSMINUS", "LAND"})


def expression(code: Code, start: int, end: int) -> None:
    """Rewrite the expression `tokens[start:end]`."""
    if start < end:
        code.regions.append((start, end))
        _Scan(code, start, end).run()


def initialiser(code: Code, start: int, end: int) -> None:
    """Rewrite what stands behind the `=` of a declaration: an expression or a list in braces."""
    if start < end:
        code.regions.append((start, end))
        _Scan(code, start, end, braces=True).run()


@dataclass(frozen=True)
class _Group:
    """A bracketed group that can be given up in parts."""

    close: int
    items: tuple[tuple[int, int], ...]
    """Arguments of a call; of an initialiser list the whole group."""

    def around(self, index: int) -> tuple[int, int]:
        """The item that holds a token."""
        return self.items[max(bisect_right(self.items, index, key=lambda item: item[0]) - 1, 0)]


@dataclass
class _Scan:
    code: Code
    at: int
    end: int
    braces: bool = False
    """An initialiser list may begin here."""
    operand: bool = False
    """What was read last ends an operand."""
    groups: list[_Group] = field(default_factory=list)
    done: dict[int, tuple[int, bool]] = field(default_factory=dict)
    """Ranges that are dealt with: first index to the index behind, and whether they are an operand."""

    def run(self) -> None:
        start, end = self.at, self.end
        if self.code.type(start) in _NEVER_FIRST and not self.braces:
            self.code.make_opaque(start, end)
            return
        while self.at < end:
            while self.groups and self.groups[-1].close < self.at:
                self.groups.pop()
            if self.at in self.done:
                self.at, self.operand = self.done[self.at]
                continue
            kind = self.code.tokens[self.at].type
            if not _RULES.get(kind, _operator)(self) and not self._give_up(start):
                return

    def _give_up(self, start: int) -> bool:
        """Make the innermost argument or list around this token opaque, and go on behind it.

        Without one the whole expression is given up, and False says so.
        """
        while self.groups and self.groups[-1].close <= self.at:
            self.groups.pop()
        if not self.groups:
            self.code.make_opaque(start, self.end)
            return False
        first, behind = self.groups[-1].around(self.at)
        self.code.make_opaque(first, behind)
        self.at, self.operand = behind, True
        return True

    def step(self, count: int, operand: bool) -> bool:
        self.at += count
        self.operand = operand
        return True

    def beyond(self, index: int) -> bool:
        """Go on behind an operand that ends before `index`."""
        self.at, self.operand = index, True
        return True


# Each rule reads at `scan.at`, makes its edits and moves on; False means that it makes no sense there.


def _operator(scan: _Scan) -> bool:
    """Any other operator, unary or binary."""
    if scan.code.tokens[scan.at].type in _NOT_IN_EXPRESSIONS:
        return False
    return scan.step(1, operand=False)


def _name(scan: _Scan) -> bool:
    """A name: an operand, or a macro beside one; `MACRO(x &&) y` → `x && y`."""
    if scan.operand:
        return _name_behind_operand(scan)
    code, at = scan.code, scan.at
    if code.type(at + 1) == "LPAREN":
        close = code.partner[at + 1]
        if code.type(close - 1) in NEVER_LAST | {"COMMA"} and code.letter(close + 1) in _OPERAND_LETTERS:
            code.drop([at, at + 1, close])
            scan.done[close] = close + 1, False
            return scan.step(2, operand=False)
    return scan.step(1, operand=True)


def _name_behind_operand(scan: _Scan) -> bool:
    """`PREFIX x` → `x`, `x POSTFIX(…)` → `x`, `x MACRO(|| y)` → `x || y`."""
    code, at = scan.code, scan.at
    behind = code.behind(at + 1) if code.type(at + 1) == "LPAREN" else at + 1
    if behind > at + 2 and code.type(at + 2) in BINARY_OPERATORS:
        code.drop([at, at + 1, behind - 1])
        return scan.step(2, operand=True)
    capitals = bool(MACRO_NAME.fullmatch(code.tokens[at].value))
    prefixed = _lone_name(code, at - 1)
    if prefixed and capitals:  # x POSTFIX, but PREFIX X
        prefixed = bool(MACRO_NAME.fullmatch(code.tokens[at - 1].value)) or code.letter(behind) in _OPERAND_LETTERS
    if prefixed:
        code.drop([at - 1])
        return scan.step(1, operand=True)
    if capitals:
        code.drop(range(at, behind))
        return scan.beyond(behind)
    return False


def _lone_name(code: Code, index: int) -> bool:
    """A name that is no member."""
    return code.type(index) == "ID" and code.type(index - 1) not in ("PERIOD", "ARROW")


def _literal(scan: _Scan) -> bool:
    """A literal; `PREFIX 3` → `3`."""
    code, at = scan.code, scan.at
    if scan.operand and not code.type(at - 1) == code.type(at) == "STRING_LITERAL":  # adjacent strings are one
        if not _lone_name(code, at - 1):
            return False
        code.drop([at - 1])
    return scan.step(1, operand=True)


def _va_arg(scan: _Scan) -> bool:
    """`va_arg(list, type)` → the same, its second argument one type token."""
    code, at = scan.code, scan.at
    close = code.partner[at + 1]
    items = code.split(at + 2, close)
    if len(items) != 2 or items[1][0] == items[1][1]:
        return False
    start, end = items[1]
    _put_type(code, start, end)
    scan.done[start] = end, True
    return scan.step(2, operand=False)


def _put_type(code: Code, start: int, end: int) -> None:
    """A type name → one token that is a type, spelled as the user's."""
    code.drop(range(start, end))
    code.before(start, ("INT", code.text(start, end)))


def _sizeof(scan: _Scan) -> bool:
    """`sizeof (type)` → `sizeof (int)`."""
    code, at = scan.code, scan.at
    if code.type(at + 1) == "LPAREN":
        close = code.partner[at + 1]
        if type_name(code, at + 2, close) is TypeName.YES and code.type(close + 1) != "LBRACE":
            _put_type(code, at + 2, close)
            return scan.beyond(close + 1)
    return scan.step(1, operand=False)


def _parenthesis(scan: _Scan) -> bool:
    """A call's arguments behind an operand, else a statement expression, a cast, or a plain group."""
    code, at = scan.code, scan.at
    close = code.partner[at]
    if scan.operand:
        return _arguments(scan, at, close)
    if close == at + 1:
        return False
    if code.type(at + 1) == "LBRACE":
        code.pending.append((at + 2, code.partner[at + 1]))
        return scan.beyond(close + 1)
    if _is_cast(scan, at, close):
        _put_type(code, at + 1, close)
        if code.type(close + 1) == "LBRACE" and close + 1 < scan.end:
            scan.braces = True
        scan.at, scan.operand = close + 1, False
        return True
    if type_name(code, at + 1, close) is TypeName.YES:  # a bare type in parentheses: a macro's argument
        code.name(at, close + 1, code.text(at + 1, close))
        return scan.beyond(close + 1)
    if code.type(at + 1) in _NEVER_FIRST:
        return False
    return scan.step(1, operand=False)


def _is_cast(scan: _Scan, at: int, close: int) -> bool:
    """`(type) operand`. A single name is a type where what follows can't continue an expression."""
    code = scan.code
    certain = type_name(code, at + 1, close)
    following = code.type(close + 1) if close + 1 < scan.end else ""
    if certain is TypeName.YES:
        return following in _CAST_OPERAND or following in _AMBIGUOUS_OPERAND
    if certain is TypeName.NO:
        return False
    if following == "LPAREN":  # (T)(U) x: casts in a row
        inner = code.partner[close + 1]
        behind = code.type(inner + 1) if inner + 1 < scan.end else ""
        return type_name(code, close + 2, inner) is not TypeName.NO and behind in _CAST_OPERAND | {"LPAREN"}
    return following in _CAST_OPERAND


def _arguments(scan: _Scan, at: int, close: int) -> bool:
    """The arguments of a call or of a macro that looks like one."""
    code = scan.code
    if close > at + 1:
        items = tuple(code.split(at + 1, close))
        scan.groups.append(_Group(close, items))
        code.regions.append((at + 1, close))
        for start, end in items:
            _argument(scan, start, end)
    return scan.step(1, operand=False) if close > at + 1 else scan.beyond(close + 1)


def _argument(scan: _Scan, start: int, end: int) -> None:
    """An argument that is no expression: nothing, a type, a block, statements, half of an expression."""
    code = scan.code
    if start == end:
        code.before(end, ("ID", EMPTY))
        return
    code.regions.append((start, end))
    if _is_block(code, start, end):
        code.before(start, OPEN)
        code.put_behind(end - 1, CLOSE)
        _queue_statements(scan, start, end, start + 1, end - 1)
    elif _holds_statements(code, start, end):
        code.before(start, OPEN, OPEN_BLOCK)
        code.before(end, CLOSE_BLOCK, CLOSE)
        _queue_statements(scan, start, end, start, end)
    elif type_name(code, start, end) is TypeName.YES:
        if end > start + 1 or code.type(start) != "ID":
            code.name(start, end, code.text(start, end))
            scan.done[start] = end, True
    elif code.shape(start, min(start + 3, end))[0] in (".i=", ".M=", ".T="):  # INIT(x, .member = value)
        code.drop(range(start, start + 3))
        scan.done[start] = start + 3, False
    elif code.type(start) in _NEVER_FIRST or code.type(end - 1) in NEVER_LAST:
        if end == start + 1:  # timercmp(a, b, <)
            code.name(start, end, code.text(start, end))
        else:
            code.make_opaque(start, end)
        scan.done[start] = end, True


def _is_block(code: Code, start: int, end: int) -> bool:
    """`MACRO({ … })` without the parentheses of a statement expression: `MACRO(x, { … })`."""
    return code.type(start) == "LBRACE" and code.partner[start] == end - 1 and _control(code, start + 1, end - 1)


def _control(code: Code, start: int, end: int) -> bool:
    return any(token.type == "SEMI" or token.type in STATEMENT_KEYWORDS for token in code.tokens[start:end])


def _holds_statements(code: Code, start: int, end: int) -> bool:
    """`MACRO(return -1)`, `MACRO(a; b;)`, `MACRO(label:)`."""
    if code.type(start) in STATEMENT_KEYWORDS or (code.type(start), code.type(start + 1)) == ("ID", "COLON"):
        return True
    return len(code.split(start, end, "SEMI")) > 1


def _queue_statements(scan: _Scan, start: int, end: int, first: int, behind: int) -> None:
    """Rewrite an argument's statements later; the graph is told that they are the macro's to run."""
    code = scan.code
    code.pending.append((first, behind))
    code.oddities[start] = Oddity(OddityKind.ARGUMENT, code.span(start, end))
    scan.done[start] = end, True


def _closing(scan: _Scan) -> bool:
    """The end of a group is the end of an operand."""
    return scan.step(1, operand=True)


def _bracket(scan: _Scan) -> bool:
    """`a[i]`; in an initialiser list `[i] = x` too."""
    if scan.code.partner[scan.at] == scan.at + 1:
        return False
    return scan.step(1, operand=False)


def _brace(scan: _Scan) -> bool:
    """An initialiser list, or one inside of one; as a macro's argument it becomes a compound literal."""
    code, at = scan.code, scan.at
    if scan.operand:
        return False
    if not scan.braces:
        if code.type(at - 1) != "EQUALS":
            return False
        code.before(at, OPEN, ("INT", "int"), CLOSE)
        scan.braces = True
    close = code.partner[at]
    scan.groups.append(_Group(close, ((at, close + 1),)))
    code.regions.append((at, close + 1))
    for start, end in code.split(at + 1, close):
        _designation(scan, start, end)
    return scan.step(1, operand=False)


def _designation(scan: _Scan, start: int, end: int) -> None:
    """`x: 3` → `3`; `[1 ... 5] = 3`, `[1] 3` → `3`; `.x = 3` stays."""
    code = scan.code
    behind = start
    if code.type(start) == "ID" and code.type(start + 1) == "COLON":
        behind = start + 2
    elif code.type(start) == "LBRACKET" and code.partner[start] < end:
        behind = code.partner[start] + 1
        if code.type(behind) in ("PERIOD", "LBRACKET"):
            return
        behind += code.type(behind) == "EQUALS"
    if start < behind < end:
        code.drop(range(start, behind))
        scan.done[start] = behind, False


def _question(scan: _Scan) -> bool:
    """`a ?: b` → `a ? 1 : b`."""
    if scan.code.type(scan.at + 1) == "COLON":
        scan.code.put_behind(scan.at, _ONE)
    return scan.step(1, operand=False)


def _label_address(scan: _Scan) -> bool:
    """`&&label` → `&label`."""
    if not scan.operand:
        scan.code.replace(scan.at, ("AND", "&"))
    return scan.step(1, operand=False)


def _member(scan: _Scan) -> bool:
    """`.name`, `->name`: a name whatever its spelling."""
    code, at = scan.code, scan.at
    word = code.tokens[at + 1].value if at + 1 < scan.end else ""
    if not word[:1].isalpha() and not word.startswith("_"):
        return False
    code.replace(at + 1, ("ID", word))
    return scan.step(2, operand=True)


def _increment(scan: _Scan) -> bool:
    """`++x`, `x++`."""
    return scan.step(1, operand=scan.operand)


_RULES: dict[str, Callable[[_Scan], bool]] = {
    "ID": _name,
    **dict.fromkeys(LITERALS, _literal),
    "__BUILTIN_VA_ARG": _va_arg,
    "SIZEOF": _sizeof,
    "LPAREN": _parenthesis,
    "RPAREN": _closing,
    "RBRACKET": _closing,
    "RBRACE": _closing,
    "LBRACKET": _bracket,
    "LBRACE": _brace,
    "CONDOP": _question,
    "LAND": _label_address,
    "PERIOD": _member,
    "ARROW": _member,
    "PLUSPLUS": _increment,
    "MINUSMINUS": _increment,
}
