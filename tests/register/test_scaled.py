"""A register so many times as large."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.register.synthesise import synthesise
from darknumber.register.synthetic.scaled import scaled, scaled_register
from darknumber.register.truth import national_law


def test_it_is_the_national_register_where_it_is_as_large():
    """The same numbers drawn in the same order, so the two must agree to the last person."""
    one, national = scaled_register(1.0, seed=3), synthesise(seed=3).flagged
    assert one.covariates == national.covariates
    for name in ("stratum", "history", "count", "operating"):
        assert np.array_equal(getattr(one, name), getattr(national, name))
    assert [finding.code for finding in one.findings] == ["synthetic_register"]


@pytest.mark.parametrize("scale", [0.07, 0.5, 3.3])
def test_the_population_is_scaled_to_the_nearest_person(scale):
    people = national_law().population
    found = scaled(people, scale)
    assert found.sum() == round(people.sum() * scale)
    assert np.abs(found - people * scale).max() <= 1


def test_people_are_registered_in_proportion():
    national = national_law().expected[:, 1:].sum()
    assert scaled_register(20.0, seed=1).count.sum() == pytest.approx(20 * national, rel=0.01)
