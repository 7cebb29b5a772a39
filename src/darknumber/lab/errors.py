"""Monte Carlo errors of what a `Score` has no error for: the width of intervals, and how far off estimates were."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from darknumber.lab.runs import Runs
from darknumber.lab.scores import median_with_error, stated_limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Standard errors, of so few populations.

    Parameters
    ----------
    width
        Of the median width; not finite where nearly half of the intervals have no upper limit.
    rmse
        Of the root mean square of the logarithm of the estimate over the truth, by the delta method.
    """

    width: float
    rmse: float


def errors_of(runs: Runs) -> Errors:
    """The errors of one pipeline's `darknumber.lab.scores.score_of`."""
    lower, upper = stated_limits(runs)
    with np.errstate(divide="ignore", invalid="ignore"):
        widths = (upper / np.maximum(lower, 1.0))[~runs.refused]
    finite = np.isfinite(runs.estimate)
    squares = np.log(np.maximum(runs.estimate[finite], 1.0) / runs.truth[finite]) ** 2
    return Errors(width=median_with_error(widths)[1], rmse=_of_root(squares))


def _of_root(squares: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Of the root of a mean: the error of the mean over twice the root."""
    if len(squares) < 2:
        return np.nan
    root = float(np.sqrt(squares.mean()))
    error = float(squares.std(ddof=1) / np.sqrt(len(squares)))
    return error / (2 * root) if root else 0.0
