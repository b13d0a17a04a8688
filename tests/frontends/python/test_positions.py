"""Positions are bytes of the user's file: in any encoding, after any rewriting, for every node and statement."""

from hypothesis import given, settings
from hypothesis import strategies as st
from unstall.flow.files import Wanted
from unstall.flow.ir import Branch, Call, EdgeKind, FlowGraph, ForEach, Nothing
from unstall.frontends.python import read
from unstall.source import SourceFile

SIMPLE = st.sampled_from(
    [
        "pass", "break", "continue", "return", "return wait(r)", "raise", "raise Failure, text", "work(a)",
        "a, b = poll(1)", "print 'é', a", "print >>log", "x = `a` or b(0755)", "del a[0]", "assert a <> b, c()",
        "global a", "import select as s", "a += yield b", "a = [f(x) for x in y if x]", "'''text\nmore'''",
        "exec a in b", "a = (b\n  if c else d)", "x: int = 1", "lambda (a, b): a", "a; b(); c",
    ]
)  # fmt: skip
HEADERS = st.sampled_from(
    [
        ["if a and b():"], ["if a:", "elif b:", "else:"], ["while not a:"], ["while True:", "else:"],
        ["for a, b in c():", "else:"], ["try:", "except Failure, e:"], ["try:", "except A, (b, c):", "else:"],
        ["try:", "except:", "finally:"], ["try:", "finally:"], ["with suppress(A), b as c:"], ["def f(a, (b, c)=d):"],
        ["@decorated(a)\ndef f():"], ["@b\n@c\nclass A(B):"], ["async def f():"], ["async with a:"],
        ["try:", "except* A:"],
    ]
)  # fmt: skip


@st.composite
def compounds(draw: st.DrawFn, inner: st.SearchStrategy[list[str]]) -> list[str]:
    """The lines of a compound statement; some suites stand on the line of their header."""
    lines: list[str] = []
    blank = draw(st.sampled_from(["    ", "\t", "  "]))
    for header in draw(HEADERS):
        lines += header.split("\n")
        if draw(st.integers(0, 4)) == 0:
            lines[-1] += draw(st.sampled_from([" work()", " pass; work()", " print a  # é"]))
        else:
            lines += [blank + line for line in draw(inner)]
    return lines


def suites(inner: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    statement = st.one_of(SIMPLE.map(lambda text: [text]), compounds(inner), st.just(["# ünd", "work()"]))
    return st.lists(statement, min_size=1, max_size=4).map(lambda parts: [line for part in parts for line in part])


PROGRAMS = suites(st.recursive(SIMPLE.map(lambda text: [text]), suites, max_leaves=8))
ENCODINGS = st.sampled_from(["utf-8", "latin-1", "utf-8-sig"])
ENDINGS = st.sampled_from(["\n", "\r\n"])


def file_of(lines: list[str], encoding: str, ending: str) -> SourceFile:
    text = f"# coding: {encoding}\n" + "\n".join(lines) + "\n"
    return SourceFile("f.py", text.replace("\n", ending).encode(encoding), "python")


@settings(deadline=None, max_examples=150)
@given(PROGRAMS, ENCODINGS, ENDINGS)
def test_statements_nest_and_nodes_lie_in_them(lines: list[str], encoding: str, ending: str) -> None:
    source = file_of(lines, encoding, ending)
    flow = read(source, Wanted(lambda identifiers: True))
    assert flow.unread == ()
    for graph in flow.graphs:
        assert 0 <= graph.span.start <= graph.span.end <= len(source.data)
        check_statements(graph)
        check_edges(graph)
        for node in graph.nodes:
            assert graph.statements[node.statement].span.contains(node.span)


def check_statements(graph: FlowGraph) -> None:
    ends: dict[int, int] = {}  # of the last child of each statement
    for statement in graph.statements:
        assert statement.span.contains(statement.header)
        assert statement.condition is None or statement.header.contains(statement.condition)
        if statement.parent is not None:
            assert statement.parent < statement.id
            assert graph.statements[statement.parent].span.contains(statement.span)
            assert ends.get(statement.parent, 0) <= statement.span.start
            ends[statement.parent] = statement.span.end


def check_edges(graph: FlowGraph) -> None:
    for node in graph.nodes:
        kinds = [edge.kind for edge in graph.successors[node.id]]
        match node.effect:
            case Branch():
                assert EdgeKind.TRUE in kinds and set(kinds) <= {EdgeKind.TRUE, EdgeKind.FALSE}
            case ForEach():
                assert {EdgeKind.TRUE, EdgeKind.FALSE} <= set(kinds)
            case Call():
                assert sorted(kind.value for kind in kinds) == ["exception", "next"]
            case Nothing():
                assert len(kinds) == (node.id not in (graph.exit, graph.raise_exit))


@given(st.text(alphabet="aé€\n ", max_size=30))
def test_latin_1_and_utf_8_have_the_same_lines_and_columns(comment: str) -> None:
    code = "# coding: {}\n# " + comment.replace("\n", "\n# ").replace("€", "ü") + "\nx = 'é'; work('ü')\n"
    places = set()
    for encoding in ("utf-8", "latin-1"):
        source = SourceFile("f.py", code.format(encoding).encode(encoding), "python")
        [graph] = read(source, Wanted(lambda identifiers: True)).graphs
        [call] = [node for node in graph.nodes if isinstance(node.effect, Call)]
        assert source.data[call.span.start : call.span.end].decode(encoding) == "work('ü')"
        places.add((source.line(call.span.start), source.column(call.span.start)))
    assert len(places) == 1
