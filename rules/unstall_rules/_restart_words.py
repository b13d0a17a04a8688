"""How UST101 tells of a restart: what it skips, what that costs, and where."""

from collections.abc import Iterator

from unstall.findings.finding import Mark, MarkRole
from unstall.findings.witness import counterpart, loop_head, wait_note, waited_for
from unstall.flow import by_name
from unstall.flow.facts import Caller, Stage, WaitFact
from unstall.flow.ir import Assign, Call
from unstall.flow.outcomes import Run
from unstall.flow.places import does_nothing
from unstall.rule import Context
from unstall.source import SourceFile, Span
from unstall.wording import agree, clause, count, listing

_LISTED = 6
"""Stages named one by one in a sentence; what goes beyond is counted."""


def message(fact: WaitFact) -> str:
    """What the interrupt does, in a line."""
    wait = waited_for(fact)
    action = "restarts the loop" if fact.loop else f"returns early from {fact.graph.name}"
    if fact.caller is not None:
        action = f"makes {fact.graph.name} return to the loop of {fact.caller.function}"
    total, owed = len(fact.skipped), len(fact.bypassed)
    stages = count(total, "stage")
    relative = f"{_other(fact)} would run"
    return f"a signal during {wait} {action} and skips {stages}" + (
        f" that {relative}" if owed == total else f", {owed} of which {relative}"
    )


def _other(fact: WaitFact) -> str:
    """The event that an interrupt is measured against: a timeout, where the wait has one."""
    trace = counterpart(fact)
    times_out = not fact.particulars.waits_forever and (trace is None or trace.run is Run.TIMEOUT)
    return "a timeout" if times_out else "any other wake-up"


def loss(fact: WaitFact, context: Context) -> str:
    """What an interrupt costs, in a sentence."""
    owed = len(fact.bypassed)
    stages = agree(owed, "the stage", f"the {owed} stages") + f" that {_other(fact)} would run"
    are, they, run = agree(owed, "is", "are"), agree(owed, "it", "they"), agree(owed, "runs", "run")
    signals = context.signals.signals
    who = "its program" if context.signals.elsewhere else "this file"
    handled = f" ({who} handles {listing(signals)})" if signals else ""
    storm = " (children dying fast, say)" if "SIGCHLD" in signals else ""
    return (
        f"When a signal interrupts {waited_for(fact)} on line {context.line(fact)}{handled}, {stages} {are} left out; "
        + (
            f"the next pass makes up for it, since the wait is cut short for the time at which {they} {are} due: late, "
            "not lost."
            if fact.particulars.in_time
            else f"while signals keep coming before the wait is over{storm}, {they} never {run}, and the loop looks "
            "stalled although it is busy."
        )
    )


def unanswered(fact: WaitFact, source: SourceFile) -> list[str]:
    """What handlers note and the loop asks for only in what is skipped, a sentence for each."""
    return [
        f"A signal handler sets `{flag}`, which is tested only on line {source.line(stage.span.start)}: the signal "
        "that it notes is passed over until a later wait ends."
        for stage in fact.bypassed
        for flag in stage.answers
    ]


def stands_still(fact: WaitFact, source: SourceFile) -> list[str]:
    """What the loop's head works from and no longer gets, a sentence for each value."""
    refreshed: dict[str, Stage] = {}
    readers: dict[str, list[int]] = {}
    for stage in fact.skipped:
        for feed in stage.feeds_head:
            refreshed.setdefault(feed.name, stage)
            lines = readers.setdefault(feed.name, [])
            line = source.line(feed.reader.start)
            if line not in lines:
                lines.append(line)
    return [
        f"`{name}` is refreshed only behind the wait, on line {source.line(stage.span.start)}; "
        f"{agree(len(readers[name]), 'line', 'lines')} {listing([str(line) for line in sorted(readers[name])])} at the "
        f"head of the loop {agree(len(readers[name]), 'works', 'work')} from the old value meanwhile."
        for name, stage in refreshed.items()
    ]


def comparison(fact: WaitFact, source: SourceFile) -> str:
    """What would have run instead of the witness' way."""
    named = [f"{source.line(stage.span.start)} ({clause(stage.label, 40)})" for stage in fact.bypassed]
    if len(named) > _LISTED:
        named[_LISTED - 1 :] = [f"{len(named) - _LISTED + 1} more"]
    return f"{_other(fact)} would have run {agree(len(fact.bypassed), 'line', 'lines')} {listing(named)}"


def _called(caller: Caller) -> str:
    return f"called in the loop of {caller.function}" + (f", by way of {caller.by}" if caller.by else "")


def marks(fact: WaitFact, source: SourceFile) -> Iterator[Mark]:
    """What an excerpt shows: the loop, the wait, the jumps, what they skip, and who works from what that refreshes."""
    graph = fact.graph
    if fact.loop is not None:
        yield Mark(loop_head(fact, source), "loop", _called(fact.caller) if fact.caller else "")
    yield Mark(graph.nodes[fact.wait].span, "wait", wait_note(fact, source))
    if fact.interrupt is not None:
        yield Mark(graph.nodes[fact.interrupt].span, "interrupt", f"{listing(fact.errnos, 'or')}: starts over")
    for also in fact.also_interrupts:
        yield Mark(graph.nodes[also].span, "interrupt", "")
    readers: dict[Span, Mark] = {}
    for stage in fact.skipped:
        yield Mark(stage.span, *_skipped(fact, stage, source))
        for feed in stage.feeds_head:
            line = source.line(stage.span.start)
            readers.setdefault(feed.reader, Mark(feed.reader, "reader", f"works from `{feed.name}` of line {line}"))
    yield from readers.values()


def _holds_an_arm_of_the_timeout(fact: WaitFact, stage: Stage) -> bool:
    if not {Run.TIMEOUT, Run.READY} <= fact.traces.keys():
        return False
    inside = [at for at in fact.traces[Run.TIMEOUT].nodes if stage.span.contains(fact.graph.nodes[at].span)]
    return any(_does_what_ready_does_not(fact, at) for at in inside)


def _does_what_ready_does_not(fact: WaitFact, node: int) -> bool:
    match fact.graph.nodes[node].effect:
        case Call(name=name) as call:
            return not by_name.is_set_test(name) and not does_nothing(call, fact.language)
        case Assign():
            return node not in fact.traces[Run.READY].nodes
    return False


def _skipped(fact: WaitFact, stage: Stage, source: SourceFile) -> tuple[MarkRole, str]:
    if stage.feeds_head:
        feed = stage.feeds_head[0]
        reader = f"line {source.line(feed.reader.start)} works from `{feed.name}`"
        return ("skipped" if stage.owed else "skipped-other"), f"skipped; {reader}"
    if stage.owed:
        return "skipped", "skipped"
    if stage.reads_results and _holds_an_arm_of_the_timeout(fact, stage):
        return "skipped-ready", "skipped; goes by the result"
    if stage.reads_results:
        return "skipped-ready", "skipped; only when ready"
    if not {Run.READY, Run.READY_ELSEWHERE} & set(stage.runs_on):
        return "skipped-other", "skipped; runs on a timeout alone"
    return "skipped-other", "skipped"
