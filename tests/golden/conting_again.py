"""The sampler of R's conting written out again, after its published description: slow, and apart from the package.

Counts that nobody could see are drawn anew at every step (data augmentation). Half of the steps propose new parameters
of the same model by one step of iterated weighted least squares (Gamerman 1997); the others add or drop a term, the
other parameters moving along by projection (Forster, Gill & Overstall 2012).
"""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from darknumber.data.table import CaptureTable

Array = NDArray[np.float64]
HYPER = 0.001  # a and b of the inverse gamma law of sigma squared
FAR = 25.0  # a proposal with a log mean this far out cannot be judged in double precision, and is turned down


class Problem:
    """A table with all pairs of lists and covariates as the largest model."""

    def __init__(self, table: CaptureTable) -> None:
        sizes = [2] * len(table.lists) + [len(each.levels) for each in table.covariates]
        grid = np.array(list(product(*map(range, sizes))))
        lists = len(table.lists)
        stratum = (
            np.ravel_multi_index(grid[:, lists:].T, sizes[lists:]) if table.covariates else np.zeros(len(grid), int)
        )
        history = grid[:, :lists] @ (1 << np.arange(lists))
        self.y = table.dense()[stratum, history]
        self.missing = np.flatnonzero(history == 0)
        names = [*table.lists, *(each.name for each in table.covariates)]
        coding = [np.vstack([np.eye(size - 1), -np.ones(size - 1)])[grid[:, k]] for k, size in enumerate(sizes)]
        pairs = list(combinations(range(len(sizes)), 2))
        blocks = [np.ones((len(grid), 1)), *coding]
        blocks += [(coding[a][:, :, None] * coding[b][:, None, :]).reshape(len(grid), -1) for a, b in pairs]
        self.x = np.hstack(blocks)
        self.pairs = [f"{names[a]}:{names[b]}" for a, b in pairs]
        self.main = len(sizes)
        self.term = np.repeat(np.arange(len(blocks)), [block.shape[1] for block in blocks])
        self.precision = self.x.T @ self.x / len(grid)
        self.precision[0] = self.precision[:, 0] = 0.0

    def columns(self, inside: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The columns of a model with these pairs."""
        return np.flatnonzero(np.r_[np.ones(self.main + 1, dtype=bool), inside][self.term])


def mode(problem: Problem) -> Array:
    """Of the largest model, with sigma one."""
    seen = np.setdiff1d(np.arange(len(problem.y)), problem.missing)
    x, y = problem.x[seen], problem.y[seen]

    def minus(beta: Array) -> tuple[float, Array]:
        mean, pull = np.exp(x @ beta), problem.precision @ beta
        return float(mean.sum() - y @ x @ beta + beta @ pull / 2), x.T @ (mean - y) + pull

    start = np.r_[np.log(y.mean()), np.zeros(x.shape[1] - 1)]
    return minimize(minus, start, jac=True, method="BFGS").x


def density(x: Array, y: Array, beta: Array, precision: Array) -> float:
    """The log-posterior with the counts known, the prior in full."""
    eta, effects, inner = x @ beta, beta[1:], precision[1:, 1:]
    log_det = np.linalg.slogdet(inner / (2 * np.pi))[1]
    return float(y @ eta - np.exp(eta).sum() + log_det / 2 - effects @ inner @ effects / 2)


def log_normal(at: Array, mean: Array, precision: Array) -> float:
    """The log density of a normal law."""
    return float(np.linalg.slogdet(precision / (2 * np.pi))[1] / 2 - (at - mean) @ precision @ (at - mean) / 2)


def proposal(x: Array, y: Array, eta: Array, precision: Array) -> tuple[Array, Array]:
    """Mean and precision of one step of weighted least squares."""
    weight = np.exp(eta)
    inner = precision + (x.T * weight) @ x
    return np.linalg.solve(inner, (x.T * weight) @ (eta + (y - weight) / weight)), inner


def chain(problem: Problem, steps: int, seed: int, *, hyper: bool) -> tuple[Array, NDArray[np.int64]]:
    """``(steps,)`` totals, and models as bits of the pairs."""
    rng = np.random.default_rng(seed)
    best = mode(problem)
    eta_hat = problem.x @ best
    inside, y, sigma = np.ones(len(problem.pairs), dtype=bool), problem.y.copy(), 1.0
    y[problem.missing] = np.round(np.exp(eta_hat[problem.missing]))
    columns = problem.columns(inside)
    beta = best[columns]
    weight, totals, models = np.exp(eta_hat), np.empty(steps), np.empty(steps, dtype=np.int64)
    for step in range(steps):
        x, precision = problem.x[:, columns], problem.precision[np.ix_(columns, columns)] / sigma
        if rng.random() < 0.5:
            mean, inner = proposal(x, y, x @ beta, precision)
            new = mean + np.linalg.solve(np.linalg.cholesky(inner).T, rng.standard_normal(len(beta)))
            if np.abs(x @ new).max() < FAR:
                back, other = proposal(x, y, x @ new, precision)
                ratio = density(x, y, new, precision) - density(x, y, beta, precision)
                ratio += log_normal(beta, back, other) - log_normal(new, mean, inner)
                beta = new if np.log(rng.random()) < ratio else beta
        else:
            turned = rng.integers(len(inside))
            others = inside.copy()
            others[turned] = not inside[turned]
            there = problem.columns(others)
            small = x if others[turned] else problem.x[:, there]
            extra = problem.x[:, problem.term == problem.main + 1 + turned]
            along = np.linalg.solve((small.T * weight) @ small, small.T * weight)
            left = extra.T * weight - (extra.T * weight) @ small @ along
            inner = left @ extra
            middle = np.linalg.solve(inner, left @ eta_hat)
            wide = problem.term[there if others[turned] else columns] == problem.main + 1 + turned
            if others[turned]:
                drawn = middle + np.linalg.solve(np.linalg.cholesky(inner).T, rng.standard_normal(len(middle)))
                new = np.empty(len(there))
                new[wide], new[~wide] = drawn, beta - along @ extra @ drawn
                ratio = -log_normal(drawn, middle, inner)
            else:
                new = beta[~wide] + along @ extra @ beta[wide]
                ratio = log_normal(beta[wide], middle, inner)
            ratio += density(problem.x[:, there], y, new, problem.precision[np.ix_(there, there)] / sigma)
            if np.log(rng.random()) < ratio - density(x, y, beta, precision):
                inside, columns, beta = others, there, new
        x = problem.x[:, columns]
        if hyper:
            square = beta @ problem.precision[np.ix_(columns, columns)] @ beta
            sigma = 1 / rng.gamma((len(beta) - 1 + HYPER) / 2, 2 / (HYPER + square))
        y[problem.missing] = rng.poisson(np.exp(x[problem.missing] @ beta))
        totals[step], models[step] = y.sum(), int(inside @ (1 << np.arange(len(inside))))
    return totals, models
