"""UST109: the message names the error that is tested for too late, and the path the call in between."""

from pathlib import Path

import pytest
from unstall.run.pipeline import run

TEXT = """
ssize_t read_some(int fd, char *buffer, size_t size)
{
    ssize_t n = read(fd, buffer, size);

    if (n == -1) {
        perror("read");
        if (%s)
            return 0;
    }
    return n;
}
"""


@pytest.mark.parametrize(
    ("test", "error", "happens"),
    [
        ("errno == EINTR", "EINTR", "a signal during `read` is then"),
        ("errno == EAGAIN || errno == EINTR", "EINTR", "a signal during `read` is then"),
        ("errno == EAGAIN || errno == EWOULDBLOCK", "EAGAIN", "EAGAIN of `read` is then"),
    ],
)
def test_the_message_names_the_error_that_is_tested(tmp_path: Path, test: str, error: str, happens: str) -> None:
    path = tmp_path / "case.c"
    path.write_text(TEXT % test)
    (finding,) = (f for f in run([str(path)]).findings if f.code == "UST109")
    assert f"tested for {error} after" in finding.message
    assert happens in finding.why


def test_the_path_passes_the_call_though_shorter_ways_lead_around_it(tmp_path: Path) -> None:
    path = tmp_path / "case.c"
    told = TEXT.replace('perror("read");', 'if (verbose)\n            fprintf(trace, "%%d", errno);')
    path.write_text(told % "n < 0 && errno == EINTR")
    (finding,) = (f for f in run([str(path)]).findings if f.code == "UST109")
    assert [point.text for point in finding.witness] == [
        "`read` fails with EINTR",
        "`n == -1` is true",
        "`verbose` is true",
        "`fprintf` is called",
        "comes to `errno == EINTR`",
    ]


def test_the_path_is_of_the_error_that_is_tested(tmp_path: Path) -> None:
    path = tmp_path / "case.c"
    path.write_text(TEXT % "errno == EAGAIN || errno == EWOULDBLOCK")
    (finding,) = (f for f in run([str(path)]).findings if f.code == "UST109")
    assert [point.text for point in finding.witness] == [
        "`read` fails with EAGAIN",
        "`n == -1` is true",
        "`perror` is called",
        "comes to `errno == EAGAIN`",
    ]
