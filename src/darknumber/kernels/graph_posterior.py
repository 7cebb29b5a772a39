"""The posterior of the dark figure of one table, averaged over all decomposable graphs.

In two walks. The first, on few nodes, only finds where the dark figure may be: its evidence is flattened so far that
nothing which could rise between two nodes is passed over. The second is on a grid made for that place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from darknumber.kernels import verdicts
from darknumber.kernels.graph_walk import LEAST, Averaged, average_graphs
from darknumber.kernels.graphs import (
    Tables,
    complete_score,
    graph_score,
    graph_shares,
    is_flat,
    limit_of,
    make_tables,
    zero_margins,
)
from darknumber.kernels.unseen import (
    COARSE,
    DEEP,
    FINE,
    Distribution,
    Grid,
    between,
    distribution,
    end_of,
    first_look,
    overlooked,
)

Array = NDArray[np.float64]
Index = NDArray[np.int64]

TO_SPARE = 0.9  # of what the walk passes over: what lies deeper than this has not been looked at by all graphs
LIMITS = 0.5  # people: fewer than one whose overlap limits the dark figure is nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What is believed before the data.

    Parameters
    ----------
    unseen
        One over the dark figure, from one person up; otherwise one over the population, from nobody unseen up.
    guess
        The median of a log-normal prior of the population, in the place of that; 0 for none.
    deviation
        Its standard deviation, of the logarithm.
    people
        What the Dirichlet prior of the histories is worth.
    odds
        ``(pairs,)`` log odds of each edge.
    complete
        Whether the graph of all edges is in.
    most
        The largest dark figure there can be; ``inf`` for none.
    """

    unseen: bool
    guess: float
    deviation: float
    people: float
    odds: Array
    complete: bool
    most: float

    @property
    def least(self) -> int:
        """The smallest dark figure there can be."""
        return int(self.unseen and not self.guess)

    @property
    def precision(self) -> float:
        """Of the log population, where there is a guess."""
        return 1 / self.deviation**2 if self.guess else 0.0

    def log_density(self, unseen: Array, observed: float) -> Array:
        """``(nodes,)`` of dark figures, up to a constant."""
        size = np.log(np.maximum(unseen + observed, 1.0))
        if self.guess:
            return np.asarray(-size - (size - np.log(self.guess)) ** 2 / (2 * self.deviation**2))
        return np.asarray(-np.log(unseen) if self.unseen else -size)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphPosterior:
    """What the average says.

    Parameters
    ----------
    dark
        The distribution of the dark figure.
    averaged
        The graphs and their weights.
    limited
        ``(rows,)`` verdicts of the likelihood under each graph of `averaged`, for as many as were asked for.
    medians
        ``(rows,)`` the posterior median of the dark figure under each.
    shares
        ``(2**K,)`` mean share of each observable history over these.
    complete
        The share of the weight that the graph of all edges has, or would have if it were in.
    low, high
        The dark figures that were summed over.
    beyond
        The share above `high`, at most.
    """

    dark: Distribution
    averaged: Averaged
    limited: NDArray[np.int8]
    medians: Array
    shares: Array
    complete: float
    low: float
    high: float
    beyond: float


def verdict_without_overlap(y: Array) -> int:
    """The verdict on a table by the likelihood of any graph: estimable, unless nobody is on two lists."""
    zeros = zero_margins(y)
    if limit_of(zeros, 0) >= LIMITS:
        return verdicts.ESTIMABLE
    return verdicts.NOT_IDENTIFIED if is_flat(zeros, 0) else verdicts.INFINITE


def posterior(y: Array, prior: Prior, *, rows: int, distance: float) -> GraphPosterior:
    """Average over all graphs of a table in which somebody is on two lists.

    Parameters
    ----------
    y
        ``(2**K,)`` counts; cell 0 is ignored.
    rows, distance
        How many graphs are told of, and how far below the best in log weight, at most.
    """
    zeros = zero_margins(y)
    precision = limit_of(zeros, 0) + prior.precision
    grid = _where(y, prior, precision)
    tables = tables_on(grid, y, prior)
    averaged = average_graphs(tables)
    high = end_of(grid, averaged.mixture)
    complete = float(np.logaddexp.reduce(complete_score(tables)) - averaged.evidence)
    dark = distribution(grid, averaged.mixture - grid.log_weight, high, FINE, precision)
    near = averaged.log_weight >= averaged.log_weight[0] - distance
    edges = averaged.edges[near][:rows]
    medians = np.array([_median(grid, graph_score(tables, int(graph)), high, precision) for graph in edges])
    weights = np.exp(averaged.log_weight[: len(edges)] - averaged.log_weight[0])
    every = np.array([graph_shares(y, int(graph), m, prior.people) for graph, m in zip(edges, medians, strict=True)])
    every[:, 0] = 0.0
    every /= every.sum(axis=1, keepdims=True)
    whole = (1 << len(prior.odds)) - 1
    return GraphPosterior(
        dark=dark,
        averaged=averaged,
        limited=np.array([_verdict(zeros, int(graph), whole) for graph in edges], dtype=np.int8),
        medians=medians,
        shares=weights @ every / weights.sum(),
        complete=float(np.exp(min(complete, 0.0)) if prior.complete else expit(complete)),
        low=float(grid.unseen[0]),
        high=high,
        beyond=float(np.exp(averaged.mixture[grid.unseen > high] - averaged.evidence).sum()),
    )


def tables_on(grid: Grid, y: Array, prior: Prior) -> Tables:
    """The scores of a table on a grid."""
    log_prior = prior.log_density(grid.unseen, float(y[1:].sum())) + grid.log_weight
    return make_tables(y, grid.unseen, log_prior, people=prior.people, odds=prior.odds, complete=prior.complete)


def _where(y: Array, prior: Prior, precision: float) -> Grid:
    """A grid for the dark figures that can be."""
    looked = first_look(prior.most)
    rise = overlooked(precision)
    flat = max((DEEP + rise) / (TO_SPARE * LEAST), 1.0)
    tables = tables_on(Grid(looked, np.log(looked)), y, prior)
    flattened = tables._replace(scores=tables.scores / flat, base=tables.base / flat, odds=tables.odds / flat)
    mixture = average_graphs(flattened).mixture
    kept = np.flatnonzero(mixture >= mixture.max() - (DEEP + rise) / flat)
    low = float(looked[kept[0] - 1]) if kept[0] else prior.least
    return between(low, float(looked[min(kept[-1] + 1, len(looked) - 1)]), prior.least, precision)


def _median(grid: Grid, score: Array, high: float, precision: float) -> float:
    return float(distribution(grid, score - grid.log_weight, high, COARSE, precision).quantile(0.5))


def _verdict(zeros: Array, edges: int, whole: int) -> int:
    """The verdict of the likelihood of a graph on the dark figure."""
    if limit_of(zeros, edges) >= LIMITS:
        return verdicts.ESTIMABLE
    return verdicts.NOT_IDENTIFIED if edges == whole or is_flat(zeros, edges) else verdicts.INFINITE
