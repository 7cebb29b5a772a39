"""Counts that are sums of cells nobody counted one by one: the composite link (METHODS 1b and 4.7).

The cells have expected counts ``mu = exp(X theta)``; what is known are rows ``y ~ Poisson(C mu)``. Somebody whose form
of exploitation was not recorded is in one of several cells; so is somebody who would have been on a list that was not
kept. Cells come in groups whose totals are known, so that each group has an intercept of its own which need not be a
column. A single group is a table whose total alone is known, which is the Poisson model with an intercept:

``l = sum_r y_r log (C mu)_r - sum_g n_g log sum_{c in g} e_c mu_c``, with ``n_g`` the counts of the rows of group g,

where ``e_c`` says how many counts a person in cell c is expected to give, 1 where nobody is missed or counted twice.

A row of several cells bends the likelihood the wrong way, so that it need not be concave. Newton's method is used as
long as it climbs. Where it does not, the information of complete data takes the place of the information there is,
which gives the direction of the EM algorithm (Dempster, Laird & Rubin 1977; Lange 1995), and that always climbs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpstrf
from scipy.sparse import csr_array

from darknumber.kernels.jit import jit
from darknumber.kernels.poisson import DECREMENT, LONGEST, MAX_HALVINGS, factorise, solve_lower, solve_upper

Array = NDArray[np.float64]
Index = NDArray[np.int64]

MAX_STEPS = 2_000  # most are of Newton; steps of EM may be many where most is missing
ROUNDING = 1e-12  # of a sum of this size
FLAT = 1e-9  # of the largest curvature, in units in which complete data have 1: nothing that is counted changes
CURVED = 1e-6  # a pivot above this cannot hide a curvature that is FLAT: what is between the two is left to eigenvalues
MOVES = 1e-5  # of how much the columns of a cell differ from those of its group: it moves


class Composite(NamedTuple):
    """Cells, the groups they are in, and the rows that are counted.

    Parameters
    ----------
    start
        ``(groups + 1,)`` where the cells of each group start; the cells of a group stand together.
    indptr, indices, values
        The columns of each cell, as a compressed sparse row matrix ``(cells, columns)``.
    exposure
        ``(cells,)`` counts that a person in the cell is expected to give.
    row_start, row_cell, row_share
        The cells of each row and the share of each that it holds, in the same way; those of one group.
    row_group
        ``(rows,)`` the group.
    ridge
        ``(columns,)`` how strongly each parameter is drawn to zero: one over the variance of its prior.
    """

    start: Index
    indptr: Index
    indices: Index
    values: Array
    exposure: Array
    row_start: Index
    row_cell: Index
    row_share: Array
    row_group: Index
    ridge: Array


def make_composite(
    group: Index, columns: csr_array, rows: csr_array, *, exposure: Array | None = None, ridge: Array | float = 0.0
) -> Composite:
    """Cells and rows from sparse matrices.

    Parameters
    ----------
    group
        ``(cells,)`` the group of each cell, from 0, not falling; none is left out.
    columns
        ``(cells, columns)``.
    rows
        ``(rows, cells)``; every row holds some cell.
    exposure, ridge
        As in `Composite`; of all cells, or columns, alike where one number is given.
    """
    columns, rows = columns.sorted_indices(), rows.sorted_indices()
    cells, width = columns.shape
    return Composite(
        start=np.searchsorted(group, np.arange(int(group[-1]) + 2)).astype(np.int64),
        indptr=columns.indptr.astype(np.int64),
        indices=columns.indices.astype(np.int64),
        values=columns.data.astype(np.float64),
        exposure=np.ones(cells) if exposure is None else np.ascontiguousarray(exposure, dtype=np.float64),
        row_start=rows.indptr.astype(np.int64),
        row_cell=rows.indices.astype(np.int64),
        row_share=rows.data.astype(np.float64),
        row_group=group[rows.indices[rows.indptr[:-1]]].astype(np.int64),
        ridge=np.broadcast_to(np.asarray(ridge, dtype=np.float64), width).copy(),
    )


@jit
def fill_odds(theta: Array, total: Array, at: Composite, odds: Array) -> None:
    """Fill ``odds`` (cells,): expected counts within groups of these totals."""
    for g in range(at.start.shape[0] - 1):
        if total[g] == 0.0:
            odds[at.start[g] : at.start[g + 1]] = 0.0
            continue
        top = -np.inf
        for c in range(at.start[g], at.start[g + 1]):
            eta = 0.0
            for e in range(at.indptr[c], at.indptr[c + 1]):
                eta += at.values[e] * theta[at.indices[e]]
            odds[c] = eta
            top = max(top, eta)
        norm = 0.0
        for c in range(at.start[g], at.start[g + 1]):
            odds[c] = np.exp(odds[c] - top)
            norm += at.exposure[c] * odds[c]
        for c in range(at.start[g], at.start[g + 1]):
            odds[c] *= total[g] / norm


@jit
def row_sums(odds: Array, at: Composite, held: Array) -> None:
    """Fill ``held`` (rows,): expected counts of the rows."""
    for r in range(held.shape[0]):
        held[r] = 0.0
        for e in range(at.row_start[r], at.row_start[r + 1]):
            held[r] += at.row_share[e] * odds[at.row_cell[e]]


@jit
def likelihood_of(theta: Array, y: Array, held: Array, at: Composite) -> float:
    """The log-likelihood of rows ``y`` with these expected counts, less what the priors cost."""
    found = 0.0
    for r in range(y.shape[0]):
        if y[r] > 0.0:
            found += y[r] * np.log(held[r]) if held[r] > 0.0 else -np.inf
    for k in range(theta.shape[0]):
        found -= at.ridge[k] * theta[k] * theta[k] / 2
    return found


@jit
def add_spread(
    cells: Index, weight: Array, used: int, whole: float, sign: float, at: Composite, info: Array, slope: Array
) -> None:
    """Add ``sign`` times the spread of the columns over some cells to ``info``, and their sum to ``slope``.

    ``weight`` adds up to ``whole``; the spread is ``sum w x x' - (sum w x)(sum w x)' / whole``.
    """
    mean = np.zeros(slope.shape[0])
    for i in range(used):
        c, w = cells[i], weight[i]
        if w == 0.0:
            continue
        for e in range(at.indptr[c], at.indptr[c + 1]):
            a = at.indices[e]
            mean[a] += w * at.values[e]
            for f in range(at.indptr[c], e + 1):
                info[a, at.indices[f]] += sign * w * at.values[e] * at.values[f]
    there = np.empty(slope.shape[0], dtype=np.int64)
    size = 0
    for a in range(slope.shape[0]):
        if mean[a] != 0.0:
            there[size] = a
            size += 1
            slope[a] -= sign * mean[a]
            for j in range(size):
                info[a, there[j]] -= sign * mean[a] * mean[there[j]] / whole


@jit
def slopes(theta: Array, y: Array, total: Array, odds: Array, held: Array, at: Composite, slope: Array) -> Array:
    """Fill ``slope`` (p,); return ``(2, p, p)`` the lower triangles of the information of complete data and of ours.

    Columns of a cell are in order, so that only the lower triangle is written.
    """
    size = theta.shape[0]
    both = np.zeros((2, size, size))
    slope[:] = -at.ridge * theta
    cells, weight = np.empty(odds.shape[0], dtype=np.int64), np.empty(odds.shape[0])
    for g in range(total.shape[0]):
        if total[g] == 0.0:
            continue
        used = at.start[g + 1] - at.start[g]
        for i in range(used):
            cells[i] = at.start[g] + i
            weight[i] = at.exposure[cells[i]] * odds[cells[i]]
        add_spread(cells, weight, used, total[g], 1.0, at, both[0], slope)
    for k in range(size):
        both[0, k, k] += at.ridge[k]
    both[1] = both[0]
    for r in range(y.shape[0]):
        if y[r] == 0.0 or held[r] == 0.0:
            continue
        first, last = at.row_start[r], at.row_start[r + 1]
        if last - first == 1:  # a row of one cell has no spread
            c = at.row_cell[first]
            for e in range(at.indptr[c], at.indptr[c + 1]):
                slope[at.indices[e]] += y[r] * at.values[e]
            continue
        for i in range(last - first):
            cells[i] = at.row_cell[first + i]
            weight[i] = at.row_share[first + i] * odds[cells[i]] * (y[r] / held[r])
        add_spread(cells, weight, last - first, y[r], -1.0, at, both[1], slope)
    return both


@jit
def step_of(info: Array, slope: Array, step: Array) -> tuple[int, float]:
    """Fill ``step`` with the solution; how many directions were dropped, and what a step promises."""
    size = slope.shape[0]
    diagonal = np.empty(size)
    step[:] = slope
    factorise(info, size, diagonal)
    solve_lower(info, size, step)
    promise = 0.0
    for a in range(size):
        promise += step[a] * step[a]
    solve_upper(info, size, step)
    dropped = 0
    for a in range(size):
        if info[a, a] == 0.0:
            dropped += 1
    return dropped, promise


@jit
def maximise_composite(theta: Array, y: Array, at: Composite, odds: Array) -> tuple[float, bool]:
    """Maximise from ``theta`` (p,), in place; ``odds`` (cells,) are left at the expected counts of the cells.

    Parameters
    ----------
    y
        ``(rows,)`` counts, not necessarily whole.

    Returns
    -------
    tuple
        The log-likelihood of the rows given the totals of the groups (less what the priors cost), and whether the
        maximum was reached.
    """
    total = np.zeros(at.start.shape[0] - 1)
    for r in range(y.shape[0]):
        total[at.row_group[r]] += y[r]
    held, trial_held = np.empty(y.shape[0]), np.empty(y.shape[0])
    slope, step, slow = np.empty(theta.shape[0]), np.empty(theta.shape[0]), np.empty(theta.shape[0])
    fill_odds(theta, total, at, odds)
    row_sums(odds, at, held)
    value = likelihood_of(theta, y, held, at)
    for _ in range(MAX_STEPS):
        both = slopes(theta, y, total, odds, held, at, slope)
        fallen, sure = step_of(both[0], slope, slow)
        dropped, promise = step_of(both[1], slope, step)
        newton = dropped <= fallen
        if max(sure, promise if newton else sure) < DECREMENT:
            return value, True
        accepted = False
        for attempt in range(2):
            if attempt == 1 or not newton:
                step[:] = slow
            longest = LONGEST
            for a in range(step.shape[0]):
                longest = max(longest, abs(step[a]))
            scale = LONGEST / longest
            for _ in range(MAX_HALVINGS):
                trial = theta + scale * step
                fill_odds(trial, total, at, odds)
                row_sums(odds, at, trial_held)
                new = likelihood_of(trial, y, trial_held, at)
                if new >= value - ROUNDING * abs(value):
                    accepted = True
                    break
                scale *= 0.5
            if accepted or not newton:
                break
        if not accepted:
            fill_odds(theta, total, at, odds)
            return value, False
        theta[:] = trial
        held[:] = trial_held
        value = new
    return value, False


@jit
def share_out(y: Array, odds: Array, at: Composite, found: Array) -> None:
    """Fill ``found`` (cells,): the people expected in each cell, given the rows, at expected counts ``odds``."""
    found[:] = 0.0
    for r in range(y.shape[0]):
        first, last = at.row_start[r], at.row_start[r + 1]
        if y[r] == 0.0:
            continue
        if last - first == 1:
            found[at.row_cell[first]] += y[r]
            continue
        held = 0.0
        for e in range(first, last):
            held += at.row_share[e] * odds[at.row_cell[e]]
        for e in range(first, last):
            c = at.row_cell[e]
            found[c] += y[r] * at.row_share[e] * odds[c] / held


def loose_directions(odds: Array, y: Array, at: Composite) -> tuple[Array, Array]:
    """The directions that move people between cells at a maximum, and nothing that is counted. Priors do not count.

    Where the maximum is at the edge, directions that only move cells nobody is expected in are left aside: of these the
    likelihood may have said something on the way to the edge, where its curvature says nothing any more.

    Parameters
    ----------
    odds
        ``(cells,)`` expected counts of the cells at the maximum; 0 where it is at the edge.

    Returns
    -------
    tuple
        ``(columns,)`` the units in which complete data have curvature 1, and ``(columns, directions)`` in these units.
    """
    size, none = np.ones(len(at.ridge)), np.empty((len(at.ridge), 0))
    if not ((at.row_start[1:] - at.row_start[:-1] > 1) & (y > 0)).any():  # all that is known is complete
        return size, none
    held, slope = np.empty(len(y)), np.empty(len(size))
    row_sums(odds, at, held)
    whole, ours = slopes(size, y, _totals(odds, at), odds, held, at._replace(ridge=np.zeros(len(size))), slope)
    present = whole.diagonal() > 0
    size[present] = np.sqrt(whole.diagonal()[present])
    units = size[:, None] * size
    whole /= units
    ours /= units
    if dpstrf(ours, tol=CURVED, lower=1)[2] == dpstrf(whole, tol=FLAT, lower=1)[2]:
        return size, none
    curved, vectors = np.linalg.eigh(whole)
    inside = vectors[:, curved > FLAT * max(curved[-1], 0.0)]
    values, vectors = np.linalg.eigh(inside.T @ (ours + np.tril(ours, -1).T) @ inside)
    return size, inside @ vectors[:, values <= FLAT * max(values[-1], 0.0)]


def unidentified(odds: Array, y: Array, at: Composite, beside: csr_array, group: Index) -> NDArray[np.bool_]:
    """Which cells that are never counted can move while nothing changes in what is counted.

    Parameters
    ----------
    odds
        ``(cells,)`` as in `loose_directions`.
    beside
        ``(others, columns)`` the columns of cells that are in no row.
    group
        ``(others,)`` the group of each.
    """
    return moved(*loose_directions(odds, y, at), odds, at, beside, group)


def moved(
    size: Array, directions: Array, odds: Array, at: Composite, beside: csr_array, group: Index
) -> NDArray[np.bool_]:
    """``(others,)`` which cells that are in no row some direction moves, the totals of the groups being known."""
    total = _totals(odds, at)
    columns = csr_array((at.values, at.indices, at.indptr), shape=(len(odds), len(size)))
    cell = np.repeat(np.arange(len(total)), np.diff(at.start))
    share = np.divide(at.exposure * odds, total[cell], out=np.zeros_like(odds), where=total[cell] > 0)
    mean = csr_array((share, (cell, np.arange(len(odds)))), shape=(len(total), len(odds))) @ columns
    away = (beside - mean[group]).toarray() / size
    length = np.maximum(np.linalg.norm(away, axis=1), 1.0)
    found: NDArray[np.bool_] = (np.abs(away @ directions) > MOVES * length[:, None]).any(axis=1) & (total[group] > 0)
    return found


def _totals(odds: Array, at: Composite) -> Array:
    """``(groups,)`` the expected counts of all cells of each group."""
    return np.asarray(np.add.reduceat(at.exposure * odds, at.start[:-1]))
