"""UST107: what notes an interrupt as one doesn't take it for a timeout, nor what asks a clock of its own."""

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


@pytest.mark.parametrize(("call", "codes"), [("tcp_expire()", []), ("connection_lost(fd)", ["UST107"])])
def test_letting_go_of_all_that_is_old_gives_up_nothing_for_certain(
    tmp_path: Path, call: str, codes: list[str]
) -> None:
    assert codes_of(tmp_path, DAEMON_HEADERS + TEXT.replace("close_connection(fd)", call) % "error = -1;") == codes
