"""Sources made to hurt: each costs little, is told by its path, and costs no other file or function its results."""

import time
from pathlib import Path

import pytest
from unstall.cli import main

LOOP = """
void serve(struct pollfd *fds, int n)
{
    for (;;) {
        if (poll(fds, n, 1000) == -1 && errno == EINTR)
            continue;
        sweep_sessions();
    }
}
"""
PYTHON_LOOP = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
def serve(fds, n):
    while True:
        if libc.poll(fds, n, 1000) == -1 and ctypes.get_errno() == errno.EINTR:
            continue
        sweep()
"""
MANY = 100_000
SECONDS = 10.0
"""Of processor time; each takes a tenth of it on an idle machine."""


def function(body: str) -> str:
    """A function that must be read, since it waits."""
    return f"int f(int x) {{ poll(a, b, c); {body} }}\n"


def doubling(count: int) -> str:
    """Macros that would expand to 2**count words."""
    return "".join(f"#define X{i} X{i + 1} X{i + 1}\n" for i in range(count)) + f"#define X{count} poll(a, b, c);\n"


TOO_DEEP, TOO_LONG = "f is not analysed: nested too deeply", "f is not analysed: function too long"
C_SOURCES = {
    "parentheses": (function("return " + "(" * MANY + "x" + ")" * MANY + ";"), TOO_LONG),
    "2,500 parentheses": (function("return " + "(" * 2500 + "x" + ")" * 2500 + ";"), TOO_DEEP),
    "open parentheses": (function("return " + "(" * 40_000 + ";"), TOO_DEEP),
    "brackets": (function("a" + "[" * 40_000 + "0" + "]" * 40_000 + ";"), TOO_DEEP),
    "nested blocks": (function("{" * 10_000 + "}" * 10_000), TOO_DEEP),
    "nested ifs": (function("if (x) {" * 10_000 + "}" * 10_000), TOO_DEEP),
    "nested loops": (function("for (;;) {" * 10_000 + "}" * 10_000), TOO_DEEP),
    "else ifs": (function("".join(f"if (x == {i}) g(); else " for i in range(4000)) + ";"), TOO_DEEP),
    "casts": (function("return " + "(int)" * MANY + "x;"), TOO_LONG),
    "operators": (function("return " + "x+" * MANY + "x;"), TOO_LONG),
    "signs": (function("return " + "-" * 20_000 + "x;"), TOO_DEEP),
    "a long line": (function("poll(a, b, c); go(); " * 100_000), TOO_LONG),
    "nested initialiser": ("int a[] = " + "{" * MANY + "}" * MANY + ";\n", ""),
    "macros of themselves": (
        "#define A B(A) poll(\n#define B(x) A x B(x x)\n#define TEST(x) TEST(x) || TEST(TEST(x))\n"
        + function("while (TEST(A)) A; if (TEST(errno == EINTR)) return B(A);"), None,
    ),
    "macros that double": (doubling(60) + function("X0"), ""),
    "a macro without end": ("#define FOREVER poll(a) \\\n" + " x \\\n" * MANY, ""),
    "a name over lines": (function("po" + "\\\n" * MANY + "ll(a, b, c);"), ""),
    "#if without #endif": ("#if X\n" * 5000, ""),
    "nested #if": ("#if X\n" * 5000 + "int x;\n" + "#endif\n" * 5000, ""),
    "#endif without #if": ("#endif\n#else\n#elif X\n" * 5000, ""),
    "a nested condition": ("#if " + "(" * MANY + "1" + ")" * MANY + "\n#endif\n", ""),
    "absurd conditions": ("#if 1 << 99999999999\n#endif\n#if 1/0\n#endif\n#if 9**9\n#endif\n#if (\n#endif\n", ""),
    "recursive wrappers": (
        "int a(int x) { return b(poll(x, 1, 1)); }\n"
        "int b(int x) { if (a(x) == -1 && errno == EINTR) return c(x); return a(x); }\n"
        "int c(int x) { return c(c(b(a(x)))); }\n"
        "void d(void) { select(a, b, c, d, e); if (errno == EINTR) return; work(); e(); }\n"
        "void e(void) { for (;;) d(); e(); }\n", "",
    ),
    "a long way of wrappers": (
        "".join(f"int w{i}(int x) {{ return w{i + 1}(x); }}\n" for i in range(60))
        + "int w60(int x) { return poll(x, 1, 1); }\n",
        "",
    ),
    "a mesh of labels": (
        "void f(void) {\n" + "".join(
            f"l{i}: if (poll(a, b, {i}) == -1 && errno == EINTR) goto l{i * 7 % 12};\n g{i}();\n" for i in range(12)
        ) + "}\n", "",
    ),
    "an open comment": (LOOP.replace("serve", "before") + "/* " * MANY, None),
    "quotes": ('"' * 20_001 + "\n", ""),
}  # fmt: skip
"""By what hurts: a source that stands before a loop with a finding, and what is said; None where that may vary."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str]:
    """What ``unstall check`` prints, in little time and without a fault of ours."""
    started = time.process_time()
    main(["check", "--jobs", "1", "--output-format", "concise", *words])
    assert time.process_time() - started < SECONDS
    out, err = capsys.readouterr()
    assert "internal error" not in err and "Traceback" not in err
    return out, err


