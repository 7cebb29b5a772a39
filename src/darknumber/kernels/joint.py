"""The posterior of one log-linear model with a proper prior: its density, its mode and its evidence.

Cells are Poisson with ``log mu = x' theta`` plus an intercept for every group of cells: one for the whole table, or one
a stratum. Under a flat prior on the intercept its integral is exact: the expected number of a group is Gamma(n), and
its cells are multinomial. So cells that nobody could see take no part, and the dark figure follows from ``theta``
afterwards. Where a count is only known to be at most so large, the intercepts stand among the columns instead, and the
cell adds the log of a Poisson distribution function, which is concave in ``log mu`` too (the logarithm of a gamma
variable has a log-concave law).

``theta`` is normal around zero with a precision ``R`` that is scaled by one over ``g`` (Ntzoufras, Dellaportas &
Forster 2003: ``g = 1``; Sabanes Bove & Held 2011: ``g`` inverse gamma). That ``g`` is integrated out: with
``Q = theta' R theta`` the prior is
``Gamma((a + q) / 2) / Gamma(a / 2) (b / 2)^(a / 2) |R|^(1/2) (2 pi)^(-q/2) ((b + Q) / 2)^(-(a + q) / 2)``.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.jit import jit

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

NEWTON_STEPS = 200  # with a prior this is far more than is ever needed; a wide prior on an empty cell takes some tens
DECREMENT = 1e-10  # Newton's step promises less: evidences are right to their ten-thousandths
SHORTEST = 1e-8  # a step halved more often than this moves nothing
TINY = 1e-17  # of a sum: what is added below this is lost in rounding
LOG_TWO_PI = math.log(2 * math.pi)


class Joint(NamedTuple):
    """The data and the prior of all models of a family, as the compiled kernels take them.

    Parameters
    ----------
    x
        ``(cells, columns)`` the design of the cells that can be seen, those of one group together.
    y
        ``(cells,)`` people.
    group
        ``(cells,)`` the group of each cell, counted from 0 upwards.
    people
        ``(groups,)`` people in each group; more than zero.
    told, told_group
        ``(rows, columns)`` and ``(rows,)`` cells whose log expected count is kept in the draws.
    explicit
        Whether intercepts stand among the columns.
    bounded
        ``(cells,)`` whether the count is an upper limit only; needs explicit intercepts.
    precision
        ``(columns, columns)`` R; zero for columns with a prior of their own or a flat one.
    belief, centre
        ``(columns,)`` precision and mean of priors of their own; precision 0 for none.
    shape, scale
        a and b of the inverse gamma law of g, as in a/2 and b/2; both 0 where g is given.
    """

    x: Array
    y: Array
    group: Index
    people: Array
    told: Array
    told_group: Index
    explicit: bool
    bounded: Mask
    precision: Array
    belief: Array
    centre: Array
    shape: float
    scale: float


@jit
def log_below(y: float, eta: float) -> tuple[float, float]:
    """Log of the chance that a Poisson number with mean ``exp(eta)`` is at most y, and minus its slope along eta."""
    mu = math.exp(eta)
    start = min(y, math.floor(mu))  # from the most likely number both ways, so that nothing overflows
    total, term, number = 1.0, 1.0, start
    while number > 0 and term > TINY * total:
        term *= number / mu
        number -= 1.0
        total += term
    term, number = 1.0, start
    while number < y:
        number += 1.0
        term *= mu / number
        total += term
        if term < TINY * total:
            break
    log_chance = start * eta - mu - math.lgamma(start + 1.0) + math.log(total)
    slope = math.exp((y + 1.0) * eta - mu - math.lgamma(y + 1.0) - log_chance)
    return min(log_chance, 0.0), slope


@jit
def log_likelihood(theta: Array, columns: Index, joint: Joint, slope: Array, weight: Array, norms: Array) -> float:
    """The log-likelihood up to a constant that all models share.

    Parameters
    ----------
    theta, columns
        ``(p,)`` the parameters, and which columns they are of.
    slope, weight
        ``(cells,)`` filled: its derivative along each log expected count, and minus the second one; where intercepts
        are integrated out, without what the groups take off. Expected counts are then in `weight`.
    norms
        ``(groups,)`` filled: the log of the sum over a group's cells; 0 with explicit intercepts.
    """
    cells = joint.y.shape[0]
    value = 0.0
    for c in range(cells):
        eta = 0.0
        for i in range(theta.shape[0]):
            eta += joint.x[c, columns[i]] * theta[i]
        slope[c] = eta
    if joint.explicit:
        norms[:] = 0.0
        for c in range(cells):
            eta, y = slope[c], joint.y[c]
            if joint.bounded[c]:
                chance, fall = log_below(y, eta)
                value += chance
                slope[c] = -fall
                weight[c] = fall * max(1.0 + y - math.exp(eta) + fall, 0.0)
            else:
                mu = math.exp(eta)
                value += y * eta - mu
                slope[c] = y - mu
                weight[c] = mu
        return value
    first = 0
    while first < cells:
        g = joint.group[first]
        last, top = first, -np.inf
        while last < cells and joint.group[last] == g:
            top = max(top, slope[last])
            last += 1
        total = 0.0
        for c in range(first, last):
            total += math.exp(slope[c] - top)
        norms[g] = top + math.log(total)
        for c in range(first, last):
            value += joint.y[c] * (slope[c] - norms[g])
            weight[c] = joint.people[g] * math.exp(slope[c] - norms[g])
            slope[c] = joint.y[c] - weight[c]
        first = last
    return value


@jit
def log_prior(theta: Array, columns: Index, log_det: float, g: float, joint: Joint) -> tuple[float, float, float]:
    """The log prior density, ``theta' R theta``, and what ``R theta`` is multiplied by in its slope.

    Parameters
    ----------
    log_det
        Of R over these columns.
    g
        0 where it is integrated out.
    """
    size = theta.shape[0]
    square, scaled, value = 0.0, 0, 0.5 * log_det
    for i in range(size):
        a = columns[i]
        if joint.precision[a, a] > 0.0:
            scaled += 1
            for j in range(size):
                square += theta[i] * joint.precision[a, columns[j]] * theta[j]
        elif joint.belief[a] > 0.0:
            away = theta[i] - joint.centre[a]
            value += 0.5 * (math.log(joint.belief[a]) - LOG_TWO_PI - joint.belief[a] * away * away)
    value -= 0.5 * scaled * LOG_TWO_PI
    if g > 0.0:
        return value - 0.5 * (scaled * math.log(g) + square / g), square, 1.0 / g
    half = 0.5 * (joint.shape + scaled)
    value += math.lgamma(half) - math.lgamma(0.5 * joint.shape) + 0.5 * joint.shape * math.log(0.5 * joint.scale)
    return value - half * math.log(0.5 * (joint.scale + square)), square, 2.0 * half / (joint.scale + square)


@jit
def log_density(
    theta: Array, columns: Index, log_det: float, g: float, joint: Joint, slope: Array, weight: Array, norms: Array
) -> float:
    """The log-posterior of a model, up to a constant that all models share; fills as `log_likelihood` does."""
    seen = log_likelihood(theta, columns, joint, slope, weight, norms)
    value: float = seen + log_prior(theta, columns, log_det, g, joint)[0]
    return value


@jit
def cholesky(matrix: Array, factor: Array) -> bool:
    """Fill the lower triangular ``factor`` of a symmetric matrix; False where it is not positive definite."""
    size = matrix.shape[0]
    for i in range(size):
        for j in range(i + 1):
            total = matrix[i, j]
            for k in range(j):
                total -= factor[i, k] * factor[j, k]
            if i == j:
                if not total > 0.0:
                    return False
                factor[i, i] = math.sqrt(total)
            else:
                factor[i, j] = total / factor[j, j]
    return True


@jit
def back(factor: Array, size: int, z: Array, out: Array) -> None:
    """Fill ``out`` with the solution of ``factor' out = z``, both of length `size`."""
    for i in range(size - 1, -1, -1):
        total = z[i]
        for k in range(i + 1, size):
            total -= factor[k, i] * out[k]
        out[i] = total / factor[i, i]


