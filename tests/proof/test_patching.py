"""Unified diffs applied in memory."""

import pytest
from unstall.proof.patching import PatchError, apply
from unstall.report.diff import unified

BEFORE = b"".join(b"line %d\n" % n for n in range(1, 31))
AFTER = BEFORE.replace(b"line 5\n", b"five\nfive and a half\n").replace(b"line 20\n", b"")


def test_our_own_diffs_apply() -> None:
    assert apply(unified("src/a.c", BEFORE, AFTER), "src/a.c", BEFORE) == AFTER


def test_a_hunk_is_found_where_the_file_has_moved_on() -> None:
    longer = b"new\n" * 7 + BEFORE
    assert apply(unified("a.c", BEFORE, AFTER), "a.c", longer) == b"new\n" * 7 + AFTER


def test_a_missing_newline_at_the_end_is_kept_or_made() -> None:
    before, after = b"a\nb", b"a\nc"
    assert apply(unified("a.c", before, after), "a.c", before) == after
    assert apply(unified("a.c", before, b"a\nb\n"), "a.c", before) == b"a\nb\n"


def test_line_endings_stay() -> None:
    before = BEFORE.replace(b"\n", b"\r\n")
    after = AFTER.replace(b"\n", b"\r\n")
    assert apply(unified("a.c", before, after), "a.c", before) == after


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        (b"", "empty"),
        (b"not a diff\n", "no unified diff"),
        (unified("a.c", BEFORE.replace(b"line 4", b"LINE 4"), AFTER), "line 1 is not as it expects"),
        (unified("other.c", BEFORE, AFTER), "nothing for a.c"),
        (unified("a.c", BEFORE, AFTER) + unified("b.c", BEFORE, AFTER), "touches other files"),
        (unified("a.c", BEFORE, AFTER)[:60], "cut short"),
    ],
)
def test_what_does_not_apply_is_refused_with_the_reason(patch: bytes, why: str) -> None:
    with pytest.raises(PatchError, match=why):
        apply(patch, "a.c", BEFORE)
