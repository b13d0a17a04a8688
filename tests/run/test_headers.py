"""Macros that headers of the run define: what they hide is seen where they are used."""

from collections.abc import Callable
from pathlib import Path

import pytest
from unstall.flow.outcomes import Handling
from unstall.run.pipeline import run

Tree = Callable[[dict[str, str]], Path]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    monkeypatch.chdir(tmp_path)
    return write


def handlings(*paths: str, jobs: int = 1) -> dict[str, list[Handling]]:
    """How the waits of each file are handled."""
    result = run(paths or ["."], jobs=jobs)
    waiting = [file for file in result.files if file.waits]
    return {file.path.removeprefix("./"): [Handling(wait.handling) for wait in file.waits] for file in waiting}


def loop(body: str, include: str = "own.h") -> str:
    return f"""#include "{include}"
        int run(void) {{
            int r;
            for (;;) {{
            again:
                r = poll(fds, n, 100);
                {body}
                expire();
            }}
        finalize:
            return r;
        }}
        """


RESTART = [Handling.RESTART_SKIPS_STAGES]


@pytest.mark.parametrize(
    ("header", "body", "meaning"),
    [
        ("#define FINALIZE goto again;", "if (r < 0 && errno == EINTR) FINALIZE", "goto again;"),
        (
            "#define ABORT_FINALIZE(e) do { \\\n  ret = e; goto again; } while (0)",
            "if (r < 0 && errno == EINTR) { note(); ABORT_FINALIZE(1); }",
            "note(); goto again;",
        ),
        ("#define CHECK(x, label) if (!(x)) goto label", "CHECK(r >= 0 || errno != EINTR, again);", "goto again;"),
        ("#define CHECK(x, jump) if (!(x)) jump", "CHECK(r >= 0 || errno != EINTR, continue);", "continue;"),
        ("#define CHECK(x) if (!(x)) continue", "CHECK(r >= 0 || errno != EINTR);", "continue;"),
        ("#define NB_ERR(e) ((e) == EINTR || (e) == EAGAIN)", "if (r < 0 && NB_ERR(errno)) continue;", "continue;"),
        ("#define SOCK_ERRNO() errno", "if (r < 0 && SOCK_ERRNO() == EINTR) continue;", "continue;"),
        ("#define sys_errno errno", "if (r < 0 && sys_errno == EINTR) continue;", "continue;"),
        (
            "#define again(r) if (interrupted(r)) continue\n#define interrupted(r) (r < 0 && errno == EINTR)",
            "again(r);",
            "continue;",
        ),
        ("#define IS_EINTR(s) ((s) == EINTR)", "int s = errno; if (r < 0 && IS_EINTR(s)) continue;", "continue;"),
    ],
)
def test_what_macros_hide(tree: Tree, header: str, body: str, meaning: str) -> None:
    tree({"own.h": header, "loop.c": loop(body), "plain.c": loop(f"if (r < 0 && errno == EINTR) {{ {meaning} }}")})
    assert handlings() == {"loop.c": RESTART, "plain.c": RESTART}


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (
            "#define RETRY_ON_EINTR(r, x) do { r = (x); } while (r < 0 && errno == EINTR)",
            "RETRY_ON_EINTR(r, poll(p, n, -1));",
        ),
        (
            "#define TEMP_FAILURE_RETRY(x) ({ long r_; do r_ = (x); while (r_ == -1 && errno == EINTR); r_; })",
            "r = TEMP_FAILURE_RETRY(poll(p, n, -1));",
        ),
        ("#define EVENT_READ(r) while ((r = poll(p, n, -1)) < 0 && errno == EINTR) {}", "EVENT_READ(r);"),
    ],
)
def test_retries_and_waits_in_macros(tree: Tree, header: str, body: str) -> None:
    tree({"sys/wait.h": header, "use.c": f"int use(void) {{ int r; {body} return r; }}"})
    assert handlings() == {"use.c": [Handling.RETRY]}


PREDICATES = [
    "int interrupted(int r) { return r == -1 && errno == EINTR; }",
    "bool interrupted(int r) {\n if (r < 0 && errno == EINTR)\n return true; /* a signal */\n return false; }",
    "bool interrupted(int r) { if (r >= 0 || errno != EINTR) { return 0; } else { return 1; } }",
    "int interrupted(int r) { switch (r < 0 ? errno : 0) { case EINTR: case EAGAIN: return 1; default: return 0; } }",
    "int interrupted(int r) { switch (r < 0 ? errno : 0) { case EINTR: return 1; } return 0; }",
]
"""Functions that say whether a call was interrupted."""


