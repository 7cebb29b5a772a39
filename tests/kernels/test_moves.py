"""The chain over models, against sums over a fine net of points for every model."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp

from darknumber.kernels.joint import find_mode
from darknumber.kernels.moves import Book, evidences, log_t, walk
from tests.kernels.small_joint import COUNTS, a_joint, design

# Gauss-Hermite points on each axis: with 9 a sum over them is an integral to four digits here.
POINTS = 9
MODELS = ((0, 1, 2), (0, 1, 2, 3))  # independence, and one pair
DRAWS = 20_000
ERROR = 0.02  # of a share of draws: four standard errors at a fifth of them worth an independent one


def by_brute_force(columns):
    """The log-evidence, and points with weights for the log expected number of people on no list over those on some."""
    x, size = design()[:, columns], len(columns)

    def value(theta):
        eta = x @ theta
        return COUNTS @ eta[1:] - COUNTS.sum() * logsumexp(eta[1:]) - theta @ theta / 2 - size / 2 * np.log(2 * np.pi)

    best = minimize(lambda theta: -value(theta), np.zeros(size), method="BFGS")
    root = np.linalg.cholesky(best.hess_inv)
    nodes, weights = np.polynomial.hermite_e.hermegauss(POINTS)
    net = np.array(list(product(nodes, repeat=size)))
    log_weight = np.log(np.array(list(product(weights, repeat=size)))).sum(axis=1)
    thetas = best.x + net @ root.T
    found = np.array([value(theta) for theta in thetas]) + log_weight + (net**2).sum(axis=1) / 2
    found += np.log(np.diag(root)).sum()
    eta = thetas @ x.T
    return logsumexp(found), eta[:, 0] - logsumexp(eta[:, 1:], axis=1), found


def a_book(joint, g=(1.0, 1.0), log_prior=(0.0, 0.0)):
    book = Book(
        size=np.array([3, 4]),
        columns=np.array([[0, 1, 2, 0], [0, 1, 2, 3]]),
        log_det=np.zeros(2),
        g=np.array(g),
        log_prior=np.array(log_prior),
        mode=np.zeros((2, 4)),
        factor=np.zeros((2, 4, 4)),
    )
    for k, columns in enumerate(MODELS):
        theta, factor = np.zeros(len(columns)), np.zeros((len(columns), len(columns)))
        find_mode(theta, np.array(columns), 0.0, g[k], joint, factor)
        book.mode[k, : len(columns)] = theta
        book.factor[k, : len(columns), : len(columns)] = factor
    return book


@pytest.fixture(scope="module")
def known():
    return [by_brute_force(list(columns)) for columns in MODELS]


def test_evidences_are_the_integrals(known):
    joint = a_joint()
    found = evidences(joint, a_book(joint), 50_000, 1)
    assert found == pytest.approx([each[0] for each in known], abs=0.01)
    doubled = evidences(joint, a_book(joint, log_prior=(np.log(2), 0.0)), 50_000, 1)
    assert doubled - found == pytest.approx([np.log(2), 0.0])


@pytest.mark.parametrize("wrong", [0.0, 3.0])
def test_the_chain_has_the_posterior_whatever_its_weights(known, wrong):
    joint = a_joint()
    book = a_book(joint)
    log_evidence = evidences(joint, book, 1000, 1)
    walked = walk(joint, book, log_evidence + np.array([wrong, 0.0]), chains=4, draws=DRAWS // 4, seed=2)
    exact = np.exp(np.array([each[0] for each in known]) - logsumexp([each[0] for each in known]))
    assert np.mean(walked.model == 1) == pytest.approx(exact[1], abs=ERROR)
    told = walked.told[:, :, 0].reshape(-1)
    rows = np.concatenate([each[1] for each in known])
    weight = np.exp(np.concatenate([each[2] for each in known]) - logsumexp([each[0] for each in known]))
    mean = weight @ rows
    assert told.mean() == pytest.approx(mean, abs=0.02)
    assert told.std() == pytest.approx(np.sqrt(weight @ (rows - mean) ** 2), rel=0.05)
    assert walked.expected.sum() == pytest.approx(COUNTS.sum())


def test_good_weights_make_most_moves_count():
    joint = a_joint()
    book = a_book(joint)
    log_evidence = evidences(joint, book, 1000, 1)
    assert walk(joint, book, log_evidence, chains=2, draws=2000, seed=2).accepted.min() > 0.6


def test_a_prior_probability_moves_the_models_and_not_the_parameters(known):
    joint = a_joint()
    book = a_book(joint, log_prior=(np.log(4.0), 0.0))
    walked = walk(joint, book, evidences(joint, book, 1000, 1), chains=4, draws=DRAWS // 4, seed=2)
    odds = np.exp(known[1][0] - known[0][0]) / 4
    assert np.mean(walked.model == 1) == pytest.approx(odds / (1 + odds), abs=ERROR)


def test_a_small_g_holds_effects_near_zero():
    joint = a_joint(hyper=True)
    book = a_book(joint, g=(1e-6, 1e-6))
    walked = walk(joint, book, evidences(joint, book, 200, 1), chains=2, draws=500, seed=1)
    assert walked.told.mean() == pytest.approx(-np.log(7), abs=0.01)  # every history equally likely


def test_draws_hang_on_seed_and_chain_only():
    joint = a_joint()
    book = a_book(joint)
    log_evidence = evidences(joint, book, 200, 1)
    one, same, other = (walk(joint, book, log_evidence, chains=2, draws=300, seed=seed).told for seed in (5, 5, 6))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one[0], one[1])


def test_the_law_of_proposals_is_a_density():
    factor = np.array([[2.0]])
    at = np.linspace(-200, 200, 400_001)
    density = np.exp([log_t(float((2.0 * x) ** 2), 1, factor) for x in at[::20]])
    assert density.sum() * (at[20] - at[0]) == pytest.approx(1, abs=1e-3)


def test_bounded_counts_give_their_own_expected_number():
    joint = a_joint(bounded=True)
    columns = np.arange(5)
    theta, factor = np.array([-0.5, 0, 0, 0, 2.0]), np.zeros((5, 5))
    find_mode(theta, columns, 0.0, 1.0, joint, factor)
    book = Book(
        size=np.array([5]),
        columns=columns[None],
        log_det=np.zeros(1),
        g=np.ones(1),
        log_prior=np.zeros(1),
        mode=theta[None],
        factor=factor[None],
    )
    walked = walk(joint, book, np.zeros(1), chains=2, draws=2000, seed=1)
    assert 0 < walked.expected[0] < COUNTS[0]  # an upper limit of 30, and the others say fewer
    assert walked.expected[1:].sum() == pytest.approx(COUNTS[1:].sum(), rel=0.05)
