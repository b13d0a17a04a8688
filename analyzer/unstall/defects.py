"""One finding a defect: what several rules say of one wait becomes one finding that names the others."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from unstall.findings import Finding, Severity
from unstall.source import Span
from unstall.wording import listing

_ORDER = tuple(Severity)


def one_each(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings without those that repeat what another one says of the same wait.

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
    return (*alone, *_one_configuration(spoken))


def _one_configuration(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings without those that a rule repeats at the same place for the other branch of an ``#if``."""
    first: dict[tuple[str, str, Span], Finding] = {}
    for finding in findings:
        fact = finding.fact
        known = first.setdefault((finding.path, finding.code, finding.span), finding).fact
        if fact is None or known is None or known.graph.configuration == fact.graph.configuration:
            yield finding


def _spoken_for(group: Sequence[Finding]) -> list[Finding]:
    first = min(group, key=lambda finding: (_ORDER.index(finding.severity), finding.code))
    others = sorted({f"{f.name} ({f.code})" for f in group if f.code != first.code})
    same = [finding for finding in group if finding.code == first.code]
    if not others:
        return same
    said = f" This wait is an instance of {listing(others)}, too."
    return [replace(finding, why=finding.why + said) for finding in same]
