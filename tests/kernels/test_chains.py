"""Diagnostics of chains on chains whose properties are known."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.kernels.chains import effective_size, split_r_hat


def autoregression(correlation, chains=4, draws=20_000, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((chains, draws))
    for t in range(1, draws):
        x[:, t] = correlation * x[:, t - 1] + np.sqrt(1 - correlation**2) * x[:, t]
    return x


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_the_worth_of_correlated_draws(correlation):
    draws = autoregression(correlation)
    known = draws.size * (1 - correlation) / (1 + correlation)
    assert effective_size(draws) == pytest.approx(known, rel=0.1)


def test_draws_that_repel_each_other_are_worth_no_more_than_their_number():
    draws = autoregression(-0.5)
    assert effective_size(draws) == draws.size


def test_independent_chains_agree():
    assert split_r_hat(autoregression(0.0)) == pytest.approx(1.0, abs=1e-3)


def test_r_hat_is_what_its_formula_gives():
    draws = np.random.default_rng(2).standard_normal((3, 50)) + np.array([[0.0], [0.5], [1.0]])
    halves = [half for chain in draws for half in (chain[:25], chain[25:])]
    within = np.mean([np.var(half, ddof=1) for half in halves])
    between = np.var([np.mean(half) for half in halves], ddof=1)
    assert split_r_hat(draws) == pytest.approx(np.sqrt((within * 24 / 25 + between) / within))


@pytest.mark.parametrize("spoil", ["one chain elsewhere", "all drift"])
def test_chains_that_have_not_settled_are_seen(spoil):
    draws = autoregression(0.0, draws=1000)
    if spoil == "all drift":
        draws += np.linspace(-1, 1, 1000)
    else:
        draws[0] += 1
    assert split_r_hat(draws) > 1.05
    assert effective_size(draws) < 400


def test_chains_that_do_not_move():
    assert split_r_hat(np.ones((2, 10))) == 1.0
    assert split_r_hat(np.array([[1.0] * 10, [2.0] * 10])) == np.inf
    assert effective_size(np.ones((2, 10))) == 20


def test_an_odd_number_of_draws_leaves_the_middle_one_out():
    draws = np.random.default_rng(3).standard_normal((2, 101))
    without = np.delete(draws, 50, axis=1)
    assert split_r_hat(draws) == split_r_hat(without)
    assert effective_size(draws) == effective_size(without)
