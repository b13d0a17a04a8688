"""Configuration: the nearest file, what it may say, what goes before what, and what is wrong with it."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from unstall.cli import main
from unstall.options import OPTIONS, schema

from tests.programs import PUMP

OWN = """\
#include <errno.h>

void serve(struct loop *loop)
{
    for (;;) {
        int n = await_work(loop, 1000);

        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            give_up("await_work");
        if (n > 0)
            serve_ready(loop);
        sweep_sessions(loop);
    }
}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(**files: str) -> None:
    for name, text in files.items():
        path = Path(name.replace("__", "/").replace("_", "."))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


Check = Callable[..., tuple[int, str, str]]


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    def run(*words: str) -> tuple[int, str, str]:
        status = main(["check", "--output-format", "concise", *words])
        output = capsys.readouterr()
        return status, output.out, output.err

    return run


def test_rules_are_selected_and_ignored_by_code_prefix_and_name(check: Check) -> None:
    write(pump_py=PUMP)
    for words in (["UST101"], ["UST1"], ["restart-skips-stages"], ["ALL"], ["UST001,UST101"]):
        assert check("--select", *words, "pump.py")[0] == 1
        if words != ["ALL"]:
            assert check("--ignore", *words, "pump.py") == (0, "", "")


@pytest.mark.parametrize("name", ["unstall.toml", "pyproject.toml"])
def test_the_nearest_file_above_what_is_analysed(name: str, check: Check) -> None:
    head = "[tool.unstall]\n" if name == "pyproject.toml" else ""
    write(a__b__pump_py=PUMP, pyproject_toml="[tool.unstall]\nselect = ['UST101']\n")
    Path("a", name).write_text(f"{head}ignore = ['UST101']\n")
    Path("a/b/pyproject.toml").write_text("[tool.other]\n")  # says nothing of us
    assert check("a/b/pump.py")[0] == check("a/b")[0] == 0
    assert check("--isolated", "a/b")[0] == 1
    assert check("--config", "pyproject.toml", "a/b")[0] == 1


def test_the_command_line_goes_before_the_file(check: Check) -> None:
    write(pump_py=PUMP, unstall_toml="ignore = ['UST101']\n")
    assert check("pump.py")[0] == 0
    assert check("--ignore", "", "pump.py")[0] == 1


