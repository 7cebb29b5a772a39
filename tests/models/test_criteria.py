"""What a parameter costs under each criterion."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.errors import ModelError
from darknumber.models.criteria import CRITERIA, check_criterion, penalty, prices, small_sample

Y = np.array([[0.0, 10, 20, 3, 30, 4, 5, 1], [0, 1, 1, 0, 2, 0, 1, 0]])
PEOPLE, ON_SEVERAL = 78, 14
NO_WEIGHT = 2000.0  # a model that costs so much more has no weight at all: exp(-1000) is 0


@pytest.mark.parametrize(
    ("criterion", "cost"),
    [("bic", np.log(PEOPLE)), ("bic-overlap", np.log(ON_SEVERAL)), ("aic", 2), ("aicc", 2), (0, 0), (3.5, 3.5)],
)
def test_what_one_parameter_costs(criterion, cost):
    assert penalty(criterion, Y) == pytest.approx(cost)


@pytest.mark.parametrize("criterion", ["bic", "bic-overlap"])
def test_a_table_without_overlap_costs_nothing_at_least(criterion):
    assert penalty(criterion, np.zeros((1, 8))) == 0
    assert penalty(criterion, np.array([[0.0, 1, 0, 0, 0, 0, 0, 0]])) == 0


@pytest.mark.parametrize("criterion", [*CRITERIA, 0, 1.5])
@pytest.mark.parametrize("y", [Y, Y[1:], np.zeros((1, 8)), 1000 * Y])
def test_prices_never_fall_and_grow_ever_faster(criterion, y):
    """What a search relies on: a larger model is never cheaper, and no parameter is cheaper than the first ones."""
    cost = prices(criterion, y, 40)
    steps = np.diff(cost)
    assert cost[0] == 0
    assert np.isfinite(cost).all()
    assert (steps >= 0).all()
    for base in range(5):
        for width in range(1, 4):
            rise = np.minimum(cost[width:] - cost[: len(cost) - width], NO_WEIGHT)
            assert (rise[base:] >= rise[base] * (1 - 1e-12)).all()


@pytest.mark.parametrize("k", [1, 5, 40, 76])
def test_aicc_is_that_of_hurvich_and_tsai(k):
    assert prices("aicc", Y, 90)[k] == pytest.approx(2 * k + 2 * k * (k + 1) / (PEOPLE - k - 1))
    assert small_sample(np.array([float(k)]), PEOPLE)[0] == pytest.approx(2 * k * (k + 1) / (PEOPLE - k - 1))


def test_aicc_is_out_of_reach_where_nobody_is_left_to_pay():
    cost = prices("aicc", Y, 90)
    assert (np.diff(cost)[76:] > 1e10).all()
    assert small_sample(np.array([76.0, 77.0, 80.0]), PEOPLE).tolist()[1:] == [np.inf, np.inf]


@pytest.mark.parametrize("criterion", ["cp", "BIC", "", -1, float("nan"), float("inf")])
def test_other_criteria_are_refused(criterion):
    with pytest.raises(ModelError) as caught:
        check_criterion(criterion)
    assert caught.value.code == "bad_option"


@pytest.mark.parametrize("criterion", [*CRITERIA, 0, 0.5, 7])
def test_these_are_known(criterion):
    check_criterion(criterion)
