"""How well a pipeline did on populations of known size, each number with its Monte Carlo error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels import verdicts
from darknumber.lab.runs import Runs

Array = NDArray[np.float64]

# An interval without an upper limit must have a finite score, or one such answer would hide all others: it counts as
# one that ends at 100 times the people on some list. On the published tables estimates are 2 to 20 times that number.
CAP = 100.0
# A share is told with the standard error of the share with two successes and two failures more (Agresti & Coull 1998),
# which is not zero where all intervals hold the truth.
ADDED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How a pipeline did; errors are Monte Carlo standard errors, of so few populations.

    Parameters
    ----------
    populations
        How many.
    bias, bias_error
        Median of the estimate over the truth, minus 1. An infinite estimate is above all others; what is not
        identified or refused is left out.
    mean_bias
        Mean of the same over the finite estimates.
    rmse
        Root mean square of the logarithm of the finite estimates over the truth.
    coverage, coverage_error
        Share of the populations whose interval holds the truth. No answer holds nothing.
    coverage_80, coverage_80_error
        The same at `darknumber.lab.runs.SECOND_LEVEL`; ``nan`` where there are no limits at that level.
    width
        Median of the upper limit over the lower; ``inf`` where more than half have no upper limit.
    score, score_error
        Mean interval score of the logarithm (Gneiting & Raftery 2007, eq. 43): lower is better.
    infinite, not_identified, refused
        Share of the populations whose estimate is infinite, is not identified, or is refused.
    unbounded
        Share of the intervals without an upper limit.
    seconds
        Median processor time of an answer.
    """

    populations: int
    bias: float
    bias_error: float
    mean_bias: float
    rmse: float
    coverage: float
    coverage_error: float
    coverage_80: float
    coverage_80_error: float
    width: float
    score: float
    score_error: float
    infinite: float
    not_identified: float
    refused: float
    unbounded: float
    seconds: float


def score_of(runs: Runs) -> Score:
    """The score of one pipeline; the runs may be of several designs, each population weighing the same."""
    answered = ~runs.refused
    ratio = runs.estimate[answered] / runs.truth[answered]
    finite = ratio[np.isfinite(ratio)]
    logs = np.log(np.maximum(runs.estimate, 1.0) / runs.truth)[np.isfinite(runs.estimate)]
    lower, upper = stated_limits(runs)
    scores = interval_scores(runs)
    held = holds(runs)
    bias, bias_error = median_with_error(ratio[~np.isnan(ratio)] - 1)
    second = _held_at_second(runs)
    coverage_80 = float(second.mean()) if len(second) else np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        widths = (upper / np.maximum(lower, 1.0))[answered]
    return Score(
        populations=len(runs),
        bias=bias,
        bias_error=bias_error,
        mean_bias=float(finite.mean() - 1) if len(finite) else np.nan,
        rmse=float(np.sqrt(np.mean(logs**2))) if len(logs) else np.nan,
        coverage=float(held.mean()),
        coverage_error=share_error(float(held.mean()), len(held)),
        coverage_80=coverage_80,
        coverage_80_error=share_error(coverage_80, len(second)),
        width=middle(widths),
        score=float(scores.mean()),
        score_error=_error_of_mean(scores),
        infinite=float(np.mean(runs.verdict == verdicts.INFINITE)),
        not_identified=float(np.mean(runs.verdict == verdicts.NOT_IDENTIFIED)),
        refused=float(runs.refused.mean()),
        unbounded=float(np.mean(np.isposinf(upper[answered]))) if answered.any() else np.nan,
        seconds=middle(runs.seconds),
    )


def stated_limits(runs: Runs) -> tuple[Array, Array]:
    """``(runs,)`` lower and upper limits as they are said: of what is not identified, the people seen and no limit."""
    unknown = runs.verdict == verdicts.NOT_IDENTIFIED
    return np.where(unknown, runs.observed, runs.lower), np.where(unknown, np.inf, runs.upper)


def holds(runs: Runs) -> NDArray[np.bool_]:
    """``(runs,)`` whether the interval holds the truth; no answer holds nothing."""
    lower, upper = stated_limits(runs)
    held: NDArray[np.bool_] = (lower <= runs.truth) & (runs.truth <= upper) & ~runs.refused
    return held


def interval_scores(runs: Runs) -> Array:
    """``(runs,)`` interval score of the logarithm of the population size.

    The width of the interval, and ``2 / alpha`` times the distance by which it misses the truth, all on the logarithmic
    scale. A width is cut at `CAP` times the people on some list. What is refused or not identified counts as the
    interval from the people on some list to that.
    """
    people = np.maximum(runs.observed, 1.0)
    nothing = runs.refused | (runs.verdict == verdicts.NOT_IDENTIFIED)
    lower = np.log(np.where(nothing, people, np.maximum(runs.lower, 1.0)))
    upper = np.log(np.where(nothing, np.inf, np.maximum(runs.upper, 1.0)))
    truth, end = np.log(np.maximum(runs.truth, 1.0)), np.log(CAP * people)
    width = np.minimum(upper, end) - np.minimum(lower, end)
    missed = np.maximum(lower - truth, 0.0) + np.maximum(truth - upper, 0.0)
    scores: Array = width + 2 / (1 - runs.level) * missed
    return scores


def regret(scores: Array, others: Array) -> tuple[float, float]:
    """How much worse a pipeline is than the best one on the same populations, and its Monte Carlo error.

    Parameters
    ----------
    scores, others
        ``(populations,)`` interval scores of the pipeline, and of the best one, population by population.
    """
    difference = scores - others
    return float(difference.mean()), _error_of_mean(difference)


def share_error(share: float, size: int) -> float:
    """The standard error of a share of so many (Agresti & Coull 1998)."""
    near = (share * size + ADDED) / (size + 2 * ADDED)
    return float(np.sqrt(near * (1 - near) / (size + 2 * ADDED)))


def median_with_error(values: Array) -> tuple[float, float]:
    """The median of values that may be infinite, and its standard error.

    The error is half the distance between the order statistics half a root of the size to either side of the middle,
    which hold the median about as often as a standard error to either side of an estimate does.
    """
    if not len(values):
        return np.nan, np.nan
    ordered = np.sort(values)
    away = np.sqrt(len(ordered)) / 2
    low = max(int(np.floor(len(ordered) / 2 - away)), 0)
    high = min(int(np.ceil(len(ordered) / 2 + away)), len(ordered)) - 1
    with np.errstate(invalid="ignore"):
        return middle(ordered), float((ordered[high] - ordered[low]) / 2)


def middle(values: Array) -> float:
    """The median of values that may be infinite; the lower of two middle ones where the upper is not finite."""
    if not len(values):
        return np.nan
    ordered = np.sort(values)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return float((low + high) / 2) if np.isfinite(high) else float(low)


def _held_at_second(runs: Runs) -> NDArray[np.bool_]:
    """Whether the limits at the second level hold the truth; nothing where a pipeline has none at that level."""
    unknown = runs.verdict == verdicts.NOT_IDENTIFIED
    lower, upper = np.where(unknown, runs.observed, runs.lower_80), np.where(unknown, np.inf, runs.upper_80)
    if np.isnan(lower[~runs.refused]).any():
        return np.zeros(0, dtype=bool)
    held: NDArray[np.bool_] = (lower <= runs.truth) & (runs.truth <= upper) & ~runs.refused
    return held


def _error_of_mean(values: Array) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else np.nan
