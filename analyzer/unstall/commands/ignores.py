"""``unstall check --add-ignores``: comments that suppress what is found now."""

from collections.abc import Sequence

from unstall.cli import UsageError, say
from unstall.commands.writing import write
from unstall.findings.finding import Finding
from unstall.options import Settings
from unstall.run.pipeline import run
from unstall.run.results import FileResult, RunResult
from unstall.source import Edit, SourceFile, Span, apply_edits
from unstall.wording import count


def add_ignores(result: RunResult, paths: Sequence[str], reason: str, settings: Settings) -> int:
    """Write a comment above the line of each finding, and tell how many.

    The changed files are analysed before they are written: one in which a comment would do harm (in a macro, behind a
    line's continuation) stays as it is, and that is said. Returns how many findings are left.
    """
    if "*/" in reason or not reason.isprintable():
        raise UsageError("--reason: must be one line without */, since it goes into a comment")
    changed = {
        file.path: commented(at_waits(file), file.source, reason)
        for file in result.files
        if file.source is not None and at_waits(file)
    }
    after = {file.path: file for file in run(paths, settings=settings, contents=changed).files}
    before = {file.path: file for file in result.files}
    left, written = 0, []
    for path, data in changed.items():
        if _harmed(before[path], after[path]):
            say(f"{path}: no comment can be written here that would cover the findings")
            left += len(at_waits(before[path]))
        else:
            write(path, data)
            written += at_waits(before[path])
    say(f"{count(len(written), 'finding')} ignored in {count(len({f.path for f in written}), 'file')}")
    return left


def at_waits(file: FileResult) -> list[Finding]:
    """The findings of a file that are not about comments."""
    return [finding for finding in file.findings if finding.fact is not None]


def _harmed(before: FileResult, after: FileResult) -> bool:
    """Whether comments changed more than what is reported, or left something reported."""
    return bool(at_waits(after)) or len(after.unread) != len(before.unread) or len(after.waits) != len(before.waits)


def commented(findings: Sequence[Finding], source: SourceFile, reason: str) -> bytes:
    """The file with a comment of its own line above each line with findings."""
    by_line: dict[int, dict[str, None]] = {}
    for finding in findings:
        by_line.setdefault(source.line(finding.span.start), {})[finding.code] = None
    return apply_edits(source.data, tuple(_above(line, list(codes), source, reason) for line, codes in by_line.items()))


def _above(line: int, codes: list[str], source: SourceFile, reason: str) -> Edit:
    span = source.line_span(line)
    text = source.data[span.start : span.end]
    indentation = text[: len(text) - len(text.lstrip())]
    ending = b"\r\n" if source.data[span.end : span.end + 2] == b"\r\n" else b"\n"
    words = f"unstall: ignore[{','.join(codes)}]{f' {reason}' if reason else ''}".encode()
    comment = b"# " + words if source.language == "python" else b"/* " + words + b" */"
    return Edit(Span(span.start, span.start), indentation + comment + ending)
