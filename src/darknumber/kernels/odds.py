"""The odds ratio of a two-by-two table with its exact conditional interval (Fisher 1935; Cornfield 1956).

With both margins given, the number in the first cell has a noncentral hypergeometric law with one parameter, the odds
ratio. Its logarithm is the natural parameter of an exponential family, so that tails rise with it and their slopes are
differences of means: Newton's method inside a bracket finds each limit in a few steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, log, nan

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

Array = NDArray[np.float64]

TOLERANCE = 1e-10  # of a log odds ratio; far below what a count of people can tell
MAX_STEPS = 200  # halvings alone need fewer than fifty from the widest bracket
WIDEST = 700.0  # of a log odds ratio: beyond this its exponential is not a number
REACH = 40.0  # standard deviations from the number seen beyond which no term of a sum is above exp(-700)


@dataclass(frozen=True, slots=True, kw_only=True)
class OddsRatio:
    """An odds ratio and its limits.

    Parameters
    ----------
    estimate
        The conditional maximum likelihood estimate: the odds ratio at which the expected number in the first cell is
        the number seen. 0 or ``inf`` where that is the least or most the margins allow, ``nan`` where they allow only
        one number, so that the table says nothing.
    lower, upper
        The exact limits; 0 and ``inf`` where there is no limit.
    """

    estimate: float
    lower: float
    upper: float


def odds_ratio(both: int, first: int, second: int, neither: int, level: float = 0.95) -> OddsRatio:
    """The conditional odds ratio of the table ``[[both, first], [second, neither]]``.

    Parameters
    ----------
    both, first, second, neither
        Counts, 0 or more.
    level
        Confidence level. Each limit is the odds ratio at which a number as far out as the one seen has a chance of
        ``(1 - level) / 2``; the interval covers at least as often as its level says.
    """
    least = max(0, both - neither)  # the fewest in the first cell with these margins
    most = both + min(first, second)
    if least == most:
        return OddsRatio(estimate=nan, lower=0.0, upper=inf)
    reach = int(REACH / sum(1 / (cell + 1) for cell in (both, first, second, neither)) ** 0.5) + 1
    numbers = np.arange(max(least, both - reach), min(most, both + reach) + 1)
    weights = _log_ways(numbers, both + first, second + neither, both + second)
    tail = log((1 - level) / 2)
    seen = both - int(numbers[0])
    lower = 0.0 if both == least else exp(_where_tail(numbers, weights, seen, tail))
    upper = inf if both == most else exp(-_where_tail(-numbers[::-1], weights[::-1], len(numbers) - 1 - seen, tail))
    if both in (least, most):
        return OddsRatio(estimate=0.0 if both == least else inf, lower=lower, upper=upper)
    return OddsRatio(estimate=exp(_where_mean(numbers, weights, both)), lower=lower, upper=upper)


def _log_ways(numbers: NDArray[np.int64], row: int, other_row: int, column: int) -> Array:
    """``(numbers,)`` log of how many ways there are to have so many in the first cell, apart from a constant."""
    first, second = numbers.astype(np.float64), column - numbers.astype(np.float64)
    ways: Array = -(
        gammaln(first + 1) + gammaln(row - first + 1) + gammaln(second + 1) + gammaln(other_row - second + 1)
    )
    return ways


def _where_tail(numbers: NDArray[np.int64], weights: Array, seen: int, tail: float) -> float:
    """The log odds ratio at which the log chance of ``numbers[seen]`` or more is `tail`.

    The log chance is concave and rises with the log odds ratio; its slope is the mean above less the mean of all.
    """
    low, high, place = -WIDEST, WIDEST, _middle(numbers, weights, int(numbers[seen]))
    for _ in range(MAX_STEPS):
        tilted = weights + place * numbers
        above = tilted[seen:]
        reached = float(logsumexp(above) - logsumexp(tilted)) - tail
        slope = _mean(numbers[seen:], above) - _mean(numbers, tilted)
        low, high = (place, high) if reached < 0 else (low, place)
        following = _inside(place - reached / slope if slope > 0 else nan, low, high)
        if abs(following - place) < TOLERANCE:
            return following
        place = following
    return place


def _where_mean(numbers: NDArray[np.int64], weights: Array, wanted: int) -> float:
    """The log odds ratio at which the mean is `wanted`."""
    low, high, place = -WIDEST, WIDEST, _middle(numbers, weights, wanted)
    for _ in range(MAX_STEPS):
        tilted = weights + place * numbers
        mean = _mean(numbers, tilted)
        spread = _mean((numbers - mean) ** 2, tilted)
        low, high = (place, high) if mean < wanted else (low, place)
        following = _inside(place - (mean - wanted) / spread if spread > 0 else nan, low, high)
        if abs(following - place) < TOLERANCE:
            return following
        place = following
    return place


def _middle(numbers: NDArray[np.int64], weights: Array, wanted: int) -> float:
    """A start: the log odds ratio at which the number wanted is about the most likely one."""
    place = int(np.clip(wanted - numbers[0], 1, len(numbers) - 1))
    start = float(weights[place - 1] - weights[place])
    return float(np.clip(start, 1 - WIDEST, WIDEST - 1))


def _inside(step: float, low: float, high: float) -> float:
    """A Newton step where it stays inside the bracket, else its middle."""
    return step if low < step < high else (low + high) / 2


def _mean(values: NDArray[np.int64] | NDArray[np.floating], log_weights: Array) -> float:
    weights = np.exp(log_weights - log_weights.max())
    return float(weights @ values / weights.sum())
