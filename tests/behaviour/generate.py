"""Random event loops in C, each a function that is put together of common shapes.

In the templates ``$r`` is the variable of the wait's result, ``$look`` the loop's own function that serves what is
ready, ``$me`` the loop's name.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from string import Template

HEAD = """\
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>

#define SLOTS 3

void serve(int fd);
void sweep(void);
void timers(void);
void idle(void);
void drop_connection(void);
void note_signal(void);
void fatal(const char *what);
extern int stop;
static const struct timespec one_second = { 1, 0 };
#define INTERRUPTED(r) ((r) < 0 && errno == EINTR)
static int is_interrupt(int r) { return r == -1 && errno == EINTR; }
static void on_child(int number) { (void)number; }
void catch_signals(void) { signal(SIGCHLD, on_child); }
"""
"""In front of all loops. They wait for the descriptors from 0 on, of which there are ``SLOTS``."""


@dataclass(frozen=True)
class Loop:
    """One generated function."""

    name: str
    text: str
    """With the variables and functions that it needs, which have names of their own."""
    retries: bool = False
    """An interrupted wait is called again at once, by the function that the loop waits with: it skips nothing."""
    elsewhere: bool = False
    """Another function waits for it, or asks which error it was, and isn't looked through (Python)."""


@dataclass(frozen=True)
class _Wait:
    """How a loop waits, and where it finds what is ready."""

    outside: str
    """What it declares in front of the function."""
    inside: str
    """What it declares in it."""
    before: str
    """What comes before the loop."""
    first: str
    """What comes before the wait in each pass."""
    call: str
    parameters: str
    arguments: str
    """What a function is handed that waits instead, and what it calls them: it can make the same call of those."""
    inner: str
    ways: tuple["_Way", ...]


@dataclass(frozen=True)
class _Way:
    """How what is ready is served."""

    code: str
    look: str = ""
    """A function of its own, from its parameters on."""


def loops(random: Random, count: int) -> Iterator[Loop]:
    """So many loops."""
    for at in range(count):
        name = f"loop_{at}"
        yield _loop(random, name, random.choice((_poll, _select, _epoll))(random))


def _poll(random: Random) -> _Wait:
    outside, inside, array = random.choice((
        ("", "struct pollfd fds[SLOTS];", "fds"),
        ("static struct pollfd ${me}_fds[SLOTS];", "", "${me}_fds"),
        ("struct pollfd ${me}_all[SLOTS];", "", "${me}_all"),
        ("static struct { struct pollfd fds[SLOTS]; int n; } ${me}_state;", "", "${me}_state.fds"),
    ))  # fmt: skip
    passed, read, more = random.choice((
        (array, array, ""),
        (array, array, ""),
        (f"&{array}[0]", array, ""),
        (f"(struct pollfd *)&{array}", array, ""),
        ("first", array, f"struct pollfd *first = {array};"),
        (array, "first", f"struct pollfd *first = {array};"),
    ))  # fmt: skip
    each = f"for (i = 0; i < SLOTS; i++)\nif ({read}[i].revents)\nserve({read}[i].fd);"
    given = "(struct pollfd *p, int n)\n{\nfor (; n > 0; n--, p++)\nif (p->revents)\nserve(p->fd);\n}"
    down = "(struct pollfd *p, int n)\n{\nfor (; n; p++)\nif (p->revents) {\nserve(p->fd);\nn--;\n}\n}"
    asks = f"(void)\n{{\nint i;\n\nfor (i = 0; i < SLOTS; i++)\nif ({array}[i].revents)\nserve({array}[i].fd);\n}}"
    ways = [
        _Way(each),
        _Way(f"if ($r > 0) {{\n{each}\n}}"),
        _Way(f"for (at = {read}; at < {read} + SLOTS; at++)\nif (at->revents)\nserve(at->fd);"),
        _Way(f"for (i = 0; i < SLOTS && $r; i++)\nif ({read}[i].revents) {{\nserve({read}[i].fd);\n$r--;\n}}"),
        _Way(f"if ({read}[0].revents & POLLIN)\nserve(0);\nif ({read}[1].revents)\nserve(1);"),
        _Way(f"$look({read}, SLOTS);", given),
        _Way(f"$look({read}, $r);", down),
        _Way(f"if ($r > 0)\n$look({read}, $r);", down),
    ]
    before = (
        f"for (i = 0; i < SLOTS; i++) {{\n{array}[i].fd = i;\n{array}[i].events = POLLIN;\n{array}[i].revents = 0;\n}}"
    )
    call = random.choice(("poll(%s, %s, 1000)", "poll(%s, %s, 1000)", "ppoll(%s, %s, &one_second, NULL)"))
    return _Wait(
        outside,
        f"{inside}\n{more}\nstruct pollfd *at;\nint i;",
        before,
        "",
        call % (passed, "SLOTS"),
        "struct pollfd *fds, int n",
        f"{passed}, SLOTS",
        call % ("fds", "n"),
        (*ways, *([_Way("$look();", asks)] * 2 if outside else [])),
    )


