"""Newton's method for Poisson log-linear models of capture tables, one table or many.

With ``T_a(x)`` the sum of ``x`` over histories that hold all lists of ``a``, column ``c`` (lists ``a_c``, feature
``z_c``) has score ``sum_s z_c(s) [T_{a_c}(y_s) - T_{a_c}(mu_s)]``, and columns c, d have information
``sum_s z_c z_d T_{a_c | a_d}(mu_s)``: a gather, no design matrix (METHODS 4.1). With free stratum totals, the default,
the fit is the conditional multinomial of histories given the total ``n_s``: its information loses
``T_{a_c}(mu_s) T_{a_d}(mu_s) / n_s`` (METHODS 4.7).

In the functions below, ``place[c]`` is the position of column c among the parameters, or -1 where it is not in the
model; ``y`` and ``mu`` are ``(strata, 2**K)``, and ``total`` holds the people of each stratum.

Where the maximum lies at infinity the iterations run towards it: expected counts of the cells concerned go to zero,
the log-likelihood to its supremum, and directions that no longer matter are dropped from the solve. Whether the dark
figure is finite is decided in `existence`, never from these numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.design import Design, Layout
from darknumber.kernels.histories import subset_sums, superset_sums
from darknumber.kernels.jit import jit, part

Array = NDArray[np.float64]
Index = NDArray[np.int64]

DECREMENT = 1e-10  # a last step with a smaller Newton decrement leaves nothing that shows in ten digits
PIVOT = 1e-11  # a pivot below this share of its diagonal is rounding error: the direction is dropped
MAX_STEPS = 100  # a diverging direction gains a factor e a step, so 1e-10 takes about 25; a bad start, as many again
MAX_HALVINGS = 30
LONGEST = 10.0  # no parameter moves further in one step: far below its maximum Newton's step overshoots without limit
LOG_MAX = 600.0  # exp of more than this would overflow on the next multiplication
POSITIVE = 1e-7  # people in a cell: on the boundary such a count is rounding error, below 1e-9 for a million people

STOPPED = 0  # the maximum is proved to be too low
REACHED = 1  # the supremum is reached, perhaps at infinity
INSIDE = 2  # the maximum exists, and it is the only one: every dark figure is estimable


@jit
def predictor(theta: Array, place: Index, cells: Layout, s: int, eta: Array) -> None:
    """Fill ``eta`` (2**K,) with the linear predictor of stratum s."""
    eta[:] = 0.0
    for e in range(cells.indptr[s], cells.indptr[s + 1]):
        c = cells.indices[e]
        if place[c] >= 0:
            eta[cells.masks[c]] += cells.values[e] * theta[place[c]]
    subset_sums(eta, cells.lists)


@jit
def expected_counts(theta: Array, y: Array, total: Array, place: Index, cells: Layout, mu: Array) -> float:
    """Fill ``mu`` (strata, 2**K) with expected counts, cell 0 the dark figure; return the log-likelihood kernel."""
    eta = np.empty(cells.live.shape[1])
    likelihood = 0.0
    for s in range(cells.live.shape[0]):
        if cells.conditional and total[s] == 0.0:
            mu[s, :] = 0.0
            continue
        predictor(theta, place, cells, s, eta)
        top = 0.0
        if cells.conditional:
            top = -np.inf
            for w in range(1, eta.shape[0]):
                if cells.live[s, w] and eta[w] > top:
                    top = eta[w]
        norm = 0.0
        for w in range(1, eta.shape[0]):
            mu[s, w] = np.exp(min(eta[w] - top, LOG_MAX)) if cells.live[s, w] else 0.0
            norm += mu[s, w]
        shift = -top
        if cells.conditional:
            shift += np.log(total[s] / norm)
            for w in range(1, eta.shape[0]):
                mu[s, w] *= total[s] / norm
            norm = total[s]
        mu[s, 0] = np.exp(min(eta[0] + shift, LOG_MAX))
        likelihood -= norm
        for w in range(1, eta.shape[0]):
            if y[s, w] > 0.0:
                likelihood += y[s, w] * (eta[w] + shift)
    return likelihood


@jit
def score_and_information(
    y: Array, mu: Array, total: Array, place: Index, size: int, cells: Layout, score: Array, info: Array
) -> None:
    """Fill ``score`` (p,) and the lower triangle of ``info`` (p, p) at expected counts ``mu``."""
    score[:] = 0.0
    info[:, :] = 0.0
    t_mu = np.empty(mu.shape[1])
    t_y = np.empty(mu.shape[1])
    at = np.empty(size, dtype=np.int64)
    z = np.empty(size)
    lists_of = np.empty(size, dtype=np.int64)
    for s in range(mu.shape[0]):
        if cells.conditional and total[s] == 0.0:
            continue
        t_mu[:] = mu[s]
        t_mu[0] = 0.0
        t_y[:] = y[s]
        superset_sums(t_mu, cells.lists)
        superset_sums(t_y, cells.lists)
        used = 0
        for e in range(cells.indptr[s], cells.indptr[s + 1]):
            c = cells.indices[e]
            if place[c] >= 0:
                at[used] = place[c]
                z[used] = cells.values[e]
                lists_of[used] = cells.masks[c]
                score[place[c]] += cells.values[e] * (t_y[cells.masks[c]] - t_mu[cells.masks[c]])
                used += 1
        for i in range(used):
            a = lists_of[i]
            pull = t_mu[a] / total[s] if cells.conditional else 0.0
            for j in range(i + 1):
                b = lists_of[j]
                value = z[i] * z[j] * (t_mu[a | b] - pull * t_mu[b])
                if at[i] >= at[j]:
                    info[at[i], at[j]] += value
                else:
                    info[at[j], at[i]] += value


@jit
def factorise(info: Array, size: int, diagonal: Array) -> None:
    """Cholesky factor in the lower triangle of ``info``, in place; a dropped direction gets a zero row and column."""
    for i in range(size):
        diagonal[i] = info[i, i]
    for i in range(size):
        for j in range(i + 1):
            total = info[i, j]
            for k in range(j):
                total -= info[i, k] * info[j, k]
            if i == j:
                info[i, i] = np.sqrt(total) if total > PIVOT * diagonal[i] and diagonal[i] > 0.0 else 0.0
            else:
                info[i, j] = total / info[j, j] if info[j, j] > 0.0 else 0.0
        if info[i, i] == 0.0:
            for j in range(i):
                info[i, j] = 0.0


@jit
def solve_lower(factor: Array, size: int, x: Array) -> None:
    """Solve ``L x = b`` in place; dropped directions stay zero."""
    for i in range(size):
        if factor[i, i] == 0.0:
            x[i] = 0.0
            continue
        total = x[i]
        for k in range(i):
            total -= factor[i, k] * x[k]
        x[i] = total / factor[i, i]


@jit
def solve_upper(factor: Array, size: int, x: Array) -> None:
    """Solve ``L' x = b`` in place; dropped directions stay zero."""
    for i in range(size - 1, -1, -1):
        if factor[i, i] == 0.0:
            x[i] = 0.0
            continue
        total = x[i]
        for k in range(i + 1, size):
            total -= factor[k, i] * x[k]
        x[i] = total / factor[i, i]


