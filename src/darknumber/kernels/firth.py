"""Log-linear models with less bias in small samples: Firth's adjustment, and what it leaves in the dark figure.

With free stratum totals the fit is the conditional multinomial of histories given the totals ``n_s``, an exponential
family in its canonical parameters. There, adding half the log-determinant of the information to the log-likelihood
removes the first-order bias of the parameters (Firth 1993); it is the same as adding half its hat value ``h`` to every
count (Kosmidis & Firth 2009). Write ``pi_w(s)`` for the fitted share of history ``w``, ``xbar_s`` for the expected
columns and ``I`` for the information; then

    h_w(s) = n_s pi_w(s) (x_w(s) - xbar_s)' I^-1 (x_w(s) - xbar_s).

The hat values of the Poisson model with an intercept a stratum are larger by ``pi_w(s)``, which changes no fitted share
(those additions have expected margins already), so that for one table the two adjustments are the same. With many
strata they are not: there each intercept would bring half a person, in strata without people too, while here the
totals are conditioned on and strata that share their parameters may be merged.

The dark figure is ``n_s`` times the odds of being on no list, whose logarithm is ``-A_s(theta)``, ``A_s`` the log
of the sum of ``exp(x_w'theta)`` over observable histories. To second order, with ``theta`` without bias,

    E[odds] = odds (1 + V_s / 2 - trace(J_s I^-1) / 2),  V_s = xbar_s' I^-1 xbar_s,

``J_s`` the information of one person of the stratum. The trace is ``sum_w h_w(s) / n_s``: the total of the adjusted
counts makes up for that part, and ``exp(-V_s / 2)``, right where the log odds are normal, for the other. ``V_s`` is
taken at the adjusted totals, as in the Poisson model of one table.

What has less bias is the mean. The distribution stays skew, so that the corrected dark figure is below the true one
more often than above it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.design import Design, Layout
from darknumber.kernels.histories import superset_sums
from darknumber.kernels.jit import jit
from darknumber.kernels.poisson import (
    expected_counts,
    factorise,
    maximise,
    score_and_information,
    solve_lower,
    solve_upper,
)

Array = NDArray[np.float64]
Index = NDArray[np.int64]

ENOUGH = 1e-18  # squared length of the last step, in standard errors: what is left does not show in eight digits
MAX_STEPS = 1000  # steps shrink by a factor: a tenth or less on most tables, 0.95 with fewer people than parameters
MAX_HALVINGS = 30
LONGEST = 5.0  # no parameter moves further in one step: far from the maximum a scoring step overshoots
ROUNDING = 1e-12  # of a sum as large as the log-likelihood
HALF = 0.5  # of a hat value is what Firth's adjustment adds to a count


@jit
def penalised(
    theta: Array, y: Array, total: Array, place: Index, size: int, cells: Layout, mu: Array, score: Array, info: Array
) -> tuple[float, int]:
    """The penalised log-likelihood kernel and how many directions have information; fills ``mu``, ``score``, ``info``.

    ``info`` holds the Cholesky factor. Values with different numbers of directions cannot be compared.
    """
    value = expected_counts(theta, y, total, place, cells, mu)
    score_and_information(y, mu, total, place, size, cells, score, info)
    factorise(info, size, np.empty(size))
    rank = 0
    for i in range(size):
        if info[i, i] > 0.0:
            value += np.log(info[i, i])
            rank += 1
    return value, rank


@jit
def invert(factor: Array, size: int, inverse: Array) -> None:
    """Fill ``inverse`` (p, p) from a Cholesky factor; dropped directions stay zero."""
    for i in range(size):
        inverse[i, :] = 0.0
        inverse[i, i] = 1.0
        solve_lower(factor, size, inverse[i])
        solve_upper(factor, size, inverse[i])


@jit
def hat_values(mu: Array, total: Array, cells: Layout, inverse: Array, hat: Array, score: Array, doubt: Array) -> None:
    """Hat values of the observable histories, the score they add, and the variance of the log odds of being unseen.

    Parameters
    ----------
    hat
        ``(strata, 2**K)``, filled.
    score
        ``(columns,)``, added to.
    doubt
        ``(strata,)`` V_s, filled.
    """
    size = mu.shape[1]
    room = min(size, len(cells.masks))
    slot = np.empty(size, dtype=np.int64)
    sets = np.empty(room, dtype=np.int64)
    quadratic = np.empty((room, room))
    mean = np.empty(room)
    pulled = np.empty(room)
    t_mu = np.empty(size)
    t_hat = np.empty(size)
    for s in range(mu.shape[0]):
        hat[s, :] = 0.0
        doubt[s] = 0.0
        if total[s] == 0.0:
            continue
        # Columns with the same lists move the same histories: what follows needs their sums only.
        slot[:] = -1
        used = 0
        for e in range(cells.indptr[s], cells.indptr[s + 1]):
            mask = cells.masks[cells.indices[e]]
            if slot[mask] < 0:
                slot[mask] = used
                sets[used] = mask
                used += 1
        quadratic[:used, :used] = 0.0
        for e in range(cells.indptr[s], cells.indptr[s + 1]):
            c = cells.indices[e]
            a = slot[cells.masks[c]]
            for f in range(cells.indptr[s], cells.indptr[s + 1]):
                d = cells.indices[f]
                quadratic[a, slot[cells.masks[d]]] += cells.values[e] * cells.values[f] * inverse[c, d]
        t_mu[:] = mu[s]
        t_mu[0] = 0.0
        superset_sums(t_mu, cells.lists)
        for a in range(used):
            mean[a] = t_mu[sets[a]] / total[s]
        for a in range(used):
            pulled[a] = 0.0
            for b in range(used):
                pulled[a] += quadratic[a, b] * mean[b]
            doubt[s] += pulled[a] * mean[a]
        lift = 0.0
        for w in range(1, size):
            if not cells.live[s, w]:
                continue
            variance = doubt[s]
            for a in range(used):
                if sets[a] & w == sets[a]:
                    variance -= 2.0 * pulled[a]
                    for b in range(used):
                        if sets[b] & w == sets[b]:
                            variance += quadratic[a, b]
            hat[s, w] = mu[s, w] * variance
            lift += hat[s, w]
        t_hat[:] = hat[s]
        superset_sums(t_hat, cells.lists)
        for e in range(cells.indptr[s], cells.indptr[s + 1]):
            c = cells.indices[e]
            mask = cells.masks[c]
            score[c] += HALF * cells.values[e] * (t_hat[mask] - lift * t_mu[mask] / total[s])


@jit
def enlarge(mu: Array, total: Array, hat: Array, extra: float, more: Array, whole: Array) -> None:
    """Fill ``whole`` (strata,) with adjusted totals plus `extra` people, and ``more`` with expected counts to match."""
    for s in range(len(total)):
        whole[s] = total[s]
        more[s] = mu[s]
        if total[s] > 0.0:
            whole[s] += HALF * hat[s].sum() + extra
            more[s] *= whole[s] / total[s]


@jit
def climb(
    theta: Array, y: Array, total: Array, place: Index, size: int, cells: Layout, mu: Array, hat: Array, doubt: Array
) -> bool:
    """Maximise the penalised log-likelihood from ``theta`` (p,), in place; whether the last step was small enough.

    ``mu``, ``hat`` and ``doubt`` are left as they are at ``theta``.
    """
    score, step, trial, diagonal = np.empty(size), np.empty(size), np.empty(size), np.empty(size)
    info, inverse = np.empty((size, size)), np.empty((size, size))
    more, whole = np.empty(mu.shape), np.empty(len(total))
    value, rank = penalised(theta, y, total, place, size, cells, mu, score, info)
    for _ in range(MAX_STEPS):
        invert(info, size, inverse)
        hat_values(mu, total, cells, inverse, hat, score, doubt)
        # The penalty curves about as the likelihood of the people it adds, half a hat value a history and half for the
        # stratum: exactly so in a saturated model.
        enlarge(mu, total, hat, 0.5, more, whole)
        score_and_information(more, more, whole, place, size, cells, trial, info)
        factorise(info, size, diagonal)
        step[:] = score
        solve_lower(info, size, step)
        gain = 0.0
        for i in range(size):
            gain += step[i] * step[i]
        if gain < ENOUGH:
            return True
        solve_upper(info, size, step)
        longest = LONGEST
        for i in range(size):
            longest = max(longest, abs(step[i]))
        scale = LONGEST / longest
        reached, left = value, rank
        for _ in range(MAX_HALVINGS):
            trial[:] = theta + scale * step
            reached, left = penalised(trial, y, total, place, size, cells, mu, score, info)
            if left > rank or (left == rank and reached >= value - ROUNDING * abs(value)):
                break
            scale *= 0.5
        theta[:] = trial
        value, rank = reached, left
    return False


@jit
def reduced(
    theta: Array, y: Array, total: Array, place: Index, size: int, cells: Layout, mu: Array, dark: Array, doubt: Array
) -> bool:
    """Fit from ``theta`` (p,), in place; fill ``mu``, ``dark`` (strata,) and ``doubt`` (strata,), V_s.

    Returns whether the iterations arrived.
    """
    hat = np.empty(mu.shape)
    arrived = climb(theta, y, total, place, size, cells, mu, hat, doubt)
    more, whole = np.empty(mu.shape), np.empty(len(total))
    enlarge(mu, total, hat, 0.0, more, whole)
    score = np.empty(size)
    info, inverse = np.empty((size, size)), np.empty((size, size))
    score_and_information(more, more, whole, place, size, cells, score, info)
    factorise(info, size, np.empty(size))
    invert(info, size, inverse)
    hat_values(more, whole, cells, inverse, hat, score, doubt)
    for s in range(len(total)):
        dark[s] = more[s, 0] * np.exp(-HALF * doubt[s])  # half the variance: the mean of a log-normal
    return arrived


@jit
def reduced_many(start: Array, many: Array, totals: Array, place: Index, size: int, cells: Layout) -> Array:
    """Fit ``(B, strata, 2**K)`` tables from one start: dark figures ``(B, strata)``."""
    tables, strata = many.shape[0], many.shape[1]
    dark = np.empty((tables, strata))
    doubt = np.empty(strata)
    mu = np.empty((strata, many.shape[2]))
    theta = np.empty(size)
    for b in range(tables):
        theta[:] = start
        reduced(theta, many[b], totals[b], place, size, cells, mu, dark[b], doubt)
    return dark


class Reduced(NamedTuple):
    """A fit with less bias.

    Parameters
    ----------
    theta
        ``(columns,)`` parameters.
    mu
        ``(strata, 2**K)`` expected counts at ``theta`` with the totals as observed; cell 0 is not yet corrected.
    dark
        ``(strata,)`` the corrected dark figure.
    doubt
        ``(strata,)`` the variance of the log odds of being on no list, given the totals.
    arrived
        Whether the iterations ended where the adjusted score is zero.
    """

    theta: Array
    mu: Array
    dark: Array
    doubt: Array
    arrived: bool


def reduce_bias(design: Design, y: Array) -> Reduced:
    """Fit one table with less bias; the design must have free stratum totals.

    The answer is finite whatever the counts. Whether it rests on more than the adjustment is decided in `existence`.

    Parameters
    ----------
    y
        ``(strata, 2**K)`` counts; cell 0 is ignored.

    Sources
    -------
    Firth 1993; Kosmidis & Firth 2009.
    """
    y = np.ascontiguousarray(y)
    theta = _starting_point(design, y)
    mu, dark, doubt = np.empty(y.shape), np.empty(len(y)), np.empty(len(y))
    place = np.arange(design.columns)
    arrived = reduced(theta, y, y.sum(axis=1), place, design.columns, design.layout, mu, dark, doubt)
    return Reduced(theta, mu, dark, doubt, bool(arrived))


def reduce_bias_many(design: Design, many: Array, start: Array) -> Array:
    """Corrected dark figures ``(B, strata)`` of ``(B, strata, 2**K)`` tables, all fitted from one start."""
    many, place = np.ascontiguousarray(many), np.arange(design.columns)
    dark: Array = reduced_many(start, many, many.sum(axis=2), place, design.columns, design.layout)
    return dark


def _starting_point(design: Design, y: Array) -> Array:
    """The maximum of the likelihood with half a person for every parameter, spread evenly: finite, and near."""
    occupied = design.live & (y.sum(axis=1, keepdims=True) > 0)
    share = HALF * design.columns / max(int(occupied.sum()), 1)
    theta, _, _ = maximise(design, y + np.where(occupied, share, 0.0))
    return theta
