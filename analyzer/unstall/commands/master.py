"""``unstall master``: run the reference master under a policy and a kernel rule, and show what happens.

Thin: arguments to settings, `compare`, a report.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from unstall.cli import UsageError, say
from unstall.master.settings import KernelRule, MasterError, Policy, Service, Settings, Signals

if TYPE_CHECKING:
    from unstall.master.compare import Progress

_PRESETS = ("storm", "quiet", "incident")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.description = (
        "Run a reference master process whose loop handles an interrupted wait in a given way, under a storm of "
        "dying workers, and show which stages of the loop still run. Real processes and signals on Linux, over "
        "loopback only; --simulate runs anywhere, in virtual time."
    )
    policies = [policy.value for policy in Policy]
    kernels = [*(rule.value for rule in KernelRule), "both"]
    what = parser.add_argument_group("what to run")
    what.add_argument("--policy", choices=policies, default=Policy.RESTART.value, help="default: %(default)s")
    what.add_argument("--kernel", choices=kernels, default=KernelRule.SIGNAL_FIRST.value, help="default: %(default)s")
    what.add_argument(
        "--compare",
        nargs="*",
        choices=policies,
        metavar="POLICY",
        help="policies to run beside it; none named: all",
    )
    what.add_argument("--simulate", action="store_true", help="virtual time, no processes; deterministic")

    load = parser.add_argument_group("load")
    load.add_argument("--preset", choices=_PRESETS, default="storm", help="default: %(default)s")
    load.add_argument("--seconds", type=float, help="length of a run")
    load.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    load.add_argument("--workers", type=int, help="short-lived workers kept ready (storm: 24)")
    load.add_argument("--fork-rate", type=float, help="forks a second that keeping them would take (storm: 12000)")
    load.add_argument("--rate", type=float, help="new mail clients a second (storm: 8)")
    load.add_argument("--session", type=float, help="mean length of a mail session, seconds (storm: 2)")
    load.add_argument("--signals", type=float, help="SIGCHLDs a second from outside (0)")
    load.add_argument("--port", type=int, help="first TCP port on loopback (any free one)")

    output = parser.add_argument_group("output")
    output.add_argument("--output-format", choices=("text", "json"), default="text", help="default: %(default)s")
    output.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw the time line of the stages")


def run(args: argparse.Namespace) -> int:
    """Run the master and print what came of it. Raises UsageError where it can't run."""
    try:
        _run(args)
    except MasterError as error:
        raise UsageError(str(error)) from error
    return 0


def _run(args: argparse.Namespace) -> None:
    from rich.console import Console

    from unstall.master.compare import compare
    from unstall.master.plot import check_plot, plot
    from unstall.master.report import print_report, to_json

    settings = _settings(args)
    if args.plot is not None:
        check_plot(args.plot)
    kernels = list(KernelRule) if args.kernel == "both" else [args.kernel]
    policies = _policies(args.policy, args.compare)
    with _progress_line(settings.seconds) as progress:
        results = compare(policies, kernels, settings, simulate=args.simulate, progress=progress)
    if args.output_format == "json":
        print(to_json(args.preset, settings, results))
    else:
        terminal = sys.stdout.isatty()
        console = Console(width=None if terminal else 160)  # a pipe has no width to fold tables to
        print_report(console, args.preset, settings, results)
    if args.plot is not None:
        plot(results, args.plot)
        say(f"time line written to {args.plot}")


def _policies(first: str, others: list[str] | None) -> list[str]:
    """``--policy`` first, then what ``--compare`` adds, each once."""
    if others is None:
        return [first]
    return list(dict.fromkeys([first, *(others or Policy)]))


def _settings(args: argparse.Namespace) -> Settings:
    """The preset, with what the command line changes of it."""
    from unstall.master.presets import PRESETS

    settings = PRESETS[args.preset].settings
    given = {
        "seconds": args.seconds,
        "seed": args.seed,
        "port": args.port,
        "signals": None if args.signals is None else Signals(rate=args.signals),
        "services": tuple(_service(service, args) for service in settings.services),
    }
    return replace(settings, **{name: value for name, value in given.items() if value is not None})


def _service(service: Service, args: argparse.Namespace) -> Service:
    from unstall.master.presets import fork_rate_of, with_workers

    if service.name == "mail":
        changes = {"rate": args.rate, "session": args.session}
        given = {name: value for name, value in changes.items() if value is not None}
        return replace(service, clients=replace(service.clients, **given))
    if service.name == "delivery" and (args.workers is not None or args.fork_rate is not None):
        workers = service.desired if args.workers is None else args.workers
        fork_rate = fork_rate_of(service) if args.fork_rate is None else args.fork_rate
        return with_workers(service, workers, fork_rate)
    return service


@contextmanager
def _progress_line(seconds: float) -> Iterator["Progress"]:
    """A live line on stderr for each run, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:.1f} of {task.total:g} s"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting", total=seconds)

        def show(policy: Policy, rule: KernelRule, done: float) -> None:
            bar.update(task, description=f"{policy}, {rule}", completed=done)

        yield show
