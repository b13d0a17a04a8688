"""What can be read off pycparser's expressions without lowering them."""

import re
from collections.abc import Iterator
from typing import Any

from pycparser import c_ast

from unstall.flow.ir import Const, Expr, Index, Member, Name, Unknown

IDENTIFIER = re.compile(r"[A-Za-z_$\x80-\xff][\w$]*")
LOGICAL = ("&&", "||")
_CONSTANT_PARTS = (c_ast.ID, c_ast.Constant, c_ast.BinaryOp, c_ast.UnaryOp)
_ESCAPES = {"n": 10, "t": 9, "r": 13, "0": 0, "a": 7, "b": 8, "f": 12, "v": 11, "e": 27}


def is_constant(node: c_ast.Node) -> bool:
    """Whether an expression is made of names, literals and operators alone."""
    stack = [node]
    while stack:
        at = stack.pop()
        if type(at) not in _CONSTANT_PARTS:
            return False
        stack.extend(child for _, child in at.children())
    return True


_HINT = re.compile(r"(?:\w*_)?(?:un)?likely_*|\w*(?:expect|predict)_?(?:true|false)", re.IGNORECASE)
"""What projects call their macros that tell the compiler which way a test mostly goes."""


def is_hint(node: Any) -> bool:
    """`unlikely(x)` is `x`, wherever the macro is defined; a question of that name asks for more than one thing."""
    if not isinstance(node.name, c_ast.ID) or not node.args:
        return False
    if node.name.name == "__builtin_expect":
        return True
    return len(node.args.exprs) == 1 and _HINT.fullmatch(node.name.name) is not None


def branches(node: c_ast.Node) -> bool:
    """Whether the value of an expression is found by branching."""
    while isinstance(node, c_ast.UnaryOp) and node.op == "!":
        node = node.expr
    return isinstance(node, c_ast.BinaryOp) and node.op in LOGICAL


def variables_of(expr: Expr) -> Iterator[str]:
    """The variable whose address `&expr` is, if it is one."""
    while isinstance(expr, Member | Index):
        expr = expr.base
    if isinstance(expr, Name):
        yield expr.id


def names_in(node: c_ast.Node) -> tuple[str, ...]:
    """The identifiers that an expression mentions, members and called functions left out."""
    names: dict[str, None] = {}
    stack = [node]
    while stack:
        at = stack.pop()
        if isinstance(at, c_ast.ID) and IDENTIFIER.fullmatch(at.name):
            names[at.name] = None
        if isinstance(at, c_ast.StructRef):
            stack.append(at.name)
        elif isinstance(at, c_ast.FuncCall) and isinstance(at.name, c_ast.ID):
            stack.extend([at.args] if at.args else [])
        else:
            stack.extend(child for _, child in at.children())
    return tuple(names)


def spelling(node: c_ast.Node) -> str:
    """`ctx->ops->poll`, as written but for subscripts and parentheses."""
    if isinstance(node, c_ast.StructRef):
        return f"{spelling(node.name)}{node.type}{node.field.name}"
    if isinstance(node, c_ast.ArrayRef):
        return f"{spelling(node.name)}[]"
    if isinstance(node, c_ast.FuncCall):
        return f"{spelling(node.name)}()"
    return node.name if isinstance(node, c_ast.ID) else ""


def integer(digits: str) -> Expr:
    try:
        if digits.startswith("0") and digits.isdigit():
            return Const(int(digits, 8))
        return Const(int(digits, 0))
    except ValueError:  # 08, or thousands of digits
        return Unknown()


def character(text: str) -> int:
    """The code of a character constant's only character; of its first, for one of several."""
    if not text.startswith("\\") or len(text) < 2:
        return ord(text[0]) if text else 0
    octal = re.match(r"\\([0-7]{1,3})", text)
    if octal:
        return int(octal.group(1), 8)
    if text[1] == "x":
        hexadecimal = re.match(r"\\x([0-9a-fA-F]+)", text)
        return int(hexadecimal.group(1), 16) if hexadecimal else 0
    return _ESCAPES.get(text[1], ord(text[1]))
