"""Poisson log-linear models with a row for every cell, for designs that no set of lists describes.

How many lists a person is on, the place of the first list, a frequency table of fifty rounds: such columns are small
and dense, so a plain matrix is the simplest thing that works. Some parameters may be held at zero or above (Chao's
lower bound); the likelihood is concave, so that one maximum is left, and it is reached by letting such parameters in,
one at a time, while the likelihood rises.

As in `poisson`, the iterations run towards a maximum that lies at infinity; whether the dark figure is finite is
decided by `verdict_of` (METHODS 4.4) and never from these numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from darknumber.kernels import verdicts
from darknumber.kernels.existence import MOVES, NULL_SHARE, SAME
from darknumber.kernels.jit import jit
from darknumber.kernels.poisson import (
    DECREMENT,
    LOG_MAX,
    LONGEST,
    MAX_HALVINGS,
    MAX_STEPS,
    factorise,
    solve_lower,
    solve_upper,
)

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

MAX_SWAPS = 200  # each lets one parameter in and raises the likelihood; there are never more than a few dozen
HALF = 0.5  # added to counts where a start is sought, so that empty cells have a logarithm


@dataclass(frozen=True, slots=True)
class Cells:
    """A log-linear model of some cells and of the one that nobody sees.

    Parameters
    ----------
    rows
        ``(cells, p)`` each column divided by its largest entry.
    offset
        ``(cells,)`` added to the log expected count, such as the log of how many histories a cell holds.
    dark
        ``(p,)`` the row of the people nobody sees, in the same units.
    floor
        ``(p,)`` whether a parameter may not be below zero.
    """

    rows: Array
    offset: Array
    dark: Array
    floor: Mask


def make_cells(rows: Array, dark: Array, offset: Array | None = None, floor: Mask | None = None) -> Cells:
    """A design from its columns in any units."""
    size = np.abs(np.vstack([rows, dark])).max(axis=0)
    size[size == 0] = 1.0
    return Cells(
        rows=np.ascontiguousarray(rows / size),
        offset=np.zeros(len(rows)) if offset is None else np.ascontiguousarray(offset, dtype=np.float64),
        dark=np.ascontiguousarray(dark / size),
        floor=np.zeros(len(size), dtype=np.bool_) if floor is None else np.asarray(floor, dtype=np.bool_),
    )


def complete(cells: Cells) -> Cells:
    """The same model with the unseen as the last cell, as if they had been counted."""
    return Cells(
        rows=np.vstack([cells.rows, cells.dark]),
        offset=np.append(cells.offset, 0.0),
        dark=cells.dark,
        floor=cells.floor,
    )


@jit
def expected_cells(theta: Array, y: Array, rows: Array, offset: Array, mu: Array) -> float:
    """Fill ``mu`` (cells,) with expected counts; return the log-likelihood kernel."""
    likelihood = 0.0
    for i in range(rows.shape[0]):
        eta = offset[i]
        for c in range(rows.shape[1]):
            eta += rows[i, c] * theta[c]
        mu[i] = np.exp(min(eta, LOG_MAX))
        likelihood += y[i] * eta - mu[i] if y[i] > 0.0 else -mu[i]
    return likelihood


@jit
def climb_cells(theta: Array, y: Array, rows: Array, offset: Array, inside: Mask, mu: Array) -> None:
    """Newton's method over the parameters that are `inside`, from ``theta`` in place; ``mu`` is left at the maximum."""
    cells = rows.shape[0]
    at = np.flatnonzero(inside)
    size = at.shape[0]
    info = np.empty((size, size))
    diagonal = np.empty(size)
    step = np.empty(size)
    trial = theta.copy()
    likelihood = expected_cells(theta, y, rows, offset, mu)
    for _ in range(MAX_STEPS):
        info[:, :] = 0.0
        step[:] = 0.0
        for i in range(cells):
            for a in range(size):
                x = rows[i, at[a]]
                if x == 0.0:
                    continue
                step[a] += x * (y[i] - mu[i])
                for b in range(a + 1):
                    info[a, b] += x * rows[i, at[b]] * mu[i]
        factorise(info, size, diagonal)
        solve_lower(info, size, step)
        decrement = 0.0
        for a in range(size):
            decrement += step[a] * step[a]
        solve_upper(info, size, step)
        longest = LONGEST
        for i in range(cells):
            move = 0.0
            for a in range(size):
                move += rows[i, at[a]] * step[a]
            longest = max(longest, move)  # upwards only: there is no way to overshoot downwards, as `exp` is flat there
        scale = LONGEST / longest
        accepted = False
        for _ in range(MAX_HALVINGS):
            for a in range(size):
                trial[at[a]] = theta[at[a]] + scale * step[a]
            value = expected_cells(trial, y, rows, offset, mu)
            if value >= likelihood - 1e-12 * abs(likelihood):  # rounding of a sum of this size
                accepted = True
                break
            scale *= 0.5
        if not accepted:
            expected_cells(theta, y, rows, offset, mu)
            return
        theta[:] = trial
        likelihood = value
        if decrement < DECREMENT:
            return


