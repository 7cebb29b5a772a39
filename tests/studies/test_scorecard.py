"""Mean and spread of errors with doubts of their own."""

from __future__ import annotations

import math

import numpy as np
import pytest

from darknumber.studies.scorecard import scorecard_of

Z = 1.959963984540054


def case(error: float, sd: float, known: float = 10_000.0) -> tuple[float, float, float, float]:
    """An estimate whose 95% interval has this standard deviation on the log scale."""
    middle = known * math.exp(error)
    return error, middle * math.exp(-Z * sd), middle * math.exp(Z * sd), known


def test_by_hand():
    # weights 100 and 25; fixed mean (100 * 0.1 + 25 * -0.4) / 125 = 0; Q = 100 * 0.01 + 25 * 0.16 = 5
    # C = 125 - (10000 + 625) / 125 = 40; between = (5 - 1) / 40 = 0.1
    card = scorecard_of([case(0.1, 0.1), case(-0.4, 0.2)], 0.95)
    assert card.sd**2 == pytest.approx(0.1)
    weights = np.array([1 / 0.11, 1 / 0.14])
    assert card.mean == pytest.approx(float(weights @ [0.1, -0.4] / weights.sum()))
    assert card.se == pytest.approx(float(weights.sum() ** -0.5))
    assert card.reach(0.95) == pytest.approx(Z * math.sqrt(0.1 + card.se**2))
    assert not card.leans(0.95)


def test_errors_within_chance_have_no_spread_between_them():
    card = scorecard_of([case(0.05, 0.2), case(-0.05, 0.2), case(0.0, 0.2)], 0.95)
    assert card.sd == 0.0
    assert card.mean == pytest.approx(0.0, abs=1e-12)
    assert card.se == pytest.approx(0.2 / math.sqrt(3))


def test_a_lean_is_told():
    assert scorecard_of([case(-0.5, 0.1), case(-0.52, 0.1), case(-0.48, 0.1)], 0.95).leans(0.95)


def test_the_level_is_that_of_the_limits():
    same = [case(0.1, 0.1), case(0.1, 0.1)]
    assert scorecard_of(same, 0.95).se == pytest.approx(0.1 / math.sqrt(2))
    assert scorecard_of(same, 0.8).se == pytest.approx(0.1 / math.sqrt(2) * Z / 1.2815515655446004)


@pytest.mark.parametrize(
    "odd", [(math.nan, math.nan, math.nan, 50.0), (0.1, 40.0, math.inf, 50.0), (math.inf, 40.0, math.inf, 50.0)]
)
def test_what_has_no_end_is_counted_and_left_out(odd):
    two = [case(0.1, 0.1), case(-0.4, 0.2)]
    card = scorecard_of([*two, odd], 0.95)
    assert (card.cases, card.left_out) == (2, 1)
    assert card.mean == scorecard_of(two, 0.95).mean
    assert scorecard_of([two[0], odd], 0.95) is None


def test_limits_that_fall_together_are_not_certain():
    card = scorecard_of([(0.0, 50.0, 50.0, 50.0), case(0.2, 0.1)], 0.95)
    assert math.isfinite(card.mean)
    assert 0 < card.mean < 0.2


def test_the_spread_between_cases_is_found_again():
    rng = np.random.default_rng(3)
    found = []
    for _ in range(300):
        own = rng.uniform(0.05, 0.2, 8)
        errors = -0.3 + rng.normal(0, 0.4, 8) + rng.normal(0, own)
        found.append(scorecard_of([case(float(e), float(s)) for e, s in zip(errors, own, strict=True)], 0.95))
    assert np.mean([card.mean for card in found]) == pytest.approx(-0.3, abs=0.03)
    assert np.mean([card.sd**2 for card in found]) == pytest.approx(0.16, rel=0.1)
    covered = [abs(card.mean + 0.3) < Z * card.se for card in found]
    assert 0.85 < np.mean(covered) < 0.97
