"""As many links in the draws of who is who as the probabilities of the pairs expect.

The probability of a pair is worked out as if there were no other pairs. Together they cannot all be had: where a and b
may be one person, and b and c, and a and c are not, one of the two must go. A law of partitions made of the odds of
pairs therefore has fewer links than the pairs expect, and people would be counted twice. One number added to the log
odds of every pair puts that right, the same for all pairs: it is the prior of a pair, given that other pairs can rule
it out. Where links are clear it is close to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from darknumber.register.linkage.subsets import EXACT, NEVER, log_sums

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

LIMITS = (-3.0, 3.0)  # log odds; a prior that is further off is no matter of pairs that rule each other out
CLOSE = 1e-3  # of the expected links: far less than any estimate shows
MOST_STEPS = 16  # halvings at most: to within a ten-thousandth
SMALL = 1e-2  # log odds over which a slope is measured
MOST_LOOKED_AT = 500  # components of one size: the number of links in them is then known to a few in a hundred
_BOUND = NEVER / 2  # below this a pair was never to be one person, and stays so


def agreeing(components: Sequence[Array], reports: Sequence[Whole]) -> float:
    """What to add to the log odds of every pair of reports, so that the draws have the links that are expected.

    Parameters
    ----------
    components
        For components of one size after the other ``(C, n, n)`` log odds between their nodes.
    reports
        ``(C, n)`` how many reports are in each node.
    """
    looked_at = [
        (weights[:MOST_LOOKED_AT], numbers[:MOST_LOOKED_AT], len(weights) / min(len(weights), MOST_LOOKED_AT))
        for weights, numbers in zip(components, reports, strict=True)
        if weights.shape[1] <= EXACT
    ]
    expected = sum(times * _expected(weights, numbers) for weights, numbers, times in looked_at)
    if not expected:
        return 0.0

    def surplus(shift: float) -> float:
        drawn = sum(times * _drawn(shifted(weights, numbers, shift), numbers) for weights, numbers, times in looked_at)
        return (drawn - expected) / expected

    low, high = LIMITS
    middle = 0.0
    for _ in range(MOST_STEPS):
        found = surplus(middle)
        if abs(found) < CLOSE:
            break
        low, high = (middle, high) if found < 0 else (low, middle)
        middle = (low + high) / 2
    return middle


def shifted(weights: Array, reports: Whole, shift: float) -> Array:
    """``(C, n, n)`` weights between nodes, after adding `shift` to every pair of reports of two nodes."""
    pairs = _pairs(reports)
    return np.where(weights > _BOUND, weights + shift * pairs, weights)


def _pairs(reports: Whole) -> Array:
    """``(C, n, n)`` pairs of reports between two nodes; none within one."""
    pairs = (reports[:, :, None] * reports[:, None, :]).astype(np.float64)
    pairs[:, np.arange(reports.shape[1]), np.arange(reports.shape[1])] = 0.0
    return pairs


def _expected(weights: Array, reports: Whole) -> float:
    """The links that pairs expect one by one; those of a node with several reports together, as its weight is."""
    return float((expit(weights) * _pairs(reports)).sum()) / 2


def _drawn(weights: Array, reports: Whole) -> float:
    """The links that the draws have on average: how fast the sum over partitions grows with the prior of a pair."""
    ends = [log_sums(shifted(weights, reports, step))[1][:, -1] for step in (-SMALL, SMALL)]
    return float((ends[1] - ends[0]).sum()) / (2 * SMALL)
