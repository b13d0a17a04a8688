"""The byte search that decides what is parsed: it may say yes too often, never no."""

import re
import time

import pytest
from unstall.discovery.glance import glance
from unstall.discovery.prefilter import may_mention, wanted
from unstall.flow import catalogue


@pytest.mark.parametrize("name", sorted(catalogue.C_WAITS))
def test_every_wait_of_the_catalogue_is_found_in_c(name: str) -> None:
    assert glance("c")(f"r = {name}(fd);".encode()).waits
    assert glance("c")(f"r={name} \n\t(fd);".encode()).waits
    assert glance("c")(f"{name}(fd);".encode()).waits
    assert wanted("c").holds(frozenset({"r", name, "fd"}))


@pytest.mark.parametrize("name", sorted(catalogue.PYTHON_WAITS))
def test_every_wait_of_the_catalogue_is_found_in_python(name: str) -> None:
    assert glance("python")(f"r = {name}(fd)".encode()).waits
    assert glance("python")(f"r = retry({name}, fd)".encode()).waits


@pytest.mark.parametrize(
    "test",
    ["errno == EINTR", "WSAGetLastError() == WSAEINTR", "is_eintr(e)", "APR_STATUS_IS_EAGAIN(s)", "-EWOULDBLOCK"],
)
def test_an_error_number_makes_any_call_a_candidate(test: str) -> None:
    assert glance("c")(f"if (own_wait(x) < 0 && {test}) continue;".encode()).waits


@pytest.mark.parametrize(
    "text",
    [
        "/* read(fd) until EINTR */ int x;",
        '/*\n * poll(fds) may say "EAGAIN"\n */\nint x;',
        "int x; // close(fd), or EINTR",
        "int f(void) { return -EAGAIN; }",
        "e->error = EINTR;",
        "return  EWOULDBLOCK ;",
    ],
)
def test_what_stands_in_comments_or_is_no_test_is_not_parsed_in_c(text: str) -> None:
    assert not glance("c")(text.encode()).waits


@pytest.mark.parametrize(
    "text",
    [
        "/* text */ read(fd);",
        "x = 4 // 2\n; read(fd);",
        'puts("// "); read(fd);',
        'glob("/*"); read(fd);',
        "c = '/*'; read(fd);",
        'puts("a \\\n /*"); read(fd);',
        "// see /*\nread(fd);",
        "/* // */ read(fd);",
        "return EINTR == e;",
        "again = -EAGAIN == r;",
        "if (r == -EAGAIN) x();",
        "case -EINTR: x();",
        "/* EINTR */ while (own(x) && errno != EINTR) ;",
        "#define AGAIN EAGAIN",
    ],
)
def test_what_stands_in_code_is_parsed(text: str) -> None:
    assert glance("c")(text.encode()).waits
    assert glance("c")(b"int x;\n" * 10_000 + text.encode()).waits


@pytest.mark.parametrize("text", [b"/* EINTR", b"= EINTR ", b"// read(fd) ", b'"/* read(', b"read( "])
def test_text_that_is_all_places_is_looked_at_quickly(text: bytes) -> None:
    started = time.process_time()
    glance("c")(b"/*" + text * 200_000)
    assert time.process_time() - started < 5


def test_longer_names_and_members_are_other_functions() -> None:
    assert not glance("c")(b"thread(x); reads(y); repoll(z); dev->read(fd); dev.poll(p);").waits
    assert not glance("python")(b"thread(x); reads(y); repoll(z)").waits


def test_a_comparison_before_a_call_is_no_member() -> None:
    assert glance("c")(b"while (limit > read(fd, b, n)) ;").waits


def test_wrappers_that_the_run_knows_are_looked_for() -> None:
    names = frozenset({"my_select", "Server.pump", "a" * 500})
    assert may_mention("c", names)(b"r = my_select (n);")
    assert may_mention("python", names)(b"self.pump()")
    assert may_mention("c", names)(b"a" * 500 + b"(x)")
    assert glance("c", names)(b"r = ops->my_select(n);").waits
    assert not may_mention("c", names)(b"select(n); Server(); my_; set(my_select);")


def test_many_names_are_looked_for_at_once() -> None:
    names = frozenset({f"wait_{number}" for number in range(100)})
    assert may_mention("python", names)(b"retry(wait_57, x)")
    assert not may_mention("c", names)(b"my_wait_57(x)")


def test_nothing_is_called_where_nothing_is_known() -> None:
    assert not may_mention("c", frozenset())(b"read(fd)")


@pytest.mark.parametrize(
    ("text", "matters"),
    [
        ("n = read(fd, b, 10); if (n < 0) die();", False),
        ("while (waitpid(-1, 0, 0) > 0) ;", False),
        ("usleep(10);", False),
        ("if (lost_connection(c) == EAGAIN) drop(c);", False),
        ("n = read(fd, b, 10); puts(b); if (n < 0 && errno == EAGAIN) again();", True),
        ("if (poll_all(c) == -EAGAIN) drop(c);", True),
        ("n = read(fd, b, 10); if (n < 0 && errno == EINTR) again();", True),
        ("poll(fds, n, -1);", True),
        ("nanosleep(&t, &t);", True),
    ],
)
def test_findings_need_fewer_waits_than_an_inventory(text: str, matters: bool) -> None:
    """A transfer whose error nobody looks at ends what it does, interrupt or not: there is nothing to report."""
    words = frozenset(re.findall(r"\w+", text))
    assert glance("c", every_wait=False)(text.encode()).waits == matters
    assert wanted("c", every_wait=False).holds(words) == matters
    assert wanted("c", frozenset({"lost_connection"}), every_wait=False).holds(words | {"lost_connection"})


def test_a_wait_that_python_guards_by_no_handler_is_no_candidate_for_a_finding() -> None:
    assert not glance("python", every_wait=False)(b"data = connection.recv(10); time.sleep(1)").waits
    assert glance("python", every_wait=False)(b"r, w, x = select.select(a, b, c)").waits
    assert glance("python", every_wait=False)(b"try:\n    s.recv(1)\nexcept InterruptedError:\n    pass").waits
