"""``python -m bench [TREE…]``: measures side by side, in one run, and writes RESULTS.md.

Beside ``unstall check`` stand grep, which is the floor, a walk that only lists and looks at the files, and with
``--peers FOLDER`` what a virtual environment holds of ast-grep and semgrep (``make bench-peers``), and spatch, with an
equivalent rule.
"""

import argparse
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from unstall import __version__

from bench.measure import Cost, measured
from bench.trees import PARTS, functions, linux, named_by_grep, part, sources

_RULES = Path(__file__).parent / "peers"
_LISTING = "import os, sys\nfor at, _, names in os.walk(sys.argv[1]):\n for name in names: os.lstat(at + '/' + name)"
_UNSTALL = [sys.executable, "-m", "unstall", "check", "--isolated", "--output-format", "concise"]
_FUNCTIONS = (10, 20, 40, 80)
_HEAD = "| | seconds | processor | MB |\n| --- | ---: | ---: | ---: |\n"


def main() -> int:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure unstall beside others.")
    parser.add_argument("trees", nargs="*", metavar="TREE", type=Path, help="folders (default: Linux's source)")
    parser.add_argument("--runs", type=int, default=5, help="runs of which the median is taken (default: 5)")
    parser.add_argument(
        "--peer-runs", type=int, metavar="N", help="runs of the peers, some of which take minutes (default: as many)"
    )
    parser.add_argument(
        "--patience", type=float, default=900, metavar="SECONDS", help="after which a peer is given up (default: 900)"
    )
    parser.add_argument("--peers", type=Path, metavar="FOLDER", help="a virtual environment with ast-grep and semgrep")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "RESULTS.md")
    arguments = parser.parse_args()
    trees = [tree.resolve() for tree in arguments.trees] or [linux()]
    runs, peer_runs = arguments.runs, arguments.peer_runs or arguments.runs
    parts = [_head(runs, peer_runs), _start_up(runs)]
    parts += [_tree(tree, arguments, peer_runs) for tree in trees]
    parts += [_growth(trees[0], runs), _per_function(runs)]
    arguments.output.write_text("\n".join(parts))
    return 0


def _head(runs: int, peer_runs: int) -> str:
    load = f"load {os.getloadavg()[0]:.1f} at the start"
    machine = f"{os.cpu_count()} processors ({platform.machine()}), Python {platform.python_version()}, {load}"
    return (
        "# Measurements\n\n"
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d} with unstall {__version__}: {machine}. "
        f"Medians of {runs} runs, of others than grep and unstall of {peer_runs}; the files are in the page cache. "
        "Processor time is of all processes, memory of the largest one. `cold` has no cache of ours, `warm` finds the "
        "whole tree in it. The rule of ast-grep, semgrep and spatch is for C: they don't look at Python.\n"
    )


def _start_up(runs: int) -> str:
    """What it costs to look at one small file, beside starting Python."""
    loop = functions(1)
    clean = loop.with_name("clean.c")
    clean.write_text("int main(void) { return 0; }\n")
    commands = {
        "`python -c pass`": [sys.executable, "-c", "pass"],
        "`unstall --version`": [sys.executable, "-m", "unstall", "--version"],
        "a clean file, as a hook names it": [sys.executable, "-m", "unstall", "check", "--isolated", str(clean)],
        "a clean file, with other options": [*_UNSTALL, "--no-cache", str(clean)],
        "a file with a finding and its patch": [*_UNSTALL, "--no-cache", str(loop)],
    }
    rows = [_row(name, measured(command, max(runs, 5)), digits=3) for name, command in commands.items()]
    return f"## Start-up\n\n{_HEAD}{''.join(rows)}"


def _commands(tree: Path) -> Iterator[tuple[str, list[str], bool]]:
    """What is measured on a tree: its name, the command, and whether each run starts afresh."""
    yield "`grep -rlE EINTR`", ["grep", "-rlE", "EINTR", str(tree)], False
    yield "list and stat", [sys.executable, "-c", _LISTING, str(tree)], False
    for jobs in ("1", "2"):
        yield f"unstall, cold, {jobs} jobs", [*_UNSTALL, "--no-cache", "--jobs", jobs, str(tree)], True
    yield "unstall, warm", [*_UNSTALL, "--jobs", "2", str(tree)], False


