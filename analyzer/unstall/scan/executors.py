"""Where a scan's projects are analysed: on this machine, or on a cluster that is there already."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib import import_module
from typing import Any

from unstall.scan.project import Result, analysed_apart

Executor = Callable[[Sequence[str]], Iterator[Result]]
"""Takes projects and gives their results, in the order in which they are finished."""


class ExecutorError(Exception):
    """An executor that there isn't, and why, in words."""


def here(jobs: int) -> Executor:
    """So many projects at a time, each in a process of its own."""

    def each(projects: Sequence[str]) -> Iterator[Result]:
        pool = ThreadPoolExecutor(jobs)
        try:
            for done in as_completed([pool.submit(analysed_apart, project) for project in projects]):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)

    return each


def on_dask(address: str) -> Executor:
    """On the workers of a dask cluster, where this package is installed and the projects have the same paths."""
    try:
        distributed: Any = import_module("distributed")  # not typed
    except ImportError as error:
        raise ExecutorError("needs distributed: pip install 'unstall[dask]'") from error

    def each(projects: Sequence[str]) -> Iterator[Result]:
        if not projects:
            return
        try:
            client = distributed.Client(address, timeout="10s")
        except OSError as error:
            raise ExecutorError("no dask scheduler answers there") from error
        with client:
            for done in distributed.as_completed(client.map(analysed_apart, projects, pure=False)):
                yield done.result()

    return each


def executor(name: str | None, jobs: int) -> Executor:
    """The executor by what the command line calls it. Raises ExecutorError."""
    if name is None:
        return here(jobs)
    kind, _, address = name.partition("://")
    if kind != "dask" or not address:
        raise ExecutorError("is not dask://HOST:PORT")
    return on_dask(f"tcp://{address}")
