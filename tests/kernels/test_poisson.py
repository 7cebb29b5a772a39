"""Newton by subset sums against a full design matrix, statsmodels and numeric derivatives."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import xlogy

from darknumber.data.table import CaptureTable
from darknumber.kernels.design import live_cells, make_design, merge_strata
from darknumber.kernels.poisson import information, maximise, maximise_many, predictors, starting_point
from darknumber.models.columns import make_columns, terms_of
from tests.oracles import covariates_of, dense, random_table, random_terms, split_terms

PEOPLE = 4000.0  # enough that no cell that matters is empty, so that the ordinary maximum exists


def design_of(table, text, margin="free"):
    columns = make_columns(table, terms_of(text, table), margin)
    return columns.only(np.ones(len(columns.terms), dtype=bool))


def busy_table(seed, lists, levels):
    rng = np.random.default_rng([seed, lists, len(levels)])
    table = random_table(rng, lists=lists, levels=levels, people=PEOPLE, on_list=(0.2, 0.5), dependence=0.3)
    return table, random_terms(rng, table, order=3 if lists > 3 or levels else 2, keep=0.3)


@pytest.mark.parametrize("margin", ["free", "modelled"])
@pytest.mark.parametrize(("lists", "levels"), [(3, ()), (4, ()), (3, (3,)), (4, (2,)), (3, (2, 3))])
@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_statsmodels(seed, lists, levels, margin):
    table, text = busy_table(seed, lists, levels)
    if levels and seed:
        text = text.replace("u", f"poly(u, {seed})") if levels[0] > seed else text
    oracle = dense(table, split_terms(text), margin)
    fit = sm.GLM(oracle.y, oracle.rows, family=sm.families.Poisson()).fit(tol=1e-14, maxiter=200)
    y = table.dense()
    _, mu, likelihood = maximise(design_of(table, text, margin), y)
    assert mu[:, 1:].reshape(-1) == pytest.approx(fit.fittedvalues, rel=1e-6, abs=1e-8)
    assert mu[:, 0] == pytest.approx(np.exp(oracle.dark @ fit.params), rel=1e-6)
    assert likelihood == pytest.approx(float((xlogy(oracle.y, fit.fittedvalues) - fit.fittedvalues).sum()), rel=1e-12)


@pytest.mark.parametrize("margin", ["free", "modelled"])
def test_information_is_the_curvature_of_the_likelihood(margin):
    """The information is minus the second derivative of the log-likelihood, by central differences."""
    table, text = busy_table(5, 3, (3,))
    design = design_of(table, text, margin)
    y, live = table.dense(), design.live

    def expected(theta):
        mu = np.where(live, np.exp(predictors(design, theta)), 0.0)
        return mu * (y.sum(axis=1) / mu.sum(axis=1))[:, None] if margin == "free" else mu

    def likelihood(theta):
        mu = expected(theta)
        return float((xlogy(y, mu) - mu).sum())

    at = starting_point(design, y) + np.random.default_rng(0).normal(0, 0.1, design.columns)
    step = 1e-4
    moves = step * np.eye(design.columns)
    numeric = np.array(
        [
            [
                likelihood(at + a + b) - likelihood(at + a - b) - likelihood(at - a + b) + likelihood(at - a - b)
                for b in moves
            ]
            for a in moves
        ]
    ) / (-4 * step**2)
    exact = information(design, expected(at), y.sum(axis=1))
    assert exact == pytest.approx(numeric, rel=1e-3, abs=1e-3 * np.abs(exact).max())


@pytest.mark.parametrize("seed", range(4))
def test_strata_with_the_same_features_can_be_merged(seed):
    rng = np.random.default_rng(seed)
    table = random_table(rng, lists=3, levels=(2, 3), people=PEOPLE, on_list=(0.2, 0.5))
    design, y = design_of(table, "A:B + C:u"), table.dense()
    merged, group = merge_strata(design)
    assert merged.live.shape[0] == 2
    together = np.stack([y[group == g].sum(axis=0) for g in range(2)])
    _, apart, _ = maximise(design, y)
    _, joined, _ = maximise(merged, together)
    people = y.sum(axis=1)
    assert apart[:, 0] == pytest.approx(joined[group, 0] * people / together.sum(axis=1)[group], rel=1e-9)


def test_histories_that_cannot_occur_are_left_out():
    """List C was not kept in stratum 1: there the fit is that of the two other lists, with shared terms."""
    rng = np.random.default_rng(3)
    table = random_table(rng, lists=3, levels=(2,), people=PEOPLE, on_list=(0.2, 0.5))
    kept = ~((table.stratum == 1) & (table.history >= 4))
    operating = np.array([[True, True, True], [True, True, False]])
    smaller = CaptureTable.build(
        table.lists,
        table.history[kept],
        table.count[kept],
        covariates=covariates_of((2,)),
        levels=[table.stratum[kept]],
        operating=operating,
    )
    oracle = dense(smaller, ["A:u"])
    assert len(oracle.y) == 7 + 3
    fit = sm.GLM(oracle.y, oracle.rows, family=sm.families.Poisson()).fit(tol=1e-14)
    _, mu, _ = maximise(design_of(smaller, "A:u"), smaller.dense())
    assert mu[:, 0] == pytest.approx(np.exp(oracle.dark @ fit.params), rel=1e-7)
    assert mu[1, 4:].tolist() == [0, 0, 0, 0]


def test_live_cells_are_those_of_the_lists_that_were_kept():
    live = live_cells(np.array([[True, True], [True, False], [False, False]]))
    assert live.tolist() == [[False, True, True, True], [False, True, False, False], [False] * 4]


def test_a_column_twice_changes_nothing():
    """A direction without information is dropped from the solve; the fitted counts are the same."""
    table, text = busy_table(1, 3, (2,))
    design, y = design_of(table, text), table.dense()
    pick = np.r_[np.arange(design.columns), 0, design.columns - 1]
    twice = make_design(
        design.lists, design.masks[pick], design.features[:, pick], design.term[pick], design.live, conditional=True
    )
    _, once, _ = maximise(design, y)
    _, again, _ = maximise(twice, y)
    assert again == pytest.approx(once, rel=1e-9)


@pytest.mark.parametrize("margin", ["free", "modelled"])
@pytest.mark.parametrize("reach", [5.0, 30.0, 100.0])
def test_a_start_far_away_ends_in_the_same_place(margin, reach):
    table, text = busy_table(2, 3, (2,))
    design, y = design_of(table, text, margin), table.dense()
    _, near, best = maximise(design, y)
    for seed in range(5):
        start = np.random.default_rng(seed).uniform(-reach, reach, design.columns)
        _, far, likelihood = maximise(design, y, start)
        assert likelihood == pytest.approx(best, rel=1e-10)
        assert far[:, 0] == pytest.approx(near[:, 0], rel=1e-6)


def test_counts_of_any_size_are_reached():
    """From one expected person a cell to a million million: the first step of Newton's method would overshoot."""
    table, text = busy_table(2, 3, (2,))
    design, y = design_of(table, text, "modelled"), table.dense()
    _, mu, _ = maximise(design, y)
    _, huge, _ = maximise(design, 1e12 * y, np.zeros(design.columns))
    assert huge[:, 0] == pytest.approx(1e12 * mu[:, 0], rel=1e-6)