@pytest.mark.parametrize("predicate", PREDICATES)
def test_what_functions_hide_that_are_no_more_than_a_test(tree: Tree, predicate: str) -> None:
    use = "if (interrupted(r)) continue;"
    tree({"own.c": f"static {predicate}\n{loop(use)}"})
    assert handlings() == {"own.c": RESTART}
    tree({"own.c": loop(use), "own.h": f"static inline {predicate}"})
    assert handlings() == {"own.c": RESTART}
    tree({"own.h": "int interrupted(int r);", "errors.c": predicate})
    assert handlings() == {"own.c": RESTART}
    tree({"errors.c": f"static {predicate}", "other/errors.c": predicate})
    assert handlings() != {"own.c": RESTART}


@pytest.mark.parametrize(("again", "expected"), [("0", RESTART), ("r == -1 && errno == EAGAIN", [Handling.HANDLED])])
def test_a_function_evaluates_what_it_is_handed_but_once(tree: Tree, again: str, expected: list[Handling]) -> None:
    predicate = f"static int interrupted(int r) {{ return r == -1 && errno == EINTR || ({again}); }}"
    waits = loop("").replace("r = poll(fds, n, 100);", "if (interrupted(r = poll(fds, n, 100))) continue;")
    tree({"own.c": predicate + waits})
    assert handlings() == {"own.c": expected}


def test_continue_belongs_to_the_loop_that_a_macro_opens(tree: Tree) -> None:
    body = "ALL(x, list) { if (r < 0 && errno == EINTR) continue; x->ready = r; }"
    tree({"own.h": "#define ALL(x, l) for (x = (l)->first; x; x = x->next)", "loop.c": loop(body)})
    assert Handling.RESTART_SKIPS_STAGES not in handlings()["loop.c"]
    tree({"own.h": "#define ALL(x, l) if ((x = (l)->first))"})
    assert handlings() == {"loop.c": RESTART}


AGAIN = "#define AGAIN(r) (r < 0 && errno == EINTR)"
NEVER = "#define AGAIN(r) (r < 0 && die())"
USE = "if (AGAIN(r)) continue;"


def test_the_nearest_definition_holds(tree: Tree) -> None:
    tree(
        {
            "a/own.h": AGAIN,
            "b/own.h": NEVER,
            "b/include/net/sock.h": AGAIN,
            "a/loop.c": loop(USE),
            "b/loop.c": loop(USE),
            "b/path.c": loop(USE, "net/sock.h"),
            "c/own.c": AGAIN + "\n" + loop(USE, "net/sock.h"),
            "c/none.c": loop(USE, "none.h"),
        }
    )
    found = handlings()
    assert {path for path, judged in found.items() if judged == RESTART} == {"a/loop.c", "b/path.c", "c/own.c"}


def test_where_all_definitions_agree_any_is_right(tree: Tree) -> None:
    tree({"a/x.h": AGAIN, "b/y.h": AGAIN.replace("(r < 0", "( r  <  0"), "loop.c": loop(USE, "none.h")})
    assert handlings() == {"loop.c": RESTART}


def test_neither_order_nor_processes_matter(tree: Tree) -> None:
    files = {f"src/{n}.c": loop(USE, f"{'ab'[n % 2]}.h") + "/* " + "x" * 70_000 + " */" for n in range(6)}
    tree(files | {"inc/a.h": AGAIN, "inc/b.h": NEVER})
    paths = [*files, "inc/b.h", "inc/a.h"]
    alone = handlings(*paths)
    assert [path for path, judged in alone.items() if judged == RESTART] == ["src/0.c", "src/2.c", "src/4.c"]
    assert handlings(*reversed(paths)) == alone
    assert handlings(*paths, jobs=2) == alone


# ------------------------------------------------------------------------------------ a file that is named alone

JUMP = "#define CHECKED(r) if ((r) < 0 && errno == EINTR) goto finalize\n"
HIDDEN = loop("CHECKED(r);")


@pytest.mark.parametrize("header", ["src/own.h", "src/include/own.h", "own.h", "include/own.h", "runtime/own.h"])
def test_headers_of_a_file_that_is_named_alone_are_found_in_its_project(tree: Tree, header: str) -> None:
    tree({".git/HEAD": "", "src/a.c": HIDDEN, header: JUMP})
    assert handlings("src/a.c") == {"src/a.c": [Handling.HANDLED]}


def test_headers_are_followed_through_headers(tree: Tree) -> None:
    tree({".git/HEAD": "", "src/a.c": HIDDEN, "src/own.h": '#include "own/jumps.h"\n', "own/jumps.h": JUMP})
    assert handlings("src/a.c") == {"src/a.c": [Handling.HANDLED]}


