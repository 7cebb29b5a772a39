"""Work that falls into independent pieces, carried by whatever ``joblib.parallel_config`` says: Dask, Ray, processes.

Without such a word the caller does its work itself, in threads of this process.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import joblib
from joblib.parallel import LokyBackend, get_active_backend
from threadpoolctl import threadpool_limits

Job = TypeVar("Job")
Done = TypeVar("Done")

AHEAD = 2  # pieces a worker that are sent before their turn: few, so that a stop is quick
ALL = -1  # what joblib calls one worker a processor of whatever carries the work


def is_configured() -> bool:
    """Whether somebody said what carries the work."""
    backend, number = get_active_backend()
    return number is not None or not isinstance(backend, LokyBackend)


def carried(work: Callable[[Job], Done], jobs: Sequence[Job]) -> Iterator[Done]:
    """The results in the order of the jobs, as they are ready; closing it stops the rest.

    Parameters
    ----------
    work
        A function of a module, so that other processes find it.
    """
    results = _results(work, jobs)
    try:
        yield from results
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # joblib warns of work that is stopped, as it is meant to be
            results.close()


def _results(work: Callable[[Job], Done], jobs: Sequence[Job]) -> Generator[Done, None, None]:
    number = get_active_backend()[1]
    workers = ALL if number is None else int(number)
    calls = (joblib.delayed(_alone)(work, job) for job in jobs)
    ahead = f"{AHEAD}*n_jobs"
    try:
        parallel = joblib.Parallel(n_jobs=workers, return_as="generator", pre_dispatch=ahead, batch_size=1)
    except ValueError:  # a backend that gives nothing before it has everything
        several = AHEAD * joblib.effective_n_jobs(workers)
        while batch := list(islice(calls, several)):
            yield from joblib.Parallel(n_jobs=workers, batch_size=1)(batch)
    else:
        yield from parallel(calls)


def _alone(work: Callable[[Job], Done], job: Job) -> Done:
    with threadpool_limits(limits=1):  # the work is shared out already; the algebra in each piece is small
        return work(job)
