"""Which functions are read, under which names; what a file tells beside its graphs; and what can't be read."""

import subprocess
import sys

import pytest
from unstall.flow.files import FileFlow, Wanted
from unstall.flow.ir import Call
from unstall.frontends.python import read
from unstall.source import SourceFile


def flow_of(code: str | bytes, *words: str) -> FileFlow:
    """The file's flow; with words, only of functions that mention one."""
    source = SourceFile("f.py", code if isinstance(code, bytes) else code.encode(), "python")
    return read(source, Wanted(lambda identifiers: not words or bool(identifiers & set(words))))


def names_of(flow: FileFlow) -> list[str]:
    return [graph.name for graph in flow.graphs]


NESTED = """\
import time
class Server(Base, metaclass=Meta):
    limit = compute()
    @retry(3)
    @tools.logged
    def run(self):
        def inner():
            time.sleep(1)
        class Local:
            async def method(self): select()
        inner()
if __name__ == "__main__":
    def main(): pass
"""


def test_names_are_qualified_by_classes_and_functions() -> None:
    flow = flow_of(NESTED)
    assert names_of(flow) == [
        "<module>", "Server.run", "Server.run.inner", "Server.run.Local.method", "main",
    ]  # fmt: skip
    assert flow.functions_seen == 4


def test_a_function_is_wanted_for_its_own_text() -> None:
    assert names_of(flow_of(NESTED, "sleep")) == ["Server.run.inner"]
    assert names_of(flow_of(NESTED, "compute")) == ["<module>"]


def test_a_function_is_wanted_for_what_its_names_stand_for() -> None:
    code = "from select import select as wait\nAGAIN = (errno.EINTR,)\ndef f(): wait()\ndef g(): return e in AGAIN\n"
    assert names_of(flow_of(code, "select")) == ["<module>", "f"]
    assert names_of(flow_of(code, "EINTR")) == ["<module>", "g"]


def test_parameters_and_locals() -> None:
    code = """\
def f(a, /, b=1, *c, d, **e):
    global g
    g = h = (i := 1)
    for j, (k, *l) in a: pass
    with a as m, b as (n, o): pass
    import p.q, r as s
    try: pass
    except E as t: pass
    def u(): v = 1
    class W: pass
    x.y = z[0] = 1
"""
    [_, f, _] = flow_of(code).graphs
    assert f.parameters == ("a", "b", "c", "d", "e")
    assert f.locals == frozenset("abcdehijkmnopstuW") | {"l"}


@pytest.mark.parametrize(
    ("imports", "call", "callee"),
    [
        ("import select", "select.select()", "select.select"),
        ("import select as s", "s.select()", "select.select"),
        ("from select import select", "select()", "select.select"),
        ("from select import (poll, select as wait,)", "wait()", "select.select"),
        ("try: import selectors as s\nexcept ImportError: import selectors2 as s", "s.x()", "selectors.x"),
        ("import os.path", "os.wait()", "os.wait"),
        ("from . import select", "select.select()", "select.select"),
        ("from .compat import select", "select()", "select"),
        ("from select import *", "select()", "select"),
        ("import select\nwait = select.select", "wait()", "select.select"),
        ("import select\nwait = select.select\nwait = None", "wait()", "wait"),
        ("", "poll = self.poller.poll; poll(1)", "self.poller.poll"),
        ("", "poll = self.poller.poll; poll = None; poll(1)", "poll"),
        ("import select as s", "wait = s.select; wait()", "select.select"),
        ("", "self.poller().poll(1)", "self.poller().poll"),
        ("", "table[key](1)", "table[]"),
    ],
)  # fmt: skip
def test_callees_are_written_in_full(imports: str, call: str, callee: str) -> None:
    code = f"{imports}\ndef f(self):\n    {call}\n"
    calls = [node.effect for node in flow_of(code).graphs[-1].nodes if isinstance(node.effect, Call)]
    assert calls[-1].callee == callee


def test_a_local_name_hides_an_imported_one() -> None:
    code = "import select as s\ndef f(s): s.select()\ndef g():\n    import time as s\n    s.sleep(1)\n"
    callees = [
        node.effect.callee for graph in flow_of(code).graphs for node in graph.nodes if isinstance(node.effect, Call)
    ]
    assert callees == ["s.select", "time.sleep"]