def test_the_nearest_header_is_meant(tree: Tree) -> None:
    near = "#define CHECKED(r) if ((r) < 0 && errno == EINTR) continue\n"
    tree({".git/HEAD": "", "src/a.c": HIDDEN, "src/own.h": near, "own.h": JUMP})
    assert handlings("src/a.c") == {"src/a.c": RESTART}


def test_headers_beyond_the_work_tree_are_none_of_its_own(tree: Tree) -> None:
    tree({"project/.git/HEAD": "", "project/a.c": loop(USE), "own.h": AGAIN})
    assert handlings("project/a.c") != {"project/a.c": RESTART}
    tree({"project/own.h": AGAIN})
    assert handlings("project/a.c") == {"project/a.c": RESTART}


def test_headers_that_include_each_other_end(tree: Tree) -> None:
    tree({".git/HEAD": "", "a.c": HIDDEN, "own.h": '#include "b.h"\n', "b.h": '#include "own.h"\n' + JUMP})
    assert handlings("a.c") == {"a.c": [Handling.HANDLED]}


def test_a_header_that_is_named_is_reported_once(tree: Tree) -> None:
    wait = "static inline int look(void) { for (;;) { if (poll(f, n, 1) < 0 && errno == EINTR) continue; tick(); } }\n"
    tree({".git/HEAD": "", "a.c": HIDDEN, "own.h": JUMP + wait})
    assert handlings("a.c") == {"a.c": [Handling.HANDLED]}
    assert handlings("a.c", "own.h") == {"a.c": [Handling.HANDLED], "own.h": RESTART}


@pytest.mark.parametrize(
    "body",
    [
        '({ copy(d, s); WARN("partial write (size %d)", n); })',
        "({ int e_ = (x); if (e_ != EINTR && e_ != ENOSPC) note(e_); e_; })",
        "EM(FIRST, EINTR) EM(SECOND, EAGAIN)",
        "(x)->ops.read(x) + (x)->write(x)",
    ],
)
def test_a_macro_that_neither_waits_nor_decides_makes_no_file_a_candidate(tree: Tree, body: str) -> None:
    tree({"own.h": f"#define move(x) {body}\n", "a.c": loop("move(r);"), "b.c": "void f(void) { move(1); }\n"})
    assert {file.path: file.parsed for file in run(["a.c", "b.c"]).files} == {"a.c": True, "b.c": False}
    assert not next(file.parsed for file in run(["."]).files if file.path.endswith("b.c"))


@pytest.mark.parametrize("declared", ["", "__attribute__((noreturn))"])
def test_a_header_declares_what_ends_the_program(tree: Tree, declared: str) -> None:
    tree(
        {
            "include/own.h": f"void LeaveNow(const char *why, int code) {declared};",
            "src/loop.c": loop("if (r < 0) { LeaveNow(why(), 1); continue; }"),
            "src/plain.c": loop("if (r < 0) { exit(1); continue; }"),
        }
    )
    for found in (handlings(), handlings("src/loop.c", "src/plain.c")):
        assert found["src/loop.c"] == (found["src/plain.c"] if declared else RESTART)
    assert found["src/plain.c"] != RESTART


def test_a_table_of_constants_is_not_read_for_macros(tree: Tree) -> None:
    table = "".join(f"#define REGISTER_{number} {number}\n" for number in range(25_000))
    header = "#define NEXT continue\n"
    files = {"loop.c": loop("if (r < 0 && errno == EINTR) NEXT;"), "own.h": header}
    tree(files)
    assert handlings()["loop.c"] == RESTART
    tree({**files, "own.h": header + table})
    assert handlings()["loop.c"] != RESTART


@pytest.mark.parametrize("work", ["unstall.frontends.c.headers.definitions", "unstall.frontends.c.effects_in"])
def test_a_fault_of_ours_in_a_file_that_is_asked_beside_is_told(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, work: str
) -> None:
    def fails(*arguments: object) -> None:
        raise KeyError("ours")

    tree({
        "own.h": "#define FINALIZE goto again;\n",
        "run.c": loop("if (r < 0 && errno == EINTR) FINALIZE") + "void install(void) { signal(SIGHUP, on_hup); }",
        "hup.c": "void on_hup(int signal) { told = 1; }\n",
    })  # fmt: skip
    monkeypatch.setattr(work, fails)
    (unread,) = run(["."]).files_unread
    assert unread.path in ("./own.h", "./hup.c", "own.h", "hup.c")
    assert unread.reason == "internal error, please report it: KeyError: 'ours'"