@jit
def newton_cells(theta: Array, y: Array, rows: Array, offset: Array, floor: Mask, inside: Mask, mu: Array) -> bool:
    """Maximise from ``theta`` (p,), in place; ``inside`` (p,) tells afterwards which parameters are not held at zero.

    Returns whether every score that matters has become small.

    A parameter with a floor is let in where the likelihood rises with it, the steepest first. Where the new maximum
    lies beyond another's floor, the way there ends at that floor, and the parameter stays on it.
    """
    for c in range(theta.shape[0]):
        inside[c] = not floor[c]
        if floor[c]:
            theta[c] = 0.0
    climb_cells(theta, y, rows, offset, inside, mu)
    for _ in range(MAX_SWAPS):
        best, rise, arrived = -1, DECREMENT, True
        for c in range(theta.shape[0]):
            score, information = 0.0, 1.0  # 1: a score of one person matters
            for i in range(rows.shape[0]):
                score += rows[i, c] * (y[i] - mu[i])
                information += rows[i, c] * rows[i, c] * mu[i]
            if inside[c]:
                arrived = arrived and score * score <= DECREMENT * information
            elif score > 0.0 and score * score / information > rise:
                best, rise = c, score * score / information
        if best < 0:
            return arrived
        inside[best] = True
        while True:
            goal = theta.copy()
            climb_cells(goal, y, rows, offset, inside, mu)
            share, hit = 1.0, -1
            for c in range(theta.shape[0]):
                if inside[c] and floor[c] and goal[c] < 0.0 and theta[c] / (theta[c] - goal[c]) < share:
                    share, hit = theta[c] / (theta[c] - goal[c]), c
            theta += share * (goal - theta)
            if hit < 0:
                break
            theta[hit] = 0.0
            inside[hit] = False
    return False


@jit
def newton_cells_many(found: Array, many: Array, rows: Array, offset: Array, floor: Mask, inside: Mask) -> None:
    """Maximise for each of ``(B, cells)`` counts; ``found`` and ``inside`` (B, p) are filled.

    A table at a time, so that none depends on which others are fitted with it, not even in its last digit.
    """
    mu = np.empty(rows.shape[0])
    for b in range(many.shape[0]):
        start_cells(found[b], many[b], rows, offset)
        newton_cells(found[b], many[b], rows, offset, floor, inside[b], mu)


def maximise_cells(cells: Cells, y: Array, start: Array | None = None) -> tuple[Array, Array, Mask]:
    """Fit one table: ``(theta, mu, inside)``, where `inside` marks the parameters that are not held at zero.

    Parameters
    ----------
    y
        ``(cells,)`` counts, not necessarily whole.
    start
        ``(p,)`` where to start; by default from the logarithms of the counts.
    """
    y = np.ascontiguousarray(y, dtype=np.float64)
    mu = np.empty(len(y))
    inside = np.empty(len(cells.floor), dtype=np.bool_)
    if start is not None:
        theta = start.copy()
        if newton_cells(theta, y, cells.rows, cells.offset, cells.floor, inside, mu):
            return theta, mu, inside
    theta = np.empty(len(cells.floor))
    start_cells(theta, y, cells.rows, cells.offset)
    newton_cells(theta, y, cells.rows, cells.offset, cells.floor, inside, mu)
    return theta, mu, inside


