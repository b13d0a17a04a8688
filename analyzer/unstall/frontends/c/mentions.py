"""Which functions of a file come to mention some words, themselves or by way of others of the file."""

from functools import lru_cache
from typing import NamedTuple

from unstall.flow.reach import spread
from unstall.frontends.c.tokens import words_of
from unstall.frontends.c.unit import read_unit
from unstall.source import SourceFile


class Mentions(NamedTuple):
    """What the functions of one file mention."""

    defined: frozenset[str]
    """The names of all of them."""
    words: dict[str, frozenset[str]]
    """The words of each one's body, those of the functions of the file that it calls among them."""

    def of(self, words: frozenset[str]) -> frozenset[str]:
        """The functions that come to mention one of these words."""
        direct = {name for name, own in self.words.items() if not words.isdisjoint(own)}
        calls = ((called, name) for name, own in self.words.items() for called in own & self.defined)
        return spread(calls, direct)


@lru_cache(2)  # each of a file's findings may ask
def mentions_in(source: SourceFile) -> Mentions:
    """What the functions of a file mention, under its main configuration; what stands in comments is among it."""
    unit = read_unit(source.data, path=source.path)
    words: dict[str, frozenset[str]] = {}
    for function in unit.functions:
        start, end = function.body_span
        words[function.name] = words.get(function.name, frozenset()).union(words_of(unit.chosen.text[start:end]))
    return Mentions(frozenset(words), words)
