"""A retry that looks at the flag which the signal's handler sets."""

from collections.abc import Iterator

from unstall.fixes import conditions
from unstall.fixes.plans.common import branch, fitting, given, line_end
from unstall.fixes.site import Site
from unstall.flow.ir import Statement
from unstall.source import Edit, Span

_BY_JUMP = "the wait is repeated by a jump"


def heeded(site: Site) -> Iterator[tuple[Edit, ...]]:
    """``&& !stopped`` in the condition of the retry; where what follows isn't made for a failed wait, also a
    ``continue`` to where the loop around looks at the flag.
    """
    retry = site.tree[given(site.fact.loop_statement, _BY_JUMP)]
    fitting(site.fact.language == "c" and retry.kind in ("do", "while"), _BY_JUMP)
    place = given(retry.condition, _BY_JUMP)
    condition = site.text(place)
    fitting(conditions.tells_errno(condition), "the retry isn't decided by its condition")
    fitting(not site.has_comment(place) and not site.has_directive(place), "a comment is in the way")
    flags = site.fact.particulars.unseen_flags
    for flag in flags:
        fitting(_is_plain(site, flag), f"what `{flag}` says isn't plain from the way it is tested")
    heeding = conditions.conjunction((condition, *(f"!{flag}" for flag in flags)), "c")
    heeds = Edit(place, heeding.encode("utf-8", "surrogateescape"))
    yield (heeds,)
    fitting(_leads_to_the_loop_around(site, retry), "what follows isn't made for an interrupted wait")
    indentation = site.layout.indentation(retry.span.start)
    leaves = branch(site, site.interrupted_test, ("continue;",), indentation)
    end = line_end(site, retry)
    yield (heeds, Edit(Span(end, end), f"{site.layout.newline}{indentation}".encode() + leaves))


def flag_set(site: Site, edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """The patch as it is once the handler has run: the retry is left in any case."""
    tests = [f"!{flag}".encode() for flag in site.fact.particulars.unseen_flags]
    heeds = next(edit for edit in edits if edit.replacement.endswith(tests[-1]))
    left = heeds.replacement
    for test in tests:
        left = left.replace(test, b"0")
    return tuple(Edit(edit.span, left) if edit is heeds else edit for edit in edits)


def _is_plain(site: Site, flag: str) -> bool:
    """Whether a variable is tested for being set or not, and for nothing else."""
    tests = [
        conditions.unwrapped(part)
        for statement in site.tree.graph.statements
        if statement.condition is not None
        for whole in conditions.disjuncts(site.text(statement.condition), "c")
        for part in conditions.conjuncts(whole, "c")
    ]
    about = [test for test in tests if flag in conditions.words(test)]
    return bool(about) and all(
        test.replace(" ", "") in (flag, f"!{flag}", f"{flag}==0", f"0=={flag}") for test in about
    )


def _leads_to_the_loop_around(site: Site, retry: Statement) -> bool:
    """Whether ``continue`` behind the retry goes round the loop around, and a line of its own has room for it."""
    around = site.tree.parent(retry)
    return (
        around is not None and around.kind == "block" and not site.source.data[retry.span.end : line_end(site, retry)]
    )