@jit
def forward(factor: Array, size: int, z: Array, out: Array) -> None:
    """Fill ``out`` with the solution of ``factor out = z``, both of length `size`."""
    for i in range(size):
        total = z[i]
        for k in range(i):
            total -= factor[i, k] * out[k]
        out[i] = total / factor[i, i]


@jit
def curvature(
    theta: Array, columns: Index, joint: Joint, weight: Array, pull: float, less: float, matrix: Array
) -> None:
    """Fill ``matrix`` with minus the second derivatives of the log-posterior.

    Parameters
    ----------
    weight, pull
        As `log_likelihood` and `log_prior` leave them.
    less
        What a prior with unknown g takes off: this times the outer product of ``R theta``. With 0 the matrix is
        positive definite everywhere and its steps still climb.
    """
    size, cells = theta.shape[0], joint.y.shape[0]
    matrix[:] = 0.0
    mean = np.zeros(size)
    first = 0
    while first < cells:
        g, last = joint.group[first], first
        mean[:] = 0.0
        while last < cells and joint.group[last] == g:
            for i in range(size):
                weighed = weight[last] * joint.x[last, columns[i]]
                mean[i] += weighed
                for j in range(i + 1):
                    matrix[i, j] += weighed * joint.x[last, columns[j]]
            last += 1
        if not joint.explicit:
            for i in range(size):
                for j in range(i + 1):
                    matrix[i, j] -= mean[i] * mean[j] / joint.people[g]
        first = last
    for i in range(size):
        mean[i] = 0.0
        for j in range(size):
            mean[i] += joint.precision[columns[i], columns[j]] * theta[j]
    for i in range(size):
        for j in range(i + 1):
            matrix[i, j] += pull * joint.precision[columns[i], columns[j]] - less * mean[i] * mean[j]
            matrix[j, i] = matrix[i, j]
        matrix[i, i] += joint.belief[columns[i]]


