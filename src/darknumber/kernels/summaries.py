"""Quantiles of draws that may be infinite or undefined, and limits made from them.

A replicate whose dark figure is infinite stays in as ``+inf``; one that is not identified is ``nan``, and counts as the
worst case at either end: as `floor` for the lower limit and as ``+inf`` for the upper. Quantiles are order statistics,
because interpolation between infinities is undefined.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Array = NDArray[np.float64]

MODE_DRAWS = 100  # fewer draws do not show the shape of their distribution
MODE_GRID = 512  # points: far more than the smoothed density has features
MODE_DEPTH = 0.5  # a valley between two tops is at most this share of the lower one
MODE_SHARE = 0.1  # of the draws, on either side of the valley
MODE_FACTOR = 1.5  # between the tops: as far apart as estimates that are told as a caution


def sum_draws(draws: Array, groups: NDArray[np.int64], size: int) -> Array:
    """``(B, size)`` sums of ``(B, strata)`` draws; a sum is infinite if any part is, else undefined if any part is.

    Parameters
    ----------
    groups
        ``(strata,)`` the sum each stratum belongs to, -1 for none.
    """
    kept = groups >= 0
    chosen, places = draws[:, kept], groups[kept]
    order = np.argsort(places, kind="stable")
    chosen, places = chosen[:, order], places[order]
    result = np.zeros((draws.shape[0], size))
    if not len(places):
        return result
    starts = np.flatnonzero(np.r_[True, np.diff(places) > 0])
    with np.errstate(invalid="ignore"):
        result[:, places[starts]] = np.add.reduceat(chosen, starts, axis=1)
        if not np.isfinite(chosen).all():
            infinite = np.add.reduceat(np.isposinf(chosen), starts, axis=1) > 0
            result[:, places[starts]] = np.where(infinite, np.inf, result[:, places[starts]])
    return result


def share_out(values: Array, shape: tuple[int, ...], axis: int, level: int, like: Array | None = None) -> Array:
    """Share out one level of an axis over the others in proportion, row by row; ``nan`` where these are all empty.

    Parameters
    ----------
    values
        ``(B, strata)``, the strata a grid of `shape`.
    axis, level
        Which level of which axis goes.
    like
        ``(B, strata)`` finite values whose proportions are used; by default those of `values`.

    Returns
    -------
    Array
        ``(B, strata without that level)``.
    """
    grid, model = (
        np.moveaxis(each.reshape(-1, *shape), axis + 1, -1) for each in (values, values if like is None else like)
    )
    others, weights, gone = np.delete(grid, level, axis=-1), np.delete(model, level, axis=-1), grid[..., [level]]
    with np.errstate(invalid="ignore", divide="ignore"):
        whole = weights.sum(axis=-1, keepdims=True)
        shared = others * (1 + gone / whole) if like is None else others + gone * (weights / whole)
    return np.moveaxis(np.where(gone == 0, others, shared), -1, axis + 1).reshape(len(values), -1)


def percentile_limits(draws: Array, level: float, floor: Array) -> Array:
    """``(strata, 2)`` percentile limits from ``(B, strata)`` draws, by symmetric order statistics.

    Parameters
    ----------
    level
        Such as 0.95; the limits are the k-th smallest and k-th largest draw, ``k = floor((B + 1)(1 - level)/2)``.
    floor
        ``(strata,)`` the smallest value possible: the observed count.
    """
    size = draws.shape[0]
    k = max(int(np.floor((size + 1) * (1 - level) / 2 + 1e-9)), 1)  # 1e-9: (B+1)(1-level)/2 is whole up to rounding
    lower = np.partition(np.where(np.isnan(draws), floor, draws), k - 1, axis=0)[k - 1]
    upper = np.partition(np.where(np.isnan(draws), np.inf, draws), size - k, axis=0)[size - k]
    lower = np.where(np.isposinf(lower), floor, lower)  # a lower limit without a number says no more than the floor
    limits: Array = np.maximum(np.stack([lower, upper], axis=1), floor[:, None])
    return limits


def covering_ranks(draws: Array, truth: float, floor: float, most: int) -> NDArray[np.bool_]:
    """``(most,)`` whether `percentile_limits` from the k-th smallest to the k-th largest draw hold the truth, k from 1.

    Parameters
    ----------
    draws
        ``(B,)`` of which the first `most` orders are looked at.
    floor
        The observed count, never above the truth.
    """
    below, above = ranks_of(draws, truth, floor)
    k = np.arange(1, most + 1)
    no_lower = k > np.sum(~np.isposinf(draws))  # a lower limit without a number is the floor
    return ((k <= below) | no_lower) & (k <= above)


def ranks_of(draws: Array, truth: float, floor: float) -> tuple[int, int]:
    """How many of ``(B,)`` draws can be at or below the truth, and how many at or above it, with `floor` as above."""
    raised, unknown = np.maximum(draws, floor), np.isnan(draws)
    return int(np.sum(unknown | (raised <= truth))), int(np.sum(unknown | (raised >= truth)))


def modes(draws: Array) -> Array:
    """``(modes,)`` the well-separated tops of the distribution of positive draws, from low to high.

    The density is that of the logarithms, smoothed by Silverman's rule (1986, eq. 3.31). Two tops are separate where
    the density between them falls below half of the lower one, each side holds a tenth of the draws, and they differ by
    a factor of one and a half.
    """
    x = np.sort(np.log(draws[np.isfinite(draws) & (draws > 0)]))
    if len(x) < MODE_DRAWS or x[0] == x[-1]:
        alone: Array = np.exp(x[:1])
        return alone
    quarter, three = np.quantile(x, [0.25, 0.75])
    spread = min(float(x.std()), float(three - quarter) / 1.34) or float(x.std())
    width = 0.9 * spread * len(x) ** -0.2
    grid = np.linspace(x[0] - width, x[-1] + width, MODE_GRID)
    density = np.exp(-0.5 * ((grid[:, None] - x) / width) ** 2).sum(axis=1)
    inner = density[1:-1]
    tops = 1 + np.flatnonzero((inner >= density[:-2]) & (inner > density[2:]))
    kept: list[int] = []
    for top in tops:
        if kept and not _separate(grid, density, x, kept[-1], int(top)):
            kept[-1] = max(kept[-1], int(top), key=lambda place: float(density[place]))
        else:
            kept.append(int(top))
    tops_of: Array = np.exp(grid[kept])
    return tops_of


def _separate(grid: Array, density: Array, x: Array, low: int, high: int) -> bool:
    """Whether two tops of a density are well apart."""
    valley = low + int(np.argmin(density[low : high + 1]))
    below = float(np.searchsorted(x, grid[valley])) / len(x)
    deep = density[valley] < MODE_DEPTH * min(density[low], density[high])
    return bool(deep and MODE_SHARE < below < 1 - MODE_SHARE and grid[high] - grid[low] > np.log(MODE_FACTOR))


def bca_limits(draws: Array, estimate: Array, jackknife: Array, weights: Array, level: float, floor: Array) -> Array:
    """``(strata, 2)`` bias-corrected accelerated limits (Efron 1987; METHODS A8).

    Parameters
    ----------
    draws
        ``(B, strata)`` bootstrap values.
    estimate
        ``(strata,)`` the value on the data.
    jackknife
        ``(J, strata)`` values with one part of the data left out; parts with no finite value are left out of the
        acceleration.
    weights
        ``(J,)`` how many people each jackknife value stands for.
    floor
        ``(strata,)`` the observed count.
    """
    z = ndtri((1 + level) / 2)
    result = np.empty((len(estimate), 2))
    for s in range(len(estimate)):
        column = draws[:, s]
        share = (np.sum(column < estimate[s]) + 0.5 * np.sum(column == estimate[s])) / len(column)
        edge = 0.5 / len(column)
        bias = ndtri(np.clip(share, edge, 1 - edge))
        finite = np.isfinite(jackknife[:, s])
        w = weights[finite]
        deviation = np.average(jackknife[finite, s], weights=w) - jackknife[finite, s] if w.sum() else np.zeros(0)
        spread = np.sum(w * deviation**2)
        acceleration = np.sum(w * deviation**3) / (6 * spread**1.5) if spread > 0 else 0.0
        for side, sign in enumerate((-1.0, 1.0)):
            shifted = bias + sign * z
            rank = ndtr(bias + shifted / (1 - acceleration * shifted))
            values = np.sort(np.where(np.isnan(column), floor[s] if side == 0 else np.inf, column))
            result[s, side] = values[min(max(int(np.ceil(rank * len(values))) - 1, 0), len(values) - 1)]
    result[:, 0] = np.where(np.isposinf(result[:, 0]), floor, result[:, 0])  # as in `percentile_limits`
    return np.maximum(result, floor[:, None])
