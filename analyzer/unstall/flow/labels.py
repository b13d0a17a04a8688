"""What a stage is called in a report."""

from collections.abc import Iterable

from unstall.flow import by_name
from unstall.flow.ir import Call, FlowGraph
from unstall.source import SourceFile, Span

_COMMENT_LIMIT = 60


def label(graph: FlowGraph, span: Span, nodes: Iterable[int], source: SourceFile) -> str:
    """The comment on the line above a statement, else the functions that its ``nodes`` call, else its first line."""
    comment = leading_comment(source, span)
    if comment:
        return comment
    names = [
        effect.name
        for node in sorted(nodes, key=lambda n: graph.nodes[n].span)
        if isinstance(effect := graph.nodes[node].effect, Call) and not by_name.is_harmless(effect.name, graph.language)
    ]
    return ", ".join(dict.fromkeys(names)) or source.line_text(source.line(span.start)).strip()


def leading_comment(source: SourceFile, span: Span) -> str:
    """The comment on the line above a statement, without its marks; empty where there is none."""
    line = source.line(span.start) - 1
    if line < 1:
        return ""
    text = source.line_text(line).strip()
    if text.startswith("/*") and text.endswith("*/"):
        words = text[2:-2].strip(" *-=")
    elif text.startswith(("//", "#")) and source.language == ("python" if text.startswith("#") else "c"):
        words = text.lstrip("/#").strip(" -=")
    else:
        return ""
    return words if len(words) <= _COMMENT_LIMIT else words[: _COMMENT_LIMIT - 1].rstrip() + "…"
