"""Log-linear models of many strata whose effects lean on each other: their mode, and how they bend there.

In stratum s the histories are multinomial given the people ``n_s``, with log odds ``eta_s(w)`` the sum over the terms
``a`` inside w of ``theta_as``. For a list, ``theta_js`` is a mean of the list, an effect of each covariate's level,
and what this stratum alone has, added up; for a set of several lists it is the same in every stratum. All effects are
normal around zero. The global ones (means, level effects, terms between lists) stand in one vector g with a prior
precision Q; those of the strata, ``e_s``, have precision tau. The information on ``theta_s`` is that of
`kernels.poisson`, and given g the strata are independent: each is taken out by a factor of K by K, and what is left
is one system as large as g (METHODS 4.1, 4.7).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.histories import subset_sums, superset_sums
from darknumber.kernels.jit import jit
from darknumber.kernels.joint import back, cholesky, forward

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

MOST_STEPS = 100  # from the far side of the prior some tens; from the mode of a neighbour three or four
DECREMENT = 1e-9  # Newton's step promises less: log-evidences are right to a millionth
SHORTEST = 1e-6  # a step halved more often than this moves nothing
NOISE = 1e-12  # relative: what is lost or won by rounding in a sum of this size


class Pool(NamedTuple):
    """Counts and effects of many strata, as the compiled kernels take them.

    Parameters
    ----------
    lists
        K.
    masks
        ``(terms,)`` the lists of each term as bits: the K lists first, in order, then the terms of several lists.
    y
        ``(strata, 2**K)`` counts; somebody in every stratum.
    live
        ``(strata, 2**K)`` which histories can occur; cell 0 is False.
    people
        ``(strata,)`` n.
    base
        ``(strata, parts)`` where in g the effects of a stratum begin, K of each part in a row, one a list; -1 for none.
    size
        The length of g; the terms of several lists stand at its end.
    own
        Whether strata have effects of their own.
    """

    lists: int
    masks: Index
    y: Array
    live: Mask
    people: Array
    base: Index
    size: int
    own: bool


class Mode(NamedTuple):
    """The most likely effects for given standard deviations, and the normal law around them.

    Parameters
    ----------
    prior, tau
        ``(size, size)`` Q and the precision of the strata's own effects.
    g, e
        ``(size,)`` and ``(strata, K)`` the effects.
    factor
        ``(size, size)`` the Cholesky factor of the curvature along g, where the own effects follow.
    factors, across
        ``(strata, K, K)`` and ``(strata, K, terms)``: as `linearise` leaves them.
    top
        ``(1,)`` the log joint density, without the constant of the prior.
    """

    prior: Array
    tau: float
    g: Array
    e: Array
    factor: Array
    factors: Array
    across: Array
    top: Array


@jit
def gather(pool: Pool, s: int, g: Array, theta: Array) -> None:
    """Fill ``theta`` (terms,) of a stratum with what g says of it."""
    theta[:] = 0.0
    for i in range(pool.base.shape[1]):
        if pool.base[s, i] >= 0:
            for j in range(pool.lists):
                theta[j] += g[pool.base[s, i] + j]
    several = pool.masks.shape[0] - pool.lists
    for p in range(several):
        theta[pool.lists + p] = g[pool.size - several + p]


@jit
def column(pool: Pool, s: int, term: int, i: int) -> int:
    """Where in g part `i` of a term of a stratum stands; -1 for nowhere. A term of several lists has one part."""
    if term >= pool.lists:
        return pool.size - pool.masks.shape[0] + term if i == 0 else -1
    return pool.base[s, i] + term if pool.base[s, i] >= 0 else -1


@jit
def cells_of(pool: Pool, s: int, theta: Array, eta: Array) -> float:
    """Fill ``eta`` (2**K,) with the log odds of every history against none; the log of their sum over live ones."""
    eta[:] = 0.0
    for a in range(theta.shape[0]):
        eta[pool.masks[a]] += theta[a]
    subset_sums(eta, pool.lists)
    top = -np.inf
    for w in range(1, eta.shape[0]):
        if pool.live[s, w] and eta[w] > top:
            top = eta[w]
    total = 0.0
    for w in range(1, eta.shape[0]):
        if pool.live[s, w]:
            total += math.exp(eta[w] - top)
    norm: float = top + math.log(total)
    return norm


@jit
def seen_part(pool: Pool, s: int, eta: Array, norm: float) -> float:
    """The log-likelihood of a stratum."""
    value: float = -pool.people[s] * norm
    for w in range(1, eta.shape[0]):
        if pool.y[s, w] > 0.0:
            value += pool.y[s, w] * eta[w]
    return value


@jit
def log_joint(pool: Pool, prior: Array, tau: float, g: Array, e: Array) -> float:
    """The log-likelihood with the log prior of all effects, without the prior's constant."""
    theta, eta = np.empty(pool.masks.shape[0]), np.empty(pool.y.shape[1])
    value = 0.0
    for s in range(pool.y.shape[0]):
        gather(pool, s, g, theta)
        if pool.own:
            for j in range(pool.lists):
                theta[j] += e[s, j]
                value -= 0.5 * tau * e[s, j] * e[s, j]
        norm = cells_of(pool, s, theta, eta)
        value += seen_part(pool, s, eta, norm)
    for i in range(pool.size):
        row = 0.0
        for k in range(i):
            row += prior[i, k] * g[k]
        value -= g[i] * (row + 0.5 * prior[i, i] * g[i])
    return value