@pytest.mark.parametrize(("source", "said"), C_SOURCES.values(), ids=C_SOURCES.keys())
def test_hostile_c_costs_neither_time_nor_other_files(
    source: str, said: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("hostile.c").write_text(source)
    Path("loop.c").write_text(LOOP)
    out, err = check(capsys, "hostile.c", "loop.c")
    assert "loop.c:6:13: UST101" in out
    if said is not None:
        assert err == (f"unstall: hostile.c:1: {said}\n" if said else "")


@pytest.mark.parametrize("name", ["parentheses", "nested blocks", "a long line", "nested #if", "absurd conditions"])
def test_the_other_functions_of_a_hostile_file_are_still_analysed(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = C_SOURCES[name][0]
    Path("hostile.c").write_text(source + LOOP)
    out, _ = check(capsys, "hostile.c")
    assert f"hostile.c:{source.count(chr(10)) + 6}:13: UST101" in out


PYTHON_SOURCES = {
    "parentheses": "x = " + "(" * MANY + ")" * MANY + "\n",
    "nested ifs": "".join(" " * i + "if x:\n" for i in range(800)) + " " * 800 + "pass\n",
    "nested loops": "def f():\n"
    + "".join(" " * (i + 1) + "while x:\n" for i in range(500))
    + " " * 501
    + "select.select(a, b, c)\n",
    "operators": "x = " + "1 + " * MANY + "1\n",
    "signs": "x = " + "-" * MANY + "1\n",
    "not": "x = " + "not " * 20_000 + "1\n",
    "lambda": "x = " + "lambda: " * 20_000 + "1\n",
    "attributes": "def f():\n    select.select()" + ".x" * 20_000 + "\n",
    "calls": "def f():\n    select.select" + "()" * 20_000 + "\n",
    "statements on a line": "def f(): " + "select.select(a, b, c); x(); " * 3_000 + "\n",
    "a long list": "x = [" + "1234, " * 100_000 + "]\n",
    "back quotes": "print " + "`" * 20_001 + "\n",
    "Python 2 and no end": "except X, e:\n" * 5000,
    "continued for ever": "x = 1 " + "\\\n" * MANY,
    "an open string": "x = '''" + "a\n" * MANY,
    "nested f-strings": "x = " + "f'{" * 50 + "1" + "}'" * 50 + "\n",
}


@pytest.mark.parametrize("source", PYTHON_SOURCES.values(), ids=PYTHON_SOURCES.keys())
def test_hostile_python_costs_neither_time_nor_other_files(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("hostile.py").write_text("import select\n" + source)
    Path("loop.py").write_text(PYTHON_LOOP)
    out, err = check(capsys, "hostile.py", "loop.py")
    assert "loop.py:7:13: UST101" in out
    assert all(line.startswith("unstall: hostile.py:") for line in err.splitlines())


@pytest.mark.parametrize(
    "encoding", ["rot13", "zip", "undefined", "hex", "nonsense", "utf-7", "idna", "punycode", "\xe9"]
)
def test_odd_encodings_are_read_or_refused_in_words(encoding: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("odd.py").write_text(f"# coding: {encoding}\n" + PYTHON_LOOP)
    out, err = check(capsys, "odd.py")
    assert out.count("odd.py:8:13: UST101") == 1 or "unstall: odd.py" in err
