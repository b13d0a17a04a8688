"""What several rules say of one wait, told as one finding."""

from pathlib import Path

import pytest
from unstall.findings.finding import Finding
from unstall.options import Settings
from unstall.run.pipeline import run

from tests.programs import HIDDEN


def found(folder: Path, *select: str) -> tuple[Finding, ...]:
    path = folder / "case.c"
    path.write_text(HIDDEN)
    return run([str(path)], settings=Settings(select=select)).findings


def test_the_most_severe_rule_speaks_and_names_the_others(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "ALL")
    assert finding.code == "UST101"
    assert finding.why.endswith("This wait is an instance of errno-clobbered (UST109), too.")


@pytest.mark.parametrize("code", ["UST101", "UST109"])
def test_a_rule_alone_speaks_for_itself(code: str, tmp_path: Path) -> None:
    (finding,) = found(tmp_path, code)
    assert finding.code == code
    assert "an instance of" not in finding.why


def test_what_is_said_twice_is_said_once(tmp_path: Path) -> None:
    again = HIDDEN.replace("int r = poll(fds, n, 1000);", "int r;\n\n        if (n > 8) r = poll(fds, n, 1000);\n"
                            "        else r = poll(fds, n, 2000);")  # fmt: skip
    path = tmp_path / "case.c"
    path.write_text(again)
    spans = [finding.span for finding in run([str(path)], settings=Settings(select=("UST109",))).findings]
    assert spans
    assert len(spans) == len(set(spans))


def test_what_holds_for_both_branches_of_an_if_is_said_once(tmp_path: Path) -> None:
    wait = (
        "int r;\n#ifdef HAVE_PPOLL\n        r = ppoll(fds, n, &limit, NULL);\n"
        "#else\n        r = poll(fds, n, 1000);\n#endif\n"
    )
    path = tmp_path / "case.c"
    path.write_text(HIDDEN.replace("int r = poll(fds, n, 1000);", wait))
    assert [finding.code for finding in run([str(path)]).findings] == ["UST101"]


CLOSES = """\
#include <errno.h>
#include <unistd.h>

#define safe_close(fd) while (close(fd) == -1 && errno == EINTR)
#define RETRY(call) while ((call) == -1 && errno == EINTR)

void finish(int a, int b, int c)
{
    safe_close(a);
    if (b >= 0) safe_close(b);
    safe_close(c);
}

void both(int a, int b)
{
    RETRY(close(a));
    RETRY(close(b));
}
"""


def test_what_a_macro_does_at_each_use_is_said_once(tmp_path: Path) -> None:
    path = tmp_path / "case.c"
    path.write_text(CLOSES)
    first, *given = run([str(path)]).findings
    source = run([str(path)]).sources[str(path)]
    assert [source.line(finding.span.start) for finding in (first, *given)] == [9, 16, 17]
    assert first.why.endswith("The macro `safe_close` does so, here and on lines 10 and 11.")
    assert [point.text for point in first.witness[:2]] == [
        "`close` in the macro `safe_close` fails with EINTR", "`safe_close` tests it",
    ]  # fmt: skip
    assert first.no_fix == "the macro `safe_close` is in the way"
    assert not any("macro" in finding.why for finding in given)