def _select(random: Random) -> _Wait:
    outside, inside, ready = random.choice((
        ("", "fd_set ready;", "ready"),
        ("static fd_set ${me}_ready;", "", "${me}_ready"),
        ("fd_set ${me}_set;", "", "${me}_set"),
    ))  # fmt: skip
    passed, more = random.choice(((f"&{ready}", ""), (f"&{ready}", ""), ("set", f"fd_set *set = &{ready};")))
    fill = "FD_ZERO(%s);\nfor (i = 0; i < SLOTS; i++)\nFD_SET(i, %s);"
    before, first = random.choice((("", fill % (passed, passed)), (fill % ("&all", "&all"), f"{ready} = all;")))
    ask = "for (i = 0; i < SLOTS; i++)\nif (FD_ISSET(i, %s))\nserve(i);"
    ways = [
        _Way(ask % f"&{ready}"),
        _Way(f"if ($r > 0) {{\n{ask % f'&{ready}'}\n}}"),
        _Way(f"found = {ready};\n{ask % '&found'}"),
        _Way(f"for (i = 0; $r > 0 && i < SLOTS; i++)\nif (FD_ISSET(i, &{ready})) {{\nserve(i);\n$r--;\n}}"),
        _Way(f"$look(&{ready});", f"(fd_set *set)\n{{\nint i;\n\n{ask % 'set'}\n}}"),
    ]
    asks = _Way("$look();", f"(void)\n{{\nint i;\n\n{ask % f'&{ready}'}\n}}")
    ways += [asks] * 2 if outside else []
    inside = f"{inside}\nfd_set all, found;\n{more}\nint i;"
    call, parameters, arguments = "pselect(SLOTS, %s, NULL, NULL, &one_second, NULL)", "fd_set *set", passed
    whole, inner = call % passed, call % "set"
    if random.random() >= _PSELECT_SHARE:
        inside = f"{inside}\nstruct timeval limit;"
        first = f"limit.tv_sec = 1;\nlimit.tv_usec = 0;\n{first}"
        parameters, arguments = f"{parameters}, struct timeval *limit", f"{passed}, &limit"
        whole, inner = f"select(SLOTS, {passed}, NULL, NULL, &limit)", "select(SLOTS, set, NULL, NULL, limit)"
    return _Wait(outside, inside, before, first, whole, parameters, arguments, inner, tuple(ways))


