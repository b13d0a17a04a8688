"""Inputs: real sources, bytes and tokens of theirs mutated, and streams of the words that matter here."""

import ast
import random
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from textwrap import dedent

from unstall.discovery.glance import glance
from unstall.frontends.c.unit import read_unit
from unstall.source import LANGUAGE_OF_SUFFIX, Language

MAX_SEED = 100_000
"""Bytes; larger files are no seeds."""
MAX_FUNCTION = 6000
"""Bytes of a function that is cut out; larger ones make too few executions."""
_DEFINE = re.compile(rb"^#[ \t]*define[ \t]+(\w+)(?:[^\\\n]|\\.)*\n", re.MULTILINE | re.DOTALL)
_NAME = re.compile(rb"[A-Za-z_]\w*")
_ALIKE = 10
_TOKEN = re.compile(rb"\w+|\s+|[^\w\s]")
WORDS: dict[Language, str] = {
    "c": r"""
        if else for while do switch case default break continue goto return l1 l1: int void struct ( ) { } [ ] ; , =
        == != < > ! && || ? : -> . * & + - ++ -- -1 0 1 x r errno EINTR EAGAIN poll( select( read( pselect( accept(
        fds n NULL f( g( void~f(void)~{ #if~X #else #endif #define~M(x)~x #define~W~poll(a,b,c) M( W "s" 'c' /* */ //
        \ /*unstall:~ignore[UST101]*/ for(;;) if(poll(a,b,c)==-1&&errno==EINTR)continue;
    """,
    "python": r"""
        if else: elif while for in try: except finally: with as def f(x): class A: return continue break raise pass
        lambda yield await async import from select errno ctypes InterruptedError OSError e .errno == != is not and
        or ( ) [ ] { } , : = -1 0 x r select.select(a,b,c) poll() errno.EINTR while~True: except~InterruptedError:
        except~X,~e: print~x ` 0755 10L """
    + "'''"
    + r""" ' f'{ }' # \ #unstall:~ignore[UST101] @d x.y global~x
    """,
}
"""What streams are made of, beside ends of lines; ``~`` is a space within a word."""
_SPACES: dict[Language, list[str]] = {"c": ["\n", "\\\n"], "python": ["\n", "\t", *("\n" + " " * n for n in (2, 4, 8))]}

_LAYOUTS: dict[Language, list[tuple[bytes, bytes]]] = {
    "c": [
        (b"\n", b"\r\n"), (b"\n", b" "), (b"\n", b"\n\n"), (b"\n", b" /* \xc3\xa4 */\n"), (b"\n", b" // c\n"),
        (b"\n", b"\\\n"), (b" ", b"\n"), (b" ", b""), (b" ", b"\t"), (b"", b"/* a\nb */"), (b"", b"\\\n"), (b"", b"\n"),
    ],
    "python": [
        (b"\n", b"\r\n"), (b"\n", b" # \xc3\xa4\n"), (b"\n", b"\n# c\n"), (b"\n", b";\n"), (b"\n", b"\r"),
        (b"    ", b"\t"), (b"    ", b" "), (b" ", b" \\\n"), (b"", b" "),
    ],
}  # fmt: skip
"""What in white space is replaced by what; nothing stands for the end of any token."""


@cache
def vocabulary(language: Language) -> list[str]:
    """The words of a language that streams are made of."""
    return [word.replace("~", " ") for word in WORDS[language].split()] + _SPACES[language]


Seed = tuple[bytes, Language]
SUFFIX: dict[Language, str] = {"c": ".c", "python": ".py"}


def seeds(folders: Iterable[Path]) -> list[Seed]:
    """The sources below folders that may be worth mutating, with their language."""
    found: list[Seed] = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            language = LANGUAGE_OF_SUFFIX.get(path.suffix)
            if language and path.is_file() and 0 < path.stat().st_size <= MAX_SEED:
                found.append((path.read_bytes(), language))
    return found


def functions(source: Seed) -> Iterator[Seed]:
    """The functions of a source that may hold a wait, each with what it needs to be understood: most of a file is
    nothing to us, and a function takes a fraction of its time.
    """
    data, language = source
    cut = _c_functions if language == "c" else _python_functions
    for text in cut(data):
        if len(text) <= MAX_FUNCTION and glance(language)(text).waits:
            yield text, language


def _c_functions(data: bytes) -> Iterator[bytes]:
    """With the macros of the file that they mention."""
    unit = read_unit(data)
    macros = {match[1]: match[0] for match in _DEFINE.finditer(data)}
    for function in unit.functions:
        text = data[function.span.start : function.span.end]
        words = set(_NAME.findall(text))
        yield b"".join(macro for name, macro in macros.items() if name in words) + text + b"\n"


