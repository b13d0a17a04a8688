"""Rewrites what only Python 2 could read, token by token, into Python 3 that means the same to the analysis.

Each pass takes the logical lines of a scope and gives edits; together with the offset map every position stays one of
the user's file. A form is rewritten only where Python 3 could not read it, so that Python 3 sources go through
untouched.
"""

import re
from collections.abc import Callable, Iterator
from itertools import zip_longest

from unstall.frontends.python.lexer import Kind, Line, Token, header_length, simple_statements
from unstall.source import Edit, Span

CAUGHT = "__caught__"
"""The name given to the exception of ``except E, (code, text):``, which Python 2 unpacks without naming it."""

_OCTAL = re.compile(r"0[0-7]*[1-7][0-7]*[lL]?")
_FORMER_NAMES = frozenset({"async", "await", "True", "False", "None"})
_OPERATORS_BEHIND_PRINT = frozenset("[{`~-+")


def modernise(lines: list[Line], text: str) -> list[Edit]:
    """The edits that make the lines readable as Python 3, sorted. ``text`` is the file's text, one byte a character."""
    edits = [edit for rewrite in _TOKEN_REWRITES for line in lines for edit in rewrite(line)]
    mixed = _is_mixed(lines, text)
    for line, following in zip_longest(lines, lines[1:]):
        edits += _indentation(line, text, mixed)
        edits += _except_clause(line, following, text, mixed)
    return sorted(edits)


def _insert(at: int, text: str) -> Edit:
    return Edit(Span(at, at), text.encode("latin-1"))


def _replace(token: Token, text: str) -> Edit:
    return Edit(Span(token.start, token.end), text.encode("latin-1"))


def _outer_commas(tokens: list[Token]) -> list[int]:
    """The indices of the commas outside of brackets."""
    depth, commas = 0, []
    for index, token in enumerate(tokens):
        if token.kind is Kind.OPERATOR:
            depth += (token.text in "([{") - (token.text in ")]}")
            if token.text == "," and depth == 0:
                commas.append(index)
    return commas


def _literals(line: Line) -> Iterator[Edit]:
    """``0755`` → ``0o755``, ``10L`` → ``10``, ``ur''`` → ``r''``, ``<>`` → ``!=``."""
    for token in line.tokens:
        if token.kind is Kind.NUMBER:
            if _OCTAL.fullmatch(token.text):
                yield _insert(token.start + 1, "o")
            if token.text[-1] in "lL":
                yield Edit(Span(token.end - 2, token.end), token.text[-2].encode())  # so that the end stays the end
        elif token.kind is Kind.STRING and token.text[:2].lower() == "ur":
            yield Edit(Span(token.start, token.start + 1), b"")
        elif token.text == "<>":
            yield _replace(token, "!=")


def _backticks(line: Line) -> Iterator[Edit]:
    """```x``` → ``repr(x)``."""
    ticks = [token for token in line.tokens if token.text == "`"]
    for index, token in enumerate(ticks):
        yield _replace(token, ")" if index % 2 else "repr(")


def _print_statement(line: Line) -> Iterator[Edit]:
    """``print a, b`` → ``print(a, b)``, ``print >>f, a`` → ``print(f, a)``."""
    for tokens in simple_statements(line):
        if tokens[0].text != "print" or (len(tokens) > 1 and not _begins_expression(tokens[1])):
            continue
        yield _insert(tokens[0].end, "(")
        if len(tokens) > 1 and tokens[1].text == ">>":
            yield _replace(tokens[1], "")
        yield _insert(tokens[-1].end, ")")


def _begins_expression(token: Token) -> bool:
    """Whether a token behind ``print`` can only be the start of what is printed (a parenthesis may be a call's)."""
    if token.kind is Kind.OPERATOR:
        return token.text in _OPERATORS_BEHIND_PRINT or token.text == ">>"
    return token.text not in ("in", "is", "and", "or", "if", "for")


def _exec_statement(line: Line) -> Iterator[Edit]:
    """``exec code in space`` → ``exec(code , space)``."""
    for tokens in simple_statements(line):
        if tokens[0].text != "exec" or len(tokens) == 1 or tokens[1].kind is Kind.OPERATOR:
            continue
        yield _insert(tokens[0].end, "(")
        depth = 0
        for token in tokens:
            depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
            if depth == 0 and token.text == "in":
                yield _replace(token, ",")
        yield _insert(tokens[-1].end, ")")


def _raise_statement(line: Line) -> Iterator[Edit]:
    """``raise E, value, t`` → ``raise E( value, t)``; ``raise E(x), None, t`` → ``raise E(x) from( None, t)``."""
    for tokens in simple_statements(line):
        commas = _outer_commas(tokens) if tokens[0].text == "raise" else []
        if commas:
            is_instance = tokens[commas[0] - 1].text == ")"
            yield _replace(tokens[commas[0]], " from(" if is_instance else "(")
            yield _insert(tokens[-1].end, ")")


