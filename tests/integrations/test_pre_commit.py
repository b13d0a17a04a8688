"""The hooks, run by the real pre-commit in a scratch repository: they find, block, fix, and let pass."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "poll-server" / "bad.c"
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))


def run(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """A command in the repository; `unstall` and `pre-commit` are those of the tests' own environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    identity = {
        f"GIT_{who}_{what}": "someone@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    return subprocess.run(
        words, check=check, capture_output=True, text=True, env={**os.environ, **identity, "PATH": path}
    )


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository with a hook cache of its own."""
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    folder = tmp_path / "repository"
    folder.mkdir()
    monkeypatch.chdir(folder)
    run("git", "init", "-q")
    return folder


def install(*hooks: str) -> None:
    """Our hooks as the repository's own: all that they say but for the installation."""
    chosen = [{**hook, "language": "system"} for hook in HOOKS if hook["id"] in hooks]
    Path(".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": chosen}]}))
    run("pre-commit", "install")


def commit(message: str) -> subprocess.CompletedProcess[str]:
    run("git", "add", "-A")
    return run("git", "commit", "-m", message, check=False)


def test_the_manifest_is_valid() -> None:
    done = run("pre-commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml"), check=False)
    assert done.returncode == 0, done.stdout


def test_a_commit_is_blocked_until_it_is_fixed(repository: Path) -> None:
    install("unstall", "unstall-fix")
    shutil.copy(SAMPLE, "server.c")
    blocked = commit("Add a server")
    assert blocked.returncode == 1
    assert "server.c:222:5: UST101" in blocked.stderr + blocked.stdout
    assert "files were modified by this hook" in blocked.stderr + blocked.stdout
    done = commit("Add a server")
    assert done.returncode == 0, done.stderr
    assert run("git", "status", "--porcelain").stdout == ""


def test_lint_alone_changes_nothing(repository: Path) -> None:
    install("unstall")
    shutil.copy(SAMPLE, "server.c")
    assert commit("Add a server").returncode == 1
    assert Path("server.c").read_bytes() == SAMPLE.read_bytes()


def test_a_reason_lets_it_pass(repository: Path) -> None:
    install("unstall")
    text = SAMPLE.read_text()
    Path("server.c").write_text(
        text.replace("\t\t\t\tcontinue;", "\t\t\t\tcontinue; /* unstall: ignore[UST101] a toy */", 1)
    )
    done = commit("Add a server")
    assert done.returncode == 0, done.stderr


def test_what_the_project_excludes_stays_excluded(repository: Path) -> None:
    install("unstall")
    Path("unstall.toml").write_text("exclude = ['vendor/']\n")
    Path("vendor").mkdir()
    shutil.copy(SAMPLE, "vendor/server.c")
    assert commit("Add a server").returncode == 0


def test_other_files_are_not_looked_at(repository: Path) -> None:
    install("unstall")
    Path("notes.txt").write_text("poll(fds, 1, -1) == -1 && errno == EINTR\n")
    done = commit("Add notes")
    assert done.returncode == 0 and "no files to check" in done.stderr + done.stdout


@pytest.mark.network
def test_it_installs_from_this_repository(repository: Path, tmp_path: Path) -> None:
    """As a user has it: pre-commit clones the repository and installs it."""
    head = run("git", "-C", str(ROOT), "rev-parse", "HEAD").stdout.strip()
    repo = {"repo": ROOT.as_uri(), "rev": head, "hooks": [{"id": "unstall"}]}
    Path(".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [repo]}))
    shutil.copy(SAMPLE, "server.c")
    run("git", "add", "-A")
    installed = run("pre-commit", "install-hooks", check=False)
    if any(sign in installed.stdout for sign in ("No matching distribution", "Connection", "Temporary failure")):
        pytest.skip("the package registry can't be reached")
    assert installed.returncode == 0, installed.stdout
    done = run("pre-commit", "run", check=False)
    assert done.returncode == 1 and "server.c:222:5: UST101" in done.stdout
