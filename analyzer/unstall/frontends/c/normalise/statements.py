"""Statements: one scan over the statement heads of a block, which repairs what macros leave of C.

The scan is flat: behind `if (…)`, `{`, `else` or a label the next statement begins, however deep it
is nested. What looks like no statement of C is looked up by its shape in `_MACRO_STATEMENTS`.
"""

import re
from collections.abc import Callable

from unstall.frontends.c.macros import MacroForm, macro_form
from unstall.frontends.c.normalise.code import CLOSE, COMPUTED, OPEN, SEMICOLON, Code, Oddity, OddityKind
from unstall.frontends.c.normalise.declarations import declaration_or_expression
from unstall.frontends.c.normalise.expressions import NEVER_LAST, expression
from unstall.frontends.c.shapes import NAME, PAREN
from unstall.frontends.c.vocabulary import MACRO_NAME, STATEMENT_KEYWORDS

_ONE = ("INT_CONST_DEC", "1")


class NotAStatementError(Exception):
    """Tokens that no rule makes a statement of; `index` is the first of them."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index


def statements(code: Code, start: int, end: int) -> None:
    """Rewrite the statements `tokens[start:end]`. Raises NotAStatementError."""
    at = start
    while at < end:
        at = _STATEMENTS.get(code.tokens[at].type, _simple)(code, at, end)


# Each rule rewrites the statement head at `at` and gives the index at which the next one begins.


def _pass(code: Code, at: int, end: int) -> int:
    """`{`, `}`, `;`, `else`, `do`: nothing to rewrite."""
    return at + 1


def _conditional(code: Code, at: int, end: int) -> int:
    """`if (…)`, `switch (…)`; `if MACRO(…)` → `if (MACRO(…))`."""
    if code.type(at + 1) == "LPAREN":
        close = code.partner[at + 1]
        if close == at + 2:
            code.put_behind(at + 1, _ONE)
        expression(code, at + 2, close)
        return close + 1
    first = at + 1
    while code.type(first) == "LNOT":
        first += 1
    if code.type(first) != "ID":
        raise NotAStatementError(at, "condition without parentheses")
    behind = code.behind(first + 1) if code.type(first + 1) == "LPAREN" else first + 1
    code.before(at + 1, OPEN)
    code.put_behind(behind - 1, CLOSE)
    expression(code, at + 1, behind)
    return behind


def _while(code: Code, at: int, end: int) -> int:
    """`while (…)`; one that ends a `do { … }` gets the `;` that it lacks."""
    behind = _conditional(code, at, end)
    if code.type(at - 1) == "RBRACE" and code.type(code.partner[at - 1] - 1) == "DO" and code.type(behind) != "SEMI":
        code.put_behind(behind - 1, SEMICOLON)
    return behind


def _for(code: Code, at: int, end: int) -> int:
    """`for (a; b; c)`; `for (MACRO(…))`, `for MACRO(…)` → `for (; MACRO(…);)`."""
    if code.type(at + 1) == "ID":
        behind = code.behind(at + 2) if code.type(at + 2) == "LPAREN" else at + 2
        code.before(at + 1, OPEN, SEMICOLON)
        code.put_behind(behind - 1, SEMICOLON, CLOSE)
        expression(code, at + 1, behind)
        return behind
    if code.type(at + 1) != "LPAREN":
        raise NotAStatementError(at, "for without parentheses")
    close = code.partner[at + 1]
    clauses = code.split(at + 2, close, "SEMI")
    if len(clauses) == 3:
        declaration_or_expression(code, *clauses[0])
        expression(code, *clauses[1])
        expression(code, *clauses[2])
    else:
        code.put_behind(at + 1, SEMICOLON)
        code.before(close, SEMICOLON)
        if len(clauses) == 1:
            expression(code, *clauses[0])
        else:
            code.make_opaque(at + 2, close)
    return close + 1


def _case(code: Code, at: int, end: int) -> int:
    """`case a:`; `case a ... b:` → `case a:`."""
    questions = 0
    behind = index = at + 1
    range_at = 0
    while index < end:
        kind = code.type(index)
        if kind == "COLON" and questions == 0:
            break
        questions += (kind == "CONDOP") - (kind == "COLON")
        if kind == "ELLIPSIS":
            range_at = index
        index = behind = code.behind(index)
    else:
        raise NotAStatementError(at, "case without a colon")
    if range_at:
        code.drop(range(range_at, behind))
    expression(code, at + 1, range_at or behind)
    return behind + 1


def _default(code: Code, at: int, end: int) -> int:
    """`default:`."""
    if code.type(at + 1) != "COLON":
        raise NotAStatementError(at, "default without a colon")
    return at + 2


def _goto(code: Code, at: int, end: int) -> int:
    """`goto label;`; `goto *address;` → a jump to a label of its own kind."""
    behind, terminated = _extent(code, at + 1, end)
    if behind != at + 2 or code.type(at + 1) != "ID":
        code.name(at + 1, behind, COMPUTED)
    return _terminate(code, behind, terminated)


def _break(code: Code, at: int, end: int) -> int:
    """`break;`, `continue;`, the `;` put in where a macro hides it."""
    return _terminate(code, at + 1, code.type(at + 1) == "SEMI" and at + 1 < end)


def _return(code: Code, at: int, end: int) -> int:
    """`return …;`."""
    behind, terminated = _extent(code, at + 1, end)
    expression(code, at + 1, behind)
    return _terminate(code, behind, terminated)


def _terminate(code: Code, behind: int, terminated: bool) -> int:
    """Put in the `;` that a statement lacks."""
    if terminated:
        return behind + 1
    code.put_behind(behind - 1, SEMICOLON)
    return behind


_DATA_BRACE = frozenset({"EQUALS", "RBRACKET", "STRUCT", "UNION", "ENUM"})


def _extent(code: Code, at: int, end: int) -> tuple[int, bool]:
    """Where a simple statement that begins at `at` ends, and whether by a `;`.

    Else it ends before a `}`, a statement keyword, or a `{` that opens a block. The last answer holds
    for what is left of the same statement when macros were split off its front.
    """
    start, behind, terminated = code.extent
    if not start <= at < behind <= end:
        behind, terminated = _find_extent(code, at, end)
        code.extent = at, behind, terminated
    return behind, terminated


def _find_extent(code: Code, at: int, end: int) -> tuple[int, bool]:
    index = at
    while index < end:
        kind = code.tokens[index].type
        if kind == "SEMI":
            return index, True
        if kind in STATEMENT_KEYWORDS or kind == "RBRACE":
            return index, False
        if kind == "LBRACE" and not _is_data(code, at, index):
            return index, False
        index = code.behind(index)
    return end, False


def _is_data(code: Code, start: int, brace: int) -> bool:
    """Whether a `{` opens an initialiser, a struct's members, or a compound literal."""
    previous = code.type(brace - 1)
    if brace == start:
        return False
    if previous in _DATA_BRACE:
        return True
    if previous == "ID":
        return "struct" in [code.tokens[i].value for i in range(max(start, brace - 3), brace)] or code.type(
            brace - 2
        ) in ("STRUCT", "UNION", "ENUM")
    if previous != "RPAREN":
        return False
    opening = code.partner[brace - 1]
    if opening == start:
        return True  # (T) { … }
    return opening > start and code.type(opening - 1) not in ("ID", "RPAREN", "RBRACKET")


