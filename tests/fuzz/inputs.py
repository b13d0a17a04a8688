"""Inputs: real sources, bytes and tokens of theirs mutated, and streams of the words that matter here."""

import random
import re
from collections.abc import Iterable
from pathlib import Path

from unstall.source import LANGUAGE_OF_SUFFIX

MAX_SEED = 100_000
"""Bytes; larger seeds make too few executions."""
_TOKEN = re.compile(rb"\w+|\s+|[^\w\s]")
WORDS = {
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
_SPACES = {"c": ["\n", "\\\n"], "python": ["\n", "\t", *("\n" + " " * n for n in (2, 4, 8))]}


def vocabulary(language: str) -> list[str]:
    """The words of a language that streams are made of."""
    return [word.replace("~", " ") for word in WORDS[language].split()] + _SPACES[language]


def seeds(folders: Iterable[Path]) -> list[tuple[bytes, str]]:
    """The sources below folders that may be worth mutating, with their language."""
    found: list[tuple[bytes, str]] = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            language = LANGUAGE_OF_SUFFIX.get(path.suffix)
            if language and path.is_file() and 0 < path.stat().st_size <= MAX_SEED:
                found.append((path.read_bytes(), language))
    return found


class Inputs:
    """A reproducible stream of inputs."""

    def __init__(self, sources: list[tuple[bytes, str]], seed: int) -> None:
        self.random = random.Random(seed)
        self.sources = sources

    def next(self) -> tuple[bytes, str]:
        """An input and its language."""
        kind = self.random.random()
        if kind < 0.05:
            return self.random.randbytes(self.random.randrange(2000)) + b" poll select EINTR ", self._language()
        if kind < 0.25 or not self.sources:
            return self._stream()
        data, language = self.random.choice(self.sources)
        if self.random.random() < 0.9:
            data = self._window(data)
        for _ in range(1 << self.random.randrange(6)):
            data = self._mutated(data, language)
        return data.replace(b"\0", b" "), language

    def _language(self) -> str:
        return self.random.choice(("c", "python"))

    def _stream(self) -> tuple[bytes, str]:
        language = self._language()
        words = self.random.choices(vocabulary(language), k=self.random.randrange(1, 300))
        opening = "void f(void) {for(;;){ " if language == "c" else "import select\ndef f():\n  while x:\n    "
        closing = " }}\n" if language == "c" else "\n"
        text = " ".join(words)
        return (opening + text + closing if self.random.random() < 0.7 else text).encode(), language

    def _window(self, data: bytes) -> bytes:
        """Some lines around a word of ours, since most of a large file is nothing to us."""
        places = [found.start() for found in re.finditer(rb"EINTR|InterruptedError|poll|select", data)]
        at = self.random.choice(places) if places else self.random.randrange(len(data) or 1)
        size = self.random.choice((2000, 5000, 20_000))
        start = data.rfind(b"\n}", 0, max(0, at - size // 2)) + 2
        end = data.find(b"\n}", at + size // 4)
        return data[start if start > 1 else 0 : len(data) if end < 0 else end + 3]

    def _mutated(self, data: bytes, language: str) -> bytes:
        """One change: to bytes, or to tokens."""
        pick = self.random
        if pick.random() < 0.3:
            at, size = pick.randrange(len(data) + 1), pick.randrange(1, 40)
            new = pick.choice((b"", pick.randbytes(1), data[at : at + size] * 2, bytes([pick.randrange(32, 127)])))
            return data[:at] + new + data[at + pick.choice((0, 1, size)) :]
        tokens = _TOKEN.findall(data)
        if not tokens:
            return data + pick.choice(vocabulary(language)).encode()
        a, b = sorted((pick.randrange(len(tokens)), pick.randrange(len(tokens))))
        b = min(b, a + 60)
        match pick.randrange(6):
            case 0:
                del tokens[a]
            case 1:
                tokens.insert(a, f" {pick.choice(vocabulary(language))} ".encode())
            case 2:
                tokens[a] = f" {pick.choice(vocabulary(language))} ".encode()
            case 3:
                tokens[a], tokens[b] = tokens[b], tokens[a]
            case 4:
                tokens[a:a] = tokens[a:b]
            case _:
                del tokens[a:b]
        return b"".join(tokens)
