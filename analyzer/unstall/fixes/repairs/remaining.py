"""A wait that is repeated for what is left of its time."""

import re
from collections.abc import Iterator
from itertools import takewhile

from unstall.fixes.plans.common import behind_line, fitting, given
from unstall.fixes.scope import branches, free_name
from unstall.fixes.site import Site
from unstall.flow.ir import Call, Statement
from unstall.flow.outcomes import Run
from unstall.flow.runs import LOOP_STATEMENTS
from unstall.source import Edit, Span
from unstall.wording import clause

_IN_MILLISECONDS = frozenset({"poll", "epoll_wait", "epoll_pwait"})
_POSITIVE = re.compile(r"[1-9]\d*|[A-Z][A-Z0-9_]*")
"""A timeout that is neither 0 nor, being negative, for ever: a number or a macro's name."""
_OF_A_DEADLINE = re.compile(r"remain|left|rest\b", re.IGNORECASE)
"""What a timeout is called that is worked out from a deadline."""
_SIMPLE = re.compile(r"(?:\(\w+\)\s*)?\(?[\w.>\s*+-]+\)?")
"""An expression without calls, which may be written a second time."""
_ATOM = re.compile(r"(?:\(\w+\)\s*)?(?:(?:\w|\.|->)+|\([^()]*\))")
"""An expression that needs no brackets to be multiplied."""
_OF_THE_SYSTEM = re.compile(rb"(?:(?:sys|net|netinet|arpa)/)?\w+\.h>")
"""A header's name in brackets as those of the system are, not one of a project's folder."""
_COMMENTS = re.compile(rb"(?:^[ \t]*//[^\n]*\n|^[ \t]*/\*[^*]*+\*++(?:[^*/][^*]*+\*++)*+/[ \t\r]*\n)+\Z", re.MULTILINE)
"""Comments that have lines of their own up to the end of what is searched."""


def remaining(site: Site) -> Iterator[tuple[Edit, ...]]:
    """A deadline in front of the loop, and what is left until then as the timeout."""
    by_jump = "the wait is repeated by a jump, so that its time begins nowhere"
    loop = site.tree[given(site.fact.loop_statement, by_jump)]
    only = _only_repeats(site) and not site.has_directive(loop.span)
    fitting(only, "the loop does more than to repeat the wait, so where its time begins isn't plain")
    at = given(site.fact.spec.timeout, "the wait takes its timeout from elsewhere")
    fitting(at < len(site.arguments), "the wait takes its timeout from elsewhere")
    timeout = site.arguments[at]
    left = f"`{clause(timeout)}` seems to be what is left of a time already, and is to be worked out anew in the loop"
    fitting(not _OF_A_DEADLINE.search(timeout), left)
    around = given(site.tree.parent(loop))
    fitting(
        (site.fact.language == "python" or around.kind in ("block", "function"))
        and site.layout.first_on_line(loop.span.start),
        "there is no room for a deadline in front of the loop",
    )
    yield _in_python(site, loop, timeout) if site.fact.language == "python" else _in_c(site, loop, timeout)


def _only_repeats(site: Site) -> bool:
    """Whether no outcome of the wait but an error that is tried again goes round the loop."""
    traces = site.fact.traces
    head = traces[Run.INTERRUPTED].path[-1]
    return not any(target == head for run in (Run.READY, Run.TIMEOUT, Run.FAILED) for _, target in traces[run].edges)


