"""Functions that only tell whether a call was interrupted, read like the macros that others write for it:
``static int is_retryable(int error) { return error == EINTR || error == EAGAIN; }``.
"""

import re
from collections.abc import Iterable

from unstall.flow.catalogue import C_WAITS
from unstall.frontends.c.chosen import ChosenText
from unstall.frontends.c.functions import Function
from unstall.frontends.c.macros import Macro

_MAX_BODY = 1000
"""Bytes of such a function's body, comments and all."""
_ERROR = re.compile(r"\b(?:EINTR|EAGAIN|EWOULDBLOCK)\b")
_RETURN = r"return\b([^;{}]*[^;{}\s])\s*;"
_RETURNS = re.compile(rf"\{{\s*{_RETURN}\s*\}}")
_CHOOSES = re.compile(
    rf"\{{\s*if\s*(\([^;{{}}]*\))\s*(?:{_RETURN}|\{{\s*{_RETURN}\s*\}})\s*"
    rf"(?:else\b\s*)?(?:{_RETURN}|\{{\s*{_RETURN}\s*\}})\s*\}}"
)
_SWITCHES = re.compile(
    rf"\{{\s*switch\s*\(([^;{{}}]*)\)\s*\{{\s*((?:case\s+\w+\s*:\s*)+){_RETURN}\s*"
    rf"(?:default\s*:\s*(?:break\s*;|{_RETURN})\s*)?\}}\s*(?:{_RETURN}\s*)?\}}"
)
_CASE = re.compile(r"case\s+(\w+)")
_CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")


def predicates(chosen: ChosenText, functions: Iterable[Function]) -> dict[str, Macro]:
    """Those among a file's functions, by name."""
    found: dict[str, Macro] = {}
    for function in functions:
        start, end = function.body_span
        if end - start > _MAX_BODY or not _ERROR.search(chosen.text, start, end):
            continue
        value = _value(chosen.code(start, end))
        if value and not any(name in C_WAITS for name in _CALL.findall(value)):
            names = tuple(parameter.name for parameter in function.head.parameters)
            found[function.name] = Macro(function.name, names, f"({value})", chosen=True, is_function=True)
    return found


def _value(body: str) -> str:
    """What a function returns, as one expression; empty where it isn't that simple."""
    if returns := _RETURNS.fullmatch(body):
        return returns[1]
    if chooses := _CHOOSES.fullmatch(body):
        test, *values = filter(None, chooses.groups())
        return "{} ? ({}) : ({})".format(test, *values)
    if switches := _SWITCHES.fullmatch(body):
        tested, cases, *values = filter(None, switches.groups())
        if len(values) == 2:
            tests = " || ".join(f"({tested}) == {case}" for case in _CASE.findall(cases))
            return "({}) ? ({}) : ({})".format(tests, *values)
    return ""
