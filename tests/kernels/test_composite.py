"""Sums of cells: the maximum against a general optimiser, slopes by differences, EM by hand, what cannot be told."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.sparse import csr_array

from darknumber.kernels.composite import (
    loose_directions,
    make_composite,
    maximise_composite,
    share_out,
    slopes,
    unidentified,
)

GROUPS, CELLS, COLUMNS = 6, 5, 4
SAME = 1e-7  # of log-likelihood: what BFGS leaves to do
STEP = 1e-6
SMOOTH = 1e-6  # of a slope by central differences
SHARES = 1e-8


def problem(seed, *, ridge=0.3, together=0.5):
    """Groups of cells; of some cells only the sum of two is counted, or a part that is recorded for another."""
    random = np.random.default_rng(seed)
    group = np.repeat(np.arange(GROUPS), CELLS)
    columns = random.normal(size=(len(group), COLUMNS)) * random.integers(0, 2, (len(group), COLUMNS))
    mu = random.poisson(40, len(group)).astype(float)
    rows = []
    for g in range(GROUPS):
        for c in range(CELLS):
            row = np.zeros(len(group))
            row[g * CELLS + c] = 1.0
            if random.random() < together:
                row[g * CELLS + (c + 1) % CELLS] = random.uniform(0.2, 1.0)
            rows.append(row)
    link = np.array(rows)
    at = make_composite(group, csr_array(columns), csr_array(link), exposure=link.sum(axis=0), ridge=ridge)
    y = np.array(random.poisson(link @ mu), dtype=float)
    return group, columns, link, at, y


def plain(theta, group, columns, link, y, ridge):
    """The likelihood as the page of the kernel writes it."""
    mu = np.exp(columns @ theta)
    n = np.bincount(group[link.argmax(axis=1)], weights=y)
    whole = np.bincount(group, weights=link.sum(axis=0) * mu)
    return y @ np.log(link @ mu) - n @ np.log(whole) - ridge * theta @ theta / 2


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("together", [0.0, 0.5, 1.0])
def test_the_maximum_is_that_of_a_general_optimiser(seed, together):
    group, columns, link, at, y = problem(seed, together=together)
    theta, odds = np.zeros(COLUMNS), np.empty(len(group))
    value, arrived = maximise_composite(theta, y, at, odds)
    best = minimize(lambda t: -plain(t, group, columns, link, y, 0.3), np.zeros(COLUMNS), tol=1e-10)
    n = np.bincount(group[link.argmax(axis=1)], weights=y)
    assert arrived
    assert plain(theta, group, columns, link, y, 0.3) == pytest.approx(-best.fun, abs=SAME)
    assert value == pytest.approx(-best.fun + n @ np.log(n), abs=SAME)
    assert np.bincount(group, weights=link.sum(axis=0) * odds) == pytest.approx(n)


def test_slopes_and_curvature_are_those_by_differences():
    group, columns, link, at, y = problem(3)
    theta = np.random.default_rng(0).normal(size=COLUMNS) / 3
    total = np.bincount(at.row_group, weights=y)

    def slope_at(point):
        mu = np.exp(columns @ point)
        odds = mu * (total / np.bincount(group, weights=link.sum(axis=0) * mu))[group]
        found = np.empty(COLUMNS)
        both = slopes(point, y, total, odds, link @ odds, at, found)
        return found, both[1] + np.tril(both[1], -1).T

    def differences(function):
        steps = np.eye(COLUMNS) * STEP
        return np.array([(function(theta + s) - function(theta - s)) / (2 * STEP) for s in steps])

    slope, curvature = slope_at(theta)
    by_hand = differences(lambda t: plain(t, group, columns, link, y, 0.3))
    assert slope == pytest.approx(by_hand, rel=SMOOTH, abs=1e-4)
    assert -curvature == pytest.approx(differences(lambda t: slope_at(t)[0]), rel=SMOOTH, abs=1e-4)


def test_it_is_where_em_ends():
    """The steps of EM: deal counts out over cells, fit these as if they had been counted; its end is ours."""
    group, columns, link, at, y = problem(5, ridge=0.0)
    theta, odds = np.zeros(COLUMNS), np.empty(len(group))
    maximise_composite(theta, y, at, odds)
    every = make_composite(
        group, csr_array(columns), csr_array(np.diag(link.sum(axis=0))), exposure=link.sum(axis=0), ridge=0.0
    )
    slow, mu = np.zeros(COLUMNS), np.ones(len(group))
    for _ in range(400):
        mu = np.exp(columns @ slow)
        dealt = mu * (link.T @ (y / (link @ mu)))
        maximise_composite(slow, dealt, every, np.empty(len(group)))
    assert slow == pytest.approx(theta, abs=1e-5)


def test_people_are_dealt_out_as_the_cells_are_expected():
    _, _, link, at, y = problem(2)
    odds = np.random.default_rng(1).gamma(2.0, size=link.shape[1])
    found = np.empty(len(odds))
    share_out(y, odds, at, found)
    assert found == pytest.approx(odds * (link.T @ (y / (link @ odds))), rel=SHARES)
    assert found.sum() == pytest.approx(y.sum())


def test_a_direction_that_nothing_counted_tells_of_is_found():
    """Two cells are only counted together: what sets them apart is not known, and moves a cell beside them."""
    group = np.zeros(3, dtype=int)
    columns = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    link = np.array([[1.0, 0, 0], [0, 1, 1]])
    at = make_composite(group, csr_array(columns), csr_array(link))
    y, theta = np.array([30.0, 50.0]), np.zeros(2)
    odds = np.empty(3)
    value, arrived = maximise_composite(theta, y, at, odds)
    assert arrived
    assert value == pytest.approx(y @ np.log(y))
    beside = csr_array(np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]]))
    # the odds of the two together are known, so that neither of them alone is
    assert unidentified(odds, y, at, beside, np.zeros(3, dtype=int)).tolist() == [False, True, True]


def test_a_cell_without_people_has_no_direction_of_its_own():
    """What only moves a cell that nobody is expected in was decided on the way there, whatever else is only summed."""
    group = np.zeros(4, dtype=int)
    columns = np.array([[0.0, 0, 0], [1.0, 0, 0], [1.0, 1, 0], [0.0, 1, 1]])
    link = np.array([[1.0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]])
    at = make_composite(group, csr_array(columns), csr_array(link))
    y, odds = np.array([30.0, 50.0, 0.0]), np.array([30.0, 20.0, 30.0, 0.0])
    beside = csr_array(np.array([[0.0, 0, 0], [0.0, 1, 0], [0.0, 0, 1]]))
    # the second column moves two cells of one sum, the third an empty cell only
    assert unidentified(odds, y, at, beside, np.zeros(3, dtype=int)).tolist() == [False, True, False]
    assert loose_directions(odds, y, at)[1].shape == (3, 1)


def test_where_every_row_with_people_is_one_cell_nothing_is_loose():
    at = make_composite(
        np.zeros(3, dtype=int),
        csr_array(np.array([[0.0], [1.0], [2.0]])),
        csr_array(np.array([[1.0, 0, 0], [0, 1, 1]])),
    )
    assert loose_directions(np.array([30.0, 0.0, 0.0]), np.array([30.0, 0.0]), at)[1].shape == (1, 0)


def test_what_cannot_be_reached_is_said():
    """A row that holds nobody's cell cannot have people: the likelihood is nothing everywhere."""
    columns, link = np.array([[0.0], [1.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    at = make_composite(np.zeros(2, dtype=int), csr_array(columns), csr_array(link))
    at.row_share[1] = 0.0
    value, _ = maximise_composite(np.zeros(1), np.array([3.0, 4.0]), at, np.empty(2))
    assert value == -np.inf