def test_a_start_without_information_is_left():
    """The sides of a table that the start holds to be empty, as after a fit to a table where they were."""
    table = CaptureTable.build("ABC", [1, 2, 3, 4, 5, 6, 7], [50, 40, 0, 30, 10, 9, 1])
    design = design_of(table, "A:B + A:C")
    start, _, _ = maximise(design, table.dense())
    full = table.dense()
    full[0, 3] = 5
    _, cold, best = maximise(design, full)
    _, warm, likelihood = maximise(design, full, np.where(np.abs(start) > 8, 10 * start, start))
    assert likelihood == pytest.approx(best, rel=1e-10)
    assert warm[0, 0] == pytest.approx(cold[0, 0], rel=1e-6)


@pytest.mark.parametrize("margin", ["free", "modelled"])
def test_many_tables_at_once_are_the_tables_one_by_one(margin):
    rng = np.random.default_rng(8)
    table = random_table(rng, lists=3, levels=(2,), people=200, on_list=(0.1, 0.3))
    design = design_of(table, "A:B + B:u", margin)
    start, _, _ = maximise(design, table.dense())
    many = rng.poisson(np.where(design.live, table.dense() + 0.3, 0.0), size=(20, *design.live.shape)).astype(float)
    dark, seen = maximise_many(design, many, start)
    for b, y in enumerate(many):
        _, mu, _ = maximise(design, y)
        finite = mu[:, 0] < 1e6  # beyond, both only run towards infinity
        assert dark[b][finite] == pytest.approx(mu[finite, 0], rel=1e-6, abs=1e-6)
        assert seen[b] == pytest.approx(mu[:, 1:].sum(axis=1), rel=1e-7, abs=1e-7)


def test_a_stratum_without_people_has_nobody_unseen():
    table = random_table(np.random.default_rng(0), lists=3, levels=(3,), people=500, on_list=(0.1, 0.4))
    y = table.dense()
    y[1] = 0
    _, mu, _ = maximise(design_of(table, "A:u"), y)
    assert mu[1].tolist() == [0] * 8
    assert mu[[0, 2], 0].min() > 0