def _peers(tree: Path, peers: Path) -> Iterator[tuple[str, list[str]]]:
    """What is measured beside us."""
    ast_grep, semgrep = (peers / "bin" / name for name in ("ast-grep", "semgrep"))
    if ast_grep.exists():
        yield "ast-grep", [str(ast_grep), "scan", "--rule", f"{_RULES}/restart.ast-grep.yml", str(tree)]
    if semgrep.exists():
        quiet = ["scan", "--metrics=off", "--disable-version-check"]
        yield "semgrep", [str(semgrep), *quiet, "--config", f"{_RULES}/restart.semgrep.yml", str(tree)]
    if spatch := shutil.which("spatch"):
        yield "spatch", [spatch, "--very-quiet", "--sp-file", f"{_RULES}/restart.cocci", "--dir", str(tree)]


def _tree(tree: Path, arguments: argparse.Namespace, peer_runs: int) -> str:
    sizes = [path.stat().st_size for path in sources(tree)]
    rows = [_row(name, measured(command, arguments.runs, fresh)) for name, command, fresh in _commands(tree)]
    if arguments.peers is not None:
        patience = arguments.patience
        rows += [_peer_row(name, command, peer_runs, patience) for name, command in _peers(tree, arguments.peers)]
    rows += _named(tree, arguments)
    return f"## {tree.name}: {len(sizes):,} files of C and Python, {sum(sizes) / 1e6:,.0f} MB\n\n{_HEAD}{''.join(rows)}"


def _named(tree: Path, arguments: argparse.Namespace) -> Iterator[str]:
    """The same for the files that grep names, beside the fastest peer."""
    some = named_by_grep(tree)
    where = f"the {len(sources(some)):,} files that grep names"
    yield _row(
        f"unstall, 1 jobs, {where}", measured([*_UNSTALL, "--no-cache", "--jobs", "1", str(some)], arguments.runs)
    )
    for name, command in _peers(some, arguments.peers) if arguments.peers is not None else ():
        if name == "ast-grep":
            yield _row(f"{name}, {where}", measured(command, arguments.runs))


def _peer_row(name: str, command: list[str], runs: int, patience: float) -> str:
    try:
        return _row(name, measured(command, runs, rehearsed=False, patience=patience))
    except TimeoutError:
        return f"| {name} | more than {patience:.0f} | | |\n"


def _row(name: str, cost: Cost, digits: int = 2) -> str:
    print(name, cost, file=sys.stderr)
    return f"| {name} | {cost.seconds:.{digits}f} | {cost.processor:.{digits}f} | {cost.megabytes:.0f} |\n"


def _growth(tree: Path, runs: int) -> str:
    """Processor time for a tree's parts, each also for a megabyte."""
    rows = []
    for of in (*PARTS, 1):
        some = tree if of == 1 else part(tree, of)
        size = sum(path.stat().st_size for path in sources(some)) / 1e6
        cost = measured([*_UNSTALL, "--no-cache", "--jobs", "2", str(some)], runs)
        print(f"1/{of} {cost}", file=sys.stderr)
        rows.append(f"| 1/{of} | {size:,.1f} | {cost.processor:.2f} | {1000 * cost.processor / size:.1f} |\n")
    head = "| part | MB | processor | ms a MB |\n| --- | ---: | ---: | ---: |\n"
    return f"## Growth with the size of a tree ({tree.name})\n\n{head}{''.join(rows)}"


def _per_function(runs: int) -> str:
    """Processor time for files of ever more functions that wait."""
    rows = []
    for number in _FUNCTIONS:
        cost = measured([*_UNSTALL, "--no-cache", str(functions(number))], runs)
        print(f"{number} functions {cost}", file=sys.stderr)
        rows.append(f"| {number} | {cost.processor:.2f} | {1000 * cost.processor / number:.1f} |\n")
    head = "| functions | processor | ms a function |\n| ---: | ---: | ---: |\n"
    return f"## Growth with the functions of a file (each with a finding and a patch)\n\n{head}{''.join(rows)}"


if __name__ == "__main__":
    sys.exit(main())
