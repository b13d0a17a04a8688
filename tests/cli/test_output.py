"""Where findings go: formats, files, several at once, and what CI systems expect."""

import json
from pathlib import Path

import pytest
from unstall.cli import main

LOOP = """\
def pump(poller, timers):
    while True:
        try:
            events = poller.poll(500)
        except select.error:
            continue
        for descriptor, event in events:
            handle(descriptor, event)
        timers.run()
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("pump.py").write_text(LOOP)
    return tmp_path


def test_a_file_instead_of_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--output-format", "json", "--output-file", "out.json", "pump.py"]) == 1
    assert capsys.readouterr().out == ""
    assert json.loads(Path("out.json").read_text())[0]["line"] == 6


def test_several_formats_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--output-format", "concise", "--also", "sarif=out.sarif", "--also", "gitlab=quality.json"]
    assert main(["check", *words, "pump.py"]) == 1
    assert capsys.readouterr().out.startswith("pump.py:6:13: UST101 ")
    assert json.loads(Path("out.sarif").read_text())["runs"][0]["results"]
    assert json.loads(Path("quality.json").read_text())[0]["severity"] == "major"


@pytest.mark.parametrize("also", ["sarif", "sarif=", "pdf=x", "=x"])
def test_what_is_no_format_and_file(also: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["check", "--also", also, "pump.py"])
    assert left.value.code == 2
    assert "is not FORMAT=FILE" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["--output-file", "f", "--also", "sarif=f"], ["--also", "json=f", "--also", "sarif=f"]]
)
def test_two_reports_do_not_go_into_one_file(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *words, "."]) == 2
    assert capsys.readouterr().err == "unstall: f: can't be written twice\n"
    assert not Path("f").exists()


@pytest.mark.parametrize("path", ["gone/out.json", "folder", "pump.py/out.json"])
@pytest.mark.parametrize("option", ["--output-file=", "--also=json="])
def test_a_file_that_cannot_be_written_is_said_before_the_work(
    option: str, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("folder").mkdir()
    assert main(["check", option + path, "pump.py"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(f"unstall: {path}: can't be written: ")
    assert output.err.count("\n") == 1


def test_github_actions_gets_annotations_and_a_summary(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    Path("summary.md").write_text("before\n")
    assert main(["check", "pump.py"]) == 1
    assert "\n::error file=pump.py,line=6,endLine=6,col=13,endColumn=21,title=UST101" in capsys.readouterr().out
    assert Path("summary.md").read_text().startswith("before\n### unstall: 1 finding\n")


def test_a_summary_that_cannot_be_written_costs_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "gone/summary.md")
    assert main(["check", "--output-format", "github", "pump.py"]) == 1
    output = capsys.readouterr()
    assert "\n::error " in output.out and output.err.startswith("unstall: gone/summary.md: ")


def test_gitlab_gets_its_report_and_the_log_is_for_people(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITLAB_CI", "true")
    assert main(["check", "pump.py"]) == 1
    output = capsys.readouterr()
    assert json.loads(output.out)[0]["location"] == {"path": "pump.py", "lines": {"begin": 6, "end": 6}}
    assert output.err.startswith("pump.py:6:13: UST101 ")


def test_what_is_asked_for_wins_over_the_ci(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    main(["check", "--output-format", "concise", "pump.py"])
    assert capsys.readouterr().out.startswith("pump.py:6:13: UST101 ")


def test_clean_input_is_an_empty_report_in_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    Path("pump.py").write_text("x = 1\n")
    for name, shown in (("json", "[]\n"), ("json-lines", ""), ("gitlab", "[]\n"), ("concise", ""), ("azure", "")):
        assert main(["check", "--output-format", name, "pump.py"]) == 0
        assert capsys.readouterr().out == shown
