"""What only Python 2 could read: read all the same, and every position is one of the user's file."""

import pytest
from unstall.flow.files import Wanted
from unstall.flow.ir import Call, Caught, FlowGraph, Jump, Matches, Node
from unstall.frontends.python import read
from unstall.source import SourceFile

from tests.frontends.python.mermaid import show_effect


def graphs_of(code: str | bytes) -> tuple[SourceFile, tuple[FlowGraph, ...]]:
    source = SourceFile("f.py", code if isinstance(code, bytes) else code.encode(), "python")
    flow = read(source, Wanted(lambda identifiers: True))
    assert flow.unread == ()
    return source, flow.graphs


def nodes_of(code: str, effect: type) -> list[tuple[str, str]]:
    """Source text and effect of the nodes of one kind, at module level."""
    source, graphs = graphs_of(code)
    nodes: list[Node] = [node for node in graphs[0].nodes if isinstance(node.effect, effect)]
    return [(source.text(node.span), show_effect(node.effect)) for node in nodes]


@pytest.mark.parametrize(
    ("statement", "call"),
    [
        ("print", "print()"),
        ("print 'a', b", "print('a', b)"),
        ("print 'a',", "print('a')"),
        ("print >>log, 'a'", "print(log, 'a')"),
        ("print -1", "print(-1)"),
        ("print not a", "print(!a)"),
        ("print('a')", "print('a')"),
        ("exec code", "exec(code)"),
        ("exec code in names", "exec(code, names)"),
        ("exec 'f(x in y)' in names, here", "exec('f(x in y)', names, here)"),
        ("raise Failure, 'text'", "Failure('text')"),
        ("raise Failure, 'text', trace", "Failure('text', trace)"),
        ("`a`", "repr(a)"),
        ("f(0755, 10L, 0L, 0xFFl)", "f(493, 10, 0, 255)"),
        ("f(ur'a\\b', UR'c')", "f('a\\\\b', 'c')"),
        ("f(a <> b)", "f((a != b))"),
        ("f(async=1)", "f(async_=1)"),
        ("loop.async(1)", "loop.async_(1)"),
        ("marshal.None()", "marshal.None_()"),
    ],
)
def test_a_statement_of_python_2_is_a_call(statement: str, call: str) -> None:
    [(text, shown)] = nodes_of(f"before; {statement}; after\n", Call)
    assert shown == f"t0 = {call}"
    assert text == statement.removeprefix("raise ")


@pytest.mark.parametrize("statement", ["print = 1", "print.x", "exec = 2", "x = print", "print: int", "raise a[1, 2]"])
def test_names_that_python_3_can_read_are_left_alone(statement: str) -> None:
    assert nodes_of(f"{statement}\n", Call) == []


@pytest.mark.parametrize(
    ("clause", "classes", "bound"),
    [
        ("except Failure, e:", ("Failure",), "e"),
        ("except Failure,e:", ("Failure",), "e"),
        ("except (OSError, select.error), e:", ("OSError", "select.error"), "e"),
        ("except Failure as e:", ("Failure",), "e"),
        ("except Failure, (code, text):", ("Failure",), "__caught__"),
        ("except Failure, [code, text]:", ("Failure",), "__caught__"),
        ("except OSError, ValueError:", ("OSError", "ValueError"), None),
        ("except OSError, select.error:", ("OSError", "select.error"), None),
    ],
)
def test_except_clauses(clause: str, classes: tuple[str, ...], bound: str | None) -> None:
    source, [graph] = graphs_of(f"try:\n    wait()\n{clause}\n    if code: work()\n")
    [test] = [node for node in graph.nodes if getattr(node.effect, "condition", None) == Matches(classes)]
    names = [node.effect.target for node in graph.nodes if getattr(node.effect, "value", None) == Caught()]  # type: ignore[union-attr]
    assert [show_effect(node.effect) for node in graph.nodes if getattr(node.effect, "value", None) == Caught()] == (
        [f"{bound} = caught"] if bound else []
    ), names
    assert source.line(test.span.start) == 3
    assert source.text(graph.statements[test.statement].header) == clause


def test_an_exception_is_unpacked_on_the_line_of_the_clause_too() -> None:
    _, [graph] = graphs_of("try: wait()\nexcept Failure, (code, text): work()\n")
    assert "(code, text) = __caught__.args" in [show_effect(node.effect) for node in graph.nodes]


def test_an_instance_is_raised_from_the_rest() -> None:
    [(text, shown)] = nodes_of("raise Failure(1), None, trace\n", Jump)
    assert text == "raise Failure(1), None, trace"
    assert shown == "raise t0"


@pytest.mark.parametrize(
    ("header", "parameters"),
    [
        ("def f(a, (b, c)):", ("a", "b", "c")),
        ("def f((a, (b, c)), d=(1, 2)):", ("a", "b", "c", "d")),
        ("def f(a=g((b), (c))):", ("a",)),
        ("def f(a=lambda b, (c, d): 0):", ("a",)),
    ],
)
def test_tuple_parameters_are_flat(header: str, parameters: tuple[str, ...]) -> None:
    source, (_, graph) = graphs_of(f"{header}\n    return b\n")
    assert graph.parameters == parameters
    assert source.text(graph.statements[0].header) == header


def test_lambdas_take_tuples() -> None:
    assert [shown for _, shown in nodes_of("f(lambda (a, b), c: (a, b))\n", Call)] == ["t0 = f(?(a b c))"]


def test_tabs_and_blanks_may_be_mixed() -> None:
    code = "def f():\n    if a:\n\twork()\n    else:\n        if b:\n\t    rest()\n"
    source, (_, graph) = graphs_of(code)
    calls = [node for node in graph.nodes if isinstance(node.effect, Call)]
    assert [source.text(node.span) for node in calls] == ["work()", "rest()"]
    kinds = [(statement.kind, source.line(statement.span.start)) for statement in graph.statements]
    assert kinds[1:4] == [("if", 2), ("block", 3), ("expression", 3)]


def test_tabs_alone_stay() -> None:
    source, (_, graph) = graphs_of("class A:\n\tdef f(self):\n\t\tprint 'a'\n")
    [call] = [node for node in graph.nodes if isinstance(node.effect, Call)]
    assert source.text(call.span) == "print 'a'"


def test_form_feeds_are_no_indentation() -> None:
    source, (_, graph) = graphs_of("def f():\n\f    work()\n    rest()\n")
    assert [source.line(node.span.start) for node in graph.nodes if isinstance(node.effect, Call)] == [2, 3]
