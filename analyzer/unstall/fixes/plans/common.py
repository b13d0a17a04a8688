"""What several plans need: removing a statement, reindenting one, writing a branch."""

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import TypeVar

from unstall.fixes import conditions
from unstall.fixes.layout import Code, Suite
from unstall.fixes.site import Arm, Site
from unstall.fixes.treatment import RefusedError, Treatment
from unstall.flow.ir import Statement
from unstall.source import Edit, Span

T = TypeVar("T")
_FORM = "the restart isn't written in this form"


def fitting(holds: bool, why: str = _FORM) -> None:
    """Give up the plan unless it fits."""
    if not holds:
        raise RefusedError(why)


def given(value: T | None, why: str = _FORM) -> T:
    """What a plan can't do without; it is given up where there is none."""
    if value is None:
        raise RefusedError(why)
    return value


def removal(site: Site, statement: Statement) -> Edit:
    """A statement taken out with its lines. Comments and directives are never taken out with it."""
    fitting(not site.has_comment(statement.span) and not site.has_directive(statement.span), "a comment is in the way")
    lines = given(site.layout.lines_of(statement.span), "something else stands on the line")
    if site.layout.opens(lines.start):
        lines = Span(lines.start, site.layout.blank_lines(lines.end - 1).end)
    return Edit(lines, b"")


def closed_up(site: Site, behind: int) -> list[Edit]:
    """The blank lines taken out that would part a header from what it governs now."""
    blank = site.layout.blank_lines(behind)
    return [Edit(blank, b"")] if blank.start < blank.end else []


def tested(site: Site, condition: str) -> str:
    """The header of an ``if``, spaced as the function's own."""
    if site.fact.language == "python":
        return f"if {condition}:"
    spelt = [site.text(s.span)[:3] for s in site.tree.graph.statements if s.kind == "if" and s.condition]
    return f"if({condition})" if spelt.count("if(") > spelt.count("if ") else f"if ({condition})"


def branch(site: Site, condition: str, code: tuple[Code, ...], indentation: str) -> bytes:
    """An ``if`` with new code, without the indentation of its first line."""
    lines = site.layout.write((Suite(tested(site, condition), code),), indentation)
    return site.layout.bytes_of(lines)[len(indentation.encode()) :]


def tested_behind_the_wait(site: Site, code: tuple[Code, ...]) -> Edit:
    """An ``if`` with what is done when interrupted, right behind the statement of the wait."""
    wait, parent = site.wait, site.tree.parent(site.wait)
    fitting(
        wait.kind in ("expression", "declaration")
        and parent is not None
        and parent.kind in ("block", "function", "case"),
        "the wait stands in the test of its result",
    )
    fitting(site.layout.first_on_line(wait.span.start), "something else stands on the line of the wait")
    indentation = site.layout.indentation(wait.span.start)
    text = branch(site, site.interrupted_test, code, indentation)
    return Edit(Span(wait.span.end, wait.span.end), f"{site.layout.newline}{indentation}".encode() + text)


def suite(site: Site, code: tuple[Code, ...], indentation: str, braces: bool = False) -> bytes:
    """What goes behind a header that stands already: its body, from the header's end on."""
    if site.fact.language == "c" and not code:
        code = ("/* interrupted: go on */",)
        braces = True
    return site.layout.bytes_of(site.layout.behind(code, indentation, braces))


def indented(site: Site, behind: int, last: Statement) -> list[Edit]:
    """The lines between an offset's line and the end of a statement, comments too, one level further in."""
    layout, data = site.layout, site.source.data
    at = data.find(b"\n", behind) + 1
    fitting(0 < at <= last.span.start, "something else stands on the line")
    edits = []
    while at < last.span.end:
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        text = data[at:end]
        blank = len(text) - len(text.lstrip(b" \t"))
        continued = data[:at].rstrip(b"\r\n").endswith(b"\\")
        if (
            text.strip()
            and not text.lstrip().startswith(b"#" if site.fact.language == "c" else b"\0")
            and not continued
        ):
            edits.append(Edit(Span(at, at + blank), layout.deeper(layout.indentation(at)).encode()))
        at = end + 1
    return edits


def simple(site: Site, arms: Sequence[Arm]) -> bool:
    """Whether arms are plain ``if (…) jump;`` of the interrupt's own: nothing else in them, no else."""
    return all(
        arm.own
        and arm.alone
        and arm.positive
        and arm.guard is not None
        and site.tree.otherwise(arm.guard) is None
        and not _is_else_if(site, arm.guard)
        and site.layout.first_on_line(arm.guard.span.start)
        for arm in arms
    )


def _is_else_if(site: Site, guard: Statement) -> bool:
    parent = site.tree.parent(guard)
    return parent is not None and parent.kind == "else"


def together(site: Site, arms: Sequence[Arm]) -> bool:
    """Whether the guards of arms stand directly behind each other, with nothing to keep in them: at most one comment,
    which speaks of starting over.
    """
    guards = [arm.guard for arm in arms if arm.guard is not None]
    if len(guards) != len(arms) or len({guard.parent for guard in guards}) != 1:
        return False
    siblings = [child.id for child in site.tree.children(given(site.tree.parent(guards[0])))]
    first = siblings.index(guards[0].id)
    if siblings[first : first + len(guards)] != [guard.id for guard in guards]:
        return False
    between = Span(guards[0].header.end, guards[-1].span.end)
    text = site.text(between)
    comments = text.count("/*") + text.count("//")
    says_more = site.has_comment(between) and not (comments == 1 and is_of_the_retry(site, between))
    return not says_more and not site.has_directive(between)


def merged_condition(site: Site, arms: Sequence[Arm]) -> str:
    """One condition for all arms."""
    return conditions.merged([given(site.interrupted_condition(arm)) for arm in arms], site.fact.language)