@jit
def find_mode(theta: Array, columns: Index, log_det: float, g: float, joint: Joint, factor: Array) -> float:
    """Climb to the mode of a model from ``theta``, which is changed; its log-evidence by Laplace's approximation.

    ``factor`` becomes the Cholesky factor of the curvature there.
    """
    size, cells = theta.shape[0], joint.y.shape[0]
    slope, weight, norms = np.empty(cells), np.empty(cells), np.empty(joint.people.shape[0])
    matrix, gradient, step, trial = np.empty((size, size)), np.empty(size), np.empty(size), np.empty(size)
    value = log_likelihood(theta, columns, joint, slope, weight, norms)
    prior, square, pull = log_prior(theta, columns, log_det, g, joint)
    value += prior
    for _ in range(NEWTON_STEPS):
        for i in range(size):
            a = columns[i]
            gradient[i] = -joint.belief[a] * (theta[i] - joint.centre[a])
            for j in range(size):
                gradient[i] -= pull * joint.precision[a, columns[j]] * theta[j]
            for c in range(cells):
                gradient[i] += slope[c] * joint.x[c, a]
        curvature(theta, columns, joint, weight, pull, 0.0, matrix)
        if not cholesky(matrix, factor):
            break
        forward(factor, size, gradient, trial)
        decrement = 0.0
        for i in range(size):
            decrement += trial[i] * trial[i]
        back(factor, size, trial, step)
        if not decrement > DECREMENT:
            break
        length, reached = 1.0, -np.inf
        while length > SHORTEST:
            for i in range(size):
                trial[i] = theta[i] + length * step[i]
            reached = log_density(trial, columns, log_det, g, joint, slope, weight, norms)
            if reached > value:
                break
            length *= 0.5
        if not reached > value:
            log_likelihood(theta, columns, joint, slope, weight, norms)
            break
        theta[:] = trial
        value = reached
        _, square, pull = log_prior(theta, columns, log_det, g, joint)
    less = 2.0 * pull / (joint.scale + square) if g == 0.0 else 0.0
    curvature(theta, columns, joint, weight, pull, less, matrix)
    if not cholesky(matrix, factor):
        curvature(theta, columns, joint, weight, pull, 0.0, matrix)
        cholesky(matrix, factor)
    evidence: float = value + 0.5 * size * LOG_TWO_PI
    for i in range(size):
        evidence -= math.log(factor[i, i])
    return evidence


@jit
def along(mode: Array, columns: Index, log_det: float, g: Array, joint: Joint, modes: Array, evidence: Array) -> None:
    """Fill ``modes`` and ``evidence``, a row for each of the g in rising order, from the mode with g integrated out."""
    theta, factor = mode.copy(), np.zeros((mode.shape[0], mode.shape[0]))
    _, _, pull = log_prior(theta, columns, log_det, 0.0, joint)
    middle = min(np.searchsorted(g, 1.0 / pull), g.shape[0] - 1)
    for k in range(middle, g.shape[0]):
        evidence[k] = find_mode(theta, columns, log_det, g[k], joint, factor)
        modes[k] = theta
    theta[:] = modes[middle]
    for k in range(middle - 1, -1, -1):
        evidence[k] = find_mode(theta, columns, log_det, g[k], joint, factor)
        modes[k] = theta
