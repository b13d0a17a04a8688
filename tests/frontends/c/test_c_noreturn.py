"""Functions that don't return, by declaration and by how they end."""

import pytest
from unstall.frontends.c.noreturn import no_return
from unstall.frontends.c.unit import read_unit


def found(text: str) -> set[str]:
    return set(no_return(read_unit(text.encode())))


@pytest.mark.parametrize(
    "declaration",
    [
        "static void stop(const char *why) __attribute__((noreturn));",
        "__attribute__((__noreturn__)) extern void stop(const char *format, ...);",
        "_Noreturn void stop(void);",
        "[[noreturn]] void stop(int);",
        "void stop(int) __dead2;",
        "#define NORETURN __attribute__((noreturn))\nint other(int);\nvoid stop(int) NORETURN;\nint third(int);",
        "static NO_RETURN void\nstop(int a)\n{\n    for (;;)\n        sleep(a);\n}",
    ],
)
def test_declared(declaration: str) -> None:
    assert found(declaration) == {"stop"}


@pytest.mark.parametrize(
    "body",
    [
        "exit(1);",
        "tidy(); if (a) note(); _exit(a); /* not reached */",
        'fatal("at \\"%s;\\"}", a);',
        'log_fatal(a, "at %d", a);',
        "session_fatal(a);",
        'err_exit(a, "select");',
        "exit_FAILURE();",
        "other(a); } void other(int a) { while (a--) tidy(); abort();",
    ],
)
def test_by_its_end(body: str) -> None:
    assert "stop" in found(f"void stop(int a) {{ {body} }}")


@pytest.mark.parametrize(
    "text",
    [
        "/* noreturn */ void stop(void);",
        "int noreturn_count; void stop(void);",
        "void stop(int a) { if (a) return; exit(1); }",
        "void stop(int a) { if (a) exit(1); }",
        "void stop(int a) { if (a) tidy(); else exit(1); }",
        "void stop(int a) { while (a) exit(1); }",
        "void stop(int a) { tidy(a); }",
        "void stop(struct chan *c) { dispatch_run_fatal(c, NONBLOCK, 0); }",
        "void stop(struct job *j) { note_error_exit(j, a); }",
    ],
)
def test_these_may_return(text: str) -> None:
    assert found(text) == set()
