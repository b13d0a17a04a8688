"""Function definitions are cut out by their braces; heads are read for names."""

import pytest
from unstall.frontends.c.functions import Function
from unstall.frontends.c.outline import outline
from unstall.frontends.c.unit import read_unit


def functions(text: str) -> tuple[Function, ...]:
    return read_unit(text.encode()).functions


@pytest.mark.parametrize(
    ("text", "name", "parameters"),
    [
        ("int main(int argc, char **argv) {}", "main", ["argc", "argv"]),
        ("static void\nf(void)\n{\n}", "f", []),
        ("f() {}", "f", []),
        ("int f(a, b) int a; char *b; {}", "f", ["a", "b"]),
        ("void (*f(int x))(int) { }", "f", ["x"]),
        ("int (f)(int x) {}", "f", ["x"]),
        ("EXPORTED struct a *f(const struct b *x, size_t n, ...) {}", "f", ["x", "n"]),
        ("__attribute__((noreturn)) void f(int x) {}", "f", ["x"]),
        ("int f(int x) __attribute__((unused)) {}", "f", ["x"]),
        ("int f(int x) PRINTF_LIKE(1, 2) {}", "f", ["x"]),
        ("DECLARE(int) f(char x[3], void (*cb)(int), T *y UNUSED) {}", "f", ["x", "cb", "y"]),
        ('extern "C" {\nint f(unsigned x) {}\n}', "f", ["x"]),
        ("struct a { int x; } *f(fd_set *x) {}", "f", ["x"]),
        ("int x[] = { 1, 2 };\nint f(T x) {}", "f", ["x"]),
        ("THREAD(f) {}", "f", [""]),
        ("static THREAD_ENTRY(f)\n{}", "f", [""]),
        ("TEST(group, f) {}", "TEST", ["", ""]),
        ("void F(x) {}", "F", [""]),
        ("F(x) int x; {}", "F", ["x"]),
        ("declare(f) {}", "declare", [""]),
    ],
)
def test_heads(text: str, name: str, parameters: list[str]) -> None:
    [function] = functions(text)
    assert function.name == name
    assert [parameter.name for parameter in function.head.parameters] == parameters


@pytest.mark.parametrize(
    "text",
    [
        "struct a { int x; };",
        "enum { A, B };",
        "struct PACKED(8) a { int x; } b;",
        "int a[] = { f(1) };",
        "int f(void);",
    ],
)
def test_what_is_no_function(text: str) -> None:
    assert functions(text) == ()


def test_spans_cover_head_and_body() -> None:
    text = "int a;\nstatic int f(int x)\n{ if (x) { } /* } */ }\nint g() { }"
    assert [text[f.span.start : f.span.end] for f in functions(text)] == [
        "static int f(int x)\n{ if (x) { } /* } */ }",
        "int g() { }",
    ]
    assert [text[f.body_span.start : f.body_span.end] for f in functions(text)][1] == "{ }"


@pytest.mark.parametrize(
    "before",
    [
        "",
        "int a;\n",
        "#define A 1\n",
        "int a; // b\n",
        "// a; b\n",
        "// a */ b\n",
        "// a \\\n; b\n",
        "/* a; */\n",
        "/* a {;} */ /* b /* c */\n",
        "int a; /* b */\n#if 1\n/* c */\n",
        "#define A \\\n  ;\n",
        'char a[] = "; /* b";\n',
        "int a = ';';\n",
        "struct a { int x; };\n",
        "struct a { int x; } b; // c\n",
        "int g(void) { } // a\n",
    ],
)
@pytest.mark.parametrize("head", ["static int f(int x)", "static int\nf ( T *x )\n", "static int /* a; */ f(int x)"])
def test_a_head_begins_behind_what_is_no_part_of_it(before: str, head: str) -> None:
    text = f"{before}{head} {{ }}\n#if 0\n#endif\n"
    *_, function = functions(text)
    assert function.name == "f"
    assert text[function.head_span.start : function.head_span.end] == head.strip()
    assert [token.value for token in function.head.tokens][:3] == ["static", "int", "f"]


def test_an_if_that_opens_a_brace_in_each_branch() -> None:
    text = "int f(void) {\n#ifdef A\nif (a) {\n#else\nif (b) {\n#endif\n}\n}\nint g(void) { }"
    assert [(f.name, f.resynchronised) for f in functions(text)] == [("f", False), ("g", False)]


@pytest.mark.parametrize(
    ("line", "is_directive"),
    [
        ("#define X }", True),
        ("  /* a */ /* b\nc */ # define X }", True),
        ("g(); /* a */ #define X }", False),
        ("g(); /* a\nb */ #define X }", False),
        ("{ /* a */ #define X }", False),
        ("g(); // a\n #define X }", True),
    ],
)
def test_only_comments_stand_before_a_directive_on_its_line(line: str, is_directive: bool) -> None:
    directives = outline(f"void f(void) {{\n{line}\n}}\n").directives
    assert [directive.name for directive in directives] == ["define"] * is_directive


def test_layout_ends_a_function_whose_braces_do_not_match() -> None:
    text = "int f(void)\n{\n  if (a) {\n}\n\nint g(void)\n{\n}\n"
    assert [(f.name, f.resynchronised) for f in functions(text)] == [("f", True), ("g", False)]
