"""Confirmation by execution: which policy a loop's own traces show, what is run, and when it counts as confirmed."""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from unstall.cli import main
from unstall.flow.outcomes import Run
from unstall.master import Policy
from unstall.proof import cases, execution
from unstall.proof.policy import Version, policy_of

SAMPLES = Path(__file__).parents[2] / "samples"
BAD = SAMPLES / "master" / "bad.c"
RESTART = """\
        if (r == -1 && errno == EAGAIN) continue;
        if (r == -1 && errno == EINTR) continue;
        if (r == -1) {
"""
EINTR = "r == -1 && (errno == EINTR || errno == EAGAIN)"
WAIT = "r = pselect(maxfd + 1, &rfds, NULL, NULL, &timeout, &open_mask);"
FATAL = "        if (r == -1) {\n"
HANDLED = {
    Policy.RETRY: f"        while ({EINTR})\n            {WAIT}\n{FATAL}",
    Policy.FALL_THROUGH: "        if (r == -1 && !(errno == EAGAIN || errno == EINTR)) {\n",
    Policy.AS_TIMEOUT: f"        if ({EINTR}) {{ FD_ZERO(&rfds); r = 0; }}\n{FATAL}",
    Policy.NO_EVENT: f"        if ({EINTR}) FD_ZERO(&rfds);\n        else if (r == -1) {{\n",
}
TWICE = f"        if ({EINTR}) {{\n            if (r == -1 && quick(r)) continue;\n            FD_ZERO(&rfds);\n"
"""Starts over on some condition of its own, and goes on else: none of the policies."""


def variant(folder: Path, replacement: str) -> str:
    text = BAD.read_text()
    assert RESTART in text
    path = folder / "variant.c"
    path.write_text(text.replace(RESTART, replacement))
    return str(path)


def verify(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["verify", *arguments, "--output-format", "json"]) in (0, 1)
    case: dict[str, Any]
    (case,) = json.loads(capsys.readouterr().out)
    return case


def rows(case: dict[str, Any], version: str) -> list[dict[str, Any]]:
    return [row for row in case["execution"]["rows"] if row["version"] == version]


def test_the_proposed_patch_is_confirmed_under_both_kernels(capsys: pytest.CaptureFixture[str]) -> None:
    case = verify(capsys, str(BAD))
    assert case["execution"]["confirmed"]
    before, after = rows(case, "before"), rows(case, "after")
    assert [(row["kernel"], row["handling"]) for row in before] == [
        ("ready-first", "restart"),
        ("signal-first", "restart"),
    ]
    assert [(row["kernel"], row["handling"]) for row in after] == [
        ("ready-first", "repoll"),
        ("signal-first", "repoll"),
    ]
    assert all(row["janitor"] < row["passes"] for row in before)
    assert all(row["janitor"] == row["passes"] > 0 for row in after)
    assert before[1]["gap"] > 10 * after[1]["gap"]
    assert not any(row["empty_reads"] or row["spurious_spawns"] for row in after)