@jit
def newton(
    theta: Array, y: Array, total: Array, place: Index, size: int, cells: Layout, mu: Array, enough: float
) -> float:
    """Maximise from ``theta`` (p,), in place, until a step's decrement is below `enough`; ``mu`` stays at the maximum.

    Returns the log-likelihood kernel.
    """
    return ascend(theta, y, total, place, size, cells, mu, enough, -np.inf)[0]


@part
def ascend(
    theta: Array,
    y: Array,
    total: Array,
    place: Index,
    size: int,
    cells: Layout,
    mu: Array,
    enough: float,
    hopeless: float,
) -> tuple[float, int]:
    """As `newton`, but stop as soon as the maximum is proved to be below `hopeless`.

    Returns the log-likelihood kernel (where it was stopped, what the maximum cannot exceed), and one of `STOPPED`,
    `REACHED` and `INSIDE`.
    """
    likelihood, arrived, state = climb(theta, y, total, place, size, cells, mu, enough, hopeless)
    if not arrived:
        # A start with next to nobody where people are has no information about the way out; the middle has.
        theta[:] = 0.0
        likelihood, arrived, state = climb(theta, y, total, place, size, cells, mu, enough, hopeless)
    return likelihood, state


@jit
def climb(
    theta: Array,
    y: Array,
    total: Array,
    place: Index,
    size: int,
    cells: Layout,
    mu: Array,
    enough: float,
    hopeless: float,
) -> tuple[float, bool, int]:
    """Newton's method from one start: as `ascend`, and whether every score has become small.

    A decrement below `enough` bounds every score, ``score**2 <= enough * information``, unless its direction was
    dropped from the solve.

    With ``x`` the relative change of the expected counts that a whole step promises, ``mu (1 + x)`` has the observed
    margins. If it is positive everywhere, the maximum exists (Haberman 1974), and it is no further above than
    ``sum mu [(1 + x) log(1 + x) - x]`` (METHODS 4.2), which is at most ``sum mu x^2``, the decrement.
    """
    score = np.empty(size)
    info = np.empty((size, size))
    diagonal = np.empty(size)
    trial = np.empty(size)
    state = REACHED
    likelihood = expected_counts(theta, y, total, place, cells, mu)
    for _ in range(MAX_STEPS):
        score_and_information(y, mu, total, place, size, cells, score, info)
        factorise(info, size, diagonal)
        step = score.copy()
        solve_lower(info, size, step)
        decrement = 0.0
        for i in range(size):
            decrement += step[i] * step[i]
        solve_upper(info, size, step)
        if decrement < enough or likelihood + decrement < hopeless:
            least = least_count(step, mu, total, place, cells) if whole_rank(info, size) else 0.0
            if least > POSITIVE and likelihood + decrement < hopeless:
                return likelihood + decrement, True, STOPPED
            if least > POSITIVE and decrement < enough:
                state = INSIDE
        longest = LONGEST
        for i in range(size):
            longest = max(longest, abs(step[i]))
        scale = LONGEST / longest
        accepted = False
        for _ in range(MAX_HALVINGS):
            for i in range(size):
                trial[i] = theta[i] + scale * step[i]
            value = expected_counts(trial, y, total, place, cells, mu)
            if value >= likelihood - 1e-12 * abs(likelihood):  # rounding of a sum of this size
                accepted = True
                break
            scale *= 0.5
        if not accepted:
            likelihood = expected_counts(theta, y, total, place, cells, mu)
            break
        theta[:] = trial
        likelihood = value
        if decrement < enough:
            break
    arrived = decrement < enough or not accepted  # else it was still on its way
    for i in range(size):
        arrived = arrived and score[i] * score[i] <= enough * (diagonal[i] + 1.0)  # 1: a score of one person matters
    return likelihood, arrived, state


