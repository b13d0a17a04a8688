"""Random event loops in Python, like those in C: methods of a class, for what they keep in its members."""

from collections.abc import Iterator
from random import Random

from tests.behaviour.generate import Loop

HEAD = """\
import errno
import select
import signal

from recorder import drop_connection, idle, note_signal, serve, sweep, timers

SOCKETS = [0, 1, 2]


def on_child(number, frame):
    pass


def catch_signals():
    signal.signal(signal.SIGCHLD, on_child)


def interrupted(error):
    return error.errno == errno.EINTR
"""
_HANDLED = (
    "except OSError as error:\n    if error.errno == errno.EINTR:\n        JUMP\n    raise",
    "except select.error as error:\n    if error.args[0] != errno.EINTR:\n        raise\n    JUMP",
    "except OSError as error:\n    if error.errno == errno.EINTR:\n        note_signal()\n        JUMP\n    raise",
    "except OSError as error:\n    if error.errno == errno.EINTR:\n        JUMP\n    else:\n        raise",
    "except InterruptedError:\n    JUMP",
    "except OSError as error:\n    if error.errno != errno.EINTR:\n        raise",
    "except InterruptedError:\n    pass",
    "except OSError as error:\n    if error.errno != errno.EINTR:\n        raise\n    READY = []",
    "except OSError as error:\n    if error.errno not in (errno.EINTR, errno.EAGAIN):\n        raise\n    JUMP",
    "except OSError as error:\n    code = error.errno\n    if code == errno.EINTR:\n        JUMP\n    raise",
    "except OSError as error:\n    if interrupted(error):\n        JUMP\n    raise",
    "except (OSError, ValueError) as e:\n    if getattr(e, 'errno', 0) == errno.EINTR:\n        JUMP\n    raise",
    "except (InterruptedError, BlockingIOError):\n    JUMP",
    "except OSError as error:\n    if error.errno == errno.EINTR:\n        READY = []\n    else:\n        raise",
    "except select.error as error:\n    if error.args[0] == errno.EINTR:\n        JUMP\n    raise",
    "except (OSError, select.error) as error:\n    if not interrupted(error):\n        raise\n    JUMP",
)
_WRAPPERS = (
    "return FOUND",
    "try:\n    return FOUND\nexcept InterruptedError:\n    return []",
    "try:\n    return FOUND\nexcept OSError as error:\n    if error.errno != errno.EINTR:\n        raise\nreturn []",
)
_GIVES_NONE = "try:\n    return FOUND\nexcept InterruptedError:\n    return None"
_WRAPPER_SHARE = 0.2
_ELSE_SHARE = 0.2
_AROUND_SHARE = 0.2
_PRESET_SHARE = 0.3


def loops(random: Random, count: int) -> Iterator[Loop]:
    """So many loops, each in a class of its own."""
    for at in range(count):
        name = f"loop_{at}"
        text = _loop(random, name)
        yield Loop(name, text, elsewhere="self.wait()" in text or "interrupted(" in text)


def _loop(random: Random, name: str) -> str:
    ready = random.choice(("ready", "ready", "self.ready", f"{name}_ready"))
    polls = random.random() < 0.5
    each = "for fd, _ in READY:\n    serve(fd)" if polls else "for fd in READY:\n    serve(fd)"
    ways = [
        each,
        f"if READY:\n{_indented(each)}",
        f"{name}_serve(READY)",
        "found = list(READY)\n" + each.replace("READY", "found"),
    ]
    if not polls:
        ways += ["if 0 in READY:\n    serve(0)\nif 1 in READY:\n    serve(1)", "while READY:\n    serve(READY.pop())"]
    outside = f"\n\ndef {name}_serve(found):\n{_indented(each.replace('READY', 'found'))}\n"
    if ready != "ready":
        outside += f"\n\ndef {name}_look():\n{_indented(each.replace('READY', ready))}\n" if "self" not in ready else ""
        ways += ["self.look()" if "self" in ready else f"{name}_look()"] * 2
    wait = "READY = self.poller.poll(1000)" if polls else random.choice((
        "READY, _, _ = select.select(SOCKETS, [], [], 1.0)",
        "READY = select.select(SOCKETS, [], [], 1.0)[0]",
    ))  # fmt: skip
    waits = ""
    if random.random() < _WRAPPER_SHARE:
        found = "self.poller.poll(1000)" if polls else "select.select(SOCKETS, [], [], 1.0)[0]"
        wait, inner = "READY = self.wait()", random.choice((*_WRAPPERS, _GIVES_NONE))
        waits = f"\n\n    def wait(self):\n{_indented(inner.replace('FOUND', found), 2)}"
    way = random.choice(ways)
    rest = [way, "sweep()", *random.choice(((), ("timers()",), ("self.more()",)))]
    rest = random.sample(rest, len(rest)) if random.random() < 0.5 else rest
    jump = random.choice(("continue", "continue", "return"))
    body = _body(random, wait, "\n".join(rest), jump)
    if "return None" in waits:
        body = f"{wait}\nif READY is None:\n    {jump}\n" + "\n".join(rest)
    start = f"def run(self):\n{'    global ' + ready + chr(10) if ready.startswith('loop') else ''}"
    if jump == "return":
        run = f"def run(self):\n    while True:\n        self.turn()\n\n{start.replace('run', 'turn')}{_indented(body)}"
    else:
        run = f"{start}    while True:\n{_indented(body, 2)}"
    look = f"def look(self):\n{_indented(each.replace('READY', 'self.ready'))}"
    made = f"class {name}:\n    def __init__(self):\n        self.poller = select.poll()\n\n{_indented(run)}\n\n"
    made += f"{_indented(look)}{waits}\n\n    def more(self):\n        timers()\n"
    return f"{outside}\n\n{made}".replace("READY", ready)


def _body(random: Random, wait: str, rest: str, jump: str) -> str:
    preset = "READY = []\n" if random.random() < _PRESET_SHARE else ""
    handled = random.choice(_HANDLED).replace("JUMP", jump)
    if random.random() < _AROUND_SHARE:
        return f"{preset}try:\n{_indented(wait)}\n{_indented(rest)}\n{handled}"
    if random.random() < _ELSE_SHARE:
        return f"{preset}try:\n{_indented(wait)}\n{handled}\nelse:\n{_indented(rest)}"
    return f"{preset}try:\n{_indented(wait)}\n{handled}\n{rest}"


def _indented(text: str, levels: int = 1) -> str:
    return "\n".join(f"{'    ' * levels}{line}" if line else "" for line in text.split("\n"))
