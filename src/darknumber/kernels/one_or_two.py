"""Chances of being on a list, from the people on one list or two, which may depend on what is known of them.

A person with features x has odds ``exp(a_j + x b)`` of being on list j, or ``exp(a + x b)`` of being on any. For every
person with these features on none, ``W = sum_c w_c exp(r_c theta)`` are expected on one list or two, so that
``people / W`` are on none. Cell c is a history, or a number of lists that stands for ``w_c`` histories; its row
``r_c`` says which lists it holds, and x as often as it holds lists. The parameters maximise the likelihood of the
cells given the people on one list or two: with one chance for all lists that is a logistic regression of two lists
against one (Böhning & van der Heijden 2009; Böhning, Vidal-Diez, Lerdsuwansri, Viwatwongkasem & Arnold 2013).
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

DIGITS = 12  # of directions of length one: rows that differ by less are the same
BOX = 1.0  # directions are looked for in this box: only their signs matter


@dataclass(frozen=True, slots=True)
class OneOrTwo:
    """The cells of people on one list or two.

    Parameters
    ----------
    on
        ``(cells, a)`` the columns of a cell that say which lists it holds.
    size
        ``(cells,)`` how many lists it holds: 1 or 2.
    features
        ``(strata, b)`` what chances depend on beside the list.
    weight
        ``(strata, cells)`` how many histories a cell stands for; zero where it cannot occur.
    """

    on: Array
    size: Array
    features: Array
    weight: Array

    @property
    def columns(self) -> int:
        """How many parameters there are."""
        return int(self.on.shape[1] + self.features.shape[1])

    def rows(self) -> Array:
        """``(strata, cells, columns)`` the row of every cell."""
        lists = np.broadcast_to(self.on, (len(self.features), *self.on.shape))
        return np.concatenate([lists, self.size[None, :, None] * self.features[:, None, :]], axis=2)


@jit
def expected_shares(theta: Array, y: Array, people: Array, rows: Array, weight: Array, p: Array, whole: Array) -> float:
    """Fill ``p`` (strata, cells) with shares and ``whole`` (strata,) with log sums; return the log-likelihood."""
    likelihood = 0.0
    for s in range(rows.shape[0]):
        top = -np.inf
        for c in range(rows.shape[1]):
            eta = -np.inf
            if weight[s, c] > 0.0:
                eta = np.log(weight[s, c])
                for k in range(rows.shape[2]):
                    eta += rows[s, c, k] * theta[k]
            p[s, c] = eta
            top = max(top, eta)
        norm = 0.0
        for c in range(rows.shape[1]):
            norm += np.exp(p[s, c] - top) if weight[s, c] > 0.0 else 0.0
        whole[s] = top + np.log(norm)
        for c in range(rows.shape[1]):
            if y[s, c] > 0.0:
                likelihood += y[s, c] * p[s, c]
            p[s, c] = np.exp(p[s, c] - whole[s]) if weight[s, c] > 0.0 else 0.0
        if people[s] > 0.0:
            likelihood -= people[s] * whole[s]
    return likelihood


@jit
def score_of_shares(y: Array, people: Array, rows: Array, p: Array, score: Array, info: Array) -> None:
    """Fill ``score`` (p,) and the lower triangle of ``info`` (p, p)."""
    size = rows.shape[2]
    score[:] = 0.0
    info[:, :] = 0.0
    mean = np.empty(size)
    for s in range(rows.shape[0]):
        if people[s] == 0.0:
            continue
        mean[:] = 0.0
        for c in range(rows.shape[1]):
            for k in range(size):
                mean[k] += p[s, c] * rows[s, c, k]
                score[k] += (y[s, c] - people[s] * p[s, c]) * rows[s, c, k]
        for c in range(rows.shape[1]):
            pull = people[s] * p[s, c]
            if pull == 0.0:
                continue
            for k in range(size):
                for m in range(k + 1):
                    info[k, m] += pull * (rows[s, c, k] - mean[k]) * (rows[s, c, m] - mean[m])


@jit
def climb_shares(theta: Array, y: Array, people: Array, rows: Array, weight: Array, p: Array, whole: Array) -> None:
    """Newton's method from ``theta`` in place; ``p`` and ``whole`` are left at the maximum."""
    size = theta.shape[0]
    info = np.empty((size, size))
    step = np.empty(size)
    diagonal = np.empty(size)
    likelihood = expected_shares(theta, y, people, rows, weight, p, whole)
    for _ in range(MAX_STEPS):
        score_of_shares(y, people, rows, p, step, info)
        factorise(info, size, diagonal)
        solve_lower(info, size, step)
        decrement = 0.0
        for k in range(size):
            decrement += step[k] * step[k]
        solve_upper(info, size, step)
        longest = LONGEST
        for k in range(size):
            longest = max(longest, abs(step[k]))
        scale = LONGEST / longest
        accepted = False
        for _ in range(MAX_HALVINGS):
            trial = theta + scale * step
            value = expected_shares(trial, y, people, rows, weight, p, whole)
            if value >= likelihood - 1e-12 * abs(likelihood):  # rounding of a sum of this size
                accepted = True
                break
            scale *= 0.5
        if not accepted:
            expected_shares(theta, y, people, rows, weight, p, whole)
            return
        theta[:] = trial
        likelihood = value
        if decrement < DECREMENT:
            return


