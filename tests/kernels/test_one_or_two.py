"""Chances from people on one list or two: against a general optimiser; verdicts against those of a Poisson model."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from darknumber.kernels.cells import make_cells, verdict_of
from darknumber.kernels.histories import list_counts, membership
from darknumber.kernels.one_or_two import (
    OneOrTwo,
    covariance_of_shares,
    maximise_shares,
    maximise_shares_many,
    runs_off,
    verdicts_of_chances,
)
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO


def alike(features, lists=4):
    """Cells of lists with one chance."""
    weight = np.tile([lists, lists * (lists - 1) / 2], (len(features), 1)).astype(float)
    return OneOrTwo(on=np.array([[1.0], [2.0]]), size=np.array([1.0, 2.0]), features=features, weight=weight)


def own(features, lists=3):
    """Cells of lists each with a chance of its own."""
    histories = np.arange(1, 1 << lists)
    few = histories[list_counts(histories) <= 2]
    on = membership(few, lists).astype(float)
    return OneOrTwo(on=on, size=on.sum(axis=1), features=features, weight=np.ones((len(features), len(few))))


def log_likelihood(cells, y, theta):
    """With nothing shared: one stratum and one cell at a time."""
    total = 0.0
    for s, counts in enumerate(y):
        odds = []
        for c in range(len(cells.size)):
            eta = cells.on[c] @ theta[: cells.on.shape[1]]
            eta += cells.size[c] * (cells.features[s] @ theta[cells.on.shape[1] :])
            odds.append(cells.weight[s, c] * np.exp(eta))
        for c, people in enumerate(counts):
            total += people * np.log(odds[c] / sum(odds))
    return total


@pytest.mark.parametrize("make", [alike, own])
def test_a_general_optimiser_finds_the_same(make):
    rng = np.random.default_rng(2)
    cells = make(rng.normal(size=(5, 2)))
    y = rng.poisson(30, size=cells.weight.shape).astype(float)
    theta, p, whole = maximise_shares(cells, y)
    found = minimize(lambda at: -log_likelihood(cells, y, at), np.zeros(cells.columns), method="BFGS", tol=1e-9)
    assert theta == pytest.approx(found.x, abs=1e-5)
    assert log_likelihood(cells, y, theta) >= -found.fun - 1e-9
    assert p.sum(axis=1) == pytest.approx(np.ones(5))
    expected = [(cells.weight[s] * np.exp(row @ theta)).sum() for s, row in enumerate(cells.rows())]
    assert np.exp(whole) == pytest.approx(expected)
    step = 1e-4
    turn = np.eye(cells.columns) * step
    hessian = np.array(
        [
            [
                log_likelihood(cells, y, theta + a + b)
                - log_likelihood(cells, y, theta + a - b)
                - log_likelihood(cells, y, theta - a + b)
                + log_likelihood(cells, y, theta - a - b)
                for b in turn
            ]
            for a in turn
        ]
    ) / (4 * step**2)
    assert covariance_of_shares(cells, y.sum(axis=1), p) == pytest.approx(-np.linalg.inv(hessian), rel=1e-3, abs=1e-6)


def test_many_tables_are_as_one_at_a_time():
    rng = np.random.default_rng(4)
    cells = own(rng.normal(size=(3, 1)), lists=4)
    many = rng.poisson(3, size=(20, *cells.weight.shape)).astype(float)
    theta, whole = maximise_shares_many(cells, many)
    for b, y in enumerate(many):
        one = maximise_shares(cells, y)
        assert theta[b] == pytest.approx(one[0], rel=1e-9)
        assert whole[b] == pytest.approx(one[2], rel=1e-9)


def as_poisson(cells, y, stratum):
    """The verdict on one stratum's people on none, as a Poisson model with a total for every stratum has it."""
    there = np.flatnonzero(y.sum(axis=1) > 0)
    rows, present = [], []
    for place, s in enumerate(there):
        for c in np.flatnonzero(cells.weight[s] > 0):
            rows.append(np.r_[np.eye(len(there))[place], cells.rows()[s, c]])
            present.append(y[s, c] > 0)
    dark = np.r_[np.equal(there, stratum).astype(float), np.zeros(cells.columns)]
    return verdict_of(make_cells(np.array(rows), dark), np.array(present))


@pytest.mark.parametrize("make", [alike, own])
def test_verdicts_on_sparse_tables_are_those_of_the_poisson_model(make):
    rng = np.random.default_rng(9)
    seen = set()
    for _ in range(60):
        strata = int(rng.integers(1, 5))
        cells = make(rng.integers(0, 2, size=(strata, int(rng.integers(0, 3)))).astype(float))
        y = rng.poisson(0.6, size=cells.weight.shape).astype(float)
        few = y.sum(axis=1)
        verdict = verdicts_of_chances(*runs_off(cells, y, few))
        for s in np.flatnonzero(few > 0):
            assert verdict[s] == as_poisson(cells, y, s)
            seen.add(int(verdict[s]))
        assert (verdict[few == 0] == ESTIMABLE).all()
    assert seen == {ESTIMABLE, INFINITE, ZERO}


def test_where_nobody_is_on_one_list_or_two_chances_can_be_anything():
    cells = own(np.array([[0.0], [1.0]]))
    nobody = np.zeros(cells.weight.shape)
    assert verdicts_of_chances(*runs_off(cells, nobody, np.array([4.0, 0.0]))).tolist() == [NOT_IDENTIFIED, ESTIMABLE]
    cells = alike(np.eye(3)[:, 1:])  # of three strata, one of two kinds and one with nobody of its kind on few lists
    y = np.array([[5.0, 3], [0, 4], [0, 0]])
    assert verdicts_of_chances(*runs_off(cells, y, np.array([8.0, 4, 2]))).tolist() == [ESTIMABLE, ZERO, NOT_IDENTIFIED]


def test_a_cell_that_cannot_occur_does_not_count():
    cells = own(np.zeros((1, 0)))
    cells.weight[0, [2, 5]] = 0.0  # two of the cells
    y = np.array([[12.0, 7, 0, 5, 3, 0]])
    _, p, whole = maximise_shares(cells, y)
    assert p[0, [2, 5]].tolist() == [0, 0]
    assert np.isfinite(whole).all()