def test_the_reporters_patch_is_confirmed_with_its_consequences(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    case = verify(capsys, str(BAD), "--against", variant(tmp_path, HANDLED[Policy.FALL_THROUGH]))
    assert case["verdict"] == "fixes it, with consequences"
    assert case["execution"]["confirmed"]
    for row in rows(case, "after"):
        assert (row["handling"], row["janitor"]) == ("fall-through", row["passes"])
        assert row["empty_reads"] > 0 and row["spurious_spawns"] > 0


def versions(path: str, patched: bytes) -> tuple[Version, Version]:
    (case,) = cases.given(cases.Request(path), patched, None)
    assert case.verification and case.verification.old and case.verification.new
    return case.verification.old, case.verification.new


@pytest.mark.parametrize("policy", HANDLED)
def test_the_policy_is_taken_from_the_traces(policy: Policy, tmp_path: Path) -> None:
    patched = Path(variant(tmp_path, HANDLED[policy])).read_bytes()
    before, after = versions(str(BAD), patched)
    storm = (Run.INTERRUPTED, Run.WOULD_BLOCK)
    assert (policy_of(before, storm), policy_of(after, storm)) == (Policy.RESTART, policy)


@pytest.mark.parametrize("strategy", ["as-timeout", "no-event", "bounded-repoll", "repoll", "fall-through"])
def test_each_strategy_is_run_as_what_it_says(strategy: str, capsys: pytest.CaptureFixture[str]) -> None:
    case = verify(capsys, str(BAD), "--strategy", strategy)
    assert {row["handling"] for row in rows(case, "after")} == {strategy}
    assert case["execution"]["confirmed"]
    main(["verify", str(BAD), "--strategy", strategy])
    assert "is how the patch is written" not in capsys.readouterr().out


def test_going_on_without_a_look_at_the_results_is_no_fall_through(capsys: pytest.CaptureFixture[str]) -> None:
    case = verify(capsys, str(SAMPLES / "poll-server" / "bad.c"))
    assert case["patch"] == "fall-through"
    assert {row["handling"] for row in rows(case, "after")} == {"no-event"}
    main(["verify", str(SAMPLES / "poll-server" / "bad.c")])
    said = capsys.readouterr().out
    assert "fall-through is how the patch is written, no-event what it amounts to in this loop" in said
    first, second = ([{**row, "kernel": ""} for row in rows(case, side)] for side in ("before", "after"))
    assert first[0] == first[1] and second[0] == second[1]  # poll swaps no mask


def test_looking_again_in_a_bounded_loop_around_the_wait_is_a_bounded_repoll(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    again = f"""\
        for (int tries = 0; {EINTR} && tries < 5; tries++) {{
            timeout.tv_sec = 0;
            timeout.tv_nsec = 0;
            {WAIT}
        }}
        if ({EINTR}) {{ FD_ZERO(&rfds); r = 0; }}
{FATAL}"""
    case = verify(capsys, str(BAD), "--against", variant(tmp_path, again))
    assert {row["handling"] for row in rows(case, "after")} == {"bounded-repoll"}
    assert (case["verdict"], case["execution"]["confirmed"]) == ("fixes it", True)
    (possible,) = case["execution"]["possible"]
    assert "signal-first: messages starve" in possible["text"] and not possible["shown"]


def test_a_retry_is_not_confirmed_where_the_storm_dies_down(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    fixed = variant(tmp_path, HANDLED[Policy.RETRY])
    case = verify(capsys, str(BAD), "--against", fixed)
    assert (case["verdict"], case["execution"]["confirmed"]) == ("does not fix it", False)
    missing = [claim["text"] for claim in case["execution"]["claims"] if not claim["shown"]]
    assert "after, ready-first: the janitor is passed over" in missing
    assert main(["verify", str(BAD), "--against", fixed]) == 1
    text = capsys.readouterr().out
    assert "  execution not confirmed on the reference master (simulated), not on this program: " in text
    assert "not shown: after, ready-first: the janitor is passed over" in text


def test_what_is_broken_besides_is_never_called_confirmed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    swallowed = f"        if (r == -1) {{ FD_ZERO(&rfds); r = 0; }}\n{FATAL}"
    case = verify(capsys, str(BAD), "--against", variant(tmp_path, swallowed))
    assert (case["verdict"], case["execution"]["confirmed"]) == ("breaks something else", False)


def test_a_handling_that_is_no_policy_runs_as_the_loops_own_model(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fixed = variant(tmp_path, f"{TWICE}        }}\n        else if (r == -1) {{\n")
    case = verify(capsys, str(BAD), "--against", fixed)
    assert [row["mode"] for row in rows(case, "before")] == ["simulated", "simulated"]
    for row in rows(case, "after"):
        assert (row["mode"], row["handling"]) == ("model", "own model")
        assert 0 < row["janitor"] < row["passes"]
    main(["verify", str(BAD), "--against", fixed])
    assert "; after, on the loop's own model, " in capsys.readouterr().out


def test_the_report_ends_with_the_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(BAD)]) == 0
    *_, statement, _, _, heads, first, second, third, fourth = capsys.readouterr().out.rstrip("\n").split("\n")
    assert statement.startswith("  execution confirmed on the reference master (simulated), not on this program: ")
    assert heads.split()[:3] == ["policy", "passes", "janitor"]
    kinds = [line.split()[:3] for line in (first, second, third, fourth)]
    assert kinds == [
        ["ready-first", "before", "restart"], ["ready-first", "after", "repoll"],
        ["signal-first", "before", "restart"], ["signal-first", "after", "repoll"],
    ]  # fmt: skip
    assert "75 %" in first and "0 %" in third and "100 %" in second and "100 %" in fourth


def test_the_table_of_strategies_says_what_is_confirmed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(BAD), "--all-strategies"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[-2:] == ["executed", "verdict"]
    assert all(" confirmed " in line for line in lines[2:])


def test_nothing_is_confirmed_without_the_stages(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "fixed.c"
    path.write_text(BAD.read_text().replace("        child_janitor(now);\n", ""))
    case = verify(capsys, str(BAD), "--against", str(path))
    assert case["verdict"] == "does not fix it"
    assert case["execution"] is None


def test_the_simulation_is_not_waited_for() -> None:
    execution._run.cache_clear()
    (case,) = cases.proposed(cases.Request(str(BAD)), (None,))
    begin = time.process_time()
    assert cases.executed(case, real=False).execution
    assert time.process_time() - begin < 2.0


def test_the_real_master_needs_linux(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert main(["verify", str(BAD), "--run"]) == 2
    assert "--run needs Linux" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="the real master needs Linux")
def test_the_real_master_adds_its_rows(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "SETTINGS", replace(execution.SETTINGS, seconds=0.5))
    execution._run.cache_clear()
    try:
        case = verify(capsys, str(BAD), "--run")
    finally:
        execution._run.cache_clear()
    assert [row["mode"] for row in case["execution"]["rows"]] == ["simulated"] * 4 + ["real"] * 4
    before, after = ([row for row in rows(case, side) if row["mode"] == "real"] for side in ("before", "after"))
    assert before[1]["janitor"] < before[1]["passes"]
    assert all(row["janitor"] == row["passes"] for row in after)