@jit
def climb_shares_many(found: Array, many: Array, rows: Array, weight: Array, whole: Array) -> None:
    """Maximise for each of ``(B, strata, cells)`` counts, from ``found`` in place; ``whole`` (B, strata) is filled."""
    p = np.empty(weight.shape)
    people = np.empty(weight.shape[0])
    for b in range(many.shape[0]):
        for s in range(weight.shape[0]):
            people[s] = many[b, s].sum()
        climb_shares(found[b], many[b], people, rows, weight, p, whole[b])


def starting_point(cells: OneOrTwo, y: Array) -> Array:
    """``(p,)`` one chance for all lists and everybody: that of the people on two lists for one on one."""
    two = cells.size == 2
    people = y.sum(axis=1)
    singles, pairs = people @ cells.weight[:, ~two].sum(axis=1), people @ cells.weight[:, two].sum(axis=1)
    ones, twos = y[:, ~two].sum() + 0.5, y[:, two].sum() + 0.5  # a little, so that both have a logarithm
    start = np.zeros(cells.columns)
    odds = twos / ones * singles / pairs if singles > 0 and pairs > 0 else 1.0
    start[: cells.on.shape[1]] = np.log(odds)
    return start


def maximise_shares(cells: OneOrTwo, y: Array) -> tuple[Array, Array, Array]:
    """Fit ``(strata, cells)`` counts: parameters, shares ``(strata, cells)`` and the log of W ``(strata,)``."""
    theta = starting_point(cells, y)
    p, whole = np.empty(cells.weight.shape), np.empty(len(cells.weight))
    climb_shares(theta, np.ascontiguousarray(y), y.sum(axis=1), _packed(cells), cells.weight, p, whole)
    return theta, p, whole


def maximise_shares_many(cells: OneOrTwo, many: Array) -> tuple[Array, Array]:
    """Fit ``(B, strata, cells)`` counts: parameters ``(B, p)`` and the logs of W ``(B, strata)``."""
    found = np.stack([starting_point(cells, y) for y in many])
    whole = np.empty(many.shape[:2])
    climb_shares_many(found, np.ascontiguousarray(many), _packed(cells), cells.weight, whole)
    return found, whole


def covariance_of_shares(cells: OneOrTwo, people: Array, p: Array) -> Array:
    """``(p, p)`` large-sample covariance of the parameters."""
    score, info = np.empty(cells.columns), np.empty((cells.columns, cells.columns))
    score_of_shares(np.zeros_like(p), people, _packed(cells), p, score, info)
    inverse = np.linalg.pinv(np.tril(info) + np.tril(info, -1).T, hermitian=True)
    return np.asarray(inverse, dtype=np.float64)


def log_odds_of_lists(cells: OneOrTwo, theta: Array) -> Array:
    """``(..., strata, singles)`` log odds of being on a list: the predictors of the cells of one list."""
    found: Array = np.einsum("sck,...k->...sc", cells.rows()[:, cells.size == 1], theta)
    return np.minimum(found, LOG_MAX)


