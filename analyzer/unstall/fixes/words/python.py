"""Python: results preset to what a timeout would have given."""

import re
from dataclasses import dataclass

from unstall.fixes.layout import Code
from unstall.fixes.site import Site
from unstall.fixes.treatment import RefusedError
from unstall.flow.ir import Assign, Call, Const, Effect, Expr, Index, Items, Member, Name, Temp
from unstall.flow.outcomes import Run
from unstall.flow.values import Num
from unstall.flow.waits import Reporting, WaitKind

_EMPTY_OF = {"dict": "{}", "list": "[]", "tuple": "()", "set": "set()", "frozenset": "frozenset()", "sorted": "[]"}
"""What a conversion makes of nothing."""


@dataclass(frozen=True)
class PythonWords:
    """The words for one wait."""

    site: Site

    @property
    def _raises(self) -> bool:
        return self.site.fact.spec.reporting is Reporting.EXCEPTION

    def cleared(self) -> tuple[Code, ...]:
        """``r, w, x = [], [], []``; a ctypes object is made anew."""
        if not self._raises:
            return tuple(code for at in self.site.fact.spec.results for code in self._made_anew(at))
        target, value = self._assigned()
        if target is None:
            return ()
        if isinstance(target, Items):
            names = [self._spelt(item) for item in target.items]
            wanted = [name for name in names if name.strip("_")]
            if self.site.fact.spec.arrays != len(names):
                raise RefusedError("what the wait's result is unpacked into isn't known to be lists")
            return (f"{', '.join(wanted)} = {', '.join(['[]'] * len(wanted))}",) if wanted else ()
        return (f"{self._spelt(target)} = {value}",)

    def _assigned(self) -> tuple[Expr | None, str]:
        """What the wait's result is assigned to, and how "nothing" is written there."""
        spec, graph = self.site.fact.spec, self.site.fact.graph
        nothing = f"({', '.join(['[]'] * spec.arrays)})" if spec.arrays else "[]"
        temp = self.site.call.result
        while True:
            for assign in (node.effect for node in graph.nodes if isinstance(node.effect, Assign)):
                if _is_one_of(assign.value, temp) and spec.arrays:
                    return assign.target, "[]"
                if assign.value == temp:
                    if spec.kind is not WaitKind.MULTIPLEX:
                        raise RefusedError(f"what {self.site.callee} returns on a timeout isn't known")
                    return assign.target, nothing
            temp_user = next((n.effect for n in graph.nodes if _converts(n.effect, temp)), None)
            if not isinstance(temp_user, Call):
                return None, ""
            temp, nothing = temp_user.result, _EMPTY_OF[temp_user.name]

    def _spelt(self, target: Expr) -> str:
        spelt = _dotted(target)
        if spelt is None:
            raise RefusedError("the result of the wait is unpacked in a way that can't be written again")
        return spelt

    def _made_anew(self, at: int) -> tuple[Code, ...]:
        """The statement by which the function itself makes the object that the wait fills."""
        graph = self.site.fact.graph
        expr = self.site.call.args[at] if at < len(self.site.call.args) else None
        name = re.sub(r"^.*\((\w+)\)$", r"\1", self.site.arguments[at]) if expr is not None else ""
        if name in ("None", "0", ""):
            return ()
        for statement in graph.statements:
            text = self.site.text(statement.span)
            if statement.kind == "expression" and re.fullmatch(rf"{name} = [\w.]+\(\)", text):
                return (text,)
        raise RefusedError(f"how `{name}` is emptied isn't plain from the function")

    def timed_out(self) -> tuple[Code, ...]:
        """Nothing where an exception tells of the failure; else ``ready = 0``."""
        if self._raises:
            return ()
        value = self.site.fact.spec.effect(Run.TIMEOUT).result
        if self.site.result is None or not isinstance(value, Num) or value.lo != value.hi:
            raise RefusedError(f"what {self.site.callee} returns on a timeout isn't known")
        return (f"{self.site.result} = {int(value.lo)}",)

    def look_again(self) -> tuple[tuple[str, ...], str]:
        """Python's own waits don't swap masks; there is nothing that looking again would gain."""
        raise RefusedError("in Python a second look gains nothing over results preset to nothing")

    def retry_at_once(self) -> tuple[tuple[str, ...], str]:
        """As `look_again`."""
        return self.look_again()


def _converts(effect: Effect, temp: Temp) -> bool:
    return isinstance(effect, Call) and effect.name in _EMPTY_OF and effect.args == (temp,)


def _is_one_of(value: Expr, temp: Temp) -> bool:
    """Whether a value is one of several: ``select.select(…)[0]``."""
    return isinstance(value, Index) and value.base == temp and isinstance(value.index, Const)


def _dotted(target: Expr) -> str | None:
    match target:
        case Name(name):
            return name
        case Member(base, name):
            inner = _dotted(base)
            return None if inner is None else f"{inner}.{name}"
    return None
