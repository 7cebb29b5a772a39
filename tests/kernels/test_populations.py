"""Populations under known laws: margins, odds ratios, and people simulated one by one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from darknumber.kernels.histories import list_counts, membership
from darknumber.kernels.populations import (
    classes,
    independent,
    log_linear,
    rasch,
    referral_rates,
    referrals,
    shifted,
)

COVERAGES = st.lists(st.floats(0.005, 0.95), min_size=2, max_size=6)
PEOPLE = 200_000


def coverage_of(shares: np.ndarray) -> np.ndarray:
    return shares @ membership(np.arange(len(shares)), int(np.log2(len(shares))))


def odds_ratio(shares: np.ndarray, term: tuple[int, ...]) -> float:
    """Log of the odds ratio of these lists among people on no other."""
    inside = sum(1 << j for j in term)
    part = np.array([w for w in range(len(shares)) if w & ~inside == 0])
    sign = (-1.0) ** (list_counts(part) - len(term))
    return float(sign @ np.log(shares[part]))


def close(drawn: np.ndarray, shares: np.ndarray) -> bool:
    """Whether the histories of `PEOPLE` people are what these shares would give, within Monte Carlo error."""
    found = np.bincount(drawn, minlength=len(shares)) / PEOPLE
    error = np.sqrt(shares * (1 - shares) / PEOPLE) + 1 / PEOPLE
    return bool((np.abs(found - shares) < 4.5 * error).all())


def histories(on: np.ndarray) -> np.ndarray:
    return on.astype(np.int64) @ (1 << np.arange(on.shape[1]))


@given(COVERAGES, st.integers(0, 10**6))
def test_log_linear_has_the_coverage_and_the_odds_ratios_asked_for(coverage, seed):
    rng = np.random.default_rng(seed)
    lists = len(coverage)
    terms = {term: rng.normal() for size in range(2, lists + 1) for term in combinations(range(lists), size)}
    shares = log_linear(coverage, terms)
    assert shares.sum() == pytest.approx(1)
    np.testing.assert_allclose(coverage_of(shares), coverage, atol=1e-11)
    for term, value in terms.items():
        assert odds_ratio(shares, term) == pytest.approx(value, abs=1e-6)


def test_two_lists_with_an_odds_ratio_by_hand():
    shares = log_linear([0.5, 0.5], {(0, 1): np.log(4.0)})
    np.testing.assert_allclose(shares, [1 / 3, 1 / 6, 1 / 6, 1 / 3], atol=1e-12)


def test_log_linear_without_interactions_is_independence():
    np.testing.assert_allclose(log_linear([0.01, 0.2, 0.7], {}), independent([0.01, 0.2, 0.7]), atol=1e-13)


def test_a_dependence_out_of_reach_is_refused():
    with pytest.raises(ValueError, match="coverage"):
        log_linear([0.5, 0.3], {(0, 1): 1e4})


def test_classes_are_those_of_people_simulated():
    weights, within = np.array([0.7, 0.3]), np.array([[0.1, 0.2, 0.05], [0.6, 0.5, 0.9]])
    rng = np.random.default_rng(1)
    of = rng.choice(2, size=PEOPLE, p=weights)
    assert close(histories(rng.random((PEOPLE, 3)) < within[of]), classes(weights, within))


@given(COVERAGES, st.floats(0, 2))
def test_rasch_has_the_coverage_asked_for(coverage, sd):
    np.testing.assert_allclose(coverage_of(rasch(coverage, sd)), coverage, atol=1e-11)


def test_rasch_is_that_of_people_simulated():
    shares = rasch([0.3, 0.3, 0.1], 1.5)
    # the intercepts by another route: a fine grid of the normal distribution
    grid = np.linspace(-8, 8, 4001)
    density = np.exp(-(grid**2) / 2)
    density /= density.sum()
    low, high = np.full(3, -10.0), np.full(3, 10.0)
    for _ in range(60):
        middle = (low + high) / 2
        over = density @ expit(middle + 1.5 * grid[:, None]) > np.array([0.3, 0.3, 0.1])
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    rng = np.random.default_rng(2)
    ease = 1.5 * rng.standard_normal(PEOPLE)
    assert close(histories(rng.random((PEOPLE, 3)) < expit(low + ease[:, None])), shares)


def test_rasch_without_differences_is_independence():
    np.testing.assert_allclose(rasch([0.3, 0.1], 0.0), independent([0.3, 0.1]), atol=1e-12)


def test_shifted_classes_have_the_coverage_and_the_shift_asked_for():
    shares = shifted([0.3, 0.05, 0.7], [0.8, 0.2], [0.0, 2.0])
    np.testing.assert_allclose(coverage_of(shares), [0.3, 0.05, 0.7], atol=1e-12)
    one_class = shifted([0.3, 0.05, 0.7], [1.0], [2.0])
    np.testing.assert_allclose(one_class, independent([0.3, 0.05, 0.7]), atol=1e-12)


def test_referrals_without_effects_are_independent():
    rates = np.array([0.1, 0.5, 1.2])
    np.testing.assert_allclose(referrals(rates, np.zeros((3, 3))), independent(1 - np.exp(-rates)), atol=1e-14)


def test_one_referral_in_closed_form():
    """On the first list the rate of the second is r2 e^b; nobody comes on the first after the second."""
    first, second, b = 0.4, 0.3, 1.1
    effects = np.zeros((2, 2))
    effects[0, 1] = b
    shares = referrals([first, second], effects, absorbing=1)
    out, raised = first + second, second * np.exp(b)
    assert shares[0] == pytest.approx(np.exp(-out))
    assert shares[1] == pytest.approx(first * (np.exp(-raised) - np.exp(-out)) / (out - raised))
    assert shares[2] == pytest.approx(second / out * (1 - np.exp(-out)))


@pytest.mark.parametrize("absorbing", [None, 2])
def test_referrals_are_those_of_people_followed_one_by_one(absorbing):
    rates = np.array([0.4, 0.3, 0.5])
    effects = np.array([[0, 1.2, 0], [0, 0, -0.8], [0.6, 0, 0]])
    rng = np.random.default_rng(3)
    on, clock = np.zeros((PEOPLE, 3), dtype=bool), np.zeros(PEOPLE)
    for _ in range(3):
        speed = np.where(on, 0.0, rates * np.exp(on @ effects))
        if absorbing is not None:
            speed[on[:, absorbing]] = 0.0
        whole = speed.sum(axis=1)
        with np.errstate(divide="ignore"):
            clock += rng.exponential(size=PEOPLE) / whole
        going = np.flatnonzero(clock < 1)
        pick = (speed[going].cumsum(axis=1) < (rng.random(len(going)) * whole[going])[:, None]).sum(axis=1)
        on[going, pick] = True
    assert close(histories(on), referrals(rates, effects, absorbing))


@pytest.mark.parametrize("absorbing", [None, 3])
@pytest.mark.parametrize("coverage", [[0.3, 0.3, 0.3, 0.3], [0.7, 0.2, 0.15, 0.1], [0.01, 0.2, 0.1, 0.05]])
def test_rates_give_the_coverage_asked_for(coverage, absorbing):
    effects = np.zeros((4, 4))
    effects[0, 1], effects[1, 2] = 1.5, 1.0
    rates = referral_rates(coverage, effects, absorbing)
    np.testing.assert_allclose(coverage_of(referrals(rates, effects, absorbing)), coverage, atol=1e-9)


def test_rates_out_of_reach_are_refused():
    """Nobody on the first list ever comes on the second, whatever its rate, and on both there should be most people."""
    effects = np.array([[0.0, -1000.0], [0.0, 0.0]])
    with pytest.raises(ValueError, match="coverage"):
        referral_rates([0.6, 0.6], effects, absorbing=1)
