"""A run divided among processes: the same results whatever their number, and whatever befalls one of them."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from unstall.cli import main

from tests.programs import SWEEPER, WRAPPER

pytestmark = pytest.mark.skipif(os.name != "posix", reason="one process does all the work there")

PADDING = "/* " + "nothing to see here " * 4000 + "*/\n"


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with enough in it to be divided: waits, callers of a wrapper that another file defines, clean files,
    and some that can't be read.
    """
    monkeypatch.chdir(tmp_path)
    Path("src").mkdir()
    for number in range(4):
        wait = "poll" if number % 2 else "await_work"
        Path(f"src/loop{number}.c").write_text(SWEEPER.format(number=number, wait=wait) + PADDING)
        Path(f"src/clean{number}.c").write_text(f"int clean{number};\n" + PADDING)
    Path("src/zz_wrapper.c").write_text(WRAPPER + PADDING)
    Path("src/torn.py").write_text("import select\nwhile select.select(:\n")
    Path("src/nul.c").write_bytes(b"\0")
    return tmp_path


def slow(path: str) -> None:
    """A file that takes minutes: every wait is tried with every outcome of those before it."""
    body = "".join(
        f"        r = poll(p, n, {i});\n        if (r < 0 && errno == EINTR && n > {i})\n            continue;\n"
        f"        sweep{i}();\n"
        for i in range(80)
    )
    head = "#include <errno.h>\n#include <poll.h>\nvoid f(struct pollfd *p, int n)\n{\n    int r;\n    for (;;) {\n"
    Path(path).write_text(head + body + "    }\n}\n")


def output(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main([*words])
    written = capsys.readouterr()
    return status, written.out, written.err


def start(*words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "unstall", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.05)


def children(process: int) -> list[int]:
    """The processes that a process has started."""
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True)
    return [int(word) for word in done.stdout.split()]


def seconds_used(process: int) -> float:
    """Processor time of a process, in whole seconds."""
    done = subprocess.run(["ps", "-o", "cputimes=", "-p", str(process)], capture_output=True, text=True)
    return float(done.stdout or 0)


@pytest.mark.parametrize(
    "words", [("check", "--output-format", "json"), ("check", "--diff"), ("waits", "--statistics")]
)
def test_results_are_the_same_whatever_the_number_of_processes(
    words: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    alone = output(capfd, *words, "--jobs", "1", "src")
    assert "loop0.c" in alone[1] and "torn.py" in alone[2]
    for jobs in ("2", "4"):
        assert output(capfd, *words, "--jobs", jobs, "src") == alone


def test_wrappers_are_known_in_files_that_other_processes_read(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = output(capsys, "check", "--output-format", "concise", "--jobs", "4", "src")
    assert [line.partition(":")[0] for line in out.splitlines()] == [f"src/loop{number}.c" for number in range(4)]


def test_what_stdin_holds_reaches_every_process(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapper = io.BytesIO(WRAPPER.replace("await_work", "linger").encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(wrapper))
    Path("src/zz_last.c").write_text(SWEEPER.format(number=9, wait="linger"))
    words = ("--output-format", "concise", "--stdin-filename", "src/stdin.c", "--jobs", "3", "src", "-")
    _, out, _ = output(capsys, "check", *words)
    assert "src/zz_last.c:7:13: UST101" in out


def test_a_process_that_is_killed_costs_the_file_that_it_held(capsys: pytest.CaptureFixture[str]) -> None:
    _, expected, _ = output(capsys, "check", "--output-format", "concise", "--jobs", "1", "src")
    slow("src/slow.c")
    with start("check", "--output-format", "concise", "--jobs", "2", "src") as run:
        until(lambda: any(seconds_used(child) >= 3 for child in children(run.pid)))
        os.kill(max(children(run.pid), key=seconds_used), signal.SIGKILL)
        out, err = run.communicate()
    assert out == expected
    assert "src/slow.c: gave up: the process that analysed it was killed (SIGKILL)\n" in err


def test_ctrl_c_is_prompt_and_leaves_no_process() -> None:
    slow("src/slow.c")
    with start("check", "--jobs", "2", "src") as run:
        until(lambda: any(seconds_used(child) >= 1 for child in children(run.pid)))
        pressed = time.monotonic()
        os.killpg(run.pid, signal.SIGINT)  # a terminal sends it to all
        out, err = run.communicate()
    assert (run.returncode, out, err) == (130, "", "unstall: interrupted\n")
    assert time.monotonic() - pressed < 5
    with pytest.raises(ProcessLookupError):
        os.killpg(run.pid, 0)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # time may run out in hypothesis' hook
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_file_that_takes_too_long_is_given_up_and_the_others_are_not(
    jobs: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, expected, _ = output(capsys, "check", "--output-format", "concise", "--jobs", "1", "src")
    slow("src/slow.c")
    words = (
        "--time-limit",
        "2",
        "--select",
        "UST101",
        "--output-format",
        "concise",
        "--jobs",
        jobs,
        "src/slow.c",
        "src",
    )
    _, out, err = output(capsys, "check", *words)
    assert [line for line in out.splitlines() if "slow.c" not in line] == expected.splitlines()
    assert "gave up" in err


@pytest.mark.parametrize("value", ["0", "-2", "many", "1.5"])
def test_what_is_no_number_of_processes(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["check", f"--jobs={value}", "src"])
    assert left.value.code == 2
    assert f"'{value}' is not a number of processes" in capsys.readouterr().err


def test_too_few_descriptors_for_processes_are_told_in_words() -> None:
    line = f"ulimit -n 9; {sys.executable} -m unstall check --no-cache --jobs 8 src"
    ran = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr == "unstall: no process can be started: Too many open files; --jobs 1 needs none\n"
