"""Errors of the width and of the root mean square: by hand, and against the spread of many."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

from darknumber.kernels.verdicts import ESTIMABLE
from darknumber.lab.errors import errors_of
from darknumber.lab.runs import REFUSED, Runs, of_rows
from darknumber.lab.scores import median_with_error, score_of


def runs_of(estimates, uppers=None, verdicts=None) -> Runs:
    several = zip(
        estimates,
        [400.0] * len(estimates) if uppers is None else uppers,
        [ESTIMABLE] * len(estimates) if verdicts is None else verdicts,
        strict=True,
    )
    rows = [
        {
            "population": place,
            "truth": 200.0,
            "level": 0.95,
            "observed": 100.0,
            "estimate": estimate,
            "lower": 100.0,
            "upper": upper,
            "lower_80": 100.0,
            "upper_80": upper,
            "seconds": 1.0,
            "verdict": verdict,
            "refusal": "bad" if verdict == REFUSED else "",
            "findings": (),
            "measures": {},
        }
        for place, (estimate, upper, verdict) in enumerate(several)
    ]
    return of_rows(rows, "design", "pipeline")


def test_by_hand():
    runs = runs_of([210.0, 120.0, 400.0, inf, nan], [200.0, 300.0, 500.0, inf, nan], [ESTIMABLE] * 4 + [REFUSED])
    squares = np.log([1.05, 0.6, 2.0]) ** 2
    found = errors_of(runs)
    assert found.rmse == pytest.approx(squares.std(ddof=1) / np.sqrt(3) / (2 * np.sqrt(squares.mean())))
    assert found.width == median_with_error(np.array([2.0, 3.0, 5.0, inf]))[1]


def test_the_error_of_a_root_mean_square_is_the_spread_of_many():
    rng = np.random.default_rng(6)
    several = [runs_of(200.0 * np.exp(rng.normal(0, 0.3, 60))) for _ in range(300)]
    spread = np.std([score_of(each).rmse for each in several])
    assert np.median([errors_of(each).rmse for each in several]) == pytest.approx(spread, rel=0.15)


def test_one_population_has_no_error_and_exact_answers_have_none():
    assert np.isnan(errors_of(runs_of([210.0])).rmse)
    assert errors_of(runs_of([200.0, 200.0])).rmse == 0.0
