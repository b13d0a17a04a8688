"""One finding a defect: what several rules say of one wait becomes one finding that names the others."""

from collections.abc import Iterable, Sequence
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
    return (*alone, *(finding for group in by_wait.values() for finding in _spoken_for(group)))


def _spoken_for(group: Sequence[Finding]) -> list[Finding]:
    first = min(group, key=lambda finding: (_ORDER.index(finding.severity), finding.code))
    others = sorted({f"{f.name} ({f.code})" for f in group if f.code != first.code})
    same = [finding for finding in group if finding.code == first.code]
    if not others:
        return same
    said = f" This wait is an instance of {listing(others)}, too."
    return [replace(finding, why=finding.why + said) for finding in same]
