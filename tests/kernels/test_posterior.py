"""Posterior draws against quadrature, importance sampling and their own prior; none of these uses the kernel."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammainc, logsumexp
from scipy.stats import chi2, multivariate_t

from darknumber.kernels.chains import effective_size, split_r_hat
from darknumber.kernels.posterior import curvature, density, make_target, mode, sample

ERRORS = 4.0  # Monte Carlo standard errors
PAIRS = np.array([1, 2, 4, 3, 5, 6])  # three lists and their pairs
SPARSE = np.array([0.0, 40, 60, 2, 25, 0, 1, 0])  # one pair shares nobody, and nobody is on all three
UNLIKELY = 1e-4  # of a test of uniformity that should pass


def anything(lists):
    return np.arange(1 << lists) > 0


def target_of(y, masks, precision):
    lists = len(y).bit_length() - 1
    return make_target(np.asarray(y, float), anything(lists), np.asarray(masks), np.asarray(precision, float))


def rows_of(lists, masks):
    cells = np.arange(1, 1 << lists)
    return ((cells[:, None] & masks) == masks).astype(float)


def test_two_lists_against_quadrature():
    """The posterior of the log dark figure on a grid: flat priors on both lists and on the intercept."""
    y = np.array([0.0, 30, 14, 9])
    drawn = sample(target_of(y, [1, 2], [0, 0]), chains=4, draws=5000, seed=1, stage=0)
    a, b = np.meshgrid(np.linspace(-4, 4, 801), np.linspace(-5, 3, 801), indexing="ij")
    log_norm = np.log(np.exp(a) + np.exp(b) + np.exp(a + b))
    log_weight = (y[1] + y[3]) * a + (y[2] + y[3]) * b - y.sum() * log_norm
    weight = np.exp(log_weight - logsumexp(log_weight))
    assert weight[[0, -1]].sum() + weight[:, [0, -1]].sum() < 1e-9  # the grid is wide enough
    for share in (0.025, 0.25, 0.5, 0.75, 0.975):
        limit = np.quantile(drawn.log_dark, share)
        below = (weight * gammainc(y.sum(), np.exp(limit + log_norm))).sum()
        assert below == pytest.approx(share, abs=ERRORS * np.sqrt(share * (1 - share) / effective_size(drawn.log_dark)))
    assert drawn.terms[..., 0].mean() == pytest.approx((weight * a).sum(), abs=0.02)


@pytest.mark.parametrize("variance", [1.0, 25.0])
def test_a_sparse_table_against_importance_sampling(variance):
    """Poisson counts with an intercept, a full design matrix and proposals from a t around the mode."""
    precision = np.r_[np.zeros(3), np.full(3, 1 / variance)]
    drawn = sample(target_of(SPARSE, PAIRS, precision), chains=4, draws=5000, seed=2, stage=0)
    rows = np.hstack([np.ones((7, 1)), rows_of(3, PAIRS)])
    penalty, y = np.r_[0.0, precision], SPARSE[1:]
    beta = np.r_[np.log(100), np.log(0.3) * np.ones(3), np.zeros(3)]
    for _ in range(200):
        mu = np.exp(rows @ beta)
        information = rows.T @ (mu[:, None] * rows) + np.diag(penalty)
        step = np.linalg.solve(information, rows.T @ (y - mu) - penalty * beta)
        beta = beta + step * min(1.0, 1.0 / np.abs(step).max())
    law = multivariate_t(loc=beta, shape=2 * np.linalg.inv(information), df=4)
    proposed = law.rvs(200_000, random_state=np.random.default_rng(3))
    eta = proposed @ rows.T
    log_weight = eta @ y - np.exp(eta).sum(axis=1) - 0.5 * proposed**2 @ penalty - law.logpdf(proposed)
    weight = np.exp(log_weight - logsumexp(log_weight))
    worth = 1 / (weight**2).sum()
    assert worth > 3000
    for column, ours in [(0, drawn.log_dark), *((c + 1, drawn.terms[..., c]) for c in range(6))]:
        mean = weight @ proposed[:, column]
        spread = np.sqrt(weight @ (proposed[:, column] - mean) ** 2)
        error = ERRORS * spread * np.sqrt(1 / worth + 1 / effective_size(ours))
        assert ours.mean() == pytest.approx(mean, abs=error)
        assert ours.std() == pytest.approx(spread, rel=0.05)
        for share in (0.025, 0.975):
            below = weight[proposed[:, column] < np.quantile(ours, share)].sum()
            assert below == pytest.approx(share, abs=ERRORS * np.sqrt(share / min(worth, effective_size(ours))))


def test_ranks_are_uniform_under_its_own_prior():
    """Draw the terms from their prior, a table from the terms, and see where they fall among the draws (Talts 2018)."""
    rng = np.random.default_rng(4)
    simulations, draws, bins, people = 300, 99, 10, 80
    rows = rows_of(3, PAIRS)
    ranks = np.empty((simulations, len(PAIRS) + 1), dtype=int)
    for number in range(simulations):
        theta = rng.standard_normal(len(PAIRS))
        eta = rows @ theta
        y = np.r_[0, rng.multinomial(people, np.exp(eta - logsumexp(eta)))]
        drawn = sample(target_of(y, PAIRS, np.ones(6)), chains=1, draws=draws, seed=number, stage=0)
        ranks[number, :-1] = (drawn.terms[0] < theta).sum(axis=0)
        # Under its flat prior the expected number on some list is Gamma(n) given the data: the truth is such a draw.
        ranks[number, -1] = (drawn.log_dark[0] < np.log(rng.standard_gamma(people)) - logsumexp(eta)).sum()
    for column in ranks.T:
        counts = np.bincount(column * bins // (draws + 1), minlength=bins)
        statistic = ((counts - simulations / bins) ** 2 / (simulations / bins)).sum()
        assert chi2.sf(statistic, bins - 1) > UNLIKELY


def test_slope_and_curvature_are_those_of_the_density():
    target = target_of(SPARSE, PAIRS, [0, 0.5, 0, 1, 2, 3])
    theta, step = np.linspace(-1, 0.7, 6), 1e-5
    gradient, work = np.empty(6), np.empty(8)
    density(theta, target, gradient, work)
    for c in range(6):
        ahead, behind = theta + step * np.eye(6)[c], theta - step * np.eye(6)[c]
        g1, g0 = np.empty(6), np.empty(6)
        rise = density(ahead, target, g1, work)[0] - density(behind, target, g0, work)[0]
        assert rise / (2 * step) == pytest.approx(gradient[c], rel=1e-6)
        assert -(g1 - g0) / (2 * step) == pytest.approx(curvature(target, theta)[c], rel=1e-5, abs=1e-6)


def test_the_mode_is_flat_however_far_it_is():
    for y in (SPARSE, SPARSE * 1000, np.r_[0.0, 5000, 1, 1, 1, 1, 1, 1]):
        target = target_of(y, PAIRS, [0, 0, 0, 1, 1, 1])
        gradient = np.empty(6)
        density(mode(target), target, gradient, np.empty(8))
        assert np.abs(gradient).max() < 1e-3


def test_histories_that_cannot_occur_are_left_out():
    """Two lists that cannot share anybody: as if the third list were kept for the others only."""
    live = anything(2)
    live[3] = False
    target = make_target(np.array([0.0, 30, 14, 9]), live, np.array([1, 2]), np.zeros(2))
    assert target.people == 44
    assert target.margins.tolist() == [30, 14]


def test_the_same_numbers_for_a_seed_whatever_else_is_drawn():
    target = target_of(SPARSE, PAIRS, [0, 0, 0, 1, 1, 1])
    one = sample(target, chains=2, draws=200, seed=7, stage=1)
    again = sample(target, chains=3, draws=200, seed=7, stage=1)
    assert np.array_equal(one.log_dark, again.log_dark[:2])
    assert np.array_equal(one.terms, again.terms[:2])
    for seed, stage in [(8, 1), (7, 2)]:
        assert not np.array_equal(one.log_dark, sample(target, chains=2, draws=200, seed=seed, stage=stage).log_dark)
    largest = sample(target, chains=1, draws=200, seed=2**64 - 1, stage=2)
    assert np.isfinite(largest.log_dark).all()


@pytest.mark.parametrize("people", [1.0, 30.0, 100_000.0])
def test_it_settles_on_small_and_large_tables(people):
    y = np.r_[0.0, np.ceil(people * np.array([0.4, 0.3, 0.05, 0.2, 0.03, 0.01, 0.01]))]
    drawn = sample(target_of(y, PAIRS, [0, 0, 0, 1, 1, 1]), chains=4, draws=1000, seed=5, stage=0)
    assert split_r_hat(drawn.log_dark) < 1.01
    assert effective_size(drawn.log_dark) > 1500
    assert ((drawn.accepted > 0.6) & (drawn.accepted <= 1)).all()
