"""Times one piece of work."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from threadpoolctl import threadpool_limits

REPEATS = 3  # the best of three: other work on the machine can only slow us down


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A time that somebody else's program took.

    Parameters
    ----------
    name
        The program and the call.
    seconds
        As recorded, for as much work as ours.
    """

    name: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A piece of work to be timed.

    Parameters
    ----------
    name
        What is done, for a reader.
    prepare
        Reads the data and fits what is not to be timed; returns the work itself.
    times
        How often the work is done within one call, such as the number of replicates.
    peers
        Whom to compare with.
    """

    name: str
    prepare: Callable[[], Callable[[], object]]
    times: int = 1
    peers: tuple[Peer, ...] = ()


def seconds(case: Case, repeats: int = REPEATS) -> float:
    """CPU seconds for the work done once: the least of `repeats`, after one that compiles the kernels."""
    with threadpool_limits(limits=1):  # as in `estimate`; idle threads of a linear algebra library also burn CPU time
        work = case.prepare()
        work()
        return min(_timed(work) for _ in range(repeats)) / case.times


def _timed(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before
