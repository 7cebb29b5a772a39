"""Mean and spread of errors that were each made with a doubt of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]

FEWEST = 2  # errors: of one, nothing can be said about how they differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """Log errors over several cases, the chance in each of them set apart from how the cases differ.

    Parameters
    ----------
    cases
        How many errors went in.
    left_out
        How many could not: no finite estimate, or no upper limit.
    mean
        The mean log error; below 0 estimates are too low.
    se
        Its standard error, from chance and from how the cases differ.
    sd
        How much cases differ beyond what chance in each explains (a standard deviation on the log scale); 0 where
        chance explains it all.
    """

    cases: int
    left_out: int
    mean: float
    se: float
    sd: float

    def reach(self, level: float) -> float:
        """How far the log error of another case may be from the mean: ``z sqrt(sd^2 + se^2)``."""
        return float(ndtri((1 + level) / 2)) * math.hypot(self.sd, self.se)

    def leans(self, level: float) -> bool:
        """Whether the mean error is further from 0 than its own chance explains."""
        return abs(self.mean) > float(ndtri((1 + level) / 2)) * self.se


def scorecard_of(cases: Sequence[tuple[float, float, float, float]], level: float) -> Scorecard | None:
    """The random-effects mean and spread of log errors (DerSimonian & Laird 1986).

    Parameters
    ----------
    cases
        ``(error, lower, upper, known)`` of each: the log of an estimate over the known number, the limits of the
        estimate, and that number.
    level
        Of the limits; their width on the log scale gives the variance of the error.

    Returns
    -------
    Scorecard or None
        None where fewer than `FEWEST` cases have a finite estimate and an upper limit.
    """
    known = [case for case in cases if all(math.isfinite(value) for value in case) and case[1] > 0]
    if len(known) < FEWEST:
        return None
    errors = np.array([case[0] for case in known])
    widths = np.log([case[2] / case[1] for case in known]) / (2 * float(ndtri((1 + level) / 2)))
    # Limits can fall together where everyone seems to be seen; the log of a count of n varies by 1/n at the least.
    variance = np.maximum(widths**2, [1 / case[3] for case in known])
    between = _between(errors, variance)
    weight = 1 / (variance + between)
    return Scorecard(
        cases=len(known),
        left_out=len(cases) - len(known),
        mean=float(np.average(errors, weights=weight)),
        se=float(weight.sum() ** -0.5),
        sd=math.sqrt(between),
    )


def _between(errors: Array, variance: Array) -> float:
    """The variance between cases: what their spread is more than their own variances would give."""
    weight = 1 / variance
    spread = np.sum(weight * (errors - np.average(errors, weights=weight)) ** 2)
    scale = weight.sum() - np.sum(weight**2) / weight.sum()
    return max(float((spread - (len(errors) - 1)) / scale), 0.0)
