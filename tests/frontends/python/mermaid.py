"""Flow graphs as Mermaid, in a notation short enough to be read beside the source."""

from unstall.flow.ir import (
    Assign,
    Binary,
    Branch,
    Call,
    Caught,
    Const,
    EdgeKind,
    Effect,
    Expr,
    FlowGraph,
    ForEach,
    Index,
    Items,
    Jump,
    Matches,
    Member,
    Name,
    Switch,
    Temp,
    Unary,
    Unknown,
)
from unstall.source import SourceFile


def mermaid(graph: FlowGraph, source: SourceFile) -> str:
    """Every node that has an edge, with its line; exceptions dotted."""
    ends = {graph.entry: "entry", graph.exit: "exit", graph.raise_exit: "raises"}
    lines = ["flowchart TD"]
    for node in graph.nodes:
        if graph.predecessors[node.id] or graph.successors[node.id]:
            text = ends.get(node.id) or f"{source.line(node.span.start)}: {show_effect(node.effect)}"
            lines.append(f'    n{node.id}["{text.replace(chr(34), chr(39))}"]')
    for edge in sorted(graph.edges, key=lambda edge: (edge.source, edge.kind.value, edge.target)):
        match edge.kind:
            case EdgeKind.NEXT:
                arrow = "-->"
            case EdgeKind.EXCEPTION:
                arrow = "-.->"
            case EdgeKind.CASE:
                arrow = f"-- {' | '.join(map(show, edge.cases))} -->"
            case kind:
                arrow = f"-- {kind.value} -->"
        lines.append(f"    n{edge.source} {arrow} n{edge.target}")
    return "\n".join(lines)


def show_effect(effect: Effect) -> str:
    match effect:
        case Call():
            args = [show(arg) for arg in effect.args] + [f"{name}={show(value)}" for name, value in effect.keywords]
            return f"{show(effect.result)} = {effect.callee}({', '.join(args)})"
        case Assign():
            return f"{show(effect.target)} {effect.op}= {show(effect.value)}"
        case Branch():
            return f"{show(effect.condition)}?"
        case Switch():
            return f"switch {show(effect.subject)}"
        case ForEach():
            return f"for {', '.join(map(show, effect.targets))} in {show(effect.iterable)}"
        case Jump():
            return effect.word if effect.value is None else f"{effect.word} {show(effect.value)}"
    return "·"


def show(expr: Expr) -> str:
    match expr:
        case Const(value):
            return repr(value)
        case Name(name):
            return name
        case Temp(index):
            return f"t{index}"
        case Member(base, name):
            return f"{show(base)}.{name}"
        case Index(base, index):
            return f"{show(base)}[{show(index)}]"
        case Unary(op, operand):
            return f"{op}{show(operand)}"
        case Binary(op, left, right):
            return f"({show(left)} {op} {show(right)})"
        case Items(items):
            return f"({', '.join(map(show, items))})"
        case Caught():
            return "caught"
        case Matches(classes):
            return f"caught {' | '.join(classes) or 'anything'}"
        case Unknown(names):
            return f"?({' '.join(names)})"
    raise AssertionError(expr)