def _python_functions(data: bytes) -> Iterator[bytes]:
    """With the file's imports, its ``class`` left out."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError):
        return
    lines = data.decode("utf-8", "replace").split("\n")
    imports = "".join(line + "\n" for line in lines if line.startswith(("import ", "from ")) and "(" not in line)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (imports + dedent("\n".join(lines[node.lineno - 1 : node.end_lineno])) + "\n").encode()


class Inputs:
    """A reproducible stream of inputs."""

    def __init__(self, sources: list[Seed], seed: int) -> None:
        self.random = random.Random(seed)
        self.sources = sources
        self.functions = [function for source in sources for function in functions(source)]
        self._kept: dict[frozenset[str], list[Seed]] = {}

    def next(self) -> Seed:
        """An input and its language."""
        kind = self.random.random()
        if kind < 0.05:
            return self.random.randbytes(self.random.randrange(2000)) + b" poll select EINTR ", self._language()
        if kind < 0.25 or not self.sources:
            return self._stream()
        data, language = self._seed()
        return self.mutated(data, language, self.random.randrange(1, 7)), language

    def keep(self, seed: Seed, traits: frozenset[str]) -> None:
        """Go on from an input in which there was something to find; most mutations lose it, and few are ever patched.
        Of those with the same traits the last few are kept.
        """
        if len(seed[0]) <= MAX_FUNCTION // 2:
            alike = self._kept.setdefault(traits, [])
            del alike[: max(0, len(alike) - _ALIKE + 1)]
            alike.append(seed)

    def large(self, size: int) -> Seed:
        """Something small, as often as it takes to make ``size`` bytes: a function, a few tokens, or their openings
        and then their closings.
        """
        data, language = self.next()
        tokens = _TOKEN.findall(data)
        at = self.random.randrange(len(tokens) or 1)
        some = b"".join(tokens[at : at + self.random.choice((1, 2, 5, 20))]) or b"x"
        opening = b"void f(void) { poll(a, b, c); " if language == "c" else b"import select\nselect.select(a, b, c)\n"
        match self.random.randrange(4):
            case 0:
                return (data + b"\n") * (size // (len(data) + 1)), language
            case 1:
                return opening + some * (size // len(some)), language
            case 2:
                return data + some * (size // len(some)) + data, language
            case _:
                before, behind = self.random.choice(((b"(", b")"), (b"{", b"}"), (b"[", b"]"), (b"if(x)", b";")))
                count = size // (len(some) * 2 + len(before) + len(behind))
                return opening + (before + some) * count + (some + behind) * count, language

    def mutated(self, data: bytes, language: Language, doublings: int) -> bytes:
        """Some changes to a text: to its layout now and then, to its tokens, and then to its bytes."""
        changes = 1 << self.random.randrange(doublings)
        of_bytes = sum(self.random.random() < 0.3 for _ in range(changes))
        tokens = _TOKEN.findall(data)
        if self.random.random() < 0.2:
            self._lay_out(tokens, language)
        for _ in range(changes - of_bytes):
            self._change(tokens, language)
        data = b"".join(tokens)
        for _ in range(of_bytes):
            data = self._changed(data)
        return data.replace(b"\0", b" ")

    def _seed(self) -> Seed:
        """What was kept, a function, two of them in one file, or now and then a window into a file."""
        if self._kept and self.random.random() < 0.25:
            return self.random.choice(self._kept[self.random.choice(list(self._kept))])
        if self.functions and self.random.random() < 0.9:
            data, language = self.random.choice(self.functions)
            other, its = self.random.choice(self.functions)
            return (other + data if its == language and self.random.random() < 0.1 else data), language
        data, language = self.random.choice(self.sources)
        return self._window(data), language

    def _language(self) -> Language:
        return self.random.choice(("c", "python"))

    def _stream(self) -> Seed:
        language = self._language()
        words = self.random.choices(vocabulary(language), k=self.random.randrange(1, 300))
        opening = "void f(void) {for(;;){ " if language == "c" else "import select\ndef f():\n  while x:\n    "
        closing = " }}\n" if language == "c" else "\n"
        text = " ".join(words)
        return (opening + text + closing if self.random.random() < 0.7 else text).encode(), language

    def _window(self, data: bytes) -> bytes:
        """Some lines around a word of ours."""
        places = [found.start() for found in re.finditer(rb"EINTR|InterruptedError|poll|select", data)]
        at = self.random.choice(places) if places else self.random.randrange(len(data) or 1)
        size = self.random.choice((2000, 5000, 20_000))
        start = data.rfind(b"\n}", 0, max(0, at - size // 2)) + 2
        end = data.find(b"\n}", at + size // 4)
        return data[start if start > 1 else 0 : len(data) if end < 0 else end + 3]

    def _lay_out(self, tokens: list[bytes], language: Language) -> None:
        """The same text laid out otherwise, as far as white space, comments and ends of lines go."""
        pick = self.random
        old, new = pick.choice(_LAYOUTS[language])
        often = pick.choice((1.0, 0.1))
        for at, token in enumerate(tokens):
            if old in token and (token.isspace() or not old) and pick.random() < often:
                tokens[at] = token.replace(old, new) if old else token + new

    def _changed(self, data: bytes) -> bytes:
        """One change to bytes."""
        pick = self.random
        at, size = pick.randrange(len(data) + 1), pick.randrange(1, 40)
        new = pick.choice((b"", pick.randbytes(1), data[at : at + size] * 2, bytes([pick.randrange(32, 127)])))
        return data[:at] + new + data[at + pick.choice((0, 1, size)) :]

    def _change(self, tokens: list[bytes], language: Language) -> None:
        """One change to tokens."""
        pick = self.random
        word = f" {pick.choice(vocabulary(language))} ".encode()
        if not tokens:
            tokens.append(word)
            return
        a, b = sorted((pick.randrange(len(tokens)), pick.randrange(len(tokens))))
        b = min(b, a + 60)
        match pick.randrange(6):
            case 0:
                del tokens[a]
            case 1:
                tokens.insert(a, word)
            case 2:
                tokens[a] = word
            case 3:
                tokens[a], tokens[b] = tokens[b], tokens[a]
            case 4:
                tokens[a:a] = tokens[a:b]
            case _:
                del tokens[a:b]