def line_end(site: Site, statement: Statement) -> int:
    """The end of a statement's last line, before its line ending."""
    data = site.source.data
    end = data.find(b"\n", statement.span.end)
    return len(data) if end < 0 else end - (site.layout.newline == "\r\n")


def behind_line(site: Site, statement: Statement, lines: Sequence[str]) -> Edit:
    """New lines behind the one on which a statement ends."""
    end = line_end(site, statement)
    return Edit(Span(end, end), site.layout.bytes_of(["", *lines]))


_COMMENT = {
    "c": re.compile(rb"[ \t]*(?://[^\r\n]*(?=\r?\n|\Z)|/\*.*?\*/(?=[ \t\r]*\n))", re.DOTALL),
    "python": re.compile(rb"[ \t]*#[^\r\n]*(?=\r?\n|\Z)"),
}
_OF_THE_RETRY = re.compile(rb"\b(?:retry|retries|again|nothing|empty|eintr)\b", re.IGNORECASE)


def comment_behind(site: Site, offset: int) -> Span | None:
    """The comment that ends the line of an offset, with the blanks in front of it; None where something else does."""
    comment = _COMMENT[site.fact.language].match(site.source.data, offset)
    return Span(*comment.span()) if comment else None


def is_of_the_retry(site: Site, comment: Span) -> bool:
    """Whether a comment speaks of starting over."""
    return _OF_THE_RETRY.search(site.source.data, *comment) is not None


# ------------------------------------------------------------------------------------------------ a jump's place


def replaced(site: Site, arm: Arm, treatment: Treatment) -> tuple[Edit, ...]:
    """One jump replaced by the code, whatever else its arm holds."""
    layout = site.layout
    code = with_break(site, arm, treatment)
    start = arm.jump.span.start
    indentation = layout.indentation(start)
    holds_several = site.fact.language == "python" or arm.body.kind in ("block", "case") or not arm.alone
    in_place = layout.first_on_line(start) and holds_several
    if code and in_place:
        declared: tuple[Edit, ...] = ()
        if treatment.declares and not (arm.alone and arm.body.kind == "block"):
            declared, code = in_scope(site, given(site.tree.parent(arm.jump)), code)
        text = layout.bytes_of(layout.write(code, indentation))[len(indentation.encode()) :]
        return (*declared, Edit(arm.jump.span, text))
    if arm.alone and arm.guard is not None and not site.has_comment(arm.body.span):
        return (_arm_replaced(site, arm, arm.guard, code),)
    fitting(not code and in_place, "something else stands on the line of the jump")
    return (without_jump(site, arm),)


def in_scope(site: Site, holder: Statement, code: tuple[Code, ...]) -> tuple[tuple[Edit, ...], tuple[Code, ...]]:
    """Code that declares variables, for a place behind other statements of a holder: they are declared at its head
    where it is an ``if``'s own block, else the code gets a block of its own. C has no declaration behind ``case …:``.
    """
    around, children = site.tree.parent(holder), site.tree.children(holder)
    head = site.source.data.find(b"\n", holder.span.start) + 1
    bare = not site.source.data[holder.span.start + 1 : head].strip() and head <= children[0].span.start
    if holder.kind != "block" or around is None or around.kind not in ("if", "else") or not bare:
        return (), (Suite("", code),)
    declarations = list(takewhile(lambda child: child.kind == "declaration", children))
    if declarations:
        head = line_end(site, declarations[-1])
    at = code.index("")
    lines = site.layout.write(code[:at], site.layout.deeper(site.layout.indentation(around.header.start)))
    written = site.layout.bytes_of(["", *lines] if declarations else [*lines, "", ""])
    return (Edit(Span(head, head), written),), code[at + 1 :]


def _arm_replaced(site: Site, arm: Arm, guard: Statement, code: tuple[Code, ...]) -> Edit:
    """The whole of an arm that holds nothing but the jump."""
    start = guard.header.end if arm.positive else else_end(site, given(site.tree.otherwise(guard)))
    end = arm.jump.span.end if arm.body is arm.jump else arm.body.span.end
    otherwise = site.tree.otherwise(guard) if arm.positive else None
    braces = otherwise is not None and arm.body.kind == "block"
    text = suite(site, code, site.layout.indentation(guard.span.start), braces)
    if otherwise is not None and site.fact.language == "c" and text.endswith(b"}") and site.layout.cuddled_else:
        fitting(not site.source.data[end : otherwise.span.start].strip(), "a comment stands in front of the else")
        return Edit(Span(start, otherwise.span.start), text + b" ")
    return Edit(Span(start, end), text)


def else_end(site: Site, otherwise: Statement) -> int:
    """Where what an ``else`` governs begins: behind the word, in Python behind its colon."""
    return otherwise.header.end if site.fact.language == "python" else otherwise.span.start + len("else")


def without_jump(site: Site, arm: Arm) -> Edit:
    """The jump taken out of an arm that holds more."""
    if arm.alone:
        return Edit(arm.jump.span, b"pass" if site.fact.language == "python" else b";")
    return Edit(given(site.layout.lines_of(arm.jump.span), "something else stands on the line of the jump"), b"")


def with_break(site: Site, arm: Arm, treatment: Treatment) -> tuple[Code, ...]:
    """The code, which in a ``switch`` must not fall into the next case."""
    return treatment.code if treatment.jumps or breaks(site, arm) is None else (*treatment.code, "break;")


def breaks(site: Site, arm: Arm) -> Statement | None:
    if site.fact.language == "python":
        return None
    return next((holder for holder in site.enclosing(arm.jump) if holder.kind == "switch"), None)
