"""UST104: what is reported again by the next wait is late, not lost."""

from pathlib import Path

import pytest
from unstall.findings.finding import Severity
from unstall.run.pipeline import run

ROUND = """\
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

void serve(struct pollfd *fds, int n)
{
    for (;;) {
        if (poll(fds, n, 1000) <= 0)
            continue;
        for (int i = 0; i < n; i++) {
            int client = accept(fds[i].fd, NULL, NULL);

            if (client == -1 && errno == EINTR)
                continue;
            if (client == -1)
                fatal("accept");
            serve_client(client);
        }
    }
}
"""


def test_an_element_that_the_next_wait_reports_again_is_a_note(tmp_path: Path) -> None:
    path = tmp_path / "case.c"
    path.write_text(ROUND)
    (finding,) = (f for f in run([str(path)]).findings if f.code == "UST104")
    assert finding.severity is Severity.NOTE
    assert "late, not lost" in finding.why


def test_an_element_that_the_interrupt_sees_to_is_not_dropped(tmp_path: Path) -> None:
    path = tmp_path / "case.c"
    path.write_text(
        ROUND.replace("errno == EINTR)\n", "errno == EINTR) {\n                forget_peer(i);\n").replace(
            "                continue;\n            if (client == -1)",
            "                continue;\n            }\n            if (client == -1)",
        )
    )
    assert "forget_peer(i);" in path.read_text()
    assert not [f for f in run([str(path)]).findings if f.code == "UST104"]


ELEMENTS = """\
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

void copy_all(int *fds, int n, int out)
{
    char buf[4096];

    %s
        for (int i = 0; i < n; i++) {
            ssize_t got = read(fds[i], buf, sizeof buf);

            %s
            write_out(out, buf, got);
        }
}
"""


@pytest.mark.parametrize(
    ("around", "handling", "severities"),
    [
        ("", "if (got < 0 && errno == EINTR) continue; if (got < 0) return;", [Severity.WARNING]),
        # what every error does, at most with a word of it
        ("", "if (got < 0 && errno == EINTR && wanted) break; else if (got < 0) break;", []),
        ("", 'if (got < 0) { if (errno != EINTR) fprintf(stderr, "read"); continue; }', []),
        ("", "if (got < 0 && errno == EINTR) continue; if (got < 0) break;", [Severity.WARNING]),
        # what was not read is there on the next pass
        ("while (go_on())", "if (got < 0 && errno == EINTR) continue; if (got < 0) return;", [Severity.NOTE]),
    ],
)
def test_what_is_lost_with_an_element(tmp_path: Path, around: str, handling: str, severities: list[Severity]) -> None:
    path = tmp_path / "case.c"
    path.write_text(ELEMENTS % (around, handling))
    assert [f.severity for f in run([str(path)]).findings if f.code == "UST104"] == severities


def test_an_interrupt_on_a_terminal_that_ends_a_copy_as_any_error_does_drops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "case.c"
    copy = """
            while ((got = read(fds[i], buf, sizeof buf)) != 0) {
                if (got < 0) {
                    if (errno == EINTR && !isatty(fds[i]))
                        continue;
                    else
                        break;
                }
                write_out(out, buf, got);
            }
    """
    path.write_text(ELEMENTS.replace("ssize_t got = read(fds[i], buf, sizeof buf);", "ssize_t got;") % ("", copy))
    assert [f.code for f in run([str(path)]).findings] == []
