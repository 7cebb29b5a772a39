"""What the seen say about the unseen when their dependence is known in part only; and how strong dependence is.

Nothing in the data says how many people are on no list without an assumption about dependence among them (METHODS D3).
For lists i and j among people on no other list the odds ratio is ``mu_ij mu_0 / (mu_i mu_j)``, so a bound on it is a
bound on the dark figure ``mu_0``. The term of all K lists is bounded in the same way:
``xi = (mu_0 prod_even mu / prod_odd mu) ** (-1) ** K``. Both are a log ratio of expected counts, linear in their logs:
one row of a matrix over histories.

`likely_range` looks for the lowest and the highest ``mu_0`` within such bounds over all expected counts whose Poisson
log-likelihood is close enough to the best (METHODS D5). In the logs of the expected counts the bounds are linear and
the likelihood is concave, so that the problem is convex: it is solved by Newton steps inside a logarithmic barrier
(Boyd & Vandenberghe 2004, chapter 11), which proves how close to the optimum it ends.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, xlogy

from darknumber.kernels import odds
from darknumber.kernels.histories import list_counts
from darknumber.kernels.odds import OddsRatio

Array = NDArray[np.float64]

ALMOST_NOBODY = 1e-6  # the least people expected in an empty cell: nobody, with a logarithm
GAP = 1e-6  # of the log dark figure: proved to be this close to its optimum
FIRST, FASTER = 1.0, 12.0  # weight of the objective against the barrier at first, and by how much it grows each time
CENTRED = 1e-9  # half the squared Newton decrement below which a step of the barrier is done
STEPS = 100  # Newton steps for one weight; a few are enough
HALVINGS = 60  # of one step
DESCENT = 0.01  # share of the promised descent that a step must give
BOTH = 3  # blocks of linear bounds where odds ratios have a least and a most
WITHIN = -1e-6  # a common slack below which the bounds leave room


class Range(NamedTuple):
    """Lowest and highest dark figure, and whether the bounds leave any; 0 to infinity where nothing is said."""

    lower: float
    upper: float
    possible: bool


def pair_rows(lists: int) -> tuple[list[tuple[int, int]], Array]:
    """The pairs of lists, and ``(pairs, 2**K)`` rows that give ``log mu_i + log mu_j - log mu_ij``."""
    pairs = [(i, j) for i in range(lists) for j in range(i + 1, lists)]
    rows = np.zeros((len(pairs), 1 << lists))
    for row, (i, j) in zip(rows, pairs, strict=True):
        row[1 << i] = row[1 << j] = 1.0
        row[(1 << i) | (1 << j)] = -1.0
    return pairs, rows


def all_lists_row(lists: int) -> Array:
    """``(1, 2**K)``: logs of the histories of an odd number of lists less those of an even number, cell 0 left out."""
    row = np.where(list_counts(np.arange(1 << lists)) % 2 == 1, 1.0, -1.0)
    row[0] = 0.0
    return row[None]


def ratios(counts: Array, rows: Array) -> Array:
    """``(..., rows)`` products of counts that `rows` give in logs: ``inf`` where what divides is 0, ``nan`` if all is.

    Parameters
    ----------
    counts
        ``(..., 2**K)`` counts or expected counts.
    rows
        ``(rows, 2**K)`` of -1, 0 and 1.
    """
    logs = np.log(np.where((counts > 0) & np.isfinite(counts), counts, 1.0))
    empty = (counts <= 0).astype(float)
    found: Array = np.exp(logs @ rows.T)
    above, below = empty @ (rows > 0).T > 0, empty @ (rows < 0).T > 0
    return np.where(above, np.where(below, np.nan, 0.0), np.where(below, np.inf, found))


def exact_range(counts: Array, rows: Array, bounds: tuple[float, float]) -> Range:
    """Lowest and highest dark figure if ``(2**K,)`` expected counts were just as the counts are.

    Parameters
    ----------
    bounds
        The least and the most of every odds ratio that `rows` give.
    """
    found = ratios(counts, rows)
    lower = float(np.max(bounds[0] * found[~np.isnan(found)], initial=0.0)) if bounds[0] else 0.0
    upper = float(np.min(bounds[1] * found[found > 0], initial=np.inf))
    if np.isfinite(bounds[1]) and (found == 0).any():
        upper = 0.0
    return Range(lower, upper, lower <= upper)


def likely_range(counts: Array, rows: Array, bounds: tuple[float, float], drop: float) -> Range:
    """Lowest and highest dark figure over all expected counts that the data do not contradict.

    Parameters
    ----------
    counts
        ``(2**K,)`` people by history.
    rows
        ``(rows, 2**K)`` of -1, 0 and 1: the log ratios that are bounded.
    bounds
        The least and the most of every odds ratio: ``0 <= least < most``.
    drop
        How far the log-likelihood may be below its maximum: half of a quantile of chi-squared with one degree of
        freedom.
    """
    used = np.abs(rows).sum(axis=0) > 0
    people, rows = counts[used].astype(float), rows[:, used]
    empty = np.flatnonzero(people == 0)
    # where every ratio has an empty cell on the same side, nothing keeps the dark figure from 0, or from infinity
    sides = (
        bounds[0] > 0 and not (rows[:, empty] > 0).any(axis=1).all(),
        (bounds[1] < np.inf and not (rows[:, empty] < 0).any(axis=1).all()),
    )
    cells = len(people)
    # linear bounds, slack = matrix @ (logs of expected counts, log dark figure, common slack) + constant >= 0
    ones, floor = np.ones((len(rows), 1)), np.eye(cells, cells + 2)[empty]
    blocks, constants = [floor], [np.full(len(empty), -np.log(ALMOST_NOBODY))]
    if bounds[0] > 0:
        blocks.append(np.hstack([-rows, ones, ones]))
        constants.append(np.full(len(rows), -np.log(bounds[0])))
    if bounds[1] < np.inf:
        blocks.append(np.hstack([rows, -ones, ones]))
        constants.append(np.full(len(rows), np.log(bounds[1])))
    matrix, constant = np.vstack(blocks), np.concatenate(constants)
    start = np.append(np.log(np.where(people > 0, people, np.e * ALMOST_NOBODY)), [0.0, 0.0])
    ends = rows @ start[:cells]
    start[cells] = float(ends.max()) if bounds[0] > 0 else float(ends.min())
    start[cells + 1] = 1.0 - float(np.min((matrix @ start + constant)[len(empty) :], initial=0.0))
    if len(blocks) == BOTH:
        start = _minimise(people, matrix, constant, drop, start, cells + 1, 1.0, enough=WITHIN)
        if start[cells + 1] > WITHIN:
            return Range(np.nan, np.nan, False)
    else:  # the dark figure alone can make room
        start[cells] += start[cells + 1] * (1.0 if bounds[0] > 0 else -1.0)
    start, matrix = start[:-1], matrix[:, :-1]
    limits = [0.0, np.inf]
    for side, sign in enumerate((1.0, -1.0)):
        if sides[side]:
            best = _minimise(people, matrix, constant, drop, start, cells, sign)
            limits[side] = float(np.exp(best[cells]))
    return Range(limits[0], limits[1], True)


def _minimise(
    people: Array,
    matrix: Array,
    constant: Array,
    drop: float,
    start: Array,
    place: int,
    sign: float,
    enough: float = -np.inf,
) -> Array:
    """The point inside all bounds where ``sign * point[place]`` is lowest, from a start inside them.

    Parameters
    ----------
    enough
        A value at which to stop.
    """
    point, weight = start, FIRST
    cells, size = len(people), len(start)
    best = float(np.sum(people - xlogy(people, people)))

    def slacks(at: Array) -> tuple[Array, Array]:
        expected = np.exp(at[:cells])
        left = drop - (float(np.sum(expected - people * at[:cells])) - best)
        return np.append(matrix @ at + constant, left), expected

    def height(at: Array) -> float:
        slack = slacks(at)[0]
        return weight * sign * float(at[place]) - float(np.log(slack).sum()) if (slack > 0).all() else np.inf

    while True:
        for _ in range(STEPS):
            slack, expected = slacks(point)
            jacobian = np.vstack([matrix, np.append(people - expected, np.zeros(size - cells))])
            scaled = jacobian / slack[:, None]
            gradient = -scaled.sum(axis=0)
            gradient[place] += weight * sign
            hessian = scaled.T @ scaled
            hessian[np.arange(cells), np.arange(cells)] += expected / slack[-1]
            step = np.linalg.solve(hessian, -gradient)
            promised = -float(gradient @ step)
            if promised / 2 < CENTRED:
                break
            length, here = 1.0, height(point)
            for _ in range(HALVINGS):
                if height(point + length * step) <= here - DESCENT * length * promised:
                    break
                length /= 2
            else:
                break
            point = point + length * step
        if sign * point[place] < enough or len(slack) / weight < GAP:
            return point
        weight *= FASTER


def odds_ratio(tables: Array, level: float) -> OddsRatio:
    """Odds ratio of two marks over strata, with limits (Mantel & Haenszel 1959; Robins, Breslow & Greenland 1986).

    Where nobody stands on one of its sides the exact odds ratio of the strata together takes its place.

    Parameters
    ----------
    tables
        ``(strata, 4)`` people with both marks, the first only, the second only and neither.
    level
        Such as 0.95.
    """
    tables = tables[tables.sum(axis=1) > 0]
    value, spread = _odds(tables)
    if not 0 < value < np.inf:
        both, first, second, neither = np.rint(tables.sum(axis=0)).astype(int).tolist()
        return odds.odds_ratio(both, first, second, neither, level)
    reach = float(ndtri((1 + level) / 2) * np.sqrt(spread))
    return OddsRatio(estimate=value, lower=value * float(np.exp(-reach)), upper=value * float(np.exp(reach)))


def _odds(tables: Array) -> tuple[float, float]:
    """The odds ratio and the variance of its logarithm."""
    both, first, second, neither = tables.T
    people = tables.sum(axis=1)
    for_, against = both * neither / people, first * second / people
    up, down = float(for_.sum()), float(against.sum())
    if up == 0 or down == 0:
        return (np.nan if up == down else 0.0 if up == 0 else np.inf), np.nan
    agree, differ = (both + neither) / people, (first + second) / people
    spread = (
        float(agree @ for_) / (2 * up**2)
        + float(agree @ against + differ @ for_) / (2 * up * down)
        + float(differ @ against) / (2 * down**2)
    )
    return up / down, spread
