"""What makes a finding the same one tomorrow: names for it that survive edits elsewhere in the file.

`of_run` names findings for baselines and for services that compare reports; `line_hashes` is the hash by which
GitHub's code scanning follows an alert.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from unstall.findings.finding import Finding
from unstall.run.results import RunResult
from unstall.source import SourceFile, Span

_BLOCK = 100
_FACTOR = 37
_WORD = 1 << 64
_END_OF_FILE = 0xFFFF


def of_run(findings: Iterable[Finding], sources: Mapping[str, SourceFile], names: Mapping[str, str]) -> list[str]:
    """A distinct fingerprint for each finding, in order. ``names`` are the paths to go by.

    It is made of the rule, the file, the function, and the text of the wait and of the marked place without white
    space: moved lines and other indentation change nothing. What is alike in all of these is told apart by its order.
    """
    seen: Counter[str] = Counter()
    fingerprints = []
    for finding in findings:
        key = "\0".join((finding.code, names[finding.path], *_text(finding, sources[finding.path])))
        seen[key] += 1
        data = f"{key}\0{seen[key]}".encode("utf-8", "surrogateescape")
        fingerprints.append(hashlib.sha256(data).hexdigest()[:32])
    return fingerprints


def by_finding(run: RunResult, names: Mapping[str, str]) -> dict[int, str]:
    """The fingerprints of a run's findings, by ``id`` of the finding."""
    return {
        id(finding): text for finding, text in zip(run.findings, of_run(run.findings, run.sources, names), strict=True)
    }


def _text(finding: Finding, source: SourceFile) -> Iterator[str]:
    yield finding.function
    spans = [finding.span]
    if finding.fact is not None:
        spans.append(finding.fact.graph.nodes[finding.fact.wait].span)
    yield from (_bare(source, span) for span in spans)


def _bare(source: SourceFile, span: Span) -> str:
    return re.sub(r"\s+", "", source.text(span))


def line_hashes(text: str) -> list[str]:
    """For each line, the ``primaryLocationLineHash`` that GitHub's upload action works out.

    A polynomial of factor 37 modulo 2^64 over the 100 UTF-16 units from the line's start that are neither blank nor
    tab, line endings taken as line feeds, the file ended by 65535 and NULs; then ``:`` and which of its equals in the
    file it is. (github/codeql-action, src/fingerprints.ts)
    """
    units = _units(re.sub(r"[ \t]", "", re.sub(r"\r\n?", "\n", text)))
    starts = [0, *(at + 1 for at, unit in enumerate(units) if unit == 0x0A)]
    units += [_END_OF_FILE, *([0] * _BLOCK)]
    leaving = pow(_FACTOR, _BLOCK, _WORD)
    value, wanted, hashes = 0, set(starts), []
    seen: Counter[int] = Counter()
    for end, unit in enumerate(units, 1):
        value = (value * _FACTOR + unit - (leaving * units[end - _BLOCK - 1] if end > _BLOCK else 0)) % _WORD
        if end - _BLOCK in wanted:
            seen[value] += 1
            hashes.append(f"{value:x}:{seen[value]}")
    return hashes


def _units(text: str) -> list[int]:
    data = text.encode("utf-16-le", "surrogatepass")
    return [low | high << 8 for low, high in zip(data[::2], data[1::2], strict=True)]
