"""Positions carried through edits."""

from unstall.fixes.mapping import Moves
from unstall.source import Edit, Span, apply_edits

TEXT = b"alpha beta gamma delta"


def moved(edits: list[Edit], piece: bytes) -> bytes | None:
    """What stands in the patched text where ``piece`` has gone."""
    start = TEXT.index(piece)
    span = Moves.of(edits).span(Span(start, start + len(piece)))
    after = apply_edits(TEXT, tuple(edits))
    return None if span is None else after[span.start : span.end]


def test_places_outside_of_edits_are_found_again() -> None:
    edits = [Edit(Span(6, 10), b"BETA-BETA"), Edit(Span(17, 17), b"new ")]
    assert [moved(edits, piece) for piece in (b"alpha", b"gamma", b"delta")] == [b"alpha", b"gamma", b"delta"]


def test_what_is_inserted_beside_a_place_is_not_part_of_it() -> None:
    edits = [Edit(Span(6, 6), b"else "), Edit(Span(10, 10), b" && x")]
    assert moved(edits, b"beta") == b"beta"


def test_a_place_grows_with_what_changes_inside() -> None:
    assert moved([Edit(Span(8, 8), b"--")], b"beta gamma") == b"be--ta gamma"


def test_replaced_places_are_gone() -> None:
    assert moved([Edit(Span(6, 10), b"x")], b"beta") is None
    assert moved([Edit(Span(9, 12), b"x")], b"beta") is None
    assert moved([Edit(Span(9, 12), b"x")], b"gamma") is None


def test_two_versions_are_aligned_by_their_lines() -> None:
    before, after = b"a\nb\nc\nd\n", b"a\nB\nB\nc\nd\n"
    moves = Moves.between(before, after)
    assert moves.span(Span(4, 5)) == Span(6, 7)
    assert moves.span(Span(2, 3)) is None
    assert apply_edits(before, moves.edits) == after
