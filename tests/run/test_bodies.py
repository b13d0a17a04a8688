"""Loops whose body stands in another file: found by name, and only by a name that means the same in both."""

from pathlib import Path

import pytest

from tests.facts import codes_of_c_files

LOOK = """
static void on_child(int sig) { }
int look(void)
{
    int r = poll(fds, n, 100);

    if (r < 0 && errno == EINTR)
        return -1;
    expire();
    return r > 0;
}
"""
INSTALLS = "int main(void) { signal(SIGCHLD, on_child); start(); "


@pytest.mark.parametrize(
    ("others", "codes"),
    [
        (["int main(void) { signal(SIGCHLD, on_child); for (;;) look(); }"], ["UST101"]),
        (["static void turn(void) { look(); } " + INSTALLS + "for (;;) turn(); }"], ["UST101"]),
        (["void turn(void) { look(); }", INSTALLS + "for (;;) turn(); }"], ["UST101"]),
        (["static void turn(void) { look(); }", "static void turn(void) { } " + INSTALLS + "for (;;) turn(); }"], []),
    ],
)
def test_the_loop_of_another_file(tmp_path: Path, others: list[str], codes: list[str]) -> None:
    assert codes_of_c_files(tmp_path, LOOK, *others) == codes


def test_wrappers_of_wrappers_are_followed_through_many_files(tmp_path: Path) -> None:
    wrappers = [f"int look{n}(void) {{ return look{n - 1 or ''}(); }}" for n in range(1, 13)]
    loop = """
    int main(void)
    {
        signal(SIGCHLD, on_child);
        for (;;) {
            if (look12() < 0 && errno == EINTR)
                continue;
            sweep();
        }
    }
    """
    assert codes_of_c_files(tmp_path, LOOK.replace("expire();", ""), *wrappers, loop) == ["UST101"]
