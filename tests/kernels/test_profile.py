"""Profile limits against refitting the completed table for one population size after another."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.special import gammaln, xlogy
from scipy.stats import chi2

from darknumber.data.table import CaptureTable
from darknumber.kernels.heterogeneity import darroch, frequency_cells, history_cells, poisson
from darknumber.kernels.profile import profile_limits, profile_of_cells, profile_of_sum
from darknumber.models.columns import make_columns, terms_of
from tests.oracles import covariates_of, dense, poisson_fit, random_table, split_terms

DROP = chi2.ppf(0.95, 1)


def engine(table, text, drop=DROP):
    return profile_limits(make_columns(table, terms_of(text, table), "free").design, table.dense(), drop)


def slowly(table, text, drop=DROP):
    """The top and both ends, with the unseen as one more cell of the design matrix."""
    model = dense(table, split_terms(text))
    rows, n = np.vstack([model.dark, model.rows]), model.y.sum()

    def likelihood(log_dark):
        dark = np.exp(log_dark)
        _, mu = poisson_fit(rows, np.r_[dark, model.y])
        share = mu / (n + dark)
        return gammaln(n + dark + 1) - gammaln(dark + 1) + xlogy(model.y, share[1:]).sum() + dark * np.log(share[0])

    top = minimize_scalar(lambda x: -likelihood(x), bounds=(-3, 14), method="bounded", options={"xatol": 1e-8})

    def below(x):
        return 2 * (-top.fun - likelihood(x)) - drop

    lower = brentq(below, -12, top.x) if below(-12) > 0 else -np.inf
    return np.exp(top.x), np.exp(lower), np.exp(brentq(below, top.x, 16))


@pytest.mark.parametrize("seed", range(8))
def test_limits_are_where_the_likelihood_has_fallen_enough(seed):
    rng = np.random.default_rng(seed)
    people = [60, 300, 2000, 20000][seed % 4]
    table = random_table(rng, lists=3 + seed % 2, people=people, on_list=(0.2, 0.5), dependence=0.3)
    text = ["", "A:B", "A:C + B:C"][seed % 3]
    assert engine(table, text) == pytest.approx(slowly(table, text), rel=1e-5, abs=1e-4)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.99])
def test_the_drop_sets_the_level(level):
    table = random_table(np.random.default_rng(1), lists=3, people=500, on_list=(0.2, 0.4))
    drop = chi2.ppf(level, 1)
    assert engine(table, "A:B", drop) == pytest.approx(slowly(table, "A:B", drop), rel=1e-5)


def test_without_overlap_there_is_a_lower_limit_only():
    table = CaptureTable.build("AB", [1, 2], [40, 30])
    top, lower, upper = engine(table, "")
    assert np.isinf(upper)
    assert top > 1e9
    # Nobody on both of two independent lists: the likelihood of N falls by half the drop where n1 n2 / N is about that.
    assert 40 * 30 / (70 + lower) == pytest.approx(DROP / 2, rel=0.1)


def test_where_everyone_on_one_list_is_on_the_other_the_lower_limit_is_nobody():
    top, lower, upper = engine(CaptureTable.build("AB", [1, 3], [30, 20]), "")
    assert lower == 0
    assert top < 1e-3
    assert 1 < upper < 100


@pytest.mark.parametrize("people", [10, 30, 100])
def test_small_tables_have_finite_limits(people):
    """The search moves over twenty orders of magnitude; no fit on the way may be left stranded."""
    for seed in range(10):
        rng = np.random.default_rng([people, seed])
        counts = rng.multinomial(people, [0.2, 0.2, 0.1, 0.2, 0.1, 0.1, 0.1])
        if counts[[2, 4, 5, 6]].min() == 0 or min(counts[0] + counts[2], counts[1], counts[3]) == 0:
            continue
        table = CaptureTable.build("ABC", range(1, 8), counts)
        assert engine(table, "") == pytest.approx(slowly(table, ""), rel=1e-4, abs=1e-3), seed


@pytest.mark.parametrize("seed", range(3))
def test_a_dense_design_of_independent_lists_has_the_same_profile(seed):
    table = random_table(np.random.default_rng(seed), lists=3, people=400, on_list=(0.2, 0.5))
    found = profile_of_cells(history_cells(3, None), table.dense()[0, 1:], DROP)
    assert found == pytest.approx(engine(table, ""), rel=1e-6)


@pytest.mark.parametrize(
    "cells", [history_cells(4, darroch), history_cells(4, None, chao=True), frequency_cells(4, poisson(2.0))]
)
def test_limits_of_dense_designs_are_where_the_likelihood_has_fallen_enough(cells):
    """At the limits, with everybody counted, from a general optimiser that knows the floor."""
    rng = np.random.default_rng(8)
    y = rng.poisson(np.exp(cells.offset + cells.rows @ np.r_[5.0, -1.5 * np.ones(cells.rows.shape[1] - 1)])) + 1.0
    rows, n = np.vstack([cells.rows, cells.dark]), y.sum()
    offset = np.append(cells.offset, 0.0)
    bounds = [(0.0 if floor else None, None) for floor in cells.floor]

    def likelihood(dark):
        counts = np.append(y, dark)

        def loss(theta):
            mu = np.exp(rows @ theta + offset)
            return mu.sum() - counts @ (rows @ theta + offset), rows.T @ (mu - counts)

        start = np.r_[np.log(counts.mean()), np.zeros(len(bounds) - 1)]
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-15})
        share = np.exp(rows @ found.x + offset) / (n + dark)
        return gammaln(n + dark + 1) - gammaln(dark + 1) + xlogy(counts, share).sum()

    top, lower, upper = profile_of_cells(cells, y, DROP)
    best = likelihood(top)
    assert all(likelihood(top * by) <= best + 1e-6 for by in (0.9, 0.99, 1.01, 1.1))
    for limit in (lower, upper):
        assert 2 * (best - likelihood(limit)) == pytest.approx(DROP, abs=1e-4)


def of_sum(table, text, inside=None, drop=DROP):
    design = make_columns(table, terms_of(text, table), "free").design
    inside = np.ones(table.strata, dtype=bool) if inside is None else np.array(inside)
    return profile_of_sum(design, table.dense(), inside, drop)


def sum_slowly(table, text, inside):
    """Log-likelihood of a dark figure that may be anywhere in two strata: the best of all ways to split it over them.

    ``m log(p_1 + p_2)`` is the largest of ``sum_s x_s log p_s - sum_s x_s log(x_s / m)`` over splits ``x`` of ``m``.
    """
    model = dense(table, split_terms(text))
    chosen = np.flatnonzero(inside)
    rows = np.vstack([model.dark[chosen], model.rows])
    people = np.bincount(model.stratum, weights=model.y)

    def at(split):
        counts = np.r_[split, model.y]
        _, mu = poisson_fit(rows, counts)
        kernel = xlogy(counts, mu).sum() - mu.sum() - xlogy(split, split).sum()
        whole = people[chosen].sum() + sum(split)
        # Shares within the strata that are summed, and within each other stratum: the sizes of these are given.
        return kernel - xlogy(whole, whole) + whole + xlogy(sum(split), sum(split))

    def likelihood(dark):
        n = people[chosen].sum()
        if len(chosen) == 1:
            best = at([dark])
        else:
            share = minimize_scalar(
                lambda share: -at([share * dark, (1 - share) * dark]), bounds=(0.001, 0.999), method="bounded"
            )
            best = -share.fun
        return gammaln(n + dark + 1) - gammaln(dark + 1) + best

    return likelihood


@pytest.mark.parametrize("text", ["", "A:u", "A:B + C:u"])
@pytest.mark.parametrize("inside", [(True, True), (True, False)])
def test_limits_of_a_sum_over_strata(text, inside):
    table = random_table(np.random.default_rng(4), lists=3, levels=(2,), people=400, on_list=(0.25, 0.5))
    likelihood = sum_slowly(table, text, inside)
    top, lower, upper = of_sum(table, text, inside)
    best = likelihood(top)
    assert all(likelihood(top * by) <= best + 1e-6 for by in (0.9, 0.99, 1.01, 1.1))
    for limit in (lower, upper):
        assert 2 * (best - likelihood(limit)) == pytest.approx(DROP, abs=1e-3)


def test_strata_that_are_alike_are_one_table():
    """Without terms for the covariate it does not matter where people are."""
    table = random_table(np.random.default_rng(6), lists=3, levels=(3,), people=900, on_list=(0.2, 0.4))
    assert of_sum(table, "A:B") == pytest.approx(engine(table.pool(["u"]), "A:B"), rel=1e-5)


def test_a_stratum_with_parameters_of_its_own_has_its_own_limits():
    table = random_table(np.random.default_rng(7), lists=3, levels=(2,), people=600, on_list=(0.2, 0.5))
    text = "A:u + B:u + C:u"
    alone = table.select("u", ["1"]).pool(["u"])
    assert of_sum(table, text, (True, False)) == pytest.approx(engine(alone, ""), rel=1e-5)
    # One that is summed and one that is not stay apart, also where their features are the same.
    one, whole = of_sum(table, "", (True, False)), of_sum(table, "")
    assert one[2] < whole[2]


def test_a_sum_is_surer_than_its_parts():
    table = random_table(np.random.default_rng(7), lists=3, levels=(2,), people=600, on_list=(0.2, 0.5))
    text = "A:u + B:u + C:u"
    parts = np.array([of_sum(table, text, inside) for inside in ((True, False), (False, True))])
    _, lower, upper = of_sum(table, text)
    assert parts[:, 1].sum() < lower < upper < parts[:, 2].sum()


def test_a_sum_with_a_stratum_without_overlap_has_a_lower_limit_only():
    table = CaptureTable.build(
        "AB",
        [1, 2, 3, 1, 2],
        [60, 50, 30, 40, 30],
        covariates=covariates_of((2,)),
        levels=[np.array([0, 0, 0, 1, 1])],
    )
    _, lower, upper = of_sum(table, "A:u + B:u")
    assert np.isinf(upper)
    first = engine(table.select("u", ["1"]).pool(["u"]), "")
    second = engine(table.select("u", ["2"]).pool(["u"]), "")
    assert first[1] + second[1] < lower < first[0] + 10 * second[1]


def test_a_stratum_without_people_has_nobody_unseen():
    table = CaptureTable.build(
        "AB", [1, 2, 3], [60, 50, 30], covariates=covariates_of((2,)), levels=[np.zeros(3, dtype=int)]
    )
    assert of_sum(table, "") == pytest.approx(engine(table.pool(["u"]), ""), rel=1e-6)