def _epoll(random: Random) -> _Wait:
    outside, inside, events = random.choice((
        ("", "struct epoll_event events[SLOTS];", "events"),
        ("static struct epoll_event ${me}_events[SLOTS];\nstatic int ${me}_n;", "", "${me}_events"),
    ))  # fmt: skip
    each = f"for (i = 0; i < $r; i++)\nserve({events}[i].data.fd);"
    down = f"while ($r--)\nserve({events}[$r].data.fd);"
    given = "(struct epoll_event *e, int n)\n{\nwhile (n--)\nserve(e++->data.fd);\n}"
    counts = f"(void)\n{{\nint i;\n\nfor (i = 0; i < ${{me}}_n; i++)\nserve({events}[i].data.fd);\n}}"
    ways = [
        _Way(each),
        _Way(each.replace("i < $r", "i != $r")),
        _Way(f"while ($r > 0)\nserve({events}[--$r].data.fd);"),
        _Way(down),
        _Way(f"if ($r > 0) {{\n{down}\n}}"),
        _Way(f"for (u = 0; u < $r; u++)\nserve({events}[u].data.fd);"),
        _Way(f"end = {events} + $r;\nfor (e = {events}; e < end; e++)\nserve(e->data.fd);"),
        _Way(f"$look({events}, $r);", given),
        _Way(f"if ($r > 0)\n$look({events}, $r);", given),
    ]
    inside = f"{inside}\nstruct epoll_event *e, *end;\nunsigned int u;\nint i;"
    call = random.choice(("epoll_wait(3, %s, SLOTS, 1000)", "epoll_pwait(3, %s, SLOTS, 1000, NULL)"))
    counted = [_Way("${me}_n = $r;\n$look();", counts)] * 2 if outside else []
    return _Wait(
        outside,
        inside,
        "",
        "",
        call % events,
        "struct epoll_event *events",
        events,
        call % "events",
        (*ways, *counted),
    )


