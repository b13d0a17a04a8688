"""Questions about LibCST expressions that need no graph."""

import libcst as cst

from unstall.flow.ir import Binary, Const, Expr, Items
from unstall.frontends.python.names import dotted

LITERALS = {"True": Const(True), "False": Const(False), "None": Const(None)}
_EFFECTFUL = (cst.Call, cst.Await, cst.Yield, cst.NamedExpr)


def literal(node: cst.BaseExpression) -> Const | None:
    """The constant that a literal is; strings as written between their quotes, escapes not taken."""
    try:
        match node:
            case cst.Integer():
                return Const(int(node.value, 0))
            case cst.Float():
                return Const(float(node.value))
            case cst.SimpleString():
                return Const(node.raw_value.encode() if "b" in node.prefix else node.raw_value)
            case cst.ConcatenatedString():
                left, right = literal(node.left), literal(node.right)
                if left and right and isinstance(left.value, str) and isinstance(right.value, str):
                    return Const(left.value + right.value)
    except ValueError:  # more digits than int() takes
        pass
    return None


def names_in(node: cst.CSTNode) -> tuple[str, ...]:
    """The variables that a node mentions, in order."""
    found: dict[str, None] = {}
    stack: list[cst.CSTNode] = [node]
    while stack:
        at = stack.pop()
        match at:
            case cst.Name():
                found.setdefault(at.value)
            case cst.Attribute():
                stack.append(at.value)
            case cst.Arg():
                stack.append(at.value)
            case _:
                stack.extend(reversed(at.children))
    return tuple(name for name in found if name not in LITERALS)


def has_effect(node: cst.CSTNode) -> bool:
    """Whether an expression is more than a pure value: it calls, awaits, yields or assigns."""
    stack: list[cst.CSTNode] = [node]
    while stack:
        at = stack.pop()
        if isinstance(at, _EFFECTFUL):
            return True
        if not isinstance(at, cst.Lambda):
            stack.extend(at.children)
    return False


def classes_named(value: Expr) -> tuple[str, ...] | None:
    """The dotted names of classes in a name, a display of names, or a sum of displays."""
    if isinstance(value, Items):
        parts = [classes_named(item) for item in value.items]
        return None if None in parts else tuple(name for part in parts for name in part or ())
    if isinstance(value, Binary) and value.op == "+":
        left, right = classes_named(value.left), classes_named(value.right)
        return None if left is None or right is None else left + right
    path = dotted(value)
    return None if path is None else (path,)


def text_of(node: cst.BaseExpression) -> str:
    """A callee that is more than a dotted name, shortened: ``self.get()``, ``table[]``."""
    match node:
        case cst.Name():
            return node.value
        case cst.Attribute():
            return f"{text_of(node.value)}.{node.attr.value}"
        case cst.Call():
            return f"{text_of(node.func)}()"
        case cst.Subscript():
            return f"{text_of(node.value)}[]"
    return "…"
