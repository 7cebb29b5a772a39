"""Profile likelihood of the population size, for one table (METHODS A6)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import betaln, gammaln, xlogy

from darknumber.kernels.design import Design
from darknumber.kernels.poisson import maximise

Array = NDArray[np.float64]

ROOT = 1e-9  # roots are found on the log of the dark figure; this is far below one person
FAR = 30.0  # e^30, ten million million people: beyond this a likelihood that has not fallen never will
GRID = 51  # one point for each factor e
LOWEST = -20.0  # log of a dark figure that is zero for every purpose


def profile_limits(design: Design, y: Array, drop: float) -> tuple[float, float, float]:
    """Maximum and limits of the dark figure: where twice the log-likelihood is `drop` below its own maximum.

    Parameters
    ----------
    design
        A design of one stratum with free total; cell 0 is switched on here.
    y
        ``(1, 2**K)`` counts.
    drop
        Such as the 95% point of chi-square with one degree of freedom.

    Returns
    -------
    tuple
        Dark figure at the maximum, lower and upper limit; the upper may be infinite, the lower zero.
    """
    people = float(y.sum())
    # A list that everyone is on turns the unseen into an ordinary cell of the same kernel.
    everyone = 1 << design.lists
    live = np.zeros((1, 2 * everyone), dtype=bool)
    live[0, everyone:] = design.live[0]
    live[0, everyone] = True
    complete = replace(design, layout=design.layout._replace(lists=design.lists + 1, live=live))
    table = np.zeros((1, 2 * everyone))
    table[0, everyone:] = y[0]
    start = np.zeros(design.columns)

    def likelihood(log_dark: float) -> float:
        dark = float(np.exp(log_dark))
        table[0, everyone] = dark
        start[:], mu, _ = maximise(complete, table, start)
        seen = mu[0, everyone + 1 :]
        kernel = float(xlogy(y[0, 1:], seen / (people + dark)).sum() + dark * np.log1p(-seen.sum() / (people + dark)))
        # log Gamma(N + 1) - log Gamma(n0 + 1), in a form that keeps its digits for a large dark figure
        return float(gammaln(people) - betaln(dark + 1, people)) + kernel

    # The profile has one top: a grid finds its neighbourhood, so that the search cannot stop on the flat far side.
    grid = np.linspace(LOWEST, FAR, GRID)
    middle = int(np.argmax([likelihood(x) for x in grid]))
    bracket = (grid[max(middle - 1, 0)], grid[min(middle + 1, GRID - 1)])
    found = minimize_scalar(lambda x: -likelihood(x), bounds=bracket, method="bounded", options={"xatol": ROOT})
    top, best = float(found.x), -float(found.fun)

    def below(log_dark: float) -> float:
        return 2 * (best - likelihood(log_dark)) - drop

    lower = 0.0 if below(LOWEST) <= 0 else float(np.exp(brentq(below, LOWEST, top, xtol=ROOT)))
    upper = float("inf") if below(FAR) <= 0 else float(np.exp(brentq(below, top, FAR, xtol=ROOT)))
    return float(np.exp(top)), lower, upper