@jit
def linearise(
    pool: Pool,
    prior: Array,
    tau: float,
    g: Array,
    e: Array,
    slope: Array,
    slope_own: Array,
    curve: Array,
    factors: Array,
    across: Array,
) -> bool:
    """The slope and the curvature of `log_joint`, the strata's own effects taken out.

    Parameters
    ----------
    slope
        ``(size,)`` filled: along g, where the own effects follow g to first order.
    slope_own
        ``(strata, K)`` filled: along the own effects.
    curve
        ``(size, size)`` filled, lower triangle: minus the second derivatives along g after they have followed.
    factors
        ``(strata, K, K)`` filled: Cholesky factors of the curvature along own effects.
    across
        ``(strata, K, terms)`` filled: by how much the own effects go down where a term of the stratum goes up.

    Returns
    -------
    bool
        False where a curvature is not positive definite, which only rounding can do.
    """
    lists, terms = pool.lists, pool.masks.shape[0]
    theta, eta, solved = np.empty(terms), np.empty(pool.y.shape[1]), np.empty(lists)
    on_y = np.empty(pool.y.shape[1])
    info, score, block, right = np.empty((terms, terms)), np.empty(terms), np.empty((lists, lists)), np.empty(lists)
    left, parts = np.empty((terms, terms)), pool.base.shape[1]
    for i in range(pool.size):
        slope[i] = 0.0
        for k in range(i + 1):
            curve[i, k] = prior[i, k]
        for k in range(pool.size):
            slope[i] -= prior[i, k] * g[k]
    for s in range(pool.y.shape[0]):
        gather(pool, s, g, theta)
        if pool.own:
            for j in range(lists):
                theta[j] += e[s, j]
        norm = cells_of(pool, s, theta, eta)
        eta[0] = 0.0
        for w in range(1, eta.shape[0]):
            eta[w] = pool.people[s] * math.exp(eta[w] - norm) if pool.live[s, w] else 0.0
        on_y[:] = pool.y[s]
        superset_sums(eta, lists)
        superset_sums(on_y, lists)
        for a in range(terms):
            on = eta[pool.masks[a]]
            score[a] = on_y[pool.masks[a]] - on
            for b in range(a + 1):
                info[a, b] = eta[pool.masks[a] | pool.masks[b]] - on * eta[pool.masks[b]] / pool.people[s]
                info[b, a] = info[a, b]
        if pool.own:
            for j in range(lists):
                slope_own[s, j] = score[j] - tau * e[s, j]
                for k in range(lists):
                    block[j, k] = info[j, k]
                block[j, j] += tau
            if not cholesky(block, factors[s]):
                return False
            for a in range(terms):
                for j in range(lists):
                    right[j] = info[j, a]
                forward(factors[s], lists, right, solved)
                back(factors[s], lists, solved, right)
                for j in range(lists):
                    across[s, j, a] = right[j]
            for a in range(terms):
                for j in range(lists):
                    score[a] -= across[s, j, a] * slope_own[s, j]
            for a in range(terms):
                for b in range(a + 1):
                    less = 0.0
                    for j in range(lists):
                        less += info[a, j] * across[s, j, b]
                    left[a, b] = info[a, b] - less
                    left[b, a] = left[a, b]
        else:
            left[:, :] = info
        for a in range(terms):
            for i in range(parts):
                row = column(pool, s, a, i)
                if row < 0:
                    continue
                slope[row] += score[a]
                for b in range(terms):
                    for k in range(parts):
                        other = column(pool, s, b, k)
                        if 0 <= other <= row:
                            curve[row, other] += left[a, b]
    return True


