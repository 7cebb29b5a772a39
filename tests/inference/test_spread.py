"""Quantities made from draws."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.inference.spread import Change, Spread, two_sided

inf, nan = np.inf, np.nan


def test_limits_may_be_negative():
    draws = np.arange(-50.0, 49.0)[:, None]
    found = two_sided(np.array([0.0]), draws, 0.9)
    assert (found.lower[0], found.upper[0]) == (-46, 44)


@pytest.mark.parametrize(
    ("draws", "lower", "upper"),
    [([nan] * 3, 0, 1), ([0.2, 0.3, nan], 0, 1), ([0.2, 0.3, inf], 0.2, 1), ([0.2, 0.3, 0.4], 0.2, 0.4)],
)
def test_limits_stay_within_what_can_be(draws, lower, upper):
    found = two_sided(np.array([0.3]), np.array(draws)[:, None], 0.95, lowest=0.0, highest=1.0)
    assert (found.lower[0], found.upper[0]) == (lower, upper)


@pytest.mark.parametrize(("lower", "upper", "clear"), [(1, 2, True), (-2, -1, True), (-1, 1, False), (nan, nan, False)])
def test_a_change_is_clear_when_its_interval_leaves_out_zero(lower, upper, clear):
    spread = Spread(value=np.zeros(1), lower=np.array([lower]), upper=np.array([upper]))
    assert Change(old="a", new="b", difference=spread, ratio=spread, probability_of_fall=0.5).clear == clear
