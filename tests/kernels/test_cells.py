"""Designs with a row for every cell against slow fits and linear programmes over all cells."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import xlogy

from darknumber.kernels.cells import (
    complete,
    covariance,
    dark_figures,
    dark_variance,
    make_cells,
    maximise_cells,
    maximise_cells_many,
    verdict_of,
    verdicts_of,
)
from darknumber.kernels.heterogeneity import darroch, frequency_cells, gamma, history_cells, poisson
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO
from tests.oracles import BOX, MOVES, Dense, extended_fit, largest

FAR = 60.0  # of a parameter that runs off
FORMS = [None, poisson(2.0), darroch, gamma(3.5), "chao"]


def cells_of(make, lists, form):
    return make(lists, None, chao=True) if form == "chao" else make(lists, form)


def sparse(rng, cells):
    """Counts that leave some cells empty, and one cell with people at least."""
    while True:
        y = rng.poisson(rng.choice([0.3, 2.0, 20.0]) * np.exp(rng.normal(size=len(cells.rows)))).astype(float)
        y *= rng.random(len(y)) < 0.8
        if y.sum():
            return y


def log_likelihood(y, mu):
    return (xlogy(y, mu) - mu).sum()


def best_above_the_floor(cells, y):
    """A general optimiser with bounds: ``(likelihood, dark figure)``."""

    def loss(theta):
        mu = np.exp(cells.rows @ theta)
        return mu.sum() - y @ (cells.rows @ theta), cells.rows.T @ (mu - y)

    bounds = [(0.0 if floor else -FAR, FAR) for floor in cells.floor]
    settings = {"maxiter": 20000, "maxfun": 100000, "ftol": 1e-15, "gtol": 1e-10}
    start = np.r_[np.log(y.mean()), np.zeros(len(bounds) - 1)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=settings)
    return log_likelihood(y, np.exp(cells.rows @ found.x)), float(np.exp(cells.dark @ found.x))


@pytest.mark.parametrize("form", FORMS[:4], ids=["none", "poisson", "darroch", "gamma"])
@pytest.mark.parametrize("lists", [3, 4])
def test_the_maximum_is_the_maximum(form, lists):
    """Extended maximum likelihood where nothing is bounded: the likelihood, and the dark figure if it is a number."""
    cells = history_cells(lists, form)
    compared = 0
    for seed in range(40):
        y = sparse(np.random.default_rng([lists, seed]), cells)
        theta, mu, inside = maximise_cells(cells, y)
        slow = extended_fit(Dense(y=y, rows=cells.rows, stratum=np.zeros(1, int), dark=cells.dark[None]))
        assert inside.all()
        assert log_likelihood(y, mu) == pytest.approx(log_likelihood(y, slow.expected), abs=1e-6)
        if verdict_of(cells, y > 0) == ESTIMABLE:
            assert dark_figures(cells, theta) == pytest.approx(slow.dark[0], rel=1e-6)
            compared += 1
    assert compared > 10


@pytest.mark.parametrize("lists", [3, 4, 5])
def test_the_maximum_above_a_floor(lists):
    cells = history_cells(lists, None, chao=True)
    moved, compared = 0, 0
    for seed in range(30):
        y = sparse(np.random.default_rng([lists, seed]), cells)
        if (y @ cells.rows[:, 1 : 1 + lists] == 0).any() or verdict_of(cells, y > 0) != ESTIMABLE:
            continue
        theta, mu, inside = maximise_cells(cells, y)
        best, dark = best_above_the_floor(cells, y)
        assert (theta[cells.floor] >= 0).all()
        assert (theta[~inside] == 0).all()
        assert log_likelihood(y, mu) == pytest.approx(best, abs=1e-6)
        assert dark_figures(cells, theta) == pytest.approx(dark, rel=1e-3)
        moved += bool(inside[cells.floor].any())
        compared += 1
    assert compared >= 5
    assert moved >= 2


@pytest.mark.parametrize("form", FORMS, ids=["none", "poisson", "darroch", "gamma", "chao"])
def test_many_tables_at_once_are_one_table_many_times(form):
    cells = cells_of(history_cells, 4, form)
    rng = np.random.default_rng(1)
    many = np.stack([sparse(rng, cells) for _ in range(30)])
    theta, inside = maximise_cells_many(cells, many)
    said = verdicts_of(cells, many)
    for b, y in enumerate(many):
        alone, _, in_alone = maximise_cells(cells, y)
        assert dark_figures(cells, theta[b]) == pytest.approx(dark_figures(cells, alone), rel=1e-9)
        assert inside[b].tolist() == in_alone.tolist()
        assert said[b] == verdict_of(cells, y > 0)


def verdict_by_programmes(cells, y):
    """Over all cells, with the floor as more walls."""
    present = y > 0
    walls = np.vstack([cells.rows[~present], -np.eye(len(cells.floor))[cells.floor]])
    box = [(-BOX, BOX)] * len(cells.floor)
    ends = [cells.dark @ largest(sign * cells.dark, walls, cells.rows[present], box) for sign in (-1, 1)]
    up, down = ends[1] > MOVES, ends[0] < -MOVES
    return NOT_IDENTIFIED if up and down else INFINITE if up else ZERO if down else ESTIMABLE


@pytest.mark.parametrize("make", [history_cells, frequency_cells])
@pytest.mark.parametrize("form", FORMS, ids=["none", "poisson", "darroch", "gamma", "chao"])
def test_verdicts(make, form):
    seen = set()
    for seed in range(40):
        rng = np.random.default_rng(seed)
        cells = cells_of(make, int(rng.integers(2, 5)), form)
        y = sparse(rng, cells)
        said = verdict_of(cells, y > 0)
        assert said == verdict_by_programmes(cells, y), seed
        seen.add(said)
    assert seen >= {ESTIMABLE, INFINITE}


def test_nobody_at_all_is_estimable():
    assert verdicts_of(history_cells(3, None), np.zeros((2, 7))).tolist() == [ESTIMABLE, ESTIMABLE]


def test_an_infinite_dark_figure_is_large_and_a_zero_one_small():
    """The numbers themselves run the way the verdict says; what is shown is the verdict."""
    cells = frequency_cells(3, None)
    assert verdict_of(cells, np.array([True, False, False])) == INFINITE
    assert dark_figures(cells, maximise_cells(cells, np.array([50.0, 0, 0]))[0]) > 1e6
    assert verdict_of(cells, np.array([False, False, True])) == ZERO
    assert dark_figures(cells, maximise_cells(cells, np.array([0, 0, 50.0]))[0]) < 1e-6


def test_units_of_a_column_do_not_matter():
    rng = np.random.default_rng(3)
    k = np.arange(1.0, 8)
    y = rng.poisson(40 * np.exp(-0.4 * k)).astype(float)
    rows = np.column_stack([np.ones(7), k, k**2])
    found = []
    for units in ([1.0, 1.0, 1.0], [1.0, 1e-3, 1e9]):
        cells = make_cells(rows * units, np.eye(3)[0])
        theta, mu, inside = maximise_cells(cells, y)
        dark = float(dark_figures(cells, theta))
        assert (mu - y) @ rows == pytest.approx(np.zeros(3), abs=1e-6)
        found.append((dark, dark_variance(cells, mu, inside, dark)))
    assert found[0] == pytest.approx(found[1], rel=1e-7)


def test_covariance_is_the_inverse_information():
    cells = history_cells(3, None, chao=True)
    y = np.array([30.0, 25, 9, 20, 6, 5, 0])
    _, mu, inside = maximise_cells(cells, y)
    assert not inside.all()
    rows = cells.rows[:, inside]
    spread = covariance(cells, mu, inside)
    assert spread[np.ix_(inside, inside)] == pytest.approx(np.linalg.inv(rows.T @ np.diag(mu) @ rows))
    assert not spread[~inside].any()


@pytest.mark.parametrize("far", [-20.0, 0.0, 12.0, 30.0])
def test_a_start_from_far_away_arrives(far):
    """Fifty rounds and steps of a factor two: columns of very different reach, and a cell that may hold e^30 people."""
    cells = complete(frequency_cells(50, poisson(2.0)))
    rng = np.random.default_rng(0)
    y = np.append(rng.poisson(15 * np.exp(-0.15 * np.arange(50))).astype(float), 1.0)
    start, _, _ = maximise_cells(cells, y)
    y[-1] = np.exp(far)
    _, mu, _ = maximise_cells(cells, y, start)
    assert mu.sum() == pytest.approx(y.sum(), rel=1e-9)
    assert mu[-1] == pytest.approx(maximise_cells(cells, y)[1][-1], rel=1e-6)