def test_signals_handlers_and_the_flags_that_they_write() -> None:
    code = """\
from signal import signal, SIGHUP, SIGCHLD, SIG_IGN
import signal as sig

stopping = False
def on_term(number, frame):
    global stopping
    stopping = True
    local = 1

class Master:
    def start(self, loop):
        sig.signal(sig.SIGTERM, on_term)
        signal(SIGCHLD, self.reap)
        signal(SIGHUP, SIG_IGN)
        loop.add_signal_handler(sig.SIGUSR1, lambda: self.queue.put(1))
        other.signal(SIGINT, nothing)
    def reap(self, *args):
        self.dead += 1
        self.pids[0] = None
        self.event.set()
"""
    facts = flow_of(code, "never").signals
    assert facts.signals == ("SIGTERM", "SIGCHLD", "SIGUSR1")
    assert facts.flags == {"stopping", "self.dead", "self.pids", "self.event", "self.queue"}


# ------------------------------------------------------------------------------------------------ what can't be read


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"a = 1\nb = '\0'\n", 1, "not text: it holds NUL bytes"),
        (b"a = '\xe9'\n", 1, "not text in utf-8"),
        (b"# coding: klingon\n", 1, "unknown encoding klingon"),
        (b"# coding: hex\n", 1, "unknown encoding hex"),
        (b"\xef\xbb\xbfa = '\xff'\n", 1, "not text in utf-8"),
        (b"a = 1\nb = (2,\n\ndef f():\n    pass\n", 2, "bracket never closed"),
        (b"a = 1\n'''never closed\n", 2, "string never closed"),
    ],
)
def test_a_file_that_is_no_python(data: bytes, line: int, reason: str) -> None:
    [unread, *_] = flow_of(data).unread
    assert (unread.path, unread.line, unread.function, unread.reason) == ("f.py", line, "", reason)


def test_a_function_with_a_syntax_error_costs_only_itself() -> None:
    flow = flow_of(
        "def f():\n    wait()\nclass A:\n    def g(self):\n        x = 1\n        wait(= 1)\n    def h(self): wait()\n"
    )
    assert names_of(flow) == ["<module>", "f", "A.h"]
    assert [(unread.function, unread.line, unread.reason) for unread in flow.unread] == [("A.g", 6, "syntax error")]


def test_a_bracket_that_is_never_closed_costs_one_function() -> None:
    flow = flow_of("def f():\n    wait(a,\n\ndef g():\n    wait()\n")
    assert names_of(flow) == ["<module>", "g"]
    assert {(unread.function, unread.line) for unread in flow.unread} == {("", 2), ("f", 2)}


DEEP = {
    "brackets": "x = " + "(" * 10_000 + ")" * 10_000,
    "blocks": "".join(" " * i + "if x:\n" for i in range(2_000)) + " " * 2_000 + "pass",
    "sums": "x = " + " + ".join("a" * 20_000),
    "lambdas": "x = " + "lambda: " * 20_000 + "0",
    "strings": "x = " + "'a' " * 20_000,
    "elifs": "if x: pass\n" + "elif x: pass\n" * 5_000,
    "calls": "x" + "()" * 20_000,
}


@pytest.mark.parametrize("source", DEEP.values(), ids=DEEP.keys())
def test_deep_nesting_is_refused(source: str) -> None:
    flow = flow_of(f"def f():\n    wait()\n{source}\n")
    assert names_of(flow) == ["f"]
    assert {(unread.function, unread.reason) for unread in flow.unread} == {("<module>", "nested too deeply")}


def test_finally_clauses_that_multiply_are_refused() -> None:
    lines = ["def f():"]
    for depth in range(1, 15):
        lines += [" " * depth + line for line in ("try: work()", "except: return", "finally:")]
    flow = flow_of("\n".join([*lines, " " * 15 + "work()\n"]))
    assert [(unread.function, unread.reason) for unread in flow.unread] == [("f", "nested too deeply")]


@pytest.mark.parametrize(
    "code", ["", "\n\n", "# only a comment", "\\", "   ", "\f", "x", "def f", "class", "@", "def f():", ":", ")"]
)
def test_fragments_are_no_traceback(code: str) -> None:
    flow = flow_of(code)
    assert len(flow.graphs) + len(flow.unread) >= 1


def test_importing_the_front_end_is_cheap() -> None:
    code = "import sys, unstall.frontends.python; sys.exit('libcst' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_of_many_places_that_cannot_be_read_the_first_are_told_and_the_rest_counted() -> None:
    flow = read(SourceFile("f.py", b"def f(\n" * 1000, "python"), Wanted(lambda identifiers: False))
    assert [unread.line for unread in flow.unread] == list(range(1, 21))
    assert {unread.reason for unread in flow.unread[:19]} == {"bracket never closed"}
    assert flow.unread[19].reason == "bracket never closed, as in 980 more places behind it"