@jit
def follow(across: Array, s: int, theta: Array, j: int) -> float:
    """By how much the own effect of list `j` goes down where the terms of the stratum go up by ``theta``."""
    down = 0.0
    for a in range(theta.shape[0]):
        down += across[s, j, a] * theta[a]
    return down


@jit
def climb(pool: Pool, mode: Mode) -> float:
    """Climb to the mode of `log_joint` from where ``mode`` stands, and fill it; half the log determinant there."""
    prior, tau, g, e = mode.prior, mode.tau, mode.g, mode.e
    factor, factors, across = mode.factor, mode.factors, mode.across
    size, lists, strata = pool.size, pool.lists, pool.y.shape[0]
    slope, curve = np.empty(size), np.zeros((size, size))
    slope_own, step, trial = np.zeros((strata, lists)), np.empty(size), np.empty(size)
    step_own, trial_own = np.zeros((strata, lists)), np.zeros((strata, lists))
    theta, half, solved = np.empty(pool.masks.shape[0]), np.empty(lists), np.empty(lists)
    value = log_joint(pool, prior, tau, g, e)
    for _ in range(MOST_STEPS):
        if not linearise(pool, prior, tau, g, e, slope, slope_own, curve, factors, across):
            break
        if not cholesky(curve, factor):
            break
        forward(factor, size, slope, trial)
        decrement = 0.0
        for i in range(size):
            decrement += trial[i] * trial[i]
        back(factor, size, trial, step)
        if pool.own:
            for s in range(strata):
                forward(factors[s], lists, slope_own[s], half)
                for j in range(lists):
                    decrement += half[j] * half[j]
                back(factors[s], lists, half, solved)
                gather(pool, s, step, theta)
                for j in range(lists):
                    step_own[s, j] = solved[j] - follow(across, s, theta, j)
        length, reached = 1.0, -np.inf
        while length > SHORTEST:
            for i in range(size):
                trial[i] = g[i] + length * step[i]
            for s in range(strata):
                for j in range(lists):
                    trial_own[s, j] = e[s, j] + length * step_own[s, j]
            reached = log_joint(pool, prior, tau, trial, trial_own)
            if reached >= value - NOISE * abs(value):
                break
            length *= 0.5
        if not reached >= value - NOISE * abs(value):
            break
        g[:] = trial
        e[:] = trial_own
        value = reached
        if not decrement > DECREMENT:
            break
    linearise(pool, prior, tau, g, e, slope, slope_own, curve, factors, across)
    cholesky(curve, factor)
    half_log = 0.0
    for i in range(size):
        half_log += math.log(factor[i, i])
    if pool.own:
        for s in range(strata):
            for j in range(lists):
                half_log += math.log(factors[s, j, j])
    mode.top[0] = value
    return half_log
