"""Covariates with very many levels."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.levels import many_levels
from darknumber.data.table import MANY_LEVELS, CaptureTable, Covariate


@pytest.mark.parametrize(("levels", "told"), [(MANY_LEVELS, []), (MANY_LEVELS + 1, ["age"])])
def test_more_than_many_levels_are_told(levels, told):
    age = Covariate.of("age", [f"level {n}" for n in range(levels)])
    sex = Covariate.of("sex", ["f", "m"])
    count = np.full(levels, 10)
    places = [np.arange(levels), np.arange(levels) % 2]
    table = CaptureTable.build(["a", "b"], 1 + np.arange(levels) % 3, count, covariates=[age, sex], levels=places)
    found = many_levels(table)
    assert [each.where for each in found] == told
    for each in found:
        assert each.values == {"n": levels, "people": 10 * levels}
