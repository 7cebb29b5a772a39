"""A grid of dark figures that follows a posterior: few nodes where little happens, and a stated share beyond its end.

Small dark figures are nodes one by one. Above these the sum over whole people is an integral over ``t = log m``, taken
by Gauss and Legendre's rule in panels a few standard deviations wide. The log density at the nodes is smooth, so a
spline through it gives the share of every dark figure: from that come quantiles and draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

Array = NDArray[np.float64]

SINGLE = 100  # dark figures up to this are nodes of their own; above, neighbours differ by a hundredth or less
FURTHEST = 1e12  # a first look goes this far: nobody counts a hundred times the people on earth
LOOK = 0.25  # between the nodes of a first look, in t
DEEP = 23.0  # what is exp(-23) times as probable as the most probable dark figure is left out: all of it is below 1e-8
NODES = 8  # of a panel
PANEL = 4.0  # standard deviations: over a normal curve so wide, the error term of the rule with eight nodes is 2e-7
WIDEST = 1.0  # in t: what the likelihood is made of bends where m is as large as a count, and no faster than that
TAIL = 1e-6  # the share of the posterior above the end of the grid is at most this
FLOOR = 200.0  # log densities further below the highest are all the same: nothing, and a spline must be finite
FINE, COARSE = 1e-4, 2e-3  # steps, as shares of the dark figure, at which a distribution is written out
EDGE = 1e-9  # a share that ends exactly at an edge, up to rounding, belongs below it
STEPS = 20.0  # steps to a standard deviation, at least


@dataclass(frozen=True, slots=True)
class Grid:
    """Dark figures that stand for all.

    Parameters
    ----------
    unseen
        ``(nodes,)`` rising; not whole numbers above `SINGLE`.
    log_weight
        ``(nodes,)`` log of how many people's worth of dark figures each stands for.
    """

    unseen: Array
    log_weight: Array


@dataclass(frozen=True, slots=True)
class Distribution:
    """Shares of dark figures, by blocks of whole numbers.

    Parameters
    ----------
    edges
        ``(blocks + 1,)`` halves: a block holds the whole numbers between two of them.
    below
        ``(blocks + 1,)`` the share below each edge, from 0 to 1.
    """

    edges: Array
    below: Array

    def quantile(self, share: Array | float) -> Array:
        """The smallest whole dark figure with at least this share at or below it; in a block as if shares were even."""
        found = np.ceil(np.interp(share, self.below, self.edges) - 0.5 - EDGE)
        whole: Array = np.maximum(found, np.ceil(self.edges[0])) + 0.0  # no minus zero
        return whole

    def beyond(self, unseen: float) -> float:
        """The share above a dark figure."""
        return float(1 - np.interp(unseen, self.edges, self.below))


def first_look(most: float) -> Array:
    """Nodes far apart, from one to where nobody would look any more, or to the largest that is allowed."""
    end = np.log(min(most, FURTHEST))
    looked: Array = np.exp(np.linspace(0.0, end, int(np.ceil(end / LOOK)) + 2))
    return looked


def overlooked(precision: float) -> float:
    """How far a log density can rise between two nodes of the first look.

    Parameters
    ----------
    precision
        Of ``t``, at most.
    """
    return precision * LOOK**2 / 8


def between(low: float, high: float, least: int, precision: float) -> Grid:
    """Nodes for the dark figures from `low` to `high`.

    Parameters
    ----------
    least
        The smallest dark figure there can be, 0 or 1.
    precision
        One over the variance of ``t``, at most, but for the chance of a Poisson count: the variance is at least
        ``1/precision + 1/m``.
    """
    low, high = max(np.floor(low), least), np.ceil(high)
    single = np.arange(low, min(high, SINGLE) + 1) if low <= SINGLE else np.empty(0)
    weight = np.ones(len(single))
    if high <= SINGLE:
        return Grid(single, np.log(weight))
    start = SINGLE + 0.5 if len(single) else low - 0.5
    if len(single) >= 3:  # a sum is an integral from half before its start, and 1/24 of the slope there (Euler)
        weight[-3:] += np.array([1.0, -3.0, 2.0]) / 24
    ends = [np.log(start)]
    last = np.log(high + 0.5)
    while ends[-1] < last:
        ends.append(min(ends[-1] + min(PANEL * spread(np.exp(ends[-1]), precision), WIDEST), last))
    left, right = np.array(ends[:-1]), np.array(ends[1:])
    x, w = np.polynomial.legendre.leggauss(NODES)
    t = ((left + right)[:, None] / 2 + (right - left)[:, None] / 2 * x).ravel()
    log_weight = t + np.log(((right - left)[:, None] / 2 * w).ravel())
    return Grid(np.r_[single, np.exp(t)], np.r_[np.log(weight), log_weight])


def spread(unseen: float, precision: float) -> float:
    """The least standard deviation of ``t`` about a dark figure."""
    return float(np.sqrt(1 / max(precision, 1.0) + 1 / max(unseen, 1.0)))


def end_of(grid: Grid, mass: Array) -> float:
    """The first node above which there is no more than `TAIL` of the mass.

    Parameters
    ----------
    mass
        ``(nodes,)`` log mass of each node.
    """
    share = np.exp(mass - mass.max())
    above = np.cumsum(share[::-1])[::-1] / share.sum()
    return float(grid.unseen[min(int(np.sum(above > TAIL)), len(above) - 1)])


def distribution(grid: Grid, density: Array, high: float, step: float, precision: float) -> Distribution:
    """The shares of all dark figures from the log density at the nodes.

    Parameters
    ----------
    density
        ``(nodes,)``.
    high
        The largest dark figure.
    step
        How far apart dark figures are written out, as a share of them, at most.
    precision
        As in `between`.
    """
    step = min(step, spread(np.inf, precision) / STEPS)
    kept = np.flatnonzero((density > density.max() - FLOOR) & (grid.unseen <= high))
    first, last = max(int(kept[0]) - 1, 0), min(int(kept[-1]) + 2, len(density))
    level = np.maximum(density[first:last] - density.max(), -FLOOR)
    end = high if last == len(density) else min(high, float(grid.unseen[last - 1]))
    edges = _edges(float(grid.unseen[first]), end, step)
    middle = (edges[1:] + edges[:-1]) / 2
    if last - first > 1:
        level = CubicSpline(np.log(grid.unseen[first:last] + 1.0), level)(np.log(middle + 1.0))
    below = np.r_[0.0, np.cumsum(np.exp(level) * np.diff(edges))]
    return Distribution(edges, below / below[-1])


def _edges(low: float, high: float, step: float) -> Array:
    """Halves between dark figures: all of them at first, then `step` apart."""
    low, high = np.floor(low), max(np.ceil(high), np.floor(low))
    even = np.arange(low, min(max(np.ceil(1 / step), low), high) + 1)
    count = int(np.ceil(np.log((high + 1) / even[-1]) / step)) + 1 if even[-1] else 2
    more = high > even[-1]
    wider = np.unique(np.round(np.geomspace(even[-1], high + 1, count))) if more else np.array([high, high + 1])
    edges: Array = np.r_[even[:-1], wider] - 0.5
    return edges
