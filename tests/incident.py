"""A loop of the incident's shape as source and as the values the analysis makes of it, put together by hand.

Reports and rules are tested on these, so that they stand whatever the front ends and the analysis do.
"""

from unstall.flow.build import GraphBuilder
from unstall.flow.facts import Feed, Stage, Trace, WaitFact
from unstall.flow.ir import Assign, Binary, Branch, Call, Const, EdgeKind, Jump, Name, Nothing, Role, Temp, Unary
from unstall.flow.outcomes import Exit, Handling, Run
from unstall.flow.waits import WaitKind, WaitSpec
from unstall.source import SourceFile, Span

TEXT = """\
int main(void)
{
\tfor (;;) {
\t\t/* run any scheduled processes */
\t\tspawn_schedule(now);
\t\tprepare(&rfds);

\t\tr = myselect(maxfd, &rfds, NULL, NULL, tvptr);
\t\tif (r == -1 && errno == EAGAIN) continue;
\t\tif (r == -1 && errno == EINTR) continue;
\t\tif (r == -1)
\t\t\tfatal("select failed");

\t\tfor (i = 0; i < nservices; i++) {
\t\t\tif (FD_ISSET(x[i], &rfds))
\t\t\t\tprocess_messages(i);
\t\t}
\t\tgettimeofday(&now, 0);
\t\tchild_janitor(now);
\t}
}
"""

SPEC = WaitSpec("pselect", WaitKind.MULTIPLEX, timeout=4, results=(1, 2, 3), swaps_mask=True)


def source(path: str = "master.c", text: str = TEXT) -> SourceFile:
    """The loop as a file."""
    return SourceFile(path, text.encode(), "c")


def fact(path: str = "master.c", text: str = TEXT) -> WaitFact:
    """The one wait site of the loop, as the analysis would have it; ``text`` may differ from TEXT in its padding."""

    def span(piece: str, nth: int = 1, end: str = "") -> Span:
        at = -1
        for _ in range(nth):
            at = text.index(piece, at + 1)
        return Span(at, text.index(end, at) + len(end) if end else at + len(piece))

    builder = GraphBuilder("main", "c", Span(0, len(text)))
    header = span("for (;;)")
    body = Span(header.start, text.rindex("\t}") + 2)
    loop = builder.open_statement("for", body, header)
    head = builder.add(Nothing(), header)

    def call(piece: str) -> int:
        statement = builder.open_statement("expression", span(piece + "(", end=";"))
        node = builder.add(Call(builder.temp(), piece, piece, ()), span(piece + "(", end=")"))
        builder.close_statement(statement)
        return node

    def restart(condition: str, errno: str) -> tuple[int, int, int]:
        where = span(condition)
        statement = builder.open_statement(
            "if", span(condition, end=";")._replace(start=where.start - 4), condition=where
        )
        failed = builder.add(
            Branch(Binary("==", Name("r"), Unary("-", Const(1)))), Span(where.start, where.start + 7), Role.CONDITION
        )
        builder.frontier = [(failed, EdgeKind.TRUE, ())]
        told = builder.add(
            Branch(Binary("==", Name("errno"), Name(errno))), Span(where.start + 11, where.end), Role.CONDITION
        )
        builder.frontier = [(told, EdgeKind.TRUE, ())]
        at = where.end + 2
        inner = builder.open_statement("continue", Span(at, at + len("continue;")))
        jump = builder.add(Jump("continue"), Span(at, at + len("continue")))
        builder.close_statement(inner)
        builder.edge(jump, head)
        builder.close_statement(statement)
        builder.frontier = [(failed, EdgeKind.FALSE, ()), (told, EdgeKind.FALSE, ())]
        return failed, told, jump

    call("spawn_schedule")
    call("prepare")
    waiting = builder.open_statement("expression", span("r = myselect", end=";"))
    wait = builder.add(Call(builder.temp(), "myselect", "myselect", ()), span("myselect(", end=")"))
    assign = builder.add(Assign(Name("r"), Temp(2)), span("r = myselect", end=")"))
    builder.close_statement(waiting)
    again = restart("r == -1 && errno == EAGAIN", "EAGAIN")
    interrupted = restart("r == -1 && errno == EINTR", "EINTR")
    messages = builder.open_statement("for", span("for (i", end="i);\n\t\t}"))
    process = call("process_messages")
    builder.close_statement(messages)
    clock, janitor = call("gettimeofday"), call("child_janitor")
    builder.join(head)
    builder.close_statement(loop)
    graph = builder.finish()

    def stage(statement: int, label: str, *, reads: bool = False, feeds: tuple[Feed, ...] = ()) -> Stage:
        on = (Run.READY, Run.READY_ELSEWHERE, Run.TIMEOUT)
        return Stage(graph.statements[statement].span, statement, label, on, reads, feeds, not reads)

    def trace(run: Run, path: tuple[int, ...]) -> Trace:
        edges = frozenset(zip(path, (*path[1:], head), strict=True))
        return Trace(run, frozenset(path[1:]), frozenset({Exit.BACK_EDGE}), path, edges)

    feed = Feed("now", span("spawn_schedule(now);"))
    stages = (
        stage(messages, "process_messages", reads=True),
        stage(graph.nodes[clock].statement, "gettimeofday", feeds=(feed,)),
        stage(graph.nodes[janitor].statement, "child_janitor"),
    )
    way = (wait, assign, again[0], again[1], *interrupted)
    done = (wait, assign, again[0], interrupted[0], process, clock, janitor)
    traces = {Run.INTERRUPTED: trace(Run.INTERRUPTED, way), Run.TIMEOUT: trace(Run.TIMEOUT, done)}
    return WaitFact(
        path, graph, wait, SPEC, Handling.RESTART_SKIPS_STAGES, interrupted[2], "continue", (again[2],), body, loop,
        traces, stages, stages, errnos=("EINTR", "EAGAIN"),
    )  # fmt: skip
