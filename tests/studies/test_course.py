"""The rule that says whether an answer settles."""

from __future__ import annotations

import math

import numpy as np
import pytest

from darknumber.studies.course import FLAT, LOST, course_of, quartiles
from darknumber.studies.steps import Step


def steps(*estimates: float, spread: float = 1.02, lost: float = 0.0, whole: float | None = None) -> list[Step]:
    """Equally spaced answers, the last on all data, each with quartiles `spread` around it."""
    last = estimates[-1] if whole is None else whole
    return [
        Step(
            fraction=(place + 1) / len(estimates),
            observed=100.0,
            estimate=value,
            lower=value / spread,
            upper=value * spread,
            whole=last,
            infinite=lost if place < len(estimates) - 1 else 0.0,
        )
        for place, value in enumerate(estimates)
    ]


@pytest.mark.parametrize(
    ("estimates", "course"),
    [
        ((400, 1050, 1000, 1000), "flat"),
        ((400, 800, 900, 1000), "rising"),
        ((400, 1300, 1100, 1000), "falling"),
        ((1000, 1000, 1400, 1000), "unsteady"),
        ((1000, 1000, 1000, math.inf), "none"),
        ((1000, 1000, 1000, math.nan), "none"),
        ((1000, math.inf, 1000, 1000), "unsteady"),
        ((5000, 1000 / FLAT**0.9, 1000, 1000), "flat"),
    ],
)
def test_courses(estimates, course):
    assert course_of(steps(*estimates), 20) == course


def test_chance_is_not_taken_for_a_course():
    drift = (400, 850, 1000, 1000)
    assert course_of(steps(*drift, spread=1.02), 20) == "rising"
    assert course_of(steps(*drift, spread=1.35), 20) == "flat"
    assert course_of(steps(400, 700, 1000, 1000, spread=1.4), 4) == "unsteady"  # too few repeats to tell which


def test_wide_or_lost_repeats_are_unsteady():
    assert course_of(steps(1000, 1000, 1000, spread=1.5), 20) == "unsteady"
    assert course_of(steps(1000, 1000, 1000, lost=LOST + 0.01), 20) == "unsteady"
    assert course_of(steps(1000, 1000, 1000, lost=LOST), 20) == "flat"


def test_single_answers_need_no_quartiles():
    bare = [
        Step(fraction=f, observed=1.0, estimate=e, lower=math.nan, upper=math.nan, whole=w)
        for f, e, w in ((0.25, 50.0, 90.0), (0.5, 100.0, 101.0), (0.75, 160.0, 150.0), (1.0, 200.0, 200.0))
    ]
    assert course_of(bare, 1) == "flat"
    same = [Step(fraction=f, observed=1.0, estimate=9.0, lower=1.0, upper=1.0, whole=9.0) for f in (0.5, 1.0)]
    assert course_of(same, 1) == "own"


def test_quartiles_of_what_may_be_infinite():
    assert quartiles(np.array([4.0, 1.0, 3.0, 2.0, 5.0])) == (2.0, 3.0, 4.0)
    assert quartiles(np.array([1.0, 2.0])) == (1.5, 1.5, 1.5)
    low, middle, high = quartiles(np.array([1.0, 2.0, np.nan, np.inf, 3.0]))
    assert (low, middle) == (2.0, 3.0)
    assert math.isinf(high)
