"""Lists that follow each other in time, where being on one changes the chance of being on the next.

What happens to a person after the first list says nothing about how many people were never on any, because only the
chance of a *first* list is shared with them. So the dark figure rests on how quickly first lists dry up: ``u_1, u_2,
..., u_t`` people have their first list at 1, 2, ..., t, which falls off like ``p (1 - p)^(i-1)``. What is left after
the last list is the dark figure (Moran 1951; Zippin 1956; in log-linear form Rivest & Baillargeon 2007). Where first
lists do not fall off there is nothing to read a chance from, and the dark figure has no upper limit.

In the functions below ``first`` is ``(B, m)`` people by first list, of the lists that share one chance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from darknumber.kernels import verdicts
from darknumber.kernels.cells import Cells, covariance, make_cells, maximise_cells_many
from darknumber.kernels.histories import list_counts

Array = NDArray[np.float64]

ADDITIONS = (2.0, -1.0, -1.0)  # to people by first list, against bias (Rivest & Levesque 2001; METHODS A9)


def by_first_list(counts: Array, lists: int) -> Array:
    """``(B, K)`` people by their first list, from ``(B, 2**K)`` counts."""
    found = np.zeros((len(counts), lists))
    for history in range(1, 1 << lists):
        found[:, (history & -history).bit_length() - 1] += counts[:, history]
    return found


def removal_verdict(first: Array) -> NDArray[np.int8]:
    """``(B,)`` verdicts.

    Infinite where people come on average no earlier than halfway; zero where all come at once; not identified where
    nobody comes or there is one list only.
    """
    people, lists = first.sum(axis=1), first.shape[1]
    later = first @ np.arange(lists)
    found = np.full(len(first), verdicts.ESTIMABLE, dtype=np.int8)
    found[later == 0] = verdicts.ZERO
    found[2 * later >= (lists - 1) * people] = verdicts.INFINITE
    found[(people == 0) | (lists < 2)] = verdicts.NOT_IDENTIFIED
    return found


def removal_dark(first: Array) -> Array:
    """``(B,)`` people left after the last list; a number only where the verdict says so."""
    level, slope = _curve(first)
    with np.errstate(divide="ignore", invalid="ignore"):
        left: Array = np.exp(level + first.shape[1] * slope) / -np.expm1(slope)
    return left


def removal_variance(first: Array) -> float:
    """Variance of the estimate of one table for a fixed population, which must be estimable."""
    lists = first.shape[1]
    cells = _cells(lists)
    (theta,), (inside,) = maximise_cells_many(cells, first)
    mu = np.exp(cells.rows @ theta)
    scale = np.array([1.0, 1.0 / (lists - 1)])
    spread = covariance(cells, mu, inside) * np.outer(scale, scale)
    share = np.exp(theta[1] * scale[1])  # of those still unlisted who are not on the next list
    whole = np.exp(theta[0]) / (1 - share)
    gradient = whole * np.array([1.0, share / (1 - share)])
    return float(gradient @ spread @ gradient - whole)


def removal_expected(first: Array) -> Array:
    """``(B, m)`` expected people by first list."""
    level, slope = _curve(first)
    return np.exp(level[:, None] + slope[:, None] * np.arange(first.shape[1]))


def removal_likelihood(first: Array, dark: float) -> float:
    """Log-likelihood of one table, ``(m,)``, at its best chance for a dark figure; not the ways to choose people."""
    people, lists = float(first.sum()), len(first)
    passed_over = float(first @ np.arange(lists)) + dark * lists
    tries = people + passed_over
    return float(xlogy(people, people / tries) + xlogy(passed_over, passed_over / tries)) if tries else 0.0


def expected_histories(first: Array, counts: Array) -> Array:
    """``(2**K,)`` expected counts by history: ``(K,)`` first lists as given, and one chance of each list after them."""
    lists = len(first)
    histories = np.arange(1, 1 << lists)
    place = np.array([(int(history) & -int(history)).bit_length() - 1 for history in histories])
    again, chances = list_counts(histories) - 1, lists - 1 - place
    took, had = float(counts[1:] @ again), float(counts[1:] @ chances)
    share = took / had if had else 0.0
    found = np.zeros(1 << lists)
    found[1:] = first[place] * share**again * (1 - share) ** (chances - again)
    return found


def _curve(first: Array) -> tuple[Array, Array]:
    """Level and slope of the log expected people by first list, counted from the first: ``(B,)`` each.

    The slope is the log of a chance and never above zero; where nothing falls off it is zero, the level the average.
    """
    lists = first.shape[1]
    theta, _ = maximise_cells_many(_cells(lists), first)
    flat = np.isin(removal_verdict(first), (verdicts.INFINITE, verdicts.NOT_IDENTIFIED))
    with np.errstate(divide="ignore"):
        average = np.log(first.mean(axis=1))
    return np.where(flat, average, theta[:, 0]), np.where(flat, 0.0, theta[:, 1] / max(lists - 1, 1))


def _cells(lists: int) -> Cells:
    place = np.arange(lists, dtype=np.float64)
    return make_cells(np.column_stack([np.ones(lists), place]), np.array([1.0, 0.0]))