_HANDLED = (
    '$r = $call;\nif ($r < 0) {\nif (errno == EINTR)\n$jump;\nfatal("wait");\n}',
    '$r = $call;\nif ($r == -1 && errno == EINTR)\n$jump;\nif ($r == -1)\nfatal("wait");',
    '$r = $call;\nif ($r < 0) {\nif (errno != EINTR)\nfatal("wait");\n$jump;\n}',
    '$r = $call;\nif ($r < 0 && errno != EINTR)\nfatal("wait");\nelse if ($r < 0)\n$jump;',
    '$r = $call;\nif ($r == -1) {\nif (errno == EINTR || errno == EAGAIN) {\n$jump;\n} else {\nfatal("wait");\n}\n}',
    '$r = $call;\nif ($r < 0) {\nint error = errno;\n\nfputs("failed\\n", stderr);\nif (error == EINTR)\n$jump;\n'
    'fatal("wait");\n}',
    'if (($r = $call) == -1) {\nif (errno == EINTR)\n$jump;\nfatal("wait");\n}',
    '$r = $call;\nswitch ($r) {\ncase -1:\nif (errno == EINTR)\n$jump;\nfatal("wait");\nbreak;\n'
    "case 0:\nidle();\nbreak;\ndefault:\nbreak;\n}",
    '$r = $call;\nif ($r <= 0) {\nif ($r < 0 && errno != EINTR)\nfatal("wait");\n$jump;\n}',
    '$r = $call;\nif ($r < 0) {\nif (errno == EINTR) {\nnote_signal();\n$jump;\n}\nfatal("wait");\n}',
    '$r = $call;\nif ($r == 0) {\nidle();\n$jump;\n}\nif ($r == -1) {\nif (errno != EINTR)\nfatal("wait");\n$jump;\n}',
    '$r = $call;\nif ($r < 0 && errno == EINTR)\n$r = 0;\nelse if ($r < 0)\nfatal("wait");',
    '$r = $call;\nif ($r == -1)\nfatal("wait");',
    '$r = $call;\nif ($r < 0) {\nif (errno == EINTR) {\n/* a child, most likely */\n$jump;\n}\nfatal("wait");\n}',
    '$r = $call;\nif ($r == -1 && errno != EINTR) {\nfatal("wait");\n} else if ($r == -1) {\n$jump;\n}',
    'errno = 0;\n$r = $call;\nif (errno == EINTR)\n$jump;\nif ($r < 0)\nfatal("wait");',
    '$r = $call;\nif ($r < 0 && errno != EINTR)\nfatal("wait");',
    '$r = $call;\nif ($r < 0) {\nif (errno != EINTR)\nfatal("wait");\n$r = 0;\n}',
    '$r = $call;\nif ($r < 0) {\nswitch (errno) {\ncase EINTR:\n$jump;\ndefault:\nfatal("wait");\n}\n}',
    '$r = $call;\ninterrupted = $r < 0 && errno == EINTR;\nif (interrupted)\n$jump;\nif ($r < 0)\nfatal("wait");',
    '$r = $call;\nif (INTERRUPTED($r))\n$jump;\nif ($r < 0)\nfatal("wait");',
    '$r = $call;\nif (is_interrupt($r))\n$jump;\nif ($r < 0)\nfatal("wait");',
    '$r = $call;\nif ($r >= 0 || errno != EINTR) {\nif ($r < 0)\nfatal("wait");\n} else\n$jump;',
    '$r = $call;\nerror = $r < 0 ? errno : 0;\nif (error == EINTR)\n$jump;\nif (error)\nfatal("wait");',
    '$r = $call;\nif ($r < 0)\ngoto ${me}_failed;\nif (0) {\n${me}_failed:\nif (errno != EINTR)\nfatal("wait");\n'
    "$jump;\n}",
    '$r = $call;\nif (!$r)\nidle();\nelse if ($r < 0 && errno == EINTR)\n$jump;\nelse if ($r < 0)\nfatal("wait");',
    'if (($r = $call) < 0 && errno != EINTR)\nfatal("wait");\nif ($r < 0)\n$jump;',
    '$r = $call;\nif ($r < 0 && errno == EINTR) {\nif (stop)\nreturn;\n$jump;\n}\nif ($r < 0)\nfatal("wait");',
    '$r = $call;\nif ($r != -1)\n;\nelse if (errno == EINTR)\n$jump;\nelse\nfatal("wait");',
)
"""What is done where the wait failed, the rest of the pass behind it."""
_AROUND = (
    "$r = $call;\nif ($r > 0) {\n$rest\n} else if ($r == 0) {\nidle();\n"
    '} else if (errno != EINTR) {\nfatal("wait");\n}',
    '$r = $call;\nif ($r >= 0) {\n$rest\n} else if (errno != EINTR) {\nfatal("wait");\n}',
    '$r = $call;\nif ($r < 0) {\nif (errno != EINTR)\nfatal("wait");\n} else {\n$rest\n}',
)
"""The same, the rest of the pass within it."""
_AROUND_SHARE = 0.2
_PSELECT_SHARE = 0.3
_RETRYING = (
    "int got;\n\ndo\ngot = $inner;\nwhile (got < 0 && errno == EINTR);\nreturn got;",
    "int got;\n\nwhile ((got = $inner) < 0) {\nif (errno != EINTR)\nbreak;\n}\nreturn got;",
)
_PLAIN = "return $inner;"
_WRAPPERS = (
    *_RETRYING,
    _PLAIN,
    'int got = $inner;\n\nif (got < 0 && errno != EINTR)\nfatal("wait");\nreturn got;',
    "int got = $inner;\n\nif (got < 0)\nreturn errno == EINTR ? 0 : -1;\nreturn got;",
    "int got = $inner;\n\nif (got < 0 && errno == EINTR)\nnote_signal();\nreturn got;",
)
"""What a function does that waits for a loop."""
_TELLS_BY_VALUE = "int got = $inner;\n\nreturn got < 0 ? -errno : got;"
_WRAPPER_SHARE = 0.3
_IDLE_SHARE = 0.3
_FORMS = (
    ("return", "", ""),
    ("continue", "while (!stop) {", "}"),
    ("continue", "do {", "} while (!stop);"),
    ("continue", "for (;;) {", "}"),
    ("continue", "while (1) {", "}"),
    ("goto again", "for (;;) {\nagain:", "}"),
    ("goto again", "again:", "goto again;"),
)
"""How a loop starts over, begins and ends; the first is a function that is called in one."""
_CALLERS = (
    "for (;;) {\nif (${me}_turn() < 0)\ncontinue;\ntimers();\n}",
    "for (;;)\nif (${me}_turn() == 0)\ntimers();",
    "for (;;) {\nint failed = ${me}_turn();\n\nif (!failed)\ntimers();\n}",
    "while (!stop) {\n${me}_turn();\ntimers();\n}",
    "while (${me}_turn() >= 0 || errno == EINTR)\ntimers();",
)
"""The loop around a function that returns -1 where its wait failed, and 0 otherwise."""
_CALLER_SHARE = 0.1