def _in_c(site: Site, loop: Statement, timeout: str) -> tuple[Edit, ...]:
    fitting(site.callee in _IN_MILLISECONDS, "what is left of its time can't be told in one number")
    fitting(_SIMPLE.fullmatch(timeout) is not None, "its timeout is more than a plain value")
    statement = site.wait
    fitting(statement.id != loop.id, "the wait stands in the test of its result")
    around = given(site.tree.parent(loop))
    choices = (("now", "wait_now"), ("deadline", "due"), ("left", "rest"))
    now, deadline, left = (free_name(site, around, *names, ahead=_ahead(site, around)) for names in choices)
    present = f"{now}.tv_sec * 1000000000LL + {now}.tv_nsec"
    declared = (f"struct timespec {now};", f"long long {deadline}, {left};")
    span = timeout if _ATOM.fullmatch(timeout) else f"({timeout})"
    begun = (f"clock_gettime(CLOCK_MONOTONIC, &{now});", f"{deadline} = {present} + {span} * 1000000LL;")
    rounded = f"{left} = ({deadline} - ({present}) + 999999) / 1000000;"  # up, so that the first wait is a full one
    inside = (f"clock_gettime(CLOCK_MONOTONIC, &{now});", rounded)
    bounded = f"{left} > 0 ? {left} : 0"
    if not _POSITIVE.fullmatch(timeout):
        bounded = f"{timeout} < 0 ? -1 : {bounded}"
    return (
        *_included(site, "time.h"),
        *_begun(site, loop, declared, begun),
        *_in_body(site, loop, statement, inside),
        Edit(_argument(site, timeout), bounded.encode("utf-8", "surrogateescape")),
    )


def _in_python(site: Site, loop: Statement, timeout: str) -> tuple[Edit, ...]:
    fitting(site.callee == "select.select", "what is left of its time can't be told in seconds")
    fitting(_POSITIVE.fullmatch(timeout) is not None, "its timeout may be None, which waits for ever")
    clock = next((name for name in ("time.monotonic()", "time.time()") if name.encode() in site.source.data), "")
    fitting(bool(clock), "the file reads no clock, and which one is for its author to say")
    around = site.tree[0]  # a block of Python's doesn't bound what is named in it
    deadline = free_name(site, around, "deadline", "due", ahead=_ahead(site, around))
    return (
        _in_front(site, loop, (f"{deadline} = {clock} + {timeout}",)),
        Edit(_argument(site, timeout), f"max(0, {deadline} - {clock})".encode()),
    )


def _begun(site: Site, loop: Statement, declared: tuple[str, ...], begun: tuple[str, ...]) -> tuple[Edit, ...]:
    """The code in front of the loop, its declarations at the head of the block unless the function has some elsewhere,
    too.
    """
    before = [s for s in site.tree.children(given(site.tree.parent(loop))) if s.id < loop.id]
    mixes = _mixes(site)
    declarations = before[-1:] if mixes else list(takewhile(lambda statement: statement.kind == "declaration", before))
    beside = next(
        (s for s in reversed(declarations) if s.kind == "declaration" and _in_one_branch(site, s, loop)), None
    )
    if beside is None:
        is_free = mixes or not branches(site.source.data, loop.span.start)
        fitting(is_free, "variables for it can't be declared in the branch of #if that the loop is in")
        return (_above(site, loop, (*declared, "", *begun)),)
    lines = site.layout.write(declared, site.layout.indentation(beside.span.start))
    return (behind_line(site, beside, lines), _above(site, loop, begun))


def _above(site: Site, loop: Statement, lines: tuple[str, ...]) -> Edit:
    """The code in front of a loop, and of the comments right above it."""
    line = site.layout.line_start(loop.span.start)
    start = max((s.span.end for s in site.tree.graph.statements if s.span.end <= line), default=0)
    start = max(start, site.fact.graph.span.start)
    comments = _COMMENTS.search(site.source.data, start, line)
    at = comments.start() if comments else line
    written = site.layout.write(lines, site.layout.indentation(loop.span.start))
    return Edit(Span(at, at), site.layout.bytes_of([*written, ""]))


def _mixes(site: Site) -> bool:
    """Whether the function declares variables behind statements, as C does since 1999."""
    statements = site.tree.graph.statements
    others: set[int | None] = set()
    for statement in statements:
        if statement.kind == "declaration" and statement.parent in others:
            return True
        if statement.kind != "declaration":
            others.add(statement.parent)
    return False


