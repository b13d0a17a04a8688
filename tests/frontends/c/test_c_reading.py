"""The front end as a whole: which functions are read, what is refused, and what no input can do."""

import gc
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unstall.flow.files import FileFlow, Unread, Wanted
from unstall.flow.ir import Binary, Branch, Call, Const, FlowGraph, Name
from unstall.frontends.c import ask, read
from unstall.source import SourceFile


def read_all(text: str | bytes) -> FileFlow:
    data = text if isinstance(text, bytes) else text.encode()
    return read(SourceFile("f.c", data, "c"), Wanted(lambda identifiers: True))


def graph(body: str, before: str = "") -> FlowGraph:
    flow = read_all(f"{before}\nint f(int a) {{ {body} }}")
    assert flow.unread == ()
    return flow.graphs[-1]


def test_only_functions_that_are_wanted_are_read() -> None:
    source = SourceFile("f.c", b"void f(void) { poll(); } void g(void) { /* poll */ } void h(void) { pull(); }", "c")
    flow = read(source, Wanted(lambda identifiers: "poll" in identifiers))
    assert [graph.name for graph in flow.graphs] == ["f"]
    assert flow.functions_seen == 3


@pytest.mark.parametrize(
    ("body", "is_read"),
    [
        ("return -EINTR;", False),
        ("if (a) return (EAGAIN);", False),
        ("int e = a ? -EINTR : 0; return e;", False),
        ("if (a == -EINTR) return 1;", True),
        ("return EINTR == a;", True),
        ("switch (a) { case EINTR: return 1; }", True),
        ("return retry(-EINTR);", True),
    ],
)
def test_an_error_number_that_is_only_given_makes_no_function_a_candidate(body: str, is_read: bool) -> None:
    source = SourceFile("f.c", f"int f(int a) {{ {body} }}".encode(), "c")
    flow = read(source, Wanted(lambda identifiers: not identifiers.isdisjoint({"EINTR", "EAGAIN"})))
    assert bool(flow.graphs) == is_read


def test_a_macro_of_the_file_that_tests_for_an_interrupt_makes_its_user_a_candidate() -> None:
    text = "#define AGAIN(e) ((e) == EINTR || (e) == EAGAIN)\n#define PLAIN(e) ((e) == 0)\n"
    users = "int f(int a) { return AGAIN(a); } int g(int a) { return PLAIN(a); }"
    flow = read(SourceFile("f.c", (text + users).encode(), "c"), Wanted(lambda identifiers: False))
    assert [graph.name for graph in flow.graphs] == ["f"]


def test_what_was_lowered_before_is_taken_over() -> None:
    source = SourceFile("f.c", b"void f(void) { poll(); } void g(void) { wait_here(); } void h(void) { other(); }", "c")
    before = read(source, Wanted(lambda identifiers: "poll" in identifiers))
    assert before.left_out >= {"wait_here", "other"} and "poll" not in before.left_out
    wanted = {"poll", "wait_here"}
    asked = ask(source, Wanted(lambda identifiers: not identifiers.isdisjoint(wanted)))
    flow = read(source, Wanted(lambda identifiers: not identifiers.isdisjoint(wanted)), before=before, unit=asked.unit)
    assert [graph.name for graph in flow.graphs] == ["f", "g"]
    assert flow.graphs[0] is before.graphs[0]
    assert flow.graphs == read(source, Wanted(lambda identifiers: not identifiers.isdisjoint(wanted))).graphs


def test_parameters_and_locals() -> None:
    found = graph("static int s; extern int e; int b, *c = &b; { struct x d; } poll(&b, g(&a));")
    assert found.parameters == ("a",)
    assert found.locals == {"a", "b", "c", "d"}
    assert found.address_taken == {"b"}


def test_the_arguments_of_a_wait_are_no_secret() -> None:
    assert graph("fd_set s; select(1, &s, 0, 0, 0);").address_taken == set()


def test_assumptions_are_told() -> None:
    assert read_all("#ifdef A\n#endif\n#ifndef B\n#endif\n").configuration == ("A", "!B")


def test_waits_in_branches_that_are_not_chosen_are_read_in_another_configuration() -> None:
    text = "void f(void) {\n#ifdef A\npoll(p, 1, 2);\n#else\nselect(1, s, 0, 0, 0);\n#endif\nread(1, b, 2); }\n"
    other = "#ifndef A\nvoid g(void) { select(); }\n#endif\n#if 0\nvoid h(void) { select(); }\n#endif\n"
    source = SourceFile("f.c", (text + other).encode(), "c")
    flow = read(source, Wanted(lambda identifiers: not identifiers.isdisjoint({"poll", "select"})))
    found = [
        (graph.name, graph.configuration, graph.focus and source.text(graph.focus).strip()) for graph in flow.graphs
    ]
    assert found == [
        ("f", ("A",), None),
        ("f", ("!A",), "select(1, s, 0, 0, 0);"),
        ("g", ("!A",), "{ select(); }"),
    ]
    assert (flow.functions_seen, flow.configuration) == (2, ("A",))


def test_more_configurations_than_are_looked_into_are_told_those_with_interrupts_first() -> None:
    variants = "".join(
        f"#ifndef V{n}\nvoid f{n}(void) {{ go(); }}\n#else\nvoid g{n}(void) {{ poll(); }}\n#endif\n" for n in range(20)
    )
    last = "#ifndef LAST\n#else\nvoid last(void) { if (poll() == -1 && errno == EINTR) go(); }\n#endif\n"
    flow = read(SourceFile("f.c", (variants + last).encode(), "c"), Wanted(lambda identifiers: "poll" in identifiers))
    assert "last" in [graph.name for graph in flow.graphs]
    assert [(unread.line, unread.function) for unread in flow.unread] == [(38, "a branch of #if")]
    assert flow.unread[0].reason == "13 parts need more than 8 further configurations"