def _loop(random: Random, name: str, wait: _Wait) -> Loop:
    result = random.choice(("r", "r", "r", "${me}_r"))
    way = random.choice(wait.ways)
    rest = [way.code, "sweep();", *random.choice(((), ("timers();",)))]
    rest = random.sample(rest, len(rest)) if random.random() < 0.5 else rest
    if random.random() < _IDLE_SHARE:
        rest = [random.choice(("if ($r == 0)\nidle();", "if ($r == 0)\ndrop_connection();")), *rest]
    around = random.random() < _AROUND_SHARE
    handled = random.choice(_AROUND) if around else random.choice(_HANDLED) + "\n$rest"
    jump, start, end = random.choice(_FORMS)
    call, waits, body = wait.call, "", ""
    if random.random() < _WRAPPER_SHARE:
        asks = "EINTR" in handled or "interrupt" in handled.lower()
        body = random.choice(_WRAPPERS) if asks else _PLAIN  # else the wrapper's author meant the -1 to end it
        tells = "errno" in handled and "errno = 0" not in handled and "-1" not in handled
        if tells and random.random() < _WRAPPER_SHARE:
            body = _TELLS_BY_VALUE
            handled = re.sub(r"errno ([!=]=) EINTR", r"$r \1 -EINTR", handled).replace("errno", "-$r")
        call = f"${{me}}_wait({wait.arguments})"
        waits = f"static int ${{me}}_wait({wait.parameters})\n{{\n{body.replace('$inner', wait.inner)}\n}}"
    called = random.choice(_CALLERS) if random.random() < _CALLER_SHARE else ""
    if called:
        jump, start, end = "return -1", "", "return 0;"
        handled = handled.replace("return;", "return 0;")
    handled = handled.replace("$rest", "\n".join(rest)).replace("$call", call).replace("$jump", jump)
    first = wait.first or (";" if start.endswith(":") else "")
    own, caller = "$me", ""
    if called:
        own, caller = "${me}_turn", f"void $me(void)\n{{\n{called}\n}}"
    elif jump == "return":
        own, caller = "${me}_turn", "void $me(void)\n{\nfor (;;)\n${me}_turn();\n}"
    lines = [
        wait.outside,
        f"static int {result};" if result != "r" else "",
        f"static void $look{way.look}" if way.look else "",
        waits,
        f"{'static ' if caller else ''}{'int' if called else 'void'} {own}(void)\n{{",
        wait.inside,
        "int r;" if result == "r" else "",
        *(f"int {variable};" for variable in ("error", "interrupted") if f"{variable} = " in handled),
        *(wait.before, start, first, handled, end, "}", caller),
    ]
    text = Template(Template("\n".join(lines)).safe_substitute(r=result, look=f"{name}_look")).substitute(me=name)
    indented = "\n".join(_indented(text)) + "\n"
    return Loop(name, random.choice(_STYLES)(indented), body in _RETRYING)


def _spaced(text: str) -> str:
    return text.replace("\t", "    ")


def _apart(text: str) -> str:
    """With each opening brace of a statement on a line of its own, as GNU's and BSD's styles have it."""
    lines: list[str] = []
    for line in text.split("\n"):
        opens = re.fullmatch(r"(\s*)(\} )?((?:if|for|while|switch|do|else)\b.*) \{", line)
        lines += [line] if opens is None else [opens[1] + part for part in ("}" if opens[2] else "", opens[3], "{")]
    return "\n".join(line for line in lines if line.strip()) + "\n"


_STYLES: tuple[Callable[[str], str], ...] = (str, str, _spaced, _apart, lambda text: _spaced(_apart(text)))


def _indented(text: str) -> Iterator[str]:
    """Its lines with the depth of their blocks, and of an arm without braces."""
    blocks = [0]
    hanging = 0
    for line in filter(None, (line.strip() for line in text.split("\n"))):
        depth = blocks[-1]
        if line.startswith("}"):
            depth, hanging = blocks.pop() - 1, 0
        yield "\t" * (depth - 1 if line.endswith(":") else depth + hanging) + line
        if line.endswith("{"):
            blocks.append(depth + hanging + 1)
            hanging = 0
        else:
            opens = line.startswith(("if ", "for ", "while ", "else")) and not line.endswith(";")
            hanging = hanging + 1 if opens else 0