def _in_one_branch(site: Site, declaration: Statement, loop: Statement) -> bool:
    """Whether no ``#if`` takes away what stands beside a declaration and leaves the loop, or the other way round."""
    data = site.source.data
    return branches(data, declaration.span.start) == branches(data, loop.span.start)


def _in_body(site: Site, loop: Statement, statement: Statement, lines: tuple[str, ...]) -> tuple[Edit, ...]:
    """The code in front of the wait in the loop, which gets braces where the wait is all that it holds."""
    layout, holder = site.layout, given(site.tree.parent(statement))
    if holder.kind == "block":
        fitting(layout.first_on_line(statement.span.start), "something else stands on the line of the wait")
        return (_in_front(site, statement, lines),)
    fitting(holder.id == loop.id and not layout.braces_indented, "there is no room in front of the wait")
    last = re.compile(rb"\s*(?=while\b)" if loop.kind == "do" else b"").match(site.source.data, statement.span.end)
    last, between = given(last, "a comment is in the way"), Span(loop.header.end, statement.span.start)
    fitting(not site.has_comment(between) and not site.has_directive(between), "a comment is in the way")
    indentation = layout.indentation(loop.span.start)
    inner = layout.deeper(indentation)
    opening = [*layout.opening(indentation), *layout.write(lines, inner), inner]
    closing = layout.bytes_of(["", layout.closing(indentation) + (" " if loop.kind == "do" else "")])
    return (
        Edit(between, layout.bytes_of(opening)),
        Edit(Span(statement.span.end, last.end()), closing),
    )


def _in_front(site: Site, statement: Statement, lines: tuple[str, ...]) -> Edit:
    start = statement.span.start
    written = site.layout.write(lines, site.layout.indentation(start))
    text = site.layout.bytes_of([*written, ""]) + site.layout.indentation(start).encode()
    return Edit(Span(start, start), text.lstrip(b" \t"))


def _argument(site: Site, text: str) -> Span:
    """The place of the wait's last argument that reads so."""
    span = site.fact.graph.nodes[site.fact.wait].span
    wanted = text.encode("utf-8", "surrogateescape")
    start = site.source.data.rfind(wanted, span.start, span.end)
    fitting(site.arguments[-1] == text, "its timeout is not its last argument")
    return Span(start, start + len(wanted))


def _ahead(site: Site, around: Statement) -> int:
    """The waits in front whose patches would declare variables that can be seen from a block, too."""
    graph, tree = site.fact.graph, site.tree
    here = graph.nodes[site.fact.wait].span.start
    named = [node for node in graph.nodes if isinstance(node.effect, Call) and node.effect.name == site.call.name]
    waits = {node.span: tree.of_node(node.id) for node in named if node.span.start < here}
    loops = (next((s for s in tree.ancestors(wait) if s.kind in LOOP_STATEMENTS), None) for wait in waits.values())
    return sum(loop is not None and loop.parent in graph.ancestors(around.id) for loop in loops)


def _included(site: Site, header: str) -> tuple[Edit, ...]:
    """The inclusion of a header behind the last one of the system's outside of all ``#if``; none where it is there."""
    data = site.source.data
    if re.search(rb"^[ \t]*#[ \t]*include[ \t]*<%s>" % re.escape(header).encode(), data, re.MULTILINE):
        return ()
    depth, end = 0, None
    theirs = None
    for found in re.finditer(rb"^[ \t]*#[ \t]*(if|endif|include[ \t]*<)([^\n]*)\n", data, re.MULTILINE):
        if found.start() > site.fact.graph.span.start:
            break
        depth += {b"if": 1, b"endif": -1}.get(found[1], 0)
        if depth == 0 and found[1].startswith(b"include"):
            if _OF_THE_SYSTEM.match(found[2]):
                end = found.end()
            else:
                theirs = found.end()
    end = end or theirs
    end = given(end, f"there is no place for an #include <{header}>")
    return (Edit(Span(end, end), f"#include <{header}>{site.layout.newline}".encode()),)
