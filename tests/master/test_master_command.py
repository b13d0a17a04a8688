"""``unstall master`` as a user meets it."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from unstall.cli import main
from unstall.master import MasterError, Policy, compare
from unstall.master.presets import PRESETS
from unstall.master.results import STAGES


def master(*arguments: str) -> int:
    return main(["master", *arguments])


def test_the_report_shows_the_loop_its_stages_and_what_starved(capsys: pytest.CaptureFixture[str]) -> None:
    assert master("--simulate", "--seconds", "1") == 0
    out, err = capsys.readouterr()
    assert out.startswith("simulated, preset storm, 1 s a run, seed 1\n")
    for stage in STAGES:
        assert f"\n {stage} " in out
    assert out.splitlines()[-1].split("!")[1] == (
        " starved: schedule, messages, spawn-on-demand, clock, janitor, alarms"
    )
    assert err == "", "no progress line where there is no terminal"


def test_compare_adds_policies_and_both_kernels_add_rows(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--policy", "repoll", "--compare", "restart", "repoll", "--kernel", "both")
    assert master("--simulate", "--seconds", "1", *arguments) == 0
    verdicts = capsys.readouterr().out.splitlines()[-4:]
    assert [line.split()[:2] for line in verdicts] == [
        ["repoll", "ready-first"],
        ["repoll", "signal-first"],
        ["restart", "ready-first"],
        ["restart", "signal-first"],
    ]


def test_compare_without_names_runs_every_policy(capsys: pytest.CaptureFixture[str]) -> None:
    assert master("--simulate", "--seconds", "0.1", "--compare", "--output-format", "json") == 0
    document = json.loads(capsys.readouterr().out)
    assert [result["policy"] for result in document["runs"]] == [policy.value for policy in Policy]


def test_json_has_the_settings_and_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    options = (
        "--seed",
        "7",
        "--workers",
        "30",
        "--fork-rate",
        "6000",
        "--rate",
        "5",
        "--session",
        "3",
        "--signals",
        "9",
    )
    assert master("--simulate", "--seconds", "1", "--output-format", "json", *options) == 0
    document = json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    settings, (result,) = document["settings"], document["runs"]
    services = {service["name"]: service for service in settings["services"]}
    assert (settings["seed"], settings["signals"]["rate"], document["preset"]) == (7, 9.0, "storm")
    assert (services["delivery"]["desired"], services["delivery"]["lifetime"]) == (30, pytest.approx(0.01))
    assert (services["mail"]["clients"]["rate"], services["mail"]["clients"]["session"]) == (5.0, 3.0)
    assert services["mail"]["clients"]["end"] is None, "infinity"
    assert [stage["name"] for stage in result["stages"]] == list(STAGES)
    assert "messages" in result["starved"]
    assert result["counts"]["passes"] > 0


def test_the_plot_is_an_svg_that_names_each_stage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "time line.svg"
    assert master("--simulate", "--seconds", "1", "--compare", "repoll", "--plot", str(file)) == 0
    assert f"time line written to {file}" in capsys.readouterr().err
    texts = {element.text for element in ElementTree.parse(file).iter("{http://www.w3.org/2000/svg}text")}
    assert set(STAGES) <= texts
    assert any(text and "restart · signal-first" in text and "starved: schedule" in text for text in texts)
    assert any(text and "repoll · signal-first" in text and "no stage starved" in text for text in texts)


def test_the_plot_of_a_simulation_is_the_same_each_time(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    files = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for file in files:
        assert master("--simulate", "--seconds", "0.2", "--plot", str(file)) == 0
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rate", "-1"], "clients: rate is negative (-1)"),
        (["--session", "-0.5"], "clients: session is negative (-0.5)"),
        (["--signals", "-1"], "signals: rate is negative (-1)"),
        (["--workers", "0"], "0 workers: at least 1 is needed"),
        (["--fork-rate", "0"], "a fork rate of 0/s: it must be above 0 and finite"),
        (["--seconds", "0"], "seconds must be above 0"),
        (["--seconds", "nan"], "settings: seconds is nan"),
        (["--seconds", "inf"], "settings: seconds is inf"),
        (["--port", "70000"], "port 70000 is out of range"),
        (["--workers", "400"], "real mode starts at most 512: ask for fewer workers, or --simulate"),
        (["--preset", "incident"], "real mode starts at most 512"),
        (["--seconds", "301"], "real mode runs for at most 300 s"),
        (["--plot", "line.png"], "the name must end in .svg"),
        (["--plot", "no/such/place/line.svg"], "no such directory"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert master(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("unstall: ")
    assert message in err
    assert err.count("\n") == 1


def test_real_mode_on_another_system_is_refused_and_simulation_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(MasterError, match="needs Linux"):
        compare(["restart"], ["signal-first"], PRESETS["storm"].settings, simulate=False)
    assert compare(["restart"], ["signal-first"], PRESETS["storm"].settings)


@pytest.mark.parametrize(("policies", "kernels"), [(["continue"], ["ready-first"]), (["restart"], ["linux"])])
def test_unknown_names_are_refused_with_the_known_ones(policies: list[str], kernels: list[str]) -> None:
    with pytest.raises(MasterError, match="choose from re"):
        compare(policies, kernels)
