"""Sums of cells of which some counts are upper limits: lists that also hold people who are not meant (METHODS 1b).

Of such a row it is known that no more than so many belong: its likelihood is ``P(Y <= y)``, Y Poisson. The EM algorithm
(Dempster, Laird & Rubin 1977) puts in its place the number expected to belong, ``E(Y | Y <= y)``, and fits again.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from darknumber.kernels.composite import Composite, maximise_composite, row_sums
from darknumber.kernels.jit import jit
from darknumber.kernels.joint import log_below

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

ROUNDS = 5_000
SETTLED = 1e-9  # of all people: what a round still moves


@jit
def maximise_below(
    theta: Array, y: Array, limit: Mask, part: Index, whole: Index, at: Composite, odds: Array, mean: Array
) -> tuple[Array, bool]:
    """Maximise from ``theta`` (p,), in place; ``odds`` (cells,) are left at the expected counts of the cells.

    Parameters
    ----------
    y
        ``(rows,)`` counts.
    limit
        ``(rows,)`` which of them are upper limits.
    part, whole
        ``(rows,)`` numbers: of rows in which the same values are recorded of people with the same history, and of all
        rows of these people. Which values are recorded of them is what it is among those counted.
    mean
        ``(rows,)`` filled with what is expected in each row.

    Returns
    -------
    tuple
        ``(rows,)`` the counts with those in the place of upper limits that are expected to belong, and whether the
        maximum was reached.
    """
    counts, people = y.copy(), y.sum()
    for _ in range(ROUNDS):
        _, arrived = maximise_composite(theta, counts, at, odds)
        row_sums(odds, at, mean)
        parts, wholes = np.zeros(part.max() + 1), np.zeros(whole.max() + 1)
        for r in range(y.shape[0]):
            parts[part[r]] += counts[r]
            wholes[whole[r]] += counts[r]
        most = 0.0
        for r in range(y.shape[0]):
            if wholes[whole[r]] > 0.0:
                mean[r] *= parts[part[r]] / wholes[whole[r]]
            if limit[r]:
                belong = 0.0
                if y[r] > 0.0 and mean[r] > 0.0:
                    belong = max(mean[r] - log_below(y[r], math.log(mean[r]))[1], 0.0)
                most = max(most, abs(belong - counts[r]))
                counts[r] = belong
        if most <= SETTLED * people:
            return counts, arrived
    return counts, False


def log_chance(y: Array, mean: Array, limit: Mask) -> float:
    """The log-likelihood of rows ``y`` with these expected counts, of which some are upper limits."""
    known, some = ~limit, limit & (mean > 0)
    value = float(xlogy(y[known], mean[known]).sum() - mean[known].sum() - gammaln(y[known] + 1).sum())
    return value + sum(float(log_below(n, math.log(each))[0]) for n, each in zip(y[some], mean[some], strict=True))
