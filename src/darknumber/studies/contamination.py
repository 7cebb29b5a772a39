"""Errors in the lists themselves: links that were missed or false, and records that should not be there.

The table is corrected for errors of a given rate and the model is fitted anew to what is left (METHODS E1, E4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.inference.bootstrap import Progress, in_order
from darknumber.kernels.linkage import true_counts
from darknumber.kernels.summaries import sum_draws
from darknumber.models import Fit
from darknumber.models.base import settled

Array = NDArray[np.float64]

PIECE = 8  # tables that are fitted between two signs of life


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkage:
    """The total against the rates of missed and false links.

    Parameters
    ----------
    missed
        ``(M,)`` shares of people on several lists who are in the table as two people.
    false
        ``(F,)`` shares of people on one list who are in the table as one with somebody else.
    estimate
        ``(M, F)`` the total after correction; ``nan`` where the rate cannot be, or nothing is identified.
    missed_crossing, false_crossing
        The rate at which the total is at the threshold, the other rate being nil; None within the rates looked at, and
        without a threshold.
    """

    missed: tuple[float, ...]
    false: tuple[float, ...]
    estimate: Array
    missed_crossing: float | None = None
    false_crossing: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimmed:
    """The total against the share of records that should not be there, all of them of people on that list only.

    Parameters
    ----------
    lists
        The list, or all of them.
    share
        ``(E,)`` of the people on the list.
    estimate
        ``(E,)`` the total of those who should be there; ``nan`` where fewer are on that list only, or nothing is
        identified.
    crossing
        The share at which the total is at the threshold; None within the shares looked at, and without a threshold.
    """

    lists: tuple[str, ...]
    share: tuple[float, ...]
    estimate: Array
    crossing: float | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """Tables to be fitted, each with its place in the answer.

    Parameters
    ----------
    linkage, trimmed
        ``(M, F)`` and ``(1 + K, E)`` numbers of tables, -1 where there is none.
    tables
        ``(tables, strata, 2**K)``.
    """

    linkage: NDArray[np.int64]
    trimmed: NDArray[np.int64]
    tables: Array


def planned(fit: Fit, missed: Sequence[float], false: Sequence[float], erroneous: Sequence[float]) -> Job:
    """All tables that the grids ask for; the table as it is comes first."""
    y, lists = fit.data.dense(), len(fit.data.lists)
    tables = [y]

    def place(table: Array | None) -> int:
        if table is None or not np.isfinite(table).all():
            return -1
        if np.array_equal(table, y):
            return 0
        tables.append(table)
        return len(tables) - 1

    linkage = [[place(true_counts(y, one, other) if one or other else y) for other in false] for one in missed]
    every = list(range(lists))
    sets = [every, *([j] for j in every)]
    trimmed = [[place(without_erroneous(y, each, share)) for share in erroneous] for each in sets]
    return Job(np.array(linkage), np.array(trimmed), np.stack(tables))


def without_erroneous(y: Array, lists: Sequence[int], share: float) -> Array | None:
    """The counts without a share of the records of some lists, all of people on that list only.

    Parameters
    ----------
    y
        ``(strata, 2**K)`` counts.
    lists
        Which lists.
    share
        Of the people on each.

    Returns
    -------
    Array or None
        None where fewer people than that are on that list only.
    """
    histories = np.arange(y.shape[1])
    left = y.copy()
    for j in lists:
        wrong = share * float(y[:, histories >> j & 1 == 1].sum())
        alone = float(y[:, 1 << j].sum())
        if wrong > alone:
            return None
        if alone:
            left[:, 1 << j] *= 1 - wrong / alone
    return left


def totals(fit: Fit, tables: Array, workers: int, progress: Progress | None, done: int, whole: int) -> Array:
    """``(tables,)`` the total of the same model on other tables; ``inf`` or ``nan`` where the verdict says so.

    Parameters
    ----------
    workers
        Threads.
    progress
        Called between pieces of work, with how much of `whole` is done, `done` before it begins.
    """
    together = np.zeros(tables.shape[1], dtype=np.int64)

    def work(piece: Array) -> Array:
        again = settled(fit.model, fit, piece)
        found: Array = sum_draws(again.observed + again.unobserved, together, 1)[:, 0]
        return found

    pieces = [tables[start : start + PIECE] for start in range(0, len(tables), PIECE)]
    found = []
    for piece in in_order(work, pieces, workers):
        found.append(piece)
        if progress is not None:
            progress(done + sum(map(len, found)), whole, "sensitivity")
    return np.concatenate(found)


def grids(
    fit: Fit,
    job: Job,
    found: Array,
    missed: Sequence[float],
    false: Sequence[float],
    erroneous: Sequence[float],
    threshold: float | None,
) -> tuple[Linkage, tuple[Trimmed, ...]]:
    """The totals in their places, and where each path crosses the threshold.

    Parameters
    ----------
    found
        ``(tables,)`` the totals.
    """
    padded = np.append(found, np.nan)  # the last one is where there is no table
    linkage, trimmed = padded[job.linkage], padded[job.trimmed]
    nil = [list(rates).index(0.0) if 0.0 in rates else None for rates in (missed, false)]
    names = [fit.data.lists, *((name,) for name in fit.data.lists)]
    return (
        Linkage(
            missed=tuple(missed),
            false=tuple(false),
            estimate=linkage,
            missed_crossing=None if nil[1] is None else crossing(missed, linkage[:, nil[1]], threshold),
            false_crossing=None if nil[0] is None else crossing(false, linkage[nil[0]], threshold),
        ),
        tuple(
            Trimmed(lists=each, share=tuple(erroneous), estimate=row, crossing=crossing(erroneous, row, threshold))
            for each, row in zip(names, trimmed, strict=True)
        ),
    )


def crossing(rates: Sequence[float], values: Array, threshold: float | None) -> float | None:
    """The first rate at which a path of totals is at a threshold, on straight lines between its points; or None."""
    if threshold is None:
        return None
    order = np.argsort(rates)
    at, above = np.asarray(rates)[order], values[order] - threshold
    for left in range(len(at) - 1):
        first, second = above[left], above[left + 1]
        if np.isfinite([first, second]).all() and (first <= 0 <= second or second <= 0 <= first) and first != second:
            return float(at[left] + (at[left + 1] - at[left]) * first / (first - second))
    return None
