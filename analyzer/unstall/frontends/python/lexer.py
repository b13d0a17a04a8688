"""Python 2 and 3 source as logical lines of tokens: enough to cut functions out and to rewrite old forms.

A lexer of our own, because the standard library's follows the grammar of the running Python (3.12 refuses ``0755``
and backticks), and because an unclosed bracket must cost one function and not the rest of the file. It looks at UTF-8
read as Latin-1, so that a string index is a byte offset.
"""

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

MAX_BRACKETS = 200
"""CPython's own limit; LibCST's parser overflows the machine's stack somewhere above a thousand."""
MAX_CHAIN = 1000
"""Tokens in a row without a comma: LibCST is recursive (and quadratic) in a chain such as ``a + b + …``."""

COMPOUND = frozenset(["if", "elif", "else", "for", "while", "try", "except", "finally", "with", "def", "class"])


class Kind(Enum):
    """What a token is; keywords are names."""

    NAME = "name"
    NUMBER = "number"
    STRING = "string"
    OPERATOR = "operator"


class Token(NamedTuple):
    """A token with its byte offsets; comments, newlines and indentation are none."""

    kind: Kind
    text: str
    start: int
    end: int


@dataclass(slots=True)
class Line:
    """A logical line. ``start`` is the offset of its first physical line, ``indent`` its indentation in columns."""

    start: int
    indent: int
    tokens: list[Token] = field(default_factory=list)

    @property
    def end(self) -> int:
        """Where the last token ends."""
        return self.tokens[-1].end

    def starts_with(self, *words: str) -> bool:
        """Whether the first tokens are these words."""
        return tuple(token.text for token in self.tokens[: len(words)]) == words


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that no Python reads, or that we refuse to hand on."""

    offset: int
    reason: str


STRING_START = r"(?:[bBuUrRfFtT]{0,2})(?=['\"])"
_TOKEN = re.compile(
    rf"""
    (?P<skip>[ \t\f]+|\#[^\r\n]*|\\\r?\n)
  | (?P<newline>\r\n|\n|\r)
  | (?P<string>{STRING_START})
  | (?P<name>[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)
  | (?P<number>0[xX][0-9a-fA-F_]+[lL]?|0[bBoO][0-9_]+[lL]?
      |(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?[jJlL]?)
  | (?P<operator><>|\*\*=?|//=?|<<=?|>>=?|[-+*/%&|^@<>=!:]=|->|\.\.\.|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTED = {
    "'''": re.compile(r"'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''", re.DOTALL),
    '"""': re.compile(r'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""', re.DOTALL),
    "'": re.compile(r"'[^'\\\r\n]*(?:\\(?:\r\n|.)[^'\\\r\n]*)*'", re.DOTALL),
    '"': re.compile(r'"[^"\\\r\n]*(?:\\(?:\r\n|.)[^"\\\r\n]*)*"', re.DOTALL),
}
_KINDS = {"name": Kind.NAME, "number": Kind.NUMBER, "string": Kind.STRING, "operator": Kind.OPERATOR}


class Lexer:
    """Reads one file. `lines` and `problems` are what comes of it."""

    def __init__(self, utf8: bytes) -> None:
        self.text = utf8.decode("latin-1")
        self.lines: list[Line] = []
        self.problems: list[Problem] = []
        self._open: list[int] = []
        self._chain = 0
        self._read()

    def _read(self) -> None:
        at, line, start = 0, None, 0  # start: of the physical line
        while found := _TOKEN.match(self.text, at):
            group = found.lastgroup or "operator"
            end = found.end()
            if group == "newline":
                start = end
                if not self._open:
                    line = None
            elif group != "skip":
                if group == "string":
                    end = self._string_end(at, end)
                if line is None or self._cut_short(line, at, start, self.text[at:end]):
                    line = Line(start, _columns(self.text[start:at]))
                    self.lines.append(line)
                    self._chain = 0
                token = Token(_KINDS[group], self.text[at:end], at, end)
                line.tokens.append(token)
                self._count(token)
            at = end
        if self._open:
            self.problems.append(Problem(self._open[0], "bracket never closed"))

    def _cut_short(self, line: Line, at: int, start: int, word: str) -> bool:
        """A ``def`` or ``class`` that begins a physical line inside of brackets: they were never closed."""
        if not self._open or word not in ("def", "class") or self.text[start:at].strip(" \t\f"):
            return False
        self.problems.append(Problem(self._open[0], "bracket never closed"))
        self._open.clear()
        return True

    def _count(self, token: Token) -> None:
        if token.kind is Kind.OPERATOR:
            if token.text in "([{":
                self._open.append(token.start)
                if len(self._open) == MAX_BRACKETS:
                    self.problems.append(Problem(token.start, TOO_DEEP))
            elif token.text in ")]}" and self._open:
                self._open.pop()
        self._chain = 0 if token.text in (",", ";") else self._chain + 1
        if self._chain == MAX_CHAIN:
            self.problems.append(Problem(token.start, TOO_DEEP))

    def _string_end(self, at: int, quote_at: int) -> int:
        """Where the string that begins at ``at`` ends."""
        end, is_closed = string_end(self.text, at, quote_at)
        if not is_closed:
            self.problems.append(Problem(quote_at, "string never closed"))
        return end


TOO_DEEP = "nested too deeply"
_REST_OF_LINE = re.compile(r"[^\r\n]*")


def string_end(text: str, at: int, quote_at: int) -> tuple[int, bool]:
    """Where the string ends that begins at ``at``, with its quotes at ``quote_at``, and whether they are closed."""
    quote = text[quote_at : quote_at + 3]
    if quote not in _QUOTED:
        quote = quote[0]
    found = _QUOTED[quote].match(text, quote_at)
    if found is None:
        rest = _REST_OF_LINE.match(text, quote_at)
        return (rest.end() if rest and len(quote) == 1 else len(text)), False
    if "f" in text[at:quote_at].lower() and found[0].count("{") != found[0].count("}"):
        return _format_string_end(text, quote_at, quote) or found.end(), True
    return found.end(), True


def _columns(blank: str) -> int:
    """The column that a line's leading white space leads to; a tab goes to the next multiple of 8, as in Python 2.

    Where the line goes on in the next before anything stands on it, the first white space of all counts.
    """
    column = 0
    for character in blank:
        if character == "\\" and column:
            break
        column = 0 if character in "\f\\\r\n" else (column // 8 + 1) * 8 if character == "\t" else column + 1
    return column


def _format_string_end(text: str, at: int, quote: str) -> int | None:
    """The end of an f-string whose fields hold strings in the same quotes (PEP 701); None where there is no end.

    ``modes`` is the stack of what we are in: ``s``tring text, replacement ``f``ield, format s``p``ec, bracket ``b``.
    """
    at += len(quote)
    modes = ["s"]
    while at < len(text):
        here = text[at]
        if modes[-1] in "sp":
            if text.startswith(quote, at):
                return at + len(quote)
            if here == "\\" or (modes[-1] == "s" and text[at : at + 2] in ("{{", "}}")):
                at += 1
            elif here == "{":
                modes.append("f")
            elif here == "}" and modes[-1] == "p":
                del modes[-2:]
        elif here in "'\"":
            inner = next(mark for mark in _QUOTED if text.startswith(mark, at))
            found = _QUOTED[inner].match(text, at)
            if found is None:
                return None
            at = found.end() - 1
        elif here in "([{":
            modes.append("b")
        elif here in ")]}":
            modes.pop()
        elif here == ":" and modes[-1] == "f":
            modes.append("p")
        at += 1
    return None


def header_length(line: Line) -> int:
    """How many tokens of a compound statement's line are its header, the colon included; 0 for a simple statement.

    The colon is the first one outside of brackets that belongs to no lambda. ``match`` and ``case`` are words like
    others unless the line ends in a colon.
    """
    if not _is_compound(line):
        return 0
    depth = lambdas = 0
    for index, token in enumerate(line.tokens):
        if token.kind is Kind.OPERATOR and token.text in "([{":
            depth += 1
        elif token.kind is Kind.OPERATOR and token.text in ")]}":
            depth -= 1
        elif depth == 0 and token.text == "lambda":
            lambdas += 1
        elif depth == 0 and token.text == ":":
            if lambdas == 0:
                return index + 1
            lambdas -= 1
    return len(line.tokens)


def _is_compound(line: Line) -> bool:
    first = line.tokens[0].text
    if first in ("match", "case"):
        return len(line.tokens) > 2 and line.tokens[-1].text == ":"
    if first == "async":
        return len(line.tokens) > 1 and line.tokens[1].text in ("def", "for", "with")
    return first in COMPOUND


def simple_statements(line: Line) -> list[list[Token]]:
    """The simple statements of a line: what stands behind the header, split at semicolons."""
    parts: list[list[Token]] = [[]]
    for token in line.tokens[header_length(line) :]:
        if token.text == ";":
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]
