"""The sieve in front of the byte search: what it holds back, nobody would have found."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unstall.discovery.sieve import called, sieve, words

pytest.importorskip("hyperscan")

_PIECES = ["poll", "select", "EINTR", "eIntr", "(", " ", "\n", "x", "_", "/*", "*/", "é", '"']


@given(st.lists(st.sampled_from(_PIECES)).map("".join))
def test_it_holds_back_what_the_same_patterns_do_not_match(text: str) -> None:
    seems = sieve({"error": [words(["eintr"])], "call": [called(["poll", "select", "a.b"], r"\s*\(")], "none": []})
    seems(b" " * 5_000_000)  # so much text that it is in use
    expected = {"error": re.search(r"(?i:eintr)", text), "call": re.search(r"(?:poll|select|a\.b)\s*\(", text)}
    assert set(seems(text.encode())) == {kind for kind, match in expected.items() if match}


def test_small_runs_never_load_it() -> None:
    seems = sieve({"error": [words(["eintr"])], "none": [called([], "")]})
    assert set(seems(b"nothing of the kind")) == {"error"}


def test_names_are_no_patterns() -> None:
    seems = sieve({"name": [called(["a.b", "c+"], "")]})
    seems(b" " * 5_000_000)
    assert seems(b"x a.b x")
    assert seems(b"c+")
    assert not seems(b"axb ccc")
