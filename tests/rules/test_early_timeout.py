"""UST107: what notes an interrupt as one doesn't take it for a timeout."""

from pathlib import Path

import pytest

from tests.facts import DAEMON_HEADERS, codes_of

TEXT = """
static void on_child(int sig) { }
int await_connection(int fd, struct pollfd *at)
{
    int error = 0, r = poll(at, 1, 5000);

    if (r <= 0) {
        %s
        goto failed;
    }
    return fd;
failed:
    close_connection(fd);
    return error;
}
void start(void) { signal(SIGCHLD, on_child); }
"""


@pytest.mark.parametrize(
    ("noted", "codes"),
    [("error = -1;", ["UST107"]), ("error = r == 0 ? -ETIMEDOUT : -errno;", []), ("if (r < 0) error = -errno;", [])],
)
def test_an_interrupt_that_is_noted_as_one(tmp_path: Path, noted: str, codes: list[str]) -> None:
    assert codes_of(tmp_path, DAEMON_HEADERS + TEXT % noted) == codes
