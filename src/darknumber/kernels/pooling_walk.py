"""Draws of the effects of many strata: from the normal law around their mode to the posterior."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.jit import jit
from darknumber.kernels.joint import back
from darknumber.kernels.pooling import Mode, Pool, cells_of, follow, gather, seen_part

Array = NDArray[np.float64]


@jit
def place(pool: Pool, mode: Mode, z: Array, told: Array, shares: Array, keep: bool) -> float:
    """From ``z`` (size + strata * K,), standard normal under the law around the mode, to the log joint density.

    ``told`` (strata,) is filled with minus the log of the people on no list for each on some list. Where `keep`, the
    chances of the histories are added to ``shares`` (strata, 2**K).
    """
    size, lists, strata = pool.size, pool.lists, pool.y.shape[0]
    away, g = np.empty(size), np.empty(size)
    theta, eta, own = np.empty(pool.masks.shape[0]), np.empty(pool.y.shape[1]), np.zeros(lists)
    moved = np.empty(pool.masks.shape[0])
    back(mode.factor, size, z, away)
    for i in range(size):
        g[i] = mode.g[i] + away[i]
    value = 0.0
    for s in range(strata):
        gather(pool, s, g, theta)
        if pool.own:
            gather(pool, s, away, moved)
            back(mode.factors[s], lists, z[size + s * lists : size + (s + 1) * lists], own)
            for j in range(lists):
                e = mode.e[s, j] + own[j] - follow(mode.across, s, moved, j)
                theta[j] += e
                value -= 0.5 * mode.tau * e * e
        norm = cells_of(pool, s, theta, eta)
        told[s] = norm
        value += seen_part(pool, s, eta, norm)
        if keep:
            for w in range(1, eta.shape[0]):
                if pool.live[s, w]:
                    shares[s, w] += math.exp(eta[w] - norm)
    for i in range(size):
        row = 0.0
        for k in range(i):
            row += mode.prior[i, k] * g[k]
        value -= g[i] * (row + 0.5 * mode.prior[i, i] * g[i])
    return value


@jit
def wander(
    pool: Pool,
    mode: Mode,
    z: Array,
    excess: Array,
    told: Array,
    noise: Array,
    chances: Array,
    length: float,
    power: float,
) -> float:
    """One step of every draw, in place: a Crank-Nicolson proposal around the mode, taken or not (Cotter et al. 2013).

    It leaves the law with log density ``-|z|^2 / 2 + power * excess`` as it is; where `power` is one, that is the
    posterior.

    Parameters
    ----------
    z, excess, told
        ``(draws, ...)`` of each draw: its place, how much its log density is above that of the normal law around the
        mode, and as in `place`.
    noise, chances
        ``(draws, ...)`` normal and uniform numbers.
    length
        From 0 for no step to 1 for one that forgets where it came from.

    Returns
    -------
    float
        How many steps were taken.
    """
    trial, seen, none = np.empty(z.shape[1]), np.empty(told.shape[1]), np.empty((0, 0))
    stay, taken = math.sqrt(1.0 - length * length), 0.0
    for d in range(z.shape[0]):
        square = 0.0
        for i in range(z.shape[1]):
            trial[i] = stay * z[d, i] + length * noise[d, i]
            square += trial[i] * trial[i]
        found = place(pool, mode, trial, seen, none, False) - mode.top[0] + 0.5 * square
        if chances[d] < math.exp(min(power * (found - excess[d]), 0.0)):
            z[d] = trial
            excess[d] = found
            told[d] = seen
            taken += 1.0
    return taken


@jit
def add_shares(pool: Pool, mode: Mode, z: Array, shares: Array) -> None:
    """Add the chances of the histories of every draw to ``shares`` (strata, 2**K)."""
    told = np.empty(pool.y.shape[0])
    for d in range(z.shape[0]):
        place(pool, mode, z[d], told, shares, True)
