"""The rewriting rules, seen in what pycparser makes of a function's tokens and prints again."""

import pytest
from pycparser.c_generator import CGenerator
from unstall.frontends.c.normalise.code import OddityKind
from unstall.frontends.c.parser import ParsedFunction, parse_function
from unstall.frontends.c.unit import read_unit


def parsed(body: str, macros: str = "") -> ParsedFunction:
    unit = read_unit(f"{macros}\nvoid f(void) {{ {body} }}".encode())
    return parse_function(unit, unit.functions[0])


def rewritten(body: str, macros: str = "") -> str:
    """The body in one line, as the parser understood it."""
    function = parsed(body, macros)
    assert function.problem is None and function.tree is not None
    assert function.miscounted == ()
    text = " ".join(CGenerator().visit(function.tree.body).split())
    return text.removeprefix("{ ").removesuffix(" }")


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ("T x;", "T x;"),
        ("const T *x = y, **z;", "T *x = y; T **z;"),
        ("unsigned long int x = sizeof(struct a);", "unsigned long int x = sizeof(struct a);"),
        ("static const struct a { int b; } x[] = { { .b = 1 } };", "static struct a x[] = {{.b = 1}};"),
        ("MACRO T x; MACRO struct a *y UNUSED;", "T x; struct a *y;"),
        ("static LIST(a) x;", "static int x;"),
        ("T (*g)(int, T) = h; void (*k)(void);", "T *g = h; void *k;"),
        ("typeof(x) y = x; __auto_type z = y;", "typeof y = x; __auto_type z = y;"),
        ("enum { A, B }; typedef int U; struct s;", "; ; ;"),
        ("register i; for (T i = 0, *j = p; i < 3; i++) ;", "int i; for (T i = 0, *j = p; i < 3; i++) ;"),
        ("a * b; a(*b)[0] = 1;", "a *b; a(*b)[0] = 1;"),
        ("x = (T)y + (T)(U)z + (x) - 1;", "x = ((((T) y) + ((T) ((U) z))) + x) - 1;"),
    ],
)  # fmt: skip
def test_types_are_told_by_where_they_stand(body: str, result: str) -> None:
    assert rewritten(body) == result


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ('p("a" PRIu64 "b" FMT(x), PREFIX "c");', 'p("ab", "c");'),
        ("__extension__ x = 1 __attribute__((a));", "x = 1;"),
        ('asm volatile ("x" : : "r"(1)); return;', "; return;"),
        ("__label__ a, b; a: b: ;", "; a: b: ;"),
        ("_Static_assert(1, \"x\"); static_assert(2);", "; ;"),
        ("x = va_arg(ap, struct a *);", "x = va_arg(ap, struct a *);"),
        ("x = offsetof(struct a, b) + _Alignof(T);", "x = offsetof() + _Alignof();"),
        ("x = a ?: b; y = &&l; l: ;", "x = (a) ? (1) : (b); y = &l; l: ;"),
        ("switch (x) { case 1 ... 3: case 'a': ; }", "switch (x) { case 1: case 'a': ; }"),
        ("[[fallthrough]]; x = y[z[0]];", "; x = y[z[0]];"),
        ("x = (T){ .a = 1, b: 2, [3] = 4, [5 ... 6] = 7 };", "x = (T){.a = 1, 2, 4, 7};"),
    ],
)  # fmt: skip
def test_extensions_become_standard_c(body: str, result: str) -> None:
    assert rewritten(body) == result


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ("FOREACH(x, l) { y(); }", "while (FOREACH(x, l)) { y(); }"),
        ("FOREACH(x, l) y();", "while (FOREACH(x, l)) y();"),
        ("LOCK(x) { y(); } else z();", "if (LOCK(x)) { y(); } else z();"),
        ("TRY { y(); }", "if (TRY) { y(); }"),
        ("for (EACH(x)) y(); for EACH(x) y();", "for (; EACH(x);) y(); for (; EACH(x);) y();"),
        ("if LIKELY(x) y();", "if (LIKELY(x)) y();"),
        ("ENTER(x)\n y();", "ENTER(x); y();"),
        ("ENTER\n y();", "ENTER; y();"),
        ("ENTER(x)\n if (y) LEAVE()\n return;", "ENTER(x); if (y) LEAVE(); return;"),
        ("DEBUG(x) y();", "if (DEBUG(x)) y();"),
        ("HIDDEN(if (x)) y();", "if (x) y();"),
        ("switch (x) { HIDDEN(case 1 | Y:) y(); }", "switch (x) { case 1 | Y: y(); }"),
        ("do { } while (0) x();", "do { } while (0); x();"),
        ("CHECK(x, return);", "CHECK(x, ( { return; } ));"),
        ("RUN(x, { y(); }, a; b);", "RUN(x, ( { y(); } ), ( { a; b; } ));"),
        ("new(struct a *, int, x);", "new(struct a *, int, x);"),
        ("x = US y + (z UNUSED(1)) EXTRA(|| w);", "x = (y + z) || w;"),
        ("if (x || HAVE(a &&) b) ;", "if (x || (a && b)) ;"),
    ],
)  # fmt: skip
def test_macros_become_statements_and_operands(body: str, result: str) -> None:
    assert rewritten(body).replace("{ ; }", "{ }") == result


def test_the_definition_of_a_block_macro_overrules_its_name() -> None:
    macros = "#define EACH(x) if (x)\n#define WHEN(x) for (;x;)\n#define PLAIN(x) y(x);"
    assert (
        rewritten("EACH(x) { } WHEN(y) { } PLAIN(z) { }", macros)
        == "if (EACH(x)) { } while (WHEN(y)) { } PLAIN(z); { }"
    )


def test_what_is_not_understood_is_one_opaque_name_and_counted() -> None:
    function = parsed("a(); x = = y; b(c d, e);")
    assert function.clean
    assert [(oddity.kind, oddity.names, oddity.jumps) for oddity in function.oddities.values()] == [
        (OddityKind.OPAQUE, ("x", "y"), False)
    ]


def test_a_keyword_in_what_is_not_understood_is_missed() -> None:
    function = parsed("a(b, c, = return d);")
    assert function.miscounted == ("return 1/0",)
    assert not function.clean