def _simple(code: Code, at: int, end: int) -> int:
    """A label, a declaration, an expression, or one of `_MACRO_STATEMENTS`."""
    kind = code.tokens[at].type
    if kind == "ID" and code.type(at + 1) == "COLON" and at + 1 < end:
        return at + 2
    if kind in ("RPAREN", "RBRACKET", "COMMA"):
        raise NotAStatementError(at, "stray " + code.tokens[at].value)
    behind, terminated = _extent(code, at, end)
    letters, positions = code.shape(at, behind, _LONGEST_PATTERN)
    positions.append(behind)
    tail = ";" if terminated else _tail(code, behind, end)
    for pattern, rule in _MACRO_STATEMENTS:
        match = pattern.match(letters + tail)
        following = rule(code, at, positions[match.end()], end) if match else None
        if following is not None:
            return following
    if tail == "{":
        return _nested_function(code, at, behind)
    declaration_or_expression(code, at, behind)
    return _terminate(code, behind, terminated)


def _tail(code: Code, behind: int, end: int) -> str:
    """How a simple statement ends that no `;` ends: by a block, a statement keyword, or its block's end."""
    if behind >= end or code.type(behind) == "RBRACE":
        return "}"
    return "{" if code.type(behind) == "LBRACE" else "k"


_NESTED_FUNCTION = re.compile(rf"[qStsiMT*]+{NAME}{PAREN}$")


def _nested_function(code: Code, at: int, brace: int) -> int:
    """`int f(int x) { … }` inside of a function → nothing: it runs only when it's called."""
    if not _NESTED_FUNCTION.match(code.shape(at, brace)[0]):
        raise NotAStatementError(brace, "brace inside of a statement")
    close = code.partner[brace]
    code.drop_statement(at, close)
    code.replace(close, SEMICOLON)
    return close + 1


# Statements made of macros. A rule is given the index of the macro and of what its pattern ends before;
# it gives None where it doesn't apply after all.


def _macro_block(code: Code, at: int, behind: int, end: int) -> int | None:
    """`MACRO(…) {` → `if (MACRO(…)) {`, `while (MACRO(…)) {` or `MACRO(…); {`."""
    return _macro_head(code, at, behind, macro_form(code.tokens[at].value, code.macros))


