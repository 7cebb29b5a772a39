"""First lists that dry up, against a general optimiser and against formulas."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.special import gammaln, xlogy

from darknumber.kernels.removal import (
    by_first_list,
    expected_histories,
    removal_dark,
    removal_expected,
    removal_likelihood,
    removal_variance,
    removal_verdict,
)
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO


def slowly(first):
    """The chance that gives the average place of a first list, and what is left after the last."""
    place = np.arange(len(first))
    mean = first @ place / first.sum()

    def excess(left):
        weight = left**place
        return weight @ place / weight.sum() - mean

    left = brentq(excess, 1e-12, 1 - 1e-12, xtol=1e-15)
    return first.sum() * left ** len(first) / (1 - left ** len(first))


@pytest.mark.parametrize("first", [[50.0, 30, 22, 9], [9.0, 8], [400, 399, 398.0], [30, 0, 0, 1.0]])
def test_what_is_left(first):
    first = np.array(first)
    assert removal_verdict(first[None]).tolist() == [ESTIMABLE]
    assert removal_dark(first[None])[0] == pytest.approx(slowly(first), rel=1e-6)


def test_two_lists_have_a_formula():
    assert removal_dark(np.array([[60.0, 20.0]]))[0] == pytest.approx(60**2 / 40 - 80)


@pytest.mark.parametrize(
    ("first", "verdict"),
    [
        ([5, 4, 3], ESTIMABLE),
        ([5, 5, 5], INFINITE),
        ([3, 9, 3], INFINITE),
        ([3, 4, 5], INFINITE),
        ([0, 4, 0], INFINITE),
        ([5, 0, 0], ZERO),
        ([0, 0, 0], NOT_IDENTIFIED),
        ([5], NOT_IDENTIFIED),
    ],
)
def test_verdicts(first, verdict):
    table = np.array([first], dtype=float)
    assert removal_verdict(table).tolist() == [verdict]
    if verdict == INFINITE:
        assert np.isinf(removal_dark(table)[0])
        assert removal_expected(table)[0] == pytest.approx(np.full(len(first), table.mean()))


def test_the_profile_has_its_top_next_to_what_is_left():
    """The unconditional estimate is a little below the conditional one; far up the likelihood falls."""
    first = np.array([500.0, 300, 180, 110])
    people = first.sum()

    def likelihood(dark):
        return gammaln(people + dark + 1) - gammaln(dark + 1) + removal_likelihood(first, dark)

    top = minimize_scalar(lambda dark: -likelihood(dark), bounds=(1, 2000), method="bounded").x
    assert 0.98 * slowly(first) < top < slowly(first)
    # With the chance written out.
    chance, dark = 0.4, 150.0
    place = np.arange(4)
    written = xlogy(first, chance * (1 - chance) ** place).sum() + dark * 4 * np.log(1 - chance)
    assert written <= removal_likelihood(first, dark)
    best = people / (people + first @ place + 4 * dark)
    written = xlogy(first, best * (1 - best) ** place).sum() + dark * 4 * np.log(1 - best)
    assert written == pytest.approx(removal_likelihood(first, dark))


def test_by_first_list():
    counts = np.zeros((1, 8))
    counts[0, [0b001, 0b011, 0b111, 0b010, 0b110, 0b100]] = [1, 2, 4, 8, 16, 32]
    assert by_first_list(counts, 3).tolist() == [[7, 24, 32]]


def test_expected_histories_add_up_to_first_lists_and_to_later_ones():
    counts = np.array([0, 20, 15, 6, 12, 4, 3, 2.0])
    first = np.array([30.0, 20.0, 12.0])
    expected = expected_histories(first, counts)
    assert by_first_list(expected[None], 3)[0] == pytest.approx(first)
    # Of 2 + 1 + 0 chances after a first list, the share that was taken in the counts.
    share = (6 + 4 + 2 * 2 + 3) / (2 * 32 + 18)
    assert expected[0b111] == pytest.approx(30 * share**2)
    assert expected[0b110] == pytest.approx(20 * share)


def test_the_variance_is_what_simulation_gives():
    rng = np.random.default_rng(0)
    population, chance = 20_000, 0.3
    shares = [chance * (1 - chance) ** place for place in range(5)]
    draws = rng.multinomial(population, [*shares, 1 - sum(shares)], size=4000)[:, :5].astype(float)
    estimates = draws.sum(axis=1) + removal_dark(draws)
    assert estimates.mean() == pytest.approx(population, rel=1e-3)
    expected = np.array(shares) * population
    assert estimates.std() == pytest.approx(np.sqrt(removal_variance(expected[None])), rel=0.05)