def maximise_cells_many(cells: Cells, many: Array) -> tuple[Array, Mask]:
    """Fit ``(B, cells)`` counts: ``(theta, inside)``, ``(B, p)`` each."""
    many = np.ascontiguousarray(many, dtype=np.float64)
    found = np.empty((len(many), len(cells.floor)))
    inside = np.empty(found.shape, dtype=np.bool_)
    newton_cells_many(found, many, cells.rows, cells.offset, cells.floor, inside)
    return found, inside


@jit
def start_cells(theta: Array, y: Array, rows: Array, offset: Array) -> None:
    """Fill ``theta`` (p,): weighted least squares of the log counts, a little added so that empty cells have one."""
    size = rows.shape[1]
    gram, diagonal = np.zeros((size, size)), np.empty(size)
    theta[:] = 0.0
    for i in range(rows.shape[0]):
        weight = y[i] + HALF
        goal = weight * (np.log(weight) - offset[i])
        for a in range(size):
            theta[a] += rows[i, a] * goal
            for b in range(a + 1):
                gram[a, b] += rows[i, a] * rows[i, b] * weight
    factorise(gram, size, diagonal)
    solve_lower(gram, size, theta)
    solve_upper(gram, size, theta)


def dark_figures(cells: Cells, theta: Array) -> Array:
    """Expected people whom nobody sees, for ``(..., p)`` parameters."""
    # a sum, as a product of matrices rounds a row by the rows that stand beside it
    figures: Array = np.exp(np.minimum((theta * cells.dark).sum(axis=-1), LOG_MAX))
    return figures


def covariance(cells: Cells, mu: Array, inside: Mask) -> Array:
    """``(p, p)`` large-sample covariance of the parameters; zero for those that are held at zero."""
    gram = cells.rows.T @ (mu[:, None] * cells.rows)
    found: Array = np.linalg.pinv(np.where(inside[:, None] & inside, gram, 0.0), hermitian=True)
    return found


def dark_variance(cells: Cells, mu: Array, inside: Mask, dark: float) -> float:
    """Variance of the estimate for a fixed population: ``mu_0 + mu_0^2 Var(log mu_0)`` (METHODS A2)."""
    return dark + dark**2 * float(cells.dark @ covariance(cells, mu, inside) @ cells.dark)


def verdict_of(cells: Cells, present: Mask) -> int:
    """The verdict on the dark figure, given which cells have people (METHODS 4.4; the reasons are in `existence`).

    A parameter with a floor cannot run off below it, which is one more wall for the directions.
    """
    occupied = cells.rows[present]
    size = np.linalg.norm(occupied, axis=0)
    size[size == 0] = 1.0
    # Of many cells only their triangular factor matters, which is no larger than the number of parameters.
    _, values, vectors = np.linalg.svd(np.linalg.qr(occupied / size, mode="r"))
    rank = int(np.sum(values > NULL_SHARE * values.max(initial=0.0)))
    basis = vectors[rank:].T / size[:, None]
    if not basis.shape[1]:
        return verdicts.ESTIMABLE
    basis = basis / np.abs(basis).max(axis=0)
    dark = cells.dark @ basis
    if np.abs(dark).max() < SAME:
        return verdicts.ESTIMABLE
    walls = np.vstack([cells.rows[~present] @ basis, -basis[cells.floor]])
    reach = np.abs(walls).max(axis=1)
    walls = walls[reach > SAME] / reach[reach > SAME][:, None]
    if not len(walls):
        return verdicts.NOT_IDENTIFIED
    scaled, still = dark / np.abs(dark).max(), np.zeros(len(walls))
    ends = [linprog(sign * scaled, A_ub=walls, b_ub=still, bounds=(-1, 1), method="highs").fun for sign in (1, -1)]
    falls, rises = float(ends[0] or 0.0) < -MOVES, float(ends[1] or 0.0) < -MOVES
    if rises:
        return verdicts.NOT_IDENTIFIED if falls else verdicts.INFINITE
    return verdicts.ZERO if falls else verdicts.ESTIMABLE


def verdicts_of(cells: Cells, many: Array) -> NDArray[np.int8]:
    """``(B,)`` verdicts for ``(B, cells)`` counts, found once for tables with the same empty cells.

    Where there is nobody at all the dark figure is zero, and so estimable.
    """
    patterns, index = np.unique(many > 0, axis=0, return_inverse=True)
    found = [verdict_of(cells, present) if present.any() else verdicts.ESTIMABLE for present in patterns]
    return np.array(found, dtype=np.int8)[index.reshape(-1)]