def test_severities_and_the_exit_status(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    write(pump_py=PUMP)
    for severity, status in (("error", 1), ("warning", 1), ("note", 0), ("off", 0)):
        write(unstall_toml=f"severity = {{ restart-skips-stages = '{severity}' }}\n")
        assert main(["check", "--output-format", "json", "pump.py"]) == status
        found = json.loads(capsys.readouterr().out)
        assert [item["severity"] for item in found] == ([] if severity == "off" else [severity])


def test_per_file_ignores_are_relative_to_the_file(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    write(src__pump_py=PUMP, old__pump_py=PUMP, unstall_toml="per-file-ignores = { '/old/' = ['UST101'] }\n")
    assert check(".")[1].startswith("src/pump.py:6:13") and check(".")[1].count("\n") == 1
    monkeypatch.chdir("old")
    assert check("pump.py")[0] == 0
    monkeypatch.chdir("../src")
    assert check("../old/pump.py")[0] == 0


def test_include_and_exclude_are_patterns_as_in_gitignore(check: Check) -> None:
    write(src__pump_py=PUMP, vendor__pump_py=PUMP, src__pump__gen_py=PUMP)

    def files(*words: str) -> list[str]:
        return [line.partition(":")[0] for line in check(*words)[1].splitlines()]

    assert files(".") == ["src/pump.py", "src/pump/gen.py", "vendor/pump.py"]
    assert files("--exclude", "vendor/", ".") == ["src/pump.py", "src/pump/gen.py"]
    assert files("--exclude", "vendor/", "--exclude", "gen.py", ".") == ["src/pump.py"]
    assert files("--include", "src/*.py", ".") == ["src/pump.py"]
    assert files("--exclude", "vendor/", "vendor/pump.py") == ["vendor/pump.py"]
    assert check("--force-exclude", "--exclude", "vendor/", "vendor/pump.py") == (0, "", "")


def test_own_waits_and_functions_that_do_not_return(check: Check) -> None:
    write(serve_c=OWN)
    write(unstall_toml="no-return = ['give_up']\n[[waits]]\nname = 'await_work'\ntimeout = 2\n")
    status, out, _ = check("serve.c")
    assert status == 1 and out.startswith("serve.c:9:13: UST101 ") and "a timeout would run" in out


def test_graph_draws_waits_of_the_projects_own(capsys: pytest.CaptureFixture[str]) -> None:
    write(serve_c="void serve(struct loop *l) { for (;;) { if (next_job(l, 10) > 0) run(l); sweep(l); } }\n")
    write(unstall_toml="[[waits]]\nname = 'next_job'\ntimeout = 2\n")
    assert main(["graph", "serve.c:1"]) == 0
    assert "next_job" in capsys.readouterr().out
    assert main(["graph", "--isolated", "serve.c:1"]) == 2
    Path("unstall.toml").rename("other.toml")
    assert main(["graph", "serve.c:1"]) == 2
    assert main(["graph", "--config", "other.toml", "serve.c:1"]) == 0


def test_macros_that_open_a_loop(check: Check) -> None:
    write(serve_c=OWN.replace("for (;;)", "UNTO_DEATH(loop)").replace("await_work(loop", "poll(fds, n"))
    assert check("serve.c")[0] == 0
    write(unstall_toml="foreach-macros = ['UNTO_DEATH']\n")
    assert check("serve.c")[1].startswith("serve.c:9:13: UST101 ")


def test_the_target_python_comes_from_requires_python(capsys: pytest.CaptureFixture[str]) -> None:
    write(pyproject_toml="[project]\nrequires-python = '>=3.9,<4'\n[tool.unstall]\n")
    assert main(["config"]) == 0
    assert 'target-python = "3.9"  # pyproject.toml: project.requires-python' in capsys.readouterr().out
    assert main(["config", "--target-python", "3.12"]) == 0
    assert 'target-python = "3.12"  # --target-python' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        ("setup.cfg", "[options]\npython_requires = >=3.7\n", "3.7"),
        ("setup.py", "setup(\n    name='relay',\n    python_requires='>=2.7, !=3.0.*',\n)\n", "2.7"),
        ("setup.py", "setup(**{'python_requires': '~=3.6'})\n", "3.6"),
        ("setup.py", "# python_requires='>=3.6' one day\nsetup()\n", ""),
        ("setup.py", "setup(python_requires=REQUIRED)\n", ""),
    ],
)
def test_the_target_python_comes_from_what_setuptools_is_told(
    name: str, text: str, version: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(name).write_text(text)
    assert main(["config"]) == 0
    told = f'target-python = "{version}"  # {name}: python_requires' if version else "# target-python is not set"
    assert told in capsys.readouterr().out
    Path("pyproject.toml").write_text("[project]\nrequires-python = '>=3.9'\n")
    assert main(["config"]) == 0
    assert 'target-python = "3.9"  # pyproject.toml' in capsys.readouterr().out


def test_the_target_python_is_that_of_the_project_whatever_configures_the_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(pyproject_toml="[project]\nrequires-python = '>=3.8'\n")
    assert main(["config"]) == 0
    assert 'target-python = "3.8"  # pyproject.toml: project.requires-python' in capsys.readouterr().out
    assert main(["config", "--isolated"]) == 0
    assert "# target-python is not set  # default" in capsys.readouterr().out
    write(unstall_toml="target-python = '2.7'\n")
    assert main(["config"]) == 0
    assert 'target-python = "2.7"  # unstall.toml: target-python' in capsys.readouterr().out


def test_a_rule_that_is_asked_for_by_name_is_applied_though_the_file_ignores_it(check: Check) -> None:
    write(pump_py=PUMP, unstall_toml="ignore = ['UST101', 'UST106']\n")
    assert check("pump.py")[0] == 0
    assert check("pump.py", "--select", "UST101")[0] == 1
    assert check("pump.py", "--select", "UST101", "--ignore", "UST101")[0] == 2


def test_config_shows_where_each_value_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    write(
        pyproject_toml="[tool.unstall]\nignore = ['UST101']\nper-file-ignores = { 'old/*' = ['ALL'] }\n"
        "[[tool.unstall.waits]]\nname = 'my_wait'\n"
    )
    assert main(["config", "--show", "--select", "ALL"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "# pyproject.toml"
    assert 'select = ["ALL"]  # --select' in lines
    assert 'ignore = ["UST101"]  # pyproject.toml: tool.unstall.ignore' in lines
    assert 'per-file-ignores = {"old/*" = ["ALL"]}  # pyproject.toml: tool.unstall.per-file-ignores' in lines
    assert "include = []  # default" in lines
    assert "# baseline is not set  # default" in lines
    assert len(lines) == 1 + len(OPTIONS)


def test_what_config_shows_is_a_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    write(unstall_toml="ignore = ['UST101']\nforce-exclude = true\n[[waits]]\nname = 'w'\nresults = [1, 2]\n")
    main(["config"])
    shown = capsys.readouterr().out
    Path("unstall.toml").write_text(shown)
    assert main(["config"]) == 0
    assert values(capsys.readouterr().out) == values(shown)


def values(shown: str) -> list[str]:
    return [line.partition("  # ")[0] for line in shown.splitlines()]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("slect = ['UST101']", "slect: no such option; did you mean select?"),
        ("per_file_ignores = {}", "per_file_ignores: no such option; did you mean per-file-ignores?"),
        ("select = []", "select: names no rule; leave it out for those that are on by default"),
        ("[tool.unstall]\nselect = ['UST101']", "tool: no such option; in this file the keys stand without [tool.unst"),
        ("select = 'UST101'", "select: must be an array of strings, not a string"),
        ("select = ['UST101', 3]", "select[1]: must be a string, not a number"),
        ("select = ['UST999']", "select: 'UST999' names no rule"),
        (
            "ignore = ['restart-skip-stages']",
            "ignore: 'restart-skip-stages' names no rule; did you mean restart-skips-",
        ),
        ("severity = { UST101 = 'fatal' }", 'severity.UST101: "fatal" is not one of error, warning, note, off'),
        ("severity = { UST7 = 'note' }", "severity: 'UST7' names no rule"),
        ("kernel = 'linux'", 'kernel: "linux" is not one of any, ready-first, signal-first'),
        ("target-python = '3'", 'target-python: "3" is not a version of Python such as "3.11"'),
        ("target-python = 3.11", 'target-python: a number is not a version of Python such as "3.11"'),
        ("force-exclude = 'yes'", "force-exclude: must be true or false, not a string"),
        ("[waits]\nname = 'x'", "waits: must be an array of tables, [[waits]]"),
        ("[[waits]]\nkind = 'sleep'", "waits[0]: needs a name"),
        ("[[waits]]\nname = 'x'\ntimeout = 0", "waits[0].timeout: must be an argument's number, counted from 1"),
        ("[[waits]]\nname = 'x'\ntime = 1", "waits[0].time: no such option; did you mean timeout?"),
        ("select = [", "not TOML: "),
        ("\udcff", "not UTF-8 (byte 0)"),
    ],
)
def test_a_broken_file_is_one_line_with_file_and_key(text: str, said: str, check: Check) -> None:
    write(pump_py=PUMP)
    Path("unstall.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    status, out, err = check("pump.py")
    assert (status, out) == (2, "")
    assert err.startswith(f"unstall: unstall.toml: {said}")
    assert err.count("\n") == 1


@pytest.mark.parametrize("text", ["tool = 3", 'tool = "unstall"'])
def test_a_pyproject_without_tables_is_one_line(text: str, check: Check) -> None:
    write(pump_py=PUMP, pyproject_toml=text)
    assert check("pump.py") == (2, "", "unstall: pyproject.toml: tool: must be a table\n")


@pytest.mark.skipif(os.name != "posix", reason="names of files are bytes")
def test_patterns_are_asked_about_names_that_are_no_text(check: Check) -> None:
    Path(os.fsdecode(b"\xff.py")).write_text(PUMP)
    write(unstall_toml='exclude = ["b*.py"]\n[per-file-ignores]\n"a*.py" = ["UST101"]\n')
    status, out, _ = check(".")
    assert (status, out.count("UST101")) == (1, 1)


def test_a_key_of_pyproject_is_named_in_full(check: Check) -> None:
    write(pump_py=PUMP, pyproject_toml="[tool.unstall]\nslect = []\n")
    assert check("pump.py")[2] == (
        "unstall: pyproject.toml: tool.unstall.slect: no such option; did you mean select?\n"
    )


def test_a_file_that_is_asked_for_must_be_there(check: Check) -> None:
    write(pump_py=PUMP)
    assert (
        check("--config", "gone.toml", "pump.py")[2] == "unstall: gone.toml: can't be read: No such file or directory\n"
    )


def test_a_selection_that_leaves_no_rule_is_none(check: Check) -> None:
    write(pump_py=PUMP)
    for words in (["--ignore", "ALL"], ["--select", "UST101", "--ignore", "UST1"]):
        assert check(*words, "pump.py")[::2] == (
            2, "unstall: --ignore: leaves no rule of those that are selected\n",
        )  # fmt: skip


def test_a_wrong_option_of_the_command_line_is_named(check: Check) -> None:
    write(pump_py=PUMP)
    assert check("--select", "UST9", "pump.py")[2].startswith("unstall: --select: 'UST9' names no rule")
    assert check("--select", "", "pump.py")[2].startswith("unstall: --select: names no rule")
    assert check("--kernel", "linux", "pump.py")[2].startswith('unstall: --kernel: "linux" is not one of any, ')


def test_the_schema_takes_what_we_take(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--schema"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown == schema()
    validator = jsonschema.Draft202012Validator(shown)
    validator.check_schema(shown)
    validator.validate({"select": ["ALL"], "severity": {"UST101": "off"}, "waits": [{"name": "x", "timeout": 1}]})
    mistakes: list[dict[str, object]] = [
        {"slect": []},
        {"kernel": "linux"},
        {"waits": [{"kind": "sleep"}]},
        {"waits": [{"name": 3}]},
    ]
    assert not any(map(validator.is_valid, mistakes))
