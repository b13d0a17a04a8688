"""Places: the variables and access paths that something is known of.

A *place* is a variable or an access path written as a string: ``r``, ``ctx.result``, ``fds[0]``, ``*flag``, ``$3`` for
a temporary, ``errno``. Array elements at unknown indices share the place ``a[*]``.
"""

from functools import lru_cache

from unstall.flow import by_name
from unstall.flow.ir import (
    Binary,
    Call,
    Caught,
    Const,
    Expr,
    FlowGraph,
    Index,
    Items,
    Member,
    Name,
    Temp,
    Unary,
    Unknown,
)
from unstall.source import Language


@lru_cache(65536)
def root_of(place: str) -> str:
    """The variable that a place is part of: ``fds`` for ``fds[0].revents``."""
    end = len(place)
    for stop in ".[":
        at = place.find(stop)
        if 0 < at < end:
            end = at
    return place[:end].lstrip("*&")


def is_within(place: str, whole: str) -> bool:
    """Whether a place is another one, or a part of that: ``fds[0].revents`` of ``fds``."""
    return place == whole or place.startswith((f"{whole}.", f"{whole}["))


def place_of(expr: Expr, graph: FlowGraph | None = None) -> str | None:
    """The place an expression denotes, None where it is no place."""
    match expr:
        case Name(name):
            local = graph is not None and name in graph.locals
            return "errno" if not local and by_name.is_errno(name) and not _python(graph) else name
        case Temp(index):
            return f"${index}"
        case Caught():
            return "$caught"
        case Member(base, name):
            inner = place_of(base, graph)
            return None if inner is None else f"{inner}.{name}"
        case Index(base, index):
            inner = place_of(base, graph)
            key = index.value if isinstance(index, Const) and isinstance(index.value, int) else "*"
            return None if inner is None else f"{inner}[{key}]"
        case Unary("*", operand):
            inner = place_of(operand, graph)
            return None if inner is None else f"*{inner}"
        case Unary("&", operand):
            return place_of(operand, graph)
    return None


def _python(graph: FlowGraph | None) -> bool:
    return graph is not None and graph.language == "python"


def names_in(expr: Expr) -> frozenset[str]:
    """The variables an expression mentions."""
    match expr:
        case Name(name):
            return frozenset({name})
        case Member(base, _):
            return names_in(base)
        case Index(base, index):
            return names_in(base) | names_in(index)
        case Unary(_, operand):
            return names_in(operand)
        case Binary(_, left, right):
            return names_in(left) | names_in(right)
        case Items(items):
            return frozenset().union(*map(names_in, items))
        case Unknown(names):
            return frozenset(names)
    return frozenset()


def temps_in(expr: Expr) -> frozenset[int]:
    """The temporaries an expression mentions."""
    match expr:
        case Temp(index):
            return frozenset({index})
        case Member(base, _):
            return temps_in(base)
        case Index(base, index):
            return temps_in(base) | temps_in(index)
        case Unary(_, operand):
            return temps_in(operand)
        case Binary(_, left, right):
            return temps_in(left) | temps_in(right)
        case Items(items):
            return frozenset().union(*map(temps_in, items))
    return frozenset()


def is_report(call: Call) -> bool:
    """A macro that is given a text to print: ``LM_ERR("select: %s", …)``."""
    return any(map(_is_text, call.args)) and call.name.upper() == call.name


def reports(call: Call) -> bool:
    """A call that logs or reports something, by its name or by what it is given."""
    return by_name.is_logging(call.name) or is_report(call)


def does_nothing(call: Call, language: Language) -> bool:
    """A call that does nothing a run would have to take into account: it is harmless, reads the clock, or reports."""
    return by_name.is_harmless(call.name, language) or by_name.is_clock(call.name) or is_report(call)


def is_macro(call: Call) -> bool:
    """A macro by its name whose definition isn't at hand, and that is none of those that the catalogue knows: it may
    write what it is given as well as read it.
    """
    known = by_name.is_set_test(call.name) or by_name.is_status_test(call.name)
    return call.receiver is None and call.name.isupper() and not known


def is_constant(expr: Expr) -> bool:
    """A number or a text, or what is named as a constant is."""
    return isinstance(expr, Const) or (isinstance(expr, Name) and expr.id.isupper())


def is_zero(expr: Expr) -> bool:
    """The number 0, a null pointer, False, or a structure of nothing but these."""
    return expr == Const(0) or (isinstance(expr, Items) and all(map(is_zero, expr.items)))


def ends_program(call: Call) -> bool:
    """A call that doesn't return, by its name and by whether it is given something to say."""
    speaks = len(call.args) < 2 or any(
        _is_text(argument) or (isinstance(argument, Call) and any(map(_is_text, argument.args)))
        for argument in call.args
    )
    if by_name.is_no_return(call.name, speaks):
        return True
    return len(call.args) == 1 and _is_status(call.args[0]) and by_name.exits(call.name)


def _is_status(expr: Expr) -> bool:
    """A number, or a constant that is called a status."""
    number = expr.operand if isinstance(expr, Unary) and expr.op == "-" else expr
    if isinstance(number, Name):
        return number.id.isupper() and by_name.EXIT_STATUS.search(number.id) is not None
    return isinstance(number, Const) and isinstance(number.value, int)


def _is_text(expr: Expr) -> bool:
    return isinstance(expr, Const) and isinstance(expr.value, str)
