"""Lexing raw C: every token is a slice of the file, and every input has tokens."""

from hypothesis import given
from hypothesis import strategies as st
from unstall.frontends.c.tokens import lex


def values(text: str) -> list[str]:
    return [token.value for token in lex(text, 0, len(text))]


def test_comments_and_continued_lines_are_passed_over() -> None:
    assert values("a /* b\n c */ + // d \\\n e\n f \\\n g") == ["a", "+", "f", "g"]


def test_the_longest_operator_wins() -> None:
    assert values("a>>=b->c...d++ +e") == ["a", ">>=", "b", "->", "c", "...", "d", "++", "+", "e"]


def test_numbers_keep_their_digits_and_lose_suffixes_the_parser_rejects() -> None:
    assert [token[:2] for token in lex("0x1fUL 1.5e-3f 1'000 3wb", 0, 25)] == [
        ("INT_CONST_DEC", "0x1fUL"),
        ("FLOAT_CONST", "1.5e-3f"),
        ("INT_CONST_DEC", "1'000"),
        ("INT_CONST_DEC", "3"),
    ]


def test_literals_lose_their_prefix_and_keep_their_place() -> None:
    text = 'L"a\\"b" u8\'x\''
    assert [(t.type, t.value, text[t.start : t.end]) for t in lex(text, 0, len(text))] == [
        ("STRING_LITERAL", '"a\\"b"', 'L"a\\"b"'),
        ("CHAR_CONST", "'x'", "u8'x'"),
    ]


def test_the_first_token_of_a_line_knows_it() -> None:
    text = "a b\n/* c */ d /* \n */ e"
    assert [(t.value, t.first_on_line) for t in lex(text, 0, len(text))] == [
        ("a", True),
        ("b", False),
        ("d", True),
        ("e", True),
    ]


@given(st.text(st.characters(max_codepoint=255)))
def test_tokens_are_ordered_slices_of_any_text(text: str) -> None:
    end = 0
    for token in lex(text, 0, len(text)):
        assert end <= token.start < token.end <= len(text)
        assert token.value in text[token.start : token.end] or token.type == "INT_CONST_DEC"
        end = token.end
