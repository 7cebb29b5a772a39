"""Profile limits against refitting the completed table for one population size after another."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.special import gammaln, xlogy
from scipy.stats import chi2

from darknumber.data.table import CaptureTable
from darknumber.kernels.profile import profile_limits
from darknumber.models.columns import make_columns, terms_of
from tests.oracles import dense, poisson_fit, random_table, split_terms

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
