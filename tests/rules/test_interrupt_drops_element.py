"""UST104: what is reported again by the next wait is late, not lost."""

from pathlib import Path

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