def test_what_is_not_certain_is_told() -> None:
    found = graph("x = = y;\n goto *p; MAYBE() { if (a) break; }\n goto nowhere;")
    assert sorted(found.unknown) == [
        "2: not understood: x = = y",
        "3: MAYBE may be a loop of its own",
        "3: computed goto",
        "4: no label nowhere",
    ]


@pytest.mark.parametrize(
    ("condition", "is_hint"),
    [
        ("unlikely(a < 0)", True),
        ("__glibc_unlikely (a < 0)", True),
        ("G_LIKELY(a < 0)", True),
        ("ecb_expect_false (a < 0)", True),
        ("PREDICT_TRUE(a < 0)", True),
        ("__builtin_expect(a < 0, 0)", True),
        ("unlikely(a < 0, 3)", False),
        ("is_unlikely_word(a < 0)", False),
        ("expect(a < 0)", False),
        ("expected(a < 0)", False),
    ],
)
def test_a_hint_around_a_condition_is_the_condition(condition: str, is_hint: bool) -> None:
    found = graph(f"if ({condition}) return 1; return 0;")
    assert any(isinstance(node.effect, Call) for node in found.nodes) != is_hint
    wanted = Branch(Binary("<", Name("a"), Const(0)))
    assert (wanted in [node.effect for node in found.nodes]) == is_hint


def test_a_node_within_a_macro_names_it() -> None:
    found = graph("RETRY(read(a)); if (r < 0 && sock_errno == EINTR) ;", MACROS)
    assert {node.macro for node in found.nodes} == {"", "RETRY"}
    [call] = [node for node in found.nodes if "Call" in type(node.effect).__name__]
    assert call.macro == "RETRY"


UNMATCHED = "braces don't match under the chosen #if branches"
MACROS = "#define RETRY(e) while ((e) == -1 && errno == EINTR)\n#define sock_errno errno"


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("void f(void)\n{ if (a) {\n}\nint g;\n", Unread("f.c", 2, "f", UNMATCHED)),
        ("void f(void) {\n a(b(; }", Unread("f.c", 2, "f", "unbalanced brackets")),
        ("void f(void) {\n else b; }", Unread("f.c", 2, "f", "syntax error before else")),
        ("void f(void) {\n a(b, = return c); }", Unread("f.c", 1, "f", "control flow was lost: return 1/0")),
        ("void f(void) {" + "{" * 5000 + "}" * 5000 + "}", Unread("f.c", 1, "f", "nested too deeply")),
        ("void f(void) { x = " + "(" * 5000 + "1" + ")" * 5000 + "; }", Unread("f.c", 1, "f", "nested too deeply")),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_its_reason(text: str, unread: Unread) -> None:
    flow = read_all(text)
    assert (flow.graphs, flow.unread) == ((), (unread,))


@pytest.mark.parametrize(
    ("text", "read", "unread"),
    [
        ("void f(void) { x = " + "(int)" * 3000 + "y; }", 1, 0),
        ("void f(void) {" + "if (a) b(); else " * 1000 + "; }", 1, 0),
        ("void f(void) { " + "A(x) " * 3000 + "; }", 1, 0),
        ("#define A B B\n#define B C C\n" * 100 + "#define C return\nvoid f(void) { A; }", 1, 0),
        ("/*" * 50_000, 0, 0),
        ("'\\" * 50_000, 0, 0),
        ('"\\' * 50_000, 0, 0),
        ("#" * 100_000, 0, 0),
        ("#if x\n" * 20_000, 0, 0),
        ("#if " + "(a||" * 20_000, 0, 0),
        ("f(){{}\n}x\n" * 2000, 2000, 0),
        ("void f(){ switch (x) {" + "case 1:" * 2000 + "; } }", 1, 0),
        ("void f(){" + "A({" * 3000 + "})" * 3000 + "; }", 0, 1),
        (b"\0" * 100_000, 0, 0),
        (bytes(range(256)) * 100, 0, 0),
    ],
)
def test_hostile_input_is_read_to_its_end(text: str | bytes, read: int, unread: int) -> None:
    flow = read_all(text)  # what would take minutes if it were quadratic
    assert (len(flow.graphs), len(flow.unread)) == (read, unread)


WORDS = re.findall(
    r"\S+",
    """if ( ) { } ; else while do for switch case : default return break continue goto x MACRO , = == * & [ ] . ->
? 1 "s" int struct static sizeof ++ && || ! asm typeof #if #else #endif #define""",
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS)))
def test_any_tokens_are_read_or_refused(words: list[str]) -> None:
    flow = read_all("void f(void) { " + " ".join(words).replace(" #", "\n#") + " }\nvoid g(void) { }\n")
    for graph in flow.graphs:
        for node in graph.nodes:
            assert graph.span.contains(node.span)


def test_nothing_of_a_function_waits_for_the_garbage_collector() -> None:
    source = SourceFile(
        "f.c", b"int f(int n) { while (poll(fds, n, ({ int t = 1; t; })) < 0) continue; return n; }", "c"
    )
    read(source, Wanted(lambda identifiers: True))  # what is imported leaves some
    gc.collect()
    gc.disable()
    try:
        assert read(source, Wanted(lambda identifiers: True)).functions_seen == 1
        assert gc.collect() == 0
    finally:
        gc.enable()
