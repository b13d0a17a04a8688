"""Which functions of a file threads start in. Found in tokens, without parsing."""

from collections.abc import Iterator
from itertools import pairwise

from unstall.frontends.python.lexer import Kind, Line
from unstall.frontends.python.scopes import Scope
from unstall.frontends.python.signals import arguments, may_mean

_THREAD = "Thread"
"""What the names of threads' classes end in: ``threading.Thread``, a project's own ``StoppableThread``."""
_STARTERS = frozenset({"start_new_thread", "start_new"})
"""The functions of ``_thread`` (``thread`` in Python 2)."""


def threads_of(scopes: list[Scope]) -> frozenset[str]:
    """The qualified names of the functions that threads start in: the ``run`` of a thread's class, and what is handed
    to ``Thread(target=…)`` or ``start_new_thread(…)``.
    """
    return frozenset(name for scope in scopes for name in (*_runs(scope), *_targets(scope)))


def _runs(scope: Scope) -> Iterator[str]:
    outer = "" if scope.is_module else f"{scope.name}."
    for line in scope.lines:
        if line.starts_with("class") and _is_thread(line):
            yield f"{outer}{line.tokens[1].text}.run"


def _is_thread(line: Line) -> bool:
    """Whether a ``class`` line names a base that is a thread's class."""
    if len(line.tokens) < 3 or line.tokens[2].text != "(":
        return False
    return any(base and base[-1].text.endswith(_THREAD) for base in arguments(line.tokens[3:]))


def _targets(scope: Scope) -> Iterator[str]:
    tokens = scope.tokens
    for index, (token, following) in enumerate(pairwise(tokens)):
        if token.kind is not Kind.NAME or following.text != "(":
            continue
        if token.text in _STARTERS:
            yield from may_mean(arguments(tokens[index + 2 :])[0], scope)
        elif token.text.endswith(_THREAD):
            for given in arguments(tokens[index + 2 :]):
                if [one.text for one in given[:2]] == ["target", "="]:
                    yield from may_mean(given[2:], scope)
