"""One branch of every #if group, the same one for the same condition."""

import pytest
from unstall.frontends.c.conditionals import Definitions
from unstall.frontends.c.unit import Unit, read_unit
from unstall.source import Span


def chosen(text: str, definitions: Definitions | None = None, focus: int | None = None) -> str:
    unit = read_unit(text.encode(), definitions, focus=focus)
    return " ".join(token.value for token in unit.tokens(Span(0, len(text))))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("#ifdef A\n1\n#else\n2\n#endif\n#if !defined(A)\n3\n#else\n4\n#endif", "1 4"),
        ("#ifndef A\n1\n#endif\n#ifdef A\n2\n#endif", "1"),
        ("#if 0\n1\n#elif B > 2\n2\n#else\n3\n#endif", "2"),
        ("#if defined(A) && !defined(B)\n#error need B\n#endif\n#ifdef B\n1\n#else\n2\n#endif", "2"),
        ("#ifdef A\n#error no A\n#else\n1\n#endif", "1"),
        ("#if 1\n1\n#else\n2\n#endif", "1"),
        ("#ifdef NT\n1\n#endif\n2", "2"),
        ("#ifdef _WIN32\n1\n#else\n2\n#endif", "2"),
        ("#if defined(_WIN32) || defined(A) && !defined(B)\n1\n#endif\n#ifdef B\n2\n#endif", "1"),
        ("#if (A + 1) * 2 > (3)\n1\n#endif", "1"),
        ("#define A 0\n#if A\n1\n#else\n2\n#endif", "2"),
        ("#define A\n#undef A\n#ifdef A\n1\n#else\n2\n#endif", "2"),
        ("#ifdef A\n#ifdef B\n1\n#else\n2\n#endif\n#else\n3\n#endif\n4", "1 4"),
        ("#ifndef A\n1\n#ifdef B\n2\n#endif\n#else\n3\n#if C\n4\n#else\n5\n#endif\n#endif", "1 2"),
    ],
)
def test_the_first_branch_that_can_be_is_chosen(text: str, left: str) -> None:
    assert chosen(text) == left


@pytest.mark.parametrize(
    ("definitions", "left"),
    [({"N": "3"}, "1"), ({"N": "0x10"}, "1"), ({"N": "1"}, "2"), ({"N": None}, "2"), ({"N": "01"}, "2")],
)
def test_what_the_build_defines_decides(definitions: Definitions, left: str) -> None:
    assert chosen("#if N >= 2\n1\n#else\n2\n#endif", definitions) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("#ifdef A\n1\n#else\n@\n#endif\n#ifndef A\n3\n#endif", "@ 3"),
        ("#ifdef A\n0\n#endif\n#ifdef B\n1\n#elif !defined(A) && B < 3\n@\n#else\n3\n#endif", "@"),
        ("#if A || B\n1\n#else\n@\n#endif\n#ifdef B\n2\n#endif", "@"),
        ("#if A && B\n#ifdef C\n1\n#else\n@\n#endif\n#endif", "@"),
        ("#if !(A && B)\n@\n#endif\n#ifdef A\n1\n#endif", "@"),
        ("#if T\n#define A 0\n#endif\n#if !A\n1\n#else\n@\n#endif", "@"),
        ("#if 0\n@\n#else\n1\n#endif", "1"),
        ("#ifdef _WIN32\n@\n#endif\n1", "1"),
    ],
)
def test_the_configuration_that_a_place_needs(text: str, left: str) -> None:
    assert chosen(text.replace("@", "2"), focus=text.index("@")) == left.replace("@", "2")


def unit(text: str) -> Unit:
    return read_unit(text.encode())


def test_assumptions_and_dropped_ranges_are_told() -> None:
    text = "#ifdef A\n1\n#else\n2\n#endif\n#ifndef B\n#endif\n"
    read = unit(text)
    assert read.assumptions == {"A": True, "B": False}
    assert [text[span.start : span.end] for span in read.dropped] == ["\n2\n"]


@pytest.mark.parametrize(
    "text",
    ["#endif\n1", "#else\n1", "#if\n1\n#endif", "#if (\n1\n#endif", "#if A &&\n1", "#elif 1\n1", "#if A\n1\n#endif x"],
)
def test_directives_that_make_no_sense_leave_the_text(text: str) -> None:
    assert "1" in chosen(text)