def runs_off(cells: OneOrTwo, y: Array, people: Array) -> tuple[Mask, Mask]:
    """Whether the chances of each stratum can run off to nothing, and to certainty, without the likelihood falling.

    The parameters can go along a direction d for ever if no row does better than the rows of the cells with people, in
    each stratum. Along d chances vanish where all rows of one list fall, and run up where one of them rises.

    Parameters
    ----------
    y
        ``(strata, cells)`` people on one list or two.
    people
        ``(strata,)`` all people on a list: strata without anybody have no say, and their chances do not matter.

    Returns
    -------
    tuple
        ``(strata,)`` each: can vanish, can run up.
    """
    vanish, rise = np.zeros(len(y), dtype=np.bool_), np.zeros(len(y), dtype=np.bool_)
    rows, live = cells.rows(), cells.weight > 0
    level, walls = _walls(rows, live, y)
    there = np.flatnonzero(people > 0)
    everywhere = np.concatenate([rows[s][live[s]] for s in there]) if len(there) else np.zeros((0, cells.columns))
    basis = _complement(level, _span(everywhere))
    if not basis.shape[1]:
        return vanish, rise
    walls = _pointed(walls @ basis)
    few = y.sum(axis=1) > 0
    targets = {}
    for s in there:
        # Where people are on one list or two no row does better than theirs, so that theirs tells for all lists.
        rows_of = rows[s][y[s] > 0][:1] if few[s] else rows[s][live[s] & (cells.size == 1)]
        pointed = _pointed(rows_of @ basis)
        if len(pointed):
            targets[int(s)] = pointed
    one = [s for s in targets if few[s]]
    if one:  # one direction often shows for many strata at once that their chances can vanish
        _, along = _furthest(walls, -np.sum([targets[s] for s in one], axis=0))
        vanish[one] = [float(targets[s][0] @ along) < -MOVES for s in one]
    for stratum, target in targets.items():
        rise[stratum] = any(_can_rise(walls, each) for each in target)
        held = few[stratum] and _held(walls, -target[0])
        vanish[stratum] = vanish[stratum] or (not held and _furthest(walls, -target)[0] > MOVES)
    return vanish, rise


def _pointed(rows: Array) -> Array:
    """Rows of length one, each once; those that are nothing are left out."""
    size = np.linalg.norm(rows, axis=1)
    kept = rows[size > SAME] / size[size > SAME][:, None]
    return np.unique(kept.round(DIGITS), axis=0) if len(kept) else kept


def _held(walls: Array, target: Array) -> bool:
    """Whether a wall is the target itself, so that it cannot rise."""
    return bool((walls @ target > 1 - MOVES**2).any())


def _can_rise(walls: Array, target: Array) -> bool:
    return not _held(walls, target) and _furthest(walls, target[None])[0] > MOVES


def _walls(rows: Array, live: Mask, y: Array) -> tuple[Array, Array]:
    """Differences of rows that must stay as they are, and those that must not rise."""
    level, walls = [np.zeros((0, rows.shape[2]))], [np.zeros((0, rows.shape[2]))]
    for s in np.flatnonzero(y.sum(axis=1) > 0):
        seen = y[s] > 0
        base = rows[s][seen][0]
        level.append(rows[s][seen] - base)
        walls.append(rows[s][live[s] & ~seen] - base)
    return np.concatenate(level), np.concatenate(walls)


def _span(rows: Array) -> Array:
    """``(columns, rank)`` an orthonormal basis of what the rows span."""
    if not rows.size:
        return np.zeros((rows.shape[1], 0))
    _, values, vectors = np.linalg.svd(np.linalg.qr(rows, mode="r"))
    return np.asarray(vectors[: int(np.sum(values > NULL_SHARE * values.max(initial=0.0)))].T)


def _complement(level: Array, span: Array) -> Array:
    """``(columns, n)`` a basis of the directions in a span along which the rows of `level` stay as they are."""
    inside = level @ span
    inside = inside[np.abs(inside).max(axis=1, initial=0.0) > SAME]
    if not inside.size:
        return span
    _, values, vectors = np.linalg.svd(np.linalg.qr(inside, mode="r"))
    rank = int(np.sum(values > NULL_SHARE * values.max(initial=0.0)))
    return np.asarray(span @ vectors[rank:].T)


def _furthest(walls: Array, target: Array) -> tuple[float, Array]:
    """How far the least of the rows of `target` can rise while none of `walls` does, and the direction of that."""
    columns = target.shape[1]
    goal = np.append(np.zeros(columns), -1.0)
    above = np.hstack([-target, np.ones((len(target), 1))])
    held = np.hstack([walls, np.zeros((len(walls), 1))])
    bounds = [*[(-BOX, BOX)] * columns, (None, None)]
    still = np.zeros(len(above) + len(held))
    found = linprog(goal, A_ub=np.vstack([above, held]), b_ub=still, bounds=bounds, method="highs")
    best = np.asarray(found.x, dtype=np.float64)  # staying where one is is always allowed, so that there is one
    return float(best[columns]), best[:columns]


def verdicts_of_chances(vanish: Mask, rise: Mask) -> NDArray[np.int8]:
    """Verdicts on people divided by a W that vanishes, or runs up."""
    found = np.where(vanish, verdicts.INFINITE, np.where(rise, verdicts.ZERO, verdicts.ESTIMABLE))
    return np.where(vanish & rise, verdicts.NOT_IDENTIFIED, found).astype(np.int8)


def _packed(cells: OneOrTwo) -> Array:
    return np.ascontiguousarray(cells.rows())