def _macro_head(code: Code, at: int, behind: int, form: MacroForm) -> int:
    name = code.tokens[at].value
    code.oddities[at] = Oddity(OddityKind.MACRO_BLOCK, code.span(at, behind), name, form)
    if form is MacroForm.PLAIN:
        code.put_behind(behind - 1, SEMICOLON)
    else:
        word = ("WHILE", "while") if form in (MacroForm.LOOP, MacroForm.ONCE) else ("IF", "if")
        code.before(at, word, OPEN)
        code.put_behind(behind - 1, CLOSE)
    expression(code, at, behind)
    return behind


def _macro_type(code: Code, at: int, behind: int, end: int) -> int | None:
    """`MACRO(…) name = …;` on one line → `int name = …;`."""
    if code.tokens[behind].first_on_line:
        return None
    close, terminated = _extent(code, behind, end)
    code.drop(range(at, behind))
    code.before(at, ("INT", code.text(at, behind)))
    declarators = code.split(behind, close)
    if any(code.type(first) != "ID" for first, _ in declarators):
        return None
    for first, last in declarators:
        code.regions.append((first, last))
        if code.type(first + 1) == "EQUALS":
            expression(code, first + 2, last)
    return _terminate(code, close, terminated)


def _macro_statement(code: Code, at: int, behind: int, end: int) -> int | None:
    """`MACRO(…)` without a `;` → `MACRO(…);`, or the head of a loop or condition over what follows."""
    form = macro_form(code.tokens[at].value, code.macros)
    no_body = behind >= end or code.type(behind) in ("RBRACE", "CASE", "DEFAULT") or code.letter(behind) in "tsqS"
    on_one_line = not no_body and not code.tokens[behind].first_on_line
    if form is MacroForm.UNKNOWN and not on_one_line:
        form = MacroForm.PLAIN  # on a line of its own
    if form is not MacroForm.PLAIN and not no_body and not _PAIRED.search(code.tokens[at].value):
        return _macro_head(code, at, behind, form)
    code.put_behind(behind - 1, SEMICOLON)
    expression(code, at, behind)
    return behind


_PAIRED = re.compile(r"(?:begin|start|end)$", re.IGNORECASE)
"""A macro that opens or closes something in pairs: no head of the next statement."""


def _macro_around_head(code: Code, at: int, behind: int, end: int) -> int | None:
    """`MACRO(if (…)) …` → `if (…) …`, `MACRO(case x:)` → `case x:`: the macro hides a head that goes on behind it."""
    letters, _ = code.shape(at + 2, behind - 1)
    if not re.fullmatch(r"k[PEFD]", letters) and (code.type(at + 2), code.type(behind - 2)) != ("CASE", "COLON"):
        return None
    code.drop((at, at + 1, behind - 1))
    _STATEMENTS[code.type(at + 2)](code, at + 2, behind - 1)
    return behind


def _macro_around_operand(code: Code, at: int, behind: int, end: int) -> int | None:
    """`MACRO(x =) y;`: an expression in which the macro hides the first half."""
    if code.type(behind - 2) not in NEVER_LAST - {"COLON"}:  # MACRO(label:)
        return None
    close, terminated = _extent(code, at, end)
    expression(code, at, close)
    return _terminate(code, close, terminated)


def _macro_line(code: Code, at: int, behind: int, end: int) -> int | None:
    """`MACRO(…)` on a line of its own, in capitals, before what could be its continuation → `MACRO(…);`."""
    if not code.tokens[behind].first_on_line or not MACRO_NAME.fullmatch(code.tokens[at].value):
        return None
    code.put_behind(behind - 1, SEMICOLON)
    expression(code, at, behind)
    return behind


_MACRO_STATEMENTS: tuple[tuple[re.Pattern[str], Callable[[Code, int, int, int], int | None]], ...] = (
    (re.compile(rf"{NAME}P(?=[^;])"), _macro_around_head),
    (re.compile(rf"{NAME}[PF](?=[iMTn!*PEFD])"), _macro_around_operand),
    (re.compile(rf"{NAME}{PAREN}?(?=\{{)"), _macro_block),
    (re.compile(rf"{NAME}{PAREN}(?={NAME}[;=B,])"), _macro_type),
    (re.compile(rf"{NAME}{PAREN}(?=[iMTtsqSn!k}}])"), _macro_statement),
    (re.compile(rf"{NAME}{PAREN}(?=[*+PEFD])"), _macro_line),
    (re.compile(rf"{NAME}(?=[k}}])"), _macro_statement),
    (re.compile(r"M(?![iMT][;,B])(?=[iMTtsqS])"), _macro_line),
)
_LONGEST_PATTERN = 4
"""Letters of a statement that decide which of them applies."""

_STATEMENTS: dict[str, Callable[[Code, int, int], int]] = {
    **dict.fromkeys(("LBRACE", "RBRACE", "SEMI", "ELSE", "DO"), _pass),
    "IF": _conditional,
    "SWITCH": _conditional,
    "WHILE": _while,
    "FOR": _for,
    "CASE": _case,
    "DEFAULT": _default,
    "GOTO": _goto,
    "BREAK": _break,
    "CONTINUE": _break,
    "RETURN": _return,
}
