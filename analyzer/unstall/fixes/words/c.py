"""C: fd sets emptied, ``revents`` zeroed, the wait looked at once more."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from unstall.fixes import conditions
from unstall.fixes.counts import parts
from unstall.fixes.declarations import is_array, type_of
from unstall.fixes.layout import Code, Suite
from unstall.fixes.scope import free_name
from unstall.fixes.site import Site
from unstall.fixes.treatment import RefusedError
from unstall.flow import by_name
from unstall.flow.ir import Call, Const, Expr, Index, Member, Name, Statement, Temp, Unary
from unstall.flow.outcomes import Run
from unstall.flow.places import place_of
from unstall.flow.values import Num
from unstall.flow.waits import WaitKind
from unstall.wording import one_line

_UNROLLED = 2
"""So many pollfds are written out one by one; more take a loop."""
_TIMEOUT_OF_SELECT = 4
_HAS_NFDS_T = re.compile(rb"\bnfds_t\b|<(?:sys/)?poll\.h>")
"""What a file has that may use ``nfds_t``. Others have the wait by a header of their own, and maybe for systems that
have none.
"""
_FIRST_ELEMENT = re.compile(r"(?:\([\w\s*]+\)\s*)?&\s*([^&()]+?)\s*\[\s*0\s*\]")
_PLAIN = re.compile(r"[A-Za-z_][\w.]*(?:->[\w.]+)*(?:\([^()]*\))?")


@dataclass(frozen=True)
class CWords:
    """The words for one wait."""

    site: Site

    @cached_property
    def family(self) -> str:
        """select, poll, epoll or kevent, by what the call takes and how it's named; empty for another."""
        spec, name = self.site.fact.spec, self.site.call.name.lower()
        if spec.kind is not WaitKind.MULTIPLEX:
            return ""
        if spec.results == (1, 2, 3) and "select" in name:
            return "select"
        if spec.results == (0,) and "poll" in name:
            return "poll"
        if spec.results == (1,) and "epoll" in name:
            return "epoll"
        return "kevent" if spec.results == (3,) and name.startswith("kevent") else ""

    # ---------------------------------------------------------------------------------------- results

    def cleared(self) -> tuple[Code, ...]:
        """FD_ZERO of each set, zero in each ``revents``; an array of events needs nothing, being read up to r."""
        if self.family == "select":
            return tuple(code for at in self.site.fact.spec.results for code in self._set_emptied(at))
        return self._revents_zeroed() if self.family == "poll" else ()

    def _set_emptied(self, at: int) -> Iterator[Code]:
        expr, text = self.site.call.args[at], self._arguments[at]
        if expr == Const(0):
            return
        own = self._own_way_of_clearing(expr)
        if own is not None:
            yield own + ";"
            return
        if isinstance(expr, Temp) or "?" in text or conditions.has_side_effect(text):
            raise RefusedError(f"the set `{text}` can't be named a second time")
        emptied = f"FD_ZERO({text});"
        yield emptied if isinstance(expr, Unary) else Suite(f"if ({text})", (emptied,))

    def _own_way_of_clearing(self, expr: Expr) -> str | None:
        """How the function itself clears this object, for sets of a project's own kind."""
        place = place_of(expr, self.site.fact.graph)
        for node in self.site.fact.graph.nodes:
            effect = node.effect
            if isinstance(effect, Call) and by_name.clears(effect.name) and effect.args and not node.macro:
                text = self.site.text(node.span)
                if place is not None and place_of(effect.args[0], self.site.fact.graph) == place and "\n" not in text:
                    return text
        return None

    def _revents_zeroed(self) -> tuple[Code, ...]:
        array, count = self._arguments[0], self._arguments[1]
        expr = self.site.call.args[0]
        if conditions.has_side_effect(array) or conditions.has_side_effect(count):
            raise RefusedError("the arguments of the wait have side effects")
        if isinstance(expr, Unary) and expr.op == "&":
            if count in ("1", "1U", "1u"):
                return (f"{conditions.unwrapped(array.lstrip('& '))}.revents = 0;",)
            array = self._array_at(expr, array)
            if not array:
                told = f"`{self._arguments[0]}` with a count of `{count}`"
                raise RefusedError(f"{told} is no array that could be gone through")
        array = array if _PLAIN.fullmatch(array) else f"({conditions.unwrapped(array)})"
        slots = self._slots_read(expr)
        if not slots and count.isdigit() and int(count) <= _UNROLLED:
            slots = tuple(range(int(count)))
        if slots:
            return tuple(f"{array}[{slot}].revents = 0;" for slot in slots)
        at = free_name(self.site, self._function, "k", "at", "slot")
        kind = type_of(self.site, count)
        counter = kind or ("nfds_t" if _HAS_NFDS_T.search(self.site.source.data) else "unsigned int")
        once = count if _PLAIN.fullmatch(count) else f"({count})"
        limit = count if kind or count.isdigit() else f"({counter}) {once}"
        loop = Suite(f"for ({at} = 0; {at} < {limit}; {at}++)", (f"{array}[{at}].revents = 0;",))
        return (f"{counter} {at};", "", loop)

    def _array_at(self, expr: Unary, text: str) -> str:
        """The array whose address is passed, of ``&pfds[0]`` and of a function's own ``&pfds``; empty for others."""
        match expr.operand:
            case Index(_, Const(0)) if found := _FIRST_ELEMENT.fullmatch(text):
                return found[1]
            case Name(name) if is_array(self.site, name):
                return name
        return ""

    def _slots_read(self, array: Expr) -> tuple[int, ...]:
        """The elements whose ``revents`` the function reads, where it names each by a number; empty for any others."""
        graph = self.site.fact.graph
        place = place_of(array, graph)
        slots: set[int] = set()
        for node in graph.nodes:
            if isinstance(node.effect, Call) and node.id != self.site.fact.wait:
                passed = (*node.effect.args, *(value for _, value in node.effect.keywords))
                if any(place_of(argument, graph) == place for argument in passed):
                    return ()
            for expr in parts(node.effect):
                match expr:
                    case Member(Index(base, Const(int(slot))), "revents") if place_of(base, graph) == place:
                        slots.add(slot)
                    case Index(base, index) if place_of(base, graph) == place and not isinstance(index, Const):
                        return ()
                    case Member(base, "revents") if place_of(base, graph) in (place, f"*{place}"):
                        return ()
        return tuple(sorted(slots)) if len(slots) <= _UNROLLED else ()

    def timed_out(self) -> tuple[Code, ...]:
        """``r = 0``, or whatever number tells of a timeout here."""
        if self.site.result is None:
            raise RefusedError("the result of the wait is kept in no variable, so it can't be made a timeout's")
        value = self.site.fact.spec.effect(Run.TIMEOUT).result
        if not isinstance(value, Num) or value.lo != value.hi:
            raise RefusedError(f"what {self.site.callee} returns on a timeout isn't known")
        return (f"{self.site.result} = {int(value.lo)};",)

    # ---------------------------------------------------------------------------------------- looking again

    def look_again(self) -> tuple[tuple[str, ...], str]:
        """select for pselect, poll for ppoll, epoll_wait for epoll_pwait, each without waiting."""
        arguments = self._repeatable()
        if not self.site.fact.spec.swaps_mask:
            return self.retry_at_once()
        name = self._at_once()
        match self.family:
            case "select":
                return (f"struct timeval {name} = {{ 0, 0 }};",), self._call("select", (*arguments[:4], f"&{name}"))
            case "poll":
                return (), self._call("poll", (*arguments[:2], "0"))
            case "epoll":
                return (), self._call("epoll_wait", (*arguments[:3], "0"))
        raise RefusedError(f"there is no way to look again that is known for {self.site.callee}")

    def retry_at_once(self) -> tuple[tuple[str, ...], str]:
        """The same call with a timeout of zero."""
        arguments = list(self._repeatable())
        at, name = self.site.fact.spec.timeout, self._at_once()
        if at is None and self.family == "select":
            at = _TIMEOUT_OF_SELECT  # a wrapper that passes on another form of its own parameter
        if at is None or at >= len(arguments):
            raise RefusedError("the wait takes no timeout, so it can't be told not to wait")
        declared: tuple[str, ...] = ()
        if self.family in ("poll", "epoll") and not self.site.call.name.endswith(("ppoll", "pwait2")):
            arguments[at] = "0"
        else:
            kind = "timeval" if self.family == "select" and len(arguments) == at + 1 else "timespec"
            declared, arguments[at] = (f"struct {kind} {name} = {{ 0, 0 }};",), f"&{name}"
        if self.family == "kevent":
            arguments[1:3] = ["NULL", "0"]  # the changes were made by the call that was interrupted
        return declared, self._call(self.site.callee, arguments)

    def _repeatable(self) -> tuple[str, ...]:
        if not self.family:
            raise RefusedError(f"there is no way to look again that is known for {self.site.callee}")
        if self.site.result is None:
            raise RefusedError("the result of the wait is kept in no variable")
        if any(conditions.has_side_effect(argument) for argument in self.site.arguments):
            raise RefusedError("the arguments of the wait have side effects")
        return self._arguments

    @property
    def _arguments(self) -> tuple[str, ...]:
        """The arguments of the wait, each on one line."""
        return tuple(map(one_line, self.site.arguments))

    def _call(self, callee: str, arguments: tuple[str, ...] | list[str]) -> str:
        return f"{self.site.result} = {callee}({', '.join(arguments)});"

    def _at_once(self) -> str:
        return free_name(self.site, self._function, "at_once", "no_wait", "zero_wait")

    @property
    def _function(self) -> Statement:
        """The code may come to stand in any block of it."""
        return self.site.tree[0]
