"""`unstall verify` on the sample of the incident's shape: what each patch comes to."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from unstall.cli import main
from unstall.report.diff import unified

SAMPLES = Path(__file__).parents[2] / "samples"
BAD = SAMPLES / "master" / "bad.c"
RESTART = """\
        if (r == -1 && errno == EAGAIN) continue;
        if (r == -1 && errno == EINTR) continue;
        if (r == -1) {
"""


def verify(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    status = main(["verify", *arguments, "--output-format", "json"])
    return status, json.loads(capsys.readouterr().out)


def variant(folder: Path, replacement: str) -> str:
    text = BAD.read_text()
    assert RESTART in text
    path = folder / "variant.c"
    path.write_text(text.replace(RESTART, replacement))
    return str(path)


def told(case: dict[str, Any], side: str, kernel: str, owed: bool) -> set[str]:
    return {stage[side][kernel]["verdict"] for stage in case["stages"] if stage["owed"] is owed}


def test_the_proposed_patch_serves_every_stage_on_either_kernel(capsys: pytest.CaptureFixture[str]) -> None:
    status, (case,) = verify(capsys, str(BAD))
    assert (status, case["patch"], case["verdict"]) == (0, "repoll", "fixes it")
    assert told(case, "before", "ready-first", owed=True) == {"can starve"}
    assert told(case, "before", "ready-first", owed=False) == {"runs on every pass"}
    assert told(case, "before", "signal-first", owed=False) == {"can starve"}
    for kernel in ("ready-first", "signal-first"):
        assert (
            told(case, "after", kernel, owed=True) == told(case, "after", kernel, owed=False) == {"runs on every pass"}
        )
    assert case["breaches"] == case["stale_reads"] == []


def test_falling_through_fixes_it_but_reads_what_nothing_filled(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fixed = variant(tmp_path, "        if (r == -1 && !(errno == EAGAIN || errno == EINTR)) {\n")
    status, (case,) = verify(capsys, str(BAD), "--against", fixed)
    assert (status, case["verdict"]) == (1, "fixes it, with consequences")
    assert [read["text"] for read in case["stale_reads"]] == [
        "FD_ISSET(s->status[0], &rfds)",
        "FD_ISSET(s->listener, &rfds)",
    ]
    assert "spawn_worker" in case["stale_reads"][1]["calls"]


def test_a_patch_that_is_told_of_one_errno_only_leaves_the_other(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fixed = variant(
        tmp_path, RESTART.replace("errno == EAGAIN) continue;", "errno == EAGAIN) { FD_ZERO(&rfds); r = 0; }")
    )
    status, (case,) = verify(capsys, str(BAD), "--against", fixed)
    assert (status, case["verdict"]) == (1, "does not fix it")


def test_swallowing_every_error_breaks_something_else(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    fixed = variant(tmp_path, "        if (r == -1) { FD_ZERO(&rfds); r = 0; }\n        if (r == -1) {\n")
    status, (case,) = verify(capsys, str(BAD), "--against", fixed)
    assert (status, case["verdict"]) == (1, "breaks something else")
    assert "lost" in {breach["kind"] for breach in case["breaches"]}


AS_TIMEOUT = """\
        if (r == -1 && (errno == EAGAIN || errno == EINTR)) { FD_ZERO(&rfds); r = 0; }
        if (r == -1) {
"""


def test_a_patch_that_drops_a_stage_does_not_fix_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    fixed = Path(variant(tmp_path, AS_TIMEOUT))
    fixed.write_text(fixed.read_text().replace("        child_janitor(now);\n", ""))
    status, (case,) = verify(capsys, str(BAD), "--against", str(fixed))
    assert (status, case["verdict"]) == (1, "does not fix it")
    assert "`child_janitor` is gone" in case["breaches"][0]["text"]


def test_a_variable_that_an_if_takes_away_breaks_the_build(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    declared = "        int again = errno == EAGAIN || errno == EINTR;\n"
    used = AS_TIMEOUT.replace("(errno == EAGAIN || errno == EINTR)", "again")
    for text, breaches in (
        (declared + used, []),
        (f"#ifndef WITHOUT_SIGNALS\n{declared}#endif\n{used}", ["`again` would be used where it isn't declared"]),
    ):
        status, (case,) = verify(capsys, str(BAD), "--against", variant(tmp_path, text))
        assert [breach["text"] for breach in case["breaches"]] == breaches
        assert (status, case["verdict"]) == ((1, "breaks something else") if breaches else (0, "fixes it"))


def test_a_stage_that_the_patch_moves_before_the_wait_is_found_again(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    stage, wait = "        child_janitor(now);\n", "        timeout = time_to_next_event(now);\n"
    fixed = Path(variant(tmp_path, AS_TIMEOUT))
    fixed.write_text(fixed.read_text().replace(stage, "").replace(wait, stage + wait))
    status, (case,) = verify(capsys, str(BAD), "--against", str(fixed))
    assert (status, case["verdict"]) == (0, "fixes it")
    assert told(case, "after", "signal-first", owed=True) == {"runs on every pass"}


def test_a_retry_written_as_a_second_call_starves_every_stage(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    again = "r = pselect(maxfd + 1, &rfds, NULL, NULL, &timeout, &open_mask)"
    fixed = variant(
        tmp_path,
        f"        while (r == -1 && (errno == EINTR || errno == EAGAIN)) {again};\n        if (r == -1) {{\n",
    )
    status, (case,) = verify(capsys, str(BAD), "--against", fixed)
    assert (status, case["verdict"]) == (1, "does not fix it")
    assert told(case, "after", "ready-first", owed=True) == {"can starve"}


def test_an_error_that_no_longer_comes_to_stale_results_loses_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    loop = """
void serve(int fd)
{{
    for (;;) {{
        fd_set rfds;
        FD_ZERO(&rfds);
        FD_SET(fd, &rfds);
        int n = select(fd + 1, &rfds, NULL, NULL, &tv);
        {handling}
        check_timeouts();
        if (FD_ISSET(fd, &rfds))
            read_packet(fd);
    }}
}}
"""
    before, after = tmp_path / "before.c", tmp_path / "after.c"
    before.write_text(loop.format(handling="if (n < 0) { if (errno == EINTR) continue; leave_with_an_error(); }"))
    after.write_text(
        loop.format(handling="if (n < 0 && errno != EINTR) leave_with_an_error();\n        if (n <= 0) FD_ZERO(&rfds);")
    )
    _, (case,) = verify(capsys, str(before), "--against", str(after))
    assert case["verdict"] in ("fixes it", "fixes it, with consequences")
    assert told(case, "after", "ready-first", owed=True) == {"runs on every pass"}


def test_a_diff_says_the_same_as_the_whole_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    fixed = SAMPLES / "master" / "fixed.c"
    patch = tmp_path / "p.diff"
    patch.write_bytes(unified(str(BAD), BAD.read_bytes(), fixed.read_bytes()))
    by_patch = verify(capsys, str(BAD), "--patch", str(patch))
    assert by_patch == verify(capsys, str(BAD), "--against", str(fixed))
    assert by_patch[0] == 0


def test_the_table_of_strategies(capsys: pytest.CaptureFixture[str]) -> None:
    status, cases = verify(capsys, str(BAD), "--all-strategies")
    ready = {case["patch"]: told(case, "after", "signal-first", owed=False) for case in cases}
    assert status == 0
    assert {case["patch"]: case["verdict"] for case in cases} == {
        "fall-through": "fixes it, with consequences",
        "no-event": "fixes it",
        "as-timeout": "fixes it",
        "repoll": "fixes it",
        "bounded-repoll": "fixes it",
    }
    assert ready["repoll"] == ready["fall-through"] == {"runs on every pass"}
    assert ready["no-event"] == ready["as-timeout"] == {"can starve"}


def test_the_text_answers_the_three_questions(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", f"{BAD}:641"]) == 0
    text = capsys.readouterr().out
    assert "under a storm of signals, the stages on lines 660, 661 and 662 can starve on every kernel" in text
    assert "639 interrupted" in text
    assert "641 continue" in text
    assert "verdict   repoll: fixes it" in text


STALE = """\
#include <errno.h>

void serve(int fd, fd_set *set)
{
    for (;;) {
        if (select(fd + 1, set, 0, 0, 0) < 0 && errno != EINTR)
            return;
        if (FD_ISSET(fd, set))
            answer(fd);
    }
}
"""


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["none.c"], "can't be read"),
        (["clean.c"], "no interrupted wait"),
        (
            ["stale.c:6"],
            "stale.c:6: an interrupt is handled as `stale` here; only restarts that skip stages are verified; what",
        ),
        ([str(BAD), "--function", "nobody"], "no interrupted wait"),
        ([f"{BAD}:5"], "no interrupted wait"),
        ([str(BAD), "--patch", "empty.diff"], "empty"),
        ([str(BAD), "--patch", "elsewhere.diff"], "outside of main"),
        ([str(BAD), "--against", str(BAD)], "changes nothing"),
        ([str(BAD), "--against", "broken.c"], "can't be read"),
        ([str(BAD), "--against", "missing.c"], "can't be read"),
        ([str(BAD), "--against", "nothing.c"], "has no main"),
        ([str(BAD), "--against", "binary.c"], "not text"),
    ],
)
def test_requests_that_can_not_be_done_say_why(
    arguments: list[str], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = BAD.read_bytes()
    (tmp_path / "clean.c").write_text("int main(void) { return 0; }\n")
    (tmp_path / "stale.c").write_text(STALE)
    (tmp_path / "empty.diff").write_text("")
    (tmp_path / "nothing.c").write_text("")
    (tmp_path / "binary.c").write_bytes(data + b"\0")
    (tmp_path / "broken.c").write_bytes(data.replace(b"if (r == -1) {", b"if (r == -1) {{{ )"))
    (tmp_path / "elsewhere.diff").write_bytes(unified(str(BAD), data, b"/* new */\n" + data))
    before = sorted((path.name, path.read_bytes()) for path in tmp_path.iterdir())
    monkeypatch.chdir(tmp_path)
    assert main(["verify", *arguments]) == 2
    captured = capsys.readouterr()
    assert why in captured.err
    assert captured.err.count("\n") == 1
    assert sorted((path.name, path.read_bytes()) for path in tmp_path.iterdir()) == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe.c")
    assert main(["verify", str(tmp_path / "pipe.c")]) == 2
    assert capsys.readouterr().err.endswith("pipe.c: not a regular file\n")


HEADER_LOOP = """\
#include "errors.h"

void serve(struct pollfd *fds, int n)
{
    for (;;) {
        if (poll(fds, n, 1000) == -1 && INTERRUPTED())
            continue;
        EACH(i, n) {
            if (fds[i].revents == 0)
                continue;
            answer(fds[i].fd);
        }
        sweep();
    }
}
"""


def test_a_file_is_verified_with_its_headers_and_configuration(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "errors.h").write_text("#define INTERRUPTED() (errno == EINTR)\n")
    (tmp_path / "unstall.toml").write_text('foreach-macros = ["EACH"]\n')
    (tmp_path / "loop.c").write_text(HEADER_LOOP)
    status, (case,) = verify(capsys, str(tmp_path / "loop.c"))
    assert (status, case["verdict"]) == (0, "fixes it")
    assert any("sweep" in stage["label"] for stage in case["stages"])
    assert main(["verify", str(tmp_path / "loop.c"), "--config", str(tmp_path / "none.toml")]) == 2


STEP = """\
#include <errno.h>
#include <poll.h>

void expire(void);
void serve(struct pollfd *fds);

int step(struct pollfd *fds, int n)
{
    int r = poll(fds, n, 1000);

    if (r < 0) {
        if (errno == EINTR)
            return 0;
        return -1;
    }
    expire();
    if (r > 0)
        serve(fds);
    return 0;
}
"""
ITS_LOOP = """\
#include <poll.h>

int step(struct pollfd *fds, int n);

int run(struct pollfd *fds, int n)
{
    for (;;)
        if (step(fds, n) < 0)
            return 1;
}
"""


def test_what_other_files_tell_is_seen_with_a_tree(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "step.c").write_text(STEP)
    (tmp_path / "main.c").write_text(ITS_LOOP)
    file = str(tmp_path / "step.c")
    assert main(["verify", file]) == 2
    assert capsys.readouterr().err.endswith("; what other files tell of is seen with --tree\n")
    status, (case,) = verify(capsys, f"{file}:13", "--tree", str(tmp_path))
    assert (status, case["verdict"]) == (0, "fixes it")
    assert [stage["label"] for stage in case["stages"] if stage["owed"]] == ["expire"]
    assert main(["graph", f"{file}:13"]) == main(["graph", f"{file}:13", "--tree", str(tmp_path)]) == 0
    alone, _, within = capsys.readouterr().out.partition("---\ntitle")[2].partition("---\ntitle")
    assert ": handled" in alone and ": restart-skips-stages" in within


def test_each_branch_of_if_is_verified_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    program = Path(__file__).parents[1] / "cases" / "fixes" / "other_branch.c"
    status, cases = verify(capsys, str(program))
    assert status == 0
    assert [(case["line"], case["verdict"]) for case in cases] == [(27, "fixes it"), (18, "fixes it")]


ROUNDS = """
static int closing;

void serve(int fd)
{{
    for (;;) {{
        int n, tries = 0;
        fd_set rfds;

        if (asked_to_close())
            closing = 1;
        FD_ZERO(&rfds);
        FD_SET(fd, &rfds);
        {handling}
        if (n > 0)
            answer(fd);
        expire_sessions();
    }}
}}
"""
WAITS = "n = select(fd + 1, &rfds, NULL, NULL, &tv);"
RESTARTS = f"{WAITS}\n        if (n < 0 && errno == EINTR) continue;"
RETRIES = f"do {{ {WAITS} }} while (n < 0 && errno == EINTR && !closing);"
RETRIES_A_WHILE = f"do {{ {WAITS} if (++tries > 3) n = 0; }} while (n < 0 && errno == EINTR && !closing);"


@pytest.mark.parametrize(
    ("handling", "verdict", "after"),
    [(RETRIES, "does not fix it", "can starve"), (RETRIES_A_WHILE, "fixes it", "runs on every pass")],
)
def test_a_retry_ends_only_if_somebody_changes_what_it_waits_for(
    handling: str, verdict: str, after: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    before, fixed = tmp_path / "before.c", tmp_path / "after.c"
    before.write_text(ROUNDS.format(handling=RESTARTS))
    fixed.write_text(ROUNDS.format(handling=handling))
    _, (case,) = verify(capsys, str(before), "--against", str(fixed))
    assert case["verdict"] == verdict
    assert told(case, "after", "ready-first", owed=True) == {after}


def test_a_retry_that_a_handlers_flag_ends_is_none_without_end(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    handler = "\nstatic void on_term(int sig) { closing = 1; }\nvoid install(void) { signal(SIGTERM, on_term); }\n"
    before, fixed = tmp_path / "before.c", tmp_path / "after.c"
    before.write_text(ROUNDS.format(handling=RESTARTS) + handler)
    fixed.write_text(ROUNDS.format(handling=RETRIES) + handler)
    _, (case,) = verify(capsys, str(before), "--against", str(fixed))
    assert not any("retried for ever" in breach["text"] for breach in case["breaches"])


def test_what_the_patch_puts_behind_a_timeout_alone_is_a_consequence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    before, fixed = tmp_path / "before.c", tmp_path / "after.c"
    before.write_text(ROUNDS.format(handling=RESTARTS).replace("        expire", "        sweep();\n        expire"))
    fixed.write_text(
        ROUNDS.format(handling=WAITS).replace("        expire", "        sweep();\n        if (n == 0) expire")
    )
    _, (case,) = verify(capsys, str(before), "--against", str(fixed))
    assert case["verdict"] == "fixes it, with consequences"
    assert [breach["text"] for breach in case["breaches"]] == ["`expire_sessions` would run on a timeout alone"]


WHOLE_SECONDS = f"tv.tv_sec = seconds; tv.tv_usec = 0; {WAITS}"
KEEPS_TIME = "        if (n == 0) now = last + seconds; else time(&now);\n        age_timers(now - last); last = now;\n"


@pytest.mark.parametrize(
    ("strategy", "verdict"), [("fall-through", "fixes it"), ("as-timeout", "fixes it, with consequences")]
)
def test_an_interrupt_is_not_to_set_the_clock_on_by_the_whole_timeout(
    strategy: str, verdict: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    program = tmp_path / "clock.c"
    handling = f"{WHOLE_SECONDS}\n        if (n < 0 && errno == EINTR)\n            continue;"
    text = ROUNDS.format(handling=handling)
    program.write_text(text.replace("        expire_sessions();\n", KEEPS_TIME))
    _, (case,) = verify(capsys, str(program), "--strategy", strategy)
    assert case["verdict"] == verdict
    assert all("would pass for an expired deadline" in breach["text"] for breach in case["breaches"])


@pytest.mark.parametrize(
    ("stage", "wait", "verdict"),
    [
        ("", f"tv.tv_sec = tv.tv_usec = 0; {WAITS}", "breaks something else"),
        ("for (i = 0; i < 9; i++) if (poll(&p[i], 1, 0) > 0) answer(i);\n", WAITS, "fixes it"),
    ],
)
def test_a_patched_loop_goes_round_without_blocking_only_where_it_did_before(
    stage: str, wait: str, verdict: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    before, fixed = tmp_path / "before.c", tmp_path / "after.c"
    before.write_text(ROUNDS.format(handling=RESTARTS).replace("        expire", f"        {stage}        expire"))
    fixed.write_text(ROUNDS.format(handling=wait).replace("        expire", f"        {stage}        expire"))
    _, (case,) = verify(capsys, str(before), "--against", str(fixed))
    assert case["verdict"] == verdict


def test_a_jump_that_an_interrupt_may_take_besides_is_a_consequence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    both = f"again:\n        {WAITS}\n        if (n < 0 && errno == EINTR) {{ if (!closing) goto again; continue; }}"
    before, fixed = tmp_path / "before.c", tmp_path / "after.c"
    handler = "\nstatic void on_term(int sig) { closing = 1; }\nvoid install(void) { signal(SIGTERM, on_term); }\n"
    before.write_text(ROUNDS.format(handling=both) + handler)
    fixed.write_text(ROUNDS.format(handling=both.replace(" continue;", "")) + handler)
    _, (case,) = verify(capsys, str(before), "--against", str(fixed))
    assert case["verdict"] == "fixes it, with consequences"
    assert [breach["text"] for breach in case["breaches"]] == [
        "an interrupt may start the wait over by line 16, past `expire_sessions`"
    ]
    assert case["execution"]["confirmed"]


def test_what_starts_over_on_a_condition_of_the_programs_own_is_told_as_a_cause(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    on_condition = f"{WAITS}\n        if (n < 0 && errno == EINTR && !closing) continue;"
    before, fixed = tmp_path / "before.c", tmp_path / "after.c"
    before.write_text(ROUNDS.format(handling=on_condition))
    fixed.write_text(ROUNDS.format(handling=WAITS))
    main(["verify", str(before), "--against", str(fixed)])
    said = capsys.readouterr().out
    assert "cause     an interrupt may start the wait over by line 15, past `expire_sessions`, for as long" in said
    assert "execution confirmed on " in said


READER = """
void serve(int fd)
{
    fd_set rfds;
    int r;

    for (;;) {
        FD_ZERO(&rfds);
        FD_SET(fd, &rfds);
        r = pselect(fd + 1, &rfds, NULL, NULL, &ts, &mask);
        if (r == -1 && errno == EINTR)
            continue;
        if (r == -1)
            die("pselect");
        read_messages(&rfds);
        heartbeat();
    }
}
"""


@pytest.mark.parametrize(
    ("strategy", "after"),
    [("no-event", "can starve"), ("as-timeout", "can starve"), ("repoll", "runs on every pass")],
)
def test_a_reader_that_is_given_cleared_results_is_not_served(
    strategy: str, after: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    program = tmp_path / "reader.c"
    program.write_text(READER)
    _, (case,) = verify(capsys, str(program), "--strategy", strategy)
    assert told(case, "after", "ready-first", owed=False) == {"runs on every pass"}
    assert told(case, "after", "signal-first", owed=False) == {after}
    assert case["execution"]["confirmed"]


def test_a_script_without_a_suffix_is_what_its_first_line_says(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    script = tmp_path / "serve"
    script.write_text("#!/usr/bin/env python3\n" + (SAMPLES / "python2-style" / "bad.py").read_text())
    script.chmod(0o755)
    _, cases = verify(capsys, str(script))
    assert [case["verdict"] for case in cases] == ["fixes it"]
    assert main(["verify", str(tmp_path)]) == 2
