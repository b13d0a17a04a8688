"""What a compiler says of the patched programs: nothing that it doesn't say of the original ones."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from unstall.options import Settings
from unstall.pipeline import run
from unstall.report.diff import compatible
from unstall.source import apply_edits

COMPILER = shutil.which("cc")
CASES = Path(__file__).parents[1] / "cases"
HEADERS = ("errno.h", "poll.h", "signal.h", "stdint.h", "stdio.h", "sys/select.h", "time.h", "unistd.h")
"""What the programs leave out."""
PROGRAMS = sorted(path for folder in ("fixes", "repairs") for path in (CASES / folder).glob("*.c"))


def complaints(source: bytes, macros: list[str]) -> set[str]:
    """The kinds of warnings (``-Wunused-label``), and the errors themselves."""
    defined = [f"-D{macro}" for macro in ("_GNU_SOURCE", *macros)]
    included = [word for header in HEADERS for word in ("-include", header)]
    command = [str(COMPILER), "-xc", "-fsyntax-only", "-Wall", "-Wextra", *defined, *included, "-"]
    said = subprocess.run(command, input=source, capture_output=True, check=False).stderr.decode()
    return {found[1] or found[2] for found in re.finditer(r"error: (.*)|warning: .*\[(-W\S+)\]", said)}


@pytest.mark.skipif(COMPILER is None, reason="no C compiler")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_a_patch_draws_no_new_complaint(program: Path) -> None:
    source = program.read_bytes()
    selected = ("UST103",) if program.name.startswith("heeded") else Settings().select  # off by default
    findings = run([str(program)], settings=Settings(select=selected)).findings
    patched = apply_edits(source, compatible(findings))
    optional = sorted(set(re.findall(r"^#ifdef (WITH_\w+)", source.decode(), re.MULTILINE)))
    for macros in ([], optional):
        assert complaints(patched, macros) <= complaints(source, macros)


@pytest.mark.skipif(COMPILER is None, reason="no C compiler")
def test_a_patch_names_nothing_of_a_wait_beyond_its_branch(tmp_path: Path) -> None:
    """A loop that waits by `poll` in one branch of ``#if`` and by `select` in the other, and looks at the result behind
    it: a patch there is compiled with either.
    """
    program = tmp_path / "either.c"
    program.write_text("""
static void note(int sig) { (void)sig; }
void sweep(void), serve(int);
int main(void)
{
    int n;
#ifdef WITH_POLL
    struct pollfd fds[2] = {{0, POLLIN, 0}, {1, POLLIN, 0}};
#else
    fd_set ready;
    struct timeval limit;
#endif
    signal(SIGCHLD, note);
    for (;;) {
#ifdef WITH_POLL
        n = poll(fds, 2, 1000);
#else
        FD_ZERO(&ready);
        FD_SET(0, &ready);
        limit.tv_sec = 1;
        limit.tv_usec = 0;
        n = select(2, &ready, 0, 0, &limit);
#endif
        if (n < 0) {
            if (errno == EINTR)
                continue;
            return 1;
        }
#ifdef WITH_POLL
        if (fds[0].revents)
            serve(0);
#else
        if (FD_ISSET(0, &ready))
            serve(0);
#endif
        sweep();
    }
}
""")
    findings = run([str(program)]).findings
    patched = apply_edits(program.read_bytes(), compatible(findings))
    assert findings
    for macros in ([], ["WITH_POLL"]):
        assert complaints(patched, macros) == set()