def _except_clause(line: Line, following: Line | None, text: str, mixed: bool) -> Iterator[Edit]:
    """``except E, e:`` → ``except E as e:``; ``except E, (a, b):`` names the exception and unpacks its arguments.

    ``except A, B:`` of Python 3.14 is a tuple: told apart by the second being dotted or capitalised.
    """
    header = line.tokens[: header_length(line)]
    commas = _outer_commas(header) if line.starts_with("except") else []
    if not commas or any(token.text == "as" for token in header):
        return
    comma, target = header[commas[0]], header[commas[0] + 1 : -1]
    if len(commas) == 1 and target and target[0].text in ("(", "[") and all(map(_is_of_names, target)):
        yield Edit(Span(comma.start, target[-1].end), f" as {CAUGHT}".encode())
        unpacking = f"{text[target[0].start : target[-1].end]} = {CAUGHT}.args"
        if rest := line.tokens[len(header) :]:
            yield _insert(rest[0].start, f"{unpacking}; ")
        elif following is not None and following.indent > line.indent:
            yield _insert(following.tokens[0].start, f"{unpacking}\n{_blank(following, text, mixed)}")
    elif len(commas) > 1 or len(target) != 1 or target[0].text[:1].isupper():
        yield _insert(header[1].start, "(")
        yield _insert(header[-2].end, ")")
    else:
        yield _replace(comma, " as ")


def _is_of_names(token: Token) -> bool:
    """Whether a token is part of a plain target of an assignment; no other pass rewrites any of that."""
    return token.text in ("(", "[", ",", "]", ")") or (token.kind is Kind.NAME and token.text not in _FORMER_NAMES)


def _tuple_parameters(line: Line) -> Iterator[Edit]:
    """``def f(a, (b, c)):`` → ``def f(a, b, c):``, and so with lambda: the names are what matters."""
    tokens = line.tokens[: header_length(line)] if line.starts_with("def") else []
    edits = list(_without_inner_brackets(tokens[2:], 1)) if len(tokens) > 3 else []
    for index, token in enumerate(line.tokens):
        if token.text == "lambda" and line.tokens[index + 1 : index + 2]:
            edits += _without_inner_brackets(line.tokens[index + 1 :], 0)
    yield from dict.fromkeys(edits)  # of a lambda among a function's defaults both would speak


def _without_inner_brackets(tokens: list[Token], depth: int) -> Iterator[Edit]:
    """Removes the parentheses that stand where a parameter begins, up to the end of the parameter list."""
    opened: list[bool] = []
    for index, token in enumerate(tokens):
        if token.text in ("(", "[", "{"):
            before = tokens[index - 1].text if index else ","
            is_parameter = token.text == "(" and before in ("(", ",") and index >= depth and all(opened[depth:])
            opened.append(is_parameter)
            if is_parameter:
                yield _replace(token, "")
        elif token.text in (")", "]", "}"):
            if not opened:
                return
            if opened.pop():
                yield _replace(token, "")
        elif token.text == ":" and len(opened) == 0:
            return


def _former_names(line: Line) -> Iterator[Edit]:
    """Keywords that were names (``async`` and ``await`` before 3.7, ``module.True``): an underscore is added."""
    tokens = line.tokens
    for index, token in enumerate(tokens):
        if token.text not in _FORMER_NAMES:
            continue
        before = tokens[index - 1].text if index else ""
        after = tokens[index + 1].text if index + 1 < len(tokens) else ""
        if token.text[0].isupper():
            if before == ".":
                yield _insert(token.end, "_")
            continue
        is_keyword = after in ("def", "for", "with") if token.text == "async" else after not in ("=", ")", ",", ".", "")
        if before in (".", "def") or not is_keyword:
            yield _insert(token.end, "_")


def _is_mixed(lines: list[Line], text: str) -> bool:
    blanks = "".join(text[line.start : line.tokens[0].start] for line in lines)
    return "\t" in blanks and " " in blanks


def _blank(line: Line, text: str, mixed: bool) -> str:
    """The indentation that a line is given: blanks for tabs where a scope has both, as Python 2 counts them. One that
    goes over several lines LibCST would read, but not keep.
    """
    blank = text[line.start : line.tokens[0].start]
    return " " * line.indent if "\f" in blank or "\\" in blank or (mixed and "\t" in blank) else blank


def _indentation(line: Line, text: str, mixed: bool) -> Iterator[Edit]:
    """One kind of white space in front of a line; form feeds go."""
    end = line.tokens[0].start
    blank = _blank(line, text, mixed)
    if blank != text[line.start : end]:
        yield Edit(Span(line.start, end), blank.encode("latin-1"))


_TOKEN_REWRITES: tuple[Callable[[Line], Iterator[Edit]], ...] = (
    _literals,
    _backticks,
    _print_statement,
    _exec_statement,
    _raise_statement,
    _tuple_parameters,
    _former_names,
)