@part
def whole_rank(factor: Array, size: int) -> bool:
    """Whether no direction was dropped from a Cholesky factor."""
    whole = True
    for i in range(size):
        whole = whole and factor[i, i] > 0.0
    return whole


@part
def least_count(step: Array, mu: Array, total: Array, place: Index, cells: Layout) -> float:
    """The smallest of ``mu (1 + x)`` over possible histories, ``x`` the relative change that a whole step promises."""
    x = np.empty(cells.live.shape[1])
    least = np.inf
    for s in range(cells.live.shape[0]):
        if cells.conditional and total[s] == 0.0:
            continue
        predictor(step, place, cells, s, x)
        mean = 0.0
        if cells.conditional:
            for w in range(1, x.shape[0]):
                mean += mu[s, w] * x[w] / total[s]
        for w in range(1, x.shape[0]):
            if cells.live[s, w]:
                least = min(least, mu[s, w] * (1.0 + x[w] - mean))
    return least


@jit
def newton_many(
    start: Array, many: Array, totals: Array, place: Index, size: int, cells: Layout
) -> tuple[Array, Array]:
    """Fit ``(B, strata, 2**K)`` tables from one start: expected dark figures and people seen, ``(B, strata)`` each."""
    tables, strata = many.shape[0], many.shape[1]
    dark = np.empty((tables, strata))
    seen = np.empty((tables, strata))
    theta = np.empty(size)
    mu = np.empty((strata, many.shape[2]))
    for b in range(tables):
        theta[:] = start
        newton(theta, many[b], totals[b], place, size, cells, mu, DECREMENT)
        dark[b] = mu[:, 0]
        seen[b] = mu[:, 1:].sum(axis=1)
    return dark, seen


def maximise(design: Design, y: Array, start: Array | None = None) -> tuple[Array, Array, float]:
    """Fit one table: ``(theta, mu, log-likelihood kernel)``; ``mu[:, 0]`` is the dark figure of each stratum.

    Parameters
    ----------
    y
        ``(strata, 2**K)`` counts; cell 0 is ignored.
    start
        ``(columns,)`` where to start; by default from the list sizes.
    """
    y = np.ascontiguousarray(y)  # another layout would be compiled anew
    theta = starting_point(design, y) if start is None else start.copy()
    mu = np.empty(y.shape)
    likelihood = newton(
        theta, y, y.sum(axis=1), np.arange(design.columns), design.columns, design.layout, mu, DECREMENT
    )
    return theta, mu, float(likelihood)


def maximise_many(design: Design, many: Array, start: Array) -> tuple[Array, Array]:
    """Fit ``(B, strata, 2**K)`` tables from one start: expected dark figures and people seen, ``(B, strata)`` each."""
    many, place = np.ascontiguousarray(many), np.arange(design.columns)
    dark, seen = newton_many(start, many, many.sum(axis=2), place, design.columns, design.layout)
    return dark, seen


def information(design: Design, mu: Array, total: Array) -> Array:
    """``(columns, columns)`` information matrix at expected counts ``mu`` (cell 0 ignored)."""
    size = design.columns
    info = np.empty((size, size))
    score_and_information(mu, mu, total, np.arange(size), size, design.layout, np.empty(size), info)
    return np.tril(info) + np.tril(info, -1).T


def predictors(design: Design, theta: Array) -> Array:
    """``(strata, 2**K)`` linear predictor of every cell, without free stratum totals."""
    out = np.empty(design.live.shape, dtype=np.float64)
    place = np.arange(design.columns)
    for s in range(len(out)):
        predictor(theta, place, design.layout, s, out[s])
    return out


def starting_point(design: Design, y: Array) -> Array:
    """A start from which Newton's method needs few steps: each list's log share, no interactions."""
    theta = np.zeros(design.columns)
    people = max(float(y[:, 1:].sum()), 1.0)
    cells = np.arange(y.shape[1])
    constant = (design.features == 1.0).all(axis=0)
    for c in np.flatnonzero(constant):
        mask = int(design.masks[c])
        if mask and mask & (mask - 1) == 0:
            share = y[:, (cells & mask) != 0].sum() / people
            theta[c] = np.log(np.clip(share, 1e-6, 0.9))  # log of a share: keep it finite
        elif mask == 0:
            theta[c] = np.log(people / max(y.shape[0], 1))
    return theta
