"""Spans of statements, headers, conditions and calls, as the text that they cover."""

from unstall.flow.files import Wanted
from unstall.flow.ir import Branch, Call, FlowGraph
from unstall.frontends.c import read
from unstall.source import SourceFile

SOURCE = SourceFile(
    "f.c",
    b"""int f(void)
{
    static const struct timeval zero = { 0, 0 }, *tv;
    if ((r = select(n, &set, NULL, NULL, (struct timeval *)&zero)) == -1 && !(errno != EINTR))
        continue_later();
    else if (*p++ == (char)'x') { (*done)(&set[1]); } else
        return (r);
    do r--; while (-r > sizeof(int));
    for (int i = 0; i < "a" "b"[0]; i++) FOREACH(x, y) { break; }
    switch (r) { case 1: case 2 ? 3 : 4: g(); default: ; }
    __attribute__((unused)) label: ;
}
""",
    "c",
)


def graph() -> FlowGraph:
    [graph] = read(SOURCE, Wanted(lambda identifiers: True)).graphs
    return graph


def test_statements_with_their_kinds_and_headers() -> None:
    found = [(s.kind, SOURCE.text(s.header).split("\n")[0]) for s in graph().statements]
    assert found == [
        ("function", "int f(void)"),
        ("declaration", "static const struct timeval zero = { 0, 0 }, *tv;"),
        (
            "if",
            "if ((r = select(n, &set, NULL, NULL, (struct timeval *)&zero)) == -1 && !(errno != EINTR))",
        ),
        ("expression", "continue_later();"),
        ("else", "else"),
        ("if", "if (*p++ == (char)'x')"),
        ("block", "{"),
        ("expression", "(*done)(&set[1]);"),
        ("else", "else"),
        ("return", "return (r);"),
        ("do", "do"),
        ("expression", "r--;"),
        ("for", 'for (int i = 0; i < "a" "b"[0]; i++)'),
        ("foreach", "FOREACH(x, y)"),
        ("block", "{"),
        ("break", "break;"),
        ("switch", "switch (r)"),
        ("block", "{"),
        ("case", "case 1:"),
        ("case", "case 2 ? 3 : 4:"),
        ("expression", "g();"),
        ("case", "default:"),
        ("empty", ";"),
        ("label", "label:"),
        ("empty", ";"),
    ]


def test_statements_end_where_they_do() -> None:
    texts = [SOURCE.text(s.span) for s in graph().statements]
    assert texts[2].endswith("return (r);")
    assert texts[4].startswith("else if (*p++") and texts[4].endswith("return (r);")
    assert texts[8] == "else\n        return (r);"
    assert texts[10] == "do r--; while (-r > sizeof(int));"
    assert texts[13] == "FOREACH(x, y) { break; }"
    assert texts[16] == "switch (r) { case 1: case 2 ? 3 : 4: g(); default: ; }"


def test_conditions() -> None:
    assert [SOURCE.text(s.condition) for s in graph().statements if s.condition] == [
        "(r = select(n, &set, NULL, NULL, (struct timeval *)&zero)) == -1 && !(errno != EINTR)",
        "*p++ == (char)'x'",
        "-r > sizeof(int)",
        'i < "a" "b"[0]',
        "r",
    ]


def test_calls_and_tests() -> None:
    nodes = graph().nodes
    assert [SOURCE.text(n.span) for n in nodes if isinstance(n.effect, Call)] == [
        "select(n, &set, NULL, NULL, (struct timeval *)&zero)",
        "continue_later()",
        "(*done)(&set[1])",
        "g()",
    ]
    assert [SOURCE.text(n.span) for n in nodes if isinstance(n.effect, Branch)] == [
        "(r = select(n, &set, NULL, NULL, (struct timeval *)&zero)) == -1",
        "errno != EINTR",
        "*p++ == (char)'x'",
        "-r > sizeof(int)",
        'i < "a" "b"[0]',
    ]


def test_every_statement_lies_in_its_parent_and_every_node_in_its_statement() -> None:
    found = graph()
    for statement in found.statements:
        assert statement.span.contains(statement.header)
        if statement.parent is not None:
            assert found.statements[statement.parent].span.contains(statement.span)
    for node in found.nodes:
        assert found.statements[node.statement].span.contains(node.span)
