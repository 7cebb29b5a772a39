"""The chance of each history when lists send people on, against the matrix exponential."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.kernels.flow import flow_shares
from darknumber.kernels.histories import membership
from darknumber.kernels.populations import independent, referrals
from tests.kernels.flow_by_hand import by_hand, ends, pairs

NONE = 1e-13  # the contour ends here


def shares(theta, arrows, absorbing, lists):
    return flow_shares(np.asarray(theta, float), *ends(arrows), absorbing, np.empty((0, 1 << lists)))


@pytest.mark.parametrize("lists", [2, 3, 4, 5])
def test_it_is_the_matrix_exponential_and_its_derivatives(lists):
    rng = np.random.default_rng(lists)
    for trial in range(12):
        known = pairs(lists)
        arrows = [known[place] for place in rng.choice(len(known), min(lists, len(known)), replace=False)]
        absorbing = (0, 1, 1 << (lists - 1), 3)[trial % 4]
        theta = np.r_[rng.normal(-1.2, 1.0, lists), rng.normal(0.0, 1.5, len(arrows))]
        if trial % 3 == 0:
            theta[:lists] = -1.0  # equal rates, where a formula with differences of rates would divide by zero
        slopes = np.empty((len(theta), 1 << lists))
        found = flow_shares(theta, *ends(arrows), absorbing, slopes)
        assert np.abs(found - by_hand(theta, arrows, absorbing, lists)).max() < NONE
        for place in range(len(theta)):
            step = np.zeros(len(theta))
            step[place] = 1e-5
            higher, lower = (by_hand(theta + sign * step, arrows, absorbing, lists) for sign in (1, -1))
            assert np.abs(slopes[place] - (higher - lower) / 2e-5).max() < 1e-9


@pytest.mark.parametrize("strong", [-25.0, 8.0, 16.0, 25.0])
def test_rates_as_fast_or_slow_as_you_like(strong):
    theta = [-1.0, -2.0, -0.5, strong, -strong]
    found = shares(theta, [(0, 1), (1, 2)], 0, 3)
    assert np.abs(found - by_hand(theta, [(0, 1), (1, 2)], 0, 3)).max() < 1e-10  # the matrix exponential loses digits
    assert found.sum() == pytest.approx(1.0, abs=1e-12)


def test_small_chances_keep_their_digits():
    """A chance of nearly nothing is a product of rates, and it is that product whose digits count."""
    theta = np.log([1e-3, 2e-4, 5e-4, 1e-5])
    found = shares(theta, [], 0, 4)
    assert found == pytest.approx(independent(-np.expm1(-np.exp(theta))), rel=1e-9)
    assert found[15] == pytest.approx(1e-15, rel=1e-3)


def test_a_rate_of_nothing():
    found = shares([-1.0, -np.inf, -2.0, 1.0], [(0, 1)], 0, 3)
    assert not found[membership(np.arange(8), 3)[:, 1]].any()
    assert found[[0, 1, 4, 5]] == pytest.approx(by_hand([-1.0, -2.0], [], 0, 2), abs=NONE)


def test_it_is_the_population_that_the_laboratory_draws_from():
    effects = np.array([[0, 1.0, 0], [0, 0, -0.7], [0.4, 0, 0]])
    found = shares([-1.0, -1.5, -0.3, 1.0, -0.7, 0.4], [(0, 1), (1, 2), (2, 0)], 0, 3)
    assert found == pytest.approx(referrals(np.exp([-1.0, -1.5, -0.3]), effects), abs=NONE)
    last = shares([-1.0, -1.5, -0.3, 1.0], [(0, 1)], 4, 3)
    assert last == pytest.approx(referrals(np.exp([-1.0, -1.5, -0.3]), effects * (effects == 1), 2), abs=NONE)
