"""One finding a defect: what several rules say of one wait, and one rule of each use of a macro, is said once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from unstall.findings.finding import Finding, Severity
from unstall.findings.witness import from_macro, is_expanded
from unstall.source import SourceFile, Span
from unstall.wording import agree, count, listing

_ORDER = tuple(Severity)
_LINES = 5
"""Further uses of a macro that are told by their lines."""


def one_each(findings: Iterable[Finding], source: SourceFile) -> tuple[Finding, ...]:
    """The findings of a file without those that repeat what another one says of the same wait, or of another use of the
    macro that holds the wait and the loop around it.

    Of the rules that a wait breaks, the most severe one speaks (of equal ones that with the lowest code), at every
    place where it has something to say; the others are named in its reason.
    """
    alone: list[Finding] = []
    by_wait: dict[tuple[str, Span], list[Finding]] = {}
    seen: set[tuple[str, str, Span, str]] = set()
    for finding in findings:
        key = (finding.path, finding.code, finding.span, finding.message)
        if key in seen:
            continue
        seen.add(key)
        fact = finding.fact
        group = by_wait.setdefault((finding.path, fact.graph.nodes[fact.wait].span), []) if fact else alone
        group.append(finding)
    spoken = [finding for group in by_wait.values() for finding in _spoken_for(group)]
    return (*alone, *_one_use(_one_configuration(spoken), source))


def _one_configuration(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings without those that a rule repeats at the same place for the other branch of an ``#if``."""
    first: dict[tuple[str, str, Span], Finding] = {}
    for finding in findings:
        fact = finding.fact
        known = first.setdefault((finding.path, finding.code, finding.span), finding).fact
        if fact is None or known is None or known.graph.configuration == fact.graph.configuration:
            yield finding


def _one_use(findings: Iterable[Finding], source: SourceFile) -> Iterator[Finding]:
    """The findings with one for all uses of a macro that is to be mended where it is defined."""
    uses: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if macro := _at_fault(finding, source):
            uses.setdefault((finding.code, macro), []).append(finding)
        else:
            yield finding
    for (_, macro), group in uses.items():
        first, *others = sorted(group, key=lambda finding: (_ORDER.index(finding.severity), finding.span))
        if not others:
            yield first
            continue
        lines = [str(line) for line in sorted({source.line(other.span.start) for other in others})]
        told = [*lines[:_LINES], *([count(len(lines) - _LINES, "other")] if len(lines) > _LINES else [])]
        where = f"{agree(len(lines), 'line', 'lines')} {listing(told)}"
        yield replace(first, why=f"{first.why} The macro `{macro}` does so, here and on {where}.")


def _at_fault(finding: Finding, source: SourceFile) -> str:
    """The macro whose definition holds a finding's wait and the loop around it; empty where there is none."""
    fact = finding.fact
    if fact is None or fact.loop is None:
        return ""
    return from_macro(fact, source) if is_expanded(fact.loop, fact.graph.nodes[fact.wait], source) else ""


def _spoken_for(group: Sequence[Finding]) -> list[Finding]:
    first = min(group, key=lambda finding: (_ORDER.index(finding.severity), finding.code))
    others = sorted({f"{f.name} ({f.code})" for f in group if f.code != first.code})
    same = [finding for finding in group if finding.code == first.code]
    if not others:
        return same
    said = f" This wait is an instance of {listing(others)}, too."
    return [replace(finding, why=finding.why + said) for finding in same]
